"""Settings of `make docs`: Sphinx reads the repository from its root, where pages link to notebooks and results."""

import sys
from pathlib import Path
from typing import Any

from docutils.nodes import SkipNode
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import execute  # noqa: E402

import skmine  # noqa: E402

project = "skmine"
author = "skmine developers"
copyright = "skmine developers, BSD 3-Clause"
version = release = skmine.__version__
language = "en"

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_nb"]
root_doc = "docs/index"
include_patterns = [
    "docs/**.md",
    "docs/**.rst",
    "notebooks/*.ipynb",
    "benchmarks/README.md",
    "benchmarks/results/*.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
]
exclude_patterns = [".*", "docs/_*", "build", "dist", "skmine", "tests", "pretraining"]
templates_path = [str(ROOT / "docs" / "_templates")]  # autosummary looks below the root, others below docs

nitpicky = True
#: What other packages document: nothing is fetched, so that no link leads there.
nitpick_ignore_regex = [("py:.*", r"(sklearn|torch|numpy|pandas|matplotlib|scipy)\..*")]

# Names are documented where they are imported from, and signatures without types, which the text below has.
default_role = "literal"
autosummary_generate = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # result files begin with tables below their titles

# `docs/execute.py` has executed them, two at a time; what it could not, is an error here.
nb_execution_mode = "cache"
nb_execution_cache_path = str(execute.find_cache())
nb_execution_excludepatterns = [f"notebooks/{name}.ipynb" for name in execute.NOT_EXECUTED]
nb_execution_timeout = execute.TIMEOUT
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True

html_theme = "furo"
html_title = f"skmine {release}"
html_static_path = ["_static"]
html_css_files = ["skmine.css"]
html_extra_path = ["_extra"]
html_copy_source = False
html_show_sourcelink = False
html_math_renderer = "mathml"


def skip_foreign_members(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what a class has from torch or scikit-learn: its pages would be theirs."""
    module = getattr(obj, "__module__", None)
    if what == "class" and isinstance(module, str) and not module.startswith("skmine"):
        return True
    return None


def render_math(translator: Any, node: Any) -> None:
    """Write a formula as MathML, which browsers draw by themselves: no script, no network."""
    block = node.tagname == "math_block"
    formula = latex2mathml.tex2mathml(node.astext(), as_block=block)
    translator.body.append(f'<div class="formula">{formula}</div>' if block else formula)
    raise SkipNode


def setup(app: Sphinx) -> None:
    app.connect("autodoc-skip-member", skip_foreign_members)
    app.add_html_math_renderer("mathml", (render_math, None), (render_math, None))
