"""``skmine datasets``: data sets to try."""

import argparse
import json
import sys

from skmine.cli.console import Bars, Field, make_console, print_sentences, print_table
from skmine.cli.writing import write_answer
from skmine.data.examples import RECIPES, load_example


def run(options: argparse.Namespace) -> None:
    """List the data sets, or write one."""
    if options.name is not None:
        frame = load_example(options.name).frame
        if options.output is not None:
            write_answer(frame, options.output)
        else:
            sys.stdout.write(frame.to_csv(index=False))
        return
    if options.output is not None:
        raise ValueError("--output writes one data set; name it.")
    examples = {name: load_example(name) for name in RECIPES}
    listed = [
        {"name": name, "rows": len(e.frame), "columns": e.frame.shape[1], "target": e.target, "about": e.description}
        for name, e in examples.items()
    ]
    if options.json:
        print(json.dumps(listed, indent=2))
        return
    console = make_console()
    fields = [
        Field("rows", [str(one["rows"]) for one in listed]),
        Field("columns", [str(one["columns"]) for one in listed], leaves=2),
        Field("target", [str(one["target"]) for one in listed], leaves=3, justify="left"),
        Field("about", [str(one["about"]) for one in listed], leaves=1, justify="left"),
    ]
    print_table(
        console, "Data sets to try", "name", list(examples), fields, Bars([0.0] * len(listed), [True] * len(listed))
    )
    console.print()
    print_sentences(console, "Every command takes them as example:NAME; skmine datasets NAME -o FILE writes one.")
