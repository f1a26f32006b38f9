"""What the command line writes to files, and the words that JSON comes with."""

import json
from collections.abc import Callable, Collection
from typing import Any

import pandas as pd

from skmine.cli.messages import say
from skmine.data import files
from skmine.data.formats import get_ending

#: What each key of an answer means; {unit} stands for nats or bits.
MEANINGS = {
    "mi": "estimate of the mutual information, {unit}",
    "score": "score on rows that the critic did not see, a lower bound in expectation, {unit}; of columns chosen "
    "jointly, the gain of each",
    "se": "standard error of the score, {unit}",
    "lower": "95 % lower confidence bound, for that column on its own, {unit}",
    "lower_bound": "one-sided lower confidence bound at the level, {unit}",
    "confidence_interval": "two-sided confidence interval at the level, {unit}",
    "held_out": "score on rows that the critic did not see, {unit}",
    "pvalue": "of independence, one-sided",
    "qvalue": "p-value adjusted for the number of columns",
    "kept": "whether the column is kept",
    "reason": "why it is kept or not",
    "flag": "what is odd about the column",
    "kind": "what the column was taken for: constant, categorical, discrete or continuous",
    "rank": "1 for kept columns, then the others, the last dropped first",
    "frequency": "share of the searches of halves of the rows that kept the column",
    "loss": "what the columns that are left lack of the best set, {unit}",
    "loss_se": "its standard error, {unit}",
    "critic": "what estimated the information: counts (grid), or networks (partition, pair)",
    "dropped_rows": "rows without a target",
    "understood": "what each column was taken for, and why",
}


def print_json(about: dict[str, Any], unit: str) -> None:
    """Print an answer with its unit and what its keys mean."""
    keys = _list_keys(about)
    dictionary = {key: text.format(unit=f"in {unit}") for key, text in MEANINGS.items() if key in keys}
    print(json.dumps({**about, "unit": unit, "dictionary": dictionary}, indent=2))


def _list_keys(value: Any) -> set[str]:
    """All keys in an answer."""
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in _list_keys(part)}
    return {key for part in value for key in _list_keys(part)} if isinstance(value, list) else set()


def list_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON holds them: what is unknown is null."""
    return blank_unknown(frame.reset_index()).to_dict("records")


def blank_unknown(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame as JSON holds it: what is unknown is null."""
    return frame.astype(object).where(frame.notna(), None)


def write_kept(whole: pd.DataFrame, kept: Collection[str], target: str, output: str, remedy: str) -> None:
    """Write the kept columns, of which there has to be one, and the target."""
    if not kept:
        raise ValueError(f"No column is kept, so {output!r} was not written; {remedy}.")
    write_answer(whole[[name for name in whole.columns if name in kept or name == target]], output)


def write_answer(frame: pd.DataFrame, output: str) -> None:
    """Write a table, and say so."""
    files.write_table(frame, output)
    say("note", f"wrote {len(frame)} rows and {frame.shape[1]} columns to {output}")


def draw(plot: str, make_display: Callable[[], Any]) -> None:
    """Draw a display to a file, and say so."""
    from matplotlib import pyplot

    with pyplot.rc_context({"svg.hashsalt": "skmine"}):
        figure = make_display().figure_
        try:
            files.write_whole(plot, lambda part: figure.savefig(part, format=get_ending(plot)[1:], bbox_inches="tight"))
        finally:
            pyplot.close(figure)
    say("note", f"drew {plot}")
