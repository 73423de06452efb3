"""The way in: load a policy, decide proposed actions, apply what was allowed."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from .change.effects import apply_effects
from .compiler import Program, compile_policy
from .decision.decide import decide
from .decision.ready import ReadyVersion
from .decision.request import require_plain, state_problems
from .decision.values import Decision, PolicyVersion
from .diagnostics import (
    NotAllowedError,
    Problems,
    RequestError,
    RequestProblem,
    UsageError,
    did_you_mean,
    echo,
    listed,
)
from .language.check import is_date
from .policy.load import load_version
from .policy.locate import Place, find
from .policy.written import Written


@dataclass(frozen=True, eq=False)
class Engine:
    """A loaded policy: all its versions, with one choice of its settings. Frozen, and safe to share by threads."""

    programs: Mapping[str, Program] = field(repr=False)
    _versions: Mapping[str, ReadyVersion] = field(repr=False)
    _newest_first: tuple[tuple[str, ReadyVersion], ...] = field(repr=False)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the newest version, the policy's first language first."""
        return list(self.programs.values())[-1].languages

    def decide(
        self, action: Mapping[str, Any], state: Mapping[str, Any], *, version: str | None = None, partial: bool = False
    ) -> Decision:
        """Decide a proposed action on an account state, both plain data.

        The version is the one in force on the state's `as_of` when none is named.

        Raises:
            RequestError: the action or the state is not well formed; this is never a verdict.
            UsageError: there is no such version.
        """
        if not partial:
            try:
                ready = self._ready(state["as_of"], version)
                found = ready.action(action["type"]).decide(action, state)
            except RequestError:
                raise
            except Exception:
                found = None  # Objects that are no plain data may raise anything. The reference says what is wrong.
            if found is not None:
                return found
        require_plain(action=action, state=state)
        program = self.program_for(state, version)
        try:
            return decide(program, self._versions[program.version].policy, action, state, incomplete=partial)
        except RecursionError:
            raise RequestError([RequestProblem("too_deep", "the request is nested too deep", "")]) from None

    def validate(self, state: Mapping[str, Any], *, version: str | None = None) -> None:
        """Check the whole of a state.

        Raises:
            RequestError: with every problem of the state.
        """
        try:
            if self._ready(state["as_of"], version).is_state(state):
                return
        except Exception:
            pass  # Objects that are no plain data may raise anything. The reference says what is wrong.
        require_plain(state=state)
        if problems := list(state_problems(state, self.program_for(state, version))):
            raise RequestError(problems)

    def _ready(self, day: str, version: str | None) -> ReadyVersion:
        """The version that is named, or the one in force on a day; a LookupError when there is none."""
        if version is not None:
            return self._versions[version]
        for effective_from, ready in self._newest_first:
            if effective_from <= day:
                return ready
        raise LookupError

    def apply(self, decision: Decision, state: Mapping[str, Any]) -> dict[str, Any]:
        """The state after an allowed action: a new one; `state` stays as it is.

        Raises:
            NotAllowedError: the decision allows nothing, or what it changes is not wholly known.
        """
        if not decision.allowed or decision.missing:
            raise NotAllowedError("only an action that is allowed, with all that it changes known, can be applied")
        return copy.deepcopy(apply_effects(decision.effects, state))

    def program_for(self, state: Any, version: str | None = None) -> Program:
        """The version that is named, or the one in force on the state's `as_of`."""
        if version is not None:
            if version not in self.programs:
                suggestion = did_you_mean(version, self.programs) or f"there are {listed(self.programs)}"
                message = f"there is no version `{echo(version)}`"
                raise UsageError("unknown-version", message, allowed=tuple(self.programs), suggestion=suggestion)
            return self.programs[version]
        day = state.get("as_of") if isinstance(state, dict) else None
        if not is_date(day):
            if not isinstance(state, dict):
                problem = RequestProblem("wrong_type", "the state is no mapping", "/state")
            elif "as_of" not in state:
                problem = RequestProblem("missing", "`as_of` is missing", "/state/as_of")
            else:
                problem = RequestProblem(
                    "bad_date", f'`{echo(day)}` is not the text of a date, as `"2024-11-15"`', "/state/as_of"
                )
            raise RequestError([problem])
        in_force = [program for program in self.programs.values() if program.effective_from <= str(day)]
        if not in_force:
            first = next(iter(self.programs.values())).effective_from
            message = f"no version of the policy is in force on {day}: the first is from {first}"
            raise RequestError([RequestProblem("before_first_version", message, "/state/as_of")])
        return in_force[-1]


