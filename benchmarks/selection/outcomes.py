"""What a choice of columns is worth: whether it is the answer, and how models of the chosen columns score."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.metrics import check_scoring
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.common import pictures
from benchmarks.common.processes import AnswerCache, hash_arrays
from benchmarks.common.report import Report, fit_in_cell, group_by
from benchmarks.selection.cases import Draw, Law
from benchmarks.selection.methods import Choice, Question


@dataclass(frozen=True)
class Outcome:
    """A method's choice of a draw and what models make of it."""

    case: str
    seed: int
    choice: Choice
    exact: bool = False
    precision: float = np.nan
    recall: float = np.nan
    boosted: float = np.nan
    linear: float = np.nan
    network: float = np.nan

    @property
    def n_columns(self) -> int:
        return len(self.choice.columns)


def judge(law: Law, draw: Draw, seed: int, choice: Choice, **scores: float) -> Outcome:
    """Compare a choice with a law's answer."""
    law_column = {place: j for j, place in enumerate(draw.places)}
    columns = [law_column[j] for j in choice.columns]
    exact = not choice.failure and law.is_exact(columns)
    return Outcome(law.name, seed, choice, exact, law.compute_precision(columns), law.compute_recall(columns), **scores)


def score_models(
    question: Question,
    choice: Choice,
    names: Sequence[str] = ("boosted", "linear"),
    scoring: str | None = None,
    known: AnswerCache | None = None,
) -> dict[str, float]:
    """Scores of models of the chosen columns on rows that nothing has seen; none where there is no choice.

    `scoring` is the name of one of scikit-learn's scorers; None takes accuracy, or R2 of numbers.
    """
    if choice.failure:
        return {}
    columns = list(choice.columns)
    if known is None:
        return _fit_models(question, columns, names, scoring)
    draw, labels = question.draw, np.asarray(question.labels)
    rows = hash_arrays(draw.X, draw.y, draw.X_test, draw.y_test, labels)
    key = (question.case, question.seed, *names, scoring, version("scikit-learn"), rows, *columns)
    if key not in known.answers:
        known.add(key, dict(_fit_models(question, columns, names, scoring)))
    return {name: float(str(score)) for name, score in known.answers[key].items()}


def _fit_models(question: Question, columns: list[int], names: Sequence[str], scoring: str | None) -> dict[str, float]:
    draw = question.draw
    if columns:
        models = make_models(question, columns)
    else:
        constant = DummyClassifier() if question.classes else DummyRegressor()
        columns, models = [0], {name: clone(constant) for name in names}
    score = check_scoring(scoring=scoring or ("accuracy" if question.classes else "r2"))
    train, test = draw.X[:, columns], draw.X_test[:, columns]
    return {name: float(score(models[name].fit(train, draw.y), test, draw.y_test)) for name in names}


def make_models(question: Question, columns: list[int]) -> dict[str, Any]:
    """Gradient boosting, a linear model and a network, for classes or numbers, of columns of labels or numbers."""
    labels = np.broadcast_to(question.labels, question.draw.X.shape[1])[columns]
    numbers = make_pipeline(SimpleImputer(add_indicator=True, keep_empty_features=True), StandardScaler())
    encoder = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), np.flatnonzero(labels)),
        (numbers, np.flatnonzero(~labels)),
    )
    boosted = HistGradientBoostingClassifier if question.classes else HistGradientBoostingRegressor
    # Later versions of scikit-learn have other defaults for some of these.
    logistic = LogisticRegressionCV(
        Cs=5, l1_ratios=(0,), cv=3, scoring="accuracy", max_iter=2_000, use_legacy_attributes=False
    )
    network: dict[str, Any] = {
        "hidden_layer_sizes": (32,),
        "alpha": 1.0,
        "max_iter": 100,
        "random_state": question.seed,
    }
    mlp = (
        MLPClassifier(**network)
        if question.classes
        else TransformedTargetRegressor(MLPRegressor(**network), transformer=StandardScaler())
    )
    return {
        "boosted": boosted(random_state=question.seed, categorical_features=labels),
        "linear": make_pipeline(encoder, logistic if question.classes else RidgeCV()),
        "network": make_pipeline(clone(encoder), mlp),
    }


def print_progress(o: Outcome) -> Outcome:
    words = o.choice.failure or f"{o.n_columns} columns in {o.choice.cpu:.1f} CPU seconds"
    scores = "" if math.isnan(o.boosted) else f", {o.boosted:.3f} and {o.linear:.3f}"
    right = f", precision {o.precision:.2f}, recall {o.recall:.2f}" if not math.isnan(o.recall) else ""
    print(f"{o.choice.method}, {o.case}, seed {o.seed}: {words}{right}{scores}", file=sys.stderr, flush=True)
    return o


def select_good(outcomes: list[Outcome]) -> list[Outcome]:
    """Those whose method did not fail."""
    return [o for o in outcomes if not o.choice.failure]


def add_failures_table(out: Report, outcomes: list[Outcome]) -> None:
    rows = [[o.choice.method, o.case, o.seed, fit_in_cell(o.choice.failure)] for o in outcomes if o.choice.failure]
    if rows:
        out.add_table("What failed", ["method", "case", "seed", "error"], rows)


def draw_columns_and_scores(outcomes: list[Outcome], score: str) -> Any:
    """Columns kept against what boosting scores, one panel per case, one marker per method; `score` names the score."""
    cases = group_by(lambda o: o.case, outcomes)
    across = min(5, len(cases))
    down = -(-len(cases) // across)
    figure, axes = pictures.make_panels(down, across, (2.9 * across, 2.4 * down + 0.6))
    lines: dict[str, Any] = {}
    for ax, (case, of_case) in zip(axes.flat, cases.items(), strict=False):
        for method, found in group_by(lambda o: o.choice.method, select_good(of_case)).items():
            columns, boosted = np.mean([(o.n_columns, o.boosted) for o in found], axis=0)
            style = pictures.get_style(method)
            lines[method] = ax.plot(columns, boosted, linestyle="", markersize=7, alpha=0.85, **style)[0]
        ax.set_title(case, fontsize=9)
        ax.grid(alpha=0.3)
        ax.margins(0.15)
    for ax in axes.flat[len(cases) :]:
        ax.set_axis_off()
    figure.supxlabel("columns kept", fontsize=10)
    figure.supylabel(f"{score} of boosting on fresh rows", fontsize=10)
    figure.legend(lines.values(), lines, loc="outside upper center", ncols=5, fontsize=8)
    return figure


def choose_laws(names: list[str] | None, laws: list[Law]) -> list[Law]:
    """Laws whose names contain one of these; ends the script where there are none."""
    found = choose_cases(names, laws)
    if not found and names is not None:
        known = "; ".join(law.name for law in laws)
        raise SystemExit(f"--only {' '.join(names)}: no law has that in its name; there are {known}.")
    return found


def choose_cases(names: list[str] | None, cases: list[Any]) -> list[Any]:
    """Cases whose names contain one of these; all without names."""
    return [case for case in cases if names is None or any(part in case.name for part in names)]
