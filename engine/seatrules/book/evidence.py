"""What takes long to find out for a book: what its cases show, what versions and settings change, ways to yes.

It is found as plain data, by which it is remembered: a book of the same files is made in a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from ..analysis.coverage import Coverage, Report
from ..analysis.coverage.points import ShownPoint
from ..analysis.diff.known import KnownRequests
from ..analysis.diff.meaning import NOT_FOUND, SAME, Meaning, MeaningSearch
from ..analysis.diff.search import Patience
from ..analysis.diff.sides import Pair, Side
from ..cache import remembered
from ..decision.prose import Naming
from ..engine import Engine, Loader
from ..errors import SeatrulesError
from ..files import read_bytes
from ..planning.depends import settings_read
from ..planning.prose import step_text
from ..planning.remedies import remedies
from ..policy.locate import Place, parts_of
from ..suites import Engines, Suite, find_suites, read_suite, run_case
from .pictures import AskedRequest

_PATIENCE = Patience(tried=250, more=150, measured=200, smaller=0)
"""How long is looked for what versions mean, of each action."""
_DECISIONS = 500
"""How many decisions are asked for one way to yes."""
_AT_MOST = 2.0
"""How many seconds are taken for one."""
Counted = Callable[[Iterable[Any]], Iterator[Any]]
"""Shows that something is at work: gives what it is given, one after the other."""


class Subject(NamedTuple):
    """What a book is of: a policy's place, its engine, the version that is shown, and the settings that are chosen.

    By the loader it was loaded.
    """

    loader: Loader
    place: Place
    engine: Engine
    version: str
    settings: Mapping[str, Any]
    language: str


class Evidence(NamedTuple):
    """What was found out, as plain data."""

    tested: Mapping[str, Any] | None
    meanings: Mapping[str, Any]
    choices: Mapping[str, Any]
    ways: Mapping[str, Any]


def suites_of(place: Place) -> list[tuple[Path, Suite]]:
    """The suites of a policy and its extensions that can be read; none where it lies in no folder."""
    folders = [] if place.folder is None else [place.folder]
    paths = [path for folder in (*folders, *(each.path for each in place.extensions)) for path in find_suites(folder)]
    found = []
    for path in paths:
        try:
            found.append((path, read_suite(path)))
        except SeatrulesError:
            continue  # `seatrules test` says what is wrong with it
    return found


def requests_of(suites: Iterable[tuple[Path, Suite]]) -> list[AskedRequest]:
    """What the cases ask that are decided as the policy stands: with all of a state, and no setting of their own."""
    found = []
    for _, suite in suites:
        for case in suite.cases:
            plain = not (case.settings or case.partial or case.incomplete) and case.invariants
            action = case.action if not case.steps else case.steps[0].get("action") if len(case.steps) > 1 else None
            if plain and isinstance(action, Mapping) and isinstance(case.state, Mapping):
                found.append(AskedRequest(case.id, case.title, action, case.state))
    return found


def evidence_of(
    subject: Subject, suites: list[tuple[Path, Suite]], asked: list[AskedRequest], seconds: float, counted: Counted
) -> Evidence:
    """What was found out of the same files before, or is found out now; each search takes at most `seconds`.

    It is remembered apart, so that what is the same in every language, or however long is searched, is found out once.
    """

    def parts(*named: Any) -> Callable[[], Iterator[bytes]]:
        def of() -> Iterator[bytes]:
            yield repr((subject.version, *named)).encode()
            yield from parts_of(subject.place, subject.settings)
            for path, _ in suites:
                yield str(path).encode(errors="surrogateescape")
                yield read_bytes(path)

        return of

    def of_cases() -> tuple[Any, Any]:
        return _tested(subject, suites, counted) if suites else None, _choices(subject, asked, counted)

    tested, choices = remembered(parts("cases"), of_cases)
    return Evidence(
        tested=tested,
        choices=choices,
        meanings=remembered(parts("meanings", seconds), lambda: _meanings(subject, suites, seconds, counted)),
        ways=remembered(parts("ways", seconds, str(subject.language)), lambda: _ways(subject, asked, seconds, counted)),
    )


def _tested(subject: Subject, suites: list[tuple[Path, Suite]], counted: Counted) -> dict[str, Any]:
    """The cases, and what of the policy they show."""
    counting = Coverage(subject.loader)
    place = subject.place
    named = str(place.folder)
    extensions = [each.path for each in place.extensions]
    engines = Engines(named, None, subject.settings, extensions, counting.load)
    rows = []
    for path, suite in suites:
        passed = 0
        for case in counted(suite.cases):
            try:
                passed += run_case(case, engines).passed
            except SeatrulesError:
                continue
            counting.ran(case, case.policy or named)
        rows.append([_named(path, place), len(suite.cases), passed])
    excused = ((each, each.policy or named) for _, suite in suites for each in suite.uncovered)
    return {"suites": rows, **_covered(counting.report(excused))}


def _named(suite: Path, place: Place) -> str:
    """A suite by its place in the policy."""
    if place.folder is not None and suite.is_relative_to(place.folder):
        return suite.relative_to(place.folder).as_posix()
    return suite.name


def _covered(report: Report) -> dict[str, Any]:
    shown = [each for policy in report.policies for each in policy.shown]
    lacking = [[*_point(each), each.lacks] for policy in report.policies for each in policy.lacking]
    excused = [[*_point(each), each.excused] for each in shown if each.excused]
    return {"covered": report.covered, "sides": report.sides, "lacking": lacking, "excused": excused}


def _point(shown: ShownPoint) -> list[str]:
    """In which entry a part stands, and what it is."""
    return [shown.point.owner.kind, shown.point.owner.name, shown.point.what]


def _meanings(subject: Subject, suites: list[tuple[Path, Suite]], seconds: float, counted: Counted) -> dict[str, Any]:
    """By the names of versions, what each means in the place of the one before it."""
    side = Side(subject.place._replace(version=None), subject.engine)
    names = list(subject.engine.programs)
    each, known = seconds / max(1, len(names) - 1), None
    found = {}
    for old, new in pairwise(names[: names.index(subject.version) + 1]):
        known = known or KnownRequests(side, side, (case for _, suite in suites for case in suite.cases))
        meanings = MeaningSearch(side, side, [Pair(old, new)], each, known, patience=_PATIENCE)
        found[new] = [_meant(meaning) for meaning in counted(meanings.all())]
    return found


def _meant(meaning: Meaning) -> dict[str, Any]:
    witness = next(iter(meaning.witnesses), None)
    return {
        "action": meaning.name,
        "words": [each for each in meaning.meanings if each not in (SAME, NOT_FOUND)],
        "same": meaning.meaning == SAME,
        "cut": meaning.late or bool(meaning.left_out),
        "before": None if witness is None else _answer(witness.old),
        "after": None if witness is None else _answer(witness.new),
    }


def _answer(answer: Mapping[str, Any]) -> list[Any] | None:
    """A verdict with its codes; nothing where a request is refused."""
    if "decision" not in answer:
        return None
    outcome = [answer["outcome"]] if answer.get("outcome") else []
    codes = [each["code"] for each in (*answer["reasons"], *outcome, *answer["warnings"])]
    return [answer["decision"], list(dict.fromkeys(codes))]


def _choices(subject: Subject, asked: list[AskedRequest], counted: Counted) -> dict[str, Any]:
    """By settings and choices, what of the cases comes out otherwise than with what is chosen."""
    program = subject.engine.programs[subject.version]
    if not program.settings:
        return {}
    before = [(each, _decided(subject.engine, each, subject.version)) for each in asked]
    reading = {name: settings_read(program, of) for name, of in program.actions.items()}
    found: dict[str, Any] = {}
    pairs = [(name, choice) for name, choices in program.choices.items() for choice in choices]
    for name, choice in counted(pairs):
        if choice == program.settings[name]:
            continue
        settings = {**subject.settings, name: choice}
        extensions = [each.path for each in subject.place.extensions]
        engine = subject.loader.load(
            subject.place.folder or subject.place.name, settings=settings, extensions=extensions
        )
        may = [pair for pair in before if name in reading.get(str(pair[0].action.get("type")), ())]
        found.setdefault(name, {})[str(choice)] = _otherwise(engine, may, subject.version)
    return found


def _otherwise(engine: Engine, before: Iterable[tuple[AskedRequest, Any]], version: str) -> dict[str, Any]:
    actions: dict[str, None] = {}
    example: list[Any] | None = None
    changed = 0
    for each, first in before:
        second = _decided(engine, each, version)
        if first is not None and second is not None and first != second:
            changed += 1
            actions[str(each.action["type"])] = None
            example = example or [f"{each.case} {each.title}".strip(), first[0], second[0]]
    return {"changed": changed, "actions": list(actions), "example": example}


def _decided(engine: Engine, asked: AskedRequest, version: str) -> Any:
    """What is answered: the verdict with its codes, and what is billed."""
    try:
        decision = engine.decide(asked.action, asked.state, version=version)
        outcome = [] if decision.outcome is None else [decision.outcome.code]
        warnings = [each.code for each in decision.warnings]
        return [[decision.decision, [*decision.codes, *outcome, *warnings]], [*map(dict, decision.billing)]]
    except SeatrulesError:
        return None


def _ways(subject: Subject, asked: list[AskedRequest], seconds: float, counted: Counted) -> dict[str, Any]:
    """By codes of reasons, a way to yes from the first case that is denied with that alone."""
    program, end = subject.engine.programs[subject.version], monotonic() + seconds
    naming = Naming(program, frozenset(), frozenset())
    first: dict[str, AskedRequest] = {}
    for each in asked:
        decided = _decided(subject.engine, each, subject.version)
        codes = [] if decided is None or decided[0][0] != "deny" else decided[0][1]
        if len(codes) == 1 and codes[0] not in program.final:
            first.setdefault(codes[0], each)
    found = {}
    for code, request in counted(first.items()):
        if (left := end - monotonic()) <= 0:
            break
        try:
            answer = remedies(
                subject.engine,
                request.action,
                request.state,
                limit=1,
                version=subject.version,
                seconds=min(left, _AT_MOST),
                budget=_DECISIONS,
            )
        except SeatrulesError:
            continue
        if answer.remedies:
            steps = answer.remedies[0].steps
            found[code] = {
                "of": f"{request.case} {request.title}".strip(),
                "steps": [[each.step.date, step_text(each, naming, subject.language)] for each in steps],
            }
    return found
