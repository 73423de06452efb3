"""The states that a search comes to: what may be done on each, and which of them a move leads to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

from ..change.effects import NOTHING, Effect
from ..language.interpret import DataPath
from ..language.types import MapOf, known
from ..program import Clause
from ..program.target import KeyStep
from .alike import Groups, apart, groups_of
from .questions import Questions
from .touch import Changes, Needs, Shape, meet, value_at
from .ways import TakenStep, Way


class Proposal(NamedTuple):
    """A candidate for a step: what it changes (or would), and the rules that deny it whoever performs it."""

    taken: TakenStep
    effects: Changes
    failing: tuple[Clause, ...]


class Move(NamedTuple):
    """What leads from one state to the next: one step, or several that are alike."""

    steps: Way
    effects: tuple[Changes, ...]


@dataclass(eq=False)
class Node:
    """A state that some steps lead to, and what a search has worked out about it.

    `changed` is what is no longer as it was in the beginning. Where no arguments and no step make an action possible,
    as the policy says, it is in `closed`, with what that depends on; else it is `open` once that was asked. By their
    arguments, `changing` holds what the candidates would change and `decided` those that were decided. `needs` is what
    has to be touched with one move left, two and so on, `moves` the moves of an action that help with so many left.
    """

    state: Mapping[str, Any]
    groups: Groups
    changed: Mapping[DataPath, Any] = field(default_factory=dict)
    closed: dict[str, frozenset[Shape]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    changing: dict[Any, Changes] = field(default_factory=dict)
    decided: dict[Any, Proposal | None] = field(default_factory=dict)
    needs: list[Needs] = field(default_factory=list)
    moves: dict[tuple[int, str], Iterator[Move]] = field(default_factory=dict)

    @cached_property
    def alike(self) -> dict[Any, tuple[str, ...]]:
        """By the first of them, the keys of those who are alike."""
        return {group[0]: group for groups in self.groups.values() for group in groups if len(group) > 1}

    @cached_property
    def first(self) -> dict[Any, str]:
        """By the key of each of those who are alike, the first of them."""
        return {key: first for first, group in self.alike.items() for key in group}


class Nodes:
    """The states of one search, each once; those who are `named` are alike with nobody, and are tried first.

    `growing` are the maps to which some action adds entries, by the names of these.
    """

    def __init__(self, questions: Questions, state: Mapping[str, Any], named: Collection[str]) -> None:
        program = questions.program
        groups = apart(groups_of(program, state), dict(zip(named, named, strict=True))).items()
        first = {name: tuple(sorted(of, key=lambda group: group[0] not in named)) for name, of in groups}
        self.start = Node(state, first)
        clauses = [clause for action in program.actions.values() for clause in action.consequences]
        added = {target.root for each in clauses for target, _ in each.appends if isinstance(target.last, KeyStep)}
        fields = {name: known(kind) for name, kind in program.state.fields.items() if name in added}
        self.growing = {kind.entry.name: name for name, kind in fields.items() if isinstance(kind, MapOf)}
        self._questions = questions
        self._by_paths = {frozenset[DataPath](): [self.start]}

    def after(self, node: Node, move: Move) -> Node:
        """The state that a move leaves."""
        changed = dict(node.changed)
        for each in move.effects:
            longest = max(map(len, changed), default=0)
            if whole := {parts for parts in each.by_path if len(parts) < longest}:  # what stood below is gone with it
                changed = {parts: value for parts, value in changed.items() if not _is_below(parts, whole)}
            changed |= each.by_path
        lists = set[DataPath]().union(*(each.lists for each in move.effects))
        if lists:  # of these the whole is compared
            state = self._state_after(node, move)
            changed = {parts: value for parts, value in changed.items() if not _is_below(parts, lists)}
            changed |= {parts: value_at(state, parts) for parts in lists}
        known = self._by_paths.setdefault(frozenset(changed), [])
        if (there := next((each for each in known if each.changed == changed), None)) is not None:
            return there
        state = self._state_after(node, move)
        shapes = set[Shape]().union(*(each.shapes for each in move.effects))
        closed = {name: read for name, read in node.closed.items() if not meet(shapes, read)}
        effects = [effect for each in move.effects for effect in each]
        known.append(Node(state, self._grouped(node.groups, effects), changed, closed))
        return known[-1]

    def _state_after(self, node: Node, move: Move) -> Mapping[str, Any]:
        state = node.state
        for each in move.effects:
            state = self._questions.after(each, state)
        return state

    def apart(self, state: Mapping[str, Any], effects: Iterable[Effect]) -> Node:
        """A state by itself, which effects have led to."""
        return Node(state, self._grouped(self.start.groups, list(effects)))

    def let_go(self) -> None:
        """Forget of each state what holds that state itself, of a search that is at its end."""
        for node in chain.from_iterable(self._by_paths.values()):
            node.needs.clear()
            node.moves.clear()

    def _grouped(self, groups: Groups, effects: list[Effect]) -> Groups:
        """The groups, with those apart that were changed, what was added, and nothing that is gone.

        Entries that were alike and are changed alike stay together.
        """
        grouped = dict(apart(groups, _changed(effects)))
        entries = {root: entry for entry, root in self.growing.items()}
        for effect in effects:
            if len(effect.parts) != 2 or (entry := entries.get(str(effect.parts[0]))) is None:
                continue
            key = str(effect.parts[1])
            if effect.before is NOTHING or effect.after is NOTHING:
                grouped[entry] = tuple(group for group in grouped.get(entry, ()) if group != (key,))
            if effect.after is not NOTHING:
                grouped[entry] = (*grouped.get(entry, ()), (key,))
        return grouped


def _is_below(parts: DataPath, above: Collection[DataPath]) -> bool:
    return any(parts[:length] in above for length in range(1, len(parts)))


def _changed(effects: Iterable[Effect]) -> dict[str, tuple[Any, ...]]:
    """By the keys of the entries that effects change, in what: those that were alike and are changed alike stay so."""
    changed: dict[str, tuple[Any, ...]] = {}
    for parts, _, after, *_ in effects:
        if len(parts) > 1:
            key = str(parts[1])  # an entry as a whole is apart
            changed[key] = (*changed.get(key, ()), parts[0], parts[2:] or key, repr(after))
    return changed
