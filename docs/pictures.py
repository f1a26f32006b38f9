"""Draw the picture of the README, estimates of 15 laws beside the truth: `python docs/pictures.py`."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_selection import mutual_info_regression

from skmine import MutualInfoEstimator
from skmine.synthetic import shapes

#: Where the picture is kept.
FILE = Path(__file__).parent / "images" / "truth.png"

#: Rows of each draw.
N_ROWS = 1000

#: Of the one draw of each law.
SEED = 0


def measure() -> list[tuple[str, float, MutualInfoEstimator, float]]:
    """Name, truth, our fit and the nearest neighbours' estimate of each law, the strongest first."""
    found = []
    for law in sorted(shapes(), key=lambda law: -law.mi):
        x, y = law.draw(np.random.default_rng(SEED), N_ROWS)
        fit = MutualInfoEstimator(critic="grid", random_state=0).fit(x[:, None], y)
        (neighbours,) = mutual_info_regression(x[:, None], y, random_state=0)
        found.append((law.name, law.mi, fit, neighbours))
    return found


def draw() -> None:
    """Write the picture."""
    found = measure()
    figure, ax = plt.subplots(figsize=(8, 5), layout="constrained")
    for row, (_, truth, fit, neighbours) in enumerate(found):
        low, high = fit.confidence_interval()
        ax.plot([low, high], [row, row], color="#2b6cb0", linewidth=2, solid_capstyle="butt", alpha=0.5)
        ax.plot(fit.lower_bound(), row, marker="|", color="#2b6cb0", markersize=9)
        ax.plot(fit.mi_, row, marker="o", color="#2b6cb0", markersize=6)
        ax.plot(neighbours, row, marker="x", color="#b0531b", markersize=6)
        ax.plot([truth, truth], [row - 0.4, row + 0.4], color="black", linewidth=1.5)
    ax.set_yticks(range(len(found)), [name for name, *_ in found])
    ax.invert_yaxis()
    ax.set_xlabel("mutual information (nats)")
    ax.set_title(f"15 laws with known information, one draw of {N_ROWS:,} rows each", loc="left")
    marks = [
        plt.Line2D([], [], color="black", linewidth=1.5, label="truth"),
        plt.Line2D([], [], color="#2b6cb0", marker="o", linewidth=2, label="skmine, with its 95 % interval"),
        plt.Line2D([], [], color="#2b6cb0", marker="|", linestyle="", markersize=9, label="skmine's 95 % lower bound"),
        plt.Line2D([], [], color="#b0531b", marker="x", linestyle="", label="scikit-learn (nearest neighbours)"),
    ]
    ax.legend(handles=marks, loc="lower right", frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="x", alpha=0.3)
    FILE.parent.mkdir(exist_ok=True)
    figure.savefig(FILE, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    draw()
