"""Calls about columns by themselves: scores, rankings, every two columns."""

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.same_numbers.calls.data import draw_mixed, draw_mixed_without_period, draw_table, load_diabetes_frame
from benchmarks.same_numbers.calls.register import register


@register
def scores_regression() -> Any:
    from skmine import mutual_info_scores

    return mutual_info_scores(*load_diabetes_frame(), random_state=0)


@register
def scores_classes() -> Any:
    from sklearn.datasets import load_breast_cancer

    from skmine import mutual_info_scores

    return mutual_info_scores(*load_breast_cancer(return_X_y=True), random_state=np.random.RandomState(3))


@register
def scores_strong_links() -> Any:
    from skmine import mutual_info_scores

    rng = np.random.default_rng(2)
    y = rng.normal(size=4_000)
    X = np.c_[y + 0.05 * rng.normal(size=4_000), np.round(y, 1), rng.normal(size=4_000), np.abs(y)]
    return mutual_info_scores(X, y, random_state=0)


@register
def scores_masks_and_flags() -> Any:
    from skmine import mutual_info_scores

    X, y = load_diabetes_frame()
    given = [True, False, [1, 8], ["sex"], np.arange(10) == 1]
    return [mutual_info_scores(X, y > 140, discrete_features=g, discrete_target=True, random_state=0) for g in given]


@register
def scores_groups() -> Any:
    from skmine import mutual_info_scores

    X, y = draw_table()
    return mutual_info_scores(X, y, groups=np.arange(len(y)) // 12, random_state=0)


@register
def scores_splitters() -> Any:
    from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold

    from skmine import mutual_info_scores

    X, y = draw_table(500)
    one = [(np.arange(300), np.arange(300, 500))]
    given = [(y, KFold(5)), (y > 0, StratifiedKFold(3)), (y, ShuffleSplit(1, random_state=0)), (y, one), (y, 2)]
    return [mutual_info_scores(X, t, cv=cv, random_state=0) for t, cv in given]


@register
def scores_several_targets() -> Any:
    from skmine import mutual_info_scores

    X, y = draw_table()
    return mutual_info_scores(X, np.c_[y, X[:, 2] > 0, np.round(X[:, 3])], random_state=0)


@register
def scores_sparse() -> Any:
    from scipy import sparse

    from skmine import mutual_info_scores

    rng = np.random.default_rng(4)
    X = np.where(rng.random((600, 8)) < 0.8, 0, rng.poisson(2, (600, 8)))
    y = X[:, 0] + rng.normal(size=600)
    return [mutual_info_scores(kind(X), y, random_state=0) for kind in (sparse.csr_array, sparse.csc_matrix)]


@register
def scores_few_rows() -> Any:
    from skmine import mutual_info_scores

    return [mutual_info_scores(*draw_table(n), random_state=0) for n in (8, 12, 40, 100, 149, 160)]


@register
def ranking_of_mixed_columns() -> Any:
    from skmine import rank_columns

    return rank_columns(*draw_mixed(), random_state=0)


@register
def ranking_of_polars() -> Any:
    import polars as pl

    from skmine import rank_columns

    frame, y = draw_mixed_without_period()
    return rank_columns(pl.from_pandas(frame), pl.Series("y", y), random_state=0)


@register
def ranking_of_arrow() -> Any:
    import pyarrow as pa

    from skmine import rank_columns

    frame, y = draw_mixed_without_period()
    return rank_columns(pa.Table.from_pandas(frame.set_index("small")), y, random_state=0)


@register
def ranking_by_name_and_options() -> Any:
    from skmine import rank_columns

    X, y = load_diabetes_frame()
    frame = X.assign(goal=y)
    return [
        rank_columns(frame, "goal", fdr="by", alpha=0.01, random_state=1),
        rank_columns(frame, "goal", n_jobs=2, random_state=1),
        rank_columns(frame, "goal", cv=5, random_state=1),
    ]


@register
def ranking_of_objects() -> Any:
    from decimal import Decimal

    from skmine import rank_columns

    rng = np.random.default_rng(5)
    y = rng.normal(size=300)
    frame = pd.DataFrame(
        {
            "decimals": [Decimal(f"{v:.1f}") for v in y],
            "mixed": [v if i % 3 else str(i % 2) for i, v in enumerate((y > 0).tolist())],
            "lists": [[int(v > 0)] for v in y],
            "dates": pd.Series([pd.Timestamp("2020-01-01").date()] * 150 + [pd.Timestamp("2021-01-01").date()] * 150),
            "waits": pd.to_timedelta(np.round(y * 5), unit="D"),
        }
    )
    return rank_columns(frame, y, random_state=0)


@register
def ranking_with_a_leak_and_identifiers() -> Any:
    from skmine import rank_columns

    rng = np.random.default_rng(6)
    y = rng.normal(size=400)
    frame = pd.DataFrame({"leak": np.exp(y), "key": [f"k{i}" for i in range(400)], "empty": np.nan, "noise": y[::-1]})
    return rank_columns(frame, y, random_state=0)


@register
def ranking_of_wide_noise() -> Any:
    from skmine import rank_columns

    X = np.random.default_rng(7).normal(size=(900, 120))
    return rank_columns(X, X[:, :6].sum(1), random_state=0)


@register
def matrix_of_columns() -> Any:
    from skmine import mutual_info_matrix

    frame, _ = draw_mixed(400)
    X, _ = load_diabetes_frame()
    return [
        mutual_info_matrix(frame, random_state=0, with_errors=True),
        mutual_info_matrix(
            frame, random_state=0, normalize=True, discrete_features=["small", "label", "category", "text"]
        ),
        mutual_info_matrix(X.to_numpy(), random_state=0, groups=np.arange(442) // 6, with_errors=True),
    ]
