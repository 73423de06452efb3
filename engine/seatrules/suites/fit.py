"""Whether cases fit the policy that they are for: what only the policy can tell to be wrong with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..diagnostics import Diagnostic, echo, suggest
from ..engine import Engine
from ..errors import RequestError, UsageError, unknown
from ..language.days import is_date
from ..language.types import MapOf, Record, Type, Word, known
from ..loading import check_choice
from ..nodes import MappingNode, Node, Scalar, SequenceNode, under
from ..program import Program
from .cases import Case


def misfits(case: Case, engine: Engine, version: str | None) -> Iterator[Diagnostic]:
    """What a case names, sets or compares that its policy does not have; `version` decides it, if one is asked for."""
    if case.version is not None and case.version not in engine.programs:
        yield misplaced(unknown("version", case.version, engine.programs), case, "version")
        return
    choices = {name: each for program in engine.programs.values() for name, each in program.choices.items()}
    settings = case.node.get("set")
    for name, span, node in settings if isinstance(settings, MappingNode) else ():
        try:
            check_choice(name, case.settings[name], choices)
        except UsageError as error:
            place = node.span if name in choices else span
            yield Diagnostic(error.code, error.message, place, error.mend, case=case.id)
    yield from _not_spoken(case.node, engine.languages, case)
    if (compared := case.node.get("expect_state")) is not None:
        yield from _unknown_keys(compared, deciding(case, engine, version)[-1].state, case)


def _not_spoken(node: Node, languages: Collection[str], case: Case) -> Iterator[Diagnostic]:
    """The languages of texts that have to be said which the policy does not speak."""
    for key, _, inside in node if isinstance(node, MappingNode) else ():
        for language, span, _ in inside if key == "says" and isinstance(inside, MappingNode) else ():
            if language not in languages:
                message = f"`{echo(language)}` is no language of the policy"
                yield Diagnostic("unknown-language", message, span, suggest(language, languages), case=case.id)
        if key in ("expect", "steps", "events"):
            yield from _not_spoken(inside, languages, case)
    for item in node.items if isinstance(node, SequenceNode) else ():
        yield from _not_spoken(item, languages, case)


def misplaced(error: UsageError, case: Case, key: str) -> Diagnostic:
    """That what a case or its suite names by a key is not there."""
    return Diagnostic(error.code, error.message, case.named(key) or case.span, error.mend, case=case.id)


def other_version(case: Case, engine: Engine) -> Iterator[Diagnostic]:
    """The first day of a case that another version decides than the one in whose folder it lies, if it names none."""
    if case.version is None or case.named("version"):
        return
    for day, node in _days(case, engine.programs[case.version]):
        deciding = _in_force(engine, day)
        if deciding is None or deciding.version != case.version:
            decides = f"version `{deciding.version}` decides" if deciding else "no version decides"
            message = f"{decides} on {day}, and not `{case.version}`, in whose folder the suite lies"
            help_text = "move the day, or name the `version` in the case or in the suite"
            span = case.span if node is None else node.span
            # The day of a base is one mistake, whatever the number of its cases.
            name = None if node is not None and node is _base_day(case) else case.id
            yield Diagnostic("another-version", message, span, help_text, severity="warning", case=name)
            return


def _in_force(engine: Engine, day: str) -> Program | None:
    try:
        return engine.program_for({"as_of": day})
    except RequestError:
        return None  # the day is before the first version


def deciding(case: Case, engine: Engine, version: str | None = None) -> list[Program]:
    """The versions that may decide some of a case, in order; the newest where its days say none.

    `version` decides it, if one is asked for.
    """
    names = [*engine.programs]
    named = case.version or version
    if named is not None:
        return [engine.programs[named if named in names else names[-1]]]
    days = [day for day, _ in _days(case, engine.programs[names[-1]])]
    first, last = (_in_force(engine, edge(days)) if days else None for edge in (min, max))
    if last is None:
        return [engine.programs[names[-1]]]
    begin = 0 if first is None else names.index(first.version)
    return [engine.programs[name] for name in names[begin : names.index(last.version) + 1]]


def _days(case: Case, program: Program) -> Iterator[tuple[str, Node | None]]:
    """The days of a case: its state's, those of its steps, and those up to which its actions let time pass."""
    state = case.state if isinstance(case.state, dict) else {}
    day = under(case.node, "state", "as_of") or under(case.node, "with", "as_of") or _base_day(case)
    days = [(state.get("as_of"), day)]
    steps = under(case.node, "steps")
    nodes = steps.items if isinstance(steps, SequenceNode) else [case.node]
    for step, node in zip(case.steps or ({"action": case.action},), nodes, strict=True):
        days.append((step.get("at"), under(node, "at")))
        action = step["action"] if isinstance(step["action"], dict) else {}
        kind = action.get("type")
        if isinstance(kind, str) and kind in program.actions and (to := program.actions[kind].time_to):
            days.append((action.get(to), under(node, "action", to)))
    for each, written in days:
        if is_date(each):
            yield str(each), written


def _base_day(case: Case) -> Node | None:
    base = case.node.get("base")
    return under(case.top, "bases", base.text, "as_of") if isinstance(base, Scalar) else None


def _unknown_keys(node: Node, kind: Type, case: Case) -> Iterator[Diagnostic]:
    """The keys of a part of a state that its type does not have: what is expected of them is never looked at."""
    kind = known(kind)
    for key, span, inside in node if isinstance(node, MappingNode) else ():
        names, inner = _keys(kind, key)
        if names is not None and key not in names:
            message = f"the state's schema has no key `{echo(key)}` here"
            yield Diagnostic("unknown-key", message, span, suggest(key, names), case=case.id)
        elif inner is not None:
            yield from _unknown_keys(inside, inner, case)


def _keys(kind: Type, key: str) -> tuple[Collection[str] | None, Type | None]:
    """The keys that values of a type may have, where these are known, and the type of what stands under one of them."""
    match kind:
        case Record(fields=fields, closed=closed):
            return (fields if closed else None), fields.get(key)
        case MapOf(key=Word(words=words), entry=entry):
            return words, entry
        case MapOf(entry=entry):
            return None, entry
    return (), None
