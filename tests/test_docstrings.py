"""What the docs show, runs; what is public, is documented."""

import doctest
import importlib
import inspect
import operator
import pkgutil
import re
from pathlib import Path

import pytest

import skmine
import skmine.nn

ROOT = Path(__file__).parent.parent
MODULES = [m.name for m in pkgutil.walk_packages(skmine.__path__, "skmine.") if not m.name.endswith("__main__")]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(name):
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


@pytest.mark.parametrize(
    "name", ["mutual_info_scores", "rank_columns", "MINEFeatureSelector", "CoupledEncoder", "nn.MutualInfoLoss"]
)
def test_public_objects_have_examples_parameters_and_units(name):
    thing = operator.attrgetter(name)(skmine)
    text = inspect.getdoc(thing)
    for section in ("Parameters\n", "Examples\n", "nats"):
        assert section in text
    for parameter in inspect.signature(thing).parameters:
        documented = text + (inspect.getdoc(thing.fit) if hasattr(thing, "fit") else "")
        assert re.search(rf"\b{parameter}\b", documented), f"{name}: {parameter} is not documented"


def test_documented_attributes_exist():
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, as_frame=True)
    fitted = skmine.MINEFeatureSelector().fit(X, y)
    attributes = re.findall(r"^(\w+_) :", inspect.getdoc(skmine.MINEFeatureSelector), flags=re.M)
    assert {"scores_", "support_"} <= set(attributes)
    joint = skmine.MINEFeatureSelector("joint", n_resamples=2, max_iter=20).fit(X, y)
    frame = X.assign(target=y)
    sampled = skmine.MINEFeatureSelector("mrmr").fit([frame.iloc[:200], frame.iloc[200:]], "target")
    found = {a for one in (fitted, joint, sampled) for a in vars(one) if a.endswith("_") and not a.startswith("_")}
    found |= {a for a, value in vars(type(joint)).items() if isinstance(value, property) and a.endswith("_")}
    assert found == set(attributes)
    for attribute in set(vars(fitted)) & set(attributes) - {"n_features_in_", "n_iter_"}:
        assert getattr(fitted, attribute).shape == (10,)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_and_public_function_says_what_it_is(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for label, thing in vars(module).items():
        own = inspect.isfunction(thing) or inspect.isclass(thing)
        if own and thing.__module__ == name and not label.startswith("_"):
            assert inspect.getdoc(thing), f"{name}.{label}"


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)


def test_readme_python_runs():
    found = blocks("python")
    assert found
    namespace: dict = {}
    for block in found:
        exec(compile(block, "README.md", "exec"), namespace)


def test_readme_shows_the_table_that_is_printed(capsys):
    from skmine.cli import main

    main(["rank"])
    printed = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    shown = next(block for block in blocks("text") if "Mutual information with" in block)
    lines = [line.split() for line in shown.splitlines() if line.strip()]
    # Names, kinds and decisions to the letter; figures as far as processors round alike.
    assert len(lines) == len(printed)
    for line, other in zip(lines, printed, strict=True):
        assert len(line) == len(other)
        for a, b in zip(line, other, strict=True):
            try:
                assert float(a) == pytest.approx(float(b), rel=0.05, abs=2e-3)
            except ValueError:
                assert set(a) & set("█▏▎▍▌▋▊▉") or a == b
