"""What a third table does to what two others share: redundancy or synergy.

Design notes. Co-information is the difference of two terms of the same rows and folds, so one standard error holds for
it.
"""

from dataclasses import dataclass, field
from html import escape
from typing import Any

from skmine._sklearn import validate_params
from skmine.data.group import read_group, warn_of_pooled_groups
from skmine.data.source import Source
from skmine.estimation import inference
from skmine.estimation.collected_warnings import collect_warnings
from skmine.estimation.conditional import Condition
from skmine.estimation.interaction import Interaction, estimate_interaction
from skmine.estimation.setting import make_setting
from skmine.exceptions import warn
from skmine.functions.html import render_table
from skmine.functions.parameters import ESTIMATOR_CONSTRAINTS
from skmine.functions.units import UNIT_CONSTRAINTS, Unit, check_unit, convert

#: Parameters of functions of three sides, which are those of `mutual_info`.
INTERACTION_CONSTRAINTS = {
    name: ESTIMATOR_CONSTRAINTS[name]
    for name in (
        "discrete_features",
        "discrete_target",
        "infinite",
        "cv",
        "max_iter",
        "device",
        "n_jobs",
        "random_state",
    )
} | UNIT_CONSTRAINTS


@dataclass(frozen=True, repr=False)
class CoInformation:
    """Co-information I(X; Y) - I(X; Y | Z).

    Attributes
    ----------
    co_information : float
        In nats unless `unit` says otherwise, as all amounts here. Positive: Z repeats what X and Y share
        (redundancy); negative: X and Y share more once Z is known (synergy).
    se : float
        Standard error of the difference, both terms being scored on the same rows.
    pvalue : float
        Two-sided, of a co-information of 0.
    n : int
        Rows.
    mi, mi_given : float
        The two terms, I(X; Y) and I(X; Y | Z).
    warnings : tuple of str
        What to be careful about; amounts in these sentences are in nats.
    unit : {"nats", "bits"}
        Of all amounts.
    """

    co_information: float
    se: float
    pvalue: float
    n: int
    mi: float
    mi_given: float
    warnings: tuple[str, ...]
    unit: Unit
    _found: Interaction = field(compare=False)

    @classmethod
    def read(cls, found: Interaction, unit: Unit) -> "CoInformation":
        """The part of an interaction that is numbers, in a unit."""
        amounts = [convert(value, check_unit(unit)) for value in (found.mi, found.se, found.alone.mi, found.given.mi)]
        co_information, se, mi, mi_given = amounts
        return cls(co_information, se, found.pvalue, found.alone.n, mi, mi_given, found.notes, unit, found)

    def convert(self, unit: Unit) -> "CoInformation":
        """The same in another unit.

        Parameters
        ----------
        unit : {"nats", "bits"}

        Returns
        -------
        CoInformation

        Raises
        ------
        ValueError
            If it is no unit.
        """
        return CoInformation.read(self._found, unit)

    def confidence_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided confidence interval around the estimate."""
        low, high = self._found.compute_interval(inference.check_level(level))
        return convert(low, self.unit), convert(high, self.unit)

    def __str__(self) -> str:
        low, high = self.confidence_interval()
        pvalue = inference.format_pvalue(self.pvalue)
        return (
            f"{self.co_information:+.4f} {self.unit} (s.e. {self.se:.4f}, 95 % interval {low:+.4f} to {high:+.4f}, p "
            f"{'' if pvalue.startswith('<') else '= '}{pvalue}): {self.mi:.4f} alone, {self.mi_given:.4f} given z, "
            f"{self.n} rows"
        )

    def __repr__(self) -> str:
        return f"<CoInformation: {self}>"

    def _repr_html_(self) -> str:
        """The answer as a table of one row, with what to be careful about, for notebooks."""
        low, high = self.confidence_interval()
        head = ["co-information", "s.e.", "95 % interval", "p", "alone", "given z", "rows"]
        row = [
            f"{self.co_information:+.4f} {self.unit}",
            f"{self.se:.4f}",
            f"{low:+.4f} to {high:+.4f}",
            escape(inference.format_pvalue(self.pvalue)),
            f"{self.mi:.4f}",
            f"{self.mi_given:.4f}",
            f"{self.n}",
        ]
        return render_table(head, [row]) + "".join(f"<p>{escape(sentence)}</p>" for sentence in self.warnings)


@validate_params(
    INTERACTION_CONSTRAINTS,
    prefer_skip_nested_validation=True,
)
def co_information(
    x: Any,
    y: Any,
    z: Any,
    *,
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
) -> CoInformation:
    """Co-information of three tables: I(x; y) - I(x; y | z).

    Positive where z repeats what x and y share (redundancy), negative where x and y share more once z is known
    (synergy). McGill's interaction information of 1954 has this sign; many authors since, such as Cover and Thomas's
    readers, use the other one. It is symmetric in x, y and z; what critics miss of it is not, so put the
    one that is to be predicted into y.

    Parameters
    ----------
    x, y, z : frame or array-like of shape (n_samples,) or (n_samples, n_columns)
        Columns of any kind; missing values are a value of their own. Several columns are taken together.
    groups : array-like of shape (n_samples,), default=None
        Rows of a group stay in one fold; errors and p-values go by groups.
    time : array-like of shape (n_samples,), default=None
        Times of the rows, numbers or dates: folds, errors and p-values then go by blocks of consecutive rows
        (`BlockedKFold`), within each group if `groups` are given.
    unit : {"nats", "bits"}, default="nats"
        Of the answer.
    cv : int, splitter or iterable, default=3
        Folds. Test folds must not overlap.
    max_iter : int, default=12800
        Largest number of optimisation steps of a critic.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns of x whose every value is a category: all (True), none (False), a mask, indices or names. "auto"
        decides by type and ties.
    discrete_target : {"auto"}, bool or array-like, default="auto"
        The same for the columns of y.
    infinite : {"error", "missing"}, default="error"
        What infinite values are: refused, naming every column that has one, or missing.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws folds, initial weights and batches.

    Returns
    -------
    CoInformation
        ``co_information``, ``se``, ``pvalue`` (two-sided), ``mi``, ``mi_given``, ``n``, ``warnings`` and ``unit``;
        in nats or bits, with ``confidence_interval(level)`` and ``convert(unit)``.

    Raises
    ------
    ValueError
        If the input is empty, infinite, of mismatched lengths or has fewer rows than folds, or if a parameter is out
        of range.

    Warns
    -----
    SaturationWarning, TrainingCutWarning, FittingWarning, FewRowsWarning, IdentifierWarning, PooledLevelsWarning
        As `mutual_info`.
    AutocorrelatedRowsWarning
        If rows look like a time series, and neither `groups` nor `time` nor blocks as `cv` are passed.

    See Also
    --------
    information_table : All pairs of columns with a target.
    mutual_info : Each term by itself.

    References
    ----------
    McGill (1954), Multivariate information transmission, Psychometrika 19: 97-116.
    Bell (2003), The co-information lattice, ICA.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import co_information
    >>> x, z = np.random.default_rng(0).integers(0, 2, size=(2, 500))
    >>> found = co_information(x, x ^ z, z, max_iter=200, random_state=0)  # neither says anything alone: -log 2
    >>> low, high = found.confidence_interval()
    >>> bool(low < -0.693 < high < 0)
    True
    """
    first = read_group(Source(x, argument="x", infinite=infinite), discrete_features)
    n_rows = first.n_rows
    goal = read_group(Source(y, argument="y", infinite=infinite), discrete_target, "discrete_target", n_rows=n_rows)
    given = read_group(Source(z, argument="z", infinite=infinite), n_rows=n_rows)
    setting = make_setting(
        n_rows,
        columns=[*first.columns, *given.columns],
        targets=goal.columns,
        groups=groups,
        time=time,
        cv=cv,
        device=device,
        n_jobs=n_jobs,
        random_state=random_state,
        max_iter=max_iter,
    )
    for side in (first, goal, given):
        side.warn_of_identifiers()
    warn_of_pooled_groups([first, goal, given])
    found, said = collect_warnings(
        estimate_interaction, first, Condition.prepare(goal, given, setting, for_pvalues=False), setting
    )
    for text, category in dict.fromkeys(said):  # both terms may have the same caveat
        warn(text, category)
    return CoInformation.read(found, unit)
