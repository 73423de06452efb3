"""Answers: a decision and its parts, as frozen values without rendered text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..change.effects import Effect, pointer
from ..language.interpret import Path
from .explain import decision_text

Texts = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Condition:
    """One requirement as written, whether it holds (`None`: not known), and the values seen."""

    expression: str
    holds: bool | None
    facts: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"expression": self.expression, "holds": self.holds, "facts": dict(self.facts)}


@dataclass(frozen=True, slots=True)
class Citation:
    """A statement of the source, in its own words."""

    id: str
    quote: str

    def as_dict(self) -> dict[str, str]:
        return {"id": self.id, "quote": self.quote}


@dataclass(frozen=True, slots=True)
class Reason:
    """A requirement that does not hold: why an action is denied, or what a warning warns of."""

    code: str
    rule: str
    at: str
    conditions: tuple[Condition, ...]
    cites: tuple[Citation, ...]
    _message: Texts = field(repr=False, compare=False)

    def message(self, language: str) -> str:
        """The reason in words, in one of the policy's languages."""
        return self._message(language)

    def as_dict(self, language: str) -> dict[str, Any]:
        return {
            "code": self.code,
            "rule": self.rule,
            "message": self.message(language),
            "at": self.at,
            "conditions": [condition.as_dict() for condition in self.conditions],
            "cites": [citation.as_dict() for citation in self.cites],
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an allowed action is called."""

    code: str
    rule: str
    at: str
    cites: tuple[Citation, ...]
    _message: Texts = field(repr=False, compare=False)

    def message(self, language: str) -> str:
        """The outcome in words, in one of the policy's languages."""
        return self._message(language)

    def as_dict(self, language: str) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message(language),
            "rule": self.rule,
            "at": self.at,
            "cites": [citation.as_dict() for citation in self.cites],
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """A requirement that does not hold and is yet to come into force, on `since`."""

    rule: str
    code: str
    since: str
    _message: Texts = field(repr=False, compare=False)

    def message(self, language: str) -> str:
        return self._message(language)

    def as_dict(self, language: str) -> dict[str, Any]:
        return {"rule": self.rule, "code": self.code, "message": self.message(language), "from": self.since}


@dataclass(frozen=True, slots=True)
class Missing:
    """A path that was not given, and the rules that would read it."""

    path: Path
    rules: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"path": pointer(("state", *self.path)), "rules": list(self.rules)}


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """Which policy decided; `settings` holds only the choices that differ from the default."""

    name: str
    version: str
    digest: str
    settings: Mapping[str, Any]
    languages: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "version": self.version, "digest": self.digest, "settings": dict(self.settings)}


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a proposed action: `allow`, `deny` or (in partial mode) `undetermined`, with every reason.

    `billing` is a mapping, or a list of them when several events bill. `missing` is `None` outside partial mode.
    """

    decision: str
    reasons: tuple[Reason, ...]
    outcome: Outcome | None
    warnings: tuple[Reason, ...]
    notices: tuple[Notice, ...]
    billing: Mapping[str, Any] | list[dict[str, Any]]
    effects: tuple[Effect, ...]
    policy: PolicyVersion
    as_of: str
    missing: tuple[Missing, ...] | None = None

    @property
    def allowed(self) -> bool:
        """Whether the action is allowed: never true when anything that a requirement needs is unknown."""
        return self.decision == "allow"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, in the order of the policy."""
        return tuple(reason.code for reason in self.reasons)

    def explain(self, language: str | None = None) -> str:
        """The decision in words, in `language` (the policy's first when none is named)."""
        return decision_text(self, language or self.policy.languages[0])

    def as_dict(self, language: str | None = None) -> dict[str, Any]:
        """The decision as plain data, its texts in `language` (the policy's first when none is named)."""
        language = language or self.policy.languages[0]
        whole: dict[str, Any] = {
            "decision": self.decision,
            "reasons": [reason.as_dict(language) for reason in self.reasons],
            "outcome": self.outcome.as_dict(language) if self.outcome else None,
            "warnings": [warning.as_dict(language) for warning in self.warnings],
            "notices": [notice.as_dict(language) for notice in self.notices],
            "billing": self.billing,
            "effects": [effect.as_dict() for effect in self.effects],
            "policy": self.policy.as_dict(),
            "as_of": self.as_of,
        }
        if self.missing is not None:
            whole["missing"] = [missing.as_dict() for missing in self.missing]
        return whole
