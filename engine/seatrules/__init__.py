"""seatrules: decides proposed actions by policies that are data, and says why."""

from .interrupts import raise_on_interrupts as _raise_on_interrupts  # first: what comes next may be interrupted

# isort: split
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .change.effects import Effect
from .change.passing import InForce
from .decision.booking import Booking
from .decision.evaluator import Evaluator
from .decision.explanation import Citation, Condition, Notice, Outcome, Reason
from .decision.invariants import BrokenInvariant, CheckedState
from .decision.values import Decision, Missing, Verdict
from .diagnostics import Diagnostic
from .engine import Engine, load
from .errors import (
    Audience,
    FileError,
    NotAllowedError,
    PolicyError,
    RequestError,
    RequestProblem,
    SeatrulesError,
    StaleDecisionError,
    UsageError,
)
from .evaluators import EvaluatorName
from .language.explained import Operand, SeenEntry
from .language.partial import NotKnown
from .program import PolicyVersion
from .version import __version__ as __version__

if TYPE_CHECKING:
    from .description.described import (
        ActionDescription,
        ArgumentDescription,
        PolicyDescription,
        SettingDescription,
        VersionDescription,
    )
    from .description.reads import EntriesRead, ReadsDescription
    from .planning.advance import Advance
    from .planning.depends import DependsOn, Otherwise
    from .planning.option_values import Option, Options
    from .planning.remedy_values import Remedies, Remedy, RemedyStep, Unmendable
    from .planning.status import Status, StatusLine
    from .planning.timeline import Event, Step, Timeline
    from .planning.when import Stretch, Stretches
    from .records.replay import Difference, Replay, replay

__all__ = [
    "ActionDescription",
    "Advance",
    "ArgumentDescription",
    "Audience",
    "Booking",
    "BrokenInvariant",
    "CheckedState",
    "Citation",
    "Condition",
    "Decision",
    "DependsOn",
    "Diagnostic",
    "Difference",
    "Effect",
    "Engine",
    "EntriesRead",
    "Evaluator",
    "EvaluatorName",
    "Event",
    "FileError",
    "InForce",
    "Missing",
    "NotAllowedError",
    "NotKnown",
    "Notice",
    "Operand",
    "Option",
    "Options",
    "Otherwise",
    "Outcome",
    "PolicyDescription",
    "PolicyError",
    "PolicyVersion",
    "ReadsDescription",
    "Reason",
    "Remedies",
    "Remedy",
    "RemedyStep",
    "Replay",
    "RequestError",
    "RequestProblem",
    "SeatrulesError",
    "SeenEntry",
    "SettingDescription",
    "StaleDecisionError",
    "Status",
    "StatusLine",
    "Step",
    "Stretch",
    "Stretches",
    "Timeline",
    "Unmendable",
    "UsageError",
    "Verdict",
    "VersionDescription",
    "load",
    "replay",
]
_DESCRIBED = ("Action", "Argument", "Policy", "Setting", "Version")
_LATER = {
    **dict.fromkeys((f"{of}Description" for of in _DESCRIBED), "description.described"),
    **dict.fromkeys(("DependsOn", "Otherwise"), "planning.depends"),
    **dict.fromkeys(("EntriesRead", "ReadsDescription"), "description.reads"),
    "Advance": "planning.advance",
    **dict.fromkeys(("Option", "Options"), "planning.option_values"),
    **dict.fromkeys(("Remedies", "Remedy", "RemedyStep", "Unmendable"), "planning.remedy_values"),
    **dict.fromkeys(("StatusLine", "Status"), "planning.status"),
    **dict.fromkeys(("Event", "Step", "Timeline"), "planning.timeline"),
    **dict.fromkeys(("Stretch", "Stretches"), "planning.when"),
    **dict.fromkeys(("Difference", "Replay", "replay"), "records.replay"),
}
"""What describes a policy, plans ahead or replays is imported when it is asked for: deciding starts without it."""

if not TYPE_CHECKING:  # else a misspelt name would be one that may be there

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f".{_LATER[name]}", __name__), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


_raise_on_interrupts()
