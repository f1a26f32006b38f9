"""The kinds of critics."""
