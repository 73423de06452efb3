"""What can be done on a state: every action with each sensible set of arguments, decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from ..decision.prose import Naming, Prose
from ..decision.request import key_maps, value_problems
from ..decision.values import Decision, Details
from ..errors import RequestError, UsageError
from ..language.interpret import fresh
from ..language.types import Key, ListOf, Maybe, known
from ..program import ActionType, Program
from ..words import phrase
from .alike import Groups, apart, groups_of
from .candidates import Candidates, Only
from .deciding import Deciding
from .option_values import Alike, LeftOut, Option, Options
from .passing import later_versions, require_well_formed
from .prose import option_sentences

LIMIT = 1000
"""The most sets of arguments that are decided for one action, unless all are asked for."""
Lists = Mapping[str, Mapping[str, Collection[list[Any]]]]
"""By the names of actions and arguments, lists that are tried beside those of one entry."""
_NO_LISTS: Lists = {}


def options(
    engine: Deciding,
    state: Mapping[str, Any],
    *,
    actor: str | None = None,
    action: str | None = None,
    version: str | None = None,
    everything: bool = False,
    lists: Lists = _NO_LISTS,
    invariants: bool = True,
) -> Options:
    """What can be done on a state, by `actor` alone or of one type of `action` where these are given.

    Of `lists` those are tried that fit the state.

    Raises:
        RequestError: the state is not well formed, it breaks an invariant (unless those are not asked), or `actor` is
            nobody in it.
        UsageError: there is no such action or version.
    """
    checked = engine.validate(state, version=version, invariants=invariants)
    program = engine.program_for(state, version)
    asked_for, others = _asked_for(program, state, actor, action)
    deciding = _OnOneState(engine, fresh(state), version)
    groups = apart(groups_of(program, state, alike=not everything), {} if actor is None else {actor: actor})
    first_days = [each.effective_from for each in deciding.later]
    decided: list[Option] = []
    cut = []
    empty = {}
    for action_type, only in asked_for:
        fitting = fitting_lists(lists.get(action_type.name, {}), action_type, program, state)
        proposals = Candidates(program, action_type, first_days, fitting).on(state, groups, only)
        tried = list(proposals if everything else islice(proposals, LIMIT))
        standing = _Standing(action_type, groups)
        decided += [deciding.option(each, standing.of(each)) for each in tried]
        if next(proposals, None) is not None:
            cut.append(action_type.name)
        if not tried:
            empty[action_type.name] = tuple(_entries_lacking(action_type, groups))
    types = dict.fromkeys(option.action["type"] for option in decided)
    answer = Options(
        as_of=state["as_of"],
        policy=program.policy,
        options=tuple(decided),
        left_out=LeftOut(_untried(program, decided, groups), tuple(cut), empty, others),
        known={name: each for name, each in program.known_words.items() if name in types},
        actor=actor,
        titles={name: program.actions[name].title for name in (*types, *empty, *others)},
        lines=_lines(program, decided),
        _arguments={name: program.actions[name].arguments for name in types},
        checked=checked,
    )
    named = [option.action for option in decided if option.decision == "allow"]
    naming = Naming.of(program, state, named)
    return replace(answer, prose=Prose(partial(option_sentences, answer, naming), program.policy.languages))


class _OnOneState:
    """Decides actions on one state that is valid in every part, and that nobody else has."""

    def __init__(self, engine: Deciding, state: Mapping[str, Any], version: str | None) -> None:
        self.engine, self.state, self.version = engine, state, version
        self.compiled = engine.compiled(state, version)
        self.is_ordinary = self.compiled.is_ordinary(state)
        self.later = later_versions(engine, state["as_of"], version)
        self.fits = partial(require_well_formed, engine)

    def option(self, action: Mapping[str, Any], alike: tuple[Alike, ...]) -> Option:
        """What is said of an action, or the error that it is."""
        policy = self.compiled.program.policy
        try:
            decision = self._decision(action)
            details = decision.details
        except RequestError as error:
            return Option(action, "error", (error.code,), None, policy, alike=alike)
        outcome = details.outcome.code if details.outcome else None
        billing = details.billing if decision.allowed else ()
        reasons = tuple(reason.without_conditions() for reason in details.reasons)
        pointless = _is_pointless(self.compiled.program, action, details, allowed=decision.allowed)
        return Option(action, decision.decision, decision.codes, outcome, policy, reasons, billing, alike, pointless)

    def _decision(self, action: Mapping[str, Any]) -> Decision:
        if self.is_ordinary:
            ready = self.compiled.action(action["type"])
            if (decision := ready.decide_on_valid(action, self.state, self.later, self.fits)) is not None:
                return decision
        return self.engine.decide(action, self.state, version=self.version)


def _is_pointless(program: Program, action: Mapping[str, Any], details: Details, *, allowed: bool) -> bool:
    """Whether an action would change nothing, though others of its type do; or make something what it is already."""
    action_type = program.actions[action["type"]]
    if allowed:
        nothing = not details.effects and details.billing == (program.nothing_billed,)
        return nothing and bool(action_type.consequences) and action_type.time_to is None
    kinds = (pair for pair in action_type.arguments.items() if pair[0] != action_type.performed_by)
    given = [(repr(kind), action.get(name)) for name, kind in kinds]
    of_words = [pair for pair in given if isinstance(pair[1], str)]
    return len(set(of_words)) < len(of_words) and any(reason.about == "fulfilled" for reason in details.reasons)


class _Standing:
    """For whom the keys of one type of action stand."""

    def __init__(self, action_type: ActionType, groups: Groups) -> None:
        self.entries = _entries(action_type)
        # Of a group, as many are tried as the action has arguments, and those are the first ones.
        most = len(action_type.arguments)
        self.groups = {
            entry: {key: group for group in groups.get(entry, ()) if len(group) > 1 for key in group[:most]}
            for entry in self.entries.values()
        }

    def of(self, action: Mapping[str, Any]) -> tuple[Alike, ...]:
        """The arguments that stand for several who are alike."""
        groups = ((name, self.groups[entry].get(_key(action[name]))) for name, entry in self.entries.items())
        return tuple([Alike(name, group) for name, group in groups if group])


def _entries(action_type: ActionType) -> dict[str, str]:
    """By the names of the arguments that are keys, or lists of them, the names of the entries that they name."""
    kinds = {name: known(kind) for name, kind in action_type.arguments.items()}
    items = {name: kind.item if isinstance(kind, ListOf) else kind for name, kind in kinds.items()}
    return {name: kind.entry for name, kind in items.items() if isinstance(kind, Key)}


def _key(value: Any) -> Any:
    """The key that an argument is, or the one in its list."""
    return value[0] if isinstance(value, list) and len(value) == 1 else None if isinstance(value, list) else value


def _asked_for(
    program: Program, state: Mapping[str, Any], actor: str | None, action: str | None
) -> tuple[list[tuple[ActionType, Only]], tuple[str, ...]]:
    """The actions in question, each with what its arguments are held to; and those that the actor does not perform."""
    types = list(program.actions.values()) if action is None else [program.action_type(action)]
    if actor is None:
        return [(action_type, {}) for action_type in types], ()
    performed = [
        (action_type, action_type.performed_by) for action_type in types if action_type.performed_by is not None
    ]
    if not performed:
        raise UsageError(
            "no-performer", phrase("no_performer") if action is None else phrase("no_performer_of", action=action)
        )
    maps = dict(key_maps(program.state, state))
    problems = {
        action_type.name: list(value_problems(actor, action_type.arguments[name], ("actor",), maps))
        for action_type, name in performed
    }
    if all(problems.values()):
        raise RequestError(next(iter(problems.values())))
    asked: list[tuple[ActionType, Only]] = [
        (action_type, {name: (actor,)}) for action_type, name in performed if not problems[action_type.name]
    ]
    names = {action_type.name for action_type, _ in asked}
    return asked, tuple(action_type.name for action_type in types if action_type.name not in names)


def fitting_lists(
    lists: Mapping[str, Collection[list[Any]]], action_type: ActionType, program: Program, state: Mapping[str, Any]
) -> dict[str, list[list[Any]]]:
    """The lists whose entries are of the argument's type, and are there; not those of one entry, which are tried."""
    if not lists:
        return {}
    maps = dict(key_maps(program.state, state))
    kinds = {name: kind for name, kind in action_type.arguments.items() if name in lists}
    return {
        name: [each for each in lists[name] if len(each) != 1 and not any(value_problems(each, kind, (name,), maps))]
        for name, kind in kinds.items()
    }


