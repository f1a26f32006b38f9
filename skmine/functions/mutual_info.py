"""What two tables share, and what they share given a third.

Design notes. `make_setting` is the one way from parameters to folds, seeds and a recipe; the
estimator and the function both take it, so that they cannot disagree.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import validate_parameter_constraints

from skmine.data.naming import discrete_flags
from skmine.data.source import Table
from skmine.estimation import inference
from skmine.estimation.conditional import applies, beyond
from skmine.estimation.estimate import Block, Estimate, estimate
from skmine.estimation.fitting import Recipe
from skmine.estimation.folds import group_numbers, make_folds, seed_sequence
from skmine.estimation.plan import Plan
from skmine.exceptions import SkmineWarning
from skmine.functions.parameters import ESTIMATOR_CONSTRAINTS, make_recipe


@dataclass(frozen=True)
class Setting:
    """Folds, seeds and recipe of one estimate."""

    plan: Plan
    critic: str
    recipe: Recipe
    seed: np.random.SeedSequence

    def estimate(
        self,
        x: Block,
        y: Block,
        report: Callable[[int, int, float], None] | None = None,
        *,
        critic: str | None = None,
    ) -> Estimate:
        """What two blocks share. The same setting gives the same bits again."""
        # A seed sequence counts its children; a fresh one has none.
        seed = np.random.SeedSequence(self.seed.entropy)
        return estimate(x, y, self.plan, critic=critic or self.critic, recipe=self.recipe, seed=seed, report=report)


def make_setting(
    n: int,
    *,
    y: Any = None,
    groups: Any = None,
    critic: str = "auto",
    cv: Any = 3,
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    **of_training: Any,
) -> Setting:
    """Folds of n rows, seeds and recipe; parameters are those of `MutualInfoEstimator`.

    Raises
    ------
    ValueError
        If the rows, groups or layer sizes will not do.
    """
    recipe = make_recipe(**of_training)
    if groups is not None:
        groups = group_numbers(groups, n)
    random_state = check_random_state(random_state)
    folds = make_folds(cv, n, y=y, groups=groups, random_state=random_state)
    return Setting(Plan(folds, groups, device, n_jobs), critic, recipe, seed_sequence(random_state))


@dataclass(frozen=True)
class MutualInformation:
    """Mutual information of two tables, given a third or not.

    Attributes
    ----------
    mi : float
        The estimate in nats.
    se : float
        Standard error of the held-out score.
    pvalue : float
        Of (conditional) independence, one-sided.
    n : int
        Rows.
    critic : {"grid", "partition", "pair"}
    held_out, training : float
        Scores on rows that critics did not see, and on those they did.
    warnings : tuple of str
        What to be careful about.
    """

    mi: float
    se: float
    pvalue: float
    n: int
    critic: str
    held_out: float
    training: float
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: Estimate) -> "MutualInformation":
        """The part of an estimate that is numbers."""
        return cls(found.mi, found.se, found.pvalue, found.n, found.critic, found.held_out, found.training, found.notes)

    def lower_bound(self, level: float = 0.95) -> float:
        """One-sided lower confidence bound in nats; never above 0 where the p-value does not reject."""
        return float(inference.lower_bound(self.held_out, self.se, self.pvalue, inference.checked_level(level)))

    def confidence_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided confidence interval around the estimate, in nats."""
        return inference.interval(self.mi, self.held_out, self.se, self.pvalue, inference.checked_level(level))


