"""Tables that are read in batches, more than once, because they need not fit in memory.

Design notes. `open_stream` is the only place that asks what such a table is; `Source` is that of tables in memory. What
can be read once only is refused, as edges have to be known before rows are counted. To add a source, add a class here
and name it there.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from skmine.data.batches import ARGUMENT, Batch
from skmine.data.files.table import check_options, read_table
from skmine.data.files.text_stream import TextStream
from skmine.data.formats import (
    ARROW_FORMATS,
    AS_FOUND,
    SEPARATORS,
    SIGNATURE_SIZE,
    ReadOptions,
    find_signature,
    get_ending,
    get_table_ending,
    is_url,
    require_package,
)
from skmine.data.naming import refuse_repeated
from skmine.data.partitions import PartitionStream
from skmine.data.repairs import repair_table
from skmine.data.stream import Stream
from skmine.exceptions import RepairedCellsWarning, warn

#: Rows of a batch of what hands out as many rows as are asked for: enough to make calls cheap, few enough for memory.
ROWS_PER_BATCH = 2**18

#: Cells of a file from which on it is read in batches: as numbers they take half a gigabyte.
LARGE = 2**26

#: Bytes of a text table from which on it is read in batches: in memory it takes about as much.
LARGE_TEXT = 2**30

#: Repairs of cells that a warning tells.
MOST_SAID = 3


class FrameStream(Stream):
    """Frames that a list holds, or that a function makes anew at each call."""

    def __init__(self, frames: Iterable[Any] | Callable[[], Iterable[Any]]) -> None:
        self._frames = frames
        first = next(iter(self._open()), None)
        if first is None:
            raise ValueError("table has no batches; give at least one with rows.")
        self.names = Batch(first, np.arange(len(first), dtype=np.uint64)).names

    def read(self, names: Sequence[str]) -> Iterator[Any]:
        return iter(self._open())

    def _open(self) -> Iterable[Any]:
        return self._frames() if callable(self._frames) else self._frames


class ArrowStream(Stream):
    """A PyArrow data set: Parquet or Feather files, of which only the columns that are needed are read."""

    def __init__(self, dataset: Any, texts: Iterable[str] = ()) -> None:
        self._dataset = dataset
        self.texts = frozenset(texts)
        index = (dataset.schema.pandas_metadata or {}).get("index_columns", [])
        self.names = [name for name in dataset.schema.names if name not in index]
        refuse_repeated(self.names, ARGUMENT)

    def count_cells(self) -> int:
        """Rows times columns."""
        n_rows: int = self._dataset.count_rows()
        return n_rows * len(self.names)

    def read(self, names: Sequence[str]) -> Iterator[Any]:
        scanner = self._dataset.scanner(
            columns=list(names), batch_size=ROWS_PER_BATCH, batch_readahead=4, fragment_readahead=1
        )
        for batch in scanner.to_batches():
            batch.validate(full=True)  # what is damaged would end the process
            yield batch


class LazyStream(Stream):
    """A polars lazy frame."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self.names = list(frame.collect_schema().names())

    def read(self, names: Sequence[str]) -> Iterator[Any]:
        wanted = self._frame.select(list(names))
        if not hasattr(wanted, "collect_batches"):
            raise ValueError("A polars lazy frame needs polars 1.34 or later; update polars, or collect the frame.")
        yield from wanted.collect_batches(chunk_size=ROWS_PER_BATCH, maintain_order=True)


class RelationStream(Stream):
    """A DuckDB relation, whose rows come in the order that it keeps."""

    def __init__(self, relation: Any) -> None:
        self._relation = relation
        self.names = list(relation.columns)

    def read(self, names: Sequence[str]) -> Iterator[Any]:
        listed = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
        wanted = self._relation.project(listed)
        open_reader = getattr(wanted, "to_arrow_reader", None) or wanted.fetch_arrow_reader  # before DuckDB 1.4
        yield from open_reader(ROWS_PER_BATCH)


def open_stream(data: Any) -> Stream | None:
    """The stream that something is; None for what is in memory.

    Streams are paths of files and of folders with Parquet files, PyArrow data
    sets, polars lazy frames, DuckDB relations, Dask data frames, lists of frames, and functions that return frames or
    record batches.

    Raises
    ------
    ValueError
        If a path is no such file, or if something can be read once only.
    """
    if isinstance(data, (str, os.PathLike)):
        return _open_path(os.fspath(data))
    module, kind = type(data).__module__.split(".")[0], type(data).__name__
    if module == "pyarrow" and hasattr(data, "scanner"):
        return ArrowStream(data)
    if module == "polars" and kind == "LazyFrame":
        return LazyStream(data)
    if "duckdb" in module and kind == "DuckDBPyRelation":
        return RelationStream(data)
    if module.startswith("dask") and hasattr(data, "npartitions") and hasattr(data, "columns"):
        return PartitionStream(data)
    if callable(data) or (isinstance(data, (list, tuple)) and data and hasattr(data[0], "columns")):
        return FrameStream(data)
    if isinstance(data, Iterator) or kind == "RecordBatchReader":
        raise ValueError(
            f"A {kind} can be read once only, and edges have to be known before rows are counted; pass a function that "
            f"opens it anew, or a list of batches."
        )
    return None


