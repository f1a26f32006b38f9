"""From parameters to folds, a seed and a recipe: the same for the estimator and the function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from skmine.data.column import Column
from skmine.estimation.arrangement import arrange_rows
from skmine.estimation.folds import make_folds
from skmine.estimation.plan import Plan
from skmine.estimation.recipe import Recipe, make_recipe

#: Called at each validation with fold, step and validation score.
FoldReport = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Setting:
    """What an estimate is made with: the rows' parts, how critics are trained, and a seed.

    The same setting gives the same bits again.
    """

    plan: Plan
    recipe: Recipe
    seed: np.random.SeedSequence
    report: FoldReport | None = None

    def spawn_seeds(self, n: int) -> list[np.random.SeedSequence]:
        """The same n seeds at each call: a seed sequence counts its children, a fresh one has none."""
        return np.random.SeedSequence(self.seed.entropy, spawn_key=self.seed.spawn_key).spawn(n)


def report_steps(report: Callable[[float, float], None], n_folds: int, n_steps: int) -> FoldReport:
    """A report of folds and steps as one of what is done and what is to do."""
    total = (n_folds + max(n_folds - 2, 0)) * n_steps  # folds in between need a critic more for the p-value
    return lambda fold, step, _: report(min(fold * n_steps + step, total), total)


def draw_seed_sequence(random_state: np.random.RandomState) -> np.random.SeedSequence:
    """Draw the seed of whatever is trained from a random state."""
    return np.random.SeedSequence(random_state.randint(0, 2**32, size=4, dtype=np.uint32).tolist())


def make_setting(
    n_rows: int,
    *,
    columns: Sequence[Column] = (),
    targets: Sequence[Column] = (),
    groups: Any = None,
    time: Any = None,
    cv: Any = 3,
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    **of_training: Any,
) -> Setting:
    """Folds of the rows, a seed and a recipe; parameters are those of `MutualInfoEstimator`.

    `columns` and `targets` are the columns of both sides, which show how long rows in time remember.

    Raises
    ------
    ValueError
        If the rows, groups or layer sizes cannot be used.
    """
    recipe = make_recipe(**of_training)
    rows = arrange_rows(cv, n_rows, groups=groups, time=time, read_columns=lambda: columns, targets=targets)
    random_state = check_random_state(random_state)
    y = targets[0].values if targets else None
    folds = make_folds(rows.cv, n_rows, y=y, groups=rows.units, random_state=random_state)
    return Setting(Plan(folds, rows.units, device, n_jobs), recipe, draw_seed_sequence(random_state))
