"""Answers: a decision and its parts, as frozen values without rendered text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from ..change.effects import Effect, pointer
from ..diagnostics import UsageError, did_you_mean, echo, listed
from ..language.interpret import Path
from .audience import SUPPORT, public_answer, sees_others, sees_places
from .explain import decision_text

Texts = Callable[[str], str]


class Told(Protocol):
    """What can be told as plain data, in a language and to an audience."""

    def as_dict(self, language: str | None, *, audience: str) -> dict[str, Any]: ...


def spoken(language: str, languages: tuple[str, ...]) -> str:
    """The language, if it is among those that a policy speaks.

    Raises:
        UsageError: it is not.
    """
    if language not in languages:
        message = f"the policy does not speak `{echo(language)}`"
        suggestion = did_you_mean(language, languages) or f"there are {listed(languages)}"
        raise UsageError("unknown-language", message, allowed=languages, suggestion=suggestion)
    return language


class Condition(NamedTuple):
    """One requirement as written, whether it holds (`None`: not known), and the values seen."""

    expression: str
    holds: bool | None
    facts: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {"expression": self.expression, "holds": self.holds, "facts": dict(self.facts)}


class Citation(NamedTuple):
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
    _line: Mapping[str, str] = field(repr=False, compare=False)

    def message(self, language: str) -> str:
        """The reason in words, in one of the policy's languages."""
        return self._message(language)

    def line(self, language: str) -> str:
        """The code in words that everybody may read, in one of the policy's languages."""
        return self._line[language]

    def as_dict(self, language: str, *, audience: str = SUPPORT) -> dict[str, Any]:
        return {
            "code": self.code,
            "rule": self.rule,
            "message": self.message(language),
            "at": self.at if sees_places(audience) else None,
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
    _line: Mapping[str, str] = field(repr=False, compare=False)

    def message(self, language: str) -> str:
        """The outcome in words, in one of the policy's languages."""
        return self._message(language)

    def line(self, language: str) -> str:
        """The code in words that everybody may read, in one of the policy's languages."""
        return self._line[language]

    def as_dict(self, language: str, *, audience: str = SUPPORT) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message(language),
            "rule": self.rule,
            "at": self.at if sees_places(audience) else None,
            "cites": [citation.as_dict() for citation in self.cites],
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """A requirement that does not hold and is yet to come into force, on `since`."""

    rule: str
    code: str
    since: str
    _message: Texts = field(repr=False, compare=False)
    _line: Mapping[str, str] = field(repr=False, compare=False)

    def message(self, language: str) -> str:
        return self._message(language)

    def line(self, language: str) -> str:
        return self._line[language]

    def as_dict(self, language: str) -> dict[str, Any]:
        return {"rule": self.rule, "code": self.code, "message": self.message(language), "from": self.since}


class Missing(NamedTuple):
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
    billing_words: Mapping[str, Mapping[str, str]] = field(repr=False)

    def spoken(self, language: str) -> str:
        """The language, if the policy speaks it.

        Raises:
            UsageError: it does not.
        """
        return spoken(language, self.languages)

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "version": self.version, "digest": self.digest, "settings": dict(self.settings)}


class Answer(NamedTuple):
    """Everything that a decision says beyond its verdict and codes.

    `billing` is a mapping, a list of them when several events bill, or nothing when it can't be told.
    """

    reasons: tuple[Reason, ...] = ()
    outcome: Outcome | None = None
    warnings: tuple[Reason, ...] = ()
    notices: tuple[Notice, ...] = ()
    billing: Mapping[str, Any] | list[dict[str, Any]] | None = None
    effects: tuple[Effect, ...] = ()


def _copied(billing: Mapping[str, Any] | list[dict[str, Any]] | None) -> Any:
    if isinstance(billing, list):
        return [dict(each) for each in billing]
    return None if billing is None else dict(billing)


