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

__all__ = [
    "Citation",
    "Condition",
    "Decision",
    "Diagnostic",
    "Engine",
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
    "UsageError",
    "load",
]
