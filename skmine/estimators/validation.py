"""What the estimators have in common: how they take a table, and what they say of it to scikit-learn."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from scipy import sparse
from sklearn.utils.validation import validate_data

from skmine.data.source import Table, as_frame


def validated_table(estimator: Any, X: Any, *, reset: bool = True) -> Any:
    """A table that passed scikit-learn's checks: frames as they are, others as arrays or sparse matrices.

    Parameters
    ----------
    estimator : estimator
        Gets `n_features_in_` and `feature_names_in_` if `reset`, and is checked against them otherwise.
    X : frame, array-like or sparse matrix
    reset : bool, default=True

    Raises
    ------
    ValueError
        If the table is empty, infinite, names a column twice, or is not that of `fit`.
    """
    X = as_frame(X)
    frame = hasattr(X, "columns") and not sparse.issparse(X)
    if frame:
        Table(X)  # refuses duplicate names, in our words
    return validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse=("csr", "csc"),
        dtype=None,
        ensure_all_finite="allow-nan",
        skip_check_array=frame,
    )


@contextmanager
def unchanged_by_failure(estimator: Any) -> Iterator[None]:
    """What a fit has set is taken back if it fails: a fitted estimator stays the one it was, whatever was passed."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def takes_mixed_tables(tags: Any) -> Any:
    """Tags of an estimator that takes mixed tables with missing values, and needs a target of any width."""
    tags.input_tags.allow_nan = True
    tags.input_tags.sparse = True
    tags.input_tags.string = True
    tags.input_tags.categorical = True
    tags.target_tags.required = True
    tags.target_tags.multi_output = True
    return tags
