"""Images of digits on both sides, which share their labels and nothing else."""

import functools

import numpy as np
from sklearn.datasets import load_digits

from skmine.synthetic.pairs import table_mi
from skmine.synthetic.sampler import Array, Rows, Sampler

#: Labels of scikit-learn's digits.
N_LABELS = 10


def digit_pairs(flip: float = 0.0, noise: float = 0.0, *, labels: bool = False) -> Sampler:
    """Two images of handwritten digits of the same label, or of labels that a noisy channel ties together.

    The label of X is uniform; that of Y is the same or, with probability `flip`, drawn anew. Each side is an image of
    its label, chosen among scikit-learn's 1,797, of 8 x 8 pixels from 0 to 16. Given the labels the images are
    independent, and an image says what its label is, so I is that of the labels (as in Lee and Rhee, NeurIPS 2024):
    log 10 without flips. Noise hides labels only where it is as large as what tells images apart: with a standard
    deviation of 1, the nearest image without noise names every label in 10,000 rows.

    Parameters
    ----------
    flip : float, default=0.0
        Probability that the label of Y is drawn anew.
    noise : float, default=0.0
        Standard deviation of what is added to every pixel, at most 1.
    labels : bool, default=False
        Whether Y is the label itself instead of an image of it.

    Returns
    -------
    Sampler
        X of shape (n, 64), Y of shape (n, 64) or (n,).

    Raises
    ------
    ValueError
        If `flip` is not a probability, or `noise` not from 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import digit_pairs
    >>> law = digit_pairs(noise=1.0)
    >>> x, y = law.draw(np.random.default_rng(0), 5)
    >>> x.shape, y.shape, round(law.mi, 3)
    ((5, 64), (5, 64), 2.303)
    """
    for name, value in (("flip", flip), ("noise", noise)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be from 0 to 1, got {value!r}; pass a number in that range.")

    def draw_images(rng: np.random.Generator, codes: Rows) -> Array:
        images, places = _read_images()
        chosen = [places[code][rng.integers(len(places[code]))] for code in codes]
        return images[chosen] + noise * rng.normal(size=(len(codes), images.shape[1]))

    def draw(rng: np.random.Generator, n: int) -> tuple[Rows, Rows]:
        of_x = rng.integers(N_LABELS, size=n)
        of_y = np.where(rng.random(n) < flip, rng.integers(N_LABELS, size=n), of_x)
        return draw_images(rng, of_x), of_y if labels else draw_images(rng, of_y)

    joint = flip / N_LABELS**2 + (1 - flip) / N_LABELS * np.eye(N_LABELS)
    return Sampler(f"digits-{'labels' if labels else 'images'}-{flip:g}-{noise:g}", draw, table_mi(joint))


@functools.cache
def _read_images() -> tuple[Array, list[Rows]]:
    """All images, (1797, 64), and where those of each label are."""
    images, codes = load_digits(return_X_y=True)
    return images, [np.flatnonzero(codes == label) for label in range(N_LABELS)]
