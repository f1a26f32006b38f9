"""A table, a target, and the columns of the one that say what there is to say of the other.

Design notes. Here is what only a whole selection knows: which rows are locked, which columns stand
or fall together, copies, the screen, and the last word of the locked rows. `joint` searches on the
other rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skmine.core.devices import one_thread, resolve_device
from skmine.data.coding import fit_codings
from skmine.data.features import fit_features
from skmine.estimation.critics.grid import encode_columns, score_columns
from skmine.estimation.critics.masked import Entries, gathered
from skmine.estimation.estimate import Block, Estimate, estimate
from skmine.estimation.fitting import Recipe
from skmine.estimation.folds import Fold, Step, make_folds, seed_sequence, untested
from skmine.estimation.plan import Plan
from skmine.estimation.scoring import Nodes
from skmine.selection.joint.elimination import Drop
from skmine.selection.joint.rounds import Search
from skmine.selection.joint.screen import MOST, pair_scores, screened, striking

#: One row in so many is locked away.
LOCKED = 4
#: Nodes of an ordered target that a search tells apart, and of all targets together.
SEARCH_NODES, MOST_NODES = 32, 64
#: The locked rows' p-value above which nothing is kept.
LOCKED_ALPHA = 0.01
#: The same where no network is trained: of one candidate, and a handful of rows that no p below .01 comes from.
LOCKED_ALPHA_OF_FEW = 0.05
#: Rows below which no network is trained; the best column alone is put to the test.
FEWEST_TRAINED = 80
#: Nodes of columns that are screened by themselves.
SCREEN_NODES = 32


@dataclass(frozen=True)
class Selection:
    """What a joint selection found; numbers in nats.

    Attributes
    ----------
    chosen : list of int
        Entries that are kept, ascending.
    order : list of int
        All entries: the chosen, then the others, those last dropped first.
    path : list of Drop
        What was dropped, in order, and at last the kept ones, those that are missed least first.
    gains : ndarray of shape (d, 2)
        What each entry adds to the (other) kept ones, and its standard error; NaN for entries that
        were screened out, or can say nothing.
    screened : list of int
        Entries that no network saw: the screen found nothing in them, alone or in pairs.
    n_rounds : int
    locked : Estimate or None
        Of the chosen entries, from the locked rows; None where nothing was chosen.
    """

    chosen: list[int]
    order: list[int]
    path: list[Drop]
    gains: NDArray[np.float64]
    screened: list[int]
    n_rounds: int
    locked: Estimate | None


def select_jointly(
    x: Block,
    y: Block,
    owners: Sequence[int],
    *,
    groups: NDArray[np.int64] | None,
    always: Sequence[int],
    wanted: int | None,
    n_folds: int,
    recipe: Recipe,
    device: str,
    random_state: np.random.RandomState,
) -> Selection:
    """Choose entries of a table that say together what there is to say of a target.

    Parameters
    ----------
    x, y : Block
    owners : sequence of int
        Number of the entry that each column of x belongs to.
    groups : ndarray of shape (n,) or None
        Group number of each row.
    always : sequence of int
        Entries that are kept in any case.
    wanted : int or None
        How many entries to keep; None leaves it to the tests.
    n_folds : int
        Of the confirmation.
    recipe : Recipe
    device : str
    random_state : RandomState
    """
    n, d = len(x), max(owners) + 1
    lock = make_folds(LOCKED, n, groups=groups, random_state=random_state)[0]
    seed = seed_sequence(random_state)
    varying = x.varying()
    kept, owner = x.only(varying), np.asarray(owners)[varying]
    nodes = target_nodes(y)
    with one_thread():
        features = fit_features(kept.columns, kept.flags)
        entries = gathered(features.transform(kept.columns), features.parts(), owner.tolist())
        distinct = first_copies(entries, always)
        search = Search(
            entries,
            nodes,
            fit_features(y.columns, y.flags).transform(y.columns),
            lock.train,
            groups,
            recipe,
            seed,
            resolve_device(device),
            frozenset(always),
            n_folds,
        )
        best, candidates, few = distinct, distinct, len(lock.train) < FEWEST_TRAINED
        if few or len(distinct) > MOST:
            alone = alone_scores(kept, y, owner, d, Plan(_folds(search), groups, device))
            best = sorted(distinct, key=lambda j: -alone[j])
        if few:
            candidates, chosen = best, best[:1]
            search.gains = {j: (float(alone[j]), np.nan) for j in distinct}
        else:
            pairs = pair_scores(entries.only(distinct), nodes, lock.train)
            if len(distinct) > MOST:
                places = [distinct.index(j) for j in always if j in distinct]
                candidates = [distinct[i] for i in screened(alone[distinct], pairs, places)]
            again = [distinct[i] for i in striking(pairs) if distinct[i] in candidates]
            chosen = search.run(candidates, again, None if wanted is None else min(wanted, len(candidates)))
        left_out = [j for j in best if j not in candidates]
        dropped = [drop.entry for drop in reversed(search.path) if drop.entry not in chosen]
        order = list(dict.fromkeys([*always, *chosen, *dropped, *left_out, *best, *range(d)]))
        chosen = sorted({*always, *(chosen if wanted is None else order[:wanted])})
        found, chosen = _last_word(x, y, owners, chosen, always, wanted is None, lock, search)
    gains = np.full((d, 2), np.nan)
    for j, gain in search.gains.items():
        gains[j] = gain
    order = [*chosen, *(j for j in order if j not in chosen)]
    return Selection(chosen, order, search.path, gains, left_out, search.n_rounds, found)


def target_nodes(y: Block) -> Nodes:
    """The target's nodes; several targets are told apart together, each more coarsely."""
    budget = SEARCH_NODES if len(y.columns) == 1 else max(int(MOST_NODES ** (1 / len(y.columns))), 2)
    sides = [
        Nodes.of(fit_codings(column, [budget], discrete=flag)[0], column)
        for column, flag in zip(y.columns, y.flags, strict=True)
    ]
    if len(sides) == 1:
        return sides[0]
    _, codes = np.unique(np.stack([side.codes for side in sides], axis=1), axis=0, return_inverse=True)
    return Nodes(codes.reshape(-1), int(codes.max()) + 1, False)