def load(path: str | Path | None = None, *, settings: Mapping[str, Any] | None = None) -> Engine:
    """Load a policy: a shipped one's name, a policy's folder, a version's folder, or the default.

    Args:
        settings: choices that differ from the policy's defaults, by name.

    Raises:
        UsageError: there is no such policy, setting or choice.
        PolicyError: the policy is wrong; with every problem, sorted by place.
        FileError: the folder can't be read.
    """
    place = find(path)
    versions, problems = read_versions(place)
    if not versions:
        problems.raise_errors()
    chosen = choices(versions, settings or {})
    programs = {written.version: compile_policy(written, chosen, problems) for written in versions}
    problems.raise_errors()
    ready = {
        version: ReadyVersion(
            program,
            PolicyVersion(
                program.name,
                version,
                program.digest,
                _differing(written, program),
                program.languages,
                program.billing_words,
            ),
        )
        for (version, program), written in zip(programs.items(), versions, strict=True)
    }
    newest_first = [(programs[version].effective_from, ready[version]) for version in reversed(programs)]
    return Engine(programs, ready, tuple(newest_first))


def read_versions(place: Place) -> tuple[list[Written], Problems]:
    """The versions that a place names, in the order in which they came into force."""
    problems = Problems()
    names = [place.version] if place.version else place.versions
    found = [load_version(place.folder / name, f"{place.name}/{name}", problems) for name in names]
    versions = sorted((each for each in found if each is not None), key=lambda w: str(w.header.value["effective_from"]))
    for earlier, later in pairwise(versions):
        if earlier.name != later.name:
            problems.error(
                "wrong-name",
                f"the versions of one policy have one name: `{earlier.name}` and `{later.name}`",
                later.header.span,
            )
        if earlier.header.value["effective_from"] == later.header.value["effective_from"]:
            problems.error(
                "same-day",
                f"versions `{earlier.version}` and `{later.version}` come into force on one day",
                later.header.span,
            )
    return versions, problems


def choices(versions: Iterable[Written], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as chosen, each checked against the newest version that has it.

    Raises:
        UsageError: a setting or a choice is not there.
    """
    known: dict[str, list[Any]] = {}
    for written in versions:
        known |= {name: entry.value["choices"] for name, entry in written.named["settings"].items()}
    for name, choice in settings.items():
        if name not in known:
            suggestion = did_you_mean(name, known) or (f"there are {listed(known)}" if known else None)
            raise UsageError(
                "unknown-setting", f"there is no setting `{echo(name)}`", allowed=list(known), suggestion=suggestion
            )
        if not any(choice == each and type(choice) is type(each) for each in known[name]):
            words = [str(each).lower() if isinstance(each, bool) else str(each) for each in known[name]]
            suggestion = did_you_mean(str(choice), words) or f"there are {listed(words)}"
            message = f"`{echo(choice)}` is no choice of the setting `{name}`"
            raise UsageError("unknown-choice", message, allowed=words, suggestion=suggestion)
    return dict(settings)


def _differing(written: Written, program: Program) -> dict[str, Any]:
    defaults = {name: entry.value["default"] for name, entry in written.named["settings"].items()}
    return {name: value for name, value in program.settings.items() if value != defaults[name]}
