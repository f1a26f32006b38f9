"""What a fitted selector knows of every column, as one frame."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from skmine.functions.html import render_ranking
from skmine.functions.ranking import order_ranking, put_kept_first
from skmine.functions.units import convert


def make_results(selector: Any) -> pd.DataFrame:
    """The frame of a fitted `MINEFeatureSelector`, one row per column, in the order of the table."""
    columns = selector._columns
    by_themselves = np.ndim(selector.mi_) == 1  # "joint" has one number for the set
    unknown: NDArray[np.float64] = np.full(len(columns["column"]), np.nan)
    frame = pd.DataFrame(
        {
            "kind": columns["kind"],
            "mi": selector.mi_ if by_themselves else unknown,
            "score": selector.scores_,
            "se": selector.scores_se_,
            "lower": selector.scores_lower_ if by_themselves else unknown,
            "pvalue": selector.pvalues_,
            "qvalue": columns.get("qvalue", unknown),
            "kept": selector.support_,
            "reason": columns["reason"],
            "flag": columns["flag"],
            "rank": selector.ranking_,
        },
        index=pd.Index(columns["column"], name="column"),
    )
    if hasattr(selector, "frequency_"):
        frame["frequency"] = selector.frequency_
    frame.attrs = {"unit": "nats", **selector._chosen_by}
    return frame


def order_results(results: pd.DataFrame) -> pd.DataFrame:
    """The best columns first: by what each says by itself, or, of "joint", by the order in which they were dropped."""
    if results.attrs["method"] != "joint":
        return order_ranking(results)
    score = np.nan_to_num(results["score"].to_numpy(float), nan=-np.inf)
    return results.iloc[np.lexsort([-score, results["rank"].to_numpy()])]


def make_ranking_of_results(results: pd.DataFrame) -> pd.DataFrame:
    """Results as `rank_columns` returns a ranking: in its order, with reasons of columns that are not kept only."""
    ranking = order_results(results).drop(columns="rank")
    return ranking.assign(reason=ranking["reason"].where(~ranking["kept"], ""))


def render_results(results: pd.DataFrame, of_set: tuple[float, float] | None) -> str:
    """Results as an HTML table, the kept columns first; `of_set`: what they say jointly, and its standard error."""
    ranking = put_kept_first(order_results(results))
    caption = f"{int(ranking['kept'].sum())} of {len(ranking)} columns kept"
    if of_set is not None and ranking["kept"].any():
        mi, se = of_set
        caption += f"; they jointly carry {mi:.4f} ± {se:.4f} nats ({convert(mi, 'bits'):.4f} bits)"
    return render_ranking(ranking, caption)
