"""Training curves: validation score by step, one curve per fold, and the step that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skmine.estimators.estimator import MutualInfoEstimator
from skmine.functions.html import KEPT_COLOUR
from skmine.functions.units import Unit, check_unit, convert, convert_frame
from skmine.plotting.style import CURVE_SIZE, hide_frame, make_axes, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Most folds that have a line of the legend each; more of them share one. Arbitrary.
MOST_NAMED_FOLDS = 5

#: Part of the viridis colour map that folds are coloured from: mid-tones, readable on white and on black.
SHADES = (0.25, 0.75)

#: The smallest range of the vertical axis in nats, so that noise does not look like a change.
SMALLEST_RANGE = 0.05

#: Columns of a history that are amounts of information.
AMOUNTS = ("objective", "validation")

#: Margin above and below the curves, relative to their range. Arbitrary.
MARGIN = 0.06


class TrainingDisplay:
    """The training curves of a `MutualInfoEstimator`'s critics.

    For each fold, a solid line is the score of its validation rows in nats, and a thin dotted line of the same
    colour is the objective on its batches, which training maximises (that of Jensen-Shannon is not an
    estimate of mutual information, and may lie outside the frame). A dot marks the step that was chosen. At
    step 0 the base alone was kept, because no later step was better by more than noise. The dashed line is
    the held-out score, from rows that were used neither for training nor for this choice.

    It is recommended to use `from_estimator` or `from_history`.

    Parameters
    ----------
    history : DataFrame
        As `MutualInfoEstimator.history_`: ``fold`` and ``step``, ``objective`` and ``validation`` in nats.
    n_iter : sequence of int
        The step that was chosen for each fold; ``fold`` counts from 0.
    held_out_mi : float
        The held-out score in nats.
    unit : {"nats", "bits"}, default="nats"
        Of all of these, if it is not nats.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
        The validation curves, one per fold.

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

    def __init__(
        self, *, history: pd.DataFrame, n_iter: Sequence[int], held_out_mi: float, unit: Unit = "nats"
    ) -> None:
        self.history = history
        self.n_iter = n_iter
        self.held_out_mi = held_out_mi
        self.unit = unit

    @classmethod
    def from_history(
        cls,
        history: pd.DataFrame,
        *,
        n_iter: Sequence[int],
        held_out_mi: float,
        objective: bool = True,
        unit: Unit = "nats",
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> TrainingDisplay:
        """Draw the curves of an estimator from its attributes.

        Parameters
        ----------
        history : DataFrame
            The estimator's ``history_``, in nats.
        n_iter : sequence of int
            The estimator's ``n_iter_``.
        held_out_mi : float
            The estimator's ``held_out_mi_``, in nats.
        objective : bool, default=True
            As in `plot`.
        unit : {"nats", "bits"}, default="nats"
            What to draw.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        TrainingDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ValueError
            If there are no curves, or the chosen steps are not on the curves.
        """
        history = convert_frame(history, AMOUNTS, check_unit(unit))
        display = cls(history=history, n_iter=n_iter, held_out_mi=convert(held_out_mi, unit), unit=unit)
        return display.plot(ax, objective=objective, **kwargs)

    @classmethod
    def from_estimator(
        cls,
        estimator: MutualInfoEstimator,
        *,
        objective: bool = True,
        unit: Unit = "nats",
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> TrainingDisplay:
        """Draw a fitted `MutualInfoEstimator`.

        Parameters
        ----------
        estimator : MutualInfoEstimator
            A fitted estimator whose critic is trained: "partition" or "pair".
        objective : bool, default=True
            As in `plot`.
        unit : {"nats", "bits"}, default="nats"
            What to draw.
        ax : matplotlib Axes or None, default=None
            As in `plot`.
        **kwargs
            As in `plot`.

        Returns
        -------
        TrainingDisplay
            With the attributes that `plot` sets.

        Raises
        ------
        ValueError
            If nothing was trained: the critic is "grid", a side is constant, or there are too few rows.
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        """
        check_is_fitted(estimator)
        if estimator.history_.empty and estimator.critic_ == "grid":
            raise ValueError(
                "estimator must have a trained critic, got critic_='grid', which is pretrained and has no curves; fit "
                "it with critic='pair' or critic='partition'."
            )
        return cls.from_history(
            estimator.history_,
            n_iter=estimator.n_iter_,
            held_out_mi=estimator.held_out_mi_,
            objective=objective,
            unit=unit,
            ax=ax,
            **kwargs,
        )

    def plot(self, ax: Axes | None = None, *, objective: bool = True, **kwargs: Any) -> TrainingDisplay:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a new figure.
        objective : bool, default=True
            Whether to draw the training objective too.
        **kwargs
            Passed to matplotlib's ``plot`` for the validation curves.

        Returns
        -------
        TrainingDisplay
            This object, with `ax_`, `figure_` and `lines_`.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        require_matplotlib()
        curves = self._split_by_fold()
        import matplotlib as mpl

        ax = make_axes(ax, CURVE_SIZE)
        shades = np.linspace(*SHADES, len(curves)) if len(curves) > 1 else np.array([])
        colours = [mpl.colormaps["viridis"](shade) for shade in shades] or [KEPT_COLOUR]
        ink = mpl.rcParams["text.color"]
        self.lines_ = []
        for k, (fold, curve) in enumerate(curves.items()):
            chosen = int(self.n_iter[fold])
            label = f"validation, fold {fold}: step {chosen}"
            if len(curves) > MOST_NAMED_FOLDS:
                label = "validation, one line per fold"
            # The folds share the other lines of the legend, and the only one if they are many.
            shared = k == 0
            step, validation = curve["step"].to_numpy(), curve["validation"].to_numpy(float)
            if objective:
                ax.plot(step, curve["objective"], ":", linewidth=1.1, color=colours[k],
                        label="training objective on batches" if shared else None)  # fmt: skip
            look: dict[str, Any] = {"linewidth": 1.6, "color": colours[k]}
            look["label"] = label if shared or len(curves) <= MOST_NAMED_FOLDS else None
            self.lines_ += ax.plot(step, validation, **{**look, **kwargs})
            ax.plot(chosen, validation[np.flatnonzero(step == chosen)[0]], "o", markersize=7, color=colours[k],
                    markeredgecolor=ink, zorder=4, clip_on=False, label="chosen step" if shared else None)  # fmt: skip
        held_out = f"held-out score: {self.held_out_mi:.3f}"
        ax.axhline(self.held_out_mi, linestyle="--", linewidth=1, color=ink, label=held_out)
        ax.set_xlim(0, self.history["step"].max())
        ax.set_ylim(*self._find_limits(objective))
        ax.set_xlabel("step")
        ax.set_ylabel(f"mutual information ({self.unit})")
        ax.set_title(_summarise([int(self.n_iter[fold]) for fold in curves]), fontsize=9, loc="left")
        handles, labels = ax.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda i: labels[i].startswith(("chosen", "training", "held")))
        ax.legend([handles[i] for i in order], [labels[i] for i in order], fontsize=8, frameon=False)
        hide_frame(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _split_by_fold(self) -> dict[int, pd.DataFrame]:
        """One curve per fold, checked."""
        if self.history.empty:
            raise ValueError(
                "history is empty: there are too few rows, a constant side or a pretrained critic; fit critic='pair' "
                "or critic='partition' on more rows."
            )
        curves = {int(fold): curve for fold, curve in self.history.groupby("fold", sort=True)}
        for fold, curve in curves.items():
            if fold >= len(self.n_iter) or not (curve["step"] == self.n_iter[fold]).any():
                raise ValueError(
                    f"n_iter must hold a step of the curve of each fold, got {list(self.n_iter)!r} and none of fold "
                    f"{fold}; pass n_iter_ and history_ of the same fit."
                )
        return curves

    def _find_limits(self, objective: bool) -> tuple[float, float]:
        """Limits of the vertical axis in nats: all of the validation, and the part of the objective that is near it."""
        shown = np.append(self.history["validation"].to_numpy(float), self.held_out_mi)
        low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
        near = max(high - low, SMALLEST_RANGE)
        values = self.history["objective"].to_numpy(float)
        values = values[(values >= low - near) & (values <= high + near)]
        if objective and len(values):
            low, high = min(low, float(values.min())), max(high, float(values.max()))
        margin = MARGIN * max(high - low, SMALLEST_RANGE)
        missing = max(SMALLEST_RANGE - (high - low), 0.0) / 2
        return low - margin - missing, high + margin + missing


def _summarise(chosen: Sequence[int]) -> str:
    n, at_base = len(chosen), sum(step == 0 for step in chosen)
    folds = "1 fold" if n == 1 else f"{n} folds"
    if not at_base:
        return f"{folds}, a trained critic" + (" in each" if n > 1 else "")
    kept = "" if n == 1 else "all of " if at_base == n else f"{at_base} of "
    return f"{kept}{folds} kept the base (step 0): training was not better by more than noise"
