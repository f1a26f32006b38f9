"""CoupledEncoder: a few numbers a row that keep what a target says and shed what a nuisance says.

Design notes. One module holds the encoder and its critics (`nn.MutualInfoLoss`); `core.training` walks
it. The encoder's output is standardised batch by batch, so that nothing is won by its scale. To shed is
a game of two: the critic has to follow the encoder, so that the encoder moves on one step in `TURNS` and
the critics on all of them. What is returned is the running average of the weights.
"""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

from skmine.columns import Table
from skmine.core.bounds import OBJECTIVES
from skmine.core.critics.pair import Encoder, linear
from skmine.core.devices import one_thread, resolve_device
from skmine.core.training import Training
from skmine.crossfit.estimates import Block
from skmine.features import fit_features
from skmine.folds import seed_sequence
from skmine.functional.parameters import SHARED_CONSTRAINTS, TRAINING_CONSTRAINTS, layer_sizes
from skmine.functional.tables import make_block
from skmine.naming import column_numbers
from skmine.nn import MutualInfoLoss
from skmine.nn.critics import ARCHITECTURES
from skmine.validation import takes_mixed_tables, validated_table

#: Ridge of the whitening, as a share of the mean variance.
RIDGE = 1e-4
#: Steps of the critics for one of the encoder, where something is shed.
TURNS = 3
#: Partners a row in a step.
N_NEGATIVES = 16


class Coupled(nn.Module):
    """An encoder and the critics of what it keeps and sheds."""

    def __init__(self, encoder: nn.Module, keeps: MutualInfoLoss, sheds: MutualInfoLoss | None, weight: float) -> None:
        super().__init__()
        self.encoder, self.keeps, self.sheds, self.weight = encoder, keeps, sheds, weight

    def terms(self, x: Tensor, y: Tensor, s: Tensor, *, moving: bool) -> tuple[Tensor, Tensor]:
        """What a batch keeps, and what it has yet to shed, in nats."""
        z = standardised(self.encoder(x))
        z = z if moving else z.detach()
        return self.keeps(z, y), z.new_zeros(()) if self.sheds is None else self.sheds(z, s)


def standardised(z: Tensor) -> Tensor:
    """Columns of a batch with mean 0 and variance 1."""
    z = z - z.mean(0)
    return z * torch.rsqrt(z.square().mean(0) + 1e-6)


def whitening(x: Tensor) -> nn.Linear:
    """A layer that makes columns (n, p) uncorrelated with variance 1, for good: networks learn faster behind it."""
    p = x.shape[1]
    layer = linear(p, p, None)
    variances, directions = torch.linalg.eigh(torch.cov(x.double().T).reshape(p, p))
    scale = torch.rsqrt(variances.clamp(min=0) + RIDGE * variances.mean())
    with torch.no_grad():
        layer.weight.copy_(scale[:, None] * directions.T)
    return layer.requires_grad_(False)


class CoupledEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Learn a representation that shares much with a target and little with a nuisance.

    Parameters
    ----------
    n_components : int, default=2
        Numbers a row of the representation.
    hidden_layer_sizes : tuple of int, default=(64,)
        Widths of the encoder's layers; () is a linear encoder. With layers there is a linear
        short-cut beside them.
    maximize : {"target"} or array-like, default="target"
        What to keep: "target" is the y of `fit` (any number of columns, a second view as well). Else
        columns of X, by a mask, indices or names, that are the second view; y is not used then.
    minimize : array-like or None, default=None
        Columns of X to shed, by a mask, indices or names: a group to be fair to, a batch or a site to
        forget. `fit` also takes a ``nuisance`` from outside X. Columns named by `maximize` or
        `minimize` are not read by the encoder.
    minimize_weight : float, default=10.0
        Price of a nat of the nuisance, in nats of what is kept.
    bound : {"mine", "dv", "nwj", "js", "infonce", "smile"}, default="mine"
        As in `nn.MutualInfoLoss`.
    architecture : {"joint", "separable", "concat"}, default="joint"
        Of the critics, as in `nn.MutualInfoLoss`; their layers are of 128 units.
    activation : {"silu", "relu", "gelu", "tanh"}, default="silu"
    learning_rate_init : float, default=0.003
        Largest learning rate; it warms up and falls along a cosine.
    weight_decay : float, default=0.01
    batch_size : {"auto"} or int, default="auto"
        Rows a step; "auto" is 256, or all rows where there are fewer.
    max_iter : int, default=1000
        Steps of the encoder; where something is shed the critics make three times as many.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns of X whose every value is a category, as in `MutualInfoEstimator`.
    discrete_target : {"auto"}, bool or array-like, default="auto"
        The same for y.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    random_state : int, RandomState instance or None, default=None
        Draws initial weights and batches.

    Attributes
    ----------
    encoder_ : torch.nn.Module
        The encoder of prepared columns (standardised numbers, indicators of labels and of missing
        values), on the CPU.
    history_ : DataFrame
        Of each step of the encoder: ``kept`` and ``shed``, the bounds' values on its batch in nats. They are of
        rows that are trained on; a number to report is `MutualInfoEstimator`'s of rows put aside.
    n_iter_ : int
        Steps of the encoder.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Defined only when X has feature names that are all strings.

    See Also
    --------
    skmine.nn.MutualInfoLoss : The same inside a training loop of your own.
    MutualInfoEstimator : How much the representation shares with either.

    References
    ----------
    .. [1] Belghazi et al. (2018), "Mutual information neural estimation", ICML.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import CoupledEncoder
    >>> rng = np.random.default_rng(0)
    >>> signal, site = rng.normal(size=(2, 2000))
    >>> X = np.c_[signal + site, signal - site, site] + 0.1 * rng.normal(size=(2000, 3))
    >>> encoder = CoupledEncoder(1, hidden_layer_sizes=(), max_iter=200, random_state=0)
    >>> z = encoder.fit_transform(X, signal, nuisance=site)
    >>> bool(abs(np.corrcoef(z[:, 0], signal)[0, 1]) > 0.9), bool(abs(np.corrcoef(z[:, 0], site)[0, 1]) < 0.1)
    (True, True)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        **TRAINING_CONSTRAINTS,
        "maximize": [StrOptions({"target"}), "array-like"],
        "minimize": ["array-like", None],
        "minimize_weight": [Interval(Real, 0, None, closed="neither")],
        "bound": [StrOptions(set(OBJECTIVES))],
        "architecture": [StrOptions(set(ARCHITECTURES))],
        "discrete_features": SHARED_CONSTRAINTS["discrete_features"],
        "discrete_target": [StrOptions({"auto"}), "boolean", "array-like"],
        "device": SHARED_CONSTRAINTS["device"],
        "random_state": SHARED_CONSTRAINTS["random_state"],
    }
    _parameter_constraints.pop("n_iter_no_change")

    def __init__(
        self,
        n_components: int = 2,
        hidden_layer_sizes: Any = (64,),
        *,
        maximize: Any = "target",
        minimize: Any = None,
        minimize_weight: float = 10.0,
        bound: str = "mine",
        architecture: str = "joint",
        activation: str = "silu",
        learning_rate_init: float = 3e-3,
        weight_decay: float = 0.01,
        batch_size: Any = "auto",
        max_iter: int = 1000,
        discrete_features: Any = "auto",
        discrete_target: Any = "auto",
        device: str = "auto",
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.maximize = maximize
        self.minimize = minimize
        self.minimize_weight = minimize_weight
        self.bound = bound
        self.architecture = architecture
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.discrete_features = discrete_features
        self.discrete_target = discrete_target
        self.device = device
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, *, nuisance: Any = None) -> "CoupledEncoder":
        """Train the encoder.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
            Numbers, booleans, dates, strings or categoricals; missing values are allowed.
        y : frame or array-like of shape (n_samples,) or (n_samples, n_targets)
            The target or second view; not used if `maximize` names columns of X.
        nuisance : frame or array-like of shape (n_samples,) or (n_samples, n_nuisances), default=None
            What to shed, beside the columns of `minimize`. Within a pipeline,
            ``fit(X, y, coupledencoder__nuisance=...)``.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the input is empty, infinite or of mismatched lengths, has fewer than two rows, or says
            nothing: constant columns only, or no column left to encode.
        """
        blocks = self._blocks(X, y, nuisance)
        read, views = blocks[0], [b for b in blocks[1:] if b is not None]
        for name, view in zip(("X", "y", "nuisance"), blocks, strict=True):
            if view is not None and not view.varying().any():
                raise ValueError(f"{name} has no column that varies, so there is nothing to encode; pass others.")
        features = fit_features(read.columns, read.flags, linear=True)
        matrices = [features.transform(read.columns)]
        for view in views:
            matrices.append(fit_features(view.columns, view.flags).transform(view.columns))
        with one_thread():
            encoder, history = self._trained(matrices)
            z = _encoded(encoder, matrices[0])
        self._features, self.encoder_, self.history_ = features, encoder, history
        self._center, self._scale = z.mean(0), np.maximum(z.std(0), np.finfo(np.float32).tiny)
        self._n_features_out, self.n_iter_ = self.n_components, self.max_iter
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """The representation of rows.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
            All columns of `fit`; those that are kept or shed are not read.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            Mean 0 and variance 1 a column, on the rows of `fit`.

        Raises
        ------
        ValueError
            If columns are not those of `fit`.
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self)
        x = make_block(validated_table(self, X, reset=False), "X", self.discrete_features, "discrete_features")
        columns = [x.columns[j] for j in self._read]
        with one_thread():
            z = _encoded(self.encoder_, self._features.transform(columns))
        return (z - self._center) / self._scale

    def _blocks(self, X: Any, y: Any, nuisance: Any) -> tuple[Block, Block, Block | None]:
        """What is read, what is kept, what is shed."""
        X = validated_table(self, X)
        x = make_block(X, "X", self.discrete_features, "discrete_features")
        if len(x) < 2:
            raise ValueError(f"X must have at least 2 rows, which pairs are made of, got n_samples = {len(x)}.")
        names = Table(X).names
        every = np.arange(len(names))
        by_target = isinstance(self.maximize, str)
        kept = [] if by_target else column_numbers(self.maximize, names, "maximize")
        shed = [] if self.minimize is None else column_numbers(self.minimize, names, "minimize")
        read = [j for j in range(len(names)) if j not in {*kept, *shed}]
        if both := sorted({*kept} & {*shed}):
            raise ValueError(f"maximize and minimize both name column {names[both[0]]!r}; leave it out of one of them.")
        if not read:
            raise ValueError("maximize and minimize leave no column of X to encode; name fewer of them.")
        if not by_target and not kept:
            raise ValueError("maximize names no column; name some, or pass 'target' for y.")
        if by_target and y is None:
            raise ValueError(
                "CoupledEncoder requires y to be passed, but the target y is None; or name columns by maximize."
            )
        goal = (
            make_block(y, "y", self.discrete_target, "discrete_target", n=len(x))
            if by_target
            else x.only(np.isin(every, kept))
        )
        sheds = [x.only(np.isin(every, shed))] if shed else []
        if nuisance is not None:
            sheds.append(make_block(nuisance, "nuisance", n=len(x)))
        self._read = read
        return (
            x.only(np.isin(every, read)),
            goal,
            None if not sheds else Block([c for b in sheds for c in b.columns], [f for b in sheds for f in b.flags]),
        )

    def _trained(self, matrices: list[NDArray[np.float32]]) -> tuple[nn.Module, pd.DataFrame]:
        """The encoder of the first matrix that keeps what the second says and sheds the third."""
        device = resolve_device(self.device)
        seed = seed_sequence(check_random_state(self.random_state))
        draw = torch.Generator().manual_seed(int(np.random.default_rng(seed).integers(2**62)))
        x, y, *rest = (torch.from_numpy(m).to(device) for m in matrices)
        s = rest[0] if rest else x
        k, n = self.n_components, len(x)
        widths = [*layer_sizes(self.hidden_layer_sizes, least=0), k]
        p = x.shape[1]
        network = Encoder(p, widths, self.activation, draw) if len(widths) > 1 else linear(p, k, draw)
        encoder = nn.Sequential(whitening(x.cpu()), network)

        def critic(other: Tensor, *, minimize: bool) -> MutualInfoLoss:
            return MutualInfoLoss(k, other.shape[1], self.bound, self.architecture, activation=self.activation,
                                  n_negatives=N_NEGATIVES, minimize=minimize, generator=draw)  # fmt: skip

        sheds = critic(s, minimize=True) if rest else None
        module = Coupled(encoder, critic(y, minimize=False), sheds, self.minimize_weight).to(device)
        turns = TURNS if rest else 1
        size = min(n, 256 if self.batch_size == "auto" else self.batch_size)
        history: list[tuple[float, float]] = []

        def objective(coupled: nn.Module, step: int) -> Tensor:
            rows = torch.randperm(n, generator=draw)[:size].to(device)
            moving = step % turns == turns - 1
            kept, shed = module.terms(x[rows], y[rows], s[rows], moving=moving)
            if moving:
                history.append((float(kept.detach()), float(shed.detach())))
            return self.minimize_weight * shed - kept

        training = Training(
            module, n_steps=turns * self.max_iter, learning_rate=self.learning_rate_init, weight_decay=self.weight_decay
        )
        for _ in training.steps(objective):
            pass
        average = training.average
        assert isinstance(average, Coupled)
        return average.encoder.cpu(), pd.DataFrame(history, columns=["kept", "shed"])

    def __sklearn_tags__(self) -> Any:
        tags = takes_mixed_tables(super().__sklearn_tags__())
        tags.target_tags.required = isinstance(self.maximize, str)
        return tags


def _encoded(encoder: nn.Module, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    with torch.inference_mode():
        out: NDArray[np.float64] = encoder(torch.from_numpy(matrix)).double().numpy()
    return out
