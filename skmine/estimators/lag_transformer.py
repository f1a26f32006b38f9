"""LagTransformer: columns of earlier rows, inside any Pipeline."""

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skmine._sklearn import fit_context, get_output_config, name_features_in
from skmine.data.arrays import convert_frame, stack_columns
from skmine.data.lagging import make_lagged_frame, name_lag, read_lags
from skmine.data.naming import find_columns
from skmine.data.readers import read_frame
from skmine.data.row_order import RowOrder
from skmine.estimation.folds import number_groups
from skmine.estimators.validation import tag_mixed_tables


class LagTransformer(TransformerMixin, BaseEstimator):
    """Columns of earlier rows: what stood some rows before, in the same series.

    Before a selector in a Pipeline, so that lags are chosen as columns are. Nothing is learned of the rows: those of
    `transform` are a series of their own, whose first rows lack lags.

    Parameters
    ----------
    lags : int or sequence of int, default=(0, 1)
        Rows before; 0 is the row itself, negative ones are rows after.
    columns : array-like, default=None
        Names, indices or a mask of the columns to take; None takes all beside `time` and `groups`.
    time : str or int, default=None
        Column of times, numbers or dates, by name or index. None: rows are in the order of time. A lag is a number of
        rows: where times are missing, it is longer.
    groups : str or int, default=None
        Column that says which series a row is of; lags do not reach over borders.

    Attributes
    ----------
    n_features_in_ : int
        Columns of X in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Defined only when X has feature names that are all strings.

    See Also
    --------
    lagged : The same as a function.

    Notes
    -----
    Rows keep their number and order. Where a series has no row so early, values are missing, which selectors and
    estimators of skmine take as a value of their own.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn.pipeline import make_pipeline
    >>> from skmine import BlockedKFold, LagTransformer, MINEFeatureSelector
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(500, 2)), columns=["wind", "rain"])
    >>> y = X["rain"].shift(2, fill_value=0.0) + 0.5 * rng.normal(size=500)
    >>> lags = LagTransformer(range(4)).set_output(transform="pandas")
    >>> model = make_pipeline(lags, MINEFeatureSelector(cv=BlockedKFold(3))).fit(X, y)
    >>> model.get_feature_names_out()
    array(['rain_lag2'], dtype=object)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "lags": ["array-like", int],
        "columns": ["array-like", None],
        "time": [str, int, None],
        "groups": [str, int, None],
    }

    def __init__(self, lags: Any = (0, 1), *, columns: Any = None, time: Any = None, groups: Any = None) -> None:
        self.lags = lags
        self.columns = columns
        self.time = time
        self.groups = groups

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> "LagTransformer":
        """Check the columns; nothing else is kept of them.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If lags cannot be used, or columns are unknown.
        """
        self._read(X, reset=True)
        read_lags(self.lags)
        self._find_places()
        return self

    def transform(self, X: Any) -> Any:
        """The columns at every lag, lags of one column side by side.

        Parameters
        ----------
        X : frame or array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray or frame of shape (n_samples, n_columns * n_lags)

        Raises
        ------
        ValueError
            If columns are not those of `fit`, or times have no order.
        NotFittedError
            Before `fit`.
        """
        check_is_fitted(self)
        frame = self._read(X, reset=False)
        places, time, groups = self._find_places()
        series = None if groups is None else number_groups(frame.iloc[:, groups], len(frame))
        order = RowOrder.read(None if time is None else frame.iloc[:, time], series, len(frame))
        out = make_lagged_frame(frame.iloc[:, places], read_lags(self.lags), order)
        wanted = get_output_config("transform", estimator=self)["dense"]
        if wanted != "default":
            return convert_frame(out, wanted)
        reader = read_frame(out)
        assert reader is not None
        return stack_columns(reader, list(range(out.shape[1])))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns: those of `fit`, each with its lag.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of `fit`, where these had none.

        Returns
        -------
        ndarray of shape (n_columns * n_lags,)
        """
        names = name_features_in(self, input_features)
        places, _, _ = self._find_places()
        return np.array([name_lag(names[j], lag) for j in places for lag in read_lags(self.lags)], dtype=object)

    def _read(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """A table as a pandas frame, checked against that of `fit`."""
        reader = read_frame(X)
        if reader is None:
            array = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
            return pd.DataFrame(array, columns=[f"x{j}" for j in range(array.shape[1])])
        validate_data(self, reader.header, reset=reset, skip_check_array=True)
        return convert_frame(reader.data, "pandas")

    def _find_places(self) -> tuple[list[int], int | None, int | None]:
        """Numbers of the columns that are taken, and of those of times and groups."""
        names = [str(name) for name in name_features_in(self)]
        time, groups = (
            None if which is None else find_columns([which], names, argument)[0]
            for which, argument in ((self.time, "time"), (self.groups, "groups"))
        )
        if self.columns is not None:
            return find_columns(self.columns, names, "columns"), time, groups
        return [j for j in range(len(names)) if j not in (time, groups)], time, groups

    def __sklearn_tags__(self) -> Any:
        tags = tag_mixed_tables(super().__sklearn_tags__())
        tags.input_tags.sparse = False
        tags.target_tags.required = False
        return tags
