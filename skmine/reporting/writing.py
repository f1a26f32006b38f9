"""The public function: a report computed, rendered and written, whole or not at all."""

import os
import platform
from collections.abc import Callable
from numbers import Integral
from pathlib import Path
from typing import Any

from skmine._sklearn import Interval, StrOptions, validate_params
from skmine._version import __version__
from skmine.data.files.writing import write_whole
from skmine.data.formats import REPORT_FORMATS, check_report, choose_report_format
from skmine.estimation.inference import FalseDiscovery
from skmine.functions.parameters import SHARED_CONSTRAINTS
from skmine.functions.units import UNIT_CONSTRAINTS, Unit
from skmine.reporting.collect import collect
from skmine.reporting.content import ReportContent, Reproduction
from skmine.reporting.page import RENDERERS
from skmine.reporting.table import IN_MEMORY, ReportTable, read_report_table
from skmine.reporting.work import Work


@validate_params(
    {
        "table": "no_validation",
        "target": [str, None],
        "output": [str, os.PathLike, None],
        "format": [StrOptions(set(REPORT_FORMATS)), None],
        **{k: SHARED_CONSTRAINTS[k] for k in ("alpha", "fdr", "infinite", "cv", "device", "n_jobs")},
        **UNIT_CONSTRAINTS,
        "groups": ["array-like", None],
        "random_state": [Interval(Integral, 0, None, closed="left")],
        "date": [str],
        "progress": [callable, None],
    },
    prefer_skip_nested_validation=True,
)
def report(
    table: Any,
    target: str | None = None,
    output: str | os.PathLike[str] | None = "report.html",
    *,
    format: str | None = None,
    unit: Unit = "nats",
    alpha: float = 0.05,
    fdr: FalseDiscovery = "bh",
    groups: Any = None,
    infinite: str = "error",
    cv: int = 3,
    device: str = "auto",
    n_jobs: int | None = None,
    random_state: int = 0,
    date: str = "",
    progress: Callable[[float, float], None] | None = None,
) -> ReportContent:
    """Write a page that says what a table is, which columns matter, how sure that is, and what repeats what.

    The page is one file that needs no network: what was understood; all columns ranked, as by `rank_columns`; the set
    that jointly carries the information, as by ``MINEFeatureSelector("joint")``, measured by `mutual_info` on rows
    that its choice did not see; what every two columns share, as by `mutual_info_matrix`; pictures of the best columns
    with where the information lies; checks of whether the numbers can be believed; and how to get the same page. The
    ranking and the test of the set use all rows, everything else a sample of at most 10,000, fewer of a wide table.

    Parameters
    ----------
    table : frame, array-like of shape (n_samples, n_features), or str or path
        The name of a file as `read_table` takes it; its cells are repaired as there. Columns that number the rows, or
        whose labels are almost all distinct, are set aside.
    target : str, default=None
        The column to explain; rows without it are left out. None: what columns share with each other.
    output : str or path or None, default="report.html"
        The file, which is written whole or not at all; None writes none.
    format : {"html", "md", "json"}, default=None
        None goes by the ending of `output`.
    unit : {"nats", "bits"}, default="nats"
        Of amounts of information.
    alpha : float, default=0.05
        False discovery rate at which columns are kept.
    fdr : {"bh", "by"}, default="bh"
        Benjamini-Hochberg, or Benjamini-Yekutieli.
    groups : array-like of shape (n_samples,), default=None
        Rows of a group stay together; errors and p-values go by groups.
    infinite : {"error", "missing"}, default="error"
        What infinite values are: refused, or missing.
    cv : int, default=3
        Folds.
    device : {"auto", "cpu", "cuda", "mps"}, default="auto"
    n_jobs : int, default=None
        Number of workers. The page does not depend on it.
    random_state : int, default=0
        Draws folds, the sample, locked rows and weights. The same seed and versions give the same bytes.
    date : str, default=""
        Stands on the page, if it is given.
    progress : callable(done, total), default=None
        Called with the share of the work that is done.

    Returns
    -------
    ReportContent
        All that the page says, as plain numbers and strings: ``columns``, ``chosen``, ``redundancy``, ``pictures``,
        ``checks``, ``understood``, ``warnings``; amounts are in nats, or in `unit`.

    Raises
    ------
    ValueError
        If the table cannot be read or the page not be written; if no column has the target's name; if jinja2 or
        matplotlib is not installed (``pip install 'skmine[report]'``).

    See Also
    --------
    rank_columns : The ranking alone.
    MINEFeatureSelector : The chosen set alone.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sklearn.datasets import load_iris
    >>> from skmine import report
    >>> table = load_iris(as_frame=True).frame.iloc[::2]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = pathlib.Path(folder, "iris.html")
    ...     content = report(table, "target", page)
    ...     print(page.read_text(encoding="utf-8").startswith("<!doctype html>"))
    True
    >>> content.columns[0]["column"].startswith("petal")
    True
    """
    name = None if output is None else os.fspath(output)
    chosen, _ = choose_report_format(name, format)
    check_report(name)
    read = read_report_table(table, target, groups, infinite)
    work = Work(unit, alpha, fdr, cv, device, n_jobs, random_state, progress)
    return write_report(read, work, output=name, format=chosen, date=date)


def write_report(
    table: ReportTable,
    work: Work,
    *,
    output: str | None,
    format: str,
    command: str = "",
    date: str = "",
) -> ReportContent:
    """Compute and render a report, and write it whole or not at all."""
    reproduction = Reproduction(command, _write_call(table, work), work.seed, list_versions(), date)
    findings = collect(table, work, reproduction)
    if output is not None:
        text = RENDERERS[format](findings).encode("utf-8", "backslashreplace")

        def write(part: str) -> None:
            Path(part).write_bytes(text)

        write_whole(output, write)
    return findings.content


def _write_call(table: ReportTable, work: Work) -> str:
    """The call in Python that gives the same page, without what is left at its default."""
    given: list[str] = ["table" if table.called == IN_MEMORY else repr(table.called)]
    given += [] if table.target is None else [repr(table.target)]
    default = Work()
    given += [
        f"{name}={value!r}"
        for name, value in (("unit", work.unit), ("alpha", work.alpha), ("fdr", work.fdr), ("cv", work.cv))
        if value != getattr(default, name)
    ]
    given += ["groups=groups"] if table.groups is not None else []
    return f"skmine.report({', '.join(given)}, random_state={work.seed})"


def list_versions() -> dict[str, str]:
    """Versions that numbers depend on."""
    import numpy
    import sklearn
    import torch

    return {
        "skmine": __version__,
        "Python": platform.python_version(),
        "NumPy": numpy.__version__,
        "scikit-learn": sklearn.__version__,
        "PyTorch": str(torch.__version__),
    }
