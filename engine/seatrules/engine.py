"""The way in: load a policy, decide proposed actions, apply what was allowed."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .cache import remembered
from .change.effects import apply_effects
from .compiler import Program
from .decision.decide import Judge, decide
from .decision.ready import ReadyVersion
from .decision.request import require_plain, state_problems
from .decision.values import Decision, PolicyVersion
from .diagnostics import (
    NotAllowedError,
    RequestError,
    RequestProblem,
    UsageError,
    did_you_mean,
    echo,
    listed,
)
from .language.functions import is_date
from .policy.locate import Place, find, parts_of

if TYPE_CHECKING:
    from .planning.options import Options
    from .planning.remedy import Remedies
    from .planning.timeline import BrokenInvariant, Timeline
    from .planning.when import Stretches
    from .policy.locate import Source

EVALUATORS = ("compiled", "interpreter", "durable")


@dataclass(frozen=True, eq=False)
class Engine:
    """A loaded policy: all its versions, with one choice of its settings. Frozen, and safe to share by threads.

    What plans ahead is imported where it is asked for: deciding starts without it.
    """

    programs: Mapping[str, Program] = field(repr=False)
    _versions: Mapping[str, ReadyVersion] = field(repr=False)
    _newest_first: tuple[tuple[str, ReadyVersion], ...] = field(repr=False)
    evaluator: str
    _judges: Mapping[str, Judge] = field(repr=False)

    def __reduce__(self) -> Any:
        """In another process the same policy decides, whatever became of its files."""
        return _engine, ([(ready.program, ready.policy) for ready in self._versions.values()], self.evaluator)

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
            UsageError: there is no such version, or the evaluator has no partial mode.
        """
        if partial and self._judges:
            raise UsageError("no-partial-mode", "the evaluator `durable` has no partial mode")
        if not partial and self.evaluator == "compiled":
            try:
                ready = self.ready(state["as_of"], version)
                found = ready.action(action["type"]).decide(action, state)
            except RequestError:
                raise
            except Exception:
                found = None  # Objects that are no plain data may raise anything. The reference says what is wrong.
            if found is not None:
                return found
        require_plain(action=action, state=state)
        program = self.program_for(state, version)
        policy, judge = self._versions[program.version].policy, self._judges.get(program.version)
        try:
            return decide(program, policy, action, state, incomplete=partial, judge=judge)
        except RecursionError:
            raise RequestError([RequestProblem("too_deep", "the request is nested too deep", "")]) from None

    def allows(self, action: Mapping[str, Any], state: Mapping[str, Any], *, version: str | None = None) -> bool:
        """Whether a proposed action is allowed: `decide(...).allowed`, in less time where generated functions decide.

        Raises:
            RequestError: the action or the state is not well formed.
            UsageError: there is no such version.
        """
        if self.evaluator == "compiled":
            try:
                found = self.ready(state["as_of"], version).action(action["type"]).allows(action, state)
            except Exception:
                found = None  # Objects that are no plain data may raise anything. The reference says what is wrong.
            if found is not None:
                return found
        return self.decide(action, state, version=version).allowed

    def validate(self, state: Mapping[str, Any], *, version: str | None = None) -> None:
        """Check the whole of a state.

        Raises:
            RequestError: with every problem of the state.
        """
        try:
            if self.ready(state["as_of"], version).counted_keys(state) is not None:
                return
        except Exception:
            pass  # Objects that are no plain data may raise anything. The reference says what is wrong.
        require_plain(state=state)
        if problems := list(state_problems(state, self.program_for(state, version))):
            raise RequestError(problems)

    def ready(self, day: str, version: str | None) -> ReadyVersion:
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
            NotAllowedError: the decision allows nothing, is not wholly known, or is of another state.
        """
        if not decision.allowed or decision.missing:
            raise NotAllowedError("only an action that is allowed, with all that it changes known, can be applied")
        return copy.deepcopy(apply_effects(decision.effects, state))

    def broken_invariants(
        self, state: Mapping[str, Any], old: Mapping[str, Any] | None = None, *, version: str | None = None
    ) -> tuple[BrokenInvariant, ...]:
        """The policy's invariants that a valid state does not keep, after a step from `old` if that is given."""
        program, old = self.program_for(state, version), state if old is None else old
        if self._versions[program.version].keeps(state, old):
            return ()
        from .planning.invariants import broken_invariants

        return broken_invariants(program, state, old)

    def simulate(
        self,
        steps: Sequence[Mapping[str, Any]],
        state: Mapping[str, Any],
        *,
        keep_going: bool = False,
        version: str | None = None,
    ) -> Timeline:
        """Take a sequence of actions, each on the state that the ones before it left.

        A step is an action, or `{"at": date, "action": action}`: up to its date time passes, and what the policy lets
        happen by itself happens. The first step that is denied is the last, unless `keep_going`; one after which an
        invariant of the policy does not hold always is.

        Raises:
            RequestError: the state or a step is not well formed, or the state breaks an invariant to begin with.
            UsageError: there is no such version.
        """
        from .planning.simulate import simulate

        return simulate(self, steps, state, keep_going=keep_going, version=version)

    def remedies(
        self,
        action: Mapping[str, Any],
        state: Mapping[str, Any],
        *,
        actors: Collection[str] | None = None,
        limit: int = 3,
        version: str | None = None,
    ) -> Remedies:
        """How a denied action can come to be allowed: short sequences of the policy's own actions, cheapest first.

        Args:
            actors: who else may act; everybody in the state when none are named.
            limit: how many remedies are looked for.

        Raises:
            RequestError: the action, the state or an actor is not well formed, or the state breaks an invariant.
            UsageError: there is no such version.
        """
        from .planning.remedies import remedies

        return remedies(self, action, state, actors=actors, limit=limit, version=version)

    def options(
        self,
        state: Mapping[str, Any],
        *,
        actor: str | None = None,
        action: str | None = None,
        version: str | None = None,
        everything: bool = False,
    ) -> Options:
        """What can be done on a state: every action with each sensible set of arguments, decided.

        Args:
            actor: only what is performed by this one, as the policy's actions say who performs them.
            action: only actions of this type.
            everything: every entry, also where one stands for others that are alike, and without a limit.

        Raises:
            RequestError: the state is not well formed, or `actor` is nobody in it.
            UsageError: there is no such action or version.
        """
        from .planning.options import options

        return options(self, state, actor=actor, action=action, version=version, everything=everything)

    def when(
        self,
        action: Mapping[str, Any],
        state: Mapping[str, Any],
        *,
        until: str | None = None,
        version: str | None = None,
    ) -> Stretches:
        """The stretches of time in which an action is allowed and denied, from `as_of` on, and why each begins.

        Args:
            until: the last day to look at; two years from `as_of` when none is given.

        Raises:
            RequestError: the action or the state is not well formed, or `until` is no day from `as_of` on.
            UsageError: there is no such version.
        """
        from .planning.when import when

        return when(self, action, state, until=until, version=version)

    def program_for(self, state: Any, version: str | None = None) -> Program:
        """The version that is named, or the one in force on the state's `as_of`."""
        if version is not None:
            if version not in self.programs:
                suggestion = did_you_mean(version, self.programs) or f"there are {listed(self.programs)}"
                message = f"there is no version `{echo(version)}`"
                raise UsageError("unknown-version", message, allowed=tuple(self.programs), suggestion=suggestion)
            return self.programs[version]
        day = _day(state)
        in_force = [program for program in self.programs.values() if program.effective_from <= day]
        if not in_force:
            first = next(iter(self.programs.values())).effective_from
            message = f"no version of the policy is in force on {day}: the first is from {first}"
            raise RequestError([RequestProblem("before_first_version", message, "/state/as_of")])
        return in_force[-1]


