"""What splitters of a number of folds have in common."""

from typing import Any


class FoldSplitter:
    """A splitter of a number of folds, as scikit-learn asks for it.

    Parameters
    ----------
    n_splits : int
        Number of folds, at least 2.
    """

    def __init__(self, n_splits: int) -> None:
        if n_splits < 2:
            raise ValueError(f"n_splits must be at least 2, got {n_splits}; pass 3, for example.")
        self.n_splits = n_splits

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Number of folds.

        Parameters
        ----------
        X, y, groups : ignored

        Returns
        -------
        int
        """
        return self.n_splits
