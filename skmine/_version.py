"""The one place of the version number; importing it needs nothing else."""

__version__ = "0.2.0"
