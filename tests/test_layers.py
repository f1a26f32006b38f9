"""The house: layers, what a module may import, how large it may be, and what importing leaves alone."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import skmine

ROOT = Path(skmine.__file__).parent
REPOSITORY = ROOT.parent

#: Top to bottom: a layer imports only from those further down.
LAYERS = ["cli", "reporting", "plotting", "estimators", "functions", "selection", "estimation", "data", "nn", "core"]

#: What every layer may import, and what imports nothing of skmine but each other.
COMMON = ["exceptions", "_version", "_sklearn", "synthetic"]

#: The front doors, which open every layer.
DOORS = ["", "__main__"]

#: Longest module and function body (lines, docstrings left out of bodies), most parameters of a private function.
LONGEST_MODULE = 300
LONGEST_BODY = 50
MOST_PARAMETERS = 7

#: What is larger, and why. `sklearn` stands for an estimator, `torch` for a loss, whose docstring and constructor list
#: every parameter.
LARGER = {
    "skmine/estimators/estimator.py": "sklearn",
    "skmine/estimators/selector.py": "sklearn",
    "skmine/estimators/coupled_encoder.py": "sklearn",
    "skmine/nn/loss.py": "torch",
}


def find_imports(path):
    """Names that a file imports: `from package import name` gives both package and package.name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def name_module(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {name_module(path): path for path in sorted(ROOT.rglob("*.py"))}


def find_layer(module):
    return module.partition(".")[0]


def find_own_imports(module):
    """Modules of skmine that a module imports."""
    found = {name.removeprefix("skmine.") for name in find_imports(MODULES[module]) if name.startswith("skmine.")}
    return sorted(found & set(MODULES) - {module, ""})


def test_every_module_is_in_a_layer():
    assert {find_layer(module) for module in MODULES} == {*LAYERS, *COMMON, *DOORS}


@pytest.mark.parametrize("module", [m for m in MODULES if find_layer(m) in LAYERS])
def test_a_layer_imports_only_from_those_below(module):
    allowed = {*LAYERS[LAYERS.index(find_layer(module)) :], *COMMON}
    for imported in find_own_imports(module):
        assert find_layer(imported) in allowed, f"{module} imports {imported}, which is in a layer above"


@pytest.mark.parametrize("module", [m for m in MODULES if find_layer(m) in COMMON])
def test_what_all_may_import_imports_no_layer(module):
    for imported in find_own_imports(module):
        assert find_layer(imported) == find_layer(module), f"{module} imports {imported}"


def test_no_cycle_of_modules():
    left = {module: set(find_own_imports(module)) for module in MODULES if module not in DOORS}
    while left:
        free = {module for module, imported in left.items() if not imported & set(left)}
        assert free, f"modules that import each other: {sorted(left)}"
        left = {module: imported for module, imported in left.items() if module not in free}


def test_no_cycle_of_folders_within_a_layer():
    # A folder within a layer counts as one module: estimation.critics, selection.joint, ...
    def find_room(module):
        return ".".join(module.split(".")[:2])

    left = {}
    for module in MODULES:
        if module.count(".") and find_layer(module) in LAYERS:
            rooms = {find_room(m) for m in find_own_imports(module) if m.count(".")}
            left.setdefault(find_room(module), set()).update(rooms - {find_room(module)})
    while left:
        free = {room for room, imported in left.items() if not imported & set(left)}
        assert free, f"folders that import each other: {sorted(left)}"
        left = {room: imported for room, imported in left.items() if room not in free}


@pytest.mark.parametrize("path", sorted((ROOT / "core").rglob("*.py")), ids=lambda p: p.stem)
def test_core_is_torch_only(path):
    roots = {name.split(".")[0] for name in find_imports(path)}
    assert not roots & {"sklearn", "pandas", "scipy", "joblib", "rich"}


def test_inference_is_numpy_and_scipy_only():
    roots = {name.split(".")[0] for name in find_imports(MODULES["estimation.inference"])}
    assert roots <= {"numpy", "scipy", "typing", "dataclasses"}


def test_private_names_of_scikit_learn_are_in_one_place():
    for module, path in MODULES.items():
        private = [name for name in find_imports(path) if name.startswith("sklearn") and "._" in name]
        assert module == "_sklearn" or not private, f"{module} imports {private}; add it to skmine/_sklearn.py"


# Size -----------------------------------------------------------------------------------------------

FILES = sorted(p for folder in ("skmine", "benchmarks", "pretraining") for p in (REPOSITORY / folder).rglob("*.py"))


def list_functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def measure_body(function):
    """Lines of a body, its docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_modules_and_functions_are_small(path):
    text, name = path.read_text(), str(path.relative_to(REPOSITORY))
    n_lines = len(text.splitlines())
    assert (n_lines > LONGEST_MODULE) == (name in LARGER), f"{name} has {n_lines} lines"
    for function in list_functions(ast.parse(text)):
        assert measure_body(function) <= LONGEST_BODY, f"{name}: {function.name}"
        arguments = function.args
        n_parameters = len([*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs])
        private = function.name.startswith("_") and not function.name.endswith("__")
        assert not private or n_parameters <= MOST_PARAMETERS, f"{name}: {function.name} has {n_parameters} parameters"


# Importing ------------------------------------------------------------------------------------------


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_leaves_global_state_alone():
    state = (
        "(np.random.get_state()[1].tolist(), torch.get_rng_state().tolist(), torch.get_num_threads(), "
        "torch.get_default_dtype())"
    )
    printed = run(
        f"import numpy as np, torch; np.random.seed(1); torch.manual_seed(1); before = {state}; import sys, skmine; "
        "skmine.rank_columns(np.eye(40), np.arange(40.) % 7, random_state=0); "
        f"assert before == {state}; assert 'matplotlib' not in sys.modules"
    )
    assert printed == ""


HEAVY = "{'torch', 'sklearn', 'pandas', 'numpy', 'scipy', 'rich'}"


def test_importing_skmine_imports_nothing_heavy():
    run(f"import sys, skmine; dir(skmine); heavy = {HEAVY} & set(sys.modules); assert not heavy, heavy")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["rank", "--help"], 0),
        (["fly"], 2),
        (["rank", "--top", "0"], 2),
        (["rank", "t.csv"], 2),
        (["select", "t.csv"], 2),
        (["estimate", "t.csv"], 2),
        (["estimate", "t.csv", "-x", "a", "-y", "a"], 2),
        (["rank", "--output", "t.docx"], 2),
        (["rank", "t.csv", "-t", "a", "--output", "t.csv"], 2),
        (["rank", "--output", "no-folder/t.csv"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_needs_no_file_is_answered_without_heavy_imports(arguments, code):
    run(
        "import sys\nfrom skmine.cli import main\n"
        f"try:\n    found = main({arguments!r})\nexcept SystemExit as end:\n    found = end.code\n"
        f"assert found == {code}, found\nheavy = {HEAVY} & set(sys.modules)\nassert not heavy, heavy"
    )


def test_lazy_names_are_the_public_ones():
    assert {*skmine._HOMES, "__version__"} == set(skmine.__all__)
    assert set(skmine.__all__) <= set(dir(skmine))
    for name in skmine._MODULES:
        assert inspect.ismodule(getattr(skmine, name))
    with pytest.raises(AttributeError, match="module 'skmine' has no attribute 'entropy'"):
        skmine.entropy  # noqa: B018
