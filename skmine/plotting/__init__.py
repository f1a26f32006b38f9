"""Displays: data in, axes out. matplotlib is imported when one is drawn."""

from skmine.plotting.ranking import RankingDisplay

__all__ = ["RankingDisplay"]
