"""Coverage: what the cases of a policy show of it, and what none of them does."""

from .excuses import of_nothing
from .measure import Coverage, PolicyCoverage, Report
from .points import Point, ShownPoint

__all__ = ["Coverage", "Point", "PolicyCoverage", "Report", "ShownPoint", "of_nothing"]
