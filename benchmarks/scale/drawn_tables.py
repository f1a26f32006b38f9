"""A table of 20 mixed columns as a folder of Parquet files, drawn in parts."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

#: Rows of a file.
ROWS_PER_FILE = 1_000_000

#: The column to explain.
TARGET = "y"


def draw_part(part: int, n_rows: int) -> pa.Table:
    """Some rows: numbers with links of all strengths and without, counts, flags, rare events, dates, labels, prices."""
    rng = np.random.default_rng(part)
    y = rng.normal(size=n_rows)
    columns = {TARGET: y}
    columns |= {f"null{j}": rng.normal(size=n_rows) for j in range(4)}
    columns |= {f"linear{j}": y + noise * rng.normal(size=n_rows) for j, noise in enumerate((1, 5, 20))}
    columns["strong"] = y + 0.05 * rng.normal(size=n_rows)
    columns["square"] = (y**2 + rng.normal(size=n_rows)).astype(np.float32)
    columns["gaps"] = pa.array(y + rng.normal(size=n_rows), mask=rng.random(n_rows) < 0.2)
    columns["count"] = rng.poisson(3 + np.exp(y / 2)).astype(np.int32)
    columns["integer"] = rng.integers(0, 10**9, n_rows)
    columns["rare"] = rng.random(n_rows) < 1e-5 * (1 + 5 * (y > 1))
    columns["flag"] = y + rng.normal(size=n_rows) > 0
    columns["date"] = np.datetime64("2015-01-01") + rng.integers(0, 3000, n_rows).astype("timedelta64[D]")
    columns["label"] = _name("label", np.clip((3 * y + 6 + rng.normal(size=n_rows)).astype(int), 0, 11), 12)
    columns["many"] = _name("k", rng.integers(0, 5000, n_rows), 5000)
    columns["few"] = _name("f", rng.integers(0, 3, n_rows), 3)
    columns["price"] = np.round(np.exp(rng.normal(size=n_rows) + 0.2 * y), 2)
    return pa.table(columns)


def _name(prefix: str, numbers: np.ndarray, n_names: int) -> np.ndarray:
    return np.array([f"{prefix}{i}" for i in range(n_names)])[numbers]


def write_folder(folder: Path, n_rows: int) -> Path:
    """A folder with that many rows; files that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in range(-(-n_rows // ROWS_PER_FILE)):
        file = folder / f"part{part:05d}.parquet"
        if not file.exists():
            pq.write_table(draw_part(part, min(ROWS_PER_FILE, n_rows - part * ROWS_PER_FILE)), file)
    return folder
