"""Two processes that train together stay equal to the bit, and gathered rows are those of one process."""

import pytest
import torch

from skmine.core.bounds import OBJECTIVES
from tests.nn import two_processes
from tests.nn.two_processes import N, run_all

CALLS = {
    **{("train", b): ("train_critic_and_clipped", (b,), {}) for b in ("mine", "infonce")},
    ("train", "drawn"): ("train_critic_and_clipped", ("dv",), {"n_negatives": 3}),
    **{("gather", b): ("differentiate_gathered", (b, (N, N)), {}) for b in OBJECTIVES},
    ("gather", "uneven"): ("differentiate_gathered", ("dv", (5, 2 * N - 5)), {}),
    ("gather", "chunks"): ("differentiate_gathered", ("infonce", (N, N)), {"chunk_size": 7}),
    ("gather", "club"): ("differentiate_gathered", ("club", (N, N)), {"minimize": True}),
    "drawn": ("differentiate_gathered", ("dv", (N, N)), {"n_negatives": 3}),
    "clip": ("clip_gathered", (), {}),
    "weights": ("fail", ("weights",), {}),
    "shapes": ("fail", ("shapes",), {}),
    "alone": ("train_alone", (), {}),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return run_all(CALLS, tmp_path_factory.mktemp("processes"))


def flatten(nested):
    if isinstance(nested, torch.Tensor):
        return [nested]
    return [leaf for part in (nested.values() if isinstance(nested, dict) else nested) for leaf in flatten(part)]


@pytest.mark.parametrize("key", [k for k, (name, *_) in CALLS.items() if name not in ("fail", "train_alone")], ids=str)
def test_all_ranks_are_equal_to_the_bit(found, key):
    first, second = (flatten(rank[key]) for rank in found)
    assert len(first) == len(second) > 0
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(a, b, atol=0, rtol=0, equal_nan=True)  # an average that has not begun is NaN


@pytest.mark.parametrize("key", [k for k in CALLS if k[0] == "gather"], ids=str)
def test_gathered_rows_have_the_gradients_of_one_process(found, key):
    _, given, options = CALLS[key]
    expected = flatten(two_processes.differentiate_joined(given[0], **options))
    for a, b in zip(flatten(found[0][key]), expected, strict=True):
        torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-9)


def test_the_critics_step_and_the_clipped_gradient_are_those_of_one_process(found):
    for a, b in zip(flatten(found[0]["clip"]), flatten(two_processes.clip_joined()), strict=True):
        torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-9, equal_nan=True)


def test_what_cannot_be_is_refused_on_all_ranks(found):
    for rank in found:
        assert "parameters must be equal on all processes" in rank["weights"]
        assert "x must have rows of one shape and dtype on all processes" in rank["shapes"]


def test_each_process_may_train_alone(found):
    assert all(rank["alone"] for rank in found)
