"""Frames of every kind of column through transform: selected first, converted after."""

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skmine import MINEFeatureSelector, mutual_info_scores

N = 60
RNG = np.random.default_rng(0)
WORDS = np.array(["red", "green", "blue"])[np.arange(N) % 3]
DAYS = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(N), unit="D")

#: A column of each kind, by name.
KINDS = {
    "float": pd.Series(RNG.normal(size=N)),
    "integer": pd.Series(np.arange(N)[::-1]),
    "boolean": pd.Series(np.arange(N) % 2 == 0),
    "text": pd.Series(WORDS),
    "object": pd.Series(WORDS.astype(object)),
    "category": pd.Series(pd.Categorical(WORDS)),
    "ordered": pd.Series(pd.Categorical(WORDS, ["red", "green", "blue"], ordered=True)),
    "date": pd.Series(DAYS),
    "zone": pd.Series(DAYS.tz_localize("UTC")),
    "wait": pd.Series(pd.to_timedelta(np.arange(N), unit="h")),
    "nullable": pd.Series(pd.array([None, *range(1, N)], dtype="Int64")),
    "gaps": pd.Series(np.where(np.arange(N) % 5 == 0, np.nan, RNG.normal(size=N))),
}


def make_frame(names, library):
    frame = pd.DataFrame({"number": RNG.normal(size=N), **{name: KINDS[name] for name in names}})
    return frame if library == "pandas" else pl.from_pandas(frame)


def keep(frame, names, **options):
    """A selector that keeps some columns, whatever they say."""
    selector = MINEFeatureSelector(always_keep=names, n_features_to_select=len(names), random_state=0, **options)
    return selector.fit(frame, np.arange(N) % 7)


def read_back(values):
    """Values that compare equal whatever container they came from."""
    return [None if v is None or v is pd.NaT or v != v else pd.Timestamp(v) if isinstance(v, dt.datetime) else v
            for v in values]  # fmt: skip


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("pair", list(itertools.combinations(KINDS, 2)), ids="-".join)
def test_every_pair_of_kinds_beside_a_float(pair, library):
    frame = make_frame(pair, library)
    array = keep(frame, list(pair)).transform(frame)
    assert isinstance(array, np.ndarray)
    assert array.shape == (N, 2)
    if set(pair) <= {"float", "integer", "boolean", "nullable", "gaps"} and "boolean" not in pair:
        assert array.dtype.kind in "iuf"
    for k, name in enumerate(pair):
        if name in ("date", "zone", "wait"):
            continue  # units differ; see below
        expected = KINDS[name].astype(object).where(KINDS[name].notna(), None).tolist()
        assert read_back(array[:, k].tolist()) == read_back(expected), name


@pytest.mark.parametrize("name", ["date", "zone", "wait"])
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_times_keep_their_order_and_differences(name, library):
    frame = make_frame([name], library)
    array = keep(frame, [name, "number"]).transform(frame)
    assert array.dtype == object
    times = pd.Series(array[:, list(frame.columns).index(name)].tolist())
    times = pd.to_timedelta(times) if name == "wait" else pd.to_datetime(times, utc=True)
    steps = np.diff(times.to_numpy()) / np.timedelta64(1, "h")
    assert set(steps.tolist()) == {1.0 if name == "wait" else 24.0}


@pytest.mark.parametrize("output", ["pandas", "polars"])
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_keep_the_types_of_their_columns(library, output):
    frame = make_frame(KINDS, library)
    kept = ["number", "category", "date", "boolean", "text"]
    found = keep(frame, kept).set_output(transform=output).transform(frame)
    assert type(found).__module__.split(".")[0] == output
    assert sorted(found.columns) == sorted(kept)
    if library == output:
        for name in kept:
            assert found[name].dtype == frame[name].dtype


@pytest.mark.filterwarnings("ignore::skmine.exceptions.FewRowsWarning")
@pytest.mark.filterwarnings("ignore::skmine.exceptions.FittingWarning")  # ten steps, of columns that say nothing
@pytest.mark.parametrize("method", ["marginal", "mrmr", "joint"])
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_every_method_transforms_mixed_frames(method, library):
    frame = make_frame(KINDS, library)
    selector = MINEFeatureSelector(method, n_features_to_select=4, max_iter=10, random_state=0)
    assert selector.fit(frame, np.arange(N) % 7).transform(frame).shape == (N, 4)


def test_only_the_kept_columns_have_to_agree():
    frame = make_frame(["text", "date", "integer"], "pandas")
    array = keep(frame, ["number", "integer"]).transform(frame)
    assert array.dtype == np.float64
    assert np.array_equal(array, frame[["number", "integer"]].to_numpy())


def test_in_pipelines_column_transformers_and_unions():
    frame = make_frame(KINDS, "pandas")
    y = frame["number"].to_numpy() + frame["integer"].to_numpy()
    numbers = MINEFeatureSelector(always_keep=["number", "integer"], n_features_to_select=2, random_state=0)
    model = make_pipeline(numbers, SimpleImputer(), LinearRegression()).fit(frame, y)
    assert model.score(frame, y) == pytest.approx(1)
    union = FeatureUnion([("mi", numbers), ("all", FunctionTransformer(lambda X: X[["gaps"]].to_numpy()))])
    assert union.fit_transform(frame, y).shape == (N, 3)
    split = ColumnTransformer(
        [
            ("mixed", MINEFeatureSelector(n_features_to_select=3, random_state=0), list(KINDS)),
            ("numbers", SelectKBest(mutual_info_scores, k=1), make_column_selector(pattern="number|integer")),
        ]
    )
    assert split.fit_transform(frame, y).shape == (N, 4)


def test_a_frame_of_other_columns_is_refused():
    frame = make_frame(["text"], "pandas")
    selector = keep(frame, ["number"])
    with pytest.raises(ValueError, match="feature names should match"):
        selector.transform(frame.rename(columns={"text": "words"}))
