"""Hypothesis strategies for tables that people have: kinds, containers, names and missing values of all sorts."""

import datetime
import decimal

import numpy as np
import pandas as pd
from hypothesis import strategies as st

#: Texts that terminals, spreadsheets and readers trip over.
HOSTILE = [
    "",
    " ",
    "nan",
    "NaN",
    "None",
    "007",
    "1e5",
    "-0",
    "=1+1",
    "\x1b[31m",
    "\u202e",
    "a\nb",
    "\0",
    "é",
    "🜚",
    "x" * 300,
]

TEXTS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=6))

FLOATS = st.floats(allow_infinity=False, width=64)

#: One value of a column, by kind.
VALUES = {
    "floats": FLOATS,
    "few floats": st.sampled_from([0.0, -0.0, 1.5, 1e308, -1e308, 5e-324, float("nan")]),
    "small integers": st.integers(-3, 3),
    "integers": st.integers(-(2**63), 2**63 - 1),
    "huge integers": st.integers(-(10**30), 10**30),
    "booleans": st.booleans(),
    "texts": TEXTS,
    "few texts": st.sampled_from(["a", "b", "c"]),
    "numbers as texts": st.one_of(st.integers(-50, 50).map(str), st.floats(-9, 9).map("{:.2f}".format)),
    "dates": st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1)),
    "days": st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1)),
    "decimals": st.decimals(-1000, 1000, places=3).map(decimal.Decimal),
    "mixed": st.one_of(st.integers(-2, 2), TEXTS, st.booleans(), FLOATS),
    "constant": st.just(1),
    "missing": st.none(),
}


@st.composite
def columns(draw, n_rows):
    """A list of values of one kind, some of which may be missing."""
    values = VALUES[draw(st.sampled_from(sorted(VALUES)))]
    column = draw(st.lists(values, min_size=n_rows, max_size=n_rows))
    if draw(st.booleans()):
        gaps = draw(st.lists(st.integers(0, n_rows - 1), max_size=max(n_rows // 3, 1)))
        for row in gaps:
            column[row] = None
    return column


@st.composite
def frames(draw, most_rows=60, most_columns=5):
    """A pandas frame of a few columns, with names of all sorts."""
    # Small tables are repeated, so that some have enough rows for every step of a ranking.
    n_rows, copies = draw(st.integers(1, most_rows)), draw(st.sampled_from([1, 1, 5]))
    names = draw(st.lists(TEXTS, min_size=1, max_size=most_columns, unique=True))
    frame = pd.DataFrame({name: pd.Series(draw(columns(n_rows)) * copies, dtype=object) for name in names})
    if draw(st.booleans()):
        frame = frame.infer_objects()
    for name in names:
        if draw(st.integers(0, 5)) == 0:
            frame[name] = frame[name].map(lambda v: None if v is None else str(v)).astype("category")
    return frame


def list_containers(frame):
    """The same table in the containers that can hold it, by name; rows in batches among them."""
    out = {"pandas": frame, "objects": frame.to_numpy(dtype=object)}
    if all(dtype.kind in "fib" for dtype in frame.dtypes):
        out["floats"] = frame.to_numpy(dtype=np.float64)
    half = max(len(frame) // 2, 1)
    out["batches"] = [frame.iloc[:half], frame.iloc[half:]] if len(frame) > half else [frame]
    return out
