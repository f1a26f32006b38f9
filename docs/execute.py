"""Execute the notebooks for `make docs`, as many at a time as there are processors, and keep what they answer.

myst-nb takes it from there (`nb_execution_mode = "cache"`), for as long as neither a notebook nor the package changes.
"""

import hashlib
import sys
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

ROOT = Path(__file__).parent.parent

#: Notebooks that take many minutes: the site shows them without answers, `make test-all` runs them.
NOT_EXECUTED = ("6-mine-paper", "7-what-an-agent-controls")

#: Seconds that a cell may take on a busy machine.
TIMEOUT = 900


def find_cache() -> Path:
    """The folder of answers of this version of the package, found by a hash of its sources."""
    sources = sorted((ROOT / "skmine").rglob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    return ROOT / "build" / "docs-cache" / digest[:16]


def execute() -> None:
    """Execute what the cache lacks; end with the traceback of the first notebook that fails."""
    cache = get_cache(str(find_cache()))
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        if notebook.stem not in NOT_EXECUTED:
            cache.add_nb_to_project(str(notebook))
    result = load_executor("local-parallel", cache).run_and_cache(timeout=TIMEOUT)
    failed = result.excepted + result.errored
    if failed:
        record = cache.get_project_record(failed[0])
        sys.exit(f"{failed[0]} fails:\n{record.traceback}")


if __name__ == "__main__":
    execute()
