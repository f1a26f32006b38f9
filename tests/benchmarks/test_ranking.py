"""The benchmarks of the ranking run: tiny settings, whichever peers are installed."""

import numpy as np
import pytest
from scipy import stats

from benchmarks.common import report
from benchmarks.ranking import calibration, level_laws, levels, power, precision, rare, rare_tests, speed
from skmine import rank_columns
from skmine.synthetic import shapes
from tests.benchmarks.checks import check_report

#: Small settings, the report's title, and rows that its tables must have.
SCRIPTS = {
    precision: (
        ["--rows", "200", "--seeds", "2"],
        "Precision of the estimates",
        [
            "| **mean** |",
            "| 12 x 12, 0.5 agree |",
            "| 200 | skmine, held-out score |",
            *(f"| {s.name} |" for s in shapes()),
        ],
    ),
    calibration: (
        ["--rows", "200", "300", "--columns", "20", "--tables", "2", "--draws", "2"],
        "Calibration of p-values, discoveries and bounds",
        # 20 columns of each kind for two sizes, six targets and ten kinds of columns.
        ["| all | 2400 |", "| labels, rare ones | 240 |", "| rare class (5 %) | 400 |", "| 300 | 1200 |"],
    ),
    power: (
        ["--rows", "200", "--tables", "1", "--columns", "3", "--permutations", "2"],
        "Power to see a weak dependence",
        ["Our p-value is behind a peer: ", *(f"| {kind.name} |" for kind in [*power.KINDS, *power.NEW_KINDS])],
    ),
    rare: (
        ["--rows", "1000", "--columns", "20", "--tables", "2", "--links", "10", "--most-rows", "20000"],
        "P-values where few rows decide",
        # Seven kinds of columns beside three kinds of rare targets, six beside two others; 20 columns of each.
        ["| all | 660 |", "| flags | 100 |", "| plain numbers | 60 |", "| rare class | 140 |", "| 20 of 20,000 | 2 |"]
        + [f"| {case.name} | {case.k} of {case.n:,} | 10 |" for case in rare.CASES if case.n <= 20_000],
    ),
    levels: (
        ["--levels", "40", "90", "--most-rows", "9000", "--draws", "1", "--columns", "4", "--peer-columns", "2"],
        "Estimates of many levels and of rare classes",
        [
            "| 40 | 25 | 4 |",
            "| 90 | 100 | 2 |",
            "| all | labels | 8 |",
            *(f"| 10 of 5,000 | N({m:g}, {sd:g}) |" for m, sd in levels.RARE_LAWS),
        ],
    ),
    speed: (
        ["--rows", "200", "--columns", "10", "--no-large"],
        "Speed and memory",
        ["| 200 | regression | 1 of 10 |", "| 200 | classification | 10 of 10 |"],
    ),
}


# So few rows leave rare labels without nodes of their own, which the scripts, run as commands, pass over.
@pytest.mark.filterwarnings("ignore::skmine.exceptions.PooledLevelsWarning")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__.split(".")[-1])
def test_script_writes_its_tables_and_a_picture(script, tmp_path, monkeypatch):
    monkeypatch.setattr(report, "prepare", lambda: None)  # which would silence this process for good
    output = tmp_path / "out" / "table.md"
    arguments, title, rows = SCRIPTS[script]
    with np.errstate(all="ignore"):
        script.main([*arguments, "--output", str(output)])
    text = check_report(output, title)
    for row in rows:
        assert row in text
    assert output.with_suffix(".png").stat().st_size > 5_000


def test_strengths_fall_with_the_rows_and_half_of_the_columns_are_null():
    for kind in [*power.KINDS, *power.NEW_KINDS]:
        X, y = power.draw_table(kind, 300, 0, 4)
        assert X.shape == (300, 8)
        assert len(y) == 300
    linear = power.KINDS[0]
    X, y = power.draw_table(linear, 100_000, 0, 50)
    r = np.corrcoef(X.T, y)[-1, :-1]
    slope = linear.strength * (1_000 / 100_000) ** 0.5
    assert r[:50].mean() == pytest.approx(slope, abs=4 / np.sqrt(50 * 100_000))
    assert r[50:].mean() == pytest.approx(0, abs=4 / np.sqrt(50 * 100_000))


