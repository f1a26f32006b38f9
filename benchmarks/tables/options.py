"""Options that the accuracy benchmarks share: tasks, and estimators of ours and of others."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import report
from benchmarks.common.processes import AnswerCache
from benchmarks.tables import peers
from benchmarks.tables.estimates import OURS, Estimate, estimate_ours, estimate_theirs
from benchmarks.tables.peers import Peer
from benchmarks.tables.tasks import Task


def make_task_parser(doc: str | None, script: str) -> argparse.ArgumentParser:
    """A command line that chooses tasks, rows and seeds; the result file is called as the script."""
    parser = report.make_parser(doc, f"tables.{script}", script)
    parser.add_argument("--tasks", type=Path, help="a folder of NAME.npz with X, Y and mi")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000], help="numbers of rows")
    add_seeds(parser)
    parser.add_argument("--only", nargs="+", metavar="SUBSTRING", help="tasks whose names contain one of these")
    return parser


def add_seeds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", type=int, default=1, help="draws per task and number of rows")


def add_estimators(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--estimators", nargs="+", metavar="NAME", help="of ours and the peers', by name")
    parser.add_argument("--no-peers", action="store_true", help="build no environment and run no peer")
    parser.add_argument("--fresh", action="store_true", help="ask peers again whose answers were kept")
    parser.add_argument("--answers", type=Path, default=peers.ANSWERS, help="the file that keeps peers' answers")


@dataclass(frozen=True)
class Estimators:
    """Those that were asked for.

    Attributes
    ----------
    own : dict
        Ours: parameters of MutualInfoEstimator by name.
    peers : list of Peer
        The others.
    running : bool
        Whether the others are run, or only named.
    cache : AnswerCache
        Of the others' answers.
    """

    own: dict[str, dict[str, Any]]
    peers: list[Peer]
    running: bool
    cache: AnswerCache

    def estimate(self, tasks: list[Task], rows: list[int], seeds: int) -> list[Estimate]:
        """Estimates of all of them: ours first."""
        running = self.peers if self.running else []
        return [
            *estimate_ours(self.own, tasks, rows, seeds),
            *estimate_theirs(running, tasks, rows, seeds, self.cache),
        ]


def choose_estimators(options: argparse.Namespace, known_peers: list[Peer]) -> Estimators:
    """Ours and the peers that were asked for: all, unless named."""
    names = options.estimators
    known = [*OURS, *[peer.name for peer in known_peers]]
    unknown = set(names or []) - set(known)
    if unknown:
        raise SystemExit(f"--estimators {' '.join(sorted(unknown))}: not known; choose from {', '.join(known)}.")
    own = {name: OURS[name] for name in OURS if not names or name in names}
    chosen = [peer for peer in known_peers if not names or peer.name in names]
    return Estimators(own, chosen, not options.no_peers, AnswerCache(options.answers, options.fresh))
