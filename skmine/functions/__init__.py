"""Functions: tables in, numbers out.

`marginal` scores every column by itself, `matrix` every two of them; `tables` measures what two tables
share, given a third or not; `choosing` is behind the selector.
"""

from skmine.functions.matrix import mutual_info_matrix
from skmine.functions.mutual_info import MutualInformation, mutual_info
from skmine.functions.ranking import marginal_scores, mutual_info_scores, rank_columns

__all__ = [
    "MutualInformation",
    "marginal_scores",
    "mutual_info",
    "mutual_info_matrix",
    "mutual_info_scores",
    "rank_columns",
]
