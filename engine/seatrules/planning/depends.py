"""What the source leaves open: settings of which another choice would answer an action otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from ..decision.decide import decide
from ..decision.prose import SILENT, Naming, Prose, days_of
from ..decision.values import Decision, billing_as_data, public_bills
from ..errors import SUPPORT, Audience, EndlessEventError, RequestError, sees_others
from ..language import tree as t
from ..language.interpret import FactBody, fresh
from ..program import ActionType, Program
from ..program.program import Translations
from ..program.read_only import ReadOnly
from ..program.reads import Reader, note_references
from .deciding import Deciding
from .passing import later_versions
from .prose import open_sentences

_PREFIX = "settings."


class Otherwise(NamedTuple):
    """What is answered with another choice: the verdict with its codes, what an allowed action is called and bills."""

    decision: str
    codes: tuple[str, ...]
    outcome: str | None
    billing: tuple[Mapping[str, Any], ...]
    days: tuple[str, ...]

    @classmethod
    def of(cls, decision: Decision) -> Otherwise:
        details, language = decision.details, decision.policy.languages[0]
        message = "" if details.outcome is None else details.outcome.message(language)
        code = None if details.outcome is None else details.outcome.code
        days = dict.fromkeys([*days_of(message), *(day for bill in details.billing for day in days_of(str(bill)))])
        return cls(decision.decision, decision.codes, code, details.billing if decision.allowed else (), tuple(days))

    def as_dict(self, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The same as plain data; a user is told the days of the bill alone."""
        whole = {"decision": self.decision, "codes": list(self.codes), "outcome": self.outcome}
        public = (bill for bill in public_bills(self.billing) if len(bill) > 1)
        return {**whole, "billing": billing_as_data(self.billing if sees_others(audience) else tuple(public))}


