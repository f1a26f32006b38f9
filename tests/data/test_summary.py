"""Summaries of batches depend on the rows alone: not on how they are cut, or in which order they come."""

import functools

import numpy as np
import pandas as pd
import pytest

from skmine.data import tallies
from skmine.data.batches import Batch
from skmine.data.coding import fit_coding
from skmine.data.conversion import make_column
from skmine.data.refinement import Refinement
from skmine.data.row_sample import draw_sample
from skmine.data.streams import FrameStream
from skmine.data.summary import TableSummary

N = 3000
NAMES = ["normal", "count", "label", "many", "text", "day", "gap", "none", "row"]


def make_frame(n=N, seed=0):
    rng = np.random.default_rng(seed)
    normal = rng.normal(size=n)
    return pd.DataFrame(
        {
            "normal": normal,
            "count": rng.poisson(2, n),
            "label": rng.choice(["a", "b", "c"], n, p=[0.7, 0.299, 0.001]),
            "many": [f"k{v}" for v in rng.integers(0, 500, n)],
            "text": [f"{v:.3f}" for v in normal],
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 90, n), "D"),
            "gap": np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 9, n)),
            "none": np.nan,
            "row": np.arange(n),
        }
    )


def cut(frame, size):
    return [frame.iloc[first : first + size] for first in range(0, len(frame), size)]


def number(frame, size):
    return list(FrameStream(cut(frame, size)).iterate(list(frame.columns)))


def assert_same(one, other):
    assert one.n_rows == other.n_rows
    assert one.sample.astype(str).equals(other.sample.astype(str))
    for name in one.names:
        a, b = one.describe(name), other.describe(name)
        assert np.array_equal(a.values, b.values)
        assert np.array_equal(a.counts, b.counts)
        assert (a.n_missing, a.kind(None), a.span, a.counts_up) == (b.n_missing, b.kind(None), b.span, b.counts_up)
        assert list(a.categories if a.categories is not None else []) == list(
            b.categories if b.categories is not None else []
        )


@pytest.mark.parametrize("n_sampled", [400, 10_000])
def test_batches_in_any_order_and_size_give_the_same_summary(n_sampled):
    frame = make_frame()
    whole = TableSummary.of_batches(number(frame, N), NAMES, n_sampled)
    batches = number(frame, 170)
    np.random.default_rng(1).shuffle(batches)
    # Ordered by hash, so that the text of a number is that of its row in every order.
    assert_same(TableSummary.of_batches(batches, NAMES, n_sampled), whole)
    parts = [TableSummary.of_batches(batches[k::3], NAMES, n_sampled) for k in (2, 0, 1)]
    functools.reduce(lambda one, other: one.merge(other) or one, parts)
    assert_same(parts[0], whole)
    assert len(whole.sample) == min(n_sampled, N)


def test_a_small_table_is_its_own_sample():
    frame = make_frame()
    summary = TableSummary.of_batches(number(frame, 700), NAMES)
    assert np.array_equal(summary.sample["row"], draw_sample(N, N))
    for name in NAMES:
        column, described = make_column(frame[name], name), summary.describe(name)
        assert np.array_equal(described.values, column.distinct[0])
        assert np.array_equal(described.counts, column.distinct[1])
        assert described.n_missing == column.n_missing
        assert described.kind(None) == column.kind(None)
        assert described.counts_up == column.counts_up == (name == "row")


def test_rare_values_are_counted_although_the_sample_lacks_them():
    frame = make_frame(20_000)
    frame["flag"] = np.arange(20_000) == 12_345
    frame["hole"] = np.where(np.arange(20_000) == 777, np.nan, 1.5)
    summary = TableSummary.of_batches(number(frame, 6000), [*NAMES, "flag", "hole"], 200)
    assert summary.describe("flag").counts.tolist() == [19_999, 1]
    assert not summary.describe("flag").is_constant
    assert (summary.describe("hole").n_missing, summary.describe("hole").is_constant) == (1, False)
    rare = int((frame["label"] == "c").sum())
    assert dict(zip(summary.describe("label").categories, summary.describe("label").counts, strict=True))["c"] == rare


def test_too_many_values_leave_it_to_the_sample(monkeypatch):
    monkeypatch.setattr(tallies, "MOST_LABELS", 100)
    frame = make_frame()
    for size in (N, 90):
        summary = TableSummary.of_batches(number(frame, size), NAMES, 400)
        assert summary.tallies["many"].counts is None
        many = make_column(summary.sample["many"], "many")
        assert np.array_equal(summary.describe("many").counts, many.distinct[1])


def test_batches_have_to_agree_on_what_a_column_is():
    frames = [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": ["x", "y"]})]
    with pytest.raises(ValueError, match="Column 'a' holds numbers in some batches and texts in others"):
        TableSummary.of_batches(FrameStream(frames).iterate(["a"]), ["a"])
    with pytest.raises(ValueError, match="Column 'b' is missing in a batch that has 'a'"):
        TableSummary.of_batches(FrameStream([pd.DataFrame({"a": [1], "b": [2]}), frames[0]]).iterate(["a"]), ["a", "b"])


def test_infinite_values_are_counted():
    frame = pd.DataFrame({"a": [1.0, np.inf, -np.inf, 2.0], "b": range(4)})
    assert TableSummary.of_batches(number(frame, 2), ["a", "b"]).list_infinite() == {"a": 2}


@pytest.mark.parametrize("name", ["normal", "count", "label", "many", "gap", "day"])
def test_codes_of_a_refinement_are_those_of_each_coding(name):
    column = make_column(make_frame()[name], name)
    codings = [fit_coding(column, n_nodes) for n_nodes in (8, 48, 96, 384)]
    nodes = Refinement.of(codings)
    codes = nodes.encode(column)
    for coding, lookup in zip(codings, nodes.lookups, strict=True):
        assert np.array_equal(lookup[codes], coding.encode(column))


def test_labels_among_numbers_are_refused():
    nodes = Refinement.of([fit_coding(make_column(np.arange(20.0), "a"), 8)])
    with pytest.raises(ValueError, match="Column 'a' holds labels such as 'x'"):
        nodes.encode(make_column(np.array(["x", "y"], object), "a"))


def test_rows_of_batches_know_their_places():
    batches = number(make_frame(10), 4)
    assert [batch.positions.tolist() for batch in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    kept = batches[1].keep(np.array([True, False, True, False]))
    assert isinstance(kept, Batch)
    assert kept.positions.tolist() == [4, 6]
    assert kept.column("row").values.tolist() == [4, 6]
