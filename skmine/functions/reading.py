"""Files as frames, read as the command line reads them."""

import os
from collections.abc import Sequence

import pandas as pd

from skmine.data import files
from skmine.data.formats import ReadOptions
from skmine.data.repairs import repair_table


def read_table(
    file: str | os.PathLike[str],
    *,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    missing: Sequence[str] = (),
    skip_rows: int | None = None,
    comment: str | None = None,
    sheet: str | None = None,
    query: str | None = None,
) -> pd.DataFrame:
    r"""Read the table in a file, with its cells repaired, as the command line does.

    Parameters
    ----------
    file : str or path
        Text such as CSV, JSON or JSON lines, a workbook of Excel or LibreOffice, Parquet, Feather, SQLite or DuckDB,
        packed or not; or the URL of a database. What is not given below is found out.
    separator : str, default=None
        Between the fields of a text; a blank stands for any white space.
    decimal : {".", ","}, default=None
        Mark of decimals.
    encoding : str, default=None
        Of a text.
    missing : sequence of str, default=()
        Cells that mean missing, beside the usual placeholders, such as ``["-999"]``.
    skip_rows : int, default=None
        Lines before the header.
    comment : str, default=None
        What begins a comment in a text.
    sheet : str, default=None
        Sheet of a workbook, table of a database, or member of an archive.
    query : str, default=None
        Query of a database.

    Returns
    -------
    DataFrame
        Columns of numbers, flags, dates and labels; ``attrs["notes"]`` lists what was left out or repaired, one line
        each.

    Raises
    ------
    ValueError
        If the file cannot be read as a table, or an option is of another format.

    See Also
    --------
    describe_columns : What the columns are taken for.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skmine import read_table
    >>> rows = "".join(f"a{k};{k},50\n" for k in range(9))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "prices.csv")
    ...     _ = path.write_text("Prices of 2020\nitem;price\n" + rows + "b;-\n")
    ...     frame = read_table(path)
    >>> float(frame["price"].max())
    8.5
    >>> for note in frame.attrs["notes"]:
    ...     print(note)
    1 line before the header left out, from 'Prices of 2020' on
    price: 1 of 10 cells '-' taken as missing
    """
    options = ReadOptions(separator, decimal, encoding, tuple(missing), skip_rows, comment, sheet, query)
    frame = files.read_table(os.fspath(file), options)
    out, repairs = repair_table(frame)
    out.attrs["notes"] = [*frame.attrs["notes"], *map(str, frame.attrs["missing"]), *map(str, repairs)]
    return out
