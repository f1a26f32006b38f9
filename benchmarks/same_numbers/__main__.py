"""Whether two commits of skmine give the same numbers: ``python -m benchmarks.same_numbers --commit 83d927f``.

Checks a commit out into a scratch worktree, runs the same seeded calls of the whole public surface with it and with
this checkout, one after the other on this machine, and compares every number to the bit. Texts are not compared.
A change of structure must report no difference; a change of method shows what it moved.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.same_numbers.calls import CALLS
from benchmarks.same_numbers.compare import Numbers, compare_numbers
from benchmarks.same_numbers.run import ROOT, read_numbers, run_at_commit, run_in_process, write_numbers


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.same_numbers", description=__doc__)
    parser.add_argument("--commit", default="83d927f", help="what to compare this checkout with")
    parser.add_argument("--only", nargs="+", choices=CALLS, default=list(CALLS), metavar="CALL", help="some calls")
    parser.add_argument("--before", type=Path, help="keep the commit's numbers in a file, or take them from it")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)  # of the processes that run the calls
    parser.add_argument("--skmine", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def print_comparison(names: list[str], before: dict[str, Numbers], after: dict[str, Numbers]) -> int:
    """Print one line per call and the first differences; how many calls differ."""
    n_arrays = n_numbers = n_different = 0
    for name in names:
        arrays, count, lines = compare_numbers(before[name], after[name])
        n_arrays, n_numbers, n_different = n_arrays + arrays, n_numbers + count, n_different + bool(lines)
        print(f"{name}: {count} numbers, {'equal' if not lines else f'{len(lines)} of {arrays} differ'}")
        for line in lines[:5]:
            print(f"    {line}")
    print(f"{len(names)} calls, {n_arrays} arrays, {n_numbers} numbers; {n_different} calls differ.")
    return n_different


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    if options.write is not None:
        write_numbers(options.write, options.skmine, options.only)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if options.before and options.before.exists():
            before = read_numbers(options.before)
        else:
            kept = options.before or scratch / "before.pkl"
            before = run_at_commit(options.commit, scratch, kept, options.only)
        after = run_in_process(ROOT, scratch / "after.pkl", options.only)
    return int(print_comparison(options.only, before, after) > 0)


if __name__ == "__main__":
    sys.exit(main())
