"""Answers as JSON holds them, with what each key means."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

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


def write_json(about: dict[str, Any], unit: str, meanings: Mapping[str, str] = MEANINGS) -> str:
    """An answer with its unit and what its keys mean."""
    about = {**about, "unit": unit}
    keys = _list_keys(about)
    dictionary = {key: text.format(unit=f"in {unit}") for key, text in meanings.items() if key in keys}
    return json.dumps({**about, "dictionary": dictionary}, indent=2)


def _list_keys(value: Any) -> set[str]:
    """All keys in an answer."""
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in _list_keys(part)}
    return {key for part in value for key in _list_keys(part)} if isinstance(value, (list, tuple)) else set()


def list_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON holds them: what is unknown is null."""
    return blank_unknown(frame.reset_index()).to_dict("records")


def blank_unknown(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame as JSON holds it: what is unknown is null."""
    return frame.astype(object).where(frame.notna(), None)
