"""The one place of the version number; importing it needs nothing else."""

__version__ = "0.1.0"
