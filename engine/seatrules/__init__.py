"""seatrules: decides proposed actions by policies that are data, and says why."""

from .decision.values import Citation, Condition, Decision, Missing, Notice, Outcome, PolicyVersion, Reason
from .diagnostics import (
    Diagnostic,
    FileError,
    NotAllowedError,
    PolicyError,
    RequestError,
    RequestProblem,
    SeatrulesError,
    UsageError,
)
from .engine import Engine, load
from .planning.timeline import BrokenInvariant, Event, Step, Timeline

__all__ = [
    "BrokenInvariant",
    "Citation",
    "Condition",
    "Decision",
    "Diagnostic",
    "Engine",
    "Event",
    "FileError",
    "Missing",
    "NotAllowedError",
    "Notice",
    "Outcome",
    "PolicyError",
    "PolicyVersion",
    "Reason",
    "RequestError",
    "RequestProblem",
    "SeatrulesError",
    "Step",
    "Timeline",
    "UsageError",
    "load",
]
