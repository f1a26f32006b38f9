"""From a table to all that its report says."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pandas as pd

from skmine.data.naming import list_names
from skmine.exceptions import SkmineWarning
from skmine.functions.html import shorten_names
from skmine.functions.records import list_records
from skmine.reporting.checks import check_identifiers, check_numbers
from skmine.reporting.chosen import choose_set
from skmine.reporting.content import Check, ChosenSet, Redundancy, ReportContent, Reproduction, Understood
from skmine.reporting.redundancy import compare_columns
from skmine.reporting.sights import Sight, look_at_columns
from skmine.reporting.table import ReportTable
from skmine.reporting.work import Sample, Work, draw_sample, rank_report_columns


@dataclass(frozen=True)
class Findings:
    """What a report says, and the rows that its pictures show."""

    content: ReportContent
    sights: list[Sight] = field(default_factory=list)


def collect(table: ReportTable, work: Work, reproduction: Reproduction) -> Findings:
    """Compute everything that a report says.

    Raises
    ------
    ValueError
        If there is no column to compare, or the target says nothing.
    """
    if not table.others:
        raise ValueError(f"Target {table.target!r} is the only column; there is none to report on.")
    sample = draw_sample(table, work.seed)
    with _collect_warnings() as warned:
        ranking, chosen, redundancy = (
            _compare_all(table, sample, work) if table.target is None else _explain(table, sample, work)
        )
    sights: list[Sight] = []
    checks: tuple[Check, ...] = (check_identifiers(table),)
    if chosen is not None:
        with _collect_warnings():  # of the same columns once more
            sights = look_at_columns(table, sample, _list_told(ranking, chosen), work)
            checks = check_numbers(table, sample, ranking, chosen, work)
    content = ReportContent(
        data=table.called,
        target=table.target,
        unit=work.unit,
        alpha=work.alpha,
        rows=len(table.frame),
        n_sampled=len(sample.rows),
        headlines=tuple(_list_headlines(table, ranking, chosen, redundancy, work)),
        understood=_describe(table),
        columns=tuple(list_records(ranking)) if len(ranking) else (),
        chosen=chosen,
        redundancy=redundancy,
        pictures=tuple(sight.picture for sight in sights),
        checks=checks,
        warnings=tuple(dict.fromkeys(warned)),
        reproduction=reproduction,
    )
    return Findings(content, sights)


#: Columns that are drawn where none says anything, as a look at what noise is like. Arbitrary.
FEWEST_PICTURES = 2

#: Groups of columns that are named in a sentence. Arbitrary.
MOST_GROUPS = 3

#: A ranking, a chosen set, and what columns repeat.
Panels = tuple[pd.DataFrame, ChosenSet | None, Redundancy | None]


def _compare_all(table: ReportTable, sample: Sample, work: Work) -> Panels:
    """What can be said without a target."""
    varying = [name for name in table.others if table.description.loc[name, "kind"] != "constant"]
    return pd.DataFrame(), None, compare_columns(table, sample, varying, work)


def _explain(table: ReportTable, sample: Sample, work: Work) -> Panels:
    """What can be said of a target."""
    ranking = rank_report_columns(table, table.others, table.frame[table.target], work, work.report("ranking"))
    chosen = choose_set(table, sample, work)
    return ranking, chosen, compare_columns(table, sample, _list_varying(ranking), work)


def _list_varying(ranking: pd.DataFrame) -> list[str]:
    """Columns that can say something, the best first."""
    return [str(name) for name in ranking.index[ranking["kind"] != "constant"]]


def _list_told(ranking: pd.DataFrame, chosen: ChosenSet) -> list[str]:
    """Columns that say something by themselves, the best first, or together; the first ones where there are none."""
    kept = [name for name in _list_varying(ranking) if ranking.loc[name, "kept"]]
    return list(dict.fromkeys([*kept, *chosen.names])) or _list_varying(ranking)[:FEWEST_PICTURES]


@contextmanager
def _collect_warnings() -> Iterator[list[str]]:
    """What skmine warns of, for the page, which says it; other warnings are left to be seen."""
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", SkmineWarning)
        yield said
    for warning in caught:
        if issubclass(warning.category, SkmineWarning):
            said.append(str(warning.message))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _describe(table: ReportTable) -> Understood:
    aside = table.description["set_aside"]
    return Understood(
        n_read=table.n_read,
        n_dropped=table.n_read - len(table.frame),
        columns=tuple(list_records(table.description)),
        notes=tuple(table.notes),
        set_aside=tuple({"column": str(name), "reason": why} for name, why in aside[aside != ""].items()),
    )


def _list_headlines(
    table: ReportTable, ranking: pd.DataFrame, chosen: ChosenSet | None, redundancy: Redundancy | None, work: Work
) -> Iterator[str]:
    """The answer in a few sentences."""
    if len(ranking):
        n_kept, target = int(ranking["kept"].sum()), shorten_names([table.target])[0]
        yield (
            f"{n_kept} of {len(ranking)} columns say something about {target}, at a false discovery rate of "
            f"{work.alpha:g}."
        )
        if n_kept:
            best, name = ranking.iloc[0], shorten_names(ranking.index[:1])[0]
            yield (
                f"Alone, {name} is the surest: {best['mi']:.3f} {work.unit}, and at least {max(best['lower'], 0):.3f} "
                f"at 95 %."
            )
    if chosen is not None and chosen.mi is not None:
        yield (
            f"Together, {_list(chosen.names)} {'carries' if len(chosen.names) == 1 else 'carry'} {chosen.mi:.3f} "
            f"{work.unit} (95 % interval {chosen.low:.3f} to {chosen.high:.3f}), measured on {chosen.n_tested} rows "
            f"that the choice did not see."
        )
    elif chosen is not None:
        yield f"No set of columns was chosen: {chosen.why_not}."
    if redundancy is not None:
        yield _say_groups(redundancy.groups)


def _say_groups(groups: Sequence[Sequence[str]]) -> str:
    """How many groups of columns repeat each other, and the first ones."""
    if not groups:
        return "No columns repeat each other."
    shown, more = "; ".join(map(_list, groups[:MOST_GROUPS])), len(groups) - MOST_GROUPS
    more_of_them = f"; and {more} more" if more > 0 else ""
    called = "group" if len(groups) == 1 else "groups"
    return f"{len(groups)} {called} of columns that repeat each other: {shown}{more_of_them}."


def _list(names: Sequence[str]) -> str:
    """Names in a sentence, as short as they are distinct."""
    return list_names(shorten_names(names))
