"""Fitted estimators in notebooks: scikit-learn's diagram, and the answer below it."""

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError


class AnswerInHtml(BaseEstimator):
    """An estimator that shows its answer below its diagram, once it is fitted.

    scikit-learn's own hooks make the diagram; as it, the answer is left out where the configuration asks for text.
    """

    def _render_answer(self) -> str:
        """The answer as HTML.

        Raises
        ------
        NotFittedError
            Before a fit.
        """
        raise NotImplementedError

    def _repr_html_inner(self) -> str:
        return super()._repr_html_inner() + self._render_if_fitted()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        bundle: dict[str, str] = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] += self._render_if_fitted()
        return bundle

    def _render_if_fitted(self) -> str:
        try:
            return self._render_answer()
        except NotFittedError:
            return ""
