"""What a joint selection found, as a fitted selector says it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmine.data.flaws import find_flaw
from skmine.data.group import ColumnGroup
from skmine.estimation import inference
from skmine.estimation.critic import Estimate
from skmine.selection.candidates import Candidates, Choice
from skmine.selection.joint.search import Found
from skmine.selection.marginal import explain_number


@dataclass(frozen=True)
class Selection:
    """What a joint selection found; numbers in nats.

    Attributes
    ----------
    kept : list of int
        Candidates that are kept, ascending.
    order : list of int
        All candidates: the kept ones, then the others, those last dropped first.
    found : Found
        Its gains are missing for candidates that were screened out, or can say nothing.
    screened : list of int
        Candidates that no network saw: the screen found nothing in them, alone or in pairs.
    locked : Estimate or None
        Of the kept candidates, from the locked rows; None where nothing was chosen.
    copies : dict of int to int
        Candidates that can say something, each with the first one like it.
    """

    kept: list[int]
    order: list[int]
    found: Found
    screened: list[int]
    locked: Estimate | None
    copies: dict[int, int]


def describe(selection: Selection, x: ColumnGroup, candidates: Candidates, tolerance: float) -> Choice:
    """A selection as a choice, with the names of its columns."""
    names = np.array([column.name for column in x.columns], object)
    members = [", ".join(names[candidates.of_column == j]) for j in range(len(candidates))]
    return Choice(
        kept=selection.kept,
        order=selection.order,
        reasons=_explain(selection, candidates, members, tolerance),
        columns={
            "kind": [column.kind(flag) for column, flag in zip(x.columns, x.flags, strict=True)],
            "flag": [find_flaw(column) for column in x.columns],
        },
        attributes=_list_attributes(selection, candidates, members),
    )


def _explain(selection: Selection, candidates: Candidates, members: list[str], tolerance: float) -> list[str]:
    """Why each candidate is kept or not."""
    found, kept = selection.found, set(selection.kept)
    if candidates.wanted is not None:
        return explain_number(selection.kept, len(candidates), f"the {candidates.wanted} that say most together")
    seen, is_trained = set(selection.copies) - set(selection.screened), bool(found.path)
    lost = f"without it little is lost (tolerance {tolerance:g})"
    shadowed = {drop.candidate for drop in found.path if drop.n_shadows}

    def explain(j: int) -> str:
        first = selection.copies.get(j)
        if first is None:
            return "its labels are too rare to be told apart"
        if first != j:
            return f"a copy of {members[first]!r}"
        if j in found.remaining and j not in kept:
            return "not confirmed on the locked rows"
        if not is_trained:
            return "the best one by itself" if j in kept else "not the best one by itself, which alone is tested"
        if j not in seen:
            return "the screen found nothing in it, alone or in pairs"
        if j in found.votes:
            return f"kept by {found.votes[j]:.0%} of the searches"
        if j in kept:
            return "the other kept ones lack what it says"
        return "no better than shuffled columns" if j in shadowed else lost

    return [explain(j) for j in range(len(candidates))]


def _list_attributes(selection: Selection, candidates: Candidates, members: list[str]) -> dict[str, Any]:
    """Attributes of a selector that chose jointly."""
    found, of_column = selection.found, candidates.of_column
    numbers = ("n_left", "n_shadows", "mi", "se", "loss", "loss_se")
    path = {
        "dropped": [members[drop.candidate] for drop in found.path],
        **{name: np.array([getattr(drop, name) for drop in found.path]) for name in numbers},
        "kept": np.isin([drop.candidate for drop in found.path], selection.kept),
    }
    gains = np.full((len(candidates), 2), np.nan)
    for j, gain in found.gains.items():
        gains[j] = gain
    gain, se = gains[of_column].T
    frequency = np.array([found.votes.get(j, 0.0) for j in range(len(candidates))])[of_column]
    evidence = None if selection.locked is None else selection.locked.evidence
    return ({"frequency_": frequency} if found.votes else {}) | {
        "scores_": gain,
        "scores_se_": se,
        "pvalues_": np.array([inference.normal_sf(z) for z in gain / np.where(se > 0, se, np.inf)]),
        "n_iter_": max(found.n_rounds, 1),
        "_path": path,
        "mi_": 0.0 if evidence is None else evidence.held_out,
        "mi_se_": 0.0 if evidence is None else evidence.se,
        "screened_": np.isin(of_column, selection.screened),
    }
