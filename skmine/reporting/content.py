"""What a report says, as plain numbers and strings: every format is rendered from it.

Records are dicts whose keys `functions.records.MEANINGS` explains; what is unknown is None.
"""

from dataclasses import dataclass
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Understood:
    """What the table was taken for.

    Attributes
    ----------
    n_read, n_dropped : int
        Rows of the table, and those of them without a target, which nothing else counts.
    columns : tuple of dict
        As `describe_columns` has them.
    notes : tuple of str
        How the file was read, and what was repaired.
    set_aside : tuple of dict
        Columns that are not compared, and why.
    """

    n_read: int
    n_dropped: int
    columns: tuple[Record, ...]
    notes: tuple[str, ...]
    set_aside: tuple[Record, ...]


@dataclass(frozen=True)
class ChosenSet:
    """Columns that jointly say what there is to say of the target, measured on rows that their choice did not see.

    Attributes
    ----------
    names : tuple of str
        The chosen columns; none where nothing was confirmed.
    columns : tuple of dict
        As `MINEFeatureSelector.results_` has them, the best first.
    n_searched, n_tested : int
        Rows that the choice looked at, and other rows, on which the set was measured.
    mi, se, low, high, pvalue, held_out : float or None
        As `mutual_info` gives them, with a 95 % interval; None without a chosen column.
    why_not : str
        Why there is no choice; empty where there is one.
    """

    names: tuple[str, ...]
    columns: tuple[Record, ...]
    n_searched: int
    n_tested: int
    mi: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    pvalue: float | None = None
    held_out: float | None = None
    why_not: str = ""


@dataclass(frozen=True)
class Redundancy:
    """What columns share with each other, from 0 to 1.

    Attributes
    ----------
    names : tuple of str
        The columns that are compared, the target first.
    n_left_out : int
        Columns that are not, as there are many.
    n_rows : int
        Rows of the sample.
    shared : tuple of tuples of float
        As `mutual_info_matrix(normalize=True)` returns it; 0 where a pair is not told from chance.
    pairs : tuple of dict
        The pairs that share most.
    groups : tuple of tuples of str
        Columns that repeat each other.
    """

    names: tuple[str, ...]
    n_left_out: int
    n_rows: int
    shared: tuple[tuple[float, ...], ...]
    pairs: tuple[Record, ...]
    groups: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """Where on the plane of a column and the target the information lies.

    Attributes
    ----------
    column : str
    drawn_as : {"points", "hexagons", "boxes", "mosaic"}
    n_rows : int
        Rows of the sample with a value in both.
    mi : float
        Mean over the sample of the pointwise information.
    parts : tuple of dict
        Parts of the column's values: how many rows they are, and what they contribute.
    """

    column: str
    drawn_as: str
    n_rows: int
    mi: float
    parts: tuple[Record, ...]


@dataclass(frozen=True)
class Check:
    """One check of whether the numbers can be believed.

    Attributes
    ----------
    name : str
    verdict : {"fine", "look", "not done"}
    said : str
        What was found, in a sentence or two.
    table : tuple of dict
        The numbers behind it.
    """

    name: str
    verdict: str
    said: str
    table: tuple[Record, ...] = ()


@dataclass(frozen=True)
class Reproduction:
    """How to get the same page.

    Attributes
    ----------
    command, call : str
        On the command line and in Python; a command may be empty.
    seed : int
    versions : dict of str to str
    date : str
        As it was passed; empty otherwise.
    """

    command: str
    call: str
    seed: int
    versions: dict[str, str]
    date: str = ""


@dataclass(frozen=True)
class ReportContent:
    """All that a report says, amounts of information in nats or bits.

    Attributes
    ----------
    data : str
        What the table is called.
    target : str or None
    unit : {"nats", "bits"}
    alpha : float
        False discovery rate of the kept columns.
    rows : int
        Rows that are compared: the ranking and the test of the chosen set use all of them.
    n_sampled : int
        Rows of the sample that other panels use.
    headlines : tuple of str
        The answer in a few sentences.
    understood : Understood
    columns : tuple of dict
        As `rank_columns` has them, in its order; empty without a target.
    chosen : ChosenSet or None
    redundancy : Redundancy or None
    pictures : tuple of Picture
    checks : tuple of Check
    warnings : tuple of str
        What skmine warned of on the way.
    reproduction : Reproduction
    """

    data: str
    target: str | None
    unit: str
    alpha: float
    rows: int
    n_sampled: int
    headlines: tuple[str, ...]
    understood: Understood
    columns: tuple[Record, ...]
    chosen: ChosenSet | None
    redundancy: Redundancy | None
    pictures: tuple[Picture, ...]
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]
    reproduction: Reproduction
