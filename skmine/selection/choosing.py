"""Three ways from a table and a target to columns that are kept, behind the selector.

Design notes. All three choose among *entries* (`naming.entry_numbers`): columns, or groups of columns
that are kept or dropped as one. Where columns are scored by themselves, a group is as good as its best
column, and its p-value pays for the choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skmine.data.naming import discrete_flags
from skmine.data.source import Table
from skmine.estimation import inference
from skmine.estimation.critics.grid import Scores, encode_columns
from skmine.estimation.estimate import Block
from skmine.estimation.folds import group_numbers, make_folds, untested
from skmine.estimation.plan import Plan
from skmine.functions.parameters import make_recipe
from skmine.functions.ranking import marginal_scores, target_block
from skmine.selection.joint.search import select_jointly
from skmine.selection.leaks import leaks, warn_of_leak
from skmine.selection.mrmr import relevance_less_redundancy

#: Nodes on which mrmr compares columns, and the fewest candidates that it compares.
MRMR_NODES, FEWEST_CANDIDATES = 32, 200

#: Rows, or groups of rows, that a joint selection needs.
FEWEST_UNITS = 8


@dataclass(frozen=True)
class Entries:
    """What is chosen among.

    Attributes
    ----------
    numbers : ndarray of shape (d,)
        The entry of each column.
    always : list of int
        Entries that are kept in any case.
    wanted : int or None
        Entries to keep; None leaves it to the tests.
    """

    numbers: NDArray[np.int64]
    always: list[int]
    wanted: int | None

    def __len__(self) -> int:
        return int(self.numbers.max()) + 1


@dataclass(frozen=True)
class Choice:
    """Entries kept, all entries from the best on, and what else a fitted selector says, by attribute."""

    kept: Sequence[int]
    order: Sequence[int]
    attributes: dict[str, Any]


def choose_marginally(
    X: Any, y: Any, entries: Entries, *, alpha: float, fdr: inference.FalseDiscovery, **options: Any
) -> Choice:
    """The best entries by themselves, or those that pass at a false discovery rate."""
    _, scores = marginal_scores(X, y, **options)
    best, pvalue = _best_columns(scores, entries)
    order = np.argsort(-scores.held_out[best], kind="stable").tolist()
    if entries.wanted is None:
        kept = np.flatnonzero(inference.false_discovery_qvalues(pvalue, fdr) <= alpha).tolist()
    else:
        kept = list(dict.fromkeys([*entries.always, *order]))[: entries.wanted]
    return Choice(sorted({*kept, *entries.always}), order, _of_columns(scores))


def choose_by_mrmr(
    X: Any, y: Any, entries: Entries, *, alpha: float, fdr: inference.FalseDiscovery, **options: Any
) -> Choice:
    """Entries that say something by themselves that those before them do not."""
    _, scores = marginal_scores(X, y, **options)
    best, pvalue = _best_columns(scores, entries)
    by_relevance = np.argsort(-scores.held_out[best], kind="stable")
    if entries.wanted is None:
        passed = inference.false_discovery_qvalues(pvalue, fdr) <= alpha
        candidates = [int(j) for j in by_relevance if passed[j]]
    else:
        candidates = by_relevance[: max(10 * entries.wanted, FEWEST_CANDIDATES)].tolist()
    candidates = list(dict.fromkeys([*entries.always, *candidates]))
    table = Table(X)
    flags = discrete_flags(options["discrete_features"], table.names)
    columns = [int(best[j]) for j in candidates]
    coded = encode_columns((table.column(j) for j in columns), [flags[j] for j in columns], [MRMR_NODES])[0]
    groups = None if options["groups"] is None else group_numbers(options["groups"], len(table))
    state = check_random_state(options["random_state"])
    folds = [
        untested(fold.train, fold.test)  # redundancy needs no p-value
        for fold in make_folds(options["cv"], len(table), y=np.asarray(y), groups=groups, random_state=state)
    ]
    come = relevance_less_redundancy(
        coded,
        scores.held_out[columns],
        Plan(folds, groups, options["device"], options["n_jobs"]),
        wanted=entries.wanted,
        always=range(len(entries.always)),
    )
    kept = [candidates[i] for i, _ in come]
    order = list(dict.fromkeys([*kept, *by_relevance.tolist()]))
    return Choice(sorted(kept), order, _of_columns(scores))


def choose_jointly(
    X: Any,
    y: Any,
    entries: Entries,
    *,
    discrete_features: Any,
    discrete_target: Any,
    cv: Any,
    groups: Any,
    device: str,
    random_state: Any,
    **of_training: Any,
) -> Choice:
    """Entries that say together all there is to say."""
    if not isinstance(cv, Integral):
        raise ValueError(f"method='joint' cuts the rows itself, but cv={cv!r}; pass a number of folds, such as cv=3.")
    table = Table(X)
    n = len(table)
    goal = target_block(y, n, discrete_target)
    numbers = None if groups is None else group_numbers(groups, n)
    units, called = (n, "rows") if numbers is None else (int(numbers.max()) + 1, "groups of rows")
    if units < FEWEST_UNITS:
        raise ValueError(
            f"method='joint' locks a quarter of the rows away and needs at least {FEWEST_UNITS} {called}, got "
            f"n_samples={n} in {units} {called}; pass more, or another method."
        )
    x = Block(list(table), discrete_flags(discrete_features, table.names))
    for name in leaks(x, goal):
        warn_of_leak(name)
    found = select_jointly(
        x,
        goal,
        entries.numbers.tolist(),
        groups=numbers,
        always=entries.always,
        wanted=entries.wanted,
        n_folds=int(cv),
        recipe=make_recipe(**of_training),
        device=device,
        random_state=check_random_state(random_state),
    )
    members = [", ".join(np.asarray(table.names, object)[entries.numbers == j]) for j in range(len(entries))]
    path = pd.DataFrame(
        {
            "dropped": [members[drop.entry] for drop in found.path],
            "n_left": [drop.n_left for drop in found.path],
            "n_shadows": [drop.n_shadows for drop in found.path],
            "mi": [drop.mi for drop in found.path],
            "se": [drop.se for drop in found.path],
            "kept": np.isin([drop.entry for drop in found.path], found.chosen),
        },
        index=pd.RangeIndex(len(found.path), name="step"),
    )
    gain, se = found.gains[entries.numbers].T
    attributes = {
        "scores_": gain,
        "scores_se_": se,
        "pvalues_": np.array([inference.normal_sf(z) for z in gain / np.where(se > 0, se, np.inf)]),
        "n_iter_": max(found.n_rounds, 1),
        "path_": path,
        "mi_": 0.0 if found.locked is None else found.locked.held_out,
        "mi_se_": 0.0 if found.locked is None else found.locked.se,
        "screened_": np.isin(entries.numbers, found.screened),
    }
    return Choice(found.chosen, found.order, attributes)


def _of_columns(scores: Scores) -> dict[str, Any]:
    return {
        "scores_": scores.held_out,
        "scores_se_": scores.se,
        "scores_lower_": scores.lower_bound(0.95),
        "mi_": scores.mi,
        "pvalues_": scores.pvalue,
        "n_iter_": 1,
    }


def _best_columns(scores: Scores, entries: Entries) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The best column of each entry, and the entries' p-values."""
    order = np.argsort(-scores.held_out, kind="stable")
    _, first = np.unique(entries.numbers[order], return_index=True)
    smallest = np.ones(len(entries))
    np.minimum.at(smallest, entries.numbers, scores.pvalue)
    return order[first], np.minimum(smallest * np.bincount(entries.numbers), 1.0)
