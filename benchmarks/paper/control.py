"""Where MINE's idea went: a representation of what an agent controls, without what it does not.

A toy of intrinsic motivation. An agent moves on a plane by its action; its observation mixes, by a fixed
matrix, its place, a screen that flickers on its own, and a drift. An encoder of the change of observation is coupled
with the action (Kim et al. 2019, EMI; Houthooft et al. 2016, VIME) and made independent of the screen. Its information
about either is measured on fresh steps, and so is what an explorer would be paid: the surprise of a novelty bonus in
the observation, and in the representation, at the screen and away from it.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks.common import report
from benchmarks.paper.shared import Section, Setting, run_all
from skmine import CoupledEncoder, mutual_info

Array = np.ndarray

#: Numbers of an observation. Arbitrary: more than the five that it mixes.
N_OBSERVED = 8

#: Standard deviation of the screen's changes, where a step has length 1. Arbitrary: the screen dominates.
LOUDNESS = 2.0

#: What information is measured of.
REPRESENTATIONS = ("observation", "coupled", "coupled, screen shed")


@dataclass(frozen=True)
class Steps:
    """Steps of an agent that acts at random.

    Attributes
    ----------
    change : ndarray of shape (n, N_OBSERVED)
        Of the observation.
    action : ndarray of shape (n,)
        One of four directions.
    moved : ndarray of shape (n, 2)
        What the action did.
    screen : ndarray of shape (n, 2)
        How the screen changed.
    """

    change: Array
    action: Array
    moved: Array
    screen: Array


def draw_mixing(rng: np.random.Generator) -> Array:
    """The matrix from what happens to what is observed."""
    return rng.normal(size=(5, N_OBSERVED))


def take_steps(mixing: Array, n: int, rng: np.random.Generator) -> Steps:
    action = rng.integers(0, 4, n)
    moved = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])[action] + 0.3 * rng.normal(size=(n, 2))
    screen = LOUDNESS * rng.normal(size=(n, 2))
    hidden = np.c_[moved, screen, 0.3 * rng.normal(size=(n, 1))]
    return Steps(np.tanh(hidden @ mixing / 3) + 0.02 * rng.normal(size=(n, N_OBSERVED)), action, moved, screen)


def fit_encoder(steps: Steps, seed: int, max_iter: int, *, shed: bool) -> CoupledEncoder:
    encoder = CoupledEncoder(2, discrete_target=True, max_iter=max_iter, random_state=seed)
    return encoder.fit(steps.change, steps.action, nuisance=steps.screen if shed else None)


def measure(seed: int, n: int, max_iter: int) -> list[dict[str, object]]:
    """The information of each representation, and the bonus that it pays at a loud screen."""
    rng = np.random.default_rng(seed)
    mixing = draw_mixing(rng)
    steps, fresh = take_steps(mixing, n, rng), take_steps(mixing, n, rng)
    change = np.linalg.norm(fresh.screen, axis=1)
    out = []
    for name in REPRESENTATIONS:
        if name == "observation":
            z = fresh.change
        else:
            z = fit_encoder(steps, seed, max_iter, shed="shed" in name).transform(fresh.change)
        surprise = np.square(z - z.mean(0)).sum(1) / z.var(0).sum()
        out.append({
            "what": name,
            "action": mutual_info(z, fresh.action, discrete_target=True, random_state=0).mi,
            "screen": mutual_info(z, fresh.screen, random_state=0).mi,
            "bonus": float(surprise[change > 2 * LOUDNESS].mean() / surprise[change < LOUDNESS / 2].mean()),
        })  # fmt: skip
    return out


def run(setting: Setting) -> Section:
    seeds, n, max_iter = setting.choose((1, 2_000, 400), (5, 3_000, 800))
    found = [r for of_seed in run_all([(s, n, max_iter) for s in range(seeds)], measure, setting) for r in of_seed]
    section = Section("What an agent controls", "Does a representation keep the action's effect and shed a screen?")
    section.paragraphs += [
        f"{n:,} random steps to learn from and as many fresh ones, {seeds} worlds; MI in nats by `skmine.mutual_info` "
        f"(the action's entropy is log 4 = {np.log(4):.2f}). The last column is the ratio of what a novelty bonus "
        "(squared distance from the mean) pays at a loud screen and at a quiet one: 1 means that the explorer ignores "
        "the screen.",
    ]
    rows: list[list[object]] = [
        [what, *(report.format_mean([r[k] for r in runs], 3) for k in ("action", "screen", "bonus"))]
        for what, runs in report.group_by(lambda r: r["what"], found).items()
    ]
    head = ["representation", "MI with the action", "MI with the screen", "bonus, loud to quiet"]
    section.tables.append(("Kept and shed", head, rows))
    section.figure = draw_picture(0, n, max_iter)
    return section


def draw_picture(seed: int, n: int, max_iter: int) -> object:
    """Two numbers of the observation, and the representation, coloured by action."""
    from matplotlib.figure import Figure

    rng = np.random.default_rng(seed)
    mixing = draw_mixing(rng)
    steps, fresh = take_steps(mixing, n, rng), take_steps(mixing, n, rng)
    z = fit_encoder(steps, seed, max_iter, shed=True).transform(fresh.change)
    figure = Figure(figsize=(8, 4), layout="constrained")
    shown = {"two numbers of the observation": fresh.change[:, :2], "representation": z}
    for ax, (name, points) in zip(figure.subplots(1, 2), shown.items(), strict=True):
        ax.scatter(*points.T, c=fresh.action, s=4, cmap="viridis")
        ax.set(title=f"{name}, coloured by action")
    return figure
