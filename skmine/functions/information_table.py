"""What every two columns say of a target: alone, together, and what they repeat.

Design notes. The stronger column of a pair is the condition: I(weaker; y | stronger) is what both add to the better
one alone, which is also the synergy that minimum-MI redundancy leaves. A column is prepared as a condition once, for
all that are weaker.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pandas as pd
from joblib import Parallel, delayed

from skmine._sklearn import validate_params
from skmine.data.group import ColumnGroup, read_group, warn_of_pooled_groups
from skmine.data.naming import find_columns
from skmine.data.source import Source
from skmine.estimation import inference
from skmine.estimation.collected_warnings import Warned, collect_warnings, warn_once_per_kind
from skmine.estimation.conditional import Condition
from skmine.estimation.critic import Estimate
from skmine.estimation.estimate import estimate
from skmine.estimation.interaction import Interaction, estimate_interaction
from skmine.estimation.setting import Setting, make_setting
from skmine.functions.interaction import INTERACTION_CONSTRAINTS
from skmine.functions.units import Unit, convert_frame

#: Columns of the table that are amounts of information.
AMOUNTS = ("mi_first", "mi_second", "mi_together", "co_information", "se", "redundancy_mmi", "synergy_mmi")


@validate_params(
    INTERACTION_CONSTRAINTS
    | {
        "X": ["array-like", "sparse matrix"],
        "columns": ["array-like", None],
        "progress": [callable, None],
    },
    prefer_skip_nested_validation=True,
)
def information_table(
    X: Any,
    y: Any,
    *,
    columns: Any = None,
    groups: Any = None,
    time: Any = None,
    unit: Unit = "nats",
    cv: Any = 3,
    max_iter: int = 12_800,
    discrete_features: Any = "auto",
    discrete_target: Any = "auto",
    infinite: str = "error",
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """What every two columns say of a target: alone, together, what they repeat and what only both say.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples, n_features)
        Columns of any kind; missing values are a value of their own.
    y : frame or array-like of shape (n_samples,) or (n_samples, n_targets)
        The target. Several columns are taken together.
    columns : array-like, default=None
        Names, indices or a mask of the columns whose pairs are looked at; None: all. A pair takes seconds, and of d
        columns there are d (d - 1) / 2: pass the best ones of `rank_columns` for a wide table.
    groups : array-like of shape (n_samples,), default=None
        Rows of a group stay in one fold; errors and p-values go by groups.
    time : array-like of shape (n_samples,), default=None
        Times of the rows, numbers or dates: folds, errors and p-values then go by blocks of consecutive rows
        (`BlockedKFold`), within each group if `groups` are given.
    unit : {"nats", "bits"}, default="nats"
    cv : int, splitter or iterable, default=3
        Folds. Test folds must not overlap.
    max_iter : int, default=12800
        Largest number of optimisation steps of a critic.
    discrete_features, discrete_target : {"auto"}, bool or array-like, default="auto"
        As in `mutual_info`.
    infinite : {"error", "missing"}, default="error"
        What infinite values are: refused, naming every column that has one, or missing.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws folds, initial weights and batches.
    progress : callable(done, total), default=None
        Called with the pairs done and to do.

    Returns
    -------
    DataFrame
        A row per pair, the most informative one first; amounts in the unit that ``attrs["unit"]`` names.

        - ``first``, ``second``: names of the columns, in the table's order
        - ``mi_first``, ``mi_second``: what each says of the target alone
        - ``mi_together``: what both say
        - ``co_information``, ``se``, ``pvalue``, ``qvalue``: mi_first + mi_second - mi_together with the standard
          error of this difference, the two-sided p-value of 0, and the same adjusted over pairs (Benjamini-Hochberg)
        - ``redundancy_mmi``: the smaller of ``mi_first`` and ``mi_second``, minimum-MI redundancy
        - ``synergy_mmi``: what both say beyond the better one alone, which is the synergy that follows from it

    Raises
    ------
    ValueError
        If there are fewer than two columns, the input is infinite or of mismatched lengths, or a parameter is out of
        range.

    Warns
    -----
    IdentifierWarning, PooledLevelsWarning, FewRowsWarning
        Once per column, as `mutual_info`.
    AutocorrelatedRowsWarning
        If rows look like a time series, and neither `groups` nor `time` nor blocks as `cv` are passed.

    See Also
    --------
    co_information : One triple, tables on any side.
    skmine.plotting.InteractionDisplay : The table as a picture.

    Notes
    -----
    Co-information is redundancy minus synergy: where both are there, it shows their difference. Minimum-MI redundancy
    is an upper bound of any measure of redundancy, and is all of it for normal variables (Barrett 2015); for others
    two columns that say different things of the target count as redundant by it, and the synergy is too large then.

    References
    ----------
    Barrett (2015), Exploration of synergistic and redundant information sharing in static and dynamical Gaussian
    systems, Physical Review E 91: 052802.
    Williams and Beer (2010), Nonnegative decomposition of multivariate information, arXiv:1004.2515.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from skmine import information_table
    >>> a, b = np.random.default_rng(0).integers(0, 2, size=(2, 500))
    >>> X = pd.DataFrame({"a": a, "b": b, "copy": a})
    >>> table = information_table(X, a ^ b, max_iter=200, random_state=0)
    >>> pair = table.iloc[0]
    >>> pair["first"], pair["second"], bool(pair["synergy_mmi"] > 0.5)
    ('a', 'b', True)
    """
    source = Source(X, infinite=infinite)
    every = read_group(source, discrete_features)
    places = (
        list(range(len(every)))
        if columns is None
        else list(dict.fromkeys(find_columns(columns, source.names, "columns")))
    )
    if len(places) < 2:
        raise ValueError(f"columns must name at least two columns, to be looked at together, got {len(places)}.")
    goal = read_group(
        Source(y, argument="y", infinite=infinite), discrete_target, "discrete_target", n_rows=every.n_rows
    )
    setting = make_setting(
        every.n_rows,
        columns=[every.columns[j] for j in places],
        targets=goal.columns,
        groups=groups,
        time=time,
        cv=cv,
        device=device,
        random_state=random_state,
        max_iter=max_iter,
    )
    sides = [ColumnGroup([every.columns[j]], [every.flags[j]]) for j in places]
    names = [source.names[j] for j in places]
    for side in (*sides, goal):
        side.warn_of_identifiers()
    warn_of_pooled_groups([*sides, goal])
    alone = _estimate_alone(sides, goal, setting)
    found = _estimate_pairs(sides, goal, alone, setting, n_jobs, progress)
    return _make_table(names, alone, found, unit)


def _estimate_alone(sides: list[ColumnGroup], goal: ColumnGroup, setting: Setting) -> list[Estimate]:
    """Every column by itself."""
    found = [estimate(side, goal, setting, quiet=True) for side in sides]
    said = [
        (repr(side.columns[0].name), caveat) for side, one in zip(sides, found, strict=True) for caveat in one.caveats
    ]
    warn_once_per_kind(said, "column")
    return [one.estimate for one in found]


def _estimate_pairs(
    sides: list[ColumnGroup],
    goal: ColumnGroup,
    alone: list[Estimate],
    setting: Setting,
    n_jobs: int | None,
    progress: Callable[[int, int], None] | None,
) -> dict[tuple[int, int], Interaction]:
    """The weaker column of every pair, beyond the stronger one."""
    # A column is the condition of all that are weaker, and is prepared once. Which of two is stronger must not depend
    # on their places.
    order = sorted(range(len(sides)), key=lambda j: (-alone[j].mi, sides[j].columns[0].name))
    prepared = [Condition.prepare(goal, sides[j], setting, for_pvalues=False) for j in order[:-1]]
    calls = [(order[b], order[a], prepared[a]) for a, b in combinations(range(len(order)), 2)]
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(collect_warnings)(estimate_interaction, sides[weaker], condition, setting, alone=alone[weaker])
        for weaker, _, condition in calls
    )
    found: dict[tuple[int, int], Interaction] = {}
    said: list[tuple[str, Warned]] = []
    for (weaker, stronger, _), (one, of_pair) in zip(calls, results, strict=True):
        pair = min(weaker, stronger), max(weaker, stronger)
        found[pair] = one
        said += [(" and ".join(repr(sides[j].columns[0].name) for j in pair), warned) for warned in of_pair]
        if progress is not None:
            progress(len(found), len(calls))
    warn_once_per_kind(said, "pair")
    return found


def _make_table(
    names: list[str], alone: list[Estimate], found: dict[tuple[int, int], Interaction], unit: Unit
) -> pd.DataFrame:
    """One row per pair, the most informative one first."""
    rows = []
    for (i, j), one in sorted(found.items()):
        better = max(alone[i].mi, alone[j].mi)
        rows.append({
            "first": names[i],
            "second": names[j],
            "mi_first": alone[i].mi,
            "mi_second": alone[j].mi,
            "mi_together": alone[i].mi + alone[j].mi - one.mi,
            "co_information": one.mi,
            "se": one.se,
            "pvalue": one.pvalue,
            "redundancy_mmi": min(alone[i].mi, alone[j].mi),
            "synergy_mmi": alone[i].mi + alone[j].mi - one.mi - better,
        })  # fmt: skip
    table = pd.DataFrame(rows)
    table.insert(8, "qvalue", inference.adjust_pvalues(table["pvalue"]))
    table = table.sort_values("mi_together", ascending=False, kind="stable", ignore_index=True)
    return convert_frame(table, AMOUNTS, unit)
