"""Text tables that need not fit in memory, such as CSV, read in blocks of lines.

Design notes. Two passes say what a column is, by the rules of a text table in memory: the first checks every line and
finds the numbers, the second counts the distinct texts of the other columns, which `text_rules` reads. A file that
changes between passes is refused.
"""

import os
import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd

from skmine.data.files.text_blocks import TextBlocks
from skmine.data.files.text_rules import TextCounts, TextRule
from skmine.data.files.text_source import open_text
from skmine.data.files.text_tables import read_blocks
from skmine.data.files.unpacking import open_unpacked
from skmine.data.formats import AS_FOUND, SEPARATORS, ReadOptions, get_ending
from skmine.data.repairs import say_placeholders
from skmine.data.stream import Stream


class _OpenText:
    """An open text table; it is closed when no one holds it any more."""

    def __init__(self, path: Path, options: ReadOptions) -> None:
        with ExitStack() as stack:
            opened = open_unpacked(str(path), options, stack)
            expected = SEPARATORS.get(get_ending(opened.name))
            self.source, self.notes = open_text(opened.file, opened.called, expected, options, stack)
            weakref.finalize(self, stack.pop_all().close)


class TextStream(Stream):
    """A text table by its path, with a header; see `files.read_table`.

    Attributes
    ----------
    repairs : list of Repair
        What was done to cells that are not written as programs write them.
    notes : list of str
        What is to be said of the way it was read.

    Raises
    ------
    ValueError
        If it cannot be read, or is no text, empty or ragged, or names a column twice.
    """

    def __init__(self, path: Path, options: ReadOptions = AS_FOUND) -> None:
        self._path = path
        try:
            self._state = _read_state(path)
            self._text = _OpenText(path, options)
            self._blocks = TextBlocks(self._text.source)
            self._reading = read_blocks(self._blocks, options.decimal, keep=False)
            self.names = [str(name) for name in self._reading.names]
            self._rules = self._learn()
        except OSError as error:
            raise ValueError(f"Cannot read {str(path)!r}: {error.strerror or error}.") from error
        self.notes = self._text.notes
        placeholders = self._reading.list_placeholders()
        said = {name: [say_placeholders(name, of, self._blocks.n_rows)] for name, of in placeholders.items()}
        said |= {name: rule.repairs for name, rule in self._rules.items()}
        self.repairs = [repair for name in self.names for repair in said.get(name, [])]

    def _learn(self) -> dict[str, TextRule]:
        """How each column of texts is read."""
        texts = [name for name in self.names if not self._reading.is_numbers(name)]
        counts = {name: TextCounts(name, self._reading.decimal) for name in texts}
        for text in self._blocks.again() if texts else ():
            frame = self._read_texts(text, texts)
            for name in texts:
                counts[name].add(frame[name])
        return {name: counts[name].decide(self._blocks.n_rows) for name in texts}

    def _read_texts(self, text: bytes, names: Sequence[str]) -> pd.DataFrame:
        """Columns of a block as they are written."""
        return self._blocks.read_as_text(text, [self.names.index(name) for name in names])

    def read(self, names: Sequence[str]) -> Iterator[pd.DataFrame]:
        numbers = [name for name in names if name not in self._rules]
        texts = [name for name in self.names if name in self._rules and name in names]
        try:
            for text in self._blocks.again():
                self._refuse_changes()
                columns: dict[str, Any] = dict(self._reading.parse(text, numbers)) if numbers else {}
                if texts:
                    frame = self._read_texts(text, texts)
                    columns |= {name: self._rules[name].apply(frame[name]) for name in texts}
                yield pd.DataFrame({name: columns[name] for name in names})
            self._refuse_changes()
        except (OSError, ValueError):
            self._refuse_changes()
            raise

    def _refuse_changes(self) -> None:
        """Refuse a file that is not the one that was read first."""
        try:
            changed = _read_state(self._path) != self._state
        except OSError:
            changed = True
        if changed:
            raise ValueError(f"{str(self._path)!r} changed while it was read; read it when it is complete.")


def _read_state(path: Path) -> tuple[int, int, int]:
    """What changes when a file does."""
    state = os.stat(path)
    return state.st_ino, state.st_size, state.st_mtime_ns
