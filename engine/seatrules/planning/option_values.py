"""Options as frozen values without rendered text, and what of them an audience may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, NamedTuple

from ..decision.answer import Answer, hands_out
from ..decision.explanation import Reason
from ..decision.invariants import NOTHING_TO_SAY, CheckedState
from ..decision.prose import SILENT, Prose
from ..decision.values import Verdict, billing_as_data
from ..errors import SUPPORT, Audience, sees_others
from ..language.interpret import fresh
from ..language.types import Type
from ..program import PolicyVersion
from ..program.program import Translations
from .public import public_arguments


class Alike(NamedTuple):
    """An argument that stands for several whose entries are equal, and the keys of all of them."""

    argument: str
    keys: tuple[str, ...]


@hands_out("action", "billing")
@dataclass(frozen=True, slots=True)
class Option(Answer):
    """One proposed action and what `decide` says of it.

    `decision` is `allow`, `deny`, or `error` where the state is such that there is no verdict; `codes` are those of the
    reasons or of the error, `outcome` is what an allowed action is called. `reasons` are why it is denied, `billing`
    what it bills where it is allowed. `alike` are the arguments that stand for several: `action` names one of each.
    `pointless` is what would change nothing: an allowed action without effect whose like have some, and one that would
    make a thing what it is.
    """

    ask: ClassVar[str] = "ask whether `option.decision` is `allow`"

    action: Mapping[str, Any]
    decision: Verdict | Literal["error"]
    codes: tuple[str, ...]
    outcome: str | None
    policy: PolicyVersion = field(repr=False)
    reasons: tuple[Reason, ...] = field(default=(), repr=False)
    billing: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    alike: tuple[Alike, ...] = ()
    pointless: bool = False

    def as_dict(self, language: str | None = None) -> dict[str, Any]:
        """The option as plain data, its texts in `language` (the policy's first when none is named).

        `reasons`, `billing`, `pointless` and `alike` are there only where there is something to say.

        Raises:
            UsageError: the policy does not speak the language.
        """
        language = self.policy.spoken(language)
        whole: dict[str, Any] = {
            "action": fresh(self.action),
            "decision": self.decision,
            "codes": list(self.codes),
            "outcome": self.outcome,
        }
        if self.reasons:
            whole["reasons"] = [reason.as_short_dict(language) for reason in self.reasons]
        if self.billing:
            whole["billing"] = billing_as_data(self.billing)
        if self.pointless:
            whole["pointless"] = True
        if self.alike:
            whole["alike"] = {name: len(keys) for name, keys in self.alike}
        return whole


@hands_out("alike", "empty")
@dataclass(frozen=True, slots=True)
class LeftOut:
    """What no option is of.

    `alike` counts, for each kind of entry, those that equal one that was tried and were not tried themselves; `cut`
    names the actions with more sets of arguments than were decided. `empty` are the actions that name an entry of a
    kind of which there is none, each with these kinds; `others` those that the actor who was asked for never performs.
    """

    alike: Mapping[str, int]
    cut: tuple[str, ...] = ()
    empty: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data; `empty` and `others` only where there are some."""
        whole: dict[str, Any] = {"alike": dict(self.alike), "actions": list(self.cut)}
        if self.empty:
            whole["empty"] = {name: list(entries) for name, entries in self.empty.items()}
        if self.others:
            whole["others"] = list(self.others)
        return whole


@hands_out("known", "titles", "lines")
@dataclass(frozen=True, slots=True)
class Options(Answer):
    """What can be done, in the order of the policy and of the state, and what was left out.

    `known` are the words that are known of arguments, by the names of these and of the actions; `titles` are what the
    actions are called, and `lines` what codes say to everybody. `checked` is what there is to say of the state.
    """

    ask: ClassVar[str] = "its `options` are what can and can't be done"

    as_of: str
    policy: PolicyVersion
    options: tuple[Option, ...]
    left_out: LeftOut
    known: Mapping[str, Mapping[str, tuple[str, ...]]]
    actor: str | None
    titles: Mapping[str, Translations] = field(repr=False)
    lines: Mapping[str, Translations] = field(repr=False)
    _arguments: Mapping[str, Mapping[str, Type]] = field(repr=False)
    checked: CheckedState = NOTHING_TO_SAY
    prose: Prose = field(default=SILENT, repr=False, compare=False)

    @property
    def alike(self) -> Mapping[str, int]:
        """How many entries of each kind equal one that was tried, and were not tried themselves."""
        return self.left_out.alike

    @property
    def cut(self) -> tuple[str, ...]:
        """The actions with more sets of arguments than were decided."""
        return self.left_out.cut

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The keys of those who are alike and for whom one stands in an option, together."""
        return tuple(dict.fromkeys(group for option in self.options for _, group in option.alike))

    def __reduce__(self) -> Any:
        """To another process a reason is sent once, however many options have it."""
        shared: dict[Any, Reason] = {}
        options = tuple(
            replace(each, reasons=tuple(shared.setdefault(self._said(reason), reason) for reason in each.reasons))
            for each in self.options
        )
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return type(self), tuple({**values, "options": options}.values())

    def _said(self, reason: Reason) -> Any:
        """All that a reason says, in every language."""
        return reason.rule, reason.about, reason.one, *map(reason.message, self.policy.languages)

    def as_dict(self, language: str | None = None, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The options as plain data, as the audience may see them, in `language` (else the policy's first).

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        language = self.policy.spoken(language)
        if audience == "customer":
            return {**self.prose.as_dict(language), "as_of": self.as_of}
        seen = self.seen_by(audience)
        groups = [list(group) for group in seen.groups]
        return {
            "options": [option.as_dict(language) for option in seen.options],
            "left_out": seen.left_out.as_dict(),
            **({"alike": groups} if groups else {}),
            "titles": _in(seen.titles, language),
            "lines": _in(seen.lines, language),
            "policy": self.policy.identity,
            "as_of": self.as_of,
            **known_as_data(self.known),
            **self.checked.as_dict(language, audience=audience),
        }

    def seen_by(self, audience: Audience) -> Options:
        """The options as the audience may see them.

        A `user` is told nobody's name but that of the actor who was asked for, and no numbers: of the arguments only
        the other ones, of the reasons only the codes. Options that are then the same are one.

        Raises:
            UsageError: there is no such audience.
        """
        if sees_others(audience):
            return self
        left_out = replace(self.left_out, alike={}, empty=dict.fromkeys(self.left_out.empty, ()))
        return replace(self, options=tuple(self._public()), left_out=left_out)

    def _public(self) -> Iterator[Option]:
        names = frozenset(() if self.actor is None else (self.actor,))
        known_words, listed = self.known, set[Any]()
        for each in self.options:
            action = each.action
            name = action["type"]
            public = public_arguments(action, self._arguments[name], names, known_words.get(name, {}))
            same = (repr(public), each.decision, each.codes, each.outcome)
            if same not in listed:
                listed.add(same)
                yield Option(public, each.decision, each.codes, each.outcome, each.policy)


def known_as_data(known_words: Mapping[str, Mapping[str, tuple[str, ...]]]) -> dict[str, Any]:
    """The words that are known of arguments as plain data, where there are any."""
    lists = {name: {argument: list(each) for argument, each in of.items()} for name, of in known_words.items()}
    return {"known": lists} if lists else {}


def _in(texts: Mapping[str, Translations], language: str) -> dict[str, str]:
    return {name: each[language] for name, each in texts.items()}
