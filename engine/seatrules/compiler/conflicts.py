"""Paths that are certain to be set twice: by one clause, or by two that always apply to one action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..diagnostics import Span
from ..policy.written import Entry, Written
from ..problems import Problems
from ..program import ActionType, Clause
from ..program.target import Target, meeting, same_key


class _WrittenPath(NamedTuple):
    """A path that a clause sets, and where that is written."""

    clause: Clause
    target: Target
    span: Span


def check_conflicts(
    written: Written, actions: Mapping[str, ActionType], events: Iterable[Clause], problems: Problems
) -> None:
    """Note each path that is set twice whenever the clauses that set it apply."""
    entries = {(kind, entry.name): entry for kind, group in written.clauses.items() for entry in group}
    for clause in events:
        _check(list(_writes(clause, entries)), problems)
    for action in actions.values():
        always: list[_WrittenPath] = []
        for clause in action.consequences:
            writes = list(_writes(clause, entries))
            _check(writes, problems)
            if clause.when is None and clause.loop is None:
                always += writes
        _check(always, problems)


def _check(writes: list[_WrittenPath], problems: Problems) -> None:
    writes_by_root: dict[str, list[_WrittenPath]] = {}
    for write in writes:
        earlier = writes_by_root.setdefault(write.target.root, [])
        if other := next((each for each in earlier if _is_set_by(write.target, each.target)), None):
            _note(write, other, problems)
        earlier.append(write)


def _is_set_by(target: Target, earlier: Target) -> bool:
    """Whether one is certain to be the other, or to hold it."""
    pairs = meeting(target, earlier)
    return pairs is not None and all(same_key(one, other) for one, other in pairs)


def _note(write: _WrittenPath, other: _WrittenPath, problems: Problems) -> None:
    where = f"{write.clause.kind.removesuffix('s')} `{write.clause.id}`"
    by, help_text = "", None
    if other.clause is not write.clause:
        by, help_text = f" by `{other.clause.id}`, and both always apply", "say in `when` which of them applies"
    message = f"{where}: `{write.target.expr.text}` is set already{by}"
    problems.error("set-twice", message, write.span, help=help_text, notes=[(other.span, "first set here")])


def _writes(clause: Clause, entries: Mapping[tuple[str, str], Entry]) -> Iterator[_WrittenPath]:
    entry = entries[clause.kind, clause.id]
    for key, pairs in (("change", clause.changes), ("append", clause.appends)):
        places = {text: span for text, span, _ in entry.pairs(key)}
        yield from (_WrittenPath(clause, target, places.get(target.expr.text, clause.span)) for target, _ in pairs)
