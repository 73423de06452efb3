"""Coverage: what the cases of a policy show of it, and what none of them does."""

from .excuses import of_nothing
from .measure import Coverage, PolicyCoverage, Report
from .points import Point, Shown

__all__ = ["Coverage", "Point", "PolicyCoverage", "Report", "Shown", "of_nothing"]
