"""Columns of a frame as one array, or as another kind of frame: what a transformer hands out.

Design notes. Columns are converted one by one and then stacked, so that a column that is left out never has to
agree with the others. Where no type holds all of them, the array is of objects.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.conversion import is_polars
from skmine.data.readers import FrameReader

#: Kinds of NumPy types that have a common one: booleans, integers, floats, complex numbers.
NUMBERS = "biufc"


def stack_columns(frame: FrameReader, places: list[int]) -> NDArray[Any]:
    """Some columns of a frame as an array of shape (n, len(places)), of objects where no common type exists."""
    columns = [convert_to_array(frame.raw(j)) for j in places]
    if not columns:
        return np.empty((frame.shape[0], 0))
    kinds = {column.dtype.kind for column in columns}
    alike = kinds <= set(NUMBERS) or len({column.dtype for column in columns}) == 1
    # Each column is contiguous, as in the arrays that scikit-learn's selectors return.
    return np.stack(columns if alike else [column.astype(object) for column in columns]).T


def convert_to_array(raw: Any) -> NDArray[Any]:
    """A pandas or polars series as an array; missing numbers are NaN."""
    if is_polars(raw, "Series"):
        import polars as pl

        if raw.dtype.is_numeric() and raw.null_count():
            return raw.cast(pl.Float64).to_numpy()
        kept = raw.dtype.is_numeric() or raw.dtype.is_temporal() or (raw.dtype == pl.Boolean and not raw.null_count())
        return raw.to_numpy() if kept else _as_objects(raw.to_list())
    if pd.api.types.is_extension_array_dtype(raw.dtype) and pd.api.types.is_numeric_dtype(raw.dtype):
        missing = bool(raw.isna().any())
        return raw.to_numpy(dtype=np.float64, na_value=np.nan) if missing else raw.to_numpy(raw.dtype.numpy_dtype)
    return np.asarray(raw)


def convert_frame(frame: Any, library: str) -> Any:
    """A pandas, polars or PyArrow frame as one of pandas or polars; types stay as far as both have them."""
    if library == "polars":
        import polars as pl

        if is_polars(frame, "DataFrame"):
            return frame
        return pl.from_pandas(frame.reset_index(drop=True)) if isinstance(frame, pd.DataFrame) else pl.from_arrow(frame)
    return frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()


def _as_objects(values: list[Any]) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def make_frame_column(raw: Any) -> Any:
    """A column of any container as what a pandas frame holds, of its own type."""
    return convert_to_array(raw) if is_polars(raw, "Series") else getattr(raw, "array", raw)
