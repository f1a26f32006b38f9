"""How critics are trained: one set of settings, and validation rows for early stopping."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Row index of a part of the rows.
Rows = NDArray[np.int64]

#: Share of a critic's rows that validate: a fifth, as is usual. Arbitrary.
VALIDATION_SHARE = 0.2

#: Rows below which no network is trained: of fewer, fewer than eight would validate it.
FEWEST_ROWS = 40

#: Steps of a run, and passes through its rows, before it becomes longer. Arbitrary.
FIRST_STEPS = 800
FIRST_EPOCHS = 50

#: A batch is this fraction of the rows, within bounds, so that an epoch is at least eight steps.
BATCHES_PER_EPOCH = 8

#: Smallest batch of "auto": InfoNCE of 64 rows tells pairs of up to log 64 = 4.2 nats apart.
SMALLEST_BATCH = 64


@dataclass(frozen=True)
class Recipe:
    """How a critic is trained; names and defaults are the estimator's.

    A run that grows has few steps at first, and becomes longer, up to `max_iter` steps, while validation scores rise;
    one that does not is as long as its passes through the rows let it be.
    """

    hidden_layer_sizes: tuple[int, ...] = (128, 128)
    activation: str = "silu"
    bound: str = "auto"
    base: str | None = "auto"
    learning_rate_init: float = 3e-3
    weight_decay: float = 0.1
    batch_size: int | str = "auto"
    max_iter: int = 12_800
    n_iter_no_change: int = 200
    grows: bool = True

    def choose_batch_size(self, n_rows: int, most: int) -> int:
        """Rows of a step."""
        if isinstance(self.batch_size, str):
            return int(np.clip(n_rows // BATCHES_PER_EPOCH, SMALLEST_BATCH, most))
        return self.batch_size

    def count_steps(self, n_rows: int, batch_size: int) -> int:
        """Steps of a run, before it becomes longer."""
        most = min(self.max_iter, FIRST_STEPS) if self.grows else self.max_iter
        return min(most, FIRST_EPOCHS * -(-n_rows // batch_size))

    def choose_patience(self, n_steps: int) -> int:
        """Steps without a better validation score after which a run of so many steps ends."""
        if not self.grows:
            return self.n_iter_no_change
        return max(round(self.n_iter_no_change * n_steps / FIRST_STEPS), 1)

    def deepen(self, layers: int) -> "Recipe":
        """The same with more layers, as wide as the last one."""
        return replace(self, hidden_layer_sizes=(*self.hidden_layer_sizes, *self.hidden_layer_sizes[-1:] * layers))


def make_recipe(**options: Any) -> Recipe:
    """Check what `MutualInfoEstimator` takes for training, and make a recipe of it.

    Raises
    ------
    ValueError
        If layer sizes are not positive whole numbers.
    """
    recipe = replace(Recipe(), **options)
    return replace(recipe, hidden_layer_sizes=check_layer_sizes(recipe.hidden_layer_sizes))


def check_layer_sizes(given: Any, *, least: int = 1) -> tuple[int, ...]:
    """`hidden_layer_sizes` as a tuple; a number is one layer.

    Raises
    ------
    ValueError
        If there are fewer than `least`, or sizes that are not positive whole numbers.
    """
    sizes = np.asarray(given)
    if sizes.ndim > 1 or sizes.size < least or (sizes.size and (sizes.dtype.kind not in "iu" or (sizes < 1).any())):
        raise ValueError(
            f"hidden_layer_sizes must hold positive whole numbers, got {given!r}; pass a tuple such as (128, 128)."
        )
    return tuple(int(v) for v in sizes.ravel())


def split_validation(rows: Rows, groups: NDArray[np.int64] | None, rng: np.random.Generator) -> tuple[Rows, Rows]:
    """Split a critic's rows into those it is fitted on and those that validate; groups stay whole."""
    if groups is None:
        order = rng.permutation(rows)
        n = max(round(VALIDATION_SHARE * len(rows)), 1)
        return order[n:], order[:n]
    present = rng.permutation(np.unique(groups[rows]))
    chosen = np.isin(groups[rows], present[: max(round(VALIDATION_SHARE * len(present)), 1)])
    return rng.permutation(rows[~chosen]), rng.permutation(rows[chosen])


def is_trainable(n_fit: int, n_validation: int, n_rows: int) -> bool:
    """Whether there are enough rows for a network."""
    return n_rows >= FEWEST_ROWS and min(n_fit, n_validation) >= FEWEST_ROWS * VALIDATION_SHARE
