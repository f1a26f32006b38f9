"""What a choice of columns is worth: whether it is the answer, and how models of the chosen columns score."""

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.common.report import Report, fit_in_cell
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

    @property
    def n_columns(self) -> int:
        return len(self.choice.columns)


def judge(law: Law, draw: Draw, seed: int, choice: Choice, **scores: float) -> Outcome:
    """Compare a choice with a law's answer."""
    law_column = {place: j for j, place in enumerate(draw.places)}
    columns = [law_column[j] for j in choice.columns]
    exact = not choice.failure and law.is_exact(columns)
    return Outcome(law.name, seed, choice, exact, law.compute_precision(columns), law.compute_recall(columns), **scores)


def score_models(question: Question, choice: Choice) -> dict[str, float]:
    """Scores of models of the chosen columns on rows that nothing has seen; none where there is no choice."""
    if choice.failure:
        return {}
    draw, columns = question.draw, list(choice.columns)
    if columns:
        models = make_models(question, len(columns))
    else:
        constant = DummyClassifier() if question.classes else DummyRegressor()
        columns, models = [0], {"boosted": constant, "linear": clone(constant)}
    train, test = draw.X[:, columns], draw.X_test[:, columns]
    return {name: float(model.fit(train, draw.y).score(test, draw.y_test)) for name, model in models.items()}


def make_models(question: Question, n_columns: int) -> dict[str, Any]:
    """Gradient boosting and a linear model, for classes or numbers, of columns of labels or numbers."""
    boosted = HistGradientBoostingClassifier if question.classes else HistGradientBoostingRegressor
    # Later versions of scikit-learn have other defaults for some of these.
    logistic = LogisticRegressionCV(
        Cs=5, l1_ratios=(0,), cv=3, scoring="accuracy", max_iter=2_000, use_legacy_attributes=False
    )
    encoder = OneHotEncoder(handle_unknown="ignore") if question.labels else StandardScaler()
    categorical = [True] * n_columns if question.labels else None
    return {
        "boosted": boosted(random_state=question.seed, categorical_features=categorical),
        "linear": make_pipeline(encoder, logistic if question.classes else RidgeCV()),
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


def choose_cases(names: list[str] | None, cases: list[Any]) -> list[Any]:
    """Cases whose names contain one of these; all without names."""
    return [case for case in cases if names is None or any(part in case.name for part in names)]
