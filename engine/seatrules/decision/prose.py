"""Prose: an answer as it can be sent to a customer, in sentences that name nobody but who is in the action or acts."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from ..diagnostics import printable
from ..language.interpret import Interpreter
from ..language.partial import NotKnown
from ..language.types import Key, ListOf, Text, Type, known
from ..program import Program
from ..words import words
from .bill_prose import BillProse
from .explain import value_text
from .explanation import Explanation, Outcome
from .request import key_maps

if TYPE_CHECKING:
    from .values import Decision

About = Literal["verdict", "why", "outcome", "bill", "note", "how"]
"""What a sentence is about."""
_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")


class Sentence(NamedTuple):
    """A sentence, and what it is about."""

    about: About
    text: str

    def as_dict(self) -> dict[str, str]:
        return self._asdict()


Tell = Callable[[str], Iterable[Sentence]]
"""Says an answer in a language of the policy."""


class Prose:
    """An answer in sentences, worked out when a language is asked for; days are written in words."""

    __slots__ = ("_languages", "_tell")

    def __init__(self, tell: Tell, languages: tuple[str, ...]) -> None:
        self._tell, self._languages = tell, languages

    def sentences(self, language: str) -> tuple[Sentence, ...]:
        """The sentences, in one of the policy's languages."""
        sentences = (Sentence(about, days_in_words(text, language)) for about, text in self._tell(language))
        return tuple(dict.fromkeys(sentences))

    def text(self, language: str) -> str:
        """The sentences as one paragraph."""
        return " ".join(sentence.text for sentence in self.sentences(language))

    def as_dict(self, language: str) -> dict[str, Any]:
        """The paragraph and its sentences as plain data."""
        return {"text": self.text(language), "sentences": [each.as_dict() for each in self.sentences(language)]}

    def __getstate__(self) -> Any:
        """In another process nothing is worked out any more: the sentences are taken along, and no program."""
        nothing, slots = cast("tuple[None, dict[str, Any]]", super().__getstate__())
        return nothing, {**slots, "_tell": _Told({language: self.sentences(language) for language in self._languages})}


SILENT = Prose(lambda language: (), ())
"""Says nothing."""


class _Told(NamedTuple):
    """The sentences in every language of the policy."""

    sentences: Mapping[str, tuple[Sentence, ...]]

    def __call__(self, language: str) -> tuple[Sentence, ...]:
        return self.sentences[language]


class Naming(NamedTuple):
    """Who may be `named` in an answer about some actions on a state, who are the `others`, and how it is said."""

    program: Program
    named: frozenset[str]
    others: frozenset[str]

    @classmethod
    def of(cls, program: Program, state: Any, actions: Iterable[Mapping[str, Any]]) -> Naming:
        """Those that the actions name may be named; nobody else of the state who may act."""
        people, maps = program.people, key_maps(program.state, state)
        every = frozenset(key for entry, entries in maps if not people or entry in people for key in entries)
        named = frozenset(text for action in actions for text in _texts(program, action))
        return cls(program, named, every - named)

    def said(self, explanation: Explanation, language: str) -> str:
        """What a clause says; the public line of its code where that would name somebody else."""
        message = explanation.as_short_dict(language)["message"]
        if names_one_of(message, self.others):
            message = explanation.as_public_dict(language)["message"]
        return ended(printable(message))

    def sentence(self, text: str) -> str:
        """A text as a sentence: with a capital, unless a name comes first, and a full stop."""
        begins = any(re.match(rf"{re.escape(name)}(?!\w)", text) for name in self.named if name)
        return ended(text if begins else text[:1].upper() + text[1:])

    def instruction(self, action: Mapping[str, Any], language: str) -> str:
        """What tells somebody to take an action: the policy's own words, else its title with what it is about."""
        action_type = self.program.actions[action["type"]]
        given = {name: self._named(action.get(name), kind, language) for name, kind in action_type.arguments.items()}
        if message := action_type.instruction:
            return printable(Interpreter(given, {}, {}).text(message[language], {}, language))
        values = [
            self.value(value, action_type.arguments[name], language)
            for name, value in given.items()
            if name != action_type.performed_by and value is not None
        ]
        title = words("customer", language)["titled"].format(title=printable(action_type.title[language]))
        return f"{title} ({', '.join(values)})" if values else title

    def _named(self, value: Any, kind: Type, language: str) -> Any:
        """An argument, with nobody else's name in it."""
        somebody = words("customer", language)["somebody"]
        if isinstance(value, list):
            return list(dict.fromkeys(somebody if each in self.others else each for each in value))
        return somebody if isinstance(known(kind), Key) and value in self.others else value

    def value(self, value: Any, kind: Type | None, language: str) -> str:
        """A value in words, where a table of the policy has some for it."""
        if isinstance(value, NotKnown):
            return words("customer", language)["not_known"]
        if isinstance(value, list):
            item = kind.item if isinstance(kind, ListOf) else None
            return ", ".join(self.value(each, item, language) for each in value)
        title = None if kind is None else self.program.title_of(kind, value)
        return printable(title[language]) if title is not None else value_text(value)

    def bills(self, billing: Iterable[Mapping[str, Any]], language: str) -> Iterator[Sentence]:
        """What is billed, each entry once; that nothing is, where that is all."""
        prose, nothing = BillProse(self.program, self.value, language), self.program.nothing_billed
        entries = [entry for entry in billing if entry != nothing] or [{"change": "none"}]
        sentences = dict.fromkeys(prose.sentence(entry) for entry in entries)
        yield from (Sentence("bill", self.sentence(each)) for each in sentences)


