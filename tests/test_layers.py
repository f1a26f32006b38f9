"""The house: which module may import which, and what importing leaves alone."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skmine

ROOT = Path(skmine.__file__).parent

#: Top to bottom; a module imports only from those further down.
ORDER = [
    "__main__",
    "cli",
    "cli.rank",
    "cli.estimate",
    "cli.select",
    "cli.matrix",
    "cli.shared",
    "files",
    "plotting",
    "plotting.matrix",
    "plotting.path",
    "plotting.training",
    "plotting.pointwise",
    "plotting.ranking",
    "stability",
    "selector",
    "estimator",
    "coupling",
    "validation",
    "functional",
    "functional.choosing",
    "functional.matrix",
    "functional.tables",
    "functional.conditional",
    "functional.marginal",
    "functional.parameters",
    "search",
    "search.selection",
    "search.mrmr",
    "search.leaks",
    "search.joint",
    "search.refits",
    "search.elimination",
    "search.screening",
    "search.masked",
    "crossfit",
    "crossfit.estimates",
    "crossfit.trained",
    "crossfit.fitting",
    "crossfit.scoring",
    "crossfit.grid",
    "crossfit.plan",
    "bases",
    "bases.choices",
    "bases.sums",
    "bases.canonical",
    "inference",
    "folds",
    "tables",
    "columns",
    "naming",
    "features",
    "encoding",
    "datasets",
    "synthetic",
    "synthetic.catalogue",
    "synthetic.transforms",
    "synthetic.mixed",
    "synthetic.multivariate",
    "synthetic.pairs",
    "synthetic.sampler",
    "exceptions",
    "nn",
    "nn.coupled",
    "nn.loss",
    "nn.checks",
    "nn.critics",
    "nn.gradients",
    "core.training",
    "core.critics",
    "core.critics.partition",
    "core.critics.pair",
    "core.critics.grid",
    "core.bounds",
    "core.scores",
    "core.devices",
    "core.weights",
    "_version",
]


def imports(path):
    """Modules that a file imports, `from package import name` giving both package and name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(p for p in parts if p != "__init__")
        if name not in ("", "core"):
            yield name, path


def test_every_module_has_its_place():
    assert sorted(name for name, _ in modules()) == sorted(ORDER)


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda v: v if isinstance(v, str) else "")
def test_imports_go_down(name, path):
    own = ORDER.index(name)
    for imported in imports(path):
        inner = imported.removeprefix("skmine.")
        if imported.startswith("skmine.") and inner in ORDER:
            assert ORDER.index(inner) > own, f"{name} imports {inner}, which stands above it"


@pytest.mark.parametrize("path", sorted((ROOT / "core").rglob("*.py")), ids=lambda p: p.stem)
def test_core_is_torch_only(path):
    roots = {name.split(".")[0] for name in imports(path)}
    assert not roots & {"sklearn", "pandas", "scipy", "joblib", "rich"}


def test_inference_is_numpy_and_scipy_only():
    assert {n.split(".")[0] for n in imports(ROOT / "inference.py")} <= {"numpy", "scipy", "typing"}


def test_import_leaves_global_state_alone():
    code = (
        "import numpy as np, torch; np.random.seed(1); torch.manual_seed(1); "
        "before = (np.random.get_state()[1].tolist(), torch.get_rng_state().tolist(), torch.get_num_threads(), "
        "torch.get_default_dtype()); import sys, skmine; "
        "skmine.rank_columns(np.eye(40), np.arange(40.) % 7, random_state=0); "
        "after = (np.random.get_state()[1].tolist(), torch.get_rng_state().tolist(), torch.get_num_threads(), "
        "torch.get_default_dtype()); assert before == after; assert 'matplotlib' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
