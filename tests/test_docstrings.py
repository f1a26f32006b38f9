"""What docstrings show, runs; what is public, is documented."""

import doctest
import importlib
import inspect
import operator
import pkgutil
import re

import pytest

import skmine
import skmine.nn

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
