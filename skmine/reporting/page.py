"""A report's content as HTML, Markdown or JSON."""

import base64
import hashlib
import re
from dataclasses import asdict
from functools import cache
from importlib import resources
from typing import Any

from skmine.data.escapes import escape_controls
from skmine.estimation.inference import format_pvalue
from skmine.functions.records import MEANINGS, write_json
from skmine.reporting.collect import Findings
from skmine.reporting.content import ReportContent
from skmine.reporting.words import REPORT_MEANINGS, TITLES

#: Most rows of a table on the page, so that it stays small; JSON has all of them.
MOST_ROWS = 400

#: What Markdown takes for marks inside of a line, at its beginning, and for an address.
MARKS = re.compile(r"([\\`*\[\]|~$^]|(?<!\w)_|_(?!\w))")
FIRST_MARKS = re.compile(r"^(\s*)([#+\-=>]|\d+[.)])")
ADDRESS = re.compile(r"(?<=\w):(?=//)|(?<=www)\.")


def render_html(findings: Findings) -> str:
    """A page that needs nothing but itself."""
    from markupsafe import Markup

    from skmine.reporting.drawing import draw_matrix, draw_sight

    content = findings.content
    script, style = (_read_template(name) for name in ("page.js", "page.css"))
    return (
        _make_environment(autoescape=True)
        .get_template("report.html.j2")
        .render(
            **_describe(content),
            script=Markup(script),
            style=Markup(style),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            matrix_picture=Markup(draw_matrix(content.redundancy)) if content.redundancy else "",
            pictures=[
                (sight.picture, Markup(draw_sight(sight, number)))
                for number, sight in enumerate(findings.sights, start=1)
            ],
        )
    )


def render_markdown(findings: Findings) -> str:
    """The same in words and tables, without pictures."""
    content = findings.content
    template = _make_environment(autoescape=False).get_template("report.md.j2")
    return re.sub(r"\n{3,}", "\n\n", template.render(**_describe(content))).strip() + "\n"


def render_json(findings: Findings) -> str:
    """All numbers, with units and what each key means."""
    about = asdict(findings.content)
    unit = about.pop("unit")
    return write_json(about, unit, {**MEANINGS, **REPORT_MEANINGS}) + "\n"


#: How each format is rendered.
RENDERERS = {"html": render_html, "md": render_markdown, "json": render_json}


def _describe(content: ReportContent) -> dict[str, Any]:
    """What both templates are given."""
    longest = max([*(float(record["mi"]) for record in content.columns), 1e-9])
    return {
        "report": content,
        "most_rows": MOST_ROWS,
        "longest": longest,
        "kept": {record["column"] for record in content.columns if record["kept"]},
        "titles": TITLES,
    }


def _make_environment(*, autoescape: bool) -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("skmine.reporting", "templates"),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "show": lambda value: escape_controls(str(value)),
        "plain": _escape_markdown,
        "number": format_number,
        "pvalue": lambda p: "" if p is None else format_pvalue(float(p)),
    }
    return environment


@cache
def _read_template(name: str) -> str:
    return resources.files("skmine.reporting").joinpath("templates", name).read_text(encoding="utf-8")


def _escape_markdown(value: object) -> str:
    """Text of the user's in Markdown: nothing in it is a mark, or HTML."""
    text = escape_controls(str(value)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = FIRST_MARKS.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", MARKS.sub(r"\\\1", text))
    return ADDRESS.sub(lambda found: f"&#{ord(found[0])};", text)


def format_number(value: float | None, digits: int = 4) -> str:
    """A number to read; empty where it is not known."""
    return "" if value is None else f"{value:.{digits}f}"
