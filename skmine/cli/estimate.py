"""``skmine estimate``: what two groups of columns share."""

import argparse
import json

from rich.table import Table
from rich.text import Text

from skmine.cli.parser import check_named_once
from skmine.cli.shared import (
    list_names,
    make_console,
    read_with_target,
    show_status,
    take_columns,
)
from skmine.estimation.inference import format_pvalue
from skmine.functions import mutual_info


def run(options: argparse.Namespace) -> None:
    """Estimate, and print or write what the options ask for."""
    frame, target, called = read_with_target(options.file, None if options.y is None else options.y[0])
    wanted = {"--y": options.y or [target], "--z": options.z or []}
    taken = [name for names in wanted.values() for name in names]
    wanted["--x"] = options.x or [str(c) for c in frame.columns if str(c) not in taken]
    if not wanted["--x"]:
        raise ValueError("--x is missing: no column is left beside --y and --z.")
    check_named_once([*taken, *wanted["--x"]])
    x, y, z = (take_columns(frame, wanted[option], option) for option in ("--x", "--y", "--z"))
    with show_status(f"training on {len(frame)} rows"):
        found = mutual_info(x, y, z, n_jobs=options.n_jobs, random_state=options.seed)
    low, high = found.confidence_interval(options.level)
    about = {
        "data": called,
        "rows": len(frame),
        "x": wanted["--x"],
        "y": wanted["--y"],
        "z": wanted["--z"],
        "level": options.level,
        "seed": options.seed,
        "mi": found.mi,
        "se": found.se,
        "lower_bound": found.lower_bound(options.level),
        "confidence_interval": [low, high],
        "pvalue": found.pvalue,
        "held_out": found.held_out,
        "critic": found.critic,
        "warnings": list(found.warnings),
    }
    if options.json:
        print(json.dumps(about, indent=2))
        return
    console = make_console()
    given = f" given {list_names(wanted['--z'])}" if z is not None else ""
    percent = f"{100 * options.level:g} %"
    title = f"Mutual information of {list_names(wanted['--x'])} with {list_names(wanted['--y'])}{given}"
    table = Table(box=None, show_header=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_row("estimate", Text(f"{found.mi:.4f} nats", style="bold"))
    table.add_row("standard error", f"{found.se:.4f}")
    table.add_row(f"{percent} lower bound", f"{about['lower_bound']:.4f}")
    table.add_row(f"{percent} interval", f"{low:.4f} to {high:.4f}")
    table.add_row("p of independence", format_pvalue(found.pvalue))
    table.add_row("critic", found.critic)
    console.print(Text(title, style="italic"), table)
    console.print(Text(f"\n{called}: {len(frame)} rows.\nHeld-out score {found.held_out:.4f} nats.", style="dim"))
