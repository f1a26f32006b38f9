"""Tables in workbooks of Excel and LibreOffice, read by python-calamine."""

from typing import Any

import pandas as pd

from skmine.data.files.cell_columns import make_table
from skmine.data.files.text_blocks import check_names
from skmine.data.formats import ReadOptions, require_package
from skmine.data.naming import list_names

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
    require_package("python_calamine", called.strip("'"))
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        names = list(book.sheet_names)
        if options.sheet is not None and options.sheet not in names:
            raise ValueError(f"{called} has no sheet {options.sheet!r}; there are {list_names(names)}.")
        for sheet in [options.sheet] if options.sheet is not None else names:
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            if any(cell != "" for row in rows for cell in row):
                break
        else:
            raise ValueError(f"{called} has no sheet with cells; a header and rows are needed.")
    except (python_calamine.CalamineError, OSError) as error:
        raise ValueError(f"Cannot read {called} as a workbook: {str(error).splitlines()[0]}.") from error
    frame, n_passed = _make_frame(rows, called, options.skip_rows)
    notes = []
    if len(names) > 1 and options.sheet is None:
        notes.append(f"sheet {sheet!r} of {list_names(names)}; --sheet names another")
    if n_passed:
        notes.append(f"{n_passed} row{'s' if n_passed > 1 else ''} before the header left out")
    return frame, notes


def _make_frame(rows: list[list[Any]], called: str, skip_rows: int | None) -> tuple[pd.DataFrame, int]:
    """The table among rows of cells, and how many rows that are not empty stand before it."""
    rows = [row for row in rows[skip_rows or 0 :] if any(cell != "" for cell in row)]
    first = _find_header(rows) if skip_rows is None else 0
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
