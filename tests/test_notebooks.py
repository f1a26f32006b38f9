"""Notebooks run from top to bottom, and are kept without output."""

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

#: Notebooks that take a minute or more.
LONG = (
    "2-one-number-to-trust",
    "3-grid-search",
    "4-choose-columns-together",
    "5-couple-and-part",
    "6-mine-paper",
    "7-what-an-agent-controls",
    "8-partners",
    "11-information-plane",
)

#: Seconds that a cell may take on a busy machine.
TIMEOUT = 900


def read_notebook(file):
    return nbformat.read(file, as_version=4)


def test_there_are_notebooks():
    assert {file.stem for file in NOTEBOOKS} > set(LONG)


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_notebook_is_kept_without_output(file):
    notebook = read_notebook(file)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.parametrize(
    "file",
    [pytest.param(f, marks=[pytest.mark.slow] if f.stem in LONG else [], id=f.stem) for f in NOTEBOOKS],
)
def test_notebook_runs(file):
    notebook = read_notebook(file)
    nbclient.NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": FOLDER}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert outputs
    complaints = [output["text"] for output in outputs if output.get("name") == "stderr"]
    assert complaints == []