def _texts(program: Program, action: Mapping[str, Any]) -> Iterator[str]:
    """The keys and texts among what an action is given, not the words of the policy."""
    for name, kind in program.actions[action["type"]].arguments.items() if action["type"] in program.actions else ():
        item = kind.item if isinstance(kind, ListOf) else kind
        if item is not None and isinstance(known(item), Key | Text):
            value = action.get(name)
            yield from (value if isinstance(value, list) else [value] if isinstance(value, str) else ())


def ended(text: str) -> str:
    """A text with a full stop at its end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def names_one_of(text: str, names: Collection[str]) -> bool:
    """Whether one of the names stands in a text as a word."""
    return any(name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names if name)


def days_of(text: str) -> list[str]:
    """The days that stand in a text."""
    return [match[0] for match in _DAY.finditer(text)]


def days_in_words(text: str, language: str) -> str:
    """A text with each day in it written as the language writes it: `1 June 2025`."""
    labels = words("dates", language)
    months = labels["months"].split()

    def written(match: re.Match[str]) -> str:
        year, month, day = map(int, match.groups())
        if not 1 <= month <= len(months):
            return match[0]
        label = labels["first_day" if day == 1 else "day"]
        return label.format(day=day, month=months[month - 1], year=year)

    return _DAY.sub(written, text)


def decision_sentences(decision: Decision, naming: Naming, language: str) -> Iterator[Sentence]:
    """The verdict, why, what comes of it, what it does to the bill, and what there is to note."""
    labels, details, allowed = words("customer", language), decision.details, decision.allowed
    verdict = labels[decision.decision]
    instruction = naming.instruction(decision.action, language)
    yield Sentence("verdict", naming.sentence(verdict.format(day=decision.as_of, action=instruction)))
    yield from (Sentence("why", naming.sentence(naming.said(reason, language))) for reason in details.reasons)
    if details.outcome is not None:
        yield from outcome_sentences(details.outcome, details.billing, naming, language)
    if allowed:
        yield from naming.bills(details.billing, language)
    for warning in details.warnings:
        yield Sentence("note", labels["note"].format(text=naming.said(warning, language)))
    for notice in details.notices:
        yield Sentence("note", labels["from"].format(day=notice.since, text=naming.said(notice, language)))
    for note in decision.notes:
        near = labels["unnamed" if note.near is None else "near"].format(text=printable(note.text), near=note.near)
        yield Sentence("note", labels["note"].format(text=near))


def outcome_sentences(
    outcome: Outcome, billing: Iterable[Mapping[str, Any]], naming: Naming, language: str
) -> Iterator[Sentence]:
    """What an allowed action is called; the line of a code, where nothing is billed, says no more than the verdict."""
    nothing = (naming.program.nothing_billed,)
    for each in outcome.entries or (outcome,):
        text = naming.said(each, language)
        if tuple(billing) != nothing or text != ended(printable(each.as_public_dict(language)["message"])):
            yield Sentence("outcome", naming.sentence(text))
