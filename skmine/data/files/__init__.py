"""Tables in files: read with one clear error, written whole or not at all.

Design notes. `table.read_table` is the only place that asks what a file is; each kind has a module of its own.
"""

from skmine.data.files.table import read_table
from skmine.data.files.writing import write_table, write_whole

__all__ = ["read_table", "write_table", "write_whole"]
