"""A folder of Parquet files that need not fit into memory: time, memory, and the numbers of a table in memory.

`skmine rank FOLDER` runs in a process of its own, beside one that reads and casts the same columns once by PyArrow,
both on one thread, with the files in the cache. Estimates of all rows are compared with those of a million of
them in memory, in standard errors of the difference. On fewer rows scores are compared with those of the functions for
tables in memory, given the same nodes and folds: they are to be equal.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from benchmarks.common import report
from benchmarks.scale.drawn_tables import TARGET, write_folder
from skmine import HashKFold, rank_columns
from skmine.data.conversion import make_column
from skmine.data.streamed_table import StreamedTable
from skmine.data.streams import open_stream
from skmine.estimation.column_scores import score_columns
from skmine.estimation.folds import make_folds
from skmine.estimation.plan import Plan
from skmine.selection.streamed import read_stream, score_stream

#: Reads every column once and casts it to what a ranking needs: numbers to floats, texts to codes.
READ = """
import sys, pyarrow as pa, pyarrow.dataset as ds
pa.set_cpu_count(1)
pa.set_io_thread_count(1)
for batch in ds.dataset(sys.argv[1], format="parquet").to_batches(batch_size=2**18):
    for column in batch.columns:
        if pa.types.is_string(column.type):
            column.dictionary_encode()
        elif pa.types.is_date32(column.type):
            column.cast(pa.int32())
        else:
            column.cast(pa.float64(), safe=False)
"""

#: Rows of the table in memory that estimates are compared with.
ROWS_IN_MEMORY = 1_000_000

#: Scores that are to be equal.
EQUAL = ("mi", "score", "se", "pvalue")


@dataclass(frozen=True)
class Cost:
    """Seconds and most resident memory in MiB of a process, and what it printed."""

    seconds: float
    peak: float
    printed: str


#: Runs Python with arguments; prints seconds, most resident memory in MiB, and what that printed.
MEASURE = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
done = subprocess.run([sys.executable, *sys.argv[1:]], capture_output=True, text=True, check=True)
spent = time.perf_counter() - started
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, done.stdout]))
"""


def run_alone(arguments: list[str]) -> Cost:
    """Run Python on one thread in a process of its own."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", MEASURE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return Cost(*json.loads(done.stdout))


def rank_alone(folder: Path) -> tuple[Cost, pd.DataFrame]:
    """The cost of `skmine rank` on the command line, and its table."""
    cost = run_alone(["-m", "skmine", "rank", str(folder), "-t", TARGET, "--json"])
    return cost, pd.DataFrame(json.loads(cost.printed)["columns"]).set_index("column")


def measure_agreement(streamed: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Estimates of all rows and of the first ones in memory, and their difference in standard errors of it."""
    frame = ds.dataset(folder, format="parquet").head(ROWS_IN_MEMORY).to_pandas()
    whole = rank_columns(frame, TARGET, random_state=0)
    both = pd.DataFrame({"all rows": streamed["mi"], "in memory": whole["mi"].reindex(streamed.index)})
    error = np.hypot(streamed["se"], whole["se"].reindex(streamed.index))
    # The first rows are among all of them: the difference varies as they do, less what both share.
    both["standard errors"] = (both["all rows"] - both["in memory"]) / error
    return both


def measure_equality(folder: Path) -> dict[str, float]:
    """Largest differences of scores from counts of batches and from rows in memory, on the same nodes and folds."""
    stream = open_stream(folder)
    assert stream is not None
    folds = HashKFold(3, seed=1)
    scores = score_stream(StreamedTable(stream, TARGET), cv=folds)[0].scores
    known = read_stream(StreamedTable(stream, TARGET), "auto", "auto", "error", folds, 0)
    frame = ds.dataset(folder, format="parquet").to_table().to_pandas()
    target = len(known.names) - 1
    columns = [make_column(frame[name], name) for name in known.names]
    coded = known.ladder.encode(columns)
    plan = Plan(make_folds(folds, len(frame)))
    whole = score_columns(coded.only(range(target)), coded.only([target]), plan)
    pairs = {
        "mi": (scores.mi, whole.mi),
        "score": (scores.evidence.held_out, whole.evidence.held_out),
        "se": (scores.evidence.se, whole.evidence.se),
        "pvalue": (scores.evidence.pvalue, whole.evidence.pvalue),
    }
    return {name: float(np.abs(one - other).max()) for name, (one, other) in pairs.items()}


def main(arguments: list[str] | None = None) -> None:
    parser = report.make_parser(__doc__, "scale.parquet", "scale_parquet")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 5_000_000, 50_000_000], help="of each table")
    parser.add_argument("--equal", type=int, default=5_000_000, help="rows on which scores are to be equal")
    parser.add_argument("--folder", type=Path, help="where tables are kept; otherwise they are drawn anew and deleted")
    options = parser.parse_args(arguments)
    report.prepare()
    with tempfile.TemporaryDirectory() as temporary:
        run(options, options.folder or Path(temporary))


def run(options: argparse.Namespace, root: Path) -> None:
    out = report.Report("Tables that are read in batches", report.get_command())
    rows = []
    for n in options.rows:
        folder = write_folder(root / f"rows{n}", n)
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e9
        run_alone(["-c", READ, str(folder)])  # fills the cache
        reading, (ranking, table) = run_alone(["-c", READ, str(folder)]), rank_alone(folder)
        rows.append([f"{n:,}", f"{size:.2f}", f"{reading.seconds:.1f}", f"{reading.peak:.0f}", f"{ranking.seconds:.1f}",
                     f"{ranking.peak:.0f}", f"{ranking.seconds / reading.seconds:.1f}"])  # fmt: skip
        print(rows[-1], file=sys.stderr)
    head = ["rows", "GB on disk", "PyArrow reads and casts, s", "its memory, MiB", "skmine rank, s",
            "its memory, MiB", "ratio"]  # fmt: skip
    out.add_table("Time and memory, one thread", head, rows)
    agreement = measure_agreement(table, folder)
    out.add_table(
        f"Estimates of {options.rows[-1]:,} rows and of {ROWS_IN_MEMORY:,} of them in memory, nats",
        ["column", "all rows", "in memory", "difference, standard errors"],
        [[name, f"{one:.5f}", f"{other:.5f}", f"{z:+.2f}"] for name, one, other, z in agreement.itertuples()],
    )
    equality = measure_equality(write_folder(root / f"rows{options.equal}", options.equal))
    out.add_table(
        f"Largest difference from the functions for tables in memory, {options.equal:,} rows, the same nodes and folds",
        ["number", "difference"],
        [[name, f"{equality[name]:.1e}"] for name in EQUAL],
    )
    out.write(options.output)


if __name__ == "__main__":
    main()
