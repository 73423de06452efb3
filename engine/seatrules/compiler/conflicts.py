"""Paths that are certain to be set twice: by one clause, or by two that always apply to one action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..diagnostics import Problems, Span
from ..language import tree as t
from ..language.names import canonical
from ..policy.written import Entry, Written
from .program import ActionProgram, Clause

_Parts = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Write:
    """A path that a clause sets; two whose `parts` are equal are one path, whatever the request."""

    clause: Clause
    path: str
    span: Span
    parts: _Parts

    @property
    def above(self) -> list[_Parts]:
        """The parts of each path that holds this one."""
        return [self.parts[:length] for length in range(1, len(self.parts))]


def check_conflicts(
    written: Written, actions: Mapping[str, ActionProgram], events: Iterable[Clause], problems: Problems
) -> None:
    """Note each path that is set twice whenever the clauses that set it apply."""
    entries = {(kind, entry.name): entry for kind, found in written.clauses.items() for entry in found}
    for clause in events:
        _check(list(_writes(clause, entries)), problems)
    for action in actions.values():
        always: list[_Write] = []
        for clause in action.consequences:
            writes = list(_writes(clause, entries))
            _check(writes, problems)
            if clause.when is None and clause.loop is None:
                always += writes
        _check(always, problems)


def _check(writes: list[_Write], problems: Problems) -> None:
    taken: dict[_Parts, _Write] = {}
    holding: dict[_Parts, _Write] = {}
    for write in writes:
        other = next(filter(None, [holding.get(write.parts), *map(taken.get, [write.parts, *write.above])]), None)
        taken.setdefault(write.parts, write)
        holding.update(dict.fromkeys(write.above, write))
        if other is not None:
            where = f"{write.clause.kind.removesuffix('s')} `{write.clause.id}`"
            by, help_text = "", None
            if other.clause is not write.clause:
                by, help_text = f" by `{other.clause.id}`, and both always apply", "say in `when` which of them applies"
            message = f"{where}: `{write.path}` is set already{by}"
            problems.error("set-twice", message, write.span, help=help_text, notes=[(other.span, "first set here")])


def _writes(clause: Clause, entries: Mapping[tuple[str, str], Entry]) -> Iterator[_Write]:
    entry = entries[clause.kind, clause.id]
    places = {(key, text): span for key in ("change", "append") for text, span, _ in entry.pairs(key)}
    for path, _ in clause.changes:
        yield _Write(clause, path.text, places.get(("change", path.text), clause.span), _parts(path))
    for path, _ in clause.appends:
        # A list gets a new entry each time: two of them do not meet.
        new = () if isinstance(path, t.Index) else (object(),)
        yield _Write(clause, path.text, places.get(("append", path.text), clause.span), (*_parts(path), *new))


def _parts(path: t.Expr) -> _Parts:
    """The steps of a path from the top of the state, or from the loop's entry."""
    match path:
        case t.Role(value=value):
            return _parts(value)
        case t.Field(of=of, name=name):
            return (*_parts(of), name)
        case t.Index(of=of, keys=keys):
            return (*_parts(of), *map(_key, keys))
    return (path.text,)


def _key(expr: t.Expr) -> str:
    """A key's words, the same for each way to write the same key."""
    if isinstance(expr, t.Role):
        return _key(expr.value)
    return repr(expr.value) if isinstance(expr, t.Literal) else canonical(expr)
