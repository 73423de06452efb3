"""Runs cases and says how what came out differs from what is expected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from ..decision.answer import Answer
from ..decision.explanation import Explanation
from ..decision.invariants import BrokenInvariant
from ..decision.values import Decision, billing_as_data
from ..diagnostics import Diagnostic, Span
from ..engine import Engine, Loader
from ..errors import EndlessEventError, FileError, RequestError, RequestProblem, SeatrulesError, SuiteError, UsageError
from ..files import as_named
from ..language.interpret import DataPath
from ..language.text import pointer
from ..planning.timeline import Event, Step
from ..policy.locate import find
from ..words import phrase
from .cases import Case
from .fit import misfits, misplaced


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is expected and did not come out."""

    what: str
    expected: Any
    got: Any


class Decided(NamedTuple):
    """What was decided where something else is expected; in a story, of the step with this number."""

    step: int | None
    decision: Decision


@dataclass(frozen=True, slots=True)
class CaseResult(Answer):
    """What differs in a case, with what says why: answers, broken invariants by step, an error.

    `languages` are those of the policy.
    """

    ask: ClassVar[str] = "ask `result.passed`"

    case: Case
    languages: tuple[str, ...]
    differences: tuple[Mismatch, ...]
    answers: tuple[Decided, ...] = ()
    broken: tuple[tuple[int, BrokenInvariant], ...] = ()
    error: EndlessEventError | RequestError | None = None

    @property
    def passed(self) -> bool:
        return not self.differences


@dataclass
class Engines:
    """Loaded policies by what was asked for; `policy`, `version` and `settings` are for cases that name none.

    They are loaded with `extensions`, those of a case in an extension's folder with this one too.
    """

    policy: str | None = None
    version: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    extensions: Sequence[str | Path] = ()
    load: Callable[..., Engine] = field(default_factory=lambda: Loader().load)
    """What loads a policy: one that has its cases watched, perhaps."""
    _loaded: dict[str, Engine | SeatrulesError] = field(default_factory=dict)

    def engine(self, case: Case) -> Engine:
        """The engine for a case.

        Raises:
            SuiteError: the case does not fit the policy, or there is no such policy; with every problem and its place.
            PolicyError: the policy does not load.
            FileError: it can't be read.
            UsageError: what is asked for besides the case is not there.
        """
        policy, extensions = case.policy or self.policy, [*self.extensions]
        if case.extension and not any(_is_one(case.extension, Path(each)) for each in extensions):
            extensions.append(case.extension)
        if place := case.named("policy"):
            _require_policy(case, place)
        engine = self._load(policy, extensions, self.settings)
        if problems := [*misfits(case, engine, case.version or self.version)]:
            raise SuiteError(problems)
        return self._load(policy, extensions, {**self.settings, **case.settings})

    def _load(self, policy: str | None, extensions: Sequence[str | Path], settings: Mapping[str, Any]) -> Engine:
        key = json.dumps([policy, [*map(str, extensions)], settings], sort_keys=True)
        if key not in self._loaded:
            try:
                self._loaded[key] = self.load(policy, settings=settings, extensions=extensions)
            except SeatrulesError as error:
                self._loaded[key] = error
        loaded = self._loaded[key]
        if isinstance(loaded, SeatrulesError):
            raise loaded
        return loaded


def _is_one(folder: Path, other: Path) -> bool:
    """Whether two paths are of one folder, which need not be there yet."""
    return as_named(folder) == as_named(other) or (folder.exists() and folder.samefile(other))


def _require_policy(case: Case, place: Span) -> None:
    """Make sure that there is a policy which a suite names.

    Raises:
        SuiteError: there is not.
    """
    try:
        find(case.policy)
    except UsageError as error:
        problem = misplaced(error, case, "policy")
    except FileError as error:
        problem = Diagnostic(error.code, str(error), place, case=case.id)
    else:
        return
    raise SuiteError([problem])


def run_case(case: Case, engines: Engines) -> CaseResult:
    """The result of one case.

    Raises:
        SuiteError: the case does not fit its policy.
        PolicyError: the policy that it is for does not load.
        FileError: it can't be read.
        UsageError: what is asked for besides the case is not there.
    """
    engine = engines.engine(case)
    version = case.version or engines.version
    if case.steps:
        return _story(case, engine, version)
    try:
        checked = engine.validate(
            case.state,
            version=version,
            partial=case.partial,
            incomplete=case.incomplete,
            invariants=case.invariants,
        )
        decision = engine.decide(
            case.action, case.state, version=version, partial=case.partial, incomplete=case.incomplete
        )
        checked = engine.beside(
            checked, decision.codes, case.state, version=version, partial=case.partial, incomplete=case.incomplete
        )
    except (EndlessEventError, RequestError) as error:
        return _refused(case, engine, error)
    differences = tuple(_differences(case.expect, case.ignore_effects, decision, checked.warnings))
    return CaseResult(case, engine.languages, differences, (Decided(None, decision),) if differences else ())


def _refused(case: Case, engine: Engine, error: EndlessEventError | RequestError) -> CaseResult:
    """The result of a case that ends in an error."""
    differences = (*_error_differences(case.expect, error), *_unsaid(case.expect, partial(_said_by_error, error)))
    if isinstance(error, RequestError):
        error = RequestError(_hinted(problem, case) for problem in error.problems)
    return CaseResult(case, engine.languages, differences, error=error)


def _hinted(problem: RequestProblem, case: Case) -> RequestProblem:
    """A problem with what takes an entry away, where that is what a case seems to mean by a null."""
    place = problem.path.removeprefix("/state")
    if place not in _nulls(case.changes, ()):
        return problem
    return problem._replace(help=phrase("null_takes_nothing_away", place=place))


