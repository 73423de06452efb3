"""The way in: load a policy, decide proposed actions, apply what was allowed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cached_property, lru_cache
from functools import partial as bound
from typing import TYPE_CHECKING, Any, NoReturn

from .cache import opened, packed, remembered
from .change.effects import apply_effects
from .checking import decided_at_once, problems_of, validated, well_formed, with_warnings_beside
from .decision.decide import ReferenceEvaluator
from .decision.evaluator import Evaluator
from .decision.invariants import ALL_KEPT, BrokenInvariant, CheckedState
from .decision.plain_data import require_plain
from .decision.request import action_problems, parts_of_request, require_day, too_deep
from .decision.values import Decision
from .errors import (
    EndlessEventError,
    FileError,
    NotAllowedError,
    PolicyError,
    RequestError,
    RequestProblem,
    known_by_name,
    raise_problems,
)
from .evaluators import EvaluatorName, evaluator_named
from .generated.ready import CompiledEvaluator
from .language.interpret import Interpreter
from .planning.budget import SECONDS
from .policy.locate import Place, find, parts_of
from .program import Program
from .versions import Programs, UnreadVersion, Version, in_order, why_stale
from .words import phrase

if TYPE_CHECKING:
    from .description.described import PolicyDescription, VersionDescription
    from .description.reads import ReadsDescription
    from .planning.advance import Advance
    from .planning.depends import DependsOn
    from .planning.option_values import Options
    from .planning.remedy_values import Remedies
    from .planning.status import Status
    from .planning.timeline import Timeline
    from .planning.when import Stretches
    from .policy.locate import Source
    from .policy.written import Written
    from .problems import Problems

OnDecision = Callable[[Decision], object]
"""What is told each decision; what it gives back does not matter."""


class Engine:
    """A loaded policy: all its versions, with one choice of its settings. Frozen, and safe to share by threads.

    What plans ahead is imported where it is asked for: deciding starts without it.
    """

    programs: Mapping[str, Program]
    evaluator: EvaluatorName | Callable[[Program], Evaluator]
    on_decision: OnDecision | None
    _versions: Mapping[str, Version]
    _newest_first: tuple[Version, ...]

    def __init__(
        self,
        versions: Mapping[str, Version],
        evaluator: EvaluatorName | Callable[[Program], Evaluator],
        on_decision: OnDecision | None = None,
    ) -> None:
        """The engine of some versions, in the order in which they come into force; `of` and `load` make one."""
        keep = object.__setattr__
        keep(self, "programs", Programs(versions))
        keep(self, "evaluator", evaluator)
        keep(self, "on_decision", on_decision)
        keep(self, "_versions", versions)
        keep(self, "_newest_first", (*versions.values(),)[::-1])

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an engine is frozen: `{name}` stays as it is")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an engine is frozen: `{name}` stays")

    def __repr__(self) -> str:
        return f"Engine(evaluator={self.evaluator!r}, on_decision={self.on_decision!r})"

    @classmethod
    def of(
        cls,
        programs: Iterable[Program] | Mapping[str, Program],
        evaluator: EvaluatorName | Callable[[Program], Evaluator] = "compiled",
        on_decision: OnDecision | None = None,
    ) -> Engine:
        """The engine of some versions of one policy, each of which comes into force on a day of its own.

        Args:
            evaluator: what decides: one of `EVALUATORS`, or what makes an evaluator of a version.
            on_decision: is told each decision; see `load`.

        Raises:
            UsageError: there is no such evaluator, what it needs is not installed, there is no version, or two come
                into force on one day.
        """
        given = programs.values() if isinstance(programs, Mapping) else programs
        read = [
            UnreadVersion(each.version, each.effective_from, each.languages, bound(_itself, each)) for each in given
        ]
        return cls.reading(read, evaluator, on_decision)

    @classmethod
    def reading(
        cls,
        versions: Iterable[UnreadVersion],
        evaluator: EvaluatorName | Callable[[Program], Evaluator] = "compiled",
        on_decision: OnDecision | None = None,
    ) -> Engine:
        """The engine of versions of which each program is read when it is first asked for."""
        make = evaluator if callable(evaluator) else evaluator_named(evaluator)
        ordered = in_order(Version(known, make) for known in versions)
        if make not in (CompiledEvaluator, ReferenceEvaluator):
            tuple(each.evaluator for each in ordered.values())  # what makes another may refuse a version
        return cls(ordered, evaluator, on_decision)

    def __reduce__(self) -> Any:
        """In another process the same policy decides, whatever became of its files."""
        return Engine.of, (list(self.programs.values()), self.evaluator, self.on_decision)

    @property
    def make_interpreter(self) -> Callable[..., Interpreter]:
        """Makes what computes expressions while time passes: the reference."""
        return Interpreter

    @cached_property
    def with_choice(self) -> Callable[[Program, str, Any, str], Program]:
        """Makes a version with another choice of a setting, for one type of action; the last of them are kept."""
        from .planning.depends import with_choice

        return lru_cache(maxsize=64)(with_choice)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the newest version, the policy's first language first."""
        return self._newest_first[0].languages

    def language(self, header: str | None) -> str:
        """The language that an `Accept-Language` header likes best of those of the newest version; else its first.

        `decision.policy.language(header)` says it of the version that decided, which may be an earlier one.
        """
        return self._newest_first[0].program.policy.language(header)

    @cached_property
    def policy(self) -> PolicyDescription:
        """The policy as it is loaded: its versions, and of each what it names, and the JSON Schemas."""
        from .description.described import described

        return described(self.programs.values())

    def version(self, day: str) -> VersionDescription:
        """The version that is in force on a day, `YYYY-MM-DD`.

        Raises:
            RequestError: that is no date, or before the first version.
        """
        try:
            name = self.program_for({"as_of": day}).version
        except RequestError as error:
            raise RequestError(problem._replace(path="/day") for problem in error.problems) from None
        return next(each for each in self.policy.versions if each.version == name)

    def reads(self, action_type: str, *, day: str | None = None) -> ReadsDescription:
        """What deciding an action of a type reads of a state, whatever its arguments: what has to be loaded for it.

        Args:
            day: the day that the state is of; else what any version reads.

        Raises:
            RequestError: `day` is no date, or before the first version.
            UsageError: there is no such action.
        """
        from .description.reads import described_reads

        programs = [each for each in self._of_day(day) if action_type in each.actions]
        if not programs:
            self._newest_first[0].program.action_type(action_type)
        return described_reads(programs, action_type)

    def reads_for(self, action: Mapping[str, Any], *, day: str | None = None) -> ReadsDescription:
        """What deciding a proposed action reads of a state: `reads`, with the entries that the action names.

        Raises:
            RequestError: the action is not well formed, whatever the state, or `day` is no date, or before the first
                version.
        """
        from .description.reads import described_reads

        require_plain(action=action)
        programs = self._of_day(day)
        taking = [each for each in programs if next(action_problems(action, each, {}), None) is None]
        if not taking:
            raise_problems(action_problems(action, programs[-1], {}))
        return described_reads(taking, action["type"], action)

    def _of_day(self, day: str | None) -> list[Program]:
        """The version that is in force on a day, or all of them."""
        return list(self.programs.values()) if day is None else [self.programs[self.version(day).version]]

    def decide(
        self,
        action: Mapping[str, Any],
        state: Mapping[str, Any],
        *,
        version: str | None = None,
        partial: bool = False,
        incomplete: Sequence[str] = (),
    ) -> Decision:
        """Decide a proposed action on an account state, both plain data.

        The version is the one in force on the state's `as_of` when none is named; where the action lets time pass, each
        event is the one of the version in force on its own day. A version that is named serves all along. Only what the
        action may read is checked, and no invariant is asked: `validate` does that.

        Args:
            partial: the state may lack properties: one that is not given is then unknown, and only null says absent.
            incomplete: JSON pointers to maps and lists, below `/state`, of which not all entries are given: others may
                be there. Where something is, `partial` holds too.

        Raises:
            PolicyError: while time passes, an event comes due again and again, whatever it changes.
            RequestError: the action or the state is not well formed; this is never a verdict.
            UsageError: there is no such version, the evaluator has no partial mode, or what is `incomplete` is no map
                or list of the state.
        """
        if self.on_decision is not None:
            return self._told(action, state, version=version, partial=partial, incomplete=incomplete)
        decided_by = self._version(state, version, action)
        decide, later = decided_by.evaluator.decide, decided_by.later if version is None else None
        if incomplete:
            decide = bound(decide, incomplete=incomplete)
        if later is None:
            decision = decide(action, state, partial=partial)
        else:
            decision = decide(action, state, partial=partial, later=later)
        if version is not None:
            decision._named = True
        return decision

    def decide_checked(
        self,
        action: Mapping[str, Any],
        state: Mapping[str, Any],
        *,
        version: str | None = None,
        partial: bool = False,
        incomplete: Sequence[str] = (),
        invariants: bool = True,
    ) -> tuple[Decision, CheckedState]:
        """`validate` and `decide` in one, in less time, and what `beside` adds to what is said of the state.

        The decision may be one on `state` itself, of which nothing is copied, as long as nobody changes it.

        Raises:
            PolicyError, RequestError, UsageError: as `validate` and `decide` do.
        """
        is_usual = invariants and not partial and not incomplete
        if is_usual and self.evaluator == "compiled" and self.on_decision is None:
            at_once = decided_at_once(self, action, state, version)
            if at_once is not None:
                return at_once
        how: dict[str, Any] = {"version": version, "partial": partial, "incomplete": incomplete}
        checked = self.validate(state, invariants=invariants, **how)
        decision = self.decide(action, state, **how)
        return decision, self.beside(checked, decision.codes, state, **how)

    def _told(self, action: Mapping[str, Any], state: Mapping[str, Any], **how: Any) -> Decision:
        """A decision that `on_decision` is told of; whatever becomes of that, the answer is the same."""
        assert self.on_decision is not None
        decision = self._quiet.decide(action, state, **how)
        try:
            self.on_decision(decision)
        except Exception:
            import logging

            logging.getLogger("seatrules").exception("on_decision failed: nobody was told of %r", decision)
        return decision

    @cached_property
    def _quiet(self) -> Engine:
        """The same engine, which tells nobody: what is only tried out is no decision."""
        return self if self.on_decision is None else type(self)(self._versions, self.evaluator)

    def decide_many(
        self,
        requests: Iterable[Mapping[str, Any]],
        *,
        version: str | None = None,
        partial: bool = False,
        incomplete: Sequence[str] = (),
    ) -> Iterator[Decision | RequestError | PolicyError]:
        """Decide many requests, each `{"action": ..., "state": ...}`, one at a time as they are asked for, in order.

        What would be raised for one of them is its answer, and the others are decided all the same: a `RequestError`,
        or a `PolicyError` where an event comes due again and again.

        Raises:
            UsageError: there is no such version, the evaluator has no partial mode, or what is `incomplete` is no map
                or list of the state.
        """
        for request in requests:
            answer: Decision | RequestError | PolicyError
            try:
                action, state = parts_of_request(request)
                answer = self.decide(action, state, version=version, partial=partial, incomplete=incomplete)
            except (EndlessEventError, RequestError) as error:
                answer = error.with_traceback(None)
            yield answer

    def advance(
        self, state: Mapping[str, Any], to: str, *, version: str | None = None, invariants: bool = True
    ) -> Advance:
        """Let time pass up to a day: what the policy lets happen by itself happens, and what has become due is booked.

        What is due on the state's own day happens too, so that doing it twice does nothing more. No action is decided.

        Args:
            invariants: refuse a state that breaks one to begin with, and say which it breaks in the end.

        Raises:
            RequestError: the state is not well formed or breaks an invariant, or `to` is no day from `as_of` on.
            UsageError: there is no such version.
        """
        from .planning.advance import advance

        return advance(self._quiet, state, to, version=version, invariants=invariants)

    def allows(self, action: Mapping[str, Any], state: Mapping[str, Any], *, version: str | None = None) -> bool:
        """Whether a proposed action is allowed: `decide(...).allowed`, in less time where generated functions decide.

        Raises:
            RequestError: the action or the state is not well formed.
            UsageError: there is no such version.
        """
        decided_by = self._version(state, version, action)
        if version is None and decided_by.later is not None:
            return decided_by.evaluator.allows(action, state, later=decided_by.later)
        return decided_by.evaluator.allows(action, state)

    def _version(self, state: Any, version: str | None, action: Any = None) -> Version:
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

    def validate(
        self,
        state: Mapping[str, Any],
        *,
        version: str | None = None,
        partial: bool = False,
        incomplete: Sequence[str] = (),
        invariants: bool = True,
    ) -> CheckedState:
        """Check the whole of a state: that it is well formed, and breaks no invariant of severity `error`.

        Args:
            partial: the state may lack properties; then only what it certainly breaks is an error.
            incomplete: JSON pointers to maps and lists of which not all entries are given; where something is,
                `partial` holds too.
            invariants: ask them. What is returned says so where they are not asked, and which warnings it breaks.

        Raises:
            RequestError: with every problem of the state; of one that is well formed, with a problem
                `broken_invariant` for each invariant that is broken, and each entry for which it is.
        """
        return validated(self, state, version, bool(partial or incomplete), incomplete, invariants=invariants)

    def beside(
        self,
        checked: CheckedState,
        codes: Collection[str],
        state: Mapping[str, Any],
        *,
        version: str | None = None,
        partial: bool = False,
        incomplete: Sequence[str] = (),
    ) -> CheckedState:
        """What `validate` said of a state, with the warnings that the policy says beside reasons with these codes.

        Nothing is added where no invariant was asked.

        Raises:
            RequestError: the state is not well formed.
        """
        if not codes or not checked.invariants or checked is ALL_KEPT:
            return checked
        return with_warnings_beside(self, checked, codes, state, version, bool(partial or incomplete), incomplete)

    def problems(
        self,
        action: Mapping[str, Any],
        state: Mapping[str, Any],
        *,
        version: str | None = None,
        partial: bool = False,
        incomplete: Sequence[str] = (),
    ) -> tuple[RequestProblem, ...]:
        """Everything that is wrong with a request, of the whole state and of the action: nothing hides another thing.

        Where the state's `as_of` says no version, the rest is checked as for the newest.

        Raises:
            UsageError: there is no such version, or what is `incomplete` is no map or list of the state.
        """
        return problems_of(self, action, state, version, partial=partial, incomplete=incomplete)

    def compiled(self, state: Mapping[str, Any], version: str | None = None) -> CompiledEvaluator:
        """The generated functions of the version that is named, or of the one in force on the state's `as_of`."""
        return self._version(state, version).compiled

    def apply(self, decision: Decision, state: Mapping[str, Any], *, copy: bool = False) -> dict[str, Any]:
        """The state after an allowed action: a new one; `state` stays as it is.

        What the action does not change is shared between the two: a list or mapping of either that is changed in place
        afterwards may be one of the other's.

        Args:
            copy: nothing is shared, which takes time with the size of the state.

        Raises:
            NotAllowedError: the decision allows nothing, or is not wholly known.
            StaleDecisionError: the policy, the day or anything that was read is another than when it was decided:
                decide again.
            RequestError: the state is nested too deep to be copied.
        """
        if not decision.allowed or decision.missing:
            raise NotAllowedError(phrase("only_allowed_applied"))
        if (stale := why_stale(decision, state, self._versions)) is not None:
            raise stale
        after = apply_effects(decision.details.effects, state)
        try:
            return deepcopy(after) if copy else after
        except RecursionError:
            raise too_deep() from None

    def still_holds(self, decision: Decision, state: Mapping[str, Any]) -> bool:
        """Whether a decision is one on this state too: the policy, the day and all that was read are the same.

        What the rules of its action do not read may be another. What was not given in partial mode and now is differs.
        """
        return why_stale(decision, state, self._versions) is None

    def broken_invariants(
        self, state: Mapping[str, Any], old: Mapping[str, Any] | None = None, *, version: str | None = None
    ) -> tuple[BrokenInvariant, ...]:
        """The policy's invariants that a valid state does not keep, of either severity.

        Without a step from `old` only those are asked that do not compare the state with the one before. Whether the
        state is well formed is checked only where an invariant seems to be broken: `validate` checks all of it.

        Raises:
            RequestError: an invariant seems to be broken, and the state is not well formed.
        """
        compiled = self.compiled(state, version)
        invariants = compiled.in_state if old is None else compiled.by_step
        broken = invariants.broken(state, old)
        if broken is None or broken:
            well_formed(self, state, version)
        return invariants.explained(broken, state, old)

    def simulate(
        self,
        steps: Sequence[Mapping[str, Any]],
        state: Mapping[str, Any],
        *,
        keep_going: bool = False,
        version: str | None = None,
        invariants: bool = True,
    ) -> Timeline:
        """Take a sequence of actions, each on the state that the ones before it left.

        A step is an action, or `{"at": date, "action": action}`: up to its date time passes, and what the policy lets
        happen by itself happens. The first step that is denied is the last, unless `keep_going`; one after which an
        invariant of the policy does not hold always is.

        Args:
            invariants: refuse a state that breaks one to begin with; else what it breaks already stops no step.

        Raises:
            RequestError: the state or a step is not well formed, or the state breaks an invariant to begin with.
            UsageError: there is no such version.
        """
        from .planning.simulate import simulate

        return simulate(self._quiet, steps, state, keep_going=keep_going, version=version, invariants=invariants)

    def remedies(
        self,
        action: Mapping[str, Any],
        state: Mapping[str, Any],
        *,
        actors: Collection[str] | None = None,
        limit: int = 3,
        seconds: float = SECONDS,
        version: str | None = None,
        invariants: bool = True,
    ) -> Remedies:
        """How a denied action can come to be allowed: short sequences of the policy's own actions, cheapest first.

        Args:
            actors: who else may act; everybody in the state when none are named.
            limit: how many remedies are looked for.
            seconds: how long the search may take; the answer says how far it came.
            invariants: refuse a state that breaks one.

        Raises:
            RequestError: the action, the state or an actor is not well formed, or the state breaks an invariant.
            UsageError: there is no such version, or `seconds` is not more than 0.
        """
        from .planning.remedies import remedies

        return remedies(
            self._quiet,
            action,
            state,
            actors=actors,
            limit=limit,
            seconds=seconds,
            version=version,
            invariants=invariants,
        )

    def options(
        self,
        state: Mapping[str, Any],
        *,
        actor: str | None = None,
        action: str | None = None,
        version: str | None = None,
        everything: bool = False,
        lists: Mapping[str, Mapping[str, Collection[list[Any]]]] | None = None,
        invariants: bool = True,
    ) -> Options:
        """What can be done on a state: every action with each sensible set of arguments, decided.

        Args:
            actor: only what is performed by this one, as the policy's actions say who performs them.
            action: only actions of this type.
            everything: every entry, also where one stands for others that are alike, and without a limit.
            lists: by the names of actions and arguments, lists to try beside those of one entry, as far as they fit the
                state.
            invariants: refuse a state that breaks one.

        Raises:
            RequestError: the state is not well formed or breaks an invariant, or `actor` is nobody in it.
            UsageError: there is no such action or version.
        """
        from .planning.options import options

        return options(
            self._quiet,
            state,
            actor=actor,
            action=action,
            version=version,
            everything=everything,
            lists=lists or {},
            invariants=invariants,
        )

    def when(
        self,
        action: Mapping[str, Any],
        state: Mapping[str, Any],
        *,
        until: str | None = None,
        version: str | None = None,
        invariants: bool = True,
    ) -> Stretches:
        """The stretches of time in which an action is allowed and denied, from `as_of` on, and why each begins.

        Args:
            until: the last day to look at; two years from `as_of` when none is given.
            invariants: refuse a state that breaks one.

        Raises:
            RequestError: the action or the state is not well formed, the state breaks an invariant, or `until` is no
                day from `as_of` on.
            UsageError: there is no such version.
        """
        from .planning.when import when

        return when(self._quiet, action, state, until=until, version=version, invariants=invariants)

    def depends_on(
        self, action: Mapping[str, Any], state: Mapping[str, Any], *, version: str | None = None
    ) -> tuple[DependsOn, ...]:
        """What the source leaves open: the settings of which another choice would answer an action otherwise.

        That is with another verdict, other codes, another outcome, or on other days; one is chosen otherwise at a time.

        Raises:
            RequestError: the action or the state is not well formed.
            UsageError: there is no such version.
        """
        from .planning.depends import depends_on

        return depends_on(self._quiet, action, state, version=version)

    def status(self, state: Mapping[str, Any], *, until: str | None = None, version: str | None = None) -> Status:
        """How an account stands: the policy's overview of it, what happens by itself ahead, what is inconsistent.

        Args:
            until: the last day to look at; a year from `as_of` when none is given.

        Raises:
            RequestError: the state is not well formed, or `until` is no day from `as_of` on.
            UsageError: there is no such version.
        """
        from .planning.status import status

        return status(self, state, until=until, version=version)

    def program_for(self, state: Any, version: str | None = None) -> Program:
        """The version that is named, or the one in force on the state's `as_of`."""
        if version is not None:
            return known_by_name("version", version, self.programs)
        day = require_day(state)
        for each in self._newest_first:
            if each.effective_from <= day:
                return each.program
        what = phrase("before_first_version", day=day, first=self._newest_first[-1].effective_from)
        raise RequestError([RequestProblem("before_first_version", what, "/state/as_of")])