def _entries_lacking(action_type: ActionType, groups: Groups) -> Iterator[str]:
    """The names of the entries that an action has to name, and of which there is none."""
    entries = dict.fromkeys(
        entry for name, entry in _entries(action_type).items() if not isinstance(action_type.arguments[name], Maybe)
    )
    return (entry for entry in entries if not groups.get(entry))


def _lines(program: Program, decided: list[Option]) -> dict[str, Mapping[str, str]]:
    """The public line of each code; an error of the request has none."""
    lines: dict[str, Mapping[str, str]] = {}
    for option in decided:
        outcomes = [] if option.outcome is None else [("outcomes", option.outcome)]
        for group, code in [*outcomes, *(("reasons", code) for code in option.codes)]:
            if code not in lines and code in program.codes[group]:
                lines[code] = program.codes[group][code]
    return lines


def _untried(program: Program, decided: list[Option], groups: Groups) -> dict[str, int]:
    """How many entries of each kind are in no option, and alike with one that is."""
    tried_keys: dict[str, set[Any]] = {name: set() for name in groups}
    for option in decided:
        for name, entry in _entries(program.actions[option.action["type"]]).items():
            tried_keys[entry].add(_key(option.action[name]))
    untried = {name: sum(_left(group, tried_keys[name]) for group in groups[name]) for name in groups}
    return {name: count for name, count in untried.items() if count}


def _left(group: tuple[str, ...], tried_keys: set[Any]) -> int:
    tried_count = sum(key in tried_keys for key in group)
    return len(group) - tried_count if tried_count else 0
