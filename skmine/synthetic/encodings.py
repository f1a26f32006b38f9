"""Few latent columns in wide tables: maps of rows that can be undone. See `skmine.synthetic.transforms`."""

import functools
from dataclasses import replace

import numpy as np

from skmine.synthetic.sampler import Array, Sampler
from skmine.synthetic.transforms import transformed


def encoded(sampler: Sampler, columns: int, *, layers: int = 2, seed: int = 0) -> Sampler:
    """Both sides sent through random layers log(1 + exp(W z + b)) into many columns.

    Every layer can be undone: log(1 + exp) is increasing, and W has full column rank (almost surely), as no layer is
    narrower than the one before. So I is that of the latent columns.

    Parameters
    ----------
    sampler : Sampler
        The law of the latent columns.
    columns : int
        Columns of either side, at least as many as latent ones.
    layers : int, default=2
        Layers of each side; all but the first are square.
    seed : int, default=0
        Draws the weights, once.

    Returns
    -------
    Sampler
        X and Y of shape (n, columns), with the same mutual information; its `draw` raises `ValueError` if a side has
        more latent columns than that.

    Examples
    --------
    >>> import numpy as np
    >>> from skmine.synthetic import correlated_gaussians, encoded
    >>> law = encoded(correlated_gaussians(2, 0.8), 100)
    >>> x, y = law.draw(np.random.default_rng(0), 5)
    >>> x.shape, y.shape, round(law.mi, 3)
    ((5, 100), (5, 100), 1.022)
    """

    def encode(side: int, z: Array) -> Array:
        z = z.reshape(len(z), -1)
        if z.shape[1] > columns:
            raise ValueError(f"columns must be at least {z.shape[1]}, as {sampler.name} has, got {columns}; pass more.")
        for layer in range(layers):
            weights, offsets = _draw_layer(z.shape[1], columns, (seed, side, layer))
            z = np.logaddexp(0, z @ weights + offsets)
        return z

    law = transformed("encoded", sampler, functools.partial(encode, 0), functools.partial(encode, 1))
    return replace(law, name=f"encoded-{columns}-{layers}-{seed}-{sampler.name}")


@functools.cache
def _draw_layer(n_inputs: int, n_outputs: int, seed: tuple[int, ...]) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_inputs, n_outputs)) * np.sqrt(2 / n_inputs), rng.normal(size=n_outputs)
