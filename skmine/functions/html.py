"""Answers as HTML, for notebooks: tables of a few rows, whose every text is escaped.

Design notes. Colours are mid-tones, readable on white and on black; everything else is inherited from the page.
"""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
import pandas as pd

from skmine.estimation.inference import format_pvalue
from skmine.functions.units import read_unit

#: Colour of what was kept, chosen or estimated: a mid-tone, readable on white and on black.
KEPT_COLOUR = "#1f9e89"

#: Colour of everything else, and of zero lines: a mid-tone too.
OTHER_COLOUR = "#8d99a6"

#: Characters of a name; longer ones lose their middle, unless that makes two names equal. 36 of them take 2.7 inches.
LONGEST_NAME = 36

#: Fewest rows of a ranking. Arbitrary.
SHORTEST_TABLE = 10

#: Rows after the kept ones, so that the best column that was not kept is seen. Arbitrary.
NEXT_BEST = 3

#: Most rows of a ranking. Arbitrary: longer ones are not read.
LONGEST_TABLE = 20

#: Length of the longest bar, in widths of a letter. Arbitrary.
LONGEST_BAR = 8


def shorten_names(names: Iterable[object]) -> list[str]:
    """Names without their middles where they are long, as far as they stay distinct."""
    full = [str(name) for name in names]
    for longest in (LONGEST_NAME, 2 * LONGEST_NAME):
        half = (longest - 1) // 2
        short = [name if len(name) <= longest else f"{name[:half]}…{name[-half:]}" for name in full]
        if len(set(short)) == len(set(full)):
            return short
    return full


def render_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are HTML; the first column is left-aligned."""
    left = " style='text-align:left'"

    def render_row(cells: Sequence[str], tag: str) -> str:
        return "".join(f"<{tag}{left if k == 0 else ''}>{cell}</{tag}>" for k, cell in enumerate(cells))

    body = "".join(f"<tr>{render_row(cells, 'td')}</tr>" for cells in rows)
    return (
        f"<table style='font-variant-numeric:tabular-nums'><thead><tr>{render_row(head, 'th')}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def render_ranking(ranking: pd.DataFrame, caption: str) -> str:
    """A ranking as a table with bars: its first rows, in which the kept columns are, and how many more there are.

    Parameters
    ----------
    ranking : DataFrame
        As `rank_columns` or `MINEFeatureSelector.results_`, the kept columns first.
    caption : str
        What is said below.
    """
    n_kept = int(ranking["kept"].sum())
    shown = ranking.head(min(max(n_kept + NEXT_BEST, SHORTEST_TABLE), LONGEST_TABLE))
    unit, amount = read_unit(ranking), choose_amount(ranking)
    longest = max(float(np.nanmax(shown[amount], initial=0.0)), 1e-9)
    titles = {"lower": "95 % lower", "se": "s.e.", "pvalue": "p", "qvalue": "q", "frequency": "votes"}
    others = ["lower" if amount == "mi" else "se", "pvalue", "qvalue", "frequency"]
    others = [name for name in others if name in ranking and ranking[name].notna().any()]
    called = "MI" if amount == "mi" else "adds"
    head = ["column", f"{called} ({unit})", "", *(titles[name] for name in others), "kept", "why"]
    rows = [
        [
            escape(name),
            _format_cell(row[amount], amount),
            _render_bar(row[amount] / longest, bool(row["kept"])),
            *(_format_cell(row[other], other) for other in others),
            "yes" if row["kept"] else "",
            escape(str(row.get("reason", ""))),
        ]
        for name, (_, row) in zip(shorten_names(shown.index), shown.iterrows(), strict=True)
    ]
    hidden = f" {len(ranking) - len(shown)} more are not shown." if len(ranking) > len(shown) else ""
    return f"{render_table(head, rows)}<p>{escape(caption)}.{hidden}</p>"


def choose_amount(ranking: pd.DataFrame) -> str:
    """The column that a ranking's bars show: estimates, or, of a joint selection, gains."""
    return "score" if ranking.attrs.get("method") == "joint" else "mi"


def _render_bar(share: float, kept: bool) -> str:
    width = LONGEST_BAR * max(np.nan_to_num(share), 0.0)
    colour = KEPT_COLOUR if kept else OTHER_COLOUR
    return f"<div style='height:0.8em;width:{width:.2f}em;background:{colour}'></div>"


def _format_cell(value: float, name: str) -> str:
    """A number to read, escaped; empty where it is not known."""
    if np.isnan(value):
        return ""
    if name in ("pvalue", "qvalue"):
        return escape(format_pvalue(value))
    return f"{value:.0%}" if name == "frequency" else f"{value:.4f}"
