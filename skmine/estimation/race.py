"""Several training runs that race each other: hopeless ones end early, so that time does not multiply."""

from collections.abc import Sequence

from skmine.estimation.training_run import TrainingRun

#: Several starts race each other: after each of these shares of the steps before the learning rate falls, those that
#: are too far behind the best one are left.
STRETCHES = (1 / 4, 1 / 2, 1)

#: How far behind the best one a start may be and go on: so many times what it gained in the second half of its steps.
#: Gains of critics that had yet to catch up fell slowly (from 240 steps on .18 .10 .05 .03 for each doubling).
HOPE = 2.5


def choose_run(runs: Sequence[TrainingRun]) -> int:
    """Let several runs race each other; the place of the best one.

    All train up to where their learning rates fall; beyond, those that are behind and still rise fast enough.
    """
    running = list(range(len(runs)))
    best = 0
    for stretch in STRETCHES:
        if len(running) == 1:
            break
        for k in running:
            runs[k].train_until(int(stretch * runs[k].falls_from))
        best = max(running, key=lambda k: runs[k].best)
        running = [k for k in running if k == best or _may_overtake(runs[k], runs[best])]
    for k in running:
        while k != best and runs[k].rises() and _may_overtake(runs[k], runs[best]) and runs[k].double():
            runs[k].train_until(runs[k].falls_from)
    return max(running, key=lambda k: runs[k].best)


def _may_overtake(run: TrainingRun, best: TrainingRun) -> bool:
    """Whether a run may be where the best one is now, if it trains on."""
    return best.best - run.best <= HOPE * run.measure_gain()
