"""From a source and a target to the columns that jointly carry all the information.

Design notes. Here is what only a whole selection knows: which rows are locked away, which columns are kept or
dropped as one, copies, the screen, and the final test on the locked rows. A quarter of the rows is locked away
before any network is trained; they alone test and measure the set that is chosen. `search` works on the other rows.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skmine.core.devices import one_thread, resolve_device
from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup, read_group, warn_of_pooled_groups
from skmine.data.ladder import encode_columns
from skmine.data.source import Source
from skmine.data.target import read_target
from skmine.estimation.arrangement import arrange_rows
from skmine.estimation.blocked_folds import BlockedKFold
from skmine.estimation.column_scores import score_columns
from skmine.estimation.critics.masked import MaskedTable, make_masked_table
from skmine.estimation.folds import Fold, make_fold_without_pvalue, make_folds
from skmine.estimation.plan import Plan
from skmine.estimation.recipe import FIRST_STEPS, Recipe, make_recipe
from skmine.estimation.setting import draw_seed_sequence
from skmine.exceptions import FewRowsWarning, warn
from skmine.selection.candidates import Candidates, Choice
from skmine.selection.joint.choice import read_tolerance
from skmine.selection.joint.elimination import Gains
from skmine.selection.joint.evidence import FEWEST_TRAINED, LOCKED, TINY, test_on_locked_rows, try_the_best
from skmine.selection.joint.problem import Problem
from skmine.selection.joint.progress import SCREENED, SEARCHED, Progress, make_report
from skmine.selection.joint.screen import (
    MOST_SCREENED,
    code_targets,
    find_striking,
    score_pairs,
    screen,
)
from skmine.selection.joint.search import Found, search
from skmine.selection.joint.selection import Selection, describe
from skmine.selection.leaks import find_leaks, warn_of_leak

#: Nodes of columns that are screened by themselves: the coarsest grid.
SCREEN_NODES = 32

#: Rows, or groups of rows, that a joint selection needs: two are locked away then.
FEWEST_UNITS = 8


def choose_jointly(
    source: Source,
    y: Any,
    candidates: Candidates,
    *,
    discrete_features: Any,
    discrete_target: Any,
    cv: Any,
    groups: Any = None,
    time: Any = None,
    device: str,
    n_jobs: int | None,
    random_state: Any,
    tolerance: float | str,
    n_resamples: int | None,
    progress: Progress = None,
    **of_training: Any,
) -> Choice:
    """Choose candidates that jointly carry all the information on the target."""
    if not isinstance(cv, (Integral, BlockedKFold)):
        raise ValueError(f"method='joint' splits the rows itself, but cv={cv!r}; pass a number of folds, such as cv=3.")
    target = read_target(y, source.n_rows, discrete_target)
    x = read_group(source, discrete_features)
    rows = arrange_rows(
        cv, source.n_rows, groups=groups, time=time, read_columns=lambda: x.columns, targets=target.columns
    )
    _check_rows(source.n_rows, rows.units)
    x.warn_of_identifiers()
    warn_of_pooled_groups([x, target])
    for name in find_leaks(x, target):
        warn_of_leak(name)
    plan = Plan([], rows.units, device, n_jobs)
    recipe, trade = make_recipe(**of_training), read_tolerance(tolerance)
    state = check_random_state(random_state)
    selection = select_jointly(
        x,
        target,
        candidates,
        plan,
        int(cv) if isinstance(cv, Integral) else cv.n_splits,
        recipe,
        state,
        tolerance=trade,
        n_resamples=n_resamples,
        progress=progress,
    )
    return describe(selection, x, candidates, trade)


def _check_rows(n_rows: int, groups: NDArray[np.int64] | None) -> None:
    """Refuse too few rows, or groups of rows."""
    units, called = (n_rows, "rows") if groups is None else (int(groups.max()) + 1, "groups of rows")
    if units < FEWEST_UNITS:
        raise ValueError(
            f"method='joint' locks a quarter of the rows away and needs at least {FEWEST_UNITS} {called}, got "
            f"n_samples={n_rows} in {units} {called}; pass more, or another method."
        )


def select_jointly(
    x: ColumnGroup,
    y: ColumnGroup,
    candidates: Candidates,
    plan: Plan,
    n_folds: int,
    recipe: Recipe,
    random_state: np.random.RandomState,
    *,
    tolerance: float,
    n_resamples: int | None = None,
    progress: Progress = None,
) -> Selection:
    """Select candidates that jointly carry all the information on a target.

    Parameters
    ----------
    x, y : ColumnGroup
    candidates : Candidates
    plan : Plan
        Its groups, device and workers; it has no folds yet.
    n_folds : int
        Of columns that are scored by themselves.
    recipe : Recipe
    random_state : RandomState
    tolerance : float
        Share of the information that the kept set may lack.
    n_resamples : int or None
        Searches of halves of the rows that vote on what is kept.
    progress : callable(done, total) or None
        Called with what is done and what is to do, by the share of the time that steps take on average.
    """
    report = make_report(progress)
    lock = lock_rows(x.n_rows, plan.groups, random_state)
    varying = x.find_varying()
    if not varying.any():
        return _select_without_search(candidates)
    columns, of_column = x.only(varying), candidates.of_column[varying]
    with one_thread():
        features = fit_features(columns)
        problem = Problem(
            table=make_masked_table(features.transform(columns.columns), features.spans(), of_column.tolist()),
            nodes=code_targets(y),
            rows=lock.train,
            groups=plan.groups,
            protected=frozenset(candidates.protected),
            recipe=replace(
                recipe, grows=False, max_iter=min(recipe.max_iter, FIRST_STEPS)
            ),  # runs of one length compare
            seeds=draw_seed_sequence(random_state),
            device=resolve_device(plan.device),
            n_folds=n_folds,
            tolerance=tolerance,
            n_jobs=plan.n_jobs,
        )
        copies = find_first_copies(problem.table, candidates.protected)
        distinct = sorted(j for j, first in copies.items() if j == first)
        untrained, alone, errors = len(lock.train) < FEWEST_TRAINED, np.empty(0), np.empty(0)
        if untrained or len(distinct) > MOST_SCREENED:
            alone, errors = _score_alone(columns, y, of_column, len(candidates), problem, plan)
        best = sorted(distinct, key=lambda j: -alone[j]) if len(alone) else distinct
        if untrained:
            gains: Gains = {j: (float(alone[j]), float(errors[j])) for j in distinct}
            _warn_of_few_rows(x.n_rows)
            seen, found = best, Found(remaining=best[:1], path=(), gains=gains, n_rounds=0, striking=[])
        else:
            report(SCREENED)
            seen, found = _search_screened(problem, distinct, alone, candidates, n_resamples, progress)
            if candidates.wanted is None and len(found.remaining) <= TINY:
                remaining = try_the_best(columns, y, of_column, problem, found.striking, found.remaining)
                found = replace(found, remaining=remaining)
        left_out = [j for j in best if j not in seen]
        dropped = [drop.candidate for drop in reversed(found.path) if drop.candidate not in found.remaining]
        every = range(len(candidates))
        order = list(dict.fromkeys([*candidates.protected, *found.remaining, *dropped, *left_out, *best, *every]))
        wanted = candidates.wanted
        kept = sorted({*candidates.protected, *(found.remaining if wanted is None else order[:wanted])})
        report(SEARCHED)
        locked, kept = test_on_locked_rows(x, y, candidates, kept, lock, problem)
    order = [*kept, *(j for j in order if j not in kept)]
    return Selection(kept=kept, order=order, found=found, screened=left_out, locked=locked, copies=copies)


def lock_rows(n_rows: int, groups: NDArray[np.int64] | None, random_state: Any) -> Fold:
    """The rows that a selection looks at (train), and those that it locks away first (test)."""
    return make_folds(LOCKED, n_rows, groups=groups, random_state=random_state)[0]


def _select_without_search(candidates: Candidates) -> Selection:
    """Of columns that say nothing: those that are kept in any case, or as many as are wanted."""
    order = list(dict.fromkeys([*candidates.protected, *range(len(candidates))]))
    kept = sorted(candidates.protected if candidates.wanted is None else order[: candidates.wanted])
    found = Found(remaining=[], path=(), gains={}, n_rounds=0, striking=[])
    return Selection(kept=kept, order=order, found=found, screened=[], locked=None, copies={})


def _warn_of_few_rows(n_rows: int) -> None:
    warn(
        f"With {n_rows} rows method='joint' trains no network: the best column alone is put to the test, and scores "
        f"are of single columns; pass at least {math.ceil(FEWEST_TRAINED * LOCKED / (LOCKED - 1))} rows.",
        FewRowsWarning,
    )


def _search_screened(
    problem: Problem,
    distinct: list[int],
    alone: NDArray[np.float64],
    candidates: Candidates,
    n_resamples: int | None,
    progress: Progress,
) -> tuple[list[int], Found]:
    """Search those that the screen lets pass; these, and what was found."""
    pairs = score_pairs(problem.table.only(distinct), problem.nodes, problem.rows)
    seen = distinct
    if len(distinct) > MOST_SCREENED:
        places = [distinct.index(j) for j in candidates.protected if j in distinct]
        seen = [distinct[i] for i in screen(alone[distinct], pairs, places)]
    striking = [distinct[i] for i in find_striking(pairs) if distinct[i] in seen]
    wanted = None if candidates.wanted is None else min(candidates.wanted, len(seen))
    return seen, search(problem, seen, striking, wanted, n_resamples, progress)


def find_first_copies(table: MaskedTable, protected: Sequence[int]) -> dict[int, int]:
    """Candidates that can say something, each with the first one like it, up to an increasing transform.

    A protected one is always the first of its kind.
    """
    first: dict[bytes, int] = {}
    out = {}
    for j in [*protected, *(j for j in range(len(table)) if j not in protected)]:
        values = table.matrix[:, table.candidate_of_feature == j]
        if values.shape[1]:
            like = first.setdefault(values.tobytes(), j)
            out[j] = j if j in protected else like
    return out


def _score_alone(
    x: ColumnGroup, y: ColumnGroup, of_column: NDArray[np.int64], n_candidates: int, problem: Problem, plan: Plan
) -> NDArray[np.float64]:
    """Held-out nats of the best column of each candidate with the best target, by itself, and errors: (2, d)."""
    folds = [make_fold_without_pvalue(fit, held_out) for fit, held_out in problem.draw_splits(problem.n_folds)]
    alone = Plan(folds, plan.groups, plan.device, plan.n_jobs)
    ladder = encode_columns(x.columns, x.flags, [SCREEN_NODES])
    out = np.full((2, n_candidates), [[-np.inf], [0.0]])
    for column, flag in zip(y.columns, y.flags, strict=True):
        goal = encode_columns([column], [flag], [SCREEN_NODES])
        evidence = score_columns(ladder, goal, alone).evidence
        for j, held_out, se in zip(of_column, evidence.held_out, evidence.se, strict=True):
            if held_out > out[0, j]:
                out[:, j] = held_out, se
    return out
