"""From a table to the columns that say together all there is to say.

Design notes. A quarter of the rows is locked away before any step; they alone test and measure the set
that is chosen. On the others:

1. *Screen*, where there are more entries than `screening.MOST`: the best alone and in pairs go on.
2. *Rounds*: entries and as many fresh shadows, copies whose rows are shuffled, train a masked network;
   `elimination` drops entries until the last shadow falls. What stands goes into the next round,
   which holds out other rows, until a round drops nothing: noise that one round's rows favour is not
   favoured by the next one's. Of few rows each round holds out every part in turn.
3. *Confirmation*, cross-fitted: networks of what stands tell what each entry adds to the others. A
   masked network alone cannot tell copies apart (each seems to add a little), so wherever the gain is
   small or unsure, networks are trained anew, with the entry and without it, and compared on the same
   held-out rows, those first that seemed to add least. Not surely worse means that the entry is dropped,
   save where so few rows could not be sure of a large gain either (`gain_to_stay`), or where losses that
   are small one by one have become one that is not. Copies help a network to learn and seem to add much:
   entries that the others tell by a straight line are compared so, too.

Of fewer than `FEW_ROWS` rows, new networks differ by luck more than by what they know, and columns that
say the same serve to average noise away. The shadows judge only those columns there that are not
related to the target anyway, and masked networks of what stands drop as long as the held-out score rises.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from skmine.estimation.critics.masked import Entries, at_most_one_out, fit_masked
from skmine.estimation.fitting import Recipe, parted
from skmine.estimation.folds import make_folds
from skmine.estimation.scoring import Nodes, Rows
from skmine.selection.joint.confirm import SMALL_GAIN, UNSURE, Refit, echoes, gain_to_stay
from skmine.selection.joint.elimination import Drop, Judges, eliminate, mean_and_error
from skmine.selection.joint.screen import related

#: Shadows of a round, parts of the rows that rounds hold out in turn, and the most rounds.
N_SHADOWS, N_PARTS, MOST_ROUNDS = 10, 4, 6
#: Folds of the confirmation.
N_FOLDS = 3
#: Rows below which rounds are cross-fitted, and no networks are trained anew to compare sets.
FEW_ROWS = 1000


@dataclass
class Search:
    """A search under way.

    Attributes
    ----------
    entries, nodes, target : what it is about
        The table, the coded target, and the target's features.
    rows, groups : ndarray of row numbers; ndarray of shape (n,) or None
        Rows that may be looked at; the group of every row.
    recipe, seed, device : how networks are trained
    fixed : set of int
        Entries that are never dropped.
    path : list of Drop
        In the order of the drops.
    gains : dict
        Held-out gain and its standard error of each entry that was weighed: of those that stand given
        the others, of those that were dropped on top of what stands.
    n_rounds : int
        Rounds so far.
    """

    entries: Entries
    nodes: Nodes
    target: NDArray[np.float32]
    rows: Rows
    groups: NDArray[np.int64] | None
    recipe: Recipe
    seed: np.random.SeedSequence
    device: torch.device
    fixed: frozenset[int] = frozenset()
    n_folds: int = N_FOLDS
    path: list[Drop] = field(default_factory=list)
    gains: dict[int, tuple[float, float]] = field(default_factory=dict)
    n_rounds: int = 0
    _asked: list[tuple[Judges, Entries, list[int]]] = field(default_factory=list)

    @property
    def few(self) -> bool:
        """Whether there are so few rows that new networks differ by luck more than by what they know."""
        return len(self.rows) < FEW_ROWS

    def parts(self, n_parts: int) -> list[tuple[Rows, Rows]]:
        """Rows to fit on and rows held out, in turn; groups stay whole."""
        groups = None if self.groups is None else self.groups[self.rows]
        state = np.random.RandomState(self.next_seed().generate_state(4))
        folds = make_folds(n_parts, len(self.rows), groups=groups, random_state=state)
        return [(self.rows[fold.train], self.rows[fold.test]) for fold in folds]

    def next_seed(self) -> np.random.SeedSequence:
        return self.seed.spawn(1)[0]

    def run(self, chosen: Sequence[int], striking: Sequence[int] = (), wanted: int | None = None) -> list[int]:
        """The entries that stand, in ascending order.

        Parameters
        ----------
        chosen : sequence of int
            Entries to start with.
        striking : sequence of int
            Those that pairs speak for: where one of them has fallen, they all get a second try.
        wanted : int or None
            How many have to stand; None leaves it to the tests.
        """
        standing = self.rounds(list(chosen))
        if not set(striking) <= set(standing):
            again = sorted({*standing, *striking})
            self.path = [drop for drop in self.path if drop.entry not in again]
            standing = self.rounds(again)
        if wanted is None:
            standing = self._shortest(standing) if self.few else self.confirmed(standing)
        else:
            standing = self.cut(standing, wanted)
            missing = wanted - len(standing)
            if missing > 0:
                back = [drop.entry for drop in reversed(self.path)][:missing]
                self.path = [drop for drop in self.path if drop.entry not in back]
                standing = sorted([*standing, *back])
        if wanted is None:  # by the networks that decided
            self._weigh(standing)
            self._follow_down(standing)
        else:
            if not self.few:
                self.gains.update(self._gains(standing, self.parts(self.n_folds)))
            self._follow_down(standing)
            self._weigh(standing)
        return standing

    def rounds(self, standing: list[int]) -> list[int]:
        """Entries that outlast all shadows, round after round."""
        parts = self.parts(N_PARTS)
        fixed = self.fixed | set(related(self.entries, self.nodes, self.rows)) if self.few else self.fixed
        for number in range(MOST_ROUNDS):
            if set(standing) <= fixed:
                break
            before, standing = standing, self._round(standing, self._turn(parts, number), fixed=fixed)
            if len(standing) == len(before):
                break
        return standing

    def _turn(self, parts: list[tuple[Rows, Rows]], number: int) -> list[tuple[Rows, Rows]]:
        """The part that a round holds out, or all of them."""
        return parts if self.few else [parts[number % N_PARTS]]

    def cut(self, standing: list[int], wanted: int) -> list[int]:
        """At most so many entries, those that are missed most."""
        if len(standing) > wanted:
            standing = self._round(standing, self._turn(self.parts(N_PARTS), 0), n_shadows=0, least=wanted)
        return standing

    def _round(
        self,
        standing: list[int],
        parts: list[tuple[Rows, Rows]],
        *,
        n_shadows: int = N_SHADOWS,
        least: int | None = None,
        while_better: bool = False,
        fixed: frozenset[int] | None = None,
    ) -> list[int]:
        """A network a part, of what stands beside shadows, and what their elimination leaves."""
        rng = np.random.default_rng(self.next_seed())
        n_real = len(standing)
        picked = rng.choice(n_real, n_shadows, replace=n_real < n_shadows)
        self.n_rounds += n_shadows > 0 or while_better
        real = self.entries.only(standing)
        entries = real.beside(real.shuffled(picked.tolist(), rng))
        judges = Judges(
            [
                (fit_masked(entries, self.nodes, fit, held_out, self.recipe, self.next_seed(), self.device), held_out)
                for fit, held_out in parts
            ]
        )
        kept = self.fixed if fixed is None else fixed
        places = [i for i, j in enumerate(standing) if j in kept]
        left, dropped = eliminate(
            judges,
            entries,
            self.nodes,
            self.groups,
            n_real=n_real,
            fixed=places,
            least=least,
            while_better=while_better,
        )
        self.path += [replace(d, entry=standing[d.entry]) for d in dropped]
        self._asked.append((judges, entries, standing))
        return [standing[i] for i in left]

    def _shortest(self, standing: list[int]) -> list[int]:
        """What is left when dropping stops to help."""
        if standing:
            standing = self._round(standing, self.parts(N_PARTS), n_shadows=0, least=0, while_better=True)
        return standing

    def _follow_down(self, standing: list[int]) -> None:
        """The rest of the path, to nothing: what stands, those first that are missed least."""
        if standing:
            self._round(standing, self._turn(self.parts(N_PARTS), 0), n_shadows=0, least=0, fixed=frozenset())

    def _weigh(self, standing: list[int]) -> None:
        """What each dropped entry adds to those that stand, by the last networks that knew it.

        Of few rows these weigh the ones that stand as well: each given the others.
        """
        for judges, entries, known in self._asked:
            place = {j: i for i, j in enumerate(known)}
            base = [place[j] for j in standing if j in place]
            weighed = [j for j in known if j not in standing or (self.few and len(base) == len(standing))]
            for j in weighed:
                without = [i for i in base if i != place[j]]
                gain = judges.gain(entries, self.nodes, without, place[j])
                self.gains[j] = mean_and_error(gain, self.groups, judges.rows)

    def confirmed(self, standing: list[int]) -> list[int]:
        """Entries without which networks that are trained anew do worse."""
        parts = self.parts(self.n_folds)
        gains = self._gains(standing, parts)
        echoed = {standing[i] for i in echoes(self.entries.only(standing), self.rows)}
        doubtful = [
            j
            for j, (gain, se) in sorted(gains.items(), key=lambda item: item[1][0])
            if (gain < SMALL_GAIN or gain < UNSURE * se or j in echoed) and j not in self.fixed
        ]
        best = whole = Refit(self, standing, parts)
        n_before = len(standing)
        for j in doubtful:
            without = Refit(self, [k for k in standing if k != j], parts)
            gains[j] = whole.gain_over(without)
            if gains[j][0] < gain_to_stay(gains[j][1]) and not best.surely_better(without):
                self.path.append(Drop(j, len(standing), 0, *whole.mean()))
                self.gains[j] = gains[j]
                whole, standing = without, without.standing
                best = whole if gains[j][0] < 0 and best.gain_over(whole)[0] < 0 else best
        if len(standing) < n_before:
            gains = {**self._gains(standing, parts), **{j: gains[j] for j in doubtful if j in standing}}
        self.gains.update(gains)
        return standing

    def _gains(self, standing: list[int], parts: list[tuple[Rows, Rows]]) -> dict[int, tuple[float, float]]:
        """What each entry adds to the others, by networks that now and then lack one."""
        if not standing:
            return {}
        every = list(range(len(standing)))
        entries = self.entries.only(standing)
        of_folds: list[NDArray[np.float64]] = []  # (1 + entries, rows)
        left = [every, *([k for k in every if k != i] for i in every)]
        for fit, held_out in parts:
            fit, validation = parted(fit, self.groups, np.random.default_rng(self.next_seed()))
            masks, seed = at_most_one_out(len(every)), self.next_seed()
            critic = fit_masked(entries, self.nodes, fit, validation, self.recipe, seed, self.device, masks=masks)
            judge = Judges([(critic, held_out)])
            of_folds.append(np.stack([judge.pointwise(entries, self.nodes, subset) for subset in left]))
        scores, rows = np.concatenate(of_folds, axis=1), np.concatenate([held_out for _, held_out in parts])
        return {j: mean_and_error(scores[0] - scores[1 + i], self.groups, rows) for i, j in enumerate(standing)}