def load(
    path: Source | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    evaluator: EvaluatorName = "compiled",
    extensions: Sequence[Source] = (),
    on_decision: OnDecision | None = None,
) -> Engine:
    """Load a policy: a shipped one's name, a policy's folder, a version's folder, or the default.

    What was compiled before from the same files, with the same settings, comes from the user's cache folder.

    Args:
        path: also a zip of such a folder, or its files in memory, `{"2024-11-01/policy.yaml": b"...", ...}`, or its
            place in a package, `importlib.resources.files("package") / "policy"`.
        settings: choices that differ from the policy's defaults, by name.
        evaluator: what decides: `compiled`, `interpreter` or `durable` (durable-rules), all to the same decision.
        extensions: what somebody else adds to the policy, each named as a policy is, on top of those before it. Where
            no policy is named, it is the one that the first is for.
        on_decision: is handed each decision of `decide` and `decide_many`, once it is made and before it is returned,
            in the caller's thread; not what `simulate` and the like only try out, no verdict of `allows`, and no error.
            What it raises is logged (`logging.getLogger("seatrules")`) and changes no answer.

    Raises:
        UsageError: there is no such policy, extension, setting, choice or evaluator, or durable-rules is not there.
        PolicyError: the policy is wrong; with every problem, sorted by place.
        FileError: the files can't be read.
    """
    evaluator_named(evaluator)
    place = find(path, extensions)
    return Engine.reading(_known(place, settings or {}, _read), evaluator, on_decision)


