"""What rows say of a pair, or of many pairs at once: the one carrier of scores.

Design notes. From the moment that counts or rows are scored, these four numbers travel together, whatever the
critic. Bounds and tables are made of them; an estimate adds what coding lost.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.estimation import inference


@dataclass(frozen=True)
class Evidence:
    """Scores in nats, their error and a p-value; numbers, or arrays of one number per pair.

    Attributes
    ----------
    held_out : float or ndarray of shape (d,)
        Mean score of rows that the critics did not see.
    training : float or ndarray of shape (d,)
        Mean score of rows that they did see.
    se : float or ndarray of shape (d,)
        Standard error of the held-out score.
    pvalue : float or ndarray of shape (d,)
        Of independence, one-sided.
    """

    held_out: Any
    training: Any
    se: Any
    pvalue: Any

    @classmethod
    def none(cls, d: int) -> "Evidence":
        """Of d pairs that share nothing."""
        return cls(held_out=np.zeros(d), training=np.zeros(d), se=np.zeros(d), pvalue=np.ones(d))

    def at(self, places: Any) -> "Evidence":
        """Of some pairs; of one, numbers, if `places` is a number."""
        parts = (self.held_out[places], self.training[places], self.se[places], self.pvalue[places])
        held_out, training, se, pvalue = map(float, parts) if isinstance(places, int) else parts
        return Evidence(held_out=held_out, training=training, se=se, pvalue=pvalue)

    def put(self, places: NDArray[np.int64], other: "Evidence", *, with_pvalue: bool) -> "Evidence":
        """With other evidence of some pairs, whose p-values may stay."""
        out = Evidence.none(len(self.held_out))
        for name in ("held_out", "training", "se", "pvalue"):
            values = getattr(out, name)
            values[:] = getattr(self, name)
            if with_pvalue or name != "pvalue":
                values[places] = getattr(other, name)
        return out

    def cap(self, most: Any) -> "Evidence":
        """With scores of at most `most` nats, such as the entropy of a discrete side."""
        return replace(self, held_out=np.minimum(self.held_out, most), training=np.minimum(self.training, most))

    def lower_bound(self, level: float = 0.95, *, n_chosen_from: int = 1) -> NDArray[np.float64]:
        """One-sided lower confidence bounds in nats, each pair by itself."""
        return inference.compute_lower_bound(self.held_out, self.se, self.pvalue, level, n_chosen_from=n_chosen_from)


def join(parts: list[Evidence], places: list[NDArray[np.int64]], d: int) -> Evidence:
    """Of d pairs, from evidence of some of them at a time."""
    out = Evidence.none(d)
    for part, at in zip(parts, places, strict=True):
        for name in ("held_out", "training", "se", "pvalue"):
            getattr(out, name)[at] = getattr(part, name)
    return out
