"""seatrules: decides proposed actions by policies that are data, and says why."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from .decision.values import Citation, Condition, Decision, Missing, Notice, Outcome, PolicyVersion, Reason
    from .planning.options import Option, Options
    from .planning.remedy import Remedies, Remedy, RemedyStep, Unmendable
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
_ANSWERS = {
    "decision.values": (
        "Citation",
        "Condition",
        "Decision",
        "Missing",
        "Notice",
        "Outcome",
        "PolicyVersion",
        "Reason",
    ),
    "planning.options": ("Option", "Options"),
    "planning.remedy": ("Remedies", "Remedy", "RemedyStep", "Unmendable"),
    "planning.timeline": ("BrokenInvariant", "Event", "Step", "Timeline"),
    "planning.when": ("Stretch", "Stretches"),
}
"""What answers are made of is imported when it is asked for: loading a policy starts without it."""


def __getattr__(name: str) -> Any:
    for module, names in _ANSWERS.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