def first_copies(entries: Entries, always: Sequence[int]) -> list[int]:
    """Entries that can say something and are no copies of earlier ones, up to an increasing transform."""
    seen: set[bytes] = set()
    out = []
    for j in [*always, *(j for j in range(len(entries)) if j not in always)]:
        values = entries.matrix[:, entries.owner == j]
        key = values.tobytes()
        if values.shape[1] and (key not in seen or j in always):
            out.append(j)
            seen.add(key)
    return sorted(out)


def alone_scores(x: Block, y: Block, owner: NDArray[np.int64], d: int, plan: Plan) -> NDArray[np.float64]:
    """Held-out nats of the best column of each entry with the best target, by itself, (d,)."""
    coded = encode_columns(x.columns, x.flags, [SCREEN_NODES])
    out = np.full(d, -np.inf)
    for column, flag in zip(y.columns, y.flags, strict=True):
        np.maximum.at(out, owner, score_columns(coded, encode_columns([column], [flag], [SCREEN_NODES]), plan).held_out)
    return out


def _folds(search: Search) -> list[Fold]:
    """Folds of the rows that may be looked at, without steps for p-values."""
    return [untested(fit, held_out) for fit, held_out in search.parts(search.n_folds)]


def _last_word(
    x: Block,
    y: Block,
    owners: Sequence[int],
    chosen: list[int],
    always: Sequence[int],
    tested: bool,
    lock: Fold,
    search: Search,
) -> tuple[Estimate | None, list[int]]:
    """What the locked rows say of the chosen entries; without a sure yes only those kept in any case stay."""
    plan = Plan([Fold(lock.train, lock.test, (Step(lock.train, lock.test),))], search.groups, search.device.type)
    alpha = LOCKED_ALPHA if len(lock.train) >= FEWEST_TRAINED else LOCKED_ALPHA_OF_FEW
    found = None
    while chosen:
        columns = x.only(np.isin(owners, chosen))
        found = estimate(columns, y, plan, recipe=search.recipe, seed=search.next_seed())
        if not tested or found.pvalue <= alpha or set(chosen) <= set(always):
            return found, chosen
        chosen = sorted(always)
    return None, chosen
