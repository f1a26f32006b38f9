"""From columns to evidence: folds, critics, scores, and what follows from them.

`estimate` gives one number for two groups of columns by one of the kinds in `critics`; `column_scores` gives
many pairs of columns at once; `conditional` gives conditional information given a third group; `inference`
turns scores into errors, bounds and p-values.
"""
