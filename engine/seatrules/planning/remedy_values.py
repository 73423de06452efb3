"""Remedies as frozen values without rendered text, and what of them an audience may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from ..decision.answer import Answer, hands_out
from ..decision.explanation import Reason
from ..decision.invariants import NOTHING_TO_SAY, CheckedState
from ..decision.prose import SILENT, Prose
from ..decision.values import billing_as_data, public_bills
from ..errors import SUPPORT, Audience, sees_others
from ..language.interpret import DataPath, fresh
from ..language.types import Type
from ..program import PolicyVersion
from ..words import Words, words
from .public import public_arguments
from .timeline import Step
from .ways import named_in

Purpose = Literal["prepares", "asked", "closes"]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Of the keys in `among`, which are alike for all that the rules read, any `count` will do as an `argument`."""

    argument: str
    count: int
    among: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"argument": self.argument, "count": self.count, "from": list(self.among)}


@dataclass(frozen=True, slots=True)
class RemedyStep(Answer):
    """One step as it was taken, and what it costs (nothing where the policy names no costs).

    Where it is for several who are alike, `taken` has a step for each, and `choose` says among whom they were chosen.
    `purpose` is `prepares`, `asked` for the action that was denied, or `closes` for what puts back what another step
    changed. Where somebody else has to take it, `denied` says why the one who proposed the action may not.
    """

    ask: ClassVar[str] = "ask `remedy_step.by_another`"

    taken: tuple[Step, ...]
    cost: str | None
    purpose: Purpose
    by_another: bool
    denied: tuple[Reason, ...]
    choose: AnyOf | None = None

    @property
    def step(self) -> Step:
        """The step, or the first of several."""
        return self.taken[0]

    @property
    def billing(self) -> tuple[Mapping[str, Any], ...]:
        """What all of it bills."""
        return tuple(bill for step in self.taken if step.decision is not None for bill in step.decision.billing)

    def as_dict(self, language: str) -> dict[str, Any]:
        decision = self.step.decision
        assert decision is not None
        return {
            "date": self.step.date,
            "action": fresh(self.step.action),
            **({"choose": self.choose.as_dict()} if self.choose else {}),
            "cost": self.cost,
            "purpose": self.purpose,
            "by_another": self.by_another,
            "needs": _lines(self.denied, language),
            "outcome": decision.outcome.as_dict(language) if decision.outcome else None,
            "billing": billing_as_data(self.billing),
        }


@hands_out("action")
@dataclass(frozen=True, slots=True)
class Remedy(Answer):
    """Steps that were taken one after the other, with the action that was denied among them.

    `rank` orders remedies: by the dearest of what their steps cost, by all that they cost, by how many actions they
    take, by how much they change, then by whom they spare. `length` is how many kinds of steps come before the action.
    """

    ask: ClassVar[str] = "its `steps` are what to do"

    steps: tuple[RemedyStep, ...]
    action: Mapping[str, Any]
    rank: tuple[Any, ...] = field(repr=False)
    length: int = field(repr=False)
    _changes: Mapping[DataPath, Any] = field(repr=False)
    _arguments: Mapping[str, Mapping[str, Type]] = field(repr=False)
    costs: tuple[str, ...] = field(repr=False)

    def changes_within(self, other: Remedy) -> bool:
        """Whether all that is otherwise in the end than in the beginning is so after another one too."""
        return self._changes.items() <= other._changes.items()

    @property
    def cost(self) -> str | None:
        """The dearest of what the steps cost."""
        costs = [step.cost for step in self.steps if step.cost is not None]
        return max(costs, key=self.costs.index, default=None)

    @property
    def actions(self) -> tuple[Mapping[str, Any], ...]:
        """Every action in its order, also those that are alike."""
        return tuple(taken.action for step in self.steps for taken in step.taken)

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        sees_all = sees_others(audience)
        steps = [step.as_dict(language) if sees_all else self._public(step, language) for step in self.steps]
        return {"cost": self.cost, "steps": steps}

    def _public(self, step: RemedyStep, language: str) -> dict[str, Any]:
        """A step as a user may see it: nobody else's name, no numbers, of others' steps which permission they take."""
        if step.by_another:
            return {
                "cost": step.cost,
                "purpose": step.purpose,
                "by_another": True,
                "needs": _lines(step.denied, language),
            }
        kinds = self._arguments[step.step.action["type"]]
        action = public_arguments(step.step.action, kinds, named_in(self.action), {})
        return {
            "date": step.step.date,
            "action": action,
            "cost": step.cost,
            "purpose": step.purpose,
            "by_another": False,
            "billing": public_bills(step.billing),
        }