def test_pvalues_are_pooled_by_what_they_are_of():
    found = [
        calibration.NullColumns(n, "classes", column, np.full(2, n / 1_000)) for n in (100, 200) for column in "ab"
    ]
    assert {name: p.tolist() for name, p in calibration.pool_by_rows(found).items()} == {
        "100": [0.1] * 4,
        "200": [0.2] * 4,
    }
    assert {name: p.tolist() for name, p in calibration.pool_by_column(found).items()} == {
        "a": [0.1, 0.1, 0.2, 0.2],
        "b": [0.1, 0.1, 0.2, 0.2],
    }


def test_null_columns_have_as_many_rare_rows_as_are_drawn():
    rng = np.random.default_rng(0)
    for kind, (draw, _) in rare.COLUMNS.items():
        x = draw(rng, 500, 7)
        usual = np.isnan(x) if kind == "missing but for a few" else x == 0
        if kind == "numbers, few missing":
            usual = ~np.isnan(x)
        assert (~usual).sum() == (500 if kind == rare.EVEN_COLUMN else 7), kind
    numbers = [rare.draw_number_of_rare(rng) for _ in range(5_000)]
    assert min(numbers) == 1
    assert max(numbers) == rare.MOST_RARE
    # Log-uniform on [1, 51): the median lies at sqrt(51) = 7.1; the proportion of 7 or less is log 8 / log 51 = .529.
    assert np.mean(np.array(numbers) <= 7) == pytest.approx(np.log(8) / np.log(51), abs=4 * 0.5 / np.sqrt(5_000))


def test_fewer_null_columns_are_drawn_of_more_rows():
    assert [rare.count_tables(n, 320) for n in (500, 1_000, 5_000, 20_000, 100_000)] == [16, 16, 8, 4, 1]
    assert rare.count_tables(100_000, 20) == 1


def test_codes_are_kept_without_a_true_column_as_a_ranking_of_them_alone_keeps_them():
    k, n, tables = 20, 2_000, 5
    kept = 0
    for table in range(tables):
        X, y = rare.draw_codes(np.random.default_rng([k, n, table]), k, n)
        kept += rank_columns(X.drop(columns="true"), y, discrete_target=True, random_state=table)["kept"].any()
    assert rare.keep_codes(k, n, tables)["without"] == kept


def test_drawn_flags_lie_in_the_class_as_often_as_they_should():
    rng = np.random.default_rng(0)
    y = rare_tests.put_rare(rng, np.zeros(2_000, int), np.ones(50, int))
    flags = [rare_tests.draw_flag(rng, y, 40, 0.3) for _ in range(200)]
    assert {flag.sum() for flag in flags} == {40}
    of_class = np.mean([flag[y == 1].sum() for flag in flags])
    assert of_class == pytest.approx(12, abs=4 * np.sqrt(40 * 0.3 * 0.7 / 200))


def test_permutation_tests_know_their_law():
    rng = np.random.default_rng(0)
    y = rare_tests.put_rare(rng, np.zeros(1_000, int), np.ones(20, int))
    # Of two labels chi-square orders tables as the hypergeometric law with a symmetric margin does.
    labels = rare_tests.put_rare(rng, np.zeros(1_000, int), np.ones(500, int))
    labels[np.flatnonzero(y)[:15]], labels[np.flatnonzero(y)[15:]] = 1, 0
    found, exact = rare_tests.compute_by_chi_squared(labels, y, rng), rare_tests.compute_by_fisher(labels, y, rng)
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact / rare_tests.PERMUTATIONS) + 0.01)
    # Independent numbers: p-values are uniform, so the mean of 100 is .5 with a standard error of .029.
    null = [rare_tests.compute_by_own_statistic(rng.normal(size=1_000), y, rng) for _ in range(100)]
    assert np.mean(null) == pytest.approx(0.5, abs=4 * 0.029)
    shifted = rng.normal(size=1_000) + 2 * y
    assert rare_tests.compute_by_own_statistic(shifted, y, rng) <= 2 / rare_tests.PERMUTATIONS