class Loader:
    """Reads the files of each policy once, as long as they are the same, however its settings are chosen."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[list[bytes], tuple[list[Written], Problems]]] = {}

    def load(
        self,
        path: Source | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        extensions: Sequence[Source] = (),
    ) -> Engine:
        """A policy as `load` gives it, which says what it raises."""
        return Engine.reading(_known(find(path, extensions), settings or {}, self.read))

    def read(self, place: Place) -> tuple[list[Written], Problems]:
        """The versions that a place names, as they are written, and what is wrong with them so far."""
        try:
            name, parts = repr((place.name, place.version)), [*parts_of(place, {})]
        except (OSError, FileError):
            return _read(place)  # which notes what can't be read
        known = self._read.get(name)
        if known is None or known[0] != parts:
            known = self._read[name] = parts, _read(place)
        return known[1]


def _read(place: Place) -> tuple[list[Written], Problems]:
    from .loading import read_versions  # only where nothing is remembered: half of a start is the import

    return read_versions(place)


_ReadVersions = Callable[[Place], "tuple[list[Written], Problems]"]


def _known(place: Place, settings: Mapping[str, Any], read: _ReadVersions) -> list[UnreadVersion]:
    """What there is to know of each version before its program is opened."""
    versions = remembered(lambda: parts_of(place, settings), lambda: _compile(place, settings, read))
    return [UnreadVersion(name, day, languages, bound(opened, program)) for name, day, languages, program in versions]


def _compile(
    place: Place, settings: Mapping[str, Any], read: _ReadVersions
) -> list[tuple[str, str, tuple[str, ...], bytes]]:
    """Each version's name, first day, languages and program, packed: that is opened when it is asked for."""
    from .loading import compile_versions  # only where nothing is remembered: half of a start is the import

    programs = compile_versions(*read(place), settings)
    return [(each.version, each.effective_from, each.languages, packed(each)) for each in programs]


def _itself(program: Program) -> Program:
    return program
