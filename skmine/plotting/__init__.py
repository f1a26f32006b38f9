"""Displays: data in, axes out. matplotlib is imported when a display is drawn."""

from skmine.plotting.information_plane import InformationPlaneDisplay
from skmine.plotting.interaction import InteractionDisplay
from skmine.plotting.lagged import LaggedInformationDisplay
from skmine.plotting.matrix import MatrixDisplay
from skmine.plotting.path import PathDisplay
from skmine.plotting.pointwise import PointwiseDisplay
from skmine.plotting.ranking import RankingDisplay
from skmine.plotting.training import TrainingDisplay

__all__ = [
    "InformationPlaneDisplay",
    "InteractionDisplay",
    "LaggedInformationDisplay",
    "MatrixDisplay",
    "PathDisplay",
    "PointwiseDisplay",
    "RankingDisplay",
    "TrainingDisplay",
]
