"""Pictures of a report as SVG that stands inside a page: its text takes the page's colour, in light and in dark."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.escapes import escape_controls
from skmine.functions.html import shorten_names
from skmine.plotting.matrix import MatrixDisplay
from skmine.plotting.placement import PlacedColumn
from skmine.plotting.pointwise import PointwiseDisplay
from skmine.plotting.style import LETTER_WIDTH
from skmine.reporting.content import Redundancy
from skmine.reporting.mosaic import draw_mosaic
from skmine.reporting.sights import Sight

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Colour that stands for that of the page's text until the picture is in the page.
INK = "#010203"

#: Background of cells without information: a mid-tone, on white and on black.
GROUND = "#8d99a6"

#: What pictures are drawn with; names with $ are no formulas.
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "skmine",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "axes.facecolor": GROUND,
    "axes.unicode_minus": True,
    "font.family": "sans-serif",
    "font.size": 9,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
}

#: Dots per inch of what is drawn as an image: sharp enough, and 100 KB for a picture of thousands of points.
DOTS = 130

#: Inches of a picture of a column: its letters are read where it is as narrow as a phone.
SIZE = (4.3, 3.3)

#: Inches of the cells of a matrix: for each column, at least and at most altogether, above them, and for the colours.
INCHES_PER_COLUMN = 0.24
SIDES_OF_MATRIX = (2.4, 9.0)
ABOVE_MATRIX = 0.4
BESIDE_MATRIX = 0.7

#: Quantiles of a box, its line, and the ends of its whiskers.
BOX = (0.05, 0.25, 0.5, 0.75, 0.95)

#: Half the thickness of a box, where neighbours are 1 apart.
HALF_BOX = 0.36


def draw_sight(sight: Sight, number: int) -> str:
    """The picture of a column against the target."""
    column, target = (escape_controls(str(series.name)) for series in (sight.x, sight.y))
    kinds = {
        "points": "A scatter plot", "hexagons": "A plot of hexagons", "boxes": "Box plots", "mosaic": "A mosaic plot",
    }  # fmt: skip
    label = (
        f"{kinds[sight.picture.drawn_as]} of {target} against {column}, coloured by where they are found together more "
        f"often (blue) or more rarely (orange) than by chance; the table below has the numbers."
    )
    draw = draw_mosaic if sight.picture.drawn_as == "mosaic" else _draw_rows
    return make_svg(SIZE, lambda ax: draw(ax, sight), f"p{number}", label)


def draw_matrix(redundancy: Redundancy) -> str:
    """The matrix of what every two columns share."""
    names = [escape_controls(name) for name in redundancy.names]
    matrix = pd.DataFrame(np.array(redundancy.shared), index=names, columns=names)
    matrix.attrs = {"normalized": True, "noise": 0.0}
    room = LETTER_WIDTH * max(map(len, shorten_names(names)))
    side = float(np.clip(INCHES_PER_COLUMN * len(names), *SIDES_OF_MATRIX)) + room + ABOVE_MATRIX
    label = (
        f"A heat map of what every two of {len(names)} columns share, from 0 to 1; the tables below have the numbers."
    )
    size = (side + BESIDE_MATRIX, side)
    return make_svg(size, lambda ax: MatrixDisplay.from_matrix(matrix, ax=ax, rasterized=True), "matrix", label)


def make_svg(size: tuple[float, float], draw: Callable[[Axes], Any], prefix: str, label: str) -> str:
    """Draw on axes of a size in inches; the ids of the result begin with a prefix, so that a page has each once."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(), _without_glyph_warnings():
        mpl.rcdefaults()  # the user's style is not the page's; the context brings it back
        for name, value in STYLE.items():
            mpl.rcParams[name] = value
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.subplots())
        out = io.StringIO()
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", transparent=True, dpi=DOTS, metadata=metadata)
    return _fit_into_page(out.getvalue(), prefix, label)


@contextmanager
def _without_glyph_warnings() -> Iterator[None]:
    """Names in any script: the browser's fonts have the letters that matplotlib's lacks."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        yield


def _fit_into_page(svg: str, prefix: str, label: str) -> str:
    """An SVG document as an element of a page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata|style)\b.*?</\1>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\b(id)="([^"]*)"', rf'\1="{prefix}-\2"', svg)
    svg = re.sub(r"url\(#([^)]*)\)", rf"url(#{prefix}-\1)", svg)
    svg = re.sub(r'(xlink:href)="#([^"]*)"', rf'\1="#{prefix}-\2"', svg)
    svg = svg.replace(INK, "currentColor")
    head, rest = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    width = re.search(r'width="([\d.]+)pt"', head)
    style = f"max-width:{float(width[1]) * 4 / 3:.0f}px" if width else ""
    said = f'role="img" aria-label="{escape(label)}" style="{style}" {box[0] if box else ""}'
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {said}>{rest}'


def _draw_rows(ax: Axes, sight: Sight) -> None:
    """Rows as points or hexagons, and boxes over them where one side is in bands."""
    display = PointwiseDisplay(x=sight.x, y=sight.y, pointwise=sight.pointwise, unit=sight.unit)
    kind: Any = "hexagons" if sight.picture.drawn_as == "hexagons" else "points"
    display.plot(ax, kind=kind, rasterized=True)
    if sight.picture.drawn_as == "boxes":
        x, y = (PlacedColumn.from_series(series) for series in (sight.x, sight.y))
        if x.bands is None:
            _draw_boxes(x.place, y.place, lambda along, across: ax.plot(along, across, color=INK, linewidth=1.1))
        else:
            _draw_boxes(y.place, x.place, lambda along, across: ax.plot(across, along, color=INK, linewidth=1.1))


def _draw_boxes(values: NDArray[np.float64], bands: NDArray[np.float64], line: Callable[[Any, Any], Any]) -> None:
    """A box for each band: quartiles, median, and whiskers for nine tenths of its rows."""
    known = np.isfinite(values) & np.isfinite(bands)
    for band in np.unique(bands[known]):
        low, first, middle, third, high = np.quantile(values[known & (bands == band)], BOX)
        one, other = band - HALF_BOX, band + HALF_BOX
        line([first, third, third, first, first], [one, one, other, other, one])
        line([middle, middle], [one, other])
        line([low, first], [band, band])
        line([third, high], [band, band])
