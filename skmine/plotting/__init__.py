"""Displays: data in, axes out. matplotlib is imported when one is drawn."""

from skmine.plotting.pointwise import PointwiseDisplay
from skmine.plotting.ranking import RankingDisplay
from skmine.plotting.training import TrainingDisplay

__all__ = ["PointwiseDisplay", "RankingDisplay", "TrainingDisplay"]