def test_differences_of_proportions_are_paired():
    ours, others = np.array([True] * 6 + [False] * 4), np.array([True] * 5 + [False] * 5)
    # One of ten differs: .1 with a standard deviation of sqrt(.1).
    reach = 1.96 * np.sqrt(0.1 / 10)
    assert rare.format_difference(ours, others) == f"+0.100 ({0.1 - reach:+.3f} to {0.1 + reach:+.3f})"


def test_laws_of_levels_have_the_information_that_they_say():
    rng = np.random.default_rng(0)
    # Two levels, and classes of .9 and .1: log 2 less the entropy of .1.
    law = level_laws.make_class_law(np.array([[0.9, 0.1], [0.1, 0.9]]))
    assert law.mi == pytest.approx(np.log(2) + 0.1 * np.log(0.1) + 0.9 * np.log(0.9))
    x = rng.integers(0, 2, 10_000)
    assert (law.draw(rng, x) == x).mean() == pytest.approx(0.9, abs=4 * 0.3 / 100)
    # Two levels far apart share log 2; two that are equal share nothing.
    assert level_laws.make_normal_law(np.array([0.0, 30.0]), np.ones(2)).mi == pytest.approx(np.log(2), abs=1e-9)
    assert level_laws.make_normal_law(np.zeros(2), np.ones(2)).mi == pytest.approx(0, abs=1e-9)
    # Many normal means of variance .49 make normal numbers of variance 1.49: log(1.49) / 2.
    means = 0.7 * stats.norm.ppf((np.arange(3_000) + 0.5) / 3_000)
    assert level_laws.make_normal_law(means, np.ones(3_000)).mi == pytest.approx(np.log(1.49) / 2, abs=1e-3)


def test_rare_classes_have_the_information_that_they_say():
    # A class that is seen for sure shares its entropy; a rare one, to first order, p d^2 / 2 of a shift by d.
    assert level_laws.compute_rare_mi(0.1, 40.0, 1.0) == pytest.approx(-0.1 * np.log(0.1) - 0.9 * np.log(0.9), abs=1e-9)
    assert level_laws.compute_rare_mi(1e-6, 0.5, 1.0) == pytest.approx(1e-6 * 0.125, rel=1e-4)
    assert level_laws.compute_rare_mi(0.01, 0.0, 1.0) == pytest.approx(0, abs=1e-12)
    X, y = level_laws.draw_rare_class(np.random.default_rng(0), 400, 2_000, (2.0, 0.4), 10)
    assert y.sum() == 400
    assert X[y == 1].mean() == pytest.approx(2, abs=4 * 0.4 / np.sqrt(4_000))
    assert X[y == 1].std() == pytest.approx(0.4, abs=4 * 0.4 / np.sqrt(8_000))
    assert X[y == 0].mean() == pytest.approx(0, abs=4 / np.sqrt(16_000))


def test_miller_and_madow_take_off_what_empty_tables_read():
    # Four pairs of one row each share nothing by plug-in; (2 + 2 - 4 - 1) / (2 * 4) is added.
    x, y = np.array([0, 1, 0, 1]), np.array([0, 1, 1, 0])
    assert levels.correct_by_miller_madow(0.0, x, y) == pytest.approx(-1 / 8)


def test_promises_depend_on_rows_and_target():
    def promise(target, k, per_level):
        return levels.Cell(target, k, per_level, np.ones(2), {}, {}, {}).promise

    assert promise("two classes", 500, 10) == 0.15
    assert promise("three classes", 500, 25) == 0.10
    assert promise("number, shifted", 500, 10) is None
    assert promise("number, shifted", 500, 25) == 0.20
    assert promise("number, spread", 500, 400) == 0.10
    assert promise("two classes", 40, 100) is None  # 4,000 rows