def _nulls(value: Any, path: DataPath) -> Iterator[str]:
    """The places of the nulls in a value."""
    if value is None:
        yield pointer(path)
    for key, inside in value.items() if isinstance(value, dict) else ():
        yield from _nulls(inside, (*path, key))


def _story(case: Case, engine: Engine, version: str | None) -> CaseResult:
    steps = [{key: step[key] for key in ("at", "action") if key in step} for step in case.steps]
    try:
        timeline = engine.simulate(steps, case.state, keep_going=True, version=version, invariants=case.invariants)
    except (EndlessEventError, RequestError) as error:
        return _refused(case, engine, error)
    differences: list[Mismatch] = []
    answers: list[Decided] = []
    if case.expect:
        differences.append(Mismatch("error", case.expect.get("error", "an error"), None))
    broken = tuple((step.number, each) for step, each in timeline.broken)
    for number, each in broken:
        differences.append(
            Mismatch(f"step {number}: invariant {each.rule}", "holds", each.message(engine.languages[0]))
        )
    for step, written in zip(timeline.steps, case.steps, strict=False):
        of_step = [*_step_differences(step, written["expect"], case.ignore_effects)]
        differences += [replace(each, what=f"step {step.number}: {each.what}") for each in of_step]
        if of_step and step.decision is not None:
            answers.append(Decided(step.number, step.decision))
    if case.expect_state:
        differences += _state_differences("state", case.expect_state, timeline.state)
    return CaseResult(case, engine.languages, tuple(differences), tuple(answers), broken)


def _step_differences(step: Step, expect: Mapping[str, Any], ignored: tuple[str, ...]) -> Iterator[Mismatch]:
    expected = dict(expect)
    events = expected.pop("events", None)
    got = [_event(event) for event in step.events]
    if events is not None and len(events) == len(got):
        for number, (each, event) in enumerate(zip(events, step.events, strict=True)):
            got[number] = {key: got[number].get(key) for key in each if key != "says"}
            outcome = () if event.outcome is None else (event.outcome,)
            yield from _unsaid(each, partial(_said_by, outcome))
        events = [{key: value for key, value in each.items() if key != "says"} for each in events]
    if events is not None and events != got:
        yield Mismatch("events", events, got)
    if step.decision is not None:
        yield from _differences(expected, ignored, step.decision, step.state_warnings)


def _event(event: Event) -> dict[str, Any]:
    code = event.outcome.code if event.outcome else None
    return {"date": event.date, "rule": event.rule, "code": code, "billing": billing_as_data(event.billing)}


def _state_differences(where: str, expected: Any, got: Any) -> Iterator[Mismatch]:
    """What differs, where maps hold only the keys that matter; lists, single values and empty maps are whole."""
    if isinstance(expected, dict) and isinstance(got, dict) and expected:
        for key, value in expected.items():
            yield from _state_differences(f"{where}.{key}", value, got.get(key))
    elif expected != got:
        yield Mismatch(where, expected, got)


def _unsaid(expect: Mapping[str, Any], said: Callable[[str], Sequence[str]]) -> Iterator[Mismatch]:
    """The texts that are expected and not said, each with what is said in its language."""
    for language, texts in expect.get("says", {}).items():
        got = said(language)
        for text in [texts] if isinstance(texts, str) else texts:
            if text not in got:
                yield Mismatch(f"says in `{language}`", text, got)


def _said_by_error(error: EndlessEventError | RequestError, language: str) -> list[str]:
    spoken = error.spoken(language) if isinstance(error, RequestError) else error
    return [problem.message for problem in spoken.problems]


def _said_by(explanations: Iterable[Explanation], language: str) -> list[str]:
    return [each.message(language) for each in explanations]


def _error_differences(expect: Mapping[str, Any], error: EndlessEventError | RequestError) -> list[Mismatch]:
    codes = [problem.code for problem in error.problems]
    if "error" not in expect:
        whose = "policy" if isinstance(error, EndlessEventError) else "request"
        return [Mismatch("decision", expect.get("decision", "an answer"), f"an error of the {whose}")]
    return [] if expect["error"] in codes else [Mismatch("error", expect["error"], codes)]


def _differences(
    expect: Mapping[str, Any],
    ignored: tuple[str, ...],
    decision: Decision,
    state_warnings: tuple[BrokenInvariant, ...],
) -> list[Mismatch]:
    decided = decision.as_dict()
    effects = [{key: effect[key] for key in ("path", "from", "to")} for effect in decided["effects"]]
    got: dict[str, Any] = {
        "decision": decision.decision,
        "billing": decided["billing"],
        "effects": [effect for effect in effects if not _ignored(effect["path"], ignored)],
        "warnings": [warning.code for warning in decision.warnings],
        "state_warnings": [broken.rule for broken in state_warnings],
        "notes": [note.code for note in decision.notes],
        "reasons": sorted(decision.codes),
        "error": None,
    }
    expected = dict(expect)
    if "reasons" in expected:
        expected["reasons"] = sorted(expected["reasons"])
    if expected.keys() & {"billing", "effects", "reason_key"}:
        expected.setdefault("warnings", [])
    reason_key, says = expected.pop("reason_key", None), expected.pop("says", None)
    codes = list(decision.codes) if decision.outcome is None else [decision.outcome.code]
    differences = [Mismatch(key, value, got[key]) for key, value in expected.items() if got[key] != value]
    if reason_key is not None and reason_key not in codes:
        differences.append(Mismatch("reason_key", reason_key, codes))
    if says is not None:
        outcome = () if decision.outcome is None else (decision.outcome,)
        said = (*decision.reasons, *decision.warnings, *decision.notices, *outcome, *state_warnings)
        differences += _unsaid(expect, partial(_said_by, said))
    return differences


def _ignored(path: str, ignored: tuple[str, ...]) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in ignored)
