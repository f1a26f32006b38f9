"""argparse's parser with errors in one sentence, and completion for shells.

This module imports nothing heavy.
"""

import argparse
import difflib
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from skmine.cli.messages import USAGE_ERROR, say


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and how it is written, and leave."""
        unknown = re.fullmatch(r"unrecognized arguments: (--[\w-]+).*", message)
        if unknown:
            options = [name for action in self._list_actions() for name in action.option_strings if name[:2] == "--"]
            near = difflib.get_close_matches(unknown[1], options, n=1)
            message += f"; did you mean {near[0]}?" if near else "; skmine COMMAND --help lists the options."
        say("error", message)
        self.exit(USAGE_ERROR)

    def _list_actions(self) -> Iterator[argparse.Action]:
        """Options of this parser and of its commands."""
        for action in self._actions:
            yield action
            if isinstance(action, argparse._SubParsersAction):
                for parser in dict.fromkeys(action.choices.values()):
                    yield from parser._actions


class PrintCompletion(argparse.Action):
    """Print what a shell reads, and leave."""

    def __call__(self, parser: argparse.ArgumentParser, _: Any, value: Any, __: str | None = None) -> None:
        try:
            import shtab
        except ImportError:
            parser.error("--print-completion needs shtab; install it by: pip install 'skmine[completion]'")
        print(shtab.complete(parser, value))
        parser.exit()
