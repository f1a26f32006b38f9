"""Which columns an option means: names, patterns, or kinds."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

from skmine.data.naming import suggest_name

#: What stands before a kind.
KIND = "kind:"

#: The kinds that columns have.
KINDS = ("constant", "categorical", "discrete", "continuous")

#: What makes a name a pattern.
WILD = ("*", "?", "[")


def match_columns(
    asked: Sequence[str], names: Sequence[str], option: str, find_kind: Callable[[str], str]
) -> list[str]:
    """The columns that are asked for, in the order in which they are, each once.

    Parameters
    ----------
    asked : sequence of str
        Names, patterns in which * stands for any text, ? for a character and [ab] for one of some, or "kind:discrete".
    names : sequence of str
        All columns.
    option : str
        How errors call it.
    find_kind : callable
        The kind of a column.

    Raises
    ------
    ValueError
        If no column is meant by one of them.
    """
    found: dict[str, None] = {}
    for text in asked:
        if text in names:
            matched = [text]
        elif text.startswith(KIND):
            kind = text.removeprefix(KIND)
            if kind not in KINDS:
                raise ValueError(f"{option} {text!r}: there is no kind {kind!r}; {suggest_name(kind, KINDS)}")
            matched = [name for name in names if find_kind(name) == kind]
            if not matched and option == "--columns":
                raise ValueError(f"{option} {text!r}: no column is of this kind.")
        elif any(mark in text for mark in WILD):
            matched = [name for name in names if fnmatchcase(name, text)]
            if not matched:
                raise ValueError(f"{option} {text!r}: no column's name is like this; {suggest_name(text, names)}")
        else:
            raise ValueError(f"{option} {text!r}: no column has this name; {suggest_name(text, names)}")
        found |= dict.fromkeys(matched)
    return list(found)
