"""Rows of a table that is read in parts: each knows its place, and columns are read as the whole table has them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.data.arrays import make_frame_column
from skmine.data.cells import is_text
from skmine.data.column import Column
from skmine.data.conversion import InfinityError, is_polars, make_column, make_text_column
from skmine.data.naming import refuse_repeated
from skmine.data.readers import read_container

#: How errors call a table that is read in batches.
ARGUMENT = "table"


class Batch:
    """Some rows of a table, of any container.

    Parameters
    ----------
    frame : frame or array
    positions : ndarray of shape (n,)
        Number of each row in its part of the table.
    part : int
    texts : frozenset of str
        Columns of texts that come as numbers of a dictionary's, which is no type of theirs.

    Attributes
    ----------
    names : list of str
    n_rows : int
    n_infinite : dict of str to int
        Infinite values of the columns that were read and have any; they are missing.
    """

    def __init__(
        self, frame: Any, positions: NDArray[np.uint64], part: int = 0, texts: frozenset[str] = frozenset()
    ) -> None:
        self._reader = read_container(frame, ARGUMENT)
        self.n_rows, d = self._reader.shape
        self.names = self._reader.names or [f"x{j}" for j in range(d)]
        refuse_repeated(self.names, ARGUMENT)
        self.positions, self.part, self._texts = positions, part, texts
        self.n_infinite: dict[str, int] = {}
        self._columns: dict[tuple[str, bool], Column] = {}

    def is_text(self, name: str) -> bool:
        """Whether a column holds texts, whatever they say."""
        if name in self._texts:
            return True
        raw = self._reader.peek(self._find(name))
        if hasattr(raw, "chunks"):  # a PyArrow column
            return str(raw.type) in ("string", "large_string", "string_view")
        if is_polars(raw, "Series"):
            return str(raw.dtype) in ("String", "Utf8")
        if isinstance(raw, pd.Series):
            return raw.dtype.kind == "O" and is_text(raw)
        return raw.dtype.kind in "OSU" and is_text(pd.Series(raw, dtype=object))

    def list_levels(self, name: str) -> tuple[Any, ...] | None:
        """The levels of a column of ordered categories; None for any other."""
        raw = self._reader.peek(self._find(name))
        if hasattr(raw, "chunks"):
            is_ordered = getattr(raw.type, "ordered", False) and raw.num_chunks
            return tuple(raw.chunk(0).dictionary.to_pylist()) if is_ordered else None
        is_ordered = isinstance(raw, pd.Series) and isinstance(raw.dtype, pd.CategoricalDtype) and raw.dtype.ordered
        return tuple(raw.cat.categories) if is_ordered else None

    def column(self, name: str, *, as_text: bool = False) -> Column:
        """A column in canonical form; `as_text`: texts as labels, whatever they say. Infinite values are missing."""
        key = name, as_text
        if key not in self._columns:
            self._columns[key] = self._read(name, as_text)
        return self._columns[key]

    def _read(self, name: str, as_text: bool) -> Column:
        try:
            if self.is_text(name):
                codes, texts = self._factorize(self._reader.peek(self._find(name)))
                return make_text_column(codes, texts, name, as_labels=as_text)
            return make_column(self._reader.raw(self._find(name)), name)
        except InfinityError as error:
            self.n_infinite[name] = error.n_values
            return error.column

    @staticmethod
    def _factorize(raw: Any) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """The number of each row's text, -1 where missing, and the distinct texts."""
        if hasattr(raw, "chunks"):
            coded = raw if hasattr(raw.type, "value_type") else raw.combine_chunks().dictionary_encode()
            coded = coded.combine_chunks() if hasattr(coded, "chunks") else coded
            codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
            return codes, np.array(coded.dictionary.to_pylist(), object)
        values = raw.to_list() if is_polars(raw, "Series") else raw
        codes, texts = pd.factorize(np.asarray(values, dtype=object))
        return codes, texts

    def keep(self, mask: NDArray[np.bool_]) -> "Batch":
        """Some of the rows."""
        if mask.all():
            return self
        return Batch(self._reader.take_rows(np.flatnonzero(mask)), self.positions[mask], self.part, self._texts)

    def take_frame(self, names: Sequence[str], places: NDArray[np.int64]) -> pd.DataFrame:
        """Some rows of some columns as a pandas frame."""
        few = read_container(self._reader.take_rows(places), ARGUMENT)
        columns = {}
        for name in names:
            place = self._find(name)
            raw = few.peek(place).cast("string").to_pandas() if name in self._texts else few.raw(place)
            columns[name] = make_frame_column(raw)
        return pd.DataFrame(columns)

    def _find(self, name: str) -> int:
        try:
            return self.names.index(name)
        except ValueError:
            raise ValueError(
                f"Column {name!r} is missing in a batch that has {', '.join(map(repr, self.names[:8]))}; give every "
                f"batch the same columns."
            ) from None