def _lines(reasons: tuple[Reason, ...], language: str) -> list[dict[str, str]]:
    return [{"code": reason.code, "message": reason.line(language)} for reason in reasons]


@hands_out("action")
@dataclass(frozen=True, slots=True)
class Partly:
    """How much of what was asked is `possible` at once: a number, or how many of a list; `action` asks that."""

    argument: str
    asked: int
    possible: int
    action: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return {
            "argument": self.argument,
            "asked": self.asked,
            "possible": self.possible,
            "action": fresh(self.action),
        }


@hands_out("why")
@dataclass(frozen=True, slots=True)
class Unmendable:
    """A requirement that fails and that nothing mends.

    `why` is the policy's own reason, where it gives one; `about` is what it is about, which says it in our words. Where
    it has neither, no action of the policy changes anything that it reads.
    """

    code: str
    rule: str
    why: Mapping[str, str] | None
    about: str | None = None

    def as_dict(self, language: str, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The requirement as plain data; `about` only where it has one."""
        own = self.why[language] if self.why else None
        why = own or words("decision", language)[self.about or "unmendable"]
        about = {"about": self.about} if self.about else {}
        rule = {"rule": self.rule} if sees_others(audience) else {}
        return {"code": self.code, **rule, "why": why, **about}


@dataclass(frozen=True, slots=True)
class Remedies(Answer):
    """The remedies that were found, cheapest first; none where the action is `allowed` as it is.

    `unmendable` are the requirements that no action can change. `partly` is how much of what was asked is possible at
    once. All ways of up to `searched` kinds of steps were looked at; `complete` says that nothing was left out of that,
    not even a number at which a rule turns. `asked` is how many decisions that took, and `ended_by` what ended it
    before it was at its end: `time` or `decisions`. `checked` is what there is to say of the state.
    """

    ask: ClassVar[str] = "ask `remedies.allowed`, or whether there are any in `remedies.remedies`"

    allowed: bool
    remedies: tuple[Remedy, ...]
    unmendable: tuple[Unmendable, ...]
    partly: Partly | None
    searched: int
    complete: bool
    asked: int
    ended_by: str | None
    policy: PolicyVersion = field(repr=False)
    checked: CheckedState = NOTHING_TO_SAY
    prose: Prose = field(default=SILENT, repr=False, compare=False)

    def as_dict(self, language: str | None = None, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The remedies as plain data, as the audience may see them.

        A `customer` is told in prose. To a `user`, nobody else is named and nothing counted; a step of somebody else's
        says which permission it takes.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        language = self.policy.spoken(language)
        if audience == "customer":
            return {"allowed": self.allowed, **self.prose.as_dict(language)}
        sees_all = sees_others(audience)
        searched: dict[str, Any] = {"steps": self.searched, "complete": self.complete}
        if sees_all:  # how many decisions it takes tells how many people there are
            searched |= {"decisions": self.asked, "ended_by": self.ended_by}
        headline = {} if self.allowed or self.remedies else {"headline": self._none_found(language)}
        return {
            "allowed": self.allowed,
            **headline,
            **({"partly": self.partly.as_dict()} if self.partly and sees_all else {}),
            "remedies": [remedy.as_dict(language, audience=audience) for remedy in self.remedies],
            "unmendable": [rule.as_dict(language, audience=audience) for rule in self.unmendable],
            "searched": searched,
            **self.checked.as_dict(language, audience=audience),
        }

    def _none_found(self, language: str) -> str:
        """That there is no remedy, in words: because nothing can mend it, or as far as was searched."""
        labels = words("remedies", language)
        if self.unmendable:
            return labels["hopeless"]
        return labels["nothing"].format(steps=so_many_steps(self.searched, labels))


def so_many_steps(count: int, labels: Words) -> str:
    """A number of steps, as the labels of remedies say it behind their prepositions."""
    return labels["one_step"] if count == 1 else labels["steps"].format(count=count)
