"""What a critic starts from: a base or nothing, and what its network reads of the columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skmine.estimation.bases import Base, Direction, Directions
from skmine.estimation.bases.products import Products
from skmine.estimation.bases.views import Array, View, measure_rank_radius, measure_scaled_radius, take_view

#: Canonical variates among a network's inputs: arbitrary; the others are in the columns that stand beside them.
MOST_VARIATES = 8

#: What columns are scaled by where variates stand beside them, so that those come first: arbitrary.
BESIDE_VARIATES = 0.1

#: Scaled values and variates are all but linear up to here, and logarithmic beyond: four quartile ranges, in which
#: all but the last of a few thousand normal rows lie.
NEAR = 4.0

#: Correlation above which a column's views say the same to a network: arbitrary.
ALIKE = 0.98

#: Layers that critics have beside those that were asked for where they start from nothing: with as many, clusters that
#: were swirled and bent read 2.18 of 2.30 nats, with none 2.12 after four times the steps.
MORE_LAYERS = 3


@dataclass(frozen=True)
class Inputs:
    """What a network reads of a side: canonical variates, the columns, products of columns, radii.

    Attributes
    ----------
    view : {"ranks", "scaled"}
        Of the columns. On their own scale what is far out is brought closer.
    direction : Direction or None
        Canonical variates, which then come first.
    products : Products or None
        Products of columns that go with the other side.
    """

    view: View = "ranks"
    direction: Direction | None = None
    products: Products | None = None

    def __call__(self, z: Array) -> Array:
        columns = take_view(z, self.view)
        if self.view == "scaled":
            columns = _bring_closer(columns)
        parts = [columns, np.log1p(measure_rank_radius(z)), np.log1p(measure_scaled_radius(z))]
        if self.products is not None:
            parts.append(self.products.score_products(z))
        if self.direction is not None:
            parts[0] = BESIDE_VARIATES * columns
            parts.insert(0, _bring_closer(self.direction(z)[:, :MOST_VARIATES]))
        return np.concatenate(parts, axis=1, dtype=np.float32)


def _bring_closer(values: NDArray[Any]) -> NDArray[Any]:
    """Values that grow like logarithms beyond `NEAR`."""
    return NEAR * np.arcsinh(values / NEAR)


@dataclass(frozen=True)
class Start:
    """What a critic starts from: a base, inputs of either side, and layers beside those that were asked for."""

    base: Base = field(default_factory=Base)
    inputs: tuple[Inputs, Inputs] = (Inputs(), Inputs())
    more_layers: int = 0

    def forget_rows(self) -> "Start":
        """The same for new rows only."""
        return replace(self, base=self.base.forget_rows())


def list_starts(base: Base, directions: Directions, sides: Sequence[Array]) -> list[Start]:
    """What to start from: a base, and nothing, with the columns in either view.

    Parameters
    ----------
    base : Base
    directions : Directions
        Canonical directions, which say what a network reads beside the columns.
    sides : sequence of two ndarrays (n, 2p) and (n, 2q)
        Both views of either side.
    """
    products = _find_products(directions)
    view: View = "scaled" if base.name.startswith(("scaled", "Student")) else "ranks"
    directed = directions.get("few" if base.name.startswith("few") else "linear" if view == "ranks" else "scaled")
    first, second = (None, None) if directed is None else directed[:2]
    starts = [Start(base, (Inputs(view, first, products[0]), Inputs(view, second, products[1])))]
    views: list[View] = ["ranks"]
    if any(map(views_differ, sides)):
        views.append("scaled")
    for view in views:
        inputs = Inputs(view, None, products[0]), Inputs(view, None, products[1])
        starts.append(Start(inputs=inputs, more_layers=MORE_LAYERS))
    return starts


def _find_products(directions: Directions) -> tuple[Products | None, Products | None]:
    """The products that were found on either side."""
    if "products" not in directions:
        return None, None
    of_x, of_y = (
        d.dictionary if isinstance(d.dictionary, Products) and len(d.dictionary.pairs) else None
        for d in directions["products"][:2]
    )
    return of_x, of_y


def views_differ(z: Array) -> bool:
    """Whether columns on their own scale are more than their normal scores, even brought closer."""
    ranks, scaled = take_view(z, "ranks"), _bring_closer(take_view(z, "scaled"))
    spread = scaled.std(0)
    r = ((ranks - ranks.mean(0)) * (scaled - scaled.mean(0))).mean(0) / np.maximum(ranks.std(0) * spread, 1e-9)
    return bool((r[spread > 0] < ALIKE).any())
