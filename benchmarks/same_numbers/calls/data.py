"""What the calls read: a frame that ships with scikit-learn, and drawn ones."""

import numpy as np
import pandas as pd


def load_diabetes_frame() -> tuple[pd.DataFrame, pd.Series]:
    from sklearn.datasets import load_diabetes

    return load_diabetes(return_X_y=True, as_frame=True)


def draw_table(n: int = 1_200, d: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Columns and a noisy product of the first two."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X[:, 0] * X[:, 1] + 0.5 * X[:, -1] + 0.5 * rng.normal(size=n)


def draw_mixed(n: int = 700, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """A column of each kind, some with missing values, and a target that depends on most."""
    rng = np.random.default_rng(seed)
    number, small = rng.normal(size=n), rng.integers(0, 6, n)
    label = rng.choice(["north", "south", "east", "rare"], n, p=[0.4, 0.3, 0.29, 0.01])
    stamp = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, n), unit="D")
    frame = pd.DataFrame(
        {
            "number": number,
            "gaps": np.where(rng.random(n) < 0.2, np.nan, number + rng.normal(size=n)),
            "small": small,
            "flag": rng.random(n) < 0.3,
            "label": label,
            "category": pd.Categorical(label),
            "size": pd.Categorical(np.array(["S", "M", "L"])[small // 2], ["S", "M", "L"], ordered=True),
            "stamp": stamp,
            "text": pd.Series(rng.choice(["a", "b", None], n), dtype=object),
            "nullable": pd.array(np.where(rng.random(n) < 0.1, None, small), dtype="Int64"),
            "zeros": np.where(rng.random(n) < 0.7, 0.0, rng.exponential(size=n)),
            "constant": 1.0,
            "period": pd.PeriodIndex(stamp, freq="M"),
        }
    )
    day = (stamp - stamp.min()).days.to_numpy()
    return frame, number + small / 3 + (label == "north") + np.sin(day / 60) + rng.normal(size=n)


def draw_mixed_without_period() -> tuple[pd.DataFrame, np.ndarray]:
    frame, y = draw_mixed()
    return frame.drop(columns="period"), y
