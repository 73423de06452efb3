"""What can be done on a state: every action with each sensible set of arguments, decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, Literal

from ..decision.answer import Answer
from ..decision.invariants import NOTHING_TO_SAY, CheckedState
from ..decision.request import key_maps, value_problems
from ..decision.values import Verdict
from ..errors import RequestError, UsageError
from ..language.interpret import fresh
from ..language.types import Key, known
from ..program import ActionType, PolicyVersion, Program
from ..words import phrase
from .alike import Groups, apart, groups_of
from .candidates import Candidates, Only
from .deciding import Deciding

LIMIT = 1000
"""The most sets of arguments that are decided for one action, unless all are asked for."""


@dataclass(frozen=True, slots=True)
class Option(Answer):
    """One proposed action and what `decide` says of it.

    `decision` is `allow`, `deny`, or `error` where the state is such that there is no verdict; `codes` are those of the
    reasons or of the error, `outcome` is what an allowed action is called.
    """

    ask: ClassVar[str] = "ask whether `option.decision` is `allow`"

    action: Mapping[str, Any]
    decision: Verdict | Literal["error"]
    codes: tuple[str, ...]
    outcome: str | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "action": fresh(self.action),
            "decision": self.decision,
            "codes": list(self.codes),
            "outcome": self.outcome,
        }


@dataclass(frozen=True, slots=True)
class Options(Answer):
    """What can be done, in the order of the policy and of the state, and what was left out.

    `alike` counts, for each kind of entry, those that equal one that was tried and were not tried themselves; `cut`
    names the actions with more sets of arguments than were decided. `known` are the words that are known of arguments,
    by the names of these and of the actions. `checked` is what there is to say of the state.
    """

    ask: ClassVar[str] = "its `options` are what can and can't be done"

    as_of: str
    policy: PolicyVersion
    options: tuple[Option, ...]
    alike: Mapping[str, int]
    cut: tuple[str, ...]
    known: Mapping[str, Mapping[str, tuple[str, ...]]]
    checked: CheckedState = NOTHING_TO_SAY

    def as_dict(self, language: str | None = None) -> dict[str, Any]:
        """The options as plain data, what is said of the state in `language` (the policy's first when none is named).

        Raises:
            UsageError: the policy does not speak the language.
        """
        return {
            "options": [option.as_dict() for option in self.options],
            "left_out": {"alike": dict(self.alike), "actions": list(self.cut)},
            "policy": self.policy.identity,
            "as_of": self.as_of,
            **known_as_data(self.known),
            **self.checked.as_dict(self.policy.spoken(language)),
        }


def options(
    engine: Deciding,
    state: Mapping[str, Any],
    *,
    actor: str | None = None,
    action: str | None = None,
    version: str | None = None,
    everything: bool = False,
    invariants: bool = True,
) -> Options:
    """What can be done on a state, by `actor` alone or of one type of `action` where these are given.

    Raises:
        RequestError: the state is not well formed, it breaks an invariant (unless those are not asked), or `actor` is
            nobody in it.
        UsageError: there is no such action or version.
    """
    checked = engine.validate(state, version=version, invariants=invariants)
    program = engine.program_for(state, version)
    groups = groups_of(program, state, alike=not everything)
    decided: list[Option] = []
    cut = []
    groups = apart(groups, () if actor is None else (actor,))
    for action_type, only in _asked_for(program, state, actor, action):
        proposals = Candidates(program, action_type).on(state, groups, only)
        decided += [
            _option(engine, each, state, version) for each in (proposals if everything else islice(proposals, LIMIT))
        ]
        if next(proposals, None) is not None:
            cut.append(action_type.name)
    untried = _untried(program, decided, groups)
    types = {option.action["type"] for option in decided}
    known_words = {name: each for name, each in program.known_words.items() if name in types}
    return Options(state["as_of"], program.policy, tuple(decided), untried, tuple(cut), known_words, checked)


def known_as_data(known_words: Mapping[str, Mapping[str, tuple[str, ...]]]) -> dict[str, Any]:
    """The words that are known of arguments as plain data, where there are any."""
    lists = {name: {argument: list(each) for argument, each in of.items()} for name, of in known_words.items()}
    return {"known": lists} if lists else {}


def _asked_for(
    program: Program, state: Mapping[str, Any], actor: str | None, action: str | None
) -> list[tuple[ActionType, Only]]:
    """The actions in question, each with what its arguments are held to."""
    types = list(program.actions.values()) if action is None else [program.action_type(action)]
    if actor is None:
        return [(action_type, {}) for action_type in types]
    performed = [
        (action_type, action_type.performed_by) for action_type in types if action_type.performed_by is not None
    ]
    if not performed:
        raise UsageError(
            "no-performer", phrase("no_performer") if action is None else phrase("no_performer_of", action=action)
        )
    maps = dict(key_maps(program.state, state))
    problems = [
        list(value_problems(actor, action_type.arguments[name], ("actor",), maps)) for action_type, name in performed
    ]
    if all(problems):
        raise RequestError(problems[0])
    return [(action_type, {name: (actor,)}) for action_type, name in performed]


def _option(engine: Deciding, action: Mapping[str, Any], state: Mapping[str, Any], version: str | None) -> Option:
    try:
        decision = engine.decide(action, state, version=version)
        outcome = decision.outcome
    except RequestError as error:
        return Option(action, "error", (error.code,), None)
    return Option(action, decision.decision, decision.codes, outcome.code if outcome else None)


def _untried(program: Program, decided: list[Option], groups: Groups) -> dict[str, int]:
    """How many entries of each kind are in no option, and alike with one that is."""
    tried_keys: dict[str, set[str]] = {name: set() for name in groups}
    for option in decided:
        for name, kind in program.actions[option.action["type"]].arguments.items():
            if isinstance(inner := known(kind), Key) and option.action[name] is not None:
                tried_keys[inner.entry].add(option.action[name])
    untried = {name: sum(_left(group, tried_keys[name]) for group in groups[name]) for name in groups}
    return {name: count for name, count in untried.items() if count}


def _left(group: tuple[str, ...], tried_keys: set[str]) -> int:
    tried_count = sum(key in tried_keys for key in group)
    return len(group) - tried_count if tried_count else 0
