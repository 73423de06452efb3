"""A decision and its parts, as frozen values without rendered text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, Protocol

from ..change.effects import Effect, pointer
from ..language.interpret import DataPath, fresh
from ..program import PolicyVersion
from .audience import SUPPORT, Audience, sees_others
from .explain import decision_text
from .explanation import Notice, Outcome, Reason

Verdict = Literal["allow", "deny", "undetermined"]
"""The verdict of a decision: the last in partial mode only."""


class AsData(Protocol):
    """What can be said as plain data, in a language and to an audience."""

    def as_dict(self, language: str | None, *, audience: Audience) -> dict[str, Any]: ...


class Missing(NamedTuple):
    """A path that was not given, and the rules that would read it."""

    path: DataPath
    rules: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"path": pointer(("state", *self.path)), "rules": list(self.rules)}


class Details(NamedTuple):
    """Everything that a decision says beyond its verdict and codes.

    `billing` is a mapping, a list of them when several events bill, or nothing when it can't be told.
    """

    reasons: tuple[Reason, ...] = ()
    outcome: Outcome | None = None
    warnings: tuple[Reason, ...] = ()
    notices: tuple[Notice, ...] = ()
    billing: Mapping[str, Any] | list[dict[str, Any]] | None = None
    effects: tuple[Effect, ...] = ()


class Decision:
    """The answer to a proposed action: `allow`, `deny` or (in partial mode) `undetermined`, with every reason.

    A frozen value: it keeps its own copy of what was read, so what happens to the state later does not change it. What
    explains it is worked out when it is first asked for. `missing` is `None` outside partial mode.
    """

    __slots__ = ("_as_of", "_codes", "_decision", "_details", "_explain", "_missing", "_policy")

    def __init__(
        self,
        decision: Verdict,
        codes: tuple[str, ...],
        policy: PolicyVersion,
        as_of: str,
        explain: Callable[[], Details],
        missing: tuple[Missing, ...] | None = None,
    ) -> None:
        self._decision, self._codes, self._policy, self._as_of = decision, codes, policy, as_of
        self._explain, self._missing = explain, missing
        self._details: Details | None = None

    @property
    def details(self) -> Details:
        """Everything beyond verdict and codes, worked out once."""
        details = self._details
        if details is None:
            # Two threads may both work it out: to the same value, so that it does not matter whose is kept.
            details = self._details = self._explain()
        return details

    @property
    def decision(self) -> Verdict:
        """The verdict."""
        return self._decision

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, in the order of the policy."""
        return self._codes

    @property
    def policy(self) -> PolicyVersion:
        """The version of the policy that decided."""
        return self._policy

    @property
    def as_of(self) -> str:
        """The day of the state that was decided on."""
        return self._as_of

    @property
    def missing(self) -> tuple[Missing, ...] | None:
        """What was not given and is needed, in partial mode; else nothing."""
        return self._missing

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Each requirement that does not hold, in the order of the policy."""
        return self.details.reasons

    @property
    def outcome(self) -> Outcome | None:
        """What an allowed action is called; nothing where it is not allowed."""
        return self.details.outcome

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """What an allowed action is warned of."""
        return self.details.warnings

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The requirements that fail and are yet to come into force."""
        return self.details.notices

    @property
    def billing(self) -> Mapping[str, Any] | list[dict[str, Any]] | None:
        """What is billed: a mapping, a list of them when several events bill, or nothing when it can't be told."""
        return self.details.billing

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What an allowed action changes, in order."""
        return self.details.effects

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

    def explain(self, language: str | None = None, *, audience: Audience = SUPPORT) -> str:
        """The decision in words, in `language` (the policy's first when none is named), as the audience may see it.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        return decision_text(self, self._policy.spoken(language), audience=audience)

    def as_dict(
        self, language: str | None = None, *, audience: Audience = SUPPORT, remedies: AsData | None = None
    ) -> dict[str, Any]:
        """The decision as plain data, its texts in `language` (the policy's first when none is named).

        To an `admin` no places in the policy's files are shown; a `user` is told nothing of the state but the verdict
        and the codes, with their public lines.

        Args:
            remedies: what `engine.remedies` found, to stand at the end.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        language = self._policy.spoken(language)
        whole = self._whole(language, audience) if sees_others(audience) else self._public(language)
        if remedies is not None:
            whole["remedies"] = remedies.as_dict(language, audience=audience)
        return whole

    def _public(self, language: str) -> dict[str, Any]:
        """What a user is told; of several reasons with one code, the code once."""
        details = self.details
        return {
            "decision": self._decision,
            "reasons": _public_reasons(details.reasons, language),
            "outcome": details.outcome.as_public_dict(language) if details.outcome else None,
            "warnings": _public_reasons(details.warnings, language),
            "notices": [{**notice.as_public_dict(language), "from": notice.since} for notice in details.notices],
            "policy": self._policy.as_dict(),
            "as_of": self._as_of,
        }

    def _whole(self, language: str, audience: Audience) -> dict[str, Any]:
        details = self.details
        whole: dict[str, Any] = {
            "decision": self._decision,
            "reasons": [reason.as_dict(language, audience=audience) for reason in details.reasons],
            "outcome": details.outcome.as_dict(language, audience=audience) if details.outcome else None,
            "warnings": [warning.as_dict(language, audience=audience) for warning in details.warnings],
            "notices": [notice.as_dict(language) for notice in details.notices],
            "billing": fresh(details.billing),
            "effects": [effect.as_dict() for effect in details.effects],
            "policy": self._policy.as_dict(),
            "as_of": self._as_of,
        }
        if self.missing is not None:
            whole["missing"] = [missing.as_dict() for missing in self.missing]
        return whole


def _public_reasons(reasons: tuple[Reason, ...], language: str) -> list[dict[str, str]]:
    return list({reason.code: reason.as_public_dict(language) for reason in reasons}.values())
