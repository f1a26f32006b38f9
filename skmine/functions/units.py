"""Nats inside; bits where users ask for them. Every conversion is here.

Design notes. A frame says in its `attrs` which unit its numbers have, so that a display can label them and nobody has
to guess. A frame that says nothing is in nats.
"""

import math
from collections.abc import Iterable
from typing import Any, Literal

import pandas as pd

from skmine._sklearn import StrOptions

Unit = Literal["nats", "bits"]

#: How many of each unit a nat is.
PER_NAT: dict[str, float] = {"nats": 1.0, "bits": 1 / math.log(2)}

#: Of every function that takes a unit.
UNIT_CONSTRAINTS: dict[str, list[Any]] = {"unit": [StrOptions(set(PER_NAT))]}


def check_unit(unit: Any) -> Unit:
    """A unit, refused unless it is one.

    Raises
    ------
    ValueError
    """
    if unit not in PER_NAT:
        raise ValueError(f"unit must be 'nats' or 'bits', got {unit!r}.")
    return unit


def convert(values: Any, unit: Unit, *, of: Unit = "nats") -> Any:
    """A number, array or frame in another unit; the same object where it is in that unit already."""
    return values if unit == of else values * (PER_NAT[unit] / PER_NAT[of])


def read_unit(frame: pd.DataFrame) -> Unit:
    """The unit of a frame's numbers; nats where it does not say."""
    return check_unit(frame.attrs.get("unit", "nats"))


def convert_frame(frame: pd.DataFrame, columns: Iterable[str], unit: Unit) -> pd.DataFrame:
    """A frame whose columns of information are in a unit, and that says so."""
    of = read_unit(frame)
    out = frame.assign(**{name: convert(frame[name], unit, of=of) for name in columns if name in frame})
    out.attrs = {**frame.attrs, "unit": unit}
    return out
