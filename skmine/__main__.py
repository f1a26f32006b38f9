"""``python -m skmine``, and the command ``skmine``."""

import sys


def main() -> int:
    """Run the command line; Ctrl-C is answered from the first import on."""
    try:
        from skmine.cli import main as run

        return run()
    except KeyboardInterrupt:
        print("skmine: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