class Decision:
    """The answer to a proposed action: `allow`, `deny` or (in partial mode) `undetermined`, with every reason.

    A frozen value: it keeps its own copy of what was read, so what happens to the state later does not change it. What
    explains it is worked out when it is first asked for. `missing` is `None` outside partial mode.
    """

    __slots__ = ("_answer", "_as_of", "_codes", "_decision", "_explain", "_missing", "_policy")

    def __init__(
        self,
        decision: str,
        codes: tuple[str, ...],
        policy: PolicyVersion,
        as_of: str,
        explain: Callable[[], Answer],
        missing: tuple[Missing, ...] | None = None,
    ) -> None:
        self._decision, self._codes, self._policy, self._as_of = decision, codes, policy, as_of
        self._explain, self._missing = explain, missing
        self._answer: Answer | None = None

    @property
    def answer(self) -> Answer:
        """Everything beyond verdict and codes, worked out once."""
        answer = self._answer
        if answer is None:
            # Two threads may both work it out: to the same value, so that it does not matter whose is kept.
            answer = self._answer = self._explain()
        return answer

    @property
    def decision(self) -> str:
        return self._decision

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, in the order of the policy."""
        return self._codes

    @property
    def policy(self) -> PolicyVersion:
        return self._policy

    @property
    def as_of(self) -> str:
        return self._as_of

    @property
    def missing(self) -> tuple[Missing, ...] | None:
        return self._missing

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.answer.reasons

    @property
    def outcome(self) -> Outcome | None:
        return self.answer.outcome

    @property
    def warnings(self) -> tuple[Reason, ...]:
        return self.answer.warnings

    @property
    def notices(self) -> tuple[Notice, ...]:
        return self.answer.notices

    @property
    def billing(self) -> Mapping[str, Any] | list[dict[str, Any]] | None:
        return self.answer.billing

    @property
    def effects(self) -> tuple[Effect, ...]:
        return self.answer.effects

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decision) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash((self._decision, self._codes, self._as_of))

    def __repr__(self) -> str:
        return f"<Decision {' '.join([self._decision, ', '.join(self._codes)]).strip()}>"

    @property
    def allowed(self) -> bool:
        """Whether the action is allowed: never true when anything that a requirement needs is unknown."""
        return self.decision == "allow"

    def explain(self, language: str | None = None, *, audience: str = SUPPORT) -> str:
        """The decision in words, in `language` (the policy's first when none is named), as the audience may see it.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        return decision_text(self, self._language(language), audience=audience)

    def as_dict(
        self, language: str | None = None, *, audience: str = SUPPORT, remedies: Told | None = None
    ) -> dict[str, Any]:
        """The decision as plain data, its texts in `language` (the policy's first when none is named).

        To an `admin` no places in the policy's files are shown; a `user` is told nothing of the state but the verdict
        and the codes, with their public lines.

        Args:
            remedies: what `engine.remedies` found, to stand at the end.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        language = self._language(language)
        whole = self._whole(language, audience) if sees_others(audience) else public_answer(self, language)
        if remedies is not None:
            whole["remedies"] = remedies.as_dict(language, audience=audience)
        return whole

    def _whole(self, language: str, audience: str) -> dict[str, Any]:
        answer = self.answer
        whole: dict[str, Any] = {
            "decision": self._decision,
            "reasons": [reason.as_dict(language, audience=audience) for reason in answer.reasons],
            "outcome": answer.outcome.as_dict(language, audience=audience) if answer.outcome else None,
            "warnings": [warning.as_dict(language, audience=audience) for warning in answer.warnings],
            "notices": [notice.as_dict(language) for notice in answer.notices],
            "billing": _copied(answer.billing),
            "effects": [effect.as_dict() for effect in answer.effects],
            "policy": self._policy.as_dict(),
            "as_of": self._as_of,
        }
        if self.missing is not None:
            whole["missing"] = [missing.as_dict() for missing in self.missing]
        return whole

    def _language(self, language: str | None) -> str:
        return self._policy.languages[0] if language is None else self._policy.spoken(language)
