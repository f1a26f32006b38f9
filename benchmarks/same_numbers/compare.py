"""The numbers of an answer, and the differences between two answers."""

from typing import Any

import numpy as np
import pandas as pd

#: By place in an answer: float64 arrays.
Numbers = dict[str, np.ndarray]


def collect_numbers(answer: Any, place: str = "") -> Numbers:
    """Every number in a nested answer, by its place. Texts and objects are left out."""
    if isinstance(answer, dict):
        return {k: v for key, part in answer.items() for k, v in collect_numbers(part, f"{place}.{key}").items()}
    if isinstance(answer, (list, tuple)):
        return {k: v for i, part in enumerate(answer) for k, v in collect_numbers(part, f"{place}[{i}]").items()}
    if isinstance(answer, (pd.DataFrame, pd.Series)):
        columns = answer.to_dict("series") if isinstance(answer, pd.DataFrame) else {"": answer}
        out = {f"{place}[{name}]": series.to_numpy() for name, series in columns.items()}
        return {k: v.astype(float) for k, v in out.items() if v.dtype.kind in "biuf"}
    if hasattr(answer, "detach"):
        return {place: answer.detach().double().numpy()}
    try:
        array = np.asarray(answer)
    except ValueError:
        return {}
    return {place: array.astype(float)} if array.dtype.kind in "biuf" else {}


def compare_numbers(before: Numbers, after: Numbers) -> tuple[int, int, list[str]]:
    """How many arrays and numbers were compared, and one line for each array that differs."""
    lines, n_numbers = [], 0
    for place in sorted({*before, *after}):
        if place not in before or place not in after:
            lines.append(f"{place}: only {'before' if place in before else 'after'}")
            continue
        a, b = before[place], after[place]
        n_numbers += a.size
        if a.shape != b.shape:
            lines.append(f"{place}: shape {a.shape} before, {b.shape} after")
        elif not np.array_equal(a, b, equal_nan=True):
            with np.errstate(invalid="ignore"):
                lines.append(f"{place}: largest difference {np.nanmax(np.abs(a - b)):.3g}")
    return len({*before, *after}), n_numbers, lines
