"""Makes sure that what refers to an entry of a map leads somewhere, after an action or an event as before it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ..diagnostics import echo
from ..errors import RequestError
from ..language.interpret import Interpreter
from ..language.partial import gap
from ..language.references import Reference, part_that_refers, references, unknown_references
from ..language.types import Key, ListOf, MapOf, Record, Type, known
from ..program import Program
from ..words import phrase
from .effects import NOTHING, Effect, apply_effects, impossible


def require_references(effects: Sequence[Effect], interpreter: Interpreter, program: Program) -> list[str]:
    """Make sure that what refers to an entry after these effects, which happen at once, names one that is there then.

    Where it is not known whether an entry that is taken away is still referred to, what would tell is noted as missing;
    the clauses that take such entries away are returned.

    Raises:
        RequestError: something would refer to an entry that is not there.
    """
    if not program.referenced:
        return []
    listed = _listed(effects, program)
    for effect in effects:
        for reference in _written(effect, program.state):
            if not _is_there(reference, listed, interpreter, program):
                raise _dangling(reference)
    removed = {key: effect for key, effect in listed.items() if effect.after is NOTHING}
    if not removed:
        return []
    for reference in _staying(effects, {entry for entry, _ in removed}, interpreter, program):
        if (reference.entry, reference.key) in removed:
            raise _dangling(reference)
    if not interpreter.partial:
        return []
    after = apply_effects(effects, interpreter.state)
    return [
        effect.rule for (entry, _), effect in removed.items() if _note_unknown(program.state, after, entry, interpreter)
    ]


def _staying(
    effects: Sequence[Effect], entries: Collection[str], interpreter: Interpreter, program: Program
) -> Iterator[Reference]:
    """What refers to such entries and is neither taken away nor set to something else; only what may do so is read."""
    part = part_that_refers(program.state, entries)
    if part is None:
        return
    changed = {effect.parts for effect in effects}
    for reference in references(part, interpreter.state):
        if not any(reference.path[:length] in changed for length in range(1, len(reference.path) + 1)):
            yield reference


def _listed(effects: Sequence[Effect], program: Program) -> dict[tuple[str, Any], Effect]:
    """The effects that list an entry to which others may refer, or take it away, by its kind and key."""
    entries = {name: entry for entry, name in program.referenced.items()}
    return {
        (entries[str(effect.parts[0])], effect.parts[1]): effect
        for effect in effects
        if len(effect.parts) == 2 and effect.parts[0] in entries and (NOTHING in (effect.before, effect.after))
    }


def _is_there(
    reference: Reference, listed: dict[tuple[str, Any], Effect], interpreter: Interpreter, program: Program
) -> bool:
    """Whether the entry is there that is referred to; where not all entries are given, the key is taken for one."""
    own = listed.get((reference.entry, reference.key))
    if own is not None:
        return own.after is not NOTHING
    entries = interpreter.state.get(program.referenced[reference.entry])
    return not isinstance(entries, dict) or gap(entries) is not None or reference.key in entries


def _written(effect: Effect, kind: Type) -> Iterator[Reference]:
    """What an effect refers to: keys on the way to what it puts there, and keys in that."""
    if effect.after is NOTHING:
        return
    for length, part in enumerate(effect.parts, 1):
        match known(kind):
            case Record(fields=fields):
                kind = fields[str(part)]
            case MapOf(key=key, entry=entry, refers=refers):
                if refers and isinstance(key, Key):
                    yield Reference(effect.parts[:length], key.entry, part)
                kind = entry
            case ListOf(item=item):
                assert item is not None
                kind = item
    yield from references(kind, effect.after, effect.parts)


def _note_unknown(kind: Type, state: Any, entry: str, interpreter: Interpreter) -> bool:
    unknown = dict.fromkeys(unknown_references(kind, state, entry))
    interpreter.missing.update(unknown)
    return bool(unknown)


def _dangling(reference: Reference) -> RequestError:
    return impossible(reference.path, phrase("would_dangle", entry=reference.entry, key=echo(reference.key)))
