"""CoupledEncoder: a representation that keeps the information on a target and sheds that on a nuisance.

Design notes. Here tables become matrices and parameters are checked; `nn.coupled` trains. The encoder reads
standardised numbers, so that a linear one is linear in the columns; its critics, as everywhere, normal scores.
"""

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import nn

from skmine._sklearn import Interval, StrOptions, fit_context
from skmine.core.bounds import OBJECTIVES, UPPER_BOUNDS
from skmine.core.devices import one_thread, resolve_device
from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup, read_group
from skmine.data.naming import find_columns
from skmine.data.source import Source
from skmine.estimation.recipe import check_layer_sizes
from skmine.estimation.setting import draw_seed_sequence
from skmine.estimators.persistence import PersistentEstimator
from skmine.estimators.validation import tag_mixed_tables, unchanged_by_failure, validate_source
from skmine.functions.parameters import ESTIMATOR_CONSTRAINTS, TRAINING_CONSTRAINTS
from skmine.functions.progress import show_bar
from skmine.nn.coupled import TURNS, Coupling, check_parted, train_encoder
from skmine.nn.critics import ARCHITECTURES

#: Rows per step with batch_size="auto": arbitrary.
BATCH = 256


class CoupledEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, PersistentEstimator):
    """Learn a representation that shares much with a target and little with a nuisance.

    Parameters
    ----------
    n_components : int, default=2
        Components of the representation.
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
    minimize_bound : {"mine", "dv", "nwj", "js", "infonce", "smile", "club", "loo"} or None, default=None
        That of the nuisance; "club" and "loo" are upper bounds where their normal model of the nuisance is
        right. None takes `bound`.
    critic_steps : int, default=3
        Steps of the critics per step of the encoder, where something is shed: more keep them ahead, and take
        time.
    encoder : torch.nn.Module or None, default=None
        An encoder of your own, from rows of prepared columns (see `encoder_`) to `n_components` numbers; a
        copy is trained. It is then `hidden_layer_sizes` that is not used.
    architecture : {"joint", "separable", "concat", "cosine"}, default="joint"
        Of the critics, as in `nn.MutualInfoLoss`; their layers are of 128 units.
    activation : {"silu", "relu", "gelu", "tanh"}, default="silu"
    learning_rate_init : float, default=0.003
        Largest learning rate; it warms up and falls along a cosine.
    weight_decay : float, default=0.01
    batch_size : {"auto"} or int, default="auto"
        Rows per step; "auto" is 256, or all rows where there are fewer.
    max_iter : int, default=1000
        Steps of the encoder; where something is shed the critics make `critic_steps` times as many.
    discrete_features : {"auto"}, bool or array-like, default="auto"
        Columns of X whose every value is a category, as in `MutualInfoEstimator`.
    discrete_target : {"auto"}, bool or array-like, default="auto"
        The same for y.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    random_state : int, RandomState instance or None, default=None
        Draws initial weights and batches.
    verbose : int, default=0
        1 shows a progress bar on standard error.

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
        Columns of X in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
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
        "maximize": [StrOptions({"target"}), "array-like"],
        "minimize": ["array-like", None],
        "minimize_weight": [Interval(Real, 0, None, closed="neither")],
        "bound": [StrOptions(set(OBJECTIVES))],
        "minimize_bound": [StrOptions({*OBJECTIVES, *UPPER_BOUNDS}), None],
        "critic_steps": [Interval(Integral, 1, None, closed="left")],
        "encoder": [nn.Module, None],
        "architecture": [StrOptions(set(ARCHITECTURES))],
        **{name: options for name, options in TRAINING_CONSTRAINTS.items() if name != "n_iter_no_change"},
        **{
            k: ESTIMATOR_CONSTRAINTS[k]
            for k in ("discrete_features", "discrete_target", "device", "random_state", "verbose")
        },
    }

    def __init__(
        self,
        n_components: int = 2,
        hidden_layer_sizes: Any = (64,),
        *,
        maximize: Any = "target",
        minimize: Any = None,
        minimize_weight: float = 10.0,
        bound: str = "mine",
        minimize_bound: str | None = None,
        critic_steps: int = TURNS,
        encoder: Any = None,
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
        verbose: int = 0,
    ) -> None:
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.maximize = maximize
        self.minimize = minimize
        self.minimize_weight = minimize_weight
        self.bound = bound
        self.minimize_bound = minimize_bound
        self.critic_steps = critic_steps
        self.encoder = encoder
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
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, *, nuisance: Any = None) -> "CoupledEncoder":
        """Train the encoder.

        Parameters
        ----------
        X : frame, array-like or sparse matrix of shape (n_samples, n_features)
            Numbers, booleans, dates, strings (read as `rank_columns` does) or categoricals; missing values are allowed.
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
            nothing: constant columns only, or no column left to encode; or if `encoder` has another output.

        Warns
        -----
        NotPartedWarning
            If the representation still shares more with the nuisance than its critic says, by a critic that is
            trained on half of the rows and evaluated on the other half.
        """
        with unchanged_by_failure(self):
            self._fit(X, y, nuisance)
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
        x = read_group(validate_source(self, X, reset=False), self.discrete_features)
        columns = [x.columns[j] for j in self._read]
        with one_thread():
            z = _encoded(self.encoder_, self._features.transform(columns))
        return (z - self._center) / self._scale

    def _fit(self, X: Any, y: Any, nuisance: Any) -> None:
        read, groups = self._read_groups(X, y, nuisance)
        for name, group in groups.items():
            if not group.find_varying().any():
                raise ValueError(
                    f"{name} has no column with information: all are constant, or labels that are almost all distinct; "
                    "pass others."
                )
        features = {name: fit_features(group, linear=name == "X") for name, group in groups.items()}
        matrices = {name: features[name].transform(group.columns) for name, group in groups.items()}
        with one_thread():
            encoder, history = self._trained(*matrices.values())
            z = _encoded(encoder, matrices["X"])
            if len(matrices) > 2:
                check_parted(z, list(matrices.values())[2], history, self.minimize_bound or self.bound)
        self._read, self._features = read, features["X"].forget_values()
        self.encoder_, self.history_ = encoder, pd.DataFrame(history, columns=["kept", "shed"])
        self._center, self._scale = z.mean(0), np.maximum(z.std(0), np.finfo(np.float32).tiny)
        self._n_features_out, self.n_iter_ = self.n_components, self.max_iter

    def _read_groups(self, X: Any, y: Any, nuisance: Any) -> tuple[list[int], dict[str, ColumnGroup]]:
        """Numbers of the columns that are read; they, what is kept and what is shed, by the name of an argument."""
        source = validate_source(self, X)
        x, names = read_group(source, self.discrete_features), source.names
        if x.n_rows < 2:
            raise ValueError(f"X must have at least 2 rows, got n_samples = {x.n_rows}; pairs of rows are compared.")
        by_target = isinstance(self.maximize, str)
        kept = [] if by_target else find_columns(self.maximize, names, "maximize")
        shed = [] if self.minimize is None else find_columns(self.minimize, names, "minimize")
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

        def some(numbers: list[int]) -> ColumnGroup:
            return x.only(np.isin(np.arange(len(names)), numbers))

        groups = {"X": some(read)}
        if by_target:
            groups["y"] = read_group(Source(y, argument="y"), self.discrete_target, "discrete_target", n_rows=x.n_rows)
        else:
            groups["maximize"] = some(kept)
        sheds = [some(shed)] if shed else []
        if nuisance is not None:
            sheds.append(read_group(Source(nuisance, argument="nuisance"), n_rows=x.n_rows))
        if sheds:
            name = "minimize" if nuisance is None else "nuisance"
            groups[name] = sheds[0] if len(sheds) == 1 else sheds[0] + sheds[1]
        return read, groups

    def _trained(
        self, x: NDArray[np.float32], y: NDArray[np.float32], s: NDArray[np.float32] | None = None
    ) -> tuple[nn.Module, list[tuple[float, float]]]:
        """The encoder of x that keeps what y says and sheds what s says, and its curves."""
        seed = draw_seed_sequence(check_random_state(self.random_state))
        coupling = Coupling(
            n_components=self.n_components,
            hidden_layer_sizes=check_layer_sizes(self.hidden_layer_sizes, least=0),
            minimize_weight=self.minimize_weight,
            bound=self.bound,
            minimize_bound=self.minimize_bound or self.bound,
            critic_steps=self.critic_steps,
            encoder=self.encoder,
            architecture=self.architecture,
            activation=self.activation,
            learning_rate_init=self.learning_rate_init,
            weight_decay=self.weight_decay,
            batch_size=BATCH if self.batch_size == "auto" else self.batch_size,
            max_iter=self.max_iter,
        )
        with show_bar("training the encoder", wanted=bool(self.verbose)) as bar:
            return train_encoder(
                torch.from_numpy(x),
                torch.from_numpy(y),
                None if s is None else torch.from_numpy(s),
                coupling,
                torch.Generator().manual_seed(int(np.random.default_rng(seed).integers(2**62))),
                resolve_device(self.device),
                None if bar is None else bar.report,
            )

    def __sklearn_tags__(self) -> Any:
        tags = tag_mixed_tables(super().__sklearn_tags__())
        tags.target_tags.required = isinstance(self.maximize, str)
        return tags


def _encoded(encoder: nn.Module, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    with torch.inference_mode():
        out: NDArray[np.float64] = encoder(torch.from_numpy(matrix)).double().numpy()
    return out
