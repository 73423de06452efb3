"""Runs cases and says how what came out differs from what is expected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..decision.values import Decision
from ..diagnostics import RequestError
from ..engine import Engine, load
from ..planning.timeline import Event, Step
from .cases import Case


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is expected and did not come out."""

    what: str
    expected: Any
    got: Any


@dataclass(frozen=True, slots=True)
class CaseResult:
    case: Case
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


@dataclass
class Engines:
    """Loaded policies by what was asked for; `policy`, `version` and `settings` are for cases that name none."""

    policy: str | None = None
    version: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    _loaded: dict[str, Engine] = field(default_factory=dict)

    def engine(self, case: Case) -> Engine:
        """The engine for a case."""
        policy = case.policy or self.policy
        settings = {**self.settings, **case.settings}
        key = json.dumps([policy, settings], sort_keys=True)
        if key not in self._loaded:
            self._loaded[key] = load(policy, settings=settings)
        return self._loaded[key]


def run_case(case: Case, engines: Engines) -> CaseResult:
    """The result of one case.

    Raises:
        PolicyError: the policy that it is for does not load.
        UsageError: it sets what is not there.
    """
    engine = engines.engine(case)
    version = case.version or engines.version
    if case.steps:
        return CaseResult(case, tuple(_story(case, engine, version)))
    try:
        if not case.partial and not case.incomplete:
            engine.validate(case.state, version=version)
        decision = engine.decide(
            case.action, case.state, version=version, partial=case.partial, incomplete=case.incomplete
        )
    except RequestError as error:
        return CaseResult(case, tuple(_error_differences(case.expect, error)))
    return CaseResult(case, tuple(_differences(case.expect, case.ignore_effects, decision)))


def _story(case: Case, engine: Engine, version: str | None) -> Iterator[Difference]:
    steps = [{key: step[key] for key in ("at", "action") if key in step} for step in case.steps]
    try:
        timeline = engine.simulate(steps, case.state, keep_going=True, version=version)
    except RequestError as error:
        yield from _error_differences(case.expect or {"decision": "a story"}, error)
        return
    if case.expect:
        yield Difference("error", case.expect["error"], None)
    for step, broken in timeline.broken:
        what = f"step {step.number}: invariant {broken.rule}"
        yield Difference(what, "holds", broken.message(timeline.policy.languages[0]))
    for step, written in zip(timeline.steps, case.steps, strict=False):
        for difference in _step_differences(step, written["expect"], case.ignore_effects):
            yield replace(difference, what=f"step {step.number}: {difference.what}")
    yield from _state_differences("state", case.expect_state, timeline.state)


def _step_differences(step: Step, expect: Mapping[str, Any], ignored: tuple[str, ...]) -> Iterator[Difference]:
    expected = dict(expect)
    events = expected.pop("events", None)
    got = [_event(event) for event in step.events]
    if events is not None and len(events) == len(got):
        got = [{key: one.get(key) for key in each} for each, one in zip(events, got, strict=True)]
    if events is not None and events != got:
        yield Difference("events", events, got)
    if step.decision is not None:
        yield from _differences(expected, ignored, step.decision)


def _event(event: Event) -> dict[str, Any]:
    code = event.outcome.code if event.outcome else None
    billing = None if event.billing is None else dict(event.billing)
    return {"date": event.date, "rule": event.rule, "code": code, "billing": billing}


def _state_differences(where: str, expected: Any, got: Any) -> Iterator[Difference]:
    """What differs, where maps hold only the keys that matter; lists and single values are compared whole."""
    if isinstance(expected, dict) and isinstance(got, dict):
        for key, value in expected.items():
            yield from _state_differences(f"{where}.{key}", value, got.get(key))
    elif expected != got:
        yield Difference(where, expected, got)


def _error_differences(expect: Mapping[str, Any], error: RequestError) -> list[Difference]:
    codes = [problem.code for problem in error.problems]
    if "error" not in expect:
        return [Difference("decision", expect.get("decision"), f"an error of the request: {error}")]
    return [] if expect["error"] in codes else [Difference("error", expect["error"], codes)]


def _differences(expect: Mapping[str, Any], ignored: tuple[str, ...], decision: Decision) -> list[Difference]:
    decided = decision.as_dict()
    effects = [{key: effect[key] for key in ("path", "from", "to")} for effect in decided["effects"]]
    got: dict[str, Any] = {
        "decision": decision.decision,
        "billing": decided["billing"],
        "effects": [effect for effect in effects if not _ignored(effect["path"], ignored)],
        "warnings": [warning.code for warning in decision.warnings],
        "reasons": sorted(decision.codes),
        "error": None,
    }
    expected = dict(expect)
    if "reasons" in expected:
        expected["reasons"] = sorted(expected["reasons"])
    if expected.keys() & {"billing", "effects", "reason_key"}:
        expected.setdefault("warnings", [])
    reason_key = expected.pop("reason_key", None)
    codes = list(decision.codes) if decision.outcome is None else [decision.outcome.code]
    differences = [Difference(key, value, got[key]) for key, value in expected.items() if got[key] != value]
    if reason_key is not None and reason_key not in codes:
        differences.append(Difference("reason_key", reason_key, codes))
    return differences


def _ignored(path: str, ignored: tuple[str, ...]) -> bool:
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in ignored)
