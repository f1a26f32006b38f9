"""Whether two commits of skmine give the same numbers."""
