"""The way in: load a policy, decide proposed actions, apply what was allowed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

from .cache import remembered
from .change.effects import apply_effects
from .decision.decide import Interpreted
from .decision.evaluator import Evaluator
from .decision.request import require_day, require_plain, state_problems
from .decision.values import Decision
from .diagnostics import NotAllowedError, RequestError, RequestProblem, UsageError, unknown
from .generated.ready import Compiled
from .policy.locate import Place, find, parts_of
from .program import Program

if TYPE_CHECKING:
    from .planning.options import Options
    from .planning.remedy_values import Remedies
    from .planning.timeline import BrokenInvariant, Timeline
    from .planning.when import Stretches
    from .policy.locate import Source


T = TypeVar("T")
EvaluatorName = Literal["compiled", "interpreter", "durable"]
"""What may decide: all come to the same decision."""


class _Version(NamedTuple):
    """A version of the policy, with its evaluator; planning uses its generated functions whatever the evaluator."""

    effective_from: str
    evaluator: Evaluator
    compiled: Compiled

    @classmethod
    def of(cls, program: Program, make: Callable[[Program], Evaluator]) -> _Version:
        evaluator = make(program)
        compiled = evaluator if isinstance(evaluator, Compiled) else Compiled(program)
        return cls(program.effective_from, evaluator, compiled)


@dataclass(frozen=True, eq=False)
class Engine:
    """A loaded policy: all its versions, with one choice of its settings. Frozen, and safe to share by threads.

    What plans ahead is imported where it is asked for: deciding starts without it.
    """

    programs: Mapping[str, Program] = field(repr=False)
    evaluator: EvaluatorName | Callable[[Program], Evaluator]
    _versions: Mapping[str, _Version] = field(repr=False)
    _newest_first: tuple[_Version, ...] = field(repr=False)

    @classmethod
    def of(
        cls,
        programs: Iterable[Program] | Mapping[str, Program],
        evaluator: EvaluatorName | Callable[[Program], Evaluator] = "compiled",
    ) -> Engine:
        """The engine of some versions of one policy, each of which comes into force on a day of its own.

        Args:
            evaluator: what decides: one of `EVALUATORS`, or what makes an evaluator of a version.

        Raises:
            UsageError: there is no such evaluator, what it needs is not installed, there is no version, or two come
                into force on one day.
        """
        in_order = _in_order(programs.values() if isinstance(programs, Mapping) else programs)
        make = evaluator if callable(evaluator) else _made_by(evaluator)
        versions = {program.version: _Version.of(program, make) for program in in_order}
        by_version = {program.version: program for program in in_order}
        return cls(MappingProxyType(by_version), evaluator, versions, tuple(reversed(versions.values())))

    def __reduce__(self) -> Any:
        """In another process the same policy decides, whatever became of its files."""
        return Engine.of, (list(self.programs.values()), self.evaluator)

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
        return self._version(state, version, action).evaluator.decide(action, state, partial=partial)

    def allows(self, action: Mapping[str, Any], state: Mapping[str, Any], *, version: str | None = None) -> bool:
        """Whether a proposed action is allowed: `decide(...).allowed`, in less time where generated functions decide.

        Raises:
            RequestError: the action or the state is not well formed.
            UsageError: there is no such version.
        """
        return self._version(state, version, action).evaluator.allows(action, state)

    def _version(self, state: Any, version: str | None, action: Any = None) -> _Version:
        """The version that is named, or the one in force on the state's `as_of`; nothing else is checked here."""
        try:
            if version is not None:
                return self._versions[version]
            day = state["as_of"]
            for each in self._newest_first:
                if each.effective_from <= day:
                    return each
        except Exception:
            pass  # Objects that are no plain data may raise anything. What is wrong is reported below.
        require_plain(action=action, state=state)
        return self._versions[self.program_for(state, version).version]

    def validate(self, state: Mapping[str, Any], *, version: str | None = None) -> None:
        """Check the whole of a state.

        Raises:
            RequestError: with every problem of the state.
        """
        try:
            if self.compiled(state, version).is_valid(state):
                return
        except Exception:
            pass  # Objects that are no plain data may raise anything. The reference says what is wrong.
        require_plain(state=state)
        if problems := list(state_problems(state, self.program_for(state, version))):
            raise RequestError(problems)

    def compiled(self, state: Mapping[str, Any], version: str | None = None) -> Compiled:
        """The generated functions of the version that is named, or of the one in force on the state's `as_of`."""
        return self._version(state, version).compiled

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
        compiled, old = self.compiled(state, version), state if old is None else old
        if compiled.keeps(state, old):
            return ()
        from .planning.invariants import broken_invariants

        return broken_invariants(compiled.program, state, old)

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
            return _named("version", version, self.programs)
        day = require_day(state)
        in_force = [program for program in self.programs.values() if program.effective_from <= day]
        if not in_force:
            first = next(iter(self.programs.values())).effective_from
            message = f"no version of the policy is in force on {day}: the first is from {first}"
            raise RequestError([RequestProblem("before_first_version", message, "/state/as_of")])
        return in_force[-1]


def load(
    path: Source | None = None, *, settings: Mapping[str, Any] | None = None, evaluator: EvaluatorName = "compiled"
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
    _made_by(evaluator)
    place = find(path)
    compiled = remembered(lambda: parts_of(place, settings or {}), lambda: _compile(place, settings or {}))
    return Engine.of(compiled, evaluator)


def _compile(place: Place, settings: Mapping[str, Any]) -> list[Program]:
    from .loading import compile_place  # only where nothing is remembered: half of a start is the import

    return compile_place(place, settings)


def _in_order(programs: Iterable[Program]) -> list[Program]:
    """The versions by the day on which each comes into force, after making sure that it is a day of its own."""
    in_order = sorted(programs, key=lambda program: program.effective_from)
    if not in_order:
        raise UsageError("no-version", "an engine needs a version of a policy: none was given")
    for one, other in pairwise(in_order):
        if one.effective_from == other.effective_from:
            message = f"the versions `{one.version}` and `{other.version}` both come into force on {one.effective_from}"
            raise UsageError("two-versions", message)
    return in_order


def _made_by(evaluator: str) -> Callable[[Program], Evaluator]:
    """What makes the evaluator that is named."""
    return _named("evaluator", evaluator, EVALUATORS)


def _named(kind: str, name: object, known: Mapping[str, T]) -> T:
    if isinstance(name, str) and name in known:
        return known[name]
    raise unknown(kind, name, known)


def _durable(program: Program) -> Evaluator:
    from .durable.evaluate import Durable  # an extra that few install

    return Durable(program)


EVALUATORS: Mapping[str, Callable[[Program], Evaluator]] = {
    "compiled": Compiled,
    "interpreter": Interpreted,
    "durable": _durable,
}
"""What may decide, by name: all come to the same decision."""