class DependsOn(NamedTuple):
    """A `setting`, with the choice that was made of it (`chosen`): with another `choice` it is `otherwise`.

    `why` it is open stands in every language of the policy.
    """

    setting: str
    chosen: Any
    choice: Any
    why: Translations
    otherwise: Otherwise
    prose: Prose = SILENT

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DependsOn) and self[:-1] == other[:-1]

    def __hash__(self) -> int:
        return hash((self.setting, repr(self.choice)))

    def as_dict(self, language: str | None = None, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The same as plain data, in a language of the policy (else its first); a customer is told prose."""
        language = next(iter(self.why)) if language is None else language
        if audience == "customer":
            return self.prose.as_dict(language)
        whole = {"setting": self.setting, "chosen": self.chosen, "choice": self.choice, "why": self.why[language]}
        return {**whole, "otherwise": self.otherwise.as_dict(audience)}


def depends_on(
    engine: Deciding, action: Mapping[str, Any], state: Mapping[str, Any], *, version: str | None = None
) -> tuple[DependsOn, ...]:
    """The settings of which another choice would change the verdict, its codes, the outcome or a day, in their order.

    One setting is chosen otherwise at a time, in every version.

    Raises:
        RequestError: the action or the state is not well formed.
        UsageError: there is no such version.
    """
    return decision_depends_on(engine, engine.decide(action, state, version=version), state, version=version)


def decision_depends_on(
    engine: Deciding, decision: Decision, state: Mapping[str, Any], *, version: str | None = None
) -> tuple[DependsOn, ...]:
    """The same of an action that is decided already, on this state and by this version."""
    return tuple(_differing(engine, decision, fresh(decision.action), fresh(state), version))


def _differing(
    engine: Deciding, decided: Decision, action: dict[str, Any], state: dict[str, Any], version: str | None
) -> Iterator[DependsOn]:
    program = engine.program_for(state, version)
    answer = Otherwise.of(decided)
    action_type = program.actions[action["type"]]
    # Without time that passes no later version decides anything.
    later = later_versions(engine, state["as_of"], version) if action_type.time_to is not None else []
    for setting in settings_read(program, action_type):
        for choice in program.choices[setting]:
            if choice == program.settings[setting]:
                continue
            name = action["type"]
            every = [engine.with_choice(each, setting, choice, name) for each in later if setting in each.settings]
            try:
                decision = decide(engine.with_choice(program, setting, choice, name), action, state, later=every)
            except (EndlessEventError, RequestError):
                continue  # the state can be with the choice that was made only
            otherwise = Otherwise.of(decision)
            if _seen(otherwise) != _seen(answer):
                why, naming = program.whys[setting], Naming.of(program, state, [action])
                prose = Prose(partial(open_sentences, why, answer, otherwise, naming), program.policy.languages)
                yield DependsOn(setting, program.settings[setting], choice, why, otherwise, prose)


def _seen(answer: Otherwise) -> Any:
    """What of an answer has to be another for it to depend on a choice."""
    return answer.decision, answer.codes, answer.outcome, answer.days


def settings_read(program: Program, action_type: ActionType) -> list[str]:
    """The settings that deciding an action reads, in the order of the policy."""
    clauses = [*action_type.clauses, *(program.events if action_type.time_to is not None else ())]
    unread: list[t.Expr] = [expr for clause in clauses for expr in clause.expressions]
    read, facts = set[str](), set[str]()
    while unread:
        for part in t.parts(unread.pop()):
            if isinstance(part, t.Named) and "".join(part.text.split()).startswith(_PREFIX):
                read.add("".join(part.text.split()).removeprefix(_PREFIX))
            elif isinstance(part, t.Call) and part.fact not in facts:
                facts.add(part.fact)
                unread.append(program.facts[part.fact].value)
    return [name for name in program.settings if name in read]


def with_choice(program: Program, setting: str, choice: Any, action: str) -> Program:
    """The version as it is compiled with another choice of a setting, for one type of action."""
    chosen = _Choosing(f"{_PREFIX}{setting}", choice)
    facts = chosen.within(program.facts)
    each = program.actions[action].each if action in program.actions else None
    types = [program.actions[name] for name in (action, each.of if each else action) if name in program.actions]
    changed = {of.name: _reading(chosen.within(of), program, facts) for of in types}
    policy = program.policy._replace(settings=ReadOnly({**program.policy.settings, setting: choice}))
    return program._replace(
        policy=policy,
        settings={**program.settings, setting: choice},
        facts=facts,
        actions={**program.actions, **changed},
        events=chosen.within(program.events) if any(of.time_to is not None for of in types) else program.events,
    )


def _reading(action_type: ActionType, program: Program, facts: Mapping[str, FactBody]) -> ActionType:
    """The action with what it reads: what is behind a setting is read with one choice, and not with another."""
    if action_type.time_to is not None:
        return action_type
    reads = Reader(facts).clauses(action_type.clauses)
    note_references(reads, program.state, action_type.consequences, program.referenced)
    if action_type.each is not None:
        reads = reads.renamed(action_type.each.entry, action_type.each.over)
    return action_type._replace(reads=reads)


class _Choosing:
    """Puts another value in the place of a setting, in all that is made of expressions."""

    def __init__(self, text: str, choice: Any) -> None:
        self.text, self.choice = text, choice
        self._made: dict[int, tuple[Any, Any]] = {}

    def within(self, value: Any) -> Any:
        """The same with the other value in it; itself where the setting is not in it."""
        if isinstance(value, t.Named) and "".join(value.text.split()) == self.text:
            return value._replace(value=self.choice)
        if not isinstance(value, tuple | list | Mapping):
            return value
        known = self._made.get(id(value))
        if known is None:
            known = self._made[id(value)] = value, self._made_anew(value)
        return known[1]

    def _made_anew(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            entries = {key: self.within(each) for key, each in value.items()}
            return entries if any(entries[key] is not value[key] for key in entries) else value
        parts = [self.within(each) for each in value]
        if all(part is each for part, each in zip(parts, value, strict=True)):
            return value
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
