"""Whatever users have is a source: named columns, read one at a time or in batches of rows."""

from collections.abc import Iterator
from typing import Any

from skmine.data.column import Column
from skmine.data.conversion import InfinityError, make_column
from skmine.data.naming import refuse_repeated, suggest_name
from skmine.data.readers import read_container, read_frame


class Source:
    """Named columns of an array, a sparse matrix, or a pandas, polars or PyArrow table.

    Parameters
    ----------
    data : array-like of shape (n,) or (n, d), sparse matrix, series or frame
    argument : str, default="X"
        How errors call it, and its columns where they have no names: x0, x1, ... for X and table, "y" or
        "y[:, 0]", "y[:, 1]", ... for y.
    infinite : {"error", "missing"}, default="error"
        What infinite values are: refused, with every column that has one, or missing.

    Attributes
    ----------
    names : list of str
    n_rows : int

    Raises
    ------
    ValueError
        If there are no rows, no columns, or two columns of one name.
    """

    def __init__(self, data: Any, *, argument: str = "X", infinite: str = "error") -> None:
        self.infinite = infinite
        self._reader = read_container(data, argument)
        self.argument = argument
        n, d = self._reader.shape
        if n == 0 or d == 0:
            raise ValueError(f"{argument} is empty: {n} rows and {d} columns; at least one of each is needed.")
        self.n_rows = int(n)
        self.names = self._reader.names or _default_names(argument, d)
        refuse_repeated(self.names, argument)

    def __iter__(self) -> Iterator[Column]:
        return (self.column(j) for j in range(len(self.names)))

    def column(self, j: int) -> Column:
        """Column j in canonical form; converted at each call."""
        try:
            return make_column(self.raw(j), self.names[j])
        except InfinityError as error:
            if self.infinite == "missing":
                return error.column
            raise ValueError(self._list_infinite()) from None

    def _list_infinite(self) -> str:
        """Which columns contain infinity, and what to do."""
        counts: dict[str, int] = {}
        for j, name in enumerate(self.names):
            try:
                make_column(self.raw(j), name)
            except InfinityError as error:
                counts[name] = error.n_values
            except ValueError:  # a flaw of another kind, said when its turn comes
                continue
        return describe_infinite(counts, self.n_rows, self.argument)

    def raw(self, j: int) -> Any:
        """Column j as its container holds it: an array or a series."""
        return self._reader.raw(j)

    def batches(self, n_rows: int) -> Iterator["Source"]:
        """The same columns, at most `n_rows` rows at a time."""
        for first in range(0, self.n_rows, n_rows):
            rows = self._reader.rows(first, first + n_rows)
            batch = Source(rows, argument=self.argument, infinite=self.infinite)
            batch.names = self.names
            yield batch


def describe_infinite(counts: dict[str, int], n_rows: int, argument: str) -> str:
    """Which columns contain infinity, how often, and what to do."""
    (first, n_values), *others = counts.items()
    more = "".join(f", {name!r} ({count})" for name, count in others)
    return (
        f"Column {first!r} contains infinity ({n_values} of {n_rows} rows)"
        + (f", and so do others: {more[2:]}" if others else "")
        + (
            "; replace it by a finite value, or by NaN, which counts as missing, or pass infinite='missing'."
            if argument in ("X", "table")
            else "; replace it by a finite value, or drop those rows."
        )
    )


def take_target(data: Any, name: str, argument: str = "y", called: str = "Target") -> tuple[Any, Any]:
    """Take a named column out of a frame: the other columns, and that one, as they are there.

    Errors say that `argument` names it, and what it is `called`.

    Raises
    ------
    TypeError
        If there are no column names to look in.
    ValueError
        If no column has that name (the nearest one is suggested), or no other column is left.
    """
    reader = read_frame(data)
    if reader is None:
        raise TypeError(
            f"{argument}={name!r} names a column, but X is a {type(data).__name__} without names; pass a frame."
        )
    names = reader.labels
    if names.count(name) != 1:
        problem = "more than one column has" if name in names else "no column has"
        raise ValueError(f"{called} {name!r}: {problem} this name; {suggest_name(name, names)}")
    if len(names) == 1:
        raise ValueError(f"{called} {name!r} is the only column; there is none to rank.")
    j = names.index(name)
    return reader.without(j), reader.raw(j)


def _default_names(argument: str, d: int) -> list[str]:
    if argument in ("X", "table"):
        return [f"x{j}" for j in range(d)]
    return [argument] if d == 1 else [f"{argument}[:, {j}]" for j in range(d)]