def open_large(name: str, options: ReadOptions = AS_FOUND) -> Stream | None:
    """The stream of a folder of Parquet files, or of a file with more cells than `LARGE`; None for any other file."""
    path = Path(name)
    if path.is_dir():
        check_options(options, "folder", name)
        return _open_arrow(path)
    if not path.is_file() or get_ending(name) not in [*ARROW_FORMATS, *SEPARATORS]:
        return None
    if get_ending(name) in SEPARATORS:
        return TextStream(path, options) if path.stat().st_size > LARGE_TEXT else None
    with open(path, "rb") as file:
        kind = find_signature(file.read(SIGNATURE_SIZE))
    if kind != ARROW_FORMATS[get_ending(name)]:
        return None
    stream = _open_arrow(path)
    return stream if stream.count_cells() > LARGE else None


def _open_path(name: str) -> Stream:
    """A table by its path: text, Parquet and Feather in batches, any other read whole.

    One warning says what was done to its cells.
    """
    path = Path(name)
    if not (path.exists() or is_url(name) or get_ending(name)):
        raise ValueError(f"Cannot read {name!r}: No such file or folder.")
    if path.is_dir() or get_ending(name) in ARROW_FORMATS:
        return _open_arrow(path)
    stream: Stream
    if get_table_ending(name) in SEPARATORS:
        stream = TextStream(path)
    else:
        frame, repairs = repair_table(read_table(name))
        stream = FrameStream([frame])
        stream.repairs = repairs
    if stream.repairs:
        more = f" (and {len(stream.repairs) - MOST_SAID} more)" if len(stream.repairs) > MOST_SAID else ""
        warn(
            f"{name!r} has cells that were taken for something else than they are written as: "
            f"{'; '.join(map(str, stream.repairs[:MOST_SAID]))}{more}. Write them plainly if that is wrong.",
            RepairedCellsWarning,
        )
    return stream


def _open_arrow(path: Path) -> ArrowStream:
    """A file, or a folder's Parquet files, whose texts are read as numbers of dictionaries, in half of the time."""
    require_package("pyarrow", repr(str(path)))
    import pyarrow as pa
    import pyarrow.dataset as ds

    kind = "parquet" if path.is_dir() else ARROW_FORMATS.get(get_ending(str(path)))
    if kind is None:
        raise ValueError(
            f"Cannot read {str(path)!r} in batches: its ending must be one of "
            f"{', '.join([*SEPARATORS, *ARROW_FORMATS])}, or it must be a folder of Parquet files; read it into a "
            f"frame."
        )
    files = _list_files(path)
    try:
        dataset = ds.dataset(files, format=kind, partitioning="hive", partition_base_dir=str(path))
        schema = _join_schemas(dataset, pa)
        in_files = next(dataset.get_fragments()).physical_schema.names  # others are named by folders
        texts = [f.name for f in schema if f.name in in_files and str(f.type) in ("string", "large_string")]
        if kind != "parquet" or not texts:
            return ArrowStream(dataset.replace_schema(schema))
        reader = ds.ParquetFileFormat(dictionary_columns=texts)
        read = ds.dataset(files, format=reader, partitioning="hive", partition_base_dir=str(path))
        coded = pa.dictionary(pa.int32(), pa.string())
        fields = [field.with_type(coded) if field.name in texts else field for field in schema]
        return ArrowStream(read.replace_schema(pa.schema(fields, schema.metadata)), texts)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"Cannot read {str(path)!r} as {kind.capitalize()}: {reason}") from error


def _list_files(path: Path) -> list[str]:
    """A file, or the Parquet files of a folder and of those in it, by name; what else is there is left alone."""
    if not path.is_dir():
        return [str(path)]
    endings = [ending for ending, kind in ARROW_FORMATS.items() if kind == "parquet"]
    files = sorted(str(file) for file in path.rglob("*") if file.suffix.lower() in endings and file.is_file())
    files = [file for file in files if not Path(file).name.startswith((".", "_"))]
    if not files:
        raise ValueError(f"Cannot read {str(path)!r} as Parquet: it has no Parquet files.")
    return files


def _join_schemas(dataset: Any, pa: Any) -> Any:
    """The schema that all files of a data set can be read by.

    Raises
    ------
    ValueError
        If files have other columns than the first, or types that have none in common.
    """
    first, schema = None, dataset.schema
    for fragment in dataset.get_fragments():
        own = fragment.physical_schema
        first = first or own
        different = set(own.names) ^ set(first.names)
        if different:
            raise ValueError(
                f"Column {min(different)!r} is not in all files: {fragment.path!r} has other columns than the first "
                f"file; give all files the same columns."
            )
        for field in own:
            before = schema.field(field.name)
            try:
                pa.unify_schemas([pa.schema([before]), pa.schema([field])], promote_options="permissive")
            except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
                raise ValueError(
                    f"Column {field.name!r} is {field.type} in {fragment.path!r} and {before.type} in files before; "
                    f"give it one type in all files."
                ) from error
        schema = pa.unify_schemas([schema, own.remove_metadata()], promote_options="permissive")
    return schema
