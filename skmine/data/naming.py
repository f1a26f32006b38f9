"""Which columns a parameter means: masks, indices and names, the same for all parameters."""

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np

#: Names that are listed in a sentence; of more, their number is.
MOST_LISTED = 4


def list_names(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(repr(name) for name in names[:MOST_LISTED])
    return shown if len(names) <= MOST_LISTED else f"{shown} and {len(names) - MOST_LISTED} more"


def suggest_name(name: str, names: Sequence[str]) -> str:
    """The end of an error about an unknown name: the nearest column, or the columns that there are."""
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(map(repr, names[:8]))}."


def refuse_repeated(names: Sequence[str], argument: str) -> None:
    """Refuse names that stand for more than one column; `argument` is how errors call their table.

    Raises
    ------
    ValueError
    """
    if len(set(names)) < len(names):
        repeated = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"{argument} has more than one column named {repeated!r}; give each column a name of its own.")


def resolve_discrete(
    discrete_features: Any, names: Sequence[str], argument: str = "discrete_features"
) -> list[bool | None]:
    """Turn `discrete_features` into one flag per column: True, False, or None for "by type and ties".

    Parameters
    ----------
    discrete_features : "auto", bool, or array-like
        An array-like is a mask of shape (d,), or holds the indices or names of the discrete
        columns; the other columns are continuous then, as in scikit-learn.
    names : sequence of str
    argument : str, default="discrete_features"
        How errors call it.

    Raises
    ------
    ValueError
        If it is of the wrong length or points at columns that do not exist.
    """
    d = len(names)
    if isinstance(discrete_features, str):
        if discrete_features != "auto":
            raise ValueError(f"{argument} must be 'auto', a bool, a mask, indices or names, got {discrete_features!r}.")
        return [None] * d
    given = np.asarray(discrete_features)
    if given.ndim == 0:
        return [bool(given)] * d
    chosen = set(find_columns(given, names, argument))
    return [j in chosen for j in range(d)]


def find_columns(given: Any, names: Sequence[str], argument: str) -> list[int]:
    """Find the columns that a mask, indices or names stand for: their numbers, in the order given.

    Parameters
    ----------
    given : array-like
        A mask of shape (d,), or the indices or names of columns.
    names : sequence of str
    argument : str
        How errors call it.

    Raises
    ------
    ValueError
        If it is of the wrong length or points at columns that do not exist.
    """
    d = len(names)
    given = np.asarray(given)
    if given.ndim != 1:
        raise ValueError(f"{argument} must have one dimension, got shape {given.shape}; pass a flat list.")
    if given.dtype == bool:
        if given.shape != (d,):
            raise ValueError(
                f"{argument} is a mask of shape {given.shape}, but there are {d} columns; give one flag each."
            )
        return [int(j) for j in np.flatnonzero(given)]
    if not given.size:
        return []
    if given.dtype.kind in "iu":
        if given.min() < -d or given.max() >= d:
            outside = given[(given < -d) | (given >= d)][0]
            raise ValueError(f"{argument} has index {outside}, but there are {d} columns; count from 0.")
        return [int(j) % d for j in given]
    place = {name: j for j, name in enumerate(names)}
    unknown = [str(v) for v in given if str(v) not in place]
    if unknown:
        raise ValueError(
            f"{argument} names {unknown[0]!r}, which is not a column of the table; {suggest_name(unknown[0], names)}"
        )
    return [place[str(v)] for v in given]


def number_candidates(feature_groups: Any, names: Sequence[str]) -> list[int]:
    """Number the candidates, groups of columns or single ones, by their first columns; the number of each column's.

    Parameters
    ----------
    feature_groups : sequence of sequences, or None
        Each holds the indices or names of columns that are chosen or dropped as one.
    names : sequence of str

    Raises
    ------
    ValueError
        If a group is empty or names unknown columns, or if groups overlap.
    """
    leader = list(range(len(names)))
    grouped: set[int] = set()
    for number, group in enumerate([] if feature_groups is None else feature_groups):
        argument = f"feature_groups[{number}]"
        if isinstance(group, str) or not np.iterable(group):
            raise ValueError(
                f"{argument} must be a list of columns, got {group!r}; put its names or indices in a list."
            )
        members = find_columns(list(group), names, argument)
        if not members:
            raise ValueError(f"{argument} is empty; name its columns, or leave it out.")
        twice = [j for j in members if j in grouped or members.count(j) > 1]
        if twice:
            raise ValueError(f"feature_groups holds column {names[twice[0]]!r} twice; put it into one group only.")
        grouped.update(members)
        for j in members:
            leader[j] = min(members)
    place = {j: i for i, j in enumerate(sorted(set(leader)))}
    return [place[j] for j in leader]
