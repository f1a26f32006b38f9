"""Tables in workbooks of Excel and LibreOffice, read by python-calamine."""

from typing import Any

import pandas as pd

from skmine.data.files.cell_columns import make_table
from skmine.data.files.text_blocks import check_names
from skmine.data.formats import ReadOptions, require_package
from skmine.data.naming import list_names

#: Rows below a table and an empty row that are no part of it, such as a source or a sum, and rows of the table for each
#: of them. Arbitrary.
MOST_BELOW = 5
ROWS_PER_BELOW = 10

#: Rows in which the header is looked for.
MOST_SKIPPED = 50


def read_workbook(path: str, called: str, options: ReadOptions) -> tuple[pd.DataFrame, list[str]]:
    """Read a sheet of a workbook, and what is to be said of the way.

    Parameters
    ----------
    path : str
    called : str
        How errors call it.
    options : ReadOptions
        `sheet` names the sheet: the first that is not empty if it is None; `skip_rows` the rows before the header.

    Raises
    ------
    ValueError
        If it is no workbook, or has no such sheet; if the sheet holds no table.
    """
    require_package("python_calamine", called)
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        names = list(book.sheet_names)
        if options.sheet is not None and options.sheet not in names:
            raise ValueError(f"{called} has no sheet {options.sheet!r}; there are {list_names(names)}.")
        sheets = [options.sheet] if options.sheet is not None else names
        cells = {sheet: book.get_sheet_by_name(sheet).to_python(skip_empty_area=False) for sheet in sheets}
    except (python_calamine.CalamineError, OSError) as error:
        raise ValueError(f"Cannot read {called} as a workbook: {str(error).splitlines()[0]}.") from error
    sheet = next((name for name in sheets if _is_table(cells[name])), sheets[0])
    rows, n_below = _leave_out_footer(cells[sheet][options.skip_rows or 0 :])
    frame, n_passed = _make_frame(rows, called, keep_first=options.skip_rows is not None)
    notes = []
    if len(names) > 1 and options.sheet is None:
        notes.append(f"sheet {sheet!r} of {list_names(names)}; --sheet names another")
    if n_passed:
        notes.append(f"{count_rows(n_passed)} before the header left out")
    if n_below:
        notes.append(f"{count_rows(n_below)} below the table left out")
    return frame, notes


def count_rows(n: int) -> str:
    """A number of rows in words."""
    return f"{n} row{'s' if n > 1 else ''}"


def _is_table(rows: list[list[Any]]) -> bool:
    """Whether a sheet has rows of two cells and more."""
    return sum(sum(cell != "" for cell in row) > 1 for row in rows) > 1


def _leave_out_footer(rows: list[list[Any]]) -> tuple[list[list[Any]], int]:
    """The rows that have cells, without a few that stand below a table and an empty row; how many these are."""
    filled = [any(cell != "" for cell in row) for row in rows]
    table = [row for row, is_filled in zip(rows, filled, strict=True) if is_filled]
    last = max((place for place, is_filled in enumerate(filled) if is_filled), default=-1)
    ends = next((place for place in range(last, -1, -1) if not filled[place]), -1)
    n_below = last - ends
    if ends < 0 or n_below > MOST_BELOW or n_below * ROWS_PER_BELOW > len(table):
        return table, 0
    return table[:-n_below], n_below


def _make_frame(rows: list[list[Any]], called: str, *, keep_first: bool) -> tuple[pd.DataFrame, int]:
    """The table among rows that have cells, and how many of them stand before it."""
    first = 0 if keep_first else _find_header(rows)
    header, *rest = rows[first:] or [[]]
    if not rest:
        raise ValueError(f"{called} has a header but no rows." if header else f"{called} is empty.")
    used = [j for j in range(len(header)) if any(row[j] != "" for row in rows[first:])]
    names = [str(header[j]) if header[j] != "" else f"Unnamed: {place}" for place, j in enumerate(used)]
    check_names(names, called)
    return make_table(names, ([row[j] for row in rest] for j in used)), first


def _find_header(rows: list[list[Any]]) -> int:
    """Which row names the columns: the first with as many cells as any, or with a cell less where that is all names."""
    looked = rows[:MOST_SKIPPED]
    n_filled = [sum(cell != "" for cell in row) for row in looked]
    if not n_filled:
        return 0
    first = n_filled.index(max(n_filled))
    before = first - 1
    if first and n_filled[before] == max(n_filled) - 1 and _are_names(looked[before]) and not _are_names(looked[first]):
        return before
    return first


def _are_names(row: list[Any]) -> bool:
    return all(isinstance(cell, str) for cell in row)
