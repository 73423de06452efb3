"""The smaller parts of a policy: its facts as a dictionary, its cutoffs, its codes, and what an account has."""

from __future__ import annotations

from collections.abc import Iterator

from ..language.types import EntryOf, ListOf, MapOf, Maybe, Record, Type
from ..planning.repertoire import read_by
from ..planning.touch import meet, writes_of
from ..program import Clause
from .links import link, sentence
from .telling import Telling
from .values import Code, Cutoff, Fact, Link, Piece, Property


def facts_of(telling: Telling) -> tuple[Fact, ...]:
    """The facts in alphabetical order."""
    return tuple(_fact(name, telling) for name in sorted(telling.program.facts))


def _fact(name: str, telling: Telling) -> Fact:
    body, entry = telling.program.facts[name], telling.written.named["facts"].get(name)
    given = {} if entry is None else entry.value.get("given", {})
    return Fact(
        name=name,
        anchor=link("facts", name).href or "",
        title=sentence(name),
        meaning=telling.text(telling.program.meanings.get(name, {})),
        given=tuple((each, (Piece(str(given.get(each, "")), "name"),)) for each in body.parameters),
        gives=telling.kind(body.value.type),
        told=telling.told(body.value),
        names=telling.names("facts", name),
        named_by=telling.named_by("facts", name),
        cites=telling.cited_in(entry),
    )


def cutoffs_of(telling: Telling) -> tuple[Cutoff, ...]:
    """The days that the policy names, in order of time."""
    entries = telling.written.named["cutoffs"]
    found = (
        Cutoff(
            name=name,
            anchor=link("cutoffs", name).href or "",
            day=str(entry.value["date"]),
            why=entry.value.get("why"),
            named_by=telling.named_by("cutoffs", name),
            cites=telling.cited_in(entry),
        )
        for name, entry in entries.items()
    )
    return tuple(sorted(found, key=lambda each: each.day))


def properties_of(telling: Telling) -> tuple[Property, ...]:
    """What a state holds, from the top down."""
    return tuple(_properties(telling.program.state, "", telling))


def _properties(record: Record, path: str, telling: Telling) -> Iterator[Property]:
    for name, kind in record.fields.items():
        here = f"{path}.{name}" if path else name
        yield Property(here, telling.kind(kind), name in record.required, record.descriptions.get(name))
        if (inner := _record_in(kind)) is not None:
            yield from _properties(inner, here if isinstance(kind, Record) else f"{here}.*", telling)


def _record_in(kind: Type) -> Record | None:
    match kind:
        case Maybe(of=of):
            return _record_in(of)
        case Record():
            return kind
        case MapOf(entry=entry):
            return entry
        case ListOf(item=Record() as item):
            return item
        case ListOf(item=EntryOf(record=record)):
            return record
    return None


def codes_of(telling: Telling) -> tuple[Code, ...]:
    """Every code, by groups, in the order of the policy."""
    return tuple(_code(group, name, telling) for group, lines in telling.program.codes.items() for name in lines)


def _code(group: str, name: str, telling: Telling) -> Code:
    program = telling.program
    rules = _rules_with(name, telling) if group == "reasons" else {}
    denying = {rule.id: rule for each in rules.values() for rule in each}
    final = name in program.final
    helped_by = () if final else tuple(_helping(list(denying.values()), telling))
    terminal = program.terminal.get(name)
    return Code(
        group=group,
        name=name,
        anchor=link("codes", f"{group}/{name}").href or "",
        line=telling.text(program.codes[group][name]) or "",
        given_by=telling.named_by("codes", f"{group}/{name}"),
        actions=tuple(telling.link("actions", each) for each in rules),
        about=program.about.get(name),
        terminal=None if terminal is None else telling.text(terminal),
        helped_by=helped_by,
        unmendable=group == "reasons" and not final and not helped_by,
        way_of=None,
        way=(),
    )


def _rules_with(code: str, telling: Telling) -> dict[str, list[Clause]]:
    """By actions, their rules that deny with a code."""
    found: dict[str, list[Clause]] = {}
    for action in telling.program.actions.values():
        if rules := [each for each in action.rules if each.code == code and each.denies]:
            found[action.name] = rules
    return found


def _helping(rules: list[Clause], telling: Telling) -> Iterator[Link]:
    """The actions that may change what the rules read; not those that are themselves done on each of several."""
    program = telling.program
    read = frozenset[tuple[str, str]]().union(*(read_by(program, each) for each in rules))
    for action in program.actions.values():
        if action.each is None and meet(writes_of(action, [program]), read):
            yield telling.link("actions", action.name)
