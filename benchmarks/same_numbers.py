"""Whether two commits of skmine give the same numbers: ``python -m benchmarks.same_numbers --commit 83d927f``.

Checks a commit out into a scratch worktree, runs the same seeded calls of the whole public surface with it and with
this checkout, one after the other on this machine, and compares every number to the bit. Texts are not compared.
A change of structure must report no difference; a change of method shows what it moved.
"""

import argparse
import contextlib
import io
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).parent.parent

#: Calls by name, in the order in which they run.
CALLS: dict[str, Callable[[], Any]] = {}


def call(function: Callable[[], Any]) -> Callable[[], Any]:
    """Add a function to the calls."""
    CALLS[function.__name__] = function
    return function


# Data -----------------------------------------------------------------------------------------------


def diabetes() -> tuple[pd.DataFrame, pd.Series]:
    from sklearn.datasets import load_diabetes

    return load_diabetes(return_X_y=True, as_frame=True)


def table(n: int = 1_200, d: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Columns and a noisy product of the first two."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X[:, 0] * X[:, 1] + 0.5 * X[:, -1] + 0.5 * rng.normal(size=n)


def mixed(n: int = 700, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """A column of each kind, some with missing values, and a target that depends on most."""
    rng = np.random.default_rng(seed)
    number, small = rng.normal(size=n), rng.integers(0, 6, n)
    label = rng.choice(["north", "south", "east", "rare"], n, p=[0.4, 0.3, 0.29, 0.01])
    stamp = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, n), unit="D")
    frame = pd.DataFrame(
        {
            "number": number,
            "gaps": np.where(rng.random(n) < 0.2, np.nan, number + rng.normal(size=n)),
            "small": small,
            "flag": rng.random(n) < 0.3,
            "label": label,
            "category": pd.Categorical(label),
            "size": pd.Categorical(np.array(["S", "M", "L"])[small // 2], ["S", "M", "L"], ordered=True),
            "stamp": stamp,
            "text": pd.Series(rng.choice(["a", "b", None], n), dtype=object),
            "nullable": pd.array(np.where(rng.random(n) < 0.1, None, small), dtype="Int64"),
            "zeros": np.where(rng.random(n) < 0.7, 0.0, rng.exponential(size=n)),
            "constant": 1.0,
            "period": pd.PeriodIndex(stamp, freq="M"),
        }
    )
    day = (stamp - stamp.min()).days.to_numpy()
    return frame, number + small / 3 + (label == "north") + np.sin(day / 60) + rng.normal(size=n)


def kinds_without_period() -> tuple[pd.DataFrame, np.ndarray]:
    frame, y = mixed()
    return frame.drop(columns="period"), y


# Columns --------------------------------------------------------------------------------------------


@call
def scores_regression() -> Any:
    from skmine import mutual_info_scores

    return mutual_info_scores(*diabetes(), random_state=0)


@call
def scores_classes() -> Any:
    from sklearn.datasets import load_breast_cancer

    from skmine import mutual_info_scores

    return mutual_info_scores(*load_breast_cancer(return_X_y=True), random_state=np.random.RandomState(3))


@call
def scores_strong_links() -> Any:
    from skmine import mutual_info_scores

    rng = np.random.default_rng(2)
    y = rng.normal(size=4_000)
    X = np.c_[y + 0.05 * rng.normal(size=4_000), np.round(y, 1), rng.normal(size=4_000), np.abs(y)]
    return mutual_info_scores(X, y, random_state=0)


@call
def scores_masks_and_flags() -> Any:
    from skmine import mutual_info_scores

    X, y = diabetes()
    given = [True, False, [1, 8], ["sex"], np.arange(10) == 1]
    return [mutual_info_scores(X, y > 140, discrete_features=g, discrete_target=True, random_state=0) for g in given]


@call
def scores_groups() -> Any:
    from skmine import mutual_info_scores

    X, y = table()
    return mutual_info_scores(X, y, groups=np.arange(len(y)) // 12, random_state=0)


@call
def scores_splitters() -> Any:
    from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold

    from skmine import mutual_info_scores

    X, y = table(500)
    one = [(np.arange(300), np.arange(300, 500))]
    given = [(y, KFold(5)), (y > 0, StratifiedKFold(3)), (y, ShuffleSplit(1, random_state=0)), (y, one), (y, 2)]
    return [mutual_info_scores(X, t, cv=cv, random_state=0) for t, cv in given]


@call
def scores_several_targets() -> Any:
    from skmine import mutual_info_scores

    X, y = table()
    return mutual_info_scores(X, np.c_[y, X[:, 2] > 0, np.round(X[:, 3])], random_state=0)


@call
def scores_sparse() -> Any:
    from scipy import sparse

    from skmine import mutual_info_scores

    rng = np.random.default_rng(4)
    X = np.where(rng.random((600, 8)) < 0.8, 0, rng.poisson(2, (600, 8)))
    y = X[:, 0] + rng.normal(size=600)
    return [mutual_info_scores(kind(X), y, random_state=0) for kind in (sparse.csr_array, sparse.csc_matrix)]


@call
def scores_few_rows() -> Any:
    from skmine import mutual_info_scores

    return [mutual_info_scores(*table(n), random_state=0) for n in (8, 12, 40, 100, 149, 160)]


@call
def ranking_of_mixed_columns() -> Any:
    from skmine import rank_columns

    return rank_columns(*mixed(), random_state=0)


@call
def ranking_of_polars() -> Any:
    import polars as pl

    from skmine import rank_columns

    frame, y = kinds_without_period()
    return rank_columns(pl.from_pandas(frame), pl.Series("y", y), random_state=0)


@call
def ranking_of_arrow() -> Any:
    import pyarrow as pa

    from skmine import rank_columns

    frame, y = kinds_without_period()
    return rank_columns(pa.Table.from_pandas(frame.set_index("small")), y, random_state=0)


@call
def ranking_by_name_and_options() -> Any:
    from skmine import rank_columns

    X, y = diabetes()
    frame = X.assign(goal=y)
    return [
        rank_columns(frame, "goal", fdr="by", alpha=0.01, random_state=1),
        rank_columns(frame, "goal", n_jobs=2, random_state=1),
        rank_columns(frame, "goal", cv=5, random_state=1),
    ]


@call
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


@call
def ranking_with_a_leak_and_identifiers() -> Any:
    from skmine import rank_columns

    rng = np.random.default_rng(6)
    y = rng.normal(size=400)
    frame = pd.DataFrame({"leak": np.exp(y), "key": [f"k{i}" for i in range(400)], "empty": np.nan, "noise": y[::-1]})
    return rank_columns(frame, y, random_state=0)


@call
def ranking_of_wide_noise() -> Any:
    from skmine import rank_columns

    X = np.random.default_rng(7).normal(size=(900, 120))
    return rank_columns(X, X[:, :6].sum(1), random_state=0)


@call
def matrix_of_columns() -> Any:
    from skmine import mutual_info_matrix

    frame, _ = mixed(400)
    return [
        mutual_info_matrix(frame, random_state=0, with_errors=True),
        mutual_info_matrix(
            frame, random_state=0, normalize=True, discrete_features=["small", "label", "category", "text"]
        ),
        mutual_info_matrix(diabetes()[0].to_numpy(), random_state=0, groups=np.arange(442) // 6, with_errors=True),
    ]


# Tables ---------------------------------------------------------------------------------------------


def fields(found: Any) -> list[Any]:
    """The numbers of a result of `mutual_info`."""
    numbers = [found.mi, found.se, found.pvalue, found.n, found.held_out, found.training]
    return [*numbers, found.lower_bound(0.9), found.confidence_interval(0.99)]


@call
def info_of_columns() -> Any:
    from skmine import mutual_info

    X, y = table()
    near = y + 0.005 * X[:, 0]
    given = [(X[:, 0], y), (X[:, 0] > 0, y > 0), (near, y), (np.ones(1_200), y), (X[:, 0], np.round(y))]
    return [fields(mutual_info(a, b, random_state=0)) for a, b in given]


@call
def info_of_columns_by_groups() -> Any:
    from skmine import mutual_info

    X, y = table()
    groups = np.arange(1_200) // 15
    return [fields(mutual_info(a, b, groups=groups, random_state=0)) for a, b in ((X[:, 0], y), (X, y))]


@call
def info_of_table_and_column() -> Any:
    from skmine import mutual_info

    X, y = table()
    return [fields(mutual_info(a, b, random_state=0)) for a, b in ((X, y), (y, X), (X, y > 0))]


@call
def info_of_mixed_tables() -> Any:
    from skmine import mutual_info

    frame, y = mixed()
    left, right = frame.iloc[:, :6], frame.iloc[:, 6:]
    return [fields(mutual_info(frame, y, random_state=0)), fields(mutual_info(left, right, random_state=0))]


@call
def info_of_tables() -> Any:
    from skmine import mutual_info

    X, y = table()
    targets = np.c_[y, X[:, 2] + np.random.default_rng(8).normal(size=1_200)]
    return [
        fields(mutual_info(X, targets, random_state=0)),
        fields(mutual_info(X, targets, critic="pair", base=None, bound="mine", max_iter=200, random_state=0)),
        fields(mutual_info(X, targets, n_jobs=2, max_iter=100, random_state=0)),
    ]


@call
def info_by_every_bound() -> Any:
    from skmine import mutual_info

    X, y = table(400)
    bounds = ("dv", "mine", "nwj", "js", "infonce", "smile")
    options = {"hidden_layer_sizes": (32,), "max_iter": 60, "cv": 2, "random_state": 0}
    return [
        fields(mutual_info(X, y, critic=critic, bound=bound, **options))
        for bound in bounds
        for critic in ("pair", "partition")
    ]


@call
def info_of_one_split() -> Any:
    from sklearn.model_selection import ShuffleSplit

    from skmine import mutual_info

    X, y = table(600)
    cv = ShuffleSplit(1, test_size=0.25, random_state=0)
    return fields(mutual_info(X, y, cv=cv, activation="relu", batch_size=64, max_iter=150, random_state=0))


@call
def info_of_few_rows() -> Any:
    from skmine import mutual_info

    return [fields(mutual_info(*table(n), random_state=0)) for n in (20, 45, 90, 200)]


@call
def info_beyond_what_rows_show() -> Any:
    from skmine import mutual_info

    X = np.random.default_rng(9).normal(size=(400, 3))
    return fields(mutual_info(X, X @ np.diag([1.0, 2.0, 3.0]), max_iter=100, random_state=0))


@call
def info_given_a_table() -> Any:
    from skmine import mutual_info

    rng = np.random.default_rng(10)
    z = rng.normal(size=(800, 2))
    x, y = z[:, 0] + rng.normal(size=(2, 800))
    w = np.c_[y, x + rng.normal(size=800)]
    options = {"max_iter": 200, "random_state": 0}
    groups = np.arange(800) // 8
    return [
        fields(mutual_info(x, y, z, **options)),
        fields(mutual_info(x, w, z, **options)),
        fields(mutual_info(x, y, z[:, 0], groups=groups, **options)),
        fields(mutual_info(np.c_[x, z], y > 0, rng.integers(0, 3, 800), **options)),
        fields(mutual_info(x[:70], y[:70], z[:70], **options)),
    ]


# Estimators -----------------------------------------------------------------------------------------


def attributes(estimator: Any) -> dict[str, Any]:
    """Fitted attributes that hold numbers."""
    return {k: v for k, v in sorted(vars(estimator).items()) if k.endswith("_") and not k.startswith("_")}


@call
def estimator_of_every_critic() -> Any:
    from skmine import MutualInfoEstimator

    X, y = table(900)
    fresh, target = table(300, seed=11)
    both = np.c_[y, X[:, 2] ** 2]
    out = []
    for a, b, c, d in (
        (X[:, :1], y, fresh[:, :1], target),
        (X, y, fresh, target),
        (X[:, :1], both, fresh[:, :1], np.c_[target, fresh[:, 2] ** 2]),
        (X, both, fresh, np.c_[target, fresh[:, 2] ** 2]),
    ):
        fitted = MutualInfoEstimator((64, 64), max_iter=120, random_state=0).fit(a, b)
        out.append([attributes(fitted), fitted.score(c, d), fitted.pointwise(c, d), fitted.lower_bound()])
    return out


@call
def estimator_of_frames() -> Any:
    from skmine import MutualInfoEstimator

    frame, y = kinds_without_period()
    goal = pd.DataFrame({"y": y, "label": np.where(y > 0, "up", "down")})
    fitted = MutualInfoEstimator(max_iter=80, cv=2, random_state=0).fit(frame[:500], goal[:500])
    other = frame[500:].assign(label="unseen")
    return [attributes(fitted), fitted.pointwise(frame[500:], goal[500:]), fitted.score(other, goal[500:])]


@call
def estimator_in_a_grid_search() -> Any:
    from sklearn.model_selection import GridSearchCV

    from skmine import MutualInfoEstimator

    X, y = table(500)
    one = MutualInfoEstimator(cv=2, max_iter=60, random_state=0)
    search = GridSearchCV(one, {"hidden_layer_sizes": [(16,), (64, 64)]}, cv=2).fit(X, y)
    return search.cv_results_["mean_test_score"]


@call
def selector_marginal() -> Any:
    from skmine import MINEFeatureSelector

    X, y = diabetes()
    given: list[dict[str, Any]] = [
        {},
        {"n_features_to_select": 3},
        {"n_features_to_select": 0.5, "always_keep": ["sex"]},
        {"feature_groups": [["s1", "s2"], ["s3", "s4", "s5"]], "alpha": 0.001},
    ]
    fits = [MINEFeatureSelector(random_state=0, **options).fit(X, y) for options in given]
    return [[attributes(one), one.transform(X)] for one in fits]


@call
def selector_mrmr() -> Any:
    from skmine import MINEFeatureSelector

    X, y = diabetes()
    given: list[dict[str, Any]] = [{}, {"n_features_to_select": 4, "always_keep": [1]}]
    return [attributes(MINEFeatureSelector("mrmr", random_state=0, **options).fit(X, y)) for options in given]


def joint(X: Any, y: Any, **options: Any) -> dict[str, Any]:
    from skmine import MINEFeatureSelector

    fit_options = {"groups": options.pop("groups")} if "groups" in options else {}
    steps = {"max_iter": 250, "random_state": 0, **options}
    return attributes(MINEFeatureSelector("joint", **steps).fit(X, y, **fit_options))


@call
def selector_joint_on_few_rows() -> Any:
    X, y = table(80, 6)
    Z, t = table(500, 8)
    return [joint(X, y), joint(Z, t), joint(Z, t > 0), joint(Z, t, groups=np.arange(500) // 5)]


@call
def selector_joint_on_many_rows() -> Any:
    X, y = table(1_600, 8)
    rng = np.random.default_rng(12)
    copies = np.c_[X, X[:, 0], np.exp(X[:, 1]), X[:, 3] + 0.1 * rng.normal(size=1_600), np.ones(1_600)]
    return [joint(copies, y), joint(copies, y > 0, always_keep=[2], feature_groups=[[4, 5]])]


@call
def selector_joint_of_a_number() -> Any:
    X, y = table(600, 8)
    Z, t = table(1_500, 7)
    return [joint(X, y, n_features_to_select=3), joint(Z, t, n_features_to_select=5, cv=2)]


@call
def selector_joint_of_many_columns() -> Any:
    rng = np.random.default_rng(13)
    X = rng.normal(size=(1_400, 90))
    return joint(X, (X[:, 3] > 0) ^ (X[:, 50] > 0), max_iter=150)


@call
def selector_joint_of_several_targets() -> Any:
    frame, y = mixed(900)
    return joint(frame.drop(columns="period"), np.c_[y, frame["small"]], max_iter=120)


@call
def encoder() -> Any:
    from skmine import CoupledEncoder

    X, y = table(500)
    out = []
    for options, given in (
        ({}, {}),
        ({"bound": "dv", "hidden_layer_sizes": ()}, {"nuisance": X[:, 2]}),
        ({"minimize": [3], "architecture": "separable"}, {}),
        ({"maximize": [0], "bound": "infonce", "architecture": "concat"}, {}),
    ):
        fitted = CoupledEncoder(2, max_iter=30, random_state=0).set_params(**options).fit(X, y, **given)
        out.append([fitted.transform(X), fitted.history_])
    return out


@call
def stability() -> Any:
    from sklearn.feature_selection import SelectKBest, f_regression

    from skmine import MINEFeatureSelector, selection_stability

    X, y = diabetes()
    found = [
        selection_stability(MINEFeatureSelector(), X, y, n_resamples=4, random_state=0),
        selection_stability(MINEFeatureSelector(), X, y, n_resamples=3, groups=np.arange(442) // 4, random_state=0),
        selection_stability(SelectKBest(f_regression, k=4), X, y, n_resamples=5, n_jobs=2, random_state=0),
    ]
    return [[one, one.attrs["stability"]] for one in found]


@call
def pipeline() -> Any:
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    from skmine import MINEFeatureSelector

    X, y = diabetes()
    return make_pipeline(MINEFeatureSelector(random_state=0), LinearRegression()).fit(X, y).predict(X)


# Torch ----------------------------------------------------------------------------------------------


@call
def loss_of_every_bound_and_architecture() -> Any:
    import torch

    from skmine.nn import MutualInfoLoss

    out = []
    for bound in ("mine", "dv", "nwj", "js", "infonce", "smile"):
        for architecture in ("joint", "separable", "concat"):
            for options in ({}, {"n_negatives": 5}, {"n_classes": 3}, {"minimize": True}):
                draw = torch.Generator().manual_seed(0)
                x, y = torch.randn(32, 3, generator=draw), torch.randn(32, 2, generator=draw)
                labels = torch.arange(32) % 3 if "n_classes" in options else None
                loss = MutualInfoLoss(3, 2, bound, architecture, hidden_layer_sizes=(16, 16), generator=draw, **options)
                x.requires_grad_(True)
                value = loss(x, y, labels)
                value.backward()
                out.append([value, x.grad, [p.grad for p in loss.parameters()]])
    return out


@call
def loss_trained() -> Any:
    import torch

    from skmine.nn import MutualInfoLoss, backward_clipped, reversed_gradient

    torch.manual_seed(0)
    encoder, mi = torch.nn.Linear(4, 2), MutualInfoLoss(2, 1)
    optimizer = torch.optim.Adam(mi.parameters(), lr=1e-2)
    x = torch.randn(64, 4)
    values = [mi.train_critic(optimizer, encoder(x), x[:, :1], n_steps=5)]
    z = encoder(x)
    values.append(backward_clipped(z.square().mean(), -mi(z, x[:, :1]), encoder.parameters()))
    own = MutualInfoLoss(4, 1, "dv", torch.nn.Bilinear(4, 1, 1))
    v = x.clone().requires_grad_(True)
    reversed_gradient(v).sum().backward()
    return [values, [p.grad for p in encoder.parameters()], own(x, x[:, :1]), v.grad, mi.state_dict()]


# Pictures, samplers, command line --------------------------------------------------------------------


@call
def displays() -> Any:
    import matplotlib as mpl

    mpl.use("Agg")
    from skmine import MINEFeatureSelector, MutualInfoEstimator, rank_columns
    from skmine.plotting import MatrixDisplay, PathDisplay, PointwiseDisplay, RankingDisplay, TrainingDisplay

    X, y = diabetes()
    Z, t = table(400)
    ranked = RankingDisplay.from_ranking(rank_columns(X, y, random_state=0))
    chosen = RankingDisplay.from_estimator(MINEFeatureSelector(random_state=0).fit(X, y))
    matrix = MatrixDisplay.from_table(X.iloc[:, :5], random_state=0)
    path = PathDisplay.from_estimator(MINEFeatureSelector("joint", max_iter=40, random_state=0).fit(Z, t))
    fitted = MutualInfoEstimator((16,), max_iter=40, random_state=0).fit(Z, t)
    trained, points = TrainingDisplay.from_estimator(fitted), PointwiseDisplay.from_estimator(fitted, Z, t)
    return [
        [bar.get_width() for bar in ranked.bars_],
        [bar.get_width() for bar in chosen.bars_],
        np.asarray(matrix.image_.get_array(), float),
        path.line_.get_xydata(),
        [line.get_xydata() for line in trained.lines_],
        [np.asarray(points.points_.get_offsets(), float), np.asarray(points.points_.get_array(), float)],
    ]


@call
def samplers() -> Any:
    from skmine import synthetic

    found = [*synthetic.shapes(), *synthetic.tables()]
    return [[one.mi, one.draw(np.random.default_rng(0), 50)] for one in found]


def command(*arguments: str) -> Any:
    """What the command line prints, parsed: JSON or CSV."""
    from skmine.cli import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main(list(arguments))
    text = out.getvalue()
    if "--json" in arguments:
        answer = json.loads(text)
        return [code, {k: v for k, v in answer.items() if k != "warnings"}]
    return [code, pd.read_csv(io.StringIO(text))]


@call
def command_rank() -> Any:
    return [command("rank", "--json"), command("rank", "--csv", "--alpha", "0.001", "--seed", "5", "--top", "4")]


@call
def command_rank_of_a_file() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        frame, y = kinds_without_period()
        source, kept = str(Path(folder, "in.csv")), str(Path(folder, "kept.csv"))
        frame.assign(y=y).to_csv(source, index=False, sep=";")
        answer = command("rank", source, "--target", "y", "--json", "--output", kept)
        answer[1].pop("data")
        return [answer, pd.read_csv(kept)]


@call
def command_estimate() -> Any:
    return [
        command("estimate", "--json", "-x", "bmi"),
        command("estimate", "--json", "-x", "bmi,bp,s5", "--level", "0.9"),
        command("estimate", "--json", "-x", "bmi", "-z", "age,sex", "--seed", "3"),
    ]


@call
def command_select() -> Any:
    return [
        command("select", "--json"),
        command("select", "--csv", "--method", "mrmr", "--n-columns", "3"),
        command("select", "--json", "--method", "marginal", "--keep", "sex", "--group", "s1,s2"),
    ]


@call
def command_matrix() -> Any:
    return [command("matrix", "--json"), command("matrix", "--csv", "--normalize", "-c", "bmi,bp,s1")]


# Running and comparing ---------------------------------------------------------------------------------


def numbers(value: Any, path: str = "") -> dict[str, Any]:
    """Every number in a nested answer, by its place: float64 arrays. Texts and objects are left out."""
    if isinstance(value, dict):
        return {k: v for key, part in value.items() for k, v in numbers(part, f"{path}.{key}").items()}
    if isinstance(value, (list, tuple)):
        return {k: v for i, part in enumerate(value) for k, v in numbers(part, f"{path}[{i}]").items()}
    if isinstance(value, (pd.DataFrame, pd.Series)):
        columns = value.to_dict("series") if isinstance(value, pd.DataFrame) else {"": value}
        out = {f"{path}[{name}]": series.to_numpy() for name, series in columns.items()}
        return {k: v.astype(float) for k, v in out.items() if v.dtype.kind in "biuf"}
    if hasattr(value, "detach"):
        return {path: value.detach().double().numpy()}
    try:
        array = np.asarray(value)
    except ValueError:
        return {}
    return {path: array.astype(float)} if array.dtype.kind in "biuf" else {}


def run_calls(names: list[str]) -> dict[str, dict[str, Any]]:
    """The numbers of each call, with the skmine that this process imports."""
    import torch

    torch.set_num_threads(1)
    out = {}
    for name in names:
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            out[name] = numbers(CALLS[name]())
        print(f"  {name}: {time.perf_counter() - started:.1f} s", file=sys.stderr, flush=True)
    return out


def run_in(folder: Path, file: Path, names: list[str]) -> dict[str, dict[str, Any]]:
    """The numbers of each call with the skmine of a folder, in a process of its own; kept in a file."""
    print(f"{folder}:", file=sys.stderr, flush=True)
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__)), "--write", str(file), "--only", *names]
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return dict(pickle.loads(file.read_bytes()))


def compare(before: dict[str, Any], after: dict[str, Any]) -> tuple[int, int, list[str]]:
    """How many arrays and numbers were compared, and a line for each that differs."""
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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_numbers", description=__doc__)
    parser.add_argument("--commit", default="83d927f", help="what to compare this checkout with")
    parser.add_argument("--only", nargs="+", choices=CALLS, default=list(CALLS), metavar="CALL", help="some calls")
    parser.add_argument("--before", type=Path, help="keep the commit's numbers in a file, or take them from it")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.write is not None:
        sys.path.insert(0, os.environ["PYTHONPATH"])
        options.write.write_bytes(pickle.dumps(run_calls(options.only)))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        kept = options.before or Path(scratch, "before.pkl")
        if kept.exists():
            before = dict(pickle.loads(kept.read_bytes()))
        else:
            tree = Path(scratch, "tree")
            subprocess.run(["git", "worktree", "add", "-q", "--detach", tree, options.commit], cwd=ROOT, check=True)
            try:
                before = run_in(tree, kept, options.only)
            finally:
                subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)
        after = run_in(ROOT, Path(scratch, "after.pkl"), options.only)
    n_arrays = n_numbers = n_different = 0
    for name in options.only:
        arrays, count, lines = compare(before[name], after[name])
        n_arrays, n_numbers, n_different = n_arrays + arrays, n_numbers + count, n_different + bool(lines)
        print(f"{name}: {count} numbers, {'equal' if not lines else f'{len(lines)} of {arrays} differ'}")
        for line in lines[:5]:
            print(f"    {line}")
    print(f"{len(options.only)} calls, {n_arrays} arrays, {n_numbers} numbers; {n_different} calls differ.")
    return int(n_different > 0)


if __name__ == "__main__":
    sys.exit(main())
