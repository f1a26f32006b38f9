"""Calls about the mutual information of tables."""

from typing import Any

import numpy as np

from benchmarks.same_numbers.calls.data import draw_mixed, draw_table
from benchmarks.same_numbers.calls.register import register


def list_fields(found: Any) -> list[Any]:
    """The numbers of a result of `mutual_info`."""
    numbers = [found.mi, found.se, found.pvalue, found.n, found.held_out, found.training]
    return [*numbers, found.lower_bound(0.9), found.confidence_interval(0.99)]


@register
def info_of_columns() -> Any:
    from skmine import mutual_info

    X, y = draw_table()
    near = y + 0.005 * X[:, 0]
    given = [(X[:, 0], y), (X[:, 0] > 0, y > 0), (near, y), (np.ones(1_200), y), (X[:, 0], np.round(y))]
    return [list_fields(mutual_info(a, b, random_state=0)) for a, b in given]


@register
def info_of_columns_by_groups() -> Any:
    from skmine import mutual_info

    X, y = draw_table()
    groups = np.arange(1_200) // 15
    return [list_fields(mutual_info(a, b, groups=groups, random_state=0)) for a, b in ((X[:, 0], y), (X, y))]


@register
def info_of_table_and_column() -> Any:
    from skmine import mutual_info

    X, y = draw_table()
    return [list_fields(mutual_info(a, b, random_state=0)) for a, b in ((X, y), (y, X), (X, y > 0))]


@register
def info_of_mixed_tables() -> Any:
    from skmine import mutual_info

    frame, y = draw_mixed()
    left, right = frame.iloc[:, :6], frame.iloc[:, 6:]
    return [list_fields(mutual_info(frame, y, random_state=0)), list_fields(mutual_info(left, right, random_state=0))]


@register
def info_of_tables() -> Any:
    from skmine import mutual_info

    X, y = draw_table()
    targets = np.c_[y, X[:, 2] + np.random.default_rng(8).normal(size=1_200)]
    return [
        list_fields(mutual_info(X, targets, random_state=0)),
        list_fields(mutual_info(X, targets, critic="pair", base=None, bound="mine", max_iter=200, random_state=0)),
        list_fields(mutual_info(X, targets, n_jobs=2, max_iter=100, random_state=0)),
    ]


@register
def info_by_every_bound() -> Any:
    from skmine import mutual_info

    X, y = draw_table(400)
    bounds = ("dv", "mine", "nwj", "js", "infonce", "smile")
    options = {"hidden_layer_sizes": (32,), "max_iter": 60, "cv": 2, "random_state": 0}
    return [
        list_fields(mutual_info(X, y, critic=critic, bound=bound, **options))
        for bound in bounds
        for critic in ("pair", "partition")
    ]


@register
def info_of_one_split() -> Any:
    from sklearn.model_selection import ShuffleSplit

    from skmine import mutual_info

    X, y = draw_table(600)
    cv = ShuffleSplit(1, test_size=0.25, random_state=0)
    return list_fields(mutual_info(X, y, cv=cv, activation="relu", batch_size=64, max_iter=150, random_state=0))


@register
def info_of_few_rows() -> Any:
    from skmine import mutual_info

    return [list_fields(mutual_info(*draw_table(n), random_state=0)) for n in (20, 45, 90, 200)]


@register
def info_beyond_what_rows_show() -> Any:
    from skmine import mutual_info

    X = np.random.default_rng(9).normal(size=(400, 3))
    return list_fields(mutual_info(X, X @ np.diag([1.0, 2.0, 3.0]), max_iter=100, random_state=0))


@register
def info_given_a_table() -> Any:
    from skmine import mutual_info

    rng = np.random.default_rng(10)
    z = rng.normal(size=(800, 2))
    x, y = z[:, 0] + rng.normal(size=(2, 800))
    w = np.c_[y, x + rng.normal(size=800)]
    options = {"max_iter": 200, "random_state": 0}
    groups = np.arange(800) // 8
    return [
        list_fields(mutual_info(x, y, z, **options)),
        list_fields(mutual_info(x, w, z, **options)),
        list_fields(mutual_info(x, y, z[:, 0], groups=groups, **options)),
        list_fields(mutual_info(np.c_[x, z], y > 0, rng.integers(0, 3, 800), **options)),
        list_fields(mutual_info(x[:70], y[:70], z[:70], **options)),
    ]
