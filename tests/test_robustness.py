"""Faults, threads and long use: answers stay the same, nothing is left half-done, nothing grows."""

import gc
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch

from skmine import (
    MINEFeatureSelector,
    MutualInfoEstimator,
    mutual_info,
    mutual_info_matrix,
    mutual_info_scores,
    rank_columns,
)
from skmine.data.files import read_table
from skmine.data.streams import open_stream


def draw(seed=0, n=400):
    """A mixed table with missing values, and a target."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    X = pd.DataFrame({"linear": y + rng.normal(size=n), "noise": rng.normal(size=n)})
    X["label"] = rng.choice(["a", "b"], n)
    X["gap"] = np.where(rng.random(n) < 0.2, np.nan, y**2)
    return X, y


def score(seed):
    return mutual_info_scores(*draw(seed), random_state=seed)


def send_scores(seed, connection):
    connection.send(score(seed))


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_threads_do_not_disturb_each_other():
    expected = [score(seed) for seed in range(6)]
    states = torch.get_num_threads(), torch.get_default_dtype(), torch.random.get_rng_state().sum()
    with ThreadPoolExecutor(6) as pool:
        for _ in range(3):
            assert all(map(same, pool.map(score, range(6)), expected))
    assert (torch.get_num_threads(), torch.get_default_dtype(), torch.random.get_rng_state().sum()) == states


@pytest.mark.filterwarnings("ignore::skmine.exceptions.TrainingCutWarning")
def test_threads_may_train_at_the_same_time():
    def fit(seed):
        return MutualInfoEstimator(max_iter=30, random_state=seed).fit(*draw(seed, 200)).mi_

    expected = [fit(seed) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(fit, range(3))) == expected


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_processes_started_in_any_way_give_the_same_bits(method):
    expected = score(0)  # the parent has used torch before it forks
    context = multiprocessing.get_context(method)
    ours, theirs = context.Pipe()
    process = context.Process(target=send_scores, args=(0, theirs))
    process.start()
    assert ours.poll(120), "the process does not answer"
    found = ours.recv()
    process.join()
    assert same(found, expected)


class InterruptAt:
    """A trace that raises KeyboardInterrupt when the package has made so many calls."""

    def __init__(self, n_calls):
        self.left = n_calls

    def __call__(self, frame, event, argument):
        if frame.f_globals.get("__name__", "").startswith("skmine."):
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt


def interrupt(function, n_calls):
    """Call a function that is interrupted; whether it was."""
    sys.settrace(InterruptAt(n_calls))
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


@pytest.mark.parametrize("make", [MINEFeatureSelector, lambda: MutualInfoEstimator(max_iter=20, random_state=0)])
def test_an_interrupted_fit_leaves_the_fitted_estimator(make):
    fitted = make().fit(*draw(1, 120))
    before = dict(vars(fitted))
    X, y = draw(2, 120)
    places = np.unique(np.geomspace(1, 3000, 12).astype(int))
    interrupted = [interrupt(lambda: fitted.fit(X, y), place) for place in places.tolist()]
    # What a fit that got through has set is another table's; the others leave what was there.
    assert sum(interrupted) >= 6
    fitted.fit(*draw(1, 120))
    for place in places[:6].tolist():
        now = dict(vars(fitted))
        assert interrupt(lambda: fitted.fit(X, y), place)
        assert vars(fitted).keys() == now.keys()
        assert all(vars(fitted)[name] is value for name, value in now.items())
    assert before.keys() == vars(fitted).keys()
    threads = torch.get_num_threads()
    assert threads == 1  # given back, whatever happened


def read_stream(name):
    stream = open_stream(name)
    return list(stream.read(stream.names))


def find_refusal(read, path):
    """Why a file is refused; None if it is read."""
    try:
        read(str(path))
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".parquet", ".feather"])
def test_a_file_that_breaks_off_is_read_or_refused_in_a_sentence(tmp_path, ending):
    X, y = draw(n=60)
    path = tmp_path / f"whole{ending}"
    frame = X.assign(y=y)
    if ending in (".csv", ".tsv"):
        frame.to_csv(path, index=False, sep="," if ending == ".csv" else "\t")
    else:
        frame.to_parquet(path) if ending == ".parquet" else frame.to_feather(path)
    content = path.read_bytes()
    broken = tmp_path / f"broken{ending}"
    for length in np.unique(np.linspace(0, len(content) - 1, 25).astype(int)):
        broken.write_bytes(content[:length])
        for read in (read_table, read_stream):
            refusal = find_refusal(read, broken)
            assert refusal is None or ("broken" in refusal and "\n" not in refusal)


def test_bytes_that_are_wrong_are_read_or_refused_in_a_sentence(tmp_path):
    X, y = draw(n=60)
    rng = np.random.default_rng(0)
    for ending, write in ((".csv", lambda p: X.assign(y=y).to_csv(p)), (".parquet", X.assign(y=y).to_parquet)):
        path = tmp_path / f"broken{ending}"
        write(path)
        content = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(25):
            damaged = content.copy()
            damaged[rng.integers(len(content), size=3)] = rng.integers(256, size=3)
            path.write_bytes(damaged.tobytes())
            refusal = find_refusal(read_table, path)
            assert refusal is None or "broken" in refusal


def test_a_folder_that_loses_a_file_is_refused(tmp_path):
    X, y = draw()
    frame = X.assign(y=y)
    for k in range(2):
        frame.iloc[200 * k : 200 * (k + 1)].to_parquet(tmp_path / f"{k}.parquet")
    stream = open_stream(tmp_path)
    os.unlink(tmp_path / "1.parquet")
    with pytest.raises((ValueError, OSError), match=r"1\.parquet|rows when it was read"):
        rank_columns(lambda: stream.read(stream.names), "y", random_state=0)


def test_a_table_that_changes_between_passes_is_refused():
    X, y = draw()
    frame, calls = X.assign(y=y), []

    def read():
        calls.append(1)
        return [frame.iloc[: 400 - 10 * (len(calls) > 2)]]

    with pytest.raises(ValueError, match="400 rows when it was read first and 390 when it was read again"):
        rank_columns(read, "y", random_state=0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device here")
def test_a_full_disk_leaves_no_part_of_a_file(tmp_path):
    code = "import sys; from skmine.__main__ import main; sys.exit(main())"
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); {code}"
    output = tmp_path / "out.csv"
    done = subprocess.run(
        [sys.executable, "-c", limited, "rank", "-o", str(output)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def count_open():
    """Open files, threads and child processes of this process."""
    files = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    return files, threading.active_count(), len(multiprocessing.active_children())


def read_memory():
    """Resident megabytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def use_everything(seed):
    X, y = draw(seed, 150)
    rank_columns(X, y, random_state=seed)
    rank_columns([X.assign(y=y)], "y", random_state=seed)
    mutual_info_matrix(X, random_state=seed)
    mutual_info(X[["linear"]], y, random_state=seed)
    MINEFeatureSelector(random_state=seed).partial_fit(X, y)


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs /proc")
@pytest.mark.filterwarnings("ignore")
def test_long_use_leaves_nothing_behind():
    for seed in range(20):
        use_everything(seed)
    gc.collect()
    before, memory = count_open(), read_memory()
    for seed in range(200):
        use_everything(seed)
    gc.collect()
    assert count_open() == before
    # A table of 150 rows takes some kilobytes: 200 of each kind that stayed would be a hundred times that.
    assert read_memory() - memory < 100
