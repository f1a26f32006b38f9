"""Folds -> critics -> held-out and training scores.

`grid` reads pretrained critics off counts, many pairs of columns at once; `trained` trains one a fold,
for tables; `estimates` chooses between them for one pair and says what both have in common.
"""
