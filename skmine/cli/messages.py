"""What the command line says beside its answer, on standard error.

This module imports nothing heavy.
"""

import sys

from skmine.data.escapes import escape_controls

#: Exit code of a usage error, or of bad input, as argparse has it.
USAGE_ERROR = 2


def say(what: str, text: str) -> None:
    """Say an error, a warning or a note in one line, in which nothing acts in a terminal."""
    print(f"skmine: {what}: {escape_controls(text)}", file=sys.stderr)
