"""One reader for each container that a table may come in.

Design notes. `read_container` and `read_frame` are the only places that ask what a table is. A reader knows its
container's shape and names and hands out a column, a slice of rows and some of the columns, as they are there. A table
is not copied whole, except lists, masked arrays and sparse matrices that are not stored by column. narwhals was weighed
for the three kinds of frames: it would replace their readers, a dozen lines each, but neither arrays and sparse
matrices nor the conversion of a column's values (`conversion.make_column`), and it would be a requirement.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from skmine.data.conversion import is_polars


class Reader(ABC):
    """One kind of container."""

    names: list[str] | None = None

    def __init__(self, data: Any) -> None:
        self.data = data

    @property
    def shape(self) -> tuple[int, int]:
        n, d = self.data.shape
        return n, d

    @abstractmethod
    def raw(self, j: int) -> Any:
        """Column j as it is there."""

    def peek(self, j: int) -> Any:
        """Column j in the container's own type, whatever reads it."""
        return self.raw(j)

    def rows(self, first: int, last: int) -> Any:
        """A slice of the rows, of the same container."""
        return self.data[first:last]

    def take_rows(self, places: NDArray[np.int64]) -> Any:
        """Some of the rows, of the same container."""
        return self.data[places]


class _ArrayReader(Reader):
    """A two-dimensional NumPy array."""

    def raw(self, j: int) -> Any:
        return self.data[:, j]


class _SparseReader(Reader):
    """A sparse matrix in columns; zero is a value like any other."""

    def raw(self, j: int) -> NDArray[Any]:
        return self.data[:, [j]].toarray()[:, 0]


class FrameReader(Reader):
    """A frame, whose columns have names."""

    def __init__(self, data: Any, labels: Sequence[Any], *, named: bool = True) -> None:
        super().__init__(data)
        #: Names of the columns, given or not.
        self.labels = [str(label) for label in labels]
        self.names = self.labels if named else None

    @property
    def header(self) -> Any:
        """A frame that scikit-learn reads the names of."""
        return self.data

    @abstractmethod
    def take(self, places: Sequence[int]) -> Any:
        """A frame of some columns, of the same container."""

    def without(self, j: int) -> Any:
        """The frame without column j."""
        return self.take([i for i in range(len(self.labels)) if i != j])


class _PandasReader(FrameReader):
    @property
    def header(self) -> Any:
        # Names that mix texts and numbers are texts to us; scikit-learn refuses them.
        mixed = len({isinstance(name, str) for name in self.data.columns}) > 1
        return pd.DataFrame(columns=self.labels) if mixed else self.data

    def raw(self, j: int) -> Any:
        return self.data.iloc[:, j]

    def rows(self, first: int, last: int) -> Any:
        return self.data.iloc[first:last]

    def take_rows(self, places: NDArray[np.int64]) -> Any:
        return self.data.iloc[places]

    def take(self, places: Sequence[int]) -> Any:
        return self.data.iloc[:, list(places)]


class _PolarsReader(FrameReader):
    def raw(self, j: int) -> Any:
        return self.data.to_series(j)

    def take(self, places: Sequence[int]) -> Any:
        return self.data.select([self.data.columns[j] for j in places])


class _ArrowReader(FrameReader):
    """A PyArrow table. What pandas stored as its index is no column."""

    def __init__(self, data: Any) -> None:
        index = (data.schema.pandas_metadata or {}).get("index_columns", [])
        super().__init__(data, [name for name in data.column_names if name not in index])

    @property
    def shape(self) -> tuple[int, int]:
        return self.data.num_rows, len(self.labels)

    @property
    def header(self) -> pd.DataFrame:
        return pd.DataFrame(columns=self.labels)

    def raw(self, j: int) -> Any:
        column = self.data.select([self.labels[j]])
        values = column.column(0)
        kind = str(values.type).rstrip("0123456789")
        if kind in ("float", "double") or (kind in ("int", "uint") and not values.null_count):
            return values.to_numpy()
        if kind == "bool":
            return values.cast("float64").to_numpy()
        if kind.startswith("date"):
            return values.cast("timestamp[ms]").to_numpy()
        # Integers with missing values would become floats.
        mapper = _map_integers if values.null_count else None
        return column.to_pandas(types_mapper=mapper).iloc[:, 0]

    def peek(self, j: int) -> Any:
        return self.data.column(self.labels[j])

    def rows(self, first: int, last: int) -> Any:
        return self.data.slice(first, last - first)

    def take_rows(self, places: NDArray[np.int64]) -> Any:
        return self.data.take(places)

    def take(self, places: Sequence[int]) -> Any:
        return self.data.select([self.labels[j] for j in places])


def _map_integers(arrow_type: Any) -> Any:
    """Pandas' integer type with missing values for PyArrow's; None for other types."""
    name = str(arrow_type)  # int8, ..., uint64
    if name.rstrip("0123456789") not in ("int", "uint"):
        return None
    return pd.api.types.pandas_dtype(name.replace("uint", "UInt") if name[0] == "u" else name.replace("int", "Int"))


def read_frame(data: Any) -> FrameReader | None:
    """The reader of a pandas, polars or PyArrow table or series; None for what has no named columns."""
    if isinstance(data, pd.DataFrame):
        return _PandasReader(data, data.columns)
    if isinstance(data, pd.Series):
        frame = data.to_frame()
        return _PandasReader(frame, frame.columns, named=data.name is not None)
    if is_polars(data, "DataFrame"):
        return _PolarsReader(data, data.columns)
    if is_polars(data, "Series"):
        return _PolarsReader(data.to_frame(), [data.name])
    if type(data).__module__.split(".")[0] == "pyarrow" and hasattr(data, "schema"):
        import pyarrow as pa

        return _ArrowReader(data if isinstance(data, pa.Table) else pa.Table.from_batches([data]))
    return None


def read_container(data: Any, argument: str) -> Reader:
    """The reader of whatever a user passed."""
    if sparse.issparse(data):
        return _SparseReader(sparse.csc_array(data))
    return read_frame(data) or _ArrayReader(_as_matrix(data, argument))


def fill_masked(data: Any) -> Any:
    """A masked array with NaN for what is masked; anything else as it is."""
    return np.ma.filled(data.astype(np.float64), np.nan) if isinstance(data, np.ma.MaskedArray) else data


def _as_matrix(data: Any, argument: str) -> NDArray[Any]:
    """Lists and arrays as a two-dimensional array."""
    try:
        array = np.asarray(fill_masked(data))
    except ValueError as error:
        raise ValueError(f"{argument} is ragged: give every row the same number of values.") from error
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise ValueError(
            f"{argument} must have one or two dimensions, got a {type(data).__name__} of shape {array.shape}; pass an "
            f"array of values or a DataFrame."
        )
    return array
