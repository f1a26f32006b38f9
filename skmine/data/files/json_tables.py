"""Tables in JSON: one object in each line, or one value that holds records or columns."""

import json
from collections.abc import Sequence
from typing import Any, BinaryIO

import pandas as pd

from skmine.data.files.cell_columns import make_table
from skmine.data.files.text_encoding import check_encoding, find_encoding

#: Keys under which pandas and others put the records of a table.
DATA = "data"


def read_json_table(file: BinaryIO, called: str, encoding: str | None, *, in_lines: bool) -> pd.DataFrame:
    """Read a table of JSON.

    Parameters
    ----------
    file : binary file
    called : str
        How errors call it.
    encoding : str or None
    in_lines : bool
        Whether each line is expected to hold a value. A file of one value that holds several is read so, too.

    Raises
    ------
    ValueError
        If it is no JSON, or holds no table.
    """
    if encoding is not None:
        check_encoding(encoding)
    encoding = encoding or find_encoding(file)
    file.seek(0)
    try:
        text = file.read().decode(encoding).removeprefix("\ufeff")
    except UnicodeError as error:
        raise ValueError(f"{called} is not text in {encoding}: {error}; name its encoding by --encoding.") from error
    value = _parse_lines(text, called) if in_lines else _parse(text, called)
    names, records = _find_records(value, called)
    if not records:
        raise ValueError(f"{called} holds no records; give at least one.")
    return make_table(names, ([record.get(name) for record in records] for name in names))


def _parse(text: str, called: str) -> Any:
    """The value of a text, or a list of those of its lines."""
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        lines = text.splitlines()
        if len(lines) > 1 and isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            return _parse_lines(text, called)
        raise ValueError(f"{called} is not JSON: {error}.") from error


def _parse_lines(text: str, called: str) -> list[Any]:
    values = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except (json.JSONDecodeError, RecursionError) as error:
                raise ValueError(f"{called} is not JSON lines: line {number}: {error}.") from error
    return values


def _find_records(value: Any, called: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Names of columns, and records, in a value of any usual shape."""
    if isinstance(value, dict):
        value = _unfold(value)
    if isinstance(value, dict):
        columns = {str(name): _list_cells(cells) for name, cells in value.items()}
        lengths = {name: len(cells) for name, cells in columns.items() if cells is not None}
        if not lengths or len(lengths) < len(columns) or len(set(lengths.values())) > 1:
            raise ValueError(
                f"{called} holds an object, but neither records nor columns of one length; save a list of records."
            )
        cells = [c for c in columns.values() if c is not None]
        value = [dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)]
    if not isinstance(value, list):
        raise ValueError(f"{called} holds no table but {type(value).__name__}; save a list of records.")
    if value and all(isinstance(record, list) for record in value):
        value = _name_cells(value, called)
    records = [_flatten(record) for record in value if isinstance(record, dict)]
    if len(records) < len(value):
        raise ValueError(f"{called} holds a list of other things than records; save a list of objects, one per row.")
    return list(dict.fromkeys(name for record in records for name in record)), records


def _unfold(value: dict[str, Any]) -> Any:
    """The records or columns of an object: in pandas' shapes, or the only list of records in it."""
    if isinstance(value.get(DATA), list) and isinstance(value.get("columns"), list):
        return [dict(zip(map(str, value["columns"]), row, strict=False)) for row in value[DATA]]
    lists = [v for v in value.values() if isinstance(v, list) and v and all(isinstance(r, dict) for r in v)]
    if len(lists) == 1:
        return lists[0]
    if value and all(isinstance(v, dict) for v in value.values()):
        inner = [list(v) for v in value.values()]
        outer_counts = list(value) == [str(k) for k in range(len(value))]
        if outer_counts and inner[0] != [str(k) for k in range(len(inner[0]))]:
            return list(value.values())
    return value


def _list_cells(cells: Any) -> list[Any] | None:
    """The cells of a column; None where it is none."""
    if isinstance(cells, dict):
        return list(cells.values())
    return cells if isinstance(cells, list) else None


def _name_cells(rows: Sequence[list[Any]], called: str) -> list[dict[str, Any]]:
    """Rows as records, named by the first of them."""
    header, *rest = rows
    if not all(isinstance(name, str) for name in header):
        raise ValueError(f"{called} holds rows without names; put the names of the columns first.")
    for number, row in enumerate(rest, 2):
        if len(row) != len(header):
            raise ValueError(f"{called} is ragged: row {number} has {len(row)} cells, the first has {len(header)}.")
    return [dict(zip(header, row, strict=True)) for row in rest]


def _flatten(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    """A record whose objects are spread over columns, such as "place.city"."""
    out: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and value:
            out |= _flatten(value, f"{before}{name}.")
        else:
            out[f"{before}{name}"] = value
    return out
