"""What a table tells of one column beyond a third table, by one masked network.

Design notes. The chain rule's two terms, I(X, Z; Y) and I(Z; Y), are large numbers whose difference may
be small. One network that sometimes lacks X (`search.masked`) says both of the same rows with the same
weights, so that most of what either got wrong cancels. But a network learns faster with a copy of Z
beside it, and such an X would seem to tell more; so critics of either term alone, which may start from
a base, take the masked network's place wherever they say more of the held-out rows.
"""

from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from skmine.core.devices import one_thread, resolve_device
from skmine.data.coding import fit_codings
from skmine.data.features import fit_features
from skmine.estimation import inference
from skmine.estimation.critics.masked import Entries, fit_masked, gathered, with_and_without
from skmine.estimation.crossfit import ROWS_OF_TRAINING
from skmine.estimation.estimate import Block, Estimate, partition_nodes
from skmine.estimation.fitting import FEWEST_ROWS, Recipe, parted
from skmine.estimation.plan import Plan
from skmine.estimation.scoring import Nodes, Rows

#: Entries of the mask.
X, Z = 0, 1


@dataclass(frozen=True)
class Beyond:
    """I(X; Y | Z) in nats: estimate, held-out and training scores, and what each tested row says."""

    mi: float
    held_out: float
    training: float
    projection: NDArray[np.float64]


def applies(x: Block, y: Block, z: Block, plan: Plan) -> bool:
    """Whether there is a column to tell of, something to tell by, and rows enough to train on."""
    trainable = min(len(fold.train) for fold in plan.folds) >= 2 * FEWEST_ROWS
    return len(y.columns) == 1 and trainable and all(bool(block.varying().any()) for block in (x, y, z))


def beyond(
    x: Block, y: Block, z: Block, terms: tuple[Estimate, Estimate], plan: Plan, recipe: Recipe, seed: int
) -> Beyond:
    """Estimate what x tells of a column beyond z.

    Parameters
    ----------
    x, y, z : Block
        y is one column.
    terms : pair of Estimate
        Of x and z together, and of z, with y and the same folds.
    plan : Plan
    recipe : Recipe
    seed : int
    """
    first, given = x.only(x.varying()), z.only(z.varying())
    both = first + given
    features = fit_features(both.columns, both.flags)
    owners = [X] * len(first.columns) + [Z] * len(given.columns)
    entries = gathered(features.transform(both.columns), features.parts(), owners)
    nodes = Nodes.of(fit_codings(y.columns[0], [partition_nodes(len(x))], discrete=y.flags[0])[0], y.columns[0])
    seeds = np.random.SeedSequence(seed).spawn(len(plan.folds))
    with one_thread():
        told = Parallel(n_jobs=plan.n_jobs)(
            delayed(_told)(entries, nodes, fold.train, fold.test, plan, recipe, one)
            for fold, one in zip(plan.folds, seeds, strict=True)
        )
    sizes = np.array([len(fold.test) for fold in plan.folds], float)
    held_out, training = (np.array([getattr(t, name) for t in told]) for name in ("held_out", "training"))
    held_out = sizes @ held_out / sizes.sum()  # of (x, z) and of z
    training = training.mean(0)
    mi = inference.debiased(held_out, training, share=inference.SHARE_OF_TRAINED)
    projection = np.full((2, len(x)), np.nan)
    for fold, t in zip(plan.folds, told, strict=True):
        projection[:, fold.test] = t.projection
    for k, term in enumerate(terms):
        if term.held_out > held_out[k]:
            mi[k], held_out[k], training[k], projection[k] = term.mi, term.held_out, term.training, term.projection
    differences = [float(a[0] - a[1]) for a in (mi, held_out, training)]
    return Beyond(differences[0], differences[1], differences[2], projection[0] - projection[1])


@dataclass(frozen=True)
class _Told:
    """What one fold's network says with x and without: two numbers each, and (2, tested rows)."""

    held_out: NDArray[np.float64]
    training: NDArray[np.float64]
    projection: NDArray[np.float64]


def _told(
    entries: Entries, nodes: Nodes, train: Rows, test: Rows, plan: Plan, recipe: Recipe, seed: np.random.SeedSequence
) -> _Told:
    """Runs in a worker."""
    with one_thread():
        fit, validation = parted(train, plan.groups, np.random.default_rng(seed))
        masks = with_and_without(len(entries), X)
        critic = fit_masked(entries, nodes, fit, validation, recipe, seed, resolve_device(plan.device), masks=masks)
        tested = [critic.scores(entries, nodes, test, known) for known in ([X, Z], [Z])]
        trained = [critic.pointwise(entries, nodes, fit[:ROWS_OF_TRAINING], known) for known in ([X, Z], [Z])]
        return _Told(
            np.array([float(s.pointwise.double().mean()) for s in tested]),
            np.array([float(s.double().mean()) for s in trained]),
            np.stack([s.projection.double().numpy() for s in tested]),
        )
