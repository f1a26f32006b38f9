"""``python -m skmine``."""

import sys

from skmine.cli import main

if __name__ == "__main__":
    sys.exit(main())
