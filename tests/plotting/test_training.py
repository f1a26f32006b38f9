"""Training curves as a picture."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from skmine import MutualInfoEstimator
from skmine.exceptions import TrainingCutWarning
from skmine.plotting import TrainingDisplay


@pytest.fixture(scope="module")
def estimator():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = X.sum(axis=1) + 0.3 * rng.normal(size=200)
    with pytest.warns(TrainingCutWarning):
        return MutualInfoEstimator((16, 16), max_iter=40, base=None, random_state=0).fit(X, y)


@pytest.fixture
def history():
    """Two folds: the first is best at step 10, the second stays at its base."""
    return pd.DataFrame(
        {
            "fold": [0, 0, 0, 1, 1, 1],
            "step": [0, 5, 10, 0, 5, 10],
            "objective": [np.nan, 0.1, 0.3, np.nan, 0.2, 0.25],
            "validation": [0.0, 0.1, 0.2, 0.15, 0.1, 0.05],
        }
    )


def curves(display, style):
    return [line for line in display.ax_.lines if line.get_linestyle() == style]


def dots(display):
    return [
        (line.get_xdata()[0].item(), line.get_ydata()[0].item())
        for line in display.ax_.lines
        if line.get_marker() == "o"
    ]


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_from_estimator_draws_the_numbers(estimator):
    display = TrainingDisplay.from_estimator(estimator)
    assert display.figure_ is display.ax_.figure
    assert len(display.lines_) == 3
    for fold, line in enumerate(display.lines_):
        own = estimator.history_[estimator.history_["fold"] == fold]
        np.testing.assert_array_equal(line.get_xdata(), own["step"])
        np.testing.assert_array_equal(line.get_ydata(), own["validation"])
    assert [step for step, _ in dots(display)] == estimator.n_iter_
    (level,) = {*curves(display, "--")[0].get_ydata()}
    assert level == estimator.held_out_mi_
    low, high = display.ax_.get_ylim()
    assert low < min(estimator.history_["validation"].min(), level)
    assert high > max(estimator.history_["validation"].max(), level)


def test_chosen_steps_lie_on_their_curves(history):
    display = TrainingDisplay.from_history(history, n_iter=[10, 0], held_out_mi=0.12)
    assert dots(display) == [(10, 0.2), (0, 0.15)]
    assert "1 of 2 folds kept the base" in display.ax_.get_title(loc="left")
    assert legend(display) == [
        "validation, fold 0: step 10",
        "validation, fold 1: step 0",
        "training objective on batches",
        "chosen step",
        "held-out score: 0.120",
    ]


def test_objective_is_left_out_on_request_and_does_not_stretch_the_frame(history):
    display = TrainingDisplay.from_history(history, n_iter=[10, 0], held_out_mi=0.12, objective=False)
    assert not curves(display, ":")
    assert "training objective on batches" not in legend(display)
    far = TrainingDisplay.from_history(history.assign(objective=-1e3), n_iter=[10, 0], held_out_mi=0.12)
    assert far.ax_.get_ylim() == display.ax_.get_ylim()


def test_many_folds_share_a_line_of_the_legend(history):
    import matplotlib.pyplot as plt

    many = pd.concat([history[history["fold"] == 0].assign(fold=k) for k in range(12)])
    _, ax = plt.subplots()
    display = TrainingDisplay.from_history(many, n_iter=[10] * 12, held_out_mi=0.12, ax=ax)
    assert display.ax_ is ax
    assert len(display.lines_) == 12
    assert sum("validation" in text for text in legend(display)) == 1
    assert ax.get_title(loc="left") == "12 folds, a trained critic in each"
    single = TrainingDisplay.from_history(many[many["fold"] == 0], n_iter=[10], held_out_mi=0.12)
    assert single.ax_.get_title(loc="left") == "1 fold, a trained critic"


def test_estimators_without_curves_are_refused(history):
    rng = np.random.default_rng(0)
    x = rng.normal(size=100)
    grid = MutualInfoEstimator(random_state=0).fit(x[:, None], x + rng.normal(size=100))
    with pytest.raises(ValueError, match=r"got critic_='grid'.*critic='pair' or critic='partition'"):
        TrainingDisplay.from_estimator(grid)
    constant = MutualInfoEstimator().fit(np.zeros((100, 2)), x)
    with pytest.raises(ValueError, match=r"history is empty.*constant side"):
        TrainingDisplay.from_estimator(constant)
    with pytest.raises(NotFittedError):
        TrainingDisplay.from_estimator(MutualInfoEstimator())
    for n_iter in ([10], [10, 7]):
        with pytest.raises(
            ValueError, match=r"n_iter must hold a step .*fold 1; pass n_iter_ and history_ of the same fit"
        ):
            TrainingDisplay.from_history(history, n_iter=n_iter, held_out_mi=0.12)
