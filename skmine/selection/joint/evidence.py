"""The last word: what is kept is tested on rows that nothing has seen, and nothing is kept without evidence."""

import numpy as np
from numpy.typing import NDArray

from skmine.data.group import ColumnGroup
from skmine.estimation.critic import Estimate
from skmine.estimation.estimate import Result, estimate
from skmine.estimation.evidence import Evidence
from skmine.estimation.folds import Fold, Step
from skmine.estimation.plan import Plan
from skmine.estimation.recipe import Rows
from skmine.estimation.setting import Setting
from skmine.selection.candidates import Candidates
from skmine.selection.joint.problem import Problem
from skmine.selection.joint.relations import find_surely_related

#: One row in so many is locked away: a quarter of the rows tests a set with half the z-score of all of them.
LOCKED = 4

#: The locked rows' p-value above which nothing is kept.
LOCKED_ALPHA = 0.01

#: The same where no network is trained: one candidate is tested on a handful of rows, from which no p-value below
#: .01 can come.
LOCKED_ALPHA_UNTRAINED = 0.05

#: Candidates that are so few that what the screen saw is tried beside them.
TINY = 2

#: Rows of a search below which no network is trained and the best column alone is put to the test: three quarters of
#: them, less validation, would leave 48 to train on.
FEWEST_TRAINED = 80


def try_the_best(
    columns: ColumnGroup,
    y: ColumnGroup,
    of_column: NDArray[np.int64],
    problem: Problem,
    striking: list[int],
    remaining: list[int],
) -> list[int]:
    """Where little remains, the most striking pair with it, if that says more; where nothing does, the surest one."""

    def estimate_of(some: list[int]) -> Evidence:
        return _estimate_on(columns.only(np.isin(of_column, some)), y, fit, held_out, problem).estimate.evidence

    fit, held_out = problem.draw_splits(LOCKED)[0]
    if not set(striking[:2]) <= set(remaining):
        trial = sorted({*remaining, *striking[:2]})
        found = estimate_of(trial)
        if found.pvalue <= LOCKED_ALPHA and not (
            remaining and found.held_out - found.se < estimate_of(remaining).held_out
        ):
            return trial
    if remaining:
        return remaining
    sure = find_surely_related(problem.table, problem.nodes, problem.rows, problem.groups)[:1]
    return sure if sure and estimate_of(sure).pvalue <= LOCKED_ALPHA else []


def _estimate_on(x: ColumnGroup, y: ColumnGroup, fit: Rows, held_out: Rows, problem: Problem) -> Result:
    """An estimate by critics that train on some rows, of others."""
    plan = Plan([Fold(fit, held_out, (Step(fit, held_out),))], problem.groups, problem.device.type, problem.n_jobs)
    return estimate(x, y, Setting(plan, problem.recipe, problem.draw_seed()), quiet=True)


def test_on_locked_rows(
    x: ColumnGroup, y: ColumnGroup, candidates: Candidates, kept: list[int], lock: Fold, problem: Problem
) -> tuple[Estimate | None, list[int]]:
    """What the locked rows say of the kept candidates; only protected ones remain if no evidence is left.

    Few locked rows may miss what all others are sure of: that is evidence enough.
    """
    alpha = LOCKED_ALPHA if len(lock.train) >= FEWEST_TRAINED else LOCKED_ALPHA_UNTRAINED
    sure = set(find_surely_related(problem.table, problem.nodes, problem.rows, problem.groups)) - set(
        candidates.protected
    )
    while kept:
        found = _estimate_on(x.only(np.isin(candidates.of_column, kept)), y, lock.train, lock.test, problem)
        tested = candidates.wanted is None and not set(kept) <= set(candidates.protected) and not sure & set(kept)
        if not tested or found.estimate.evidence.pvalue <= alpha:
            found.warn()
            return found.estimate, kept
        kept = sorted(candidates.protected)
    return None, kept
