"""A compiled policy version: what decides, explains and changes; nothing in it can be wrong any more."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, islice
from typing import Any, NamedTuple

from ..diagnostics import echoed
from ..errors import unknown
from ..language import tree as t
from ..language.interpret import FactBody
from ..language.open_texts import OpenTexts
from ..language.text import Message, shown_decimal
from ..language.types import Key, Record, Table, Translated, Type, Word, known
from ..words import nearest_language, phrase
from .clause import Clause
from .read_only import ReadOnly
from .reads import Reads

OLD = "old"
"""What invariants call the state before the step."""
Translations = Mapping[str, str]
"""A text in each language of the policy."""


def spoken(language: str, languages: tuple[str, ...]) -> str:
    """The language of a policy that a tag finds: `nl-NL` and `nl_BE` find `nl` where there is none nearer.

    Raises:
        UsageError: it finds none.
    """
    if language in languages:
        return languages[languages.index(language)]
    nearest = nearest_language(language, languages)
    if nearest is None:
        raise unknown("language", language, languages, phrase("language_not_spoken", name=echoed(language)))
    return nearest


class Extension(NamedTuple):
    """What somebody else adds to a policy."""

    name: str
    digest: str


def called(table: Table) -> set[str]:
    """The texts of a table by one key that say what a word is called, also after a number: answers in words do."""
    fields = table.record.fields if len(table.keys) == 1 else {}
    return {name for name in ("title", "several") if fields.get(name) == Translated()}


class BillWords(NamedTuple):
    """What a policy calls what is billed: its changes and keys, and the words around the amounts."""

    words: Mapping[str, Translations]
    amounts: Mapping[str, Translations]

    def amount(self, key: str, value: Any, language: str) -> str | None:
        """A number of minor units as an amount; nothing where the policy says of no amount that it is one."""
        texts = self.amounts.get(key, {})
        if not isinstance(value, int) or language not in texts:
            return None
        return texts[language].format(amount=shown_decimal(value, 2, language))


class PolicyVersion(NamedTuple):
    """Which policy decides; `settings` holds only the choices that differ from the default.

    `billing_amounts` are the keys of a bill that are amounts in minor units, with the words around one (`{amount}`).
    `booking_day` is the key under which an entry of a bill has the day from which it counts, if the policy names it.
    """

    name: str
    version: str
    digest: str
    settings: ReadOnly
    languages: tuple[str, ...]
    billing_words: ReadOnly
    billing_amounts: ReadOnly
    booking_day: str | None = None
    extensions: tuple[Extension, ...] = ()

    def __repr__(self) -> str:
        return f"PolicyVersion({self.title!r}, digest={self.digest!r}, settings={dict(self.settings)!r})"

    def spoken(self, language: str | None) -> str:
        """The language, if the policy speaks it; its first where none is named.

        Raises:
            UsageError: it does not.
        """
        return self.languages[0] if language is None else spoken(language, self.languages)

    def language(self, header: str | None) -> str:
        """The language that an `Accept-Language` header likes best of those that it speaks; else its first."""
        from ..words.negotiation import negotiated  # only where a browser asks

        return negotiated(header, self.languages)

    @property
    def identity(self) -> dict[str, Any]:
        """By what the version is known, whatever is chosen of its settings; with its extensions, where it has some."""
        identity: dict[str, Any] = {"name": self.name, "version": self.version, "digest": self.digest}
        if self.extensions:
            identity["extensions"] = [each._asdict() for each in self.extensions]
        return identity

    @property
    def title(self) -> str:
        """What an answer in words calls the version."""
        return self._extended(f"{self.name} {self.version}")

    @property
    def bill_words(self) -> BillWords:
        """What an answer in words calls what is billed."""
        return BillWords(self.billing_words, self.billing_amounts)

    @property
    def title_of_all(self) -> str:
        """What an answer in words calls the policy, where several versions may decide."""
        return self._extended(self.name)

    def _extended(self, name: str) -> str:
        return " + ".join([name, *(each.name for each in self.extensions)])

    def as_dict(self) -> dict[str, Any]:
        """The version as a decision names it."""
        identity = self.identity
        identity["settings"] = dict(self.settings) if self.settings else {}
        return identity


class Statement(NamedTuple):
    """What the source says: its `quote`, in a `language`, with what that means; or what it `says` in our words.

    `source` is where it says so, if that is not the policy's own source: `title` and, where given, `url` and `seen`.
    """

    quote: str | None
    language: str | None
    says: Translations
    meaning: Translations
    source: Translations


class Each(NamedTuple):
    """An action on each of several: the single one (`of`) for each item of the list `over`, as its argument `entry`."""

    of: str
    over: str
    entry: str

    def single(self, action: Mapping[str, Any], item: Any) -> dict[str, Any]:
        """The single action on one of them."""
        shared = {name: value for name, value in action.items() if name not in ("type", self.over)}
        return {"type": self.of, self.entry: item, **shared}


class Wish(NamedTuple):
    """What of an action is the wish: `arguments` that stay as they are, and a `value` that no way may give otherwise.

    Without `arguments`, all are the wish but who performs it.
    """

    arguments: tuple[str, ...] | None = None
    value: t.Expr | None = None


_NONE: Mapping[str, tuple[str, ...]] = {}
_NO_TEXTS: Mapping[str, Message] = {}
_UNDESCRIBED: Mapping[str, str] = {}


MOST_PLACES = 100
"""Of how many places in a state it is said which words are known there."""


class ActionType(NamedTuple):
    """What one type of action takes, asks and does; `performed_by` names the argument that is the person who acts.

    `known` are the words that texts among the arguments are likely to be, `descriptions` what arguments are.
    `cost` is the word for what it costs as a step of a remedy, unless one of those that are `cheaper` has a condition
    that holds. `reads` is what deciding it may read of the state; where time passes, events may read all of it. Where
    it is on `each` of several, its clauses are those of the single one, and read the arguments of that. `instruction`
    tells somebody to do it, in each language of the policy; it prints arguments, and nothing of the state.
    """

    name: str
    title: Translations
    arguments: Mapping[str, Type]
    time_to: str | None
    rules: tuple[Clause, ...]
    consequences: tuple[Clause, ...]
    outcomes: tuple[Clause, ...]
    reads: Reads
    cost: str | None = None
    performed_by: str | None = None
    each: Each | None = None
    known: Mapping[str, tuple[str, ...]] = _NONE
    cheaper: tuple[tuple[str, t.Expr], ...] = ()
    wish: Wish = Wish()
    instruction: Mapping[str, Message] = _NO_TEXTS
    descriptions: Mapping[str, str] = _UNDESCRIBED

    @property
    def wished(self) -> frozenset[str]:
        """The arguments that are the wish: no remedy has others."""
        if self.wish.arguments is not None:
            return frozenset(self.wish.arguments)
        return frozenset(name for name in self.arguments if name != self.performed_by)

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Its rules, consequences and outcomes."""
        return self.rules + self.consequences + self.outcomes


