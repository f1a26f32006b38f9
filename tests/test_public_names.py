"""What is public is documented by numpydoc's rules, with units and an example that runs."""

import ast
import doctest
import importlib
import inspect
import re
import textwrap
import typing
from pathlib import Path

import pytest

MODULES = ("skmine", "skmine.nn", "skmine.plotting", "skmine.synthetic", "skmine.exceptions")
NAMES = [(module, name) for module in MODULES for name in importlib.import_module(module).__all__]

#: Sections of numpydoc, in its order.
SECTIONS = (
    "Parameters",
    "Returns",
    "Yields",
    "Attributes",
    "Raises",
    "Warns",
    "Warnings",
    "See Also",
    "Notes",
    "References",
    "Examples",
)

#: What a number in nats is called in signatures and sections.
IN_NATS = re.compile(r"\b(mi|lower|scores?|pointwise|history|held_out_mi|Sampler|Nats|matrix)\b")


def find(module, name):
    return getattr(importlib.import_module(module), name)


def is_alias(thing):
    return typing.get_origin(thing) is not None


def is_constant(thing):
    """Whether a name has no docstring of its own: constants, type aliases, a version."""
    return not (inspect.isclass(thing) or inspect.isfunction(inspect.unwrap(thing))) or is_alias(thing)


def split_sections(text):
    """The sections of a docstring by their titles; the part above the first one is called ''."""
    out, title = {"": []}, ""
    lines = text.splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line in SECTIONS and below == "-" * len(line):
            title = line
            out[title] = []
        elif not (title and line == "-" * len(title)):
            out[title].append(line)
    return {title: "\n".join(body).strip("\n") for title, body in out.items()}


def documented(body):
    """Names that a section of parameters describes, with what is written under each."""
    out = {}
    for entry in re.split(r"\n(?=\S)", body):
        head, _, rest = entry.partition("\n")
        for name in re.split(r",\s*", head.split(" : ")[0]):
            out[name.strip().lstrip("*")] = (head.partition(" : ")[2], rest.strip())
    return out


def find_methods(thing):
    """Public methods of a class that skmine defines and documents, neither torch nor scikit-learn."""
    if not inspect.isclass(thing):
        return []
    own = {name for c in thing.__mro__ if c.__module__.startswith("skmine") for name in vars(c)}
    foreign = {name for c in thing.__mro__ if not c.__module__.startswith("skmine") for name in vars(c)}
    found = []
    for name in sorted(own):
        method = getattr(thing, name)
        routine = inspect.isfunction(method) or inspect.ismethod(method)
        if routine and not name.startswith("_") and (name not in foreign or method.__doc__):
            found += [] if method.__module__.startswith("sklearn") else [name]
    return found


def walk_body(function):
    """The nodes of a function's source, without those of functions inside it."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    nodes = list(definition.body)
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            nodes += ast.iter_child_nodes(node)


CALLABLES = [
    (module, f"{name}.{method}" if method else name)
    for module, name in NAMES
    if not is_constant(find(module, name)) and not module.endswith("exceptions")
    for method in ("", *find_methods(find(module, name)))
]


def look_up(module, path):
    name, _, method = path.partition(".")
    thing = find(module, name)
    return getattr(thing, method) if method else thing


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_every_public_name_says_what_it_is(module, name):
    thing = find(module, name)
    if is_constant(thing):
        if not name.startswith("__"):
            assert has_comment(module, name), f"{module}.{name} has no comment that starts with #:"
        return
    text = inspect.getdoc(thing)
    assert text
    summary, *rest = text.split("\n")
    assert summary.strip().endswith("."), f"the summary of {name} is one sentence on one line: {summary!r}"
    assert not rest or not rest[0].strip(), f"an empty line follows the summary of {name}"


def has_comment(module, name):
    """Whether a constant stands under a `#:` comment, in the package's source."""
    folder = Path(importlib.import_module(module).__file__).parent
    found = [re.search(rf"^#:.*\n(?:#:.*\n)*{name}\b.*=", f.read_text(), flags=re.M) for f in folder.rglob("*.py")]
    return any(found)


@pytest.mark.parametrize(("module", "path"), CALLABLES)
def test_parameters_are_those_of_the_signature(module, path):
    thing = look_up(module, path)
    sections = split_sections(inspect.getdoc(thing) or "")
    parameters = [p for p in inspect.signature(thing).parameters.values() if p.name not in ("self", "cls")]
    described = documented(sections.get("Parameters", ""))
    described.pop("", None)
    assert list(described) == [p.name for p in parameters], path
    for parameter in parameters:
        if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            assert described[parameter.name][0], f"{path}: {parameter.name} has no type"


@pytest.mark.parametrize(("module", "path"), CALLABLES)
def test_sections_are_complete_and_in_order(module, path):
    thing = look_up(module, path)
    sections = [title for title in split_sections(inspect.getdoc(thing) or "") if title]
    assert sections == sorted(sections, key=SECTIONS.index), path
    if inspect.isclass(thing):
        return
    body = list(walk_body(thing))
    if any(isinstance(node, ast.Return) and node.value is not None for node in body):
        assert "Returns" in sections, path
    if any(isinstance(node, ast.Raise) for node in body):
        assert "Raises" in sections, path


@pytest.mark.parametrize(("module", "path"), CALLABLES)
def test_numbers_in_nats_say_so(module, path):
    text = inspect.getdoc(look_up(module, path)) or ""
    sections = split_sections(text)
    numbers = "\n".join(sections.get(s, "") for s in ("Parameters", "Returns", "Attributes"))
    names = re.findall(r"^(\w[\w, ]*) :", numbers, flags=re.M)
    if any(IN_NATS.fullmatch(name) for entry in names for name in re.split(r",\s*", entry)):
        assert re.search(r"\bnats?\b", text, flags=re.I), path


@pytest.mark.parametrize(("module", "name"), [n for n in NAMES if not n[0].endswith("exceptions")])
def test_there_is_an_example(module, name):
    # That examples run, tests/test_docstrings.py holds for every module.
    thing = find(module, name)
    if not is_constant(thing):
        found = doctest.DocTestFinder(recurse=False).find(thing, name, globs={})
        assert sum(len(test.examples) for test in found), f"{module}.{name} has no example"
