"""The pretrained grid critic and, beside it, the record of how it was made."""
