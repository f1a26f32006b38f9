"""Training as a picture: validation against the step, a curve a fold, and the step that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skmine.estimators.estimator import MutualInfoEstimator
from skmine.plotting.ranking import KEPT_COLOUR

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Up to so many folds each has a line in the legend; more of them share one.
MOST_NAMED_FOLDS = 5

#: Part of the viridis map that folds are coloured from: mid-tones.
FIRST_SHADE, LAST_SHADE = 0.25, 0.75

#: The smallest range of the vertical axis in nats, so that noise does not look like a change.
SMALLEST_RANGE = 0.05


class TrainingDisplay:
    """How the critics of a `MutualInfoEstimator` were trained.

    A solid line a fold is the score of its validation rows in nats, a thin dotted one of the same
    colour the objective on its batches, which is what training maximises (that of Jensen-Shannon is no
    estimate of mutual information, and may lie outside the frame). A dot marks the step that was
    chosen: at step 0 the base alone was kept, because no later step did better by more than noise. The
    dashed line is the held-out score, of rows that neither training nor this choice has seen.

    It is recommended to use `from_estimator` or `from_history`.

    Parameters
    ----------
    history : DataFrame
        As `MutualInfoEstimator.history_`: ``fold``, ``step``, ``objective`` and ``validation``.
    n_iter : sequence of int
        The step chosen for each fold; ``fold`` counts from 0.
    held_out_mi : float
        In nats.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
        The validation curves, one a fold.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import MutualInfoEstimator
    >>> from skmine.plotting import TrainingDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2))
    >>> y = X.prod(axis=1) + 0.3 * rng.normal(size=200)
    >>> estimator = MutualInfoEstimator((16, 16), max_iter=40, random_state=0).fit(X, y)
    >>> display = TrainingDisplay.from_estimator(estimator)
    >>> len(display.lines_), display.ax_.get_xlabel()
    (3, 'step')
    """

    def __init__(self, *, history: pd.DataFrame, n_iter: Sequence[int], held_out_mi: float) -> None:
        self.history = history
        self.n_iter = n_iter
        self.held_out_mi = held_out_mi

    @classmethod
    def from_history(
        cls,
        history: pd.DataFrame,
        *,
        n_iter: Sequence[int],
        held_out_mi: float,
        objective: bool = True,
        ax: Axes | None = None,
    ) -> TrainingDisplay:
        """Draw curves that were kept, of an estimator that was not.

        Parameters
        ----------
        history : DataFrame
        n_iter : sequence of int
        held_out_mi : float
            All as the estimator's attributes.
        objective, ax
            As in `plot`.

        Raises
        ------
        ValueError
            If there are no curves, or not as many chosen steps as curves.
        """
        return cls(history=history, n_iter=n_iter, held_out_mi=held_out_mi).plot(ax, objective=objective)

    @classmethod
    def from_estimator(
        cls, estimator: MutualInfoEstimator, *, objective: bool = True, ax: Axes | None = None
    ) -> TrainingDisplay:
        """Draw a fitted `MutualInfoEstimator`.

        Parameters
        ----------
        estimator : MutualInfoEstimator
            Fitted, with a critic that is trained: "partition" or "pair".
        objective, ax
            As in `plot`.

        Raises
        ------
        ValueError
            If nothing was trained: the critic is "grid", a side constant, or the rows too few.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(estimator)
        if estimator.history_.empty and estimator.critic_ == "grid":
            raise ValueError(
                "The estimator's critic_ is 'grid', which is pretrained and has no curves; fit it with critic='pair' "
                "or critic='partition'."
            )
        return cls.from_history(
            estimator.history_,
            n_iter=estimator.n_iter_,
            held_out_mi=estimator.held_out_mi_,
            objective=objective,
            ax=ax,
        )

    def plot(self, ax: Axes | None = None, *, objective: bool = True) -> TrainingDisplay:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to; a figure of its own otherwise.
        objective : bool, default=True
            Draw the training objective too.

        Returns
        -------
        display : TrainingDisplay
            This object, with `ax_`, `figure_` and `lines_`.
        """
        curves = self._curves()
        import matplotlib as mpl
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(figsize=(7.0, 4.2), layout="constrained")
        shades = np.linspace(FIRST_SHADE, LAST_SHADE, len(curves)) if len(curves) > 1 else np.array([])
        colours = [mpl.colormaps["viridis"](shade) for shade in shades] or [KEPT_COLOUR]
        ink = plt.rcParams["text.color"]
        named = len(curves) <= MOST_NAMED_FOLDS
        self.lines_ = []
        for k, (fold, curve) in enumerate(curves.items()):
            chosen = int(self.n_iter[fold])
            step, validation = curve["step"].to_numpy(), curve["validation"].to_numpy(float)
            if objective:
                label = "training objective, by batches" if k == 0 else None
                ax.plot(step, curve["objective"], ":", linewidth=1.1, color=colours[k], label=label)
            label = f"validation, fold {fold}: step {chosen}" if named else None if k else "validation, a line a fold"
            self.lines_ += ax.plot(step, validation, linewidth=1.6, color=colours[k], label=label)
            ax.plot(chosen, validation[np.flatnonzero(step == chosen)[0]], "o", markersize=7, color=colours[k],
                    markeredgecolor=ink, zorder=4, clip_on=False, label="chosen step" if k == 0 else None)  # fmt: skip
        ax.axhline(self.held_out_mi, linestyle="--", linewidth=1, color=ink, label=f"held out: {self.held_out_mi:.3f}")
        ax.set_xlim(0, self.history["step"].max())
        ax.set_ylim(*self._range(objective))
        ax.set_xlabel("step")
        ax.set_ylabel("mutual information (nats)")
        ax.set_title(_caption([int(self.n_iter[fold]) for fold in curves]), fontsize=9, loc="left")
        handles, labels = ax.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda i: labels[i].startswith(("chosen", "training", "held")))
        ax.legend([handles[i] for i in order], [labels[i] for i in order], fontsize=8, frameon=False)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _curves(self) -> dict[int, pd.DataFrame]:
        """A curve a fold, checked."""
        if self.history.empty:
            raise ValueError(
                "history is empty, so there are no curves: too few rows, a constant side or a pretrained critic; fit "
                "critic='pair' or critic='partition' on more rows."
            )
        curves = {int(fold): curve for fold, curve in self.history.groupby("fold", sort=True)}
        for fold, curve in curves.items():
            if fold >= len(self.n_iter) or not (curve["step"] == self.n_iter[fold]).any():
                raise ValueError(
                    f"n_iter is {list(self.n_iter)!r}, which has no step of the curve of fold {fold}; pass n_iter_ and "
                    f"history_ of one fit."
                )
        return curves

    def _range(self, objective: bool) -> tuple[float, float]:
        """Limits in nats: all of the validation, and what of the objective is near it."""
        shown = np.append(self.history["validation"].to_numpy(float), self.held_out_mi)
        low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
        near = max(high - low, SMALLEST_RANGE)
        values = self.history["objective"].to_numpy(float)
        values = values[(values >= low - near) & (values <= high + near)]
        if objective and len(values):
            low, high = min(low, float(values.min())), max(high, float(values.max()))
        margin = 0.06 * max(high - low, SMALLEST_RANGE)
        missing = max(SMALLEST_RANGE - (high - low), 0.0) / 2
        return low - margin - missing, high + margin + missing


def _caption(chosen: Sequence[int]) -> str:
    n, at_base = len(chosen), sum(step == 0 for step in chosen)
    folds = "1 fold" if n == 1 else f"{n} folds"
    if not at_base:
        return f"{folds}, a trained critic" + (" in each" if n > 1 else "")
    kept = "" if n == 1 else "all of " if at_base == n else f"{at_base} of "
    return f"{kept}{folds} kept the base (step 0): training added no more than noise"
