"""What the README and the pages of the documentation show, runs and prints that; their links lead somewhere."""

import configparser
import contextlib
import importlib
import io
import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from sklearn.datasets import load_diabetes

from skmine.cli import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]

#: Texts beside them whose links and commands are looked at, too.
TEXTS = [*PAGES, *(ROOT / text for text in ("benchmarks/README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]

#: Those with more than ten links, and those with commands of benchmarks.
LINKED = ("README.md", "benchmarks/README.md", "docs/benchmarks.md")
WITH_COMMANDS = ("benchmarks/README.md", "docs/choosing.md", "docs/loss.md", "docs/scale.md")

#: A block of a page: its language, its text, and the text up to the next block.
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$(\s*)", flags=re.M | re.S)

#: A number, as one part of a line that is compared; the rest is compared to the letter.
NUMBER = re.compile(r"((?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]))")

#: Marks of bars, whose length follows from a number beside them.
BARS = "█▏▎▍▌▋▊▉"

#: Extras of the package.
SETTINGS = configparser.ConfigParser()
SETTINGS.read(ROOT / "setup.cfg")
EXTRAS = set(SETTINGS["options.extras_require"])

#: First words of commands that a page shows and no test runs: they install, or take minutes.
NOT_RUN = ("make", "pip", "apt-get", "python", ".venv/bin/python")


def name(page):
    return str(page.relative_to(ROOT))


def list_blocks(page):
    """Blocks of a page as (language, text, whether the next block follows at once)."""
    text = page.read_text()
    return [(b[1], b[2], text[b.end() :].startswith("```text")) for b in BLOCK.finditer(text)]


def list_commands(text):
    """Commands of a block of a shell that tests run, as words."""
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] not in NOT_RUN:
            assert words[0] == "skmine", f"no test knows how to run {line!r}"
            yield tuple(words[1:])


def run_command(words):
    """Run skmine where `folder` has put the files that the pages name."""
    try:
        code = main(list(words))
    except SystemExit as ended:
        code = ended.code
    assert not code, f"skmine {' '.join(words)} ended with {code}"


def assert_same_lines(shown, printed):
    """Names and decisions to the letter; figures as far as processors round alike."""
    lines, others = ([line.split() for line in text.splitlines() if line.strip()] for text in (shown, printed))
    assert len(lines) == len(others), printed
    for line, other in zip(lines, others, strict=True):
        parts, found = (NUMBER.split(" ".join(w for w in words if set(w) - set(BARS))) for words in (line, other))
        assert len(parts) == len(found), printed
        for a, b in zip(parts, found, strict=True):
            if NUMBER.fullmatch(a) and NUMBER.fullmatch(b):
                assert float(a) == pytest.approx(float(b), rel=0.05, abs=2e-3), printed
            else:
                assert a == b, printed


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a reader of the pages stands: with a table of patients and a folder of events."""
    pytest.importorskip("pyarrow")
    frame = load_diabetes(as_frame=True, scaled=False).frame
    patients = frame.rename(columns={"target": "progression"})
    patients.to_csv(tmp_path / "patients.csv", index=False)
    (tmp_path / "events").mkdir()
    for part in range(2):
        some = patients.iloc[part::2].assign(clicked=patients["progression"] > 150)
        some.drop(columns="progression").to_parquet(tmp_path / "events" / f"{part}.parquet")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", [page for page in PAGES if list_blocks(page)], ids=name)
def test_code_runs_and_prints_what_is_shown(page):
    namespace: dict = {}
    printed = None
    for language, text, followed in list_blocks(page):
        assert language in ("python", "sh", "text"), f"{name(page)}: no test runs blocks of {language!r}"
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            if language == "python":
                exec(compile(text, name(page), "exec"), namespace)
            elif language == "sh" and followed:
                for words in list_commands(text):
                    run_command(words)
            elif language == "text" and printed:
                assert_same_lines(text, printed.getvalue())
        printed = out if followed else None


#: Each once, however many pages show it.
COMMANDS = {
    words
    for page in PAGES
    for language, text, _ in list_blocks(page)
    if language == "sh"
    for words in list_commands(text)
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_commands_run(words):
    run_command(words)


@pytest.mark.parametrize("page", TEXTS, ids=name)
def test_commands_that_no_test_runs_are_there(page):
    text = page.read_text()
    modules = re.findall(r"python\s+-m\s+((?:benchmarks|skmine|pretraining)[\w.]*)", text)
    assert modules or name(page) not in WITH_COMMANDS
    for module in modules:
        assert find_spec(module), module
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.M)
    for target in re.findall(r"\bmake (?:([a-z]+(?:-[a-z]+)*))[`\s]*(?:$|#|`)", text, flags=re.M):
        assert target in targets, target
    for extra in re.findall(r"pip\s+install\s+'(?:skmine|\.)\[(\w+)\]'", text):
        assert extra in EXTRAS, extra


@pytest.mark.parametrize("page", TEXTS, ids=name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    assert len(links) > 10 or name(page) not in LINKED
    for link in links:
        assert link.startswith("https://") or (page.parent / link).exists(), link


@pytest.mark.parametrize("module", ["skmine", "skmine.nn", "skmine.plotting", "skmine.synthetic", "skmine.exceptions"])
def test_every_public_name_stands_in_the_api(module):
    page = (ROOT / "docs" / "api" / f"{module.rpartition('.')[2]}.md").read_text()
    listed = set(re.findall(r"^   (\w+)$", page, flags=re.M))
    wanted = set(importlib.import_module(module).__all__)
    assert listed <= wanted
    for missing in wanted - listed - {"__version__"}:  # constants and types stand in a sentence
        assert f"`{missing}`" in page, missing


def test_every_notebook_stands_in_the_gallery():
    gallery = (ROOT / "docs" / "gallery.md").read_text()
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"../notebooks/{notebook.name}" in gallery


def test_every_extra_is_explained():
    rows = re.findall(r"^\| (`.*?) \|", (ROOT / "docs" / "install.md").read_text(), flags=re.M)
    listed = {extra for row in rows for extra in re.findall(r"`(\w+)`", row)}
    assert listed == EXTRAS


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 170
