"""Functions: tables in, numbers out.

`ranking` scores every column by itself, `matrix` every two of them; `mutual_info` measures what two tables
share, given a third or not; `interaction` and `information_table` say what a third one repeats or adds, `series` what
earlier rows say; `information_plane` what the layers of a network say. `description` says what columns are taken for.
"""

from skmine.functions.description import describe_columns
from skmine.functions.information import MutualInformation
from skmine.functions.information_plane import information_plane
from skmine.functions.information_table import information_table
from skmine.functions.interaction import CoInformation, co_information
from skmine.functions.lagged import lagged
from skmine.functions.matrix import mutual_info_matrix
from skmine.functions.mutual_info import mutual_info
from skmine.functions.plane import InformationPlane
from skmine.functions.ranking import rank_columns
from skmine.functions.reading import read_table
from skmine.functions.scores import mutual_info_scores
from skmine.functions.series import lagged_mutual_info, transfer_entropy

__all__ = [
    "CoInformation",
    "InformationPlane",
    "MutualInformation",
    "co_information",
    "describe_columns",
    "information_plane",
    "information_table",
    "lagged",
    "lagged_mutual_info",
    "mutual_info",
    "mutual_info_matrix",
    "mutual_info_scores",
    "rank_columns",
    "read_table",
    "transfer_entropy",
]
