"""Gathers a policy's rule book from its engine and its files: one plain value, in one language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..analysis.diff.written import Change, changes_between
from ..language.days import add_days
from ..language.types import Maybe
from ..policy.kinds import CODES
from ..policy.written import Written
from ..program import ActionType, Clause
from .dictionary import codes_of, cutoffs_of, facts_of, properties_of
from .evidence import Counted, Evidence, Subject, evidence_of, requests_of, suites_of
from .links import link
from .messages import pieces_of
from .pictures import pictures_of
from .tables import tables_of
from .telling import Telling
from .times import time_line
from .trying import trial_of
from .values import (
    Action,
    Argument,
    Book,
    Changed,
    Choice,
    Code,
    Entry,
    Meant,
    Picture,
    Setting,
    Source,
    Suite,
    Tested,
    Transition,
    Untested,
    Version,
    WayStep,
)

SECONDS = 120.0
"""How long is looked for what versions mean, and for ways to yes, where nothing else is said."""


def book_of(subject: Subject, counted: Counted = iter, seconds: float = SECONDS) -> Book:
    """The book of a version.

    Args:
        counted: what shows that something is at work, as it is gone through.
        seconds: how long is looked for what versions mean, and as long again for ways to yes.
    """
    place, engine = subject.place, subject.engine
    written = {each.version: each for each in subject.loader.read(place)[0]}
    program = engine.programs[subject.version]
    telling = Telling(program, written[subject.version], subject.language)
    suites = suites_of(place)
    asked = requests_of(suites)
    evidence = evidence_of(subject, suites, asked, seconds, counted)
    versions = _versions(written, subject.version)
    pictures = pictures_of(asked, engine, telling)
    actions = tuple(_action(each, pictures.get(each.name, []), telling) for each in program.actions.values())
    rules = _each_once((rule for action in program.actions.values() for rule in action.rules), telling)
    cutoffs = cutoffs_of(telling)
    dated = tuple(each for each in rules if each.effective_from or each.effective_until)
    return Book(
        name=program.name,
        title=telling.text(program.title) or program.name,
        language=subject.language,
        version=next(each for each in versions if each.is_shown),
        versions=versions,
        digest=program.digest,
        extensions=tuple(each.name for each in program.policy.extensions),
        languages=program.languages,
        sources=_sources(telling),
        time_line=time_line(versions, cutoffs, dated),
        cutoffs=cutoffs,
        dated=dated,
        actions=actions,
        rules=rules,
        consequences=_each_once((e for a in program.actions.values() for e in a.consequences), telling),
        outcomes=_each_once((e for a in program.actions.values() for e in a.outcomes), telling),
        events=_each_once(program.events, telling),
        invariants=_each_once((*program.invariants, *program.asides), telling),
        goals=_each_once(program.goals, telling),
        overview=_each_once(program.overview, telling),
        tables=tables_of(telling),
        codes=tuple(_with_way(each, evidence.ways) for each in codes_of(telling)),
        settings=tuple(_setting(name, evidence, len(asked), telling) for name in program.settings),
        facts=facts_of(telling),
        properties=properties_of(telling),
        statements=tuple(telling.statements.values()),
        history=tuple(_history(written, versions, evidence, telling)),
        tested=None if evidence.tested is None else _tested(evidence.tested, telling),
        trial=trial_of(engine, suites, asked, telling),
    )


def _versions(written: Mapping[str, Written], shown: str) -> tuple[Version, ...]:
    """The versions in the order in which they decide; one that is named is the one that is shown."""
    headers = [each.header.value for each in written.values()]
    until = [add_days(str(each["effective_from"]), -1) for each in headers[1:]]
    return tuple(
        Version(
            name=str(header["version"]),
            anchor=link("versions", str(header["version"])).href or "",
            effective_from=str(header["effective_from"]),
            last_day=last,
            recorded_on=header.get("recorded_on"),
            is_shown=str(header["version"]) == shown,
        )
        for header, last in zip(headers, [*until, None], strict=True)
    )


def _sources(telling: Telling) -> tuple[Source, ...]:
    """What the policy is taken from: the source of its header, then those that its statements name."""
    own = telling.written.header.value.get("source")
    found = [] if own is None else [_source(own, own.get("updated_on"))]
    found += [_source(of.source, of.source.get("seen")) for of in telling.program.statements.values() if of.source]
    return tuple(dict.fromkeys(found))


def _source(given: Mapping[str, Any], day: Any) -> Source:
    return Source(given["title"], given.get("language"), given.get("url"), None if day is None else str(day))


def _each_once(clauses: Iterable[Clause], telling: Telling) -> tuple[Entry, ...]:
    """The clauses, each once: it is bound anew for every action that it names."""
    first: dict[str, Clause] = {}
    for clause in clauses:
        first.setdefault(clause.id, clause)
    return tuple(map(telling.entry, first.values()))


def _action(action: ActionType, pictures: Sequence[Picture], telling: Telling) -> Action:
    program, entry = telling.program, telling.written.named["actions"].get(action.name)
    rules = [telling.entry(rule, action.performed_by) for rule in action.rules]
    denying = [each for each in rules if each.severity == "denial"]
    cost = None if action.cost is None else telling.text(program.costs.get(action.cost, {})) or action.cost
    return Action(
        name=action.name,
        page=link("actions", action.name).href or "",
        title=telling.text(action.title) or action.name,
        instruction=pieces_of(action.instruction, program, telling.language),
        arguments=tuple(
            Argument(name, telling.kind(kind), not isinstance(kind, Maybe), name == action.performed_by)
            for name, kind in action.arguments.items()
        ),
        single=None if action.each is None else telling.link("actions", action.each.of),
        cost=cost,
        of_who=tuple(each for each in denying if each.asks_who),
        asked=tuple(each for each in denying if not each.asks_who),
        warned=tuple(each for each in rules if each.severity != "denial"),
        outcomes=tuple(map(telling.entry, action.outcomes)),
        consequences=tuple(map(telling.entry, action.consequences)),
        pictures=tuple(pictures),
        cites=telling.cited_in(entry),
    )


def _with_way(code: Code, ways: Mapping[str, Any]) -> Code:
    """A code of a reason with the way to yes that was found."""
    way = ways.get(code.name) if code.group == "reasons" else None
    if way is None:
        return code
    return code._replace(way_of=way["of"], way=tuple(WayStep(day, text) for day, text in way["steps"]))


def _setting(name: str, evidence: Evidence, asked: int, telling: Telling) -> Setting:
    program, entry = telling.program, telling.written.named["settings"].get(name)
    changes = evidence.choices.get(name, {})
    return Setting(
        name=name,
        anchor=link("settings", name).href or "",
        why=telling.text(program.whys[name]) or "",
        choices=tuple(_choice(each, changes.get(str(each)), name, asked, telling) for each in program.choices[name]),
        named_by=telling.named_by("settings", name),
        cites=telling.cited_in(entry),
    )


def _choice(choice: Any, change: Mapping[str, Any] | None, name: str, asked: int, telling: Telling) -> Choice:
    program = telling.program
    text = str(choice) if not isinstance(choice, bool) else str(choice).lower()
    example = None if change is None else change["example"]
    before, after = _answers(example and example[1], example and example[2], telling)
    return Choice(
        text=text,
        is_default=choice == program.defaults[name],
        is_chosen=choice == program.settings[name],
        changed=0 if change is None else change["changed"],
        asked=asked,
        actions=() if change is None else tuple(telling.link("actions", each) for each in change["actions"]),
        example=None if example is None else example[0],
        before=before,
        after=after,
    )


def _answers(before: Sequence[Any] | None, after: Sequence[Any] | None, telling: Telling) -> list[str | None]:
    """Two answers in words, each with what the other one does not say; nothing where the codes are the same."""
    if before is None or after is None or before == after:
        return [None, None]
    return [_answer(*pair, telling) for pair in ((before, after[1]), (after, before[1]))]


def _answer(answer: Sequence[Any], others: Sequence[str], telling: Telling) -> str:
    verdict, codes = answer
    lines = {code: line for lines in telling.program.codes.values() for code, line in lines.items()}
    word = telling.label["allowed" if verdict == "allow" else "denied"]
    said = [telling.text(lines[code]) or code for code in codes if code in lines and code not in others]
    said = [each for each in said if each != word]
    return f"{word}: {'; '.join(said)}" if said else word


def _history(
    written: Mapping[str, Written], versions: Sequence[Version], evidence: Evidence, telling: Telling
) -> Iterable[Transition]:
    """From each version to the next, the newest first, up to the one that is shown."""
    shown = [each.name for each in versions].index(telling.program.version)
    for old, new in reversed([*pairwise(versions)][:shown]):
        meanings = evidence.meanings.get(new.name, [])
        yield Transition(
            old=old.name,
            new=new,
            changed=tuple(_changed(each, telling) for each in changes_between(written[old.name], written[new.name])),
            meant=tuple(_meant(each, telling) for each in meanings if each["words"]),
            same=tuple(telling.link("actions", each["action"]) for each in meanings if each["same"] and each["action"]),
            cut=any(each["cut"] for each in meanings),
        )


def _changed(change: Change, telling: Telling) -> Changed:
    group = "codes" if change.kind in CODES else change.kind
    name = telling.link(group, f"{change.kind}/{change.name}" if group == "codes" else change.name)
    if change.what == "removed" or not change.name:
        name = name._replace(href=None, text=change.name or change.kind)
    details = [".".join(each.path) for each in change.details] if change.what == "changed" else []
    return Changed(change.what, name, tuple(dict.fromkeys(details)))


def _meant(meaning: Mapping[str, Any], telling: Telling) -> Meant:
    before, after = _answers(meaning["before"], meaning["after"], telling)
    return Meant(
        action=telling.link("actions", meaning["action"]) if meaning["action"] else None,
        words=tuple(meaning["words"]),
        before=before,
        after=after,
    )


def _tested(found: Mapping[str, Any], telling: Telling) -> Tested:
    covered, sides = found["covered"], found["sides"]
    tenths = covered * 1000 // sides if sides else 1000
    return Tested(
        suites=tuple(Suite(*each) for each in found["suites"]),
        covered=covered,
        sides=sides,
        percent=str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}",
        lacking=tuple(
            Untested(telling.link(kind, name), what, ", ".join(telling.label[_name(each)] for each in lacks))
            for kind, name, what, lacks in found["lacking"]
        ),
        excused=tuple(Untested(telling.link(kind, name), what, why) for kind, name, what, why in found["excused"]),
    )


def _name(words: str) -> str:
    """The name of what is said of a side that no case shows."""
    return words.replace(" ", "_")
