"""Where MINE went: a representation of what an agent controls, without what it does not.

A toy of intrinsic motivation. An agent moves on a plane by its action; its observation mixes, by a fixed
matrix, its place, a screen that flickers on its own, and a drift that comes and goes. An encoder of the change of
observation is coupled with the action (Kim et al. 2019, EMI; Houthooft et al. 2016, VIME) and kept apart from the
screen. What it holds of either is measured on fresh steps, and so is what an explorer would be paid: the
surprise of a novelty bonus in the observation, and in the representation, at the screen and away from it.
"""

from dataclasses import dataclass

import numpy as np

from benchmarks import report
from benchmarks.paper_experiments.shared import Section, Setting, over
from skmine import CoupledEncoder, mutual_info

Array = np.ndarray

#: Numbers of an observation, and how loud the screen is beside a step.
N_OBSERVED, LOUD = 8, 2.0


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


def walk(mixing: Array, n: int, rng: np.random.Generator) -> Steps:
    action = rng.integers(0, 4, n)
    moved = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])[action] + 0.3 * rng.normal(size=(n, 2))
    screen = LOUD * rng.normal(size=(n, 2))
    hidden = np.c_[moved, screen, 0.3 * rng.normal(size=(n, 1))]
    return Steps(np.tanh(hidden @ mixing / 3) + 0.02 * rng.normal(size=(n, N_OBSERVED)), action, moved, screen)


def encoded(steps: Steps, seed: int, max_iter: int, *, shed: bool) -> CoupledEncoder:
    encoder = CoupledEncoder(2, discrete_target=True, max_iter=max_iter, random_state=seed)
    return encoder.fit(steps.change, steps.action, nuisance=steps.screen if shed else None)


def measured(seed: int, n: int, max_iter: int) -> list[dict[str, object]]:
    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(5, N_OBSERVED))
    steps, fresh = walk(mixing, n, rng), walk(mixing, n, rng)
    out = []
    for name in ("observation", "coupled", "coupled, screen shed"):
        if name == "observation":
            z = fresh.change
        else:
            z = encoded(steps, seed, max_iter, shed="shed" in name).transform(fresh.change)
        quiet, loud = (
            (np.linalg.norm(fresh.screen, axis=1) < LOUD / 2),
            (np.linalg.norm(fresh.screen, axis=1) > 2 * LOUD),
        )
        surprise = np.square(z - z.mean(0)).sum(1) / z.var(0).sum()
        out.append({
            "what": name,
            "action": mutual_info(z, fresh.action, discrete_target=True, random_state=0).mi,
            "screen": mutual_info(z, fresh.screen, random_state=0).mi,
            "bonus": float(surprise[loud].mean() / surprise[quiet].mean()),
        })  # fmt: skip
    return out


def run(setting: Setting) -> Section:
    seeds, n, max_iter = setting.choose((1, 2_000, 400), (5, 3_000, 800))
    found = [r for of_seed in over([(s, n, max_iter) for s in range(seeds)], measured, setting) for r in of_seed]
    section = Section("What an agent controls", "Can a representation keep the action's doing and shed a noisy screen?")
    section.paragraphs += [
        f"{n:,} random steps to learn from and as many fresh ones, {seeds} worlds; MI in nats by `skmine.mutual_info` "
        f"(the action's entropy is log 4 = {np.log(4):.2f}). The last column is what a novelty bonus (squared "
        "distance from the mean) pays at a loud screen, beside a quiet one: 1 means that the explorer does not care.",
    ]
    rows: list[list[object]] = [
        [what, *(report.mean([r[k] for r in runs], 3) for k in ("action", "screen", "bonus"))]
        for what, runs in report.by(lambda r: r["what"], found).items()
    ]
    head = ["representation", "MI with the action", "MI with the screen", "bonus, loud by quiet"]
    section.tables.append(("Kept and shed", head, rows))
    section.figure = picture(0, n, max_iter)
    return section


def picture(seed: int, n: int, max_iter: int) -> object:
    from matplotlib.figure import Figure

    rng = np.random.default_rng(seed)
    mixing = rng.normal(size=(5, N_OBSERVED))
    steps, fresh = walk(mixing, n, rng), walk(mixing, n, rng)
    z = encoded(steps, seed, max_iter, shed=True).transform(fresh.change)
    figure = Figure(figsize=(8, 4), layout="constrained")
    for ax, (name, points) in zip(
        figure.subplots(1, 2),
        {"two numbers of the observation": fresh.change[:, :2], "representation": z}.items(),
        strict=True,
    ):
        ax.scatter(*points.T, c=fresh.action, s=4, cmap="viridis")
        ax.set(title=f"{name}, coloured by action")
    return figure
