"""What a user holds of two tables: an estimate and how sure it is.

Design notes. The function `mutual_info` returns it and the estimator keeps one, so that bounds and intervals have one
home. Bounds and intervals scale with the numbers that they come from, so another unit is a matter of scaling these.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from skmine.estimation import inference
from skmine.estimation.critic import Estimate
from skmine.functions.html import render_table
from skmine.functions.units import Unit, check_unit, convert

#: Fields that are amounts of information.
AMOUNTS = ("mi", "se", "held_out", "training", "unseen", "promise", "reach")


@dataclass(frozen=True, repr=False)
class MutualInformation:
    """Mutual information of two tables, given a third or not.

    Attributes
    ----------
    mi : float
        The estimate, in nats unless `unit` says otherwise, as all amounts here.
    se : float
        Standard error of the held-out score.
    pvalue : float
        Of (conditional) independence, one-sided.
    n : int
        Rows.
    critic : {"grid", "partition", "pair"}
    held_out, training : float
        Scores on rows that critics did not see, and on those they did.
    warnings : tuple of str
        What to be careful about; amounts in these sentences are in nats.
    unseen, promise, reach : float
        What `confidence_interval` reckons with beyond the sampling error: a standard error for what critics may not
        have seen, what more rows would add by the trend of held-out scores, and, of few rows, what cannot be excluded.
    unit : {"nats", "bits"}
        Of all amounts.
    """

    mi: float
    se: float
    pvalue: float
    n: int
    critic: str
    held_out: float
    training: float
    warnings: tuple[str, ...] = ()
    unseen: float = 0.0
    promise: float = 0.0
    reach: float = 0.0
    unit: Unit = "nats"

    @classmethod
    def read(cls, found: Estimate) -> "MutualInformation":
        """The part of an estimate that is numbers."""
        evidence = found.evidence
        return cls(
            mi=found.mi,
            se=evidence.se,
            pvalue=evidence.pvalue,
            n=found.n,
            critic=found.critic,
            held_out=evidence.held_out,
            training=evidence.training,
            warnings=found.notes,
            unseen=found.unseen,
            promise=found.promise,
            reach=found.reach,
        )

    def convert(self, unit: Unit) -> "MutualInformation":
        """The same in another unit.

        Parameters
        ----------
        unit : {"nats", "bits"}

        Returns
        -------
        MutualInformation

        Raises
        ------
        ValueError
            If it is no unit.
        """
        amounts = {name: convert(getattr(self, name), check_unit(unit), of=self.unit) for name in AMOUNTS}
        return replace(self, unit=unit, **amounts)

    def lower_bound(self, level: float = 0.95) -> float:
        """One-sided lower confidence bound; never above 0 where the p-value does not reject."""
        return float(inference.compute_lower_bound(self.held_out, self.se, self.pvalue, inference.check_level(level)))

    def confidence_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided confidence interval around the estimate."""
        return inference.compute_interval(
            self.mi,
            self.held_out,
            self.se,
            self.pvalue,
            inference.check_level(level),
            unseen=self.unseen,
            promise=self.promise,
            reach=self.reach,
        )

    def __str__(self) -> str:
        low, high = self.confidence_interval()
        pvalue = inference.format_pvalue(self.pvalue)
        return (
            f"{self.mi:.4f} {self.unit} (s.e. {self.se:.4f}, 95 % interval {low:.4f} to {high:.4f}, p "
            f"{'' if pvalue.startswith('<') else '= '}{pvalue}), {self.n} rows, critic {self.critic!r}"
        )

    def __repr__(self) -> str:
        return f"<MutualInformation: {self}>"

    def _repr_html_(self) -> str:
        """The answer as a table of one row, with what to be careful about, for notebooks."""
        return self.render([self.unit])

    def render(self, units: Sequence[Unit]) -> str:
        """The answer as an HTML table, with a row for each unit, and what to be careful about."""
        pvalue = escape(inference.format_pvalue(self.pvalue))
        rows = []
        for answer in map(self.convert, units):
            low, high = answer.confidence_interval()
            amounts = (f"{answer.mi:.4f} {answer.unit}", f"{answer.se:.4f}", f"{low:.4f} to {high:.4f}")
            rows.append([*amounts, pvalue, f"{self.n}", escape(self.critic)])
        table = render_table(["mutual information", "s.e.", "95 % interval", "p", "rows", "critic"], rows)
        return table + "".join(f"<p>{escape(sentence)}</p>" for sentence in self.warnings)