def _day(state: Any) -> str:
    """The day that a state is of; that alone is checked here."""
    if not isinstance(state, dict):
        raise RequestError([RequestProblem("wrong_type", "the state is no mapping", "/state")])
    if "as_of" not in state:
        raise RequestError([RequestProblem("missing", "`as_of` is missing", "/state/as_of")])
    day = state["as_of"]
    if not is_date(day):
        message = f'`{echo(day)}` is not the text of a date, as `"2024-11-15"`'
        raise RequestError([RequestProblem("bad_date", message, "/state/as_of")])
    return str(day)


def load(
    path: Source | None = None, *, settings: Mapping[str, Any] | None = None, evaluator: str = "compiled"
) -> Engine:
    """Load a policy: a shipped one's name, a policy's folder, a version's folder, or the default.

    What was compiled before from the same files, with the same settings, comes from the user's cache folder.

    Args:
        path: also a zip of such a folder, or its files in memory, `{"2024-11-01/policy.yaml": b"...", ...}`, or its
            place in a package, `importlib.resources.files("package") / "policy"`.
        settings: choices that differ from the policy's defaults, by name.
        evaluator: what decides: `compiled`, `interpreter` or `durable` (durable-rules), all to the same decision.

    Raises:
        UsageError: there is no such policy, setting, choice or evaluator, or durable-rules is not there.
        PolicyError: the policy is wrong; with every problem, sorted by place.
        FileError: the files can't be read.
    """
    if evaluator not in EVALUATORS:
        suggestion = did_you_mean(evaluator, EVALUATORS) or f"there are {listed(EVALUATORS)}"
        message = f"there is no evaluator `{echo(evaluator)}`"
        raise UsageError("unknown-evaluator", message, allowed=EVALUATORS, suggestion=suggestion)
    place = find(path)
    compiled = remembered(lambda: parts_of(place, settings or {}), lambda: _compile(place, settings or {}))
    return _engine(compiled, evaluator)


def _engine(compiled: list[tuple[Program, PolicyVersion]], evaluator: str) -> Engine:
    programs = {policy.version: program for program, policy in compiled}
    ready = {policy.version: ReadyVersion(program, policy) for program, policy in compiled}
    newest_first = [(program.effective_from, ready[policy.version]) for program, policy in reversed(compiled)]
    judges = _judges(programs) if evaluator == "durable" else {}
    return Engine(programs, ready, tuple(newest_first), evaluator, judges)


def _compile(place: Place, settings: Mapping[str, Any]) -> list[tuple[Program, PolicyVersion]]:
    from .loading import compile_place  # only where nothing is remembered: half of a start is the import

    return compile_place(place, settings)


def _judges(programs: Mapping[str, Program]) -> Mapping[str, Judge]:
    from .durable.evaluate import DurableRules  # an extra that few install

    return {version: DurableRules(program) for version, program in programs.items()}
