"""What rows, columns, nodes and workers cost, and what a billion rows would take.

Both passes over tables of mixed columns are timed on one thread, without reading: the batches are in memory, again and
again the same. What a pass leaves behind is what machines send to each other, so its size is the network's part. A
billion rows are simulated: what one part leaves behind is joined as often as a billion rows have parts, and scored.
Workers are processes of `dask.distributed` on this machine, which read a folder of Parquet files.
"""

import pickle
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.common import report
from benchmarks.scale.drawn_tables import ROWS_PER_FILE, TARGET, draw_part, write_folder
from skmine.data.partitions import PartitionStream
from skmine.data.streamed_table import StreamedTable
from skmine.data.streams import FrameStream
from skmine.data.summary import TableSummary
from skmine.estimation.piece_counts import add_tables
from skmine.selection.streamed import StreamedColumns, read_stream, score_stream

#: Rows of a batch.
ROWS = 250_000

#: Rows that are simulated.
BILLION = 1_000_000_000

#: Times that workers are timed.
TIMES = 3


def timed(do: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = do()
    return time.perf_counter() - started, found


def make_table(n_rows: int, n_columns: int) -> StreamedTable:
    """As many rows and columns of the drawn table's kinds, besides the target."""
    frame = draw_part(0, ROWS).to_pandas()
    others = [name for name in frame.columns if name != TARGET]
    columns = {f"{others[j % len(others)]}.{j}": frame[others[j % len(others)]] for j in range(n_columns)}
    batch = pd.DataFrame(columns).assign(**{TARGET: frame[TARGET]})
    return StreamedTable(FrameStream(lambda: (batch for _ in range(n_rows // ROWS))), TARGET)


def read(table: StreamedTable) -> StreamedColumns:
    return read_stream(table, "auto", "auto", "error", 3, 0)


def count(known: StreamedColumns) -> list[np.ndarray]:
    """The pass that counts all columns with the target on the two coarsest grids; the counts."""
    target = len(known.names) - 1
    pairs = known.pairs
    pairs.prepare({(j, target, 0, 0) for j in range(target)} | known.list_second_grids(range(target), target))
    return list(pairs.tables.values())


def measure_part(n_rows: int, n_columns: int) -> tuple[list[str], tuple[float, ...]]:
    """A row of the table of costs; seconds of both passes, of joining what two parts leave, and of scoring."""
    table = make_table(n_rows, n_columns)
    names = table.stream.names
    first, summary = timed(lambda: table.summarise(names))
    known = read(table)
    second, tables = timed(lambda: count(known))
    scoring, _ = timed(lambda: score_stream(table, cv=3, random_state=0))
    joining, _ = timed(lambda: (TableSummary.join(summary, summary), add_tables(tables, tables)))
    sizes = [len(pickle.dumps(left)) / 1e6 for left in (summary, tables)]
    n_nodes = max(max(table.shape[1:]) for table in tables)
    row = [f"{n_rows:,}", n_columns, n_nodes, *[f"{s:.2f}" for s in (first, second, scoring)],
           *[f"{size:.1f}" for size in sizes], f"{joining:.2f}"]  # fmt: skip
    return [str(cell) for cell in row], (first, second, joining, scoring - first - second)


def time_workers(folder: Path, n_workers: int) -> float:
    """Median seconds of a ranking of a folder by worker processes of one thread each."""
    import dask.dataframe as dd
    from dask.distributed import Client, LocalCluster

    frame = dd.read_parquet(folder, split_row_groups=False)
    with (
        LocalCluster(n_workers=n_workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        table = StreamedTable(PartitionStream(frame), TARGET)
        table.summarise(table.stream.names)  # imports in the workers, and the cache of files
        return median(timed(lambda: count(read(table)))[0] for _ in range(TIMES))


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "scale.costs", "scale_costs")
    parser.add_argument("--rows", type=int, nargs="+", default=[500_000, 1_000_000, 2_000_000], help="with 20 columns")
    parser.add_argument("--columns", type=int, nargs="+", default=[10, 40, 160], help="with the fewest rows")
    parser.add_argument("--files", type=int, default=6, help="of a million rows each, for workers")
    options = parser.parse_args(arguments)
    report.prepare()
    out = report.Report("What tables in batches cost", report.get_command())
    shapes = [(n, 20) for n in options.rows] + [(min(options.rows), d) for d in options.columns]
    found = [measure_part(*shape) for shape in shapes]
    head = ["rows", "columns", "most nodes counted on", "sample and single columns, s", "counts, s", "all of it, s",
            "sent after the first pass, MB", "after the second, MB", "joining two parts, s"]  # fmt: skip
    out.add_table("Time on one thread, without reading, and what a part leaves behind", head, [row for row, _ in found])
    n, (first, second, joining, scoring) = max(options.rows), found[len(options.rows) - 1][1]
    parts = BILLION // n
    passes = parts * (first + second)
    out.say(
        f"A billion rows of 20 columns are {parts} parts of {n:,}: {passes / 60:.0f} minutes of passes, which any "
        f"number of workers share, {(parts - 1) * joining / 60:.1f} minutes of joins, of which each worker does its "
        f"share, and {max(scoring, 0):.0f} seconds of scoring, whatever the rows."
    )
    with tempfile.TemporaryDirectory() as folder:
        path = write_folder(Path(folder) / "parts", options.files * ROWS_PER_FILE)
        one, two = (time_workers(path, n_workers) for n_workers in (1, 2))
    out.add_table(
        f"Worker processes, {options.files} million rows of 20 columns in Parquet: samples and counts, "
        f"median of {TIMES}",
        ["workers", "seconds", "as many times as fast"],
        [["1", f"{one:.1f}", "1.00"], ["2", f"{two:.1f}", f"{one / two:.2f}"]],
    )
    out.write(options.output)


if __name__ == "__main__":
    main()