def mutual_info(X: Any, y: Any, z: Any = None, *, groups: Any = None, **options: Any) -> MutualInformation:
    """Mutual information of two tables, or what they share beyond a third one.

    Parameters
    ----------
    X : frame or array-like of shape (n_samples,) or (n_samples, n_features)
        Columns of any kind; missing values are a value of their own.
    y : frame or array-like of shape (n_samples,) or (n_samples, n_targets)
        The same. Several columns are taken together.
    z : frame or array-like of shape (n_samples,) or (n_samples, n_conditions), default=None
        Given z, the answer is conditional. Where y is one column, one network that is trained with X
        and without prices I(X, Z; Y) - I(Z; Y); where it is several, I(X; (Y, Z)) - I(X; Z), both with
        the same critic, folds and rows. The standard error is that of the paired difference, and the
        p-value that of the difference as a normal variable, which errs on the side of independence.
    groups : array-like of shape (n_samples,), default=None
        Rows that belong together.
    **options
        As the parameters of `MutualInfoEstimator`, `verbose` excepted.

    Returns
    -------
    MutualInformation
        ``mi``, ``se``, ``pvalue``, ``n``, ``critic``, ``held_out``, ``training``, ``warnings``; in nats.

    Raises
    ------
    ValueError
        If the input is empty, infinite, of mismatched lengths or has fewer rows than folds; if an
        option is unknown or out of range.

    Warns
    -----
    SaturationWarning
        If the tables share about as much as the held-out rows can certify, or more.
    IdentifierWarning
        If a column's labels are nearly all different.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import mutual_info
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=1000)
    >>> x, y = z + rng.normal(size=(2, 1000))  # all that x and y share is z
    >>> result = mutual_info(x, y, random_state=0)
    >>> result.critic, bool(result.lower_bound() > 0)
    ('grid', True)
    >>> bool(mutual_info(x, y, z, random_state=0).lower_bound() > 0)
    False
    """
    unknown = set(options) - set(ESTIMATOR_CONSTRAINTS) | set(options) & {"verbose"}
    if unknown:
        raise TypeError(
            f"mutual_info got {min(unknown)!r}, which is no parameter of MutualInfoEstimator that it takes; "
            f"see its docstring."
        )
    constraints = {name: ESTIMATOR_CONSTRAINTS[name] for name in options}
    validate_parameter_constraints(constraints, options, caller_name="mutual_info")
    flags = options.pop("discrete_features", "auto"), options.pop("discrete_target", "auto")
    x = make_block(X, "X", flags[0], "discrete_features")
    goal = make_block(y, "y", flags[1], "discrete_target", n=len(x))
    setting = make_setting(len(x), y=goal.columns[0].values, groups=groups, **options)
    if z is None:
        return MutualInformation.of(setting.estimate(x, goal))
    given = make_block(z, "z", n=len(x))
    if setting.critic in ("auto", "partition") and applies(x, goal, given, setting.plan):
        return _beyond(x, goal, given, setting)
    both = setting.estimate(x, goal + given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkmineWarning)
        alone = setting.estimate(x, given, critic=both.critic)
    # What z alone explains must not be underrated: its held-out score would be too low.
    held_out, training = both.held_out - alone.mi, both.training - alone.training
    difference = both.projection - alone.projection
    return _of_difference(both.mi - alone.mi, held_out, training, difference, (both, alone), setting.plan)


def _beyond(x: Block, y: Block, z: Block, setting: Setting) -> MutualInformation:
    """What x tells of one column beyond z, by a masked network."""
    both = setting.estimate(x + z, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkmineWarning)  # it would say the same of the same columns once more
        alone = setting.estimate(z, y, critic="auto")
    seed = int(setting.seed.generate_state(1, np.uint64)[0])
    found = beyond(x, y, z, (both, alone), setting.plan, setting.recipe, seed)
    return _of_difference(found.mi, found.held_out, found.training, found.projection, (both, alone), setting.plan)


def _of_difference(
    mi: float,
    held_out: float,
    training: float,
    projection: NDArray[np.float64],
    terms: tuple[Estimate, Estimate],
    plan: Plan,
) -> MutualInformation:
    """What two terms' paired difference says."""
    both, alone = terms
    se = _paired_error(projection, plan)
    pvalue = float(inference.normal_sf(held_out / se)) if se > 0 else 1.0
    notes = tuple(dict.fromkeys(both.notes + alone.notes))
    return MutualInformation(mi, se, pvalue, both.n, both.critic, held_out, training, notes)


def make_block(
    data: Any, argument: str, flags: Any = "auto", name_of_flags: str = "", *, n: int | None = None
) -> Block:
    """The columns of a table, which `argument` is; n rows are wanted, as X has.

    Raises
    ------
    ValueError
        If the table or the flags will not do, or the rows are not n.
    """
    table = Table(data, argument=argument)
    if n is not None and len(table) != n:
        raise ValueError(
            f"X and {argument} have inconsistent numbers of samples: {n} and {len(table)} rows; pass one row of "
            f"{argument} a row of X."
        )
    return Block(list(table), discrete_flags(flags, table.names, name_of_flags))


def _paired_error(difference: NDArray[np.float64], plan: Plan) -> float:
    """Standard error of the mean of a value a row, fold by fold, groups moving together."""
    total = sum(
        inference.variance_of_sum(difference[fold.test], None if plan.groups is None else plan.groups[fold.test])
        for fold in plan.folds
    )
    return float(np.sqrt(total)) / sum(len(fold.test) for fold in plan.folds)
