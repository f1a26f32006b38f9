"""Hashes of rows, by their place in a table and a seed: what is drawn by them depends on no order of reading."""

import numpy as np
from numpy.typing import NDArray

#: Of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", OOPSLA, figure 17).
_GAMMA, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def hash_rows(positions: NDArray[np.uint64], seed: int, part: int = 0) -> NDArray[np.uint64]:
    """Pseudorandom 64-bit numbers of rows.

    Parameters
    ----------
    positions : ndarray of shape (n,)
        Numbers of the rows in their part of the table.
    seed : int
    part : int, default=0

    Returns
    -------
    ndarray of shape (n,)
    """
    key = _mix(_mix(np.array([seed], np.uint64)) + np.array([part], np.uint64))
    return _mix(positions * _GAMMA + key)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    values = values + _GAMMA
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return values ^ (values >> np.uint64(31))


def scale_hashes(hashes: NDArray[np.uint64], n: int) -> NDArray[np.int64]:
    """Hashes as numbers 0, ..., n - 1, equally likely."""
    return ((hashes >> np.uint64(32)) * np.uint64(n) >> np.uint64(32)).astype(np.int64)
