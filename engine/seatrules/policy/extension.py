"""Extensions: what somebody else adds to a policy, from a folder of its own, on top of each of its versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..diagnostics import Span, echo, suggest
from ..language.types import with_article
from ..nodes import MappingNode, Node
from ..problems import Problems
from .amend import says_the_kind
from .folders import EXTENSION
from .kinds import CLAUSES, CODES, singular
from .load import missing, read_layer
from .locate import Place
from .overlay import Layer, merged
from .written import ANY, Entry, Extended, Written

_OF_AN_ENTRY = "`amend` changes it; what is to take its place has a name of its own, and this is withdrawn"
_OF_A_TABLE = "of a table that is there, give only new columns and cells"
_OF_A_SCHEMA = (
    "of what is there, give only what changes, not what it is (`type`, `$ref`, a whole `enum`); what is new has a name "
    "of its own"
)


class ReadExtension(NamedTuple):
    """An extension as read: what names it, and what it says."""

    header: Entry
    layer: Layer
    extended: Extended


def read_extensions(place: Place, problems: Problems) -> list[ReadExtension]:
    """The extensions that a policy is to be read with, in order; what is wrong with one goes to `problems`."""
    read: dict[str, ReadExtension] = {}
    for files, folder in place.extensions:
        errors_before = problems.error_count
        layer = read_layer(files, folder, problems, EXTENSION)
        if (header := layer.header) is None:
            if problems.error_count == errors_before:
                problems.error("missing-file", f"there is no `{EXTENSION}`", missing(files, folder, EXTENSION))
            continue
        if header.name in read:
            notes = [(read[header.name].header.span, "first given here")]
            message = f"extension `{header.name}` is already there"
            problems.error("duplicate-id", message, header.span, help="give each its own name", notes=notes)
            continue
        _check_versions(header, place.versions, problems)
        read[header.name] = ReadExtension(header, layer, Extended(header.name, _digest(header, layer), header.span))
    return [*read.values()]


def _check_versions(header: Entry, versions: Sequence[str], problems: Problems) -> None:
    for scalar in header.scalars("versions"):
        if scalar.text not in versions:
            help_text = suggest(scalar.text, versions)
            message = f"there is no version `{echo(scalar.text)}`"
            problems.error("unknown-version", message, scalar.span, help=help_text)


def _digest(header: Entry, layer: Layer) -> str:
    """SHA-256 of what an extension says, as values; which cases it means to change is no part of that."""
    whole = {
        "extension": {key: value for key, value in header.value.items() if key != "changes"},
        "state": layer.schema and layer.schema[1],
        **{kind: _values(entries.values()) for kind, entries in (*layer.named.items(), ("tables", layer.tables))},
        **{f"clauses {kind}": _values(entries) for kind, entries in layer.clauses.items()},
        **{f"amended {kind}": _values(entries.values()) for kind, entries in layer.amended.items()},
    }
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _values(entries: Iterable[Entry]) -> list[tuple[str, object]]:
    return [(entry.name, entry.value) for entry in entries]


def with_extensions(written: Written, extensions: Iterable[ReadExtension], problems: Problems) -> Written:
    """A version with the extensions that are for it, each on top of those before it."""
    for extension in extensions:
        header = extension.header
        if header.value["extends"] != written.name:
            span = header.scalar("extends")
            assert span is not None
            message = (
                f"extension `{header.name}` is for `{header.value['extends']}`, and this policy is `{written.name}`"
            )
            problems.error("wrong-extension", message, span.span)
        elif written.version in header.value.get("versions", [written.version]):
            written = _extended(written, extension, problems)
    return written


def _extended(written: Written, extension: ReadExtension, problems: Problems) -> Written:
    noted = Problems()
    header, layer = extension.header, extension.layer
    assert isinstance(header.node, MappingNode)
    extensions = (*written.extensions, extension.extended)
    _check_new(written, extension, noted)
    if noted.errors:  # merged, it would be wrong in places that only follow from this
        problems.take(noted.sorted)
        return replace(written, incomplete=written.incomplete | {ANY}, extensions=extensions)
    changes = {key: each for key, each in header.node.entries.items() if key in ("amend", "withdraw")}
    change = replace(header, node=MappingNode(changes, header.node.span), value={})
    made = merged(written, layer, change, written.folder, noted)
    header = replace(made.header, name=written.header.name, span=written.header.span)
    made = replace(made, header=header, extensions=extensions)
    problems.take(map(made.noted, noted.sorted))
    return made


def _check_new(written: Written, extension: ReadExtension, problems: Problems) -> None:
    """Check that what an extension adds is new: a version to come may have something else of that name."""
    layer, withdrawn = extension.layer, extension.header.value.get("withdraw", {})
    for kind, base in _by_kind(written.named, written.clauses).items():
        group = "codes" if kind in CODES.values() else kind
        for name, entry in _by_kind(layer.named, layer.clauses)[kind].items():
            if name in base and name not in withdrawn.get(group, ()):
                twice = _Twice(f"{with_article(singular(kind))} `{echo(name)}`", entry.span, base[name].span)
                _not_new(twice, _OF_AN_ENTRY, written, problems)
    for name, entry in layer.tables.items():
        if name in written.tables and name not in withdrawn.get("tables", ()):
            for twice in _of_a_table(written.tables[name], entry):
                _not_new(twice, _OF_A_TABLE, written, problems)
    for twice in _of_a_schema(written.schema, layer.schema[0]) if layer.schema else ():
        _not_new(twice, _OF_A_SCHEMA, written, problems)


class _Twice(NamedTuple):
    """What an extension and its policy both have, and where each has it."""

    what: str
    span: Span
    there: Span


def _not_new(twice: _Twice, help_text: str, written: Written, problems: Problems) -> None:
    notes = [(twice.there, f"in version `{written.version}`")]
    message = f"the policy has {twice.what} already"
    problems.error("not-new", message, twice.span, help=help_text, notes=notes)


def _of_a_table(base: Entry, own: Entry) -> Iterator[_Twice]:
    """A table that is given whole, or else columns of it, though it has them: cells alone are merged."""
    if "key" in own.value:
        yield _Twice(f"a table `{own.name}`", own.span, base.span)
        return
    there = {name: span for name, span, _ in base.pairs("columns")}
    for name, span, _ in own.pairs("columns"):
        if name in there:
            yield _Twice(f"a column `{name}` in table `{own.name}`", span, there[name])


def _of_a_schema(base: Node, own: Node) -> Iterator[_Twice]:
    """What a schema says the kind of, though that is said already; keywords that change it are merged."""
    if not (isinstance(base, MappingNode) and isinstance(own, MappingNode)):
        return
    for name, span, node in own:
        if name in base.entries and name not in ("default", "x-default-entry"):
            there, inside = base.entries[name]
            if says_the_kind(node) and isinstance(inside, MappingNode):
                yield _Twice(f"`{echo(name)}` in its state", span, there)
            else:
                yield from _of_a_schema(inside, node)


def _by_kind(
    named: Mapping[str, Mapping[str, Entry]], clauses: Mapping[str, Iterable[Entry]]
) -> dict[str, Mapping[str, Entry]]:
    return {**named, **{kind: {entry.name: entry for entry in clauses[kind]} for kind in CLAUSES}}
