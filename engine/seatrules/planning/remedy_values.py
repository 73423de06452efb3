"""Remedies as frozen values without rendered text, and what of them an audience may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..decision.answer import Answer
from ..decision.explanation import Reason
from ..decision.invariants import NOTHING_TO_SAY, CheckedState
from ..decision.values import billing_as_data
from ..errors import SUPPORT, Audience, sees_others
from ..language.days import is_date
from ..language.interpret import fresh
from ..language.types import Boolean, Date, Key, Type, Word, known
from ..program import PolicyVersion
from ..words import words
from .timeline import Step


@dataclass(frozen=True, slots=True)
class RemedyStep(Answer):
    """One step as it was taken, and what it costs (nothing where the policy names no costs).

    Where somebody else has to take it, `denied` says why the one who proposed the action may not.
    """

    ask: ClassVar[str] = "ask `remedy_step.by_another`"

    step: Step
    cost: str | None
    denied: tuple[Reason, ...]

    @property
    def by_another(self) -> bool:
        """Whether somebody else has to take it."""
        return bool(self.denied)

    def as_dict(self, language: str) -> dict[str, Any]:
        decision = self.step.decision
        assert decision is not None
        return {
            "date": self.step.date,
            "action": fresh(self.step.action),
            "cost": self.cost,
            "by_another": self.by_another,
            "needs": _lines(self.denied, language),
            "outcome": decision.outcome.as_dict(language) if decision.outcome else None,
            "billing": billing_as_data(decision.billing),
        }


@dataclass(frozen=True, slots=True)
class Remedy(Answer):
    """Steps that were taken one after the other, the last of them the action that was denied.

    `costs` are the policy's words for what a step costs, from the least to the most; `arguments` are the types of those
    that each type of action takes.
    """

    ask: ClassVar[str] = "its `steps` are what to do"

    steps: tuple[RemedyStep, ...]
    action: Mapping[str, Any]
    costs: tuple[str, ...] = field(repr=False)
    arguments: Mapping[str, Mapping[str, Type]] = field(repr=False)

    @property
    def cost(self) -> str | None:
        """The dearest of what the steps cost."""
        costs = [step.cost for step in self.steps if step.cost is not None]
        return max(costs, key=self.costs.index, default=None)

    @property
    def rank(self) -> tuple[Any, ...]:
        """Cheaper remedies come first: by the dearest step, then by how many there are, then by all of them."""
        prices = sorted((self.costs.index(step.cost) for step in self.steps if step.cost is not None), reverse=True)
        return (prices[:1], len(self.steps), prices)

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        sees_all = sees_others(audience)
        steps = [step.as_dict(language) if sees_all else self._public(step, language) for step in self.steps]
        return {"cost": self.cost, "steps": steps}

    def _public(self, step: RemedyStep, language: str) -> dict[str, Any]:
        """A step as a user may see it: nobody else's name, no numbers, of others' steps which permission they take."""
        if step.by_another:
            return {"cost": step.cost, "by_another": True, "needs": _lines(step.denied, language)}
        decision, kinds = step.step.decision, self.arguments[step.step.action["type"]]
        assert decision is not None
        names = {value for value in self.action.values() if isinstance(value, str)}
        action = {
            name: value
            for name, value in step.step.action.items()
            if name == "type" or _is_public(known(kinds[name]), value, names)
        }
        return {
            "date": step.step.date,
            "action": action,
            "cost": step.cost,
            "by_another": False,
            "billing": [
                {key: value for key, value in bill.items() if key == "change" or is_date(value)}
                for bill in decision.billing
            ],
        }


def _is_public(kind: Any, value: Any, names: set[str]) -> bool:
    return isinstance(kind, Word | Date | Boolean) or (isinstance(kind, Key) and value in names)


def _lines(reasons: tuple[Reason, ...], language: str) -> list[dict[str, str]]:
    return [{"code": reason.code, "message": reason.line(language)} for reason in reasons]


@dataclass(frozen=True, slots=True)
class Unmendable:
    """A requirement that fails and that nothing mends.

    `why` is the policy's own reason, where it gives one; `about` is what the code is about, which says it in our words.
    `actions` might mend it, and are denied for these codes.
    """

    code: str
    rule: str
    why: Mapping[str, str] | None
    actions: Mapping[str, tuple[str, ...]]
    about: str | None = None

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The requirement as plain data; `about` only where its code has one."""
        why = self.why[language] if self.why else words("decision", language)[self.about] if self.about else None
        about = {"about": self.about} if self.about else {}
        if not sees_others(audience):
            return {"code": self.code, "why": why, **about}
        actions = {name: list(codes) for name, codes in self.actions.items()}
        return {"code": self.code, "rule": self.rule, "why": why, "actions": actions, **about}


@dataclass(frozen=True, slots=True)
class Remedies(Answer):
    """The remedies that were found, cheapest first; none where the action is `allowed` as it is.

    `unmendable` are the requirements that no action can change. `complete` says whether all sequences of up to
    `searched` steps were looked at that may help; `asked` is how many decisions that took. `checked` is what there is
    to say of the state.
    """

    ask: ClassVar[str] = "ask `remedies.allowed`, or whether there are any in `remedies.remedies`"

    allowed: bool
    remedies: tuple[Remedy, ...]
    unmendable: tuple[Unmendable, ...]
    searched: int
    complete: bool
    asked: int
    policy: PolicyVersion = field(repr=False)
    checked: CheckedState = NOTHING_TO_SAY

    def as_dict(self, language: str | None = None, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The remedies as plain data, as the audience may see them.

        To a `user`, nobody else is named and nothing counted; a step of somebody else's says which permission it takes.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        language = self.policy.spoken(language)
        searched = {"steps": self.searched, "complete": self.complete}
        if sees_others(audience):  # how many decisions it takes tells how many people there are
            searched["decisions"] = self.asked
        return {
            "allowed": self.allowed,
            "remedies": [remedy.as_dict(language, audience=audience) for remedy in self.remedies],
            "unmendable": [rule.as_dict(language, audience=audience) for rule in self.unmendable],
            "searched": searched,
            **self.checked.as_dict(language, audience=audience),
        }
