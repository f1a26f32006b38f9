"""Folds that a row's place decides: the same in memory, in batches and on many machines."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from skmine.data.hashing import hash_rows, scale_hashes
from skmine.estimation.fold_splitter import FoldSplitter

#: Sets what decides a row's fold apart from what decides whether it is in a sample.
_OF_FOLDS = 0x666F6C64

#: Of k folds, all have one of the first k (log k + 4) rows for 98 in 100 seeds, whatever k is.
_SPARE_ROWS_OF_FOLD = 4


class HashKFold(FoldSplitter):
    """K folds by hashes of row numbers: a splitter for `cv`, whose folds do not depend on how rows are read.

    Each row's fold follows from its number, the part of the table that it stands in and the seed, so that batches,
    in any order, and processes agree on it. Folds are of about the same size, not exactly.

    Parameters
    ----------
    n_splits : int, default=3
        Number of folds, at least 2.
    seed : int, default=0
    part : int, default=0
        Which part of a table `split` is asked for, where a table has parts that number their own rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine import HashKFold
    >>> [len(test) for _, test in HashKFold(3).split(np.zeros((3000, 1)))]
    [968, 1022, 1010]
    """

    def __init__(self, n_splits: int = 3, *, seed: int = 0, part: int = 0) -> None:
        super().__init__(n_splits)
        self.seed = seed
        self.part = part

    def __repr__(self) -> str:
        return f"HashKFold({self.n_splits}, seed={self.seed}, part={self.part})"

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Row numbers of the training and test rows of each fold.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
            Its rows are those of the part, numbered from 0 on.
        y, groups : ignored

        Yields
        ------
        train, test : ndarray
        """
        n = X.shape[0] if hasattr(X, "shape") else len(X)
        folds = self.number_pieces(np.arange(n, dtype=np.uint64), 1, self.part)
        for fold in range(self.n_splits):
            yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)

    def number_pieces(self, positions: NDArray[np.uint64], n_pieces: int, part: int) -> NDArray[np.int64]:
        """Which piece of a fold each row stands in: the first `n_pieces` are the first fold, and so on.

        Parameters
        ----------
        positions : ndarray of shape (n,)
            Row numbers.
        n_pieces : int
            Pieces of each fold.
        part : int

        Returns
        -------
        ndarray of shape (n,)
        """
        return scale_hashes(hash_rows(positions, self.seed ^ _OF_FOLDS, part), self.n_splits * n_pieces)


def make_hash_folds(cv: Any, random_state: Any) -> HashKFold:
    """Folds by hash for rows that come in batches: those that `cv` is, or as many as it says.

    Seeds that leave a fold out of the first rows are passed over, since a short first batch would have to be refused.

    Raises
    ------
    ValueError
        If `cv` is another splitter, which needs all rows at hand.
    """
    if isinstance(cv, HashKFold):
        return cv
    if isinstance(cv, (int, np.integer)):
        rng = check_random_state(random_state)
        while True:
            folds = HashKFold(int(cv), seed=int(rng.randint(2**31 - 1)))
            first_rows = np.arange(int(cv * (np.log(cv) + _SPARE_ROWS_OF_FOLD)), dtype=np.uint64)
            if len(np.unique(folds.number_pieces(first_rows, 1, folds.part))) == cv:
                return folds
    raise ValueError(
        f"cv={cv!r} needs all rows at hand, but the table is read in batches; pass a number of folds, or HashKFold."
    )
