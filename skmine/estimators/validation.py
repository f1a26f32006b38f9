"""What the estimators have in common: how they take a table, and what they say of it to scikit-learn."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.utils.validation import validate_data

from skmine.data.readers import fill_masked, read_frame
from skmine.data.source import Source


def validate_source(estimator: Any, X: Any, *, reset: bool = True, infinite: str = "error") -> Source:
    """The source of a table that passed scikit-learn's checks: frames as they are, others as arrays or sparse matrices.

    Parameters
    ----------
    estimator : estimator
        Gets `n_features_in_` and `feature_names_in_` if `reset`, and is checked against them otherwise.
    X : frame, array-like or sparse matrix
    reset : bool, default=True
    infinite : {"error", "missing"}, default="error"
        What infinite values are.

    Raises
    ------
    ValueError
        If the table is empty, infinite, names a column twice, or is not that of `fit`.
    """
    frame = read_frame(X)
    if frame is not None:
        source = Source(X, infinite=infinite)  # refuses repeated names, in our words
        validate_data(estimator, frame.header, reset=reset, skip_check_array=True)
        return source
    options = {
        "dtype": None,
        "ensure_all_finite": infinite != "missing" and "allow-nan",
        "accept_sparse": ("csr", "csc"),
    }
    return Source(validate_data(estimator, fill_masked(X), reset=reset, **options), infinite=infinite)


@contextmanager
def unchanged_by_failure(estimator: Any) -> Iterator[None]:
    """Take back what a fit has set if it fails: a fitted estimator stays the one it was, whatever was passed."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def tag_mixed_tables(tags: Any) -> Any:
    """Tags of an estimator that takes mixed tables with missing values, and needs a target of any width."""
    tags.input_tags.allow_nan = True
    tags.input_tags.sparse = True
    tags.input_tags.string = True
    tags.input_tags.categorical = True
    tags.target_tags.required = True
    tags.target_tags.multi_output = True
    return tags
