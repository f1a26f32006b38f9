"""The loss in training loops: what is parted, and who is a partner."""
