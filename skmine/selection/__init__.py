"""Which columns to keep: each by itself, by relevance less redundancy, or jointly."""
