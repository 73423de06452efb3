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
from .planning.options import Option, Options
from .planning.remedies import Remedies, Remedy, RemedyStep, Unmendable
from .planning.timeline import BrokenInvariant, Event, Step, Timeline
from .planning.when import Stretch, Stretches

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
    "Option",
    "Options",
    "Outcome",
    "PolicyError",
    "PolicyVersion",
    "Reason",
    "Remedies",
    "Remedy",
    "RemedyStep",
    "RequestError",
    "RequestProblem",
    "SeatrulesError",
    "Step",
    "Stretch",
    "Stretches",
    "Timeline",
    "Unmendable",
    "UsageError",
    "load",
]
