"""Calls of the command line."""

import contextlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.same_numbers.calls.data import draw_mixed_without_period
from benchmarks.same_numbers.calls.register import register


def run_command(*arguments: str) -> Any:
    """What the command line prints, parsed: JSON or CSV."""
    from skmine.cli import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main(list(arguments))
    text = out.getvalue()
    if "--json" in arguments:
        answer = json.loads(text)
        return [code, {k: v for k, v in answer.items() if k != "warnings"}]
    return [code, pd.read_csv(io.StringIO(text))]


@register
def command_rank() -> Any:
    return [
        run_command("rank", "--json"),
        run_command("rank", "--csv", "--alpha", "0.001", "--seed", "5", "--top", "4"),
    ]


@register
def command_rank_of_a_file() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        frame, y = draw_mixed_without_period()
        source, kept = str(Path(folder, "in.csv")), str(Path(folder, "kept.csv"))
        frame.assign(y=y).to_csv(source, index=False, sep=";")
        answer = run_command("rank", source, "--target", "y", "--json", "--output", kept)
        answer[1].pop("data")
        return [answer, pd.read_csv(kept)]


@register
def command_estimate() -> Any:
    return [
        run_command("estimate", "--json", "-x", "bmi"),
        run_command("estimate", "--json", "-x", "bmi,bp,s5", "--level", "0.9"),
        run_command("estimate", "--json", "-x", "bmi", "-z", "age,sex", "--seed", "3"),
    ]


@register
def command_select() -> Any:
    return [
        run_command("select", "--json"),
        run_command("select", "--csv", "--method", "mrmr", "--n-columns", "3"),
        run_command("select", "--json", "--method", "marginal", "--keep", "sex", "--group", "s1,s2"),
    ]


@register
def command_matrix() -> Any:
    return [run_command("matrix", "--json"), run_command("matrix", "--csv", "--normalize", "-c", "bmi,bp,s1")]
