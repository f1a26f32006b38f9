"""Reports: what a table is, which columns matter, how sure that is and what repeats what, on one page.

`table` reads what is reported on; `collect` computes everything into a `ReportContent` of plain numbers and strings;
`page` renders that as HTML, Markdown or JSON, with pictures by `drawing`; `writing` has the public function.
"""

from skmine.reporting.writing import report

__all__ = ["report"]
