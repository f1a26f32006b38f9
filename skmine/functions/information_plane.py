"""Information planes: what layers say of their input and of a target, over the epochs of training.

Design notes. All points have the same folds, seeds and draws of noise. I(X; T) comes from the exact densities of the
noise (`core.known_noise`), I(T; Y) from critics (`estimation.estimate`).
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed
from numpy.typing import NDArray

from skmine._sklearn import validate_params
from skmine.core.known_noise import bound_noisy_rows
from skmine.data.group import ColumnGroup, read_group
from skmine.data.source import Source
from skmine.estimation.collected_warnings import collect_warnings, warn_once_per_kind
from skmine.estimation.estimate import estimate
from skmine.estimation.setting import Setting, make_setting
from skmine.functions.layers import Layers, Place
from skmine.functions.parameters import ESTIMATOR_CONSTRAINTS
from skmine.functions.plane import InformationPlane, Terms
from skmine.functions.units import UNIT_CONSTRAINTS, Unit

#: Outputs of a layer, standard deviations of its noise, if any, and the seed of the noise.
Call = tuple[NDArray[Any], NDArray[np.float64] | None, np.random.SeedSequence]


@validate_params(
    {
        **{name: ESTIMATOR_CONSTRAINTS[name] for name in ("cv", "max_iter", "device", "n_jobs", "random_state")},
        "discrete_target": ESTIMATOR_CONSTRAINTS["discrete_target"],
        "progress": [callable, None],
        **UNIT_CONSTRAINTS,
    },
    prefer_skip_nested_validation=True,
)
def information_plane(
    layers: Any,
    y: Any,
    *,
    noise: Any = None,
    groups: Any = None,
    unit: Unit = "nats",
    cv: Any = 3,
    max_iter: int = 12_800,
    discrete_target: Any = "auto",
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: Callable[[int, int], None] | None = None,
) -> InformationPlane:
    """Information plane of a network: I(X; T) and I(T; Y) of layers T, over the epochs of training.

    With known noise, T = h(X) + sigma N(0, 1), I(X; T) lies between two bounds from exact densities, without a critic.
    Without noise there is no such number: the information that a layer without noise has about continuous inputs is
    infinite, and what planes of it show is the binning or the estimator [2]_ [3]_; only I(T; Y) is reported then.

    Parameters
    ----------
    layers : mapping or list of mappings or lists of array-like of shape (n_samples, ...)
        Epochs, each with the outputs h(x) of its layers, before noise is added, as arrays or tensors:
        ``layers[epoch][layer]``. All epochs have the same layers and units. Rows are the same inputs everywhere,
        drawn independently: test rows say what a layer knows, training rows what it has memorised.
    y : array-like of shape (n_samples,) or (n_samples, n_targets)
        What layers should know: labels or numbers.
    noise : float, mapping of layers to float or array-like, or None, default=None
        Standard deviation sigma of the normal noise of the layers, independent for each unit and row: one for all, or
        one for each layer, as a number or an array that broadcasts to the layer's shape. None: layers have no noise.
    groups : array-like of shape (n_samples,), default=None
        Rows of a group stay in one fold; errors go by groups.
    unit : {"nats", "bits"}, default="nats"
        Of the answer.
    cv : int, splitter or iterable, default=3
        Folds of the critics of I(T; Y). Test folds must not overlap.
    max_iter : int, default=12800
        Largest number of optimisation steps of a critic.
    discrete_target : {"auto"}, bool or array-like, default="auto"
        Columns of y whose every value is a category. "auto" decides by type and ties.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers, one point each. The results do not depend on it.
    random_state : int, RandomState instance or None, default=None
        Draws folds, noise, initial weights and batches.
    progress : callable(done, total), default=None
        Called with the points done and to do.

    Returns
    -------
    InformationPlane
        ``table``, in nats or bits, with a row for each epoch and layer: ``i_xt_lower``, ``i_xt_upper``, ``i_xt_se``,
        ``i_ty`` and ``i_ty_se``; ``n``, ``entropy``, ``unit``, and ``compare_epochs(first, second)`` and
        ``compare_layers(first, second)`` for differences with paired errors.

    Raises
    ------
    ValueError
        If rows, layers or units differ between epochs, a number is not finite, noise is not positive or does not fit,
        or y or groups cannot be used.
    TypeError
        If `layers` are nested otherwise, or are no numbers.

    Warns
    -----
    SkmineWarning
        What `mutual_info` warns of, once for all points.

    See Also
    --------
    skmine.plotting.InformationPlaneDisplay : Draws it.
    skmine.nn.noisy_information : One point's I(X; T), with gradients.
    mutual_info : One point's I(T; Y).

    Notes
    -----
    All points share folds, initial weights and draws of noise, so that the standard error of a difference between two
    epochs, which the methods give, is mostly much smaller than that of either number.

    Lower bounds are at most the log of the number of rows: near it, I(X; T) may be anything above. They show which of
    these rows an output came from; the upper bound is far off where noise is small beside the distances of rows. The
    standard errors are those of sampling: that critics may miss a part of I(T; Y) comes on top.

    The noise must be all there is between X and T. In a network with noise in several layers, pass what a layer makes
    of the noisy layer before: the number is then what T says of that layer, which is at least I(X; T).

    A point takes as long as `mutual_info` of its layer and y, which is most of the time.

    References
    ----------
    .. [1] Shwartz-Ziv and Tishby (2017), Opening the black box of deep neural networks via information,
       arXiv:1703.00810.
    .. [2] Saxe et al. (2018), On the information bottleneck theory of deep learning, ICLR.
    .. [3] Goldfeld et al. (2019), Estimating information flow in deep neural networks, ICML.

    Examples
    --------
    A unit that learns to speak up, of one normal number: 1/2 log(1 + 1) nats, then 1/2 log(1 + 4).

    >>> import numpy as np
    >>> from skmine import information_plane
    >>> x = np.random.default_rng(0).normal(size=(600, 1))
    >>> plane = information_plane({0: {"h": x}, 1: {"h": 2 * x}}, x[:, 0] > 0, noise=1.0, random_state=0)
    >>> plane.table.columns.tolist()
    ['i_xt_lower', 'i_xt_upper', 'i_xt_se', 'i_ty', 'i_ty_se']
    >>> change = plane.compare_epochs(0, 1).loc["h"]
    >>> bool(abs(change["i_xt"] - 0.5 * np.log(5 / 2)) < 3 * change["i_xt_se"])
    True
    """
    read = Layers.read(layers)
    sigmas = read.read_noise(noise)
    goal = read_group(Source(y, argument="y"), discrete_target, "discrete_target")
    if goal.n_rows != read.n_rows:
        raise ValueError(
            f"y has {goal.n_rows} rows, but layers have {read.n_rows}; pass one row of y for each row of a layer."
        )
    setting = make_setting(
        read.n_rows,
        targets=goal.columns,
        groups=groups,
        cv=cv,
        device=device,
        random_state=random_state,
        max_iter=max_iter,
    )
    goal.warn_of_identifiers()
    seeds = _assign_seeds(read.names, setting)
    calls = [
        (values, None if sigmas is None else sigmas[place[1]], seeds[place[1]])
        for place, values in read.outputs.items()
    ]
    terms = _measure_all(list(read.outputs), calls, goal, setting, n_jobs, progress)
    return InformationPlane.read(terms, setting.plan, goal.compute_entropy()).convert(unit)


def _assign_seeds(names: Sequence[Hashable], setting: Setting) -> dict[Hashable, np.random.SeedSequence]:
    """A seed for the noise of each layer, whatever the order of the layers."""
    ordered = sorted(names, key=str)
    return dict(zip(ordered, setting.spawn_seeds(len(ordered)), strict=True))


def _measure_all(
    places: Sequence[Place],
    calls: Sequence[Call],
    goal: ColumnGroup,
    setting: Setting,
    n_jobs: int | None,
    progress: Callable[[int, int], None] | None,
) -> dict[Place, Terms]:
    """The terms of every point; caveats are said once a kind."""
    results = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(collect_warnings)(_measure_point, *call, goal, setting) for call in calls
    )
    terms: dict[Place, Terms] = {}
    said = []
    for place, (one, of_point) in zip(places, results, strict=True):
        terms[place] = one
        said += [(f"{place[1]!r} of epoch {place[0]!r}", warned) for warned in of_point]
        if progress is not None:
            progress(len(terms), len(places))
    warn_once_per_kind(said, "layer")
    return terms


def _measure_point(
    values: NDArray[Any],
    sigma: NDArray[np.float64] | None,
    seed: np.random.SeedSequence,
    goal: ColumnGroup,
    setting: Setting,
) -> Terms:
    """A layer at an epoch; runs in a worker."""
    mean = values.astype(np.float64)
    lower = upper = np.full(len(mean), np.nan)
    if sigma is not None:
        noise = np.random.default_rng(seed).standard_normal(mean.shape)
        spread = np.broadcast_to(sigma, mean.shape).copy()
        with torch.no_grad():
            rows = bound_noisy_rows(*map(torch.from_numpy, (mean - mean.mean(0), spread, noise)))
        lower, upper = rows.numpy()
        mean = mean + spread * noise
    layer = ColumnGroup(list(Source(mean, argument="layers")), [None] * mean.shape[1])
    found = estimate(layer, goal, setting, quiet=True)
    found.warn()
    return Terms(lower, upper, found.estimate)