class Program(NamedTuple):
    """One version of a policy, compiled with one choice of its settings.

    `schema` is that of the state as it is written. `defaults` are what the settings are where nothing is chosen.
    `codes` holds the line of each code in every language, by what the codes are of. `about` says of codes of reasons
    what they are about, where that is nothing that an action mends; `terminal` why no action can mend them. `costs` are
    the words for what a remedy costs, from the least to the most, with their texts; `another_actor` is the one for
    somebody else who has to act. `spared` are facts that say of an entry that it is spared where others will do, with
    the names of the entries, from the least to the most. `counted` are the names of the properties and arguments whose
    numbers are counted with; `unread` the properties, by the names of their records, that nothing reads but messages.
    `known_of_state` are the words that texts of the state are likely to be, by their tables.
    `referenced` are the maps at the top of the state whose keys stand elsewhere in it: their names, by those of their
    entries. `state_invariants` are what the invariants require of a state by itself: without what compares it with
    the state before a step. `asides` are those that are asked beside some codes only. `overview` are the lines of a
    status. `meanings` are of those facts that have one.
    """

    policy: PolicyVersion
    effective_from: str
    title: Translations
    billing_changes: tuple[str, ...]
    state: Record
    schema: Mapping[str, Any]
    defs: Mapping[str, Type]
    known_of_state: Mapping[str, tuple[str, ...]]
    referenced: Mapping[str, str]
    tables: Mapping[str, Table]
    facts: Mapping[str, FactBody]
    settings: Mapping[str, Any]
    defaults: Mapping[str, Any]
    choices: Mapping[str, tuple[Any, ...]]
    whys: Mapping[str, Translations]
    meanings: Mapping[str, Translations]
    codes: Mapping[str, Mapping[str, Translations]]
    statements: Mapping[str, Statement]
    actions: Mapping[str, ActionType]
    events: tuple[Clause, ...]
    invariants: tuple[Clause, ...]
    state_invariants: tuple[Clause, ...]
    asides: tuple[Clause, ...]
    goals: tuple[Clause, ...]
    overview: tuple[Clause, ...]
    about: Mapping[str, str]
    terminal: Mapping[str, Translations]
    costs: Mapping[str, Translations]
    another_actor: str | None
    spared: Mapping[str, str]
    counted: frozenset[str]
    unread: Mapping[str, frozenset[str]]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    @property
    def name(self) -> str:
        return self.policy.name

    @property
    def version(self) -> str:
        return self.policy.version

    @property
    def digest(self) -> str:
        return self.policy.digest

    @property
    def languages(self) -> tuple[str, ...]:
        return self.policy.languages

    def action_type(self, name: str) -> ActionType:
        """The type of action that has a name.

        Raises:
            UsageError: there is none.
        """
        if name not in self.actions:
            raise unknown("action", name, self.actions)
        return self.actions[name]

    def single(self, action: Mapping[str, Any]) -> tuple[ActionType, Mapping[str, Any]]:
        """The action by which clauses are asked: of one on each of several, that on the first."""
        action_type = self.action_type(action["type"])
        if (each := action_type.each) is None:
            return action_type, action
        return self.actions[each.of], each.single(action, (action.get(each.over) or [None])[0])

    @property
    def known_words(self) -> dict[str, Mapping[str, tuple[str, ...]]]:
        """The words that are known of arguments, by the names of these and of the actions that have some."""
        return {name: action.known for name, action in self.actions.items() if action.known}

    @property
    def people(self) -> frozenset[str]:
        """What the entries are called that perform actions; those of no action where none says who performs it."""
        performers = (action.arguments[action.performed_by] for action in self.actions.values() if action.performed_by)
        return frozenset(kind.entry for kind in map(known, performers) if isinstance(kind, Key))

    def title_of(self, kind: Type, word: Any, count: int = 1) -> Translations | None:
        """What a word of an enum is called, where a table of these words has a text `title`.

        After a number that is not 1, that is the table's text `several`, if it has one.
        """
        kind = known(kind)
        if isinstance(kind, Word):
            for table in self.tables.values():
                fields = table.record.fields
                if table.keys == (kind,) and fields.get("title") == Translated():
                    row: Any = table.rows.get(word)
                    name = "several" if count != 1 and fields.get("several") == Translated() else "title"
                    return None if row is None else row[name]
        return None

    @property
    def billed_kinds(self) -> dict[str, Type]:
        """Of what type is what stands under each key of a bill, in the first entry that has it."""
        outcomes = (outcome for action in self.actions.values() for outcome in action.outcomes)
        bills = (bill for clause in chain(outcomes, self.events) for bill in clause.billing)
        kinds: dict[str, Type] = {}
        for bill in bills:
            kinds = {key: expr.type for key, expr in bill.values.items()} | kinds
        return kinds

    def about_of(self, rule: Clause) -> str | None:
        """What a rule is about where no action mends it: what it says itself, else what its code says."""
        return rule.about or self.about.get(rule.code or "")

    def is_final(self, rule: Clause) -> bool:
        """Whether no remedy is to be looked for where a rule denies."""
        return rule.about is not None or rule.code in self.final

    @property
    def known_texts(self) -> dict[str, tuple[str, ...]]:
        """The words that are known of texts of the state, by pointers in which `*` stands for each entry or item.

        They are of the first hundred places, where there are more.
        """
        places = islice(OpenTexts().places(self.state, "/state"), MOST_PLACES)
        return {place: self.known_of_state[source] for place, source in places}

    @property
    def final(self) -> frozenset[str]:
        """The codes of reasons for which no remedy is to be looked for."""
        return frozenset((*self.about, *self.terminal))

    @property
    def nothing_billed(self) -> dict[str, str]:
        """The billing of what bills nothing: the first of the policy's words for a change says so."""
        return {"change": self.billing_changes[0]}
