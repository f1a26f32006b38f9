"""Tables in partitions on the workers of a cluster: the numbers of one machine, whatever happens to a worker."""

import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skmine import MINEFeatureSelector, mutual_info_matrix, rank_columns

dataframe = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")


def make_frame(n=4000):
    rng = np.random.default_rng(0)
    y = rng.normal(size=n)
    frame = pd.DataFrame({"linear": y + rng.normal(size=n), "noise": rng.normal(size=n)})
    frame["label"] = np.where(rng.random(n) < 0.8, np.digitize(y, [-1, 0, 1]), 0).astype(str)
    return frame.assign(gap=np.where(rng.random(n) < 0.3, np.nan, y**2), y=y)


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of one thread each."""
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made,
        distributed.Client(made) as client,
    ):
        yield client


def die_once(part: pd.DataFrame, marker: str, first_index: int) -> pd.DataFrame:
    """Kill the process that works on one partition, the first time."""
    if part.index[0] == first_index and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return part


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_worker_that_is_killed_changes_nothing(cluster, tmp_path):
    frame = make_frame()
    marker = tmp_path / "killed"
    parts = dataframe.from_pandas(frame, npartitions=5)
    parts = parts.map_partitions(die_once, str(marker), 1600, meta=frame.iloc[:0])
    found = rank_columns(parts, "y", random_state=0)
    assert marker.exists()
    pd.testing.assert_frame_equal(found, rank_columns([frame], "y", random_state=0))


def test_partitions_give_the_numbers_of_the_table_in_memory(cluster):
    frame = make_frame()
    whole = dataframe.concat([dataframe.from_pandas(frame, npartitions=3), dataframe.from_pandas(frame[:0], 1)])
    pd.testing.assert_frame_equal(rank_columns(whole, "y", random_state=0), rank_columns([frame], "y", random_state=0))
    pd.testing.assert_frame_equal(
        mutual_info_matrix(whole, random_state=0), mutual_info_matrix([frame], random_state=0)
    )
    on_cluster, alone = (MINEFeatureSelector(random_state=0).fit(x, "y") for x in (whole, [frame]))
    assert np.array_equal(on_cluster.scores_, alone.scores_)


def test_files_of_which_few_columns_are_read_stay_partitions(cluster, tmp_path):
    pytest.importorskip("pyarrow")
    frame = make_frame(1200)
    wide = pd.concat([frame, *[frame[["noise"]].add_suffix(str(j)) for j in range(20)]], axis=1)
    for k in range(4):
        wide.iloc[300 * k : 300 * (k + 1)].to_parquet(tmp_path / f"{k}.parquet", index=False)
    parts = dataframe.read_parquet(tmp_path)
    pd.testing.assert_frame_equal(rank_columns(parts, "y", random_state=0), rank_columns([wide], "y", random_state=0))


def test_blocks_of_columns_go_to_the_cluster_with_the_same_bits(cluster):
    from joblib import parallel_config

    frame = make_frame(1500)
    whole = rank_columns(frame, "y", random_state=0)
    for backend in ("loky", "threading", "dask"):
        with parallel_config(backend=backend):
            pd.testing.assert_frame_equal(rank_columns(frame, "y", n_jobs=2, random_state=0), whole, obj=backend)
