"""Reads the steps of a sequence, and says what is wrong with them before the first is taken."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ..decision.request import action_problems, value_problems
from ..diagnostics import echoed
from ..errors import RequestError, RequestProblem
from ..language.days import is_date
from ..language.interpret import DataPath
from ..language.text import pointer
from ..language.types import Date, Word
from ..program import Program
from ..program.target import KeyStep
from ..words import phrase
from .deciding import Deciding

_KEYS = ("at", "action")


@dataclass(frozen=True, slots=True)
class Proposed:
    """One step as it was given: its date and its action, one of them at least, and the path of that in the request."""

    index: int
    at: str | None
    action: Mapping[str, Any] | None
    path: DataPath

    @contextmanager
    def placed(self, date: str) -> Iterator[None]:
        """Errors of the request that is made inside are raised as errors of this step, on `date`."""
        try:
            yield
        except RequestError as error:
            raise RequestError(self._placed(problem, date) for problem in error.problems) from None

    def own(self, problem: RequestProblem) -> RequestProblem:
        """A problem of an action, with the place of this step's action."""
        path = pointer(self.path) + problem.path.removeprefix("/action")
        if problem.code == "unknown_argument" and path == pointer(("steps", self.index, "at")):
            return problem._replace(path=path, help=phrase("write_step_with_date"))
        return problem._replace(path=path)

    def _placed(self, problem: RequestProblem, date: str) -> RequestProblem:
        if problem.path.startswith("/action"):
            return self.own(problem)
        what = phrase("on_day", day=date, path=problem.path, problem=problem.what) if problem.path else problem.what
        return problem._replace(path=pointer(self.path[:2]), what=what)


def read_steps(engine: Deciding, steps: Any, state: Any, version: str | None) -> list[Proposed]:
    """The steps, each checked as far as that is possible without taking those before it.

    The state need not be well formed: what is wrong with it is told beside that.

    Raises:
        RequestError: with every problem of the list, the dates and the actions.
    """
    if not isinstance(steps, list) or not steps:
        what = phrase("no_steps" if steps == [] else "steps_are_no_list")
        help_text = phrase("one_step_is_a_list") if isinstance(steps, dict) else None
        code = "empty" if steps == [] else "wrong_type"
        raise RequestError([RequestProblem(code, what, "/steps", help=help_text)])
    problems: list[RequestProblem] = []
    read = [_step(index, step, problems) for index, step in enumerate(steps)]
    proposed = [step for step in read if step is not None]
    if isinstance(state, dict):
        now = str(state.get("as_of"))
        now = now if is_date(now) else ""
        problems += _date_problems(proposed, now)
        proposed = list(_whole(engine, proposed, now, version))
        problems += _action_problems(engine, proposed, state, now, version)
    if problems:
        raise RequestError(problems)
    return proposed


def _whole(engine: Deciding, steps: list[Proposed], day: str, version: str | None) -> Iterator[Proposed]:
    """The steps, with what may be left out of an action that lets time pass: an argument that has one word only."""
    for step in steps:
        day = _day_of(step, day)
        action = step.action
        if isinstance(action, dict) and isinstance(name := action.get("type"), str):
            action_type = _program_on(engine, day, version).actions.get(name)
            if action_type is not None and action_type.time_to is not None:
                kinds = action_type.arguments.items()
                given = {each: kind.words[0] for each, kind in kinds if isinstance(kind, Word) and len(kind.words) == 1}
                action = {**given, **action}
        yield replace(step, action=action)


def _step(index: int, step: Any, problems: list[RequestProblem]) -> Proposed | None:
    path: DataPath = ("steps", index)
    if not isinstance(step, dict):
        problems.append(RequestProblem("wrong_type", phrase("no_step"), pointer(path)))
        return None
    if "type" in step or not step.keys() & set(_KEYS):
        return Proposed(index, None, copy.deepcopy(step), path)
    for key in step:
        if key not in _KEYS:
            what = phrase("unknown_key_of_step", key=echoed(key))
            problems.append(RequestProblem("unknown_property", what, pointer((*path, str(key))), _KEYS))
    at = step.get("at")
    if "at" in step:
        problems += value_problems(at, Date(), (*path, "at"), {})
    if step.keys() == {"at"}:
        return Proposed(index, at, None, path)
    if "action" not in step:
        problems.append(RequestProblem("missing", phrase("missing", name="action"), pointer((*path, "action"))))
        return None
    return Proposed(index, at, copy.deepcopy(step["action"]), (*path, "action"))


def _date_problems(steps: list[Proposed], now: str) -> Iterator[RequestProblem]:
    for step in steps:
        if step.at is not None and is_date(step.at):
            yield from out_of_order(step, now)
            now = max(now, step.at)


def out_of_order(step: Proposed, now: str) -> Iterator[RequestProblem]:
    """That a step's date is before `now`, if it is."""
    if step.at is not None and step.at < now:
        what = phrase("out_of_order", date=step.at, day=now)
        yield RequestProblem("date_out_of_order", what, pointer(("steps", step.index, "at")))


def _action_problems(
    engine: Deciding, steps: list[Proposed], state: Mapping[str, Any], day: str, version: str | None
) -> Iterator[RequestProblem]:
    """What is wrong with the actions whatever the steps before them do."""
    for step in steps:
        day = _day_of(step, day)
        if step.action is None:
            continue
        program = _program_on(engine, day, version)
        listed = {name: value for name, value in state.items() if name not in _growing(program)}
        problems = [step.own(problem) for problem in action_problems(step.action, program, listed)]
        yield from problems
        if not problems and (time_to := program.actions[step.action["type"]].time_to):
            day = max(day, step.action[time_to])


def _day_of(step: Proposed, day: str) -> str:
    """The day of a step, as far as that is known, where the one before it is on `day`."""
    return max(day, step.at) if step.at is not None and is_date(step.at) else day


def _program_on(engine: Deciding, day: str, version: str | None) -> Program:
    """The version of a day: the newest where that says none."""
    try:
        return engine.program_for({"as_of": day}, version)
    except RequestError:
        return list(engine.programs.values())[-1]


def _growing(program: Program) -> set[str]:
    """The maps of the state that an action or an event adds entries to."""
    clauses = [*program.events, *(c for action in program.actions.values() for c in action.consequences)]
    added = (target for clause in clauses for target, _ in clause.appends)
    return {target.root for target in added if isinstance(target.last, KeyStep)}
