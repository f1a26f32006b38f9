"""Tables in databases: files of SQLite and DuckDB, and others by URL through SQLAlchemy. Nothing is written to them."""

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd

from skmine.data.files.cell_columns import make_table
from skmine.data.files.text_blocks import check_names
from skmine.data.formats import ReadOptions, hide_password, require_package
from skmine.data.naming import list_names

#: What DuckDB may not do: fetch extensions, or open other files.
CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
}

#: Names of columns, and the rows.
Answer = tuple[list[str], list[Any]]


def read_sqlite(path: str, called: str, options: ReadOptions) -> tuple[pd.DataFrame, list[str]]:
    """Read a table, or a query, of a SQLite file.

    Raises
    ------
    ValueError
        If it is no database, or if the table or the query does not hold.
    """
    listed = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
    try:
        with closing(sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)) as connection:
            return _read(lambda query: _ask(connection.execute(query)), listed, called, options)
    except sqlite3.Error as error:
        raise ValueError(f"Cannot read {called} as a SQLite database: {error}.") from error


def read_duckdb(path: str, called: str, options: ReadOptions) -> tuple[pd.DataFrame, list[str]]:
    """The same of a DuckDB file."""
    require_package("duckdb", called)
    import duckdb

    listed = "SELECT table_name FROM information_schema.tables ORDER BY table_name"
    try:
        with closing(duckdb.connect(path, read_only=True, config=CLOSED)) as connection:
            return _read(lambda query: _ask(connection.execute(query)), listed, called, options)
    except duckdb.Error as error:
        raise ValueError(f"Cannot read {called} as a DuckDB database: {str(error).splitlines()[0]}") from error


def read_url(url: str, options: ReadOptions) -> tuple[pd.DataFrame, list[str]]:
    """The same of a database that a URL of SQLAlchemy's names."""
    called = repr(hide_password(url))
    require_package("sqlalchemy", called)
    import sqlalchemy
    from sqlalchemy.exc import SQLAlchemyError

    try:
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            inspector = sqlalchemy.inspect(connection)
            names = [*inspector.get_table_names(), *inspector.get_view_names()]
            quote = connection.dialect.identifier_preparer.quote

            def ask(query: str) -> Answer:
                found = connection.execute(sqlalchemy.text(query))
                return list(found.keys()), [tuple(row) for row in found]

            return _read(ask, names, called, options, quote)
    except (SQLAlchemyError, ImportError, ValueError, OSError) as error:
        if isinstance(error, ValueError) and called in str(error):
            raise
        reason = str(error).splitlines()[0].replace(url, hide_password(url))
        raise ValueError(f"Cannot read {called}: {reason}; check the URL, and that its driver is installed.") from error


def _ask(cursor: Any) -> Answer:
    """Names and rows of what a cursor found."""
    if cursor.description is None:
        return [], []
    return [part[0] for part in cursor.description], cursor.fetchall()


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _read(
    ask: Callable[[str], Answer],
    tables: str | Iterable[str],
    called: str,
    options: ReadOptions,
    quote: Callable[[str], str] = _quote,
) -> tuple[pd.DataFrame, list[str]]:
    """What a query finds, or the table that is asked for or the only one; `tables` lists them or is a query for it."""
    notes: list[str] = []
    query = options.query
    if query is None:
        listed = [row[0] for row in ask(tables)[1]] if isinstance(tables, str) else list(tables)
        table = _choose_table(listed, called, options.sheet)
        notes.append(f"table {table!r}")
        query = f"SELECT * FROM {quote(table)}"
    names, rows = ask(query)
    if not names or not rows:
        what = "the query" if options.query is not None else f"table {table!r}"
        raise ValueError(f"{called}: {what} has no rows.")
    names = list(map(str, names))
    check_names(names, called)
    return make_table(names, zip(*rows, strict=True)), notes


def _choose_table(names: list[str], called: str, asked: str | None) -> str:
    if asked is not None and asked not in names:
        raise ValueError(f"{called} has no table {asked!r}; there are {list_names(names)}.")
    if asked is None and len(names) != 1:
        there = f"there are {list_names(names)}; name one by --sheet, or pass a query by --query" if names else "none"
        raise ValueError(f"{called} has {len(names)} tables; {there}.")
    return asked if asked is not None else names[0]
