"""Merges what a version's folder says into the version that it extends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..diagnostics import SourceText, did_you_mean, echo
from ..nodes import MappingNode, Node
from ..problems import Problems
from .amend import amended, amended_schema
from .dated import merged_rows
from .folders import KeptFiles
from .kinds import CLAUSES, CODES, ENTRIES, HEADER, NAMED, singular
from .structure import read_value, values
from .written import Entry, Written, may_lack

_BY_NAME = (*NAMED, "statements", *CODES.values())


@dataclass
class Layer:
    """What one folder says; `incomplete` names the kinds of files of which a part could not be read.

    `top` is the file of its header, `amended` what changes entries of the base, by kind and name; `extends` says that
    there is one.
    """

    top: str
    known: KeptFiles | None = None
    extends: bool = False
    incomplete: set[str] = field(default_factory=set)
    header: Entry | None = None
    schema: tuple[Node, Any] | None = None
    named: dict[str, dict[str, Entry]] = field(default_factory=lambda: {k: {} for k in _BY_NAME})
    tables: dict[str, Entry] = field(default_factory=dict)
    clauses: dict[str, list[Entry]] = field(default_factory=lambda: {k: [] for k in CLAUSES})
    amended: dict[str, dict[str, Entry]] = field(default_factory=lambda: {k: {} for k in (*_BY_NAME, *CLAUSES)})


def alone(layer: Layer, header: Entry, folder: SourceText, problems: Problems) -> Written:
    """The version that a layer is by itself."""
    assert layer.schema is not None
    for entry in (each for entries in layer.clauses.values() for each in entries):
        if before := entry.scalar("before"):
            message = "`before` is for a version that extends another"
            problems.error("misplaced-before", message, before.span, help="write the entry where it belongs")
    for change in (each for changes in layer.amended.values() for each in changes.values()):
        message = "`amend` is for a version that extends another"
        problems.error("misplaced-amend", message, change.span, help="write the entry whole")
    clauses = {kind: tuple(entries) for kind, entries in layer.clauses.items()}
    return Written(folder, header, *layer.schema, layer.named, layer.tables, clauses, frozenset(layer.incomplete))


def merged(base: Written, layer: Layer, header: Entry, folder: SourceText, problems: Problems) -> Written:
    """The version that a layer makes of its base."""
    withdrawals = _Withdrawals(header, base, problems)
    amendments = _Amendments(layer, base, problems)
    named = {}
    for kind, entries in base.named.items():
        group = "codes" if kind in CODES.values() else kind
        kept = withdrawals.remaining(group, entries)
        amendments.check(kind, kept, entries, layer.named[kind])
        named[kind] = {**amendments.made(kind, kept), **layer.named[kind]}
    withdrawals.check_codes()
    tables = withdrawals.remaining("tables", base.tables)
    for name, entry in layer.tables.items():
        if name in tables:
            tables[name] = _merge_table(tables[name], entry, problems)
        elif not base.may_lack("tables"):  # else it may be some cells of a table that could not be read
            tables[name] = entry
    clauses = {}
    for kind in CLAUSES:
        entries = {entry.name: entry for entry in base.clauses[kind]}
        kept = withdrawals.remaining(kind, entries)
        amendments.check(kind, kept, entries, {entry.name: entry for entry in layer.clauses[kind]})
        is_whole = not may_lack(base.incomplete | layer.incomplete, kind)
        of_base = [*amendments.made(kind, kept).values()]
        clauses[kind] = tuple(_merge_clauses(of_base, layer.clauses[kind], problems, is_whole=is_whole))
    schema = _merge_schema(base, layer, problems)
    incomplete = base.incomplete | layer.incomplete
    header = _merge_header(base.header, header, problems)
    return Written(folder, header, *schema, named, tables, clauses, incomplete, base.extensions)


def _merge_schema(base: Written, layer: Layer, problems: Problems) -> tuple[Node, Any]:
    """The schema of the state with what the layer changes of it."""
    if layer.schema is None:
        return base.schema, base.schema_value
    node = amended_schema(base.schema, layer.schema[0], problems)
    return node, read_value(node, {}, problems)


def _merge_header(base: Entry, header: Entry, problems: Problems) -> Entry:
    """The header with what it does not say itself taken over from the base's."""
    assert isinstance(base.node, MappingNode)
    assert isinstance(header.node, MappingNode)
    own = {key: each for key, each in header.node.entries.items() if key != "amend"}
    node = MappingNode({**base.node.entries, **own}, header.node.span)
    change = header.child("amend")
    if change is None:
        return replace(header, node=node, value={**base.value, **header.value})
    changed = amended(node, change, problems)
    assert isinstance(changed, MappingNode)
    node = MappingNode(changed.entries, header.node.span)
    return replace(header, node=node, value=values(node, HEADER, problems))


class _Amendments:
    """What a layer changes of its base's entries; a change of what is not there is an error."""

    def __init__(self, layer: Layer, base: Written, problems: Problems) -> None:
        self.layer, self.base, self.problems = layer, base, problems

    def check(
        self, kind: str, kept: Mapping[str, Entry], base: Mapping[str, Entry], added: Mapping[str, Entry]
    ) -> None:
        """Check that a layer changes what is still there of the base's, and does not write the same entry whole too."""
        for name, change in self.layer.amended[kind].items():
            what = f"{singular(kind)} `{echo(name)}`"
            if before := change.scalar("before"):
                message = f"{what} stays in its place"
                self.problems.error("misplaced-before", message, before.span, help="leave `before` out")
            if name in added:
                notes = [(added[name].span, "given whole here")]
                message = f"{what} is given whole in the same version: there is nothing to amend"
                help_text = "write all of it in one place"
                self.problems.error("misplaced-amend", message, change.span, help=help_text, notes=notes)
            elif name not in kept and (name in base or not self.base.may_lack(kind)):
                message = f"there is no {what} to amend"
                why = "it is withdrawn in the same version" if name in base else did_you_mean(name, kept)
                self.problems.error("amends-nothing", message, change.span, help=why)
            elif isinstance(change.node, MappingNode) and not change.node.entries.keys() - {"before"}:
                message = f"nothing changes of {what}"
                self.problems.error("amends-nothing", message, change.span, help="say what changes, or take it away")

    def made(self, kind: str, entries: Mapping[str, Entry]) -> dict[str, Entry]:
        """The entries of the base with what changes them."""
        changes = self.layer.amended[kind]
        return {
            name: self._made(kind, each, changes[name]) if name in changes else each for name, each in entries.items()
        }

    def _made(self, kind: str, base: Entry, change: Entry) -> Entry:
        if not isinstance(base.node, MappingNode):
            message = (
                f"{singular(kind)} `{echo(base.name)}` has one text for all languages: no single one can be amended"
            )
            notes = [(base.span, "given here")]
            self.problems.error("misplaced-amend", message, change.span, help="write it whole", notes=notes)
            return base
        of_entry = Problems()
        node = amended(base.node, change.node, of_entry)
        value = values(node, ENTRIES[kind], of_entry)
        self.problems.take(of_entry.sorted)
        if of_entry.errors:
            self.layer.incomplete.add(kind)
            return base
        return replace(base, node=node, value=value)


class _Withdrawals:
    """What an overlay takes away; withdrawing what is not there is an error."""

    def __init__(self, header: Entry, base: Written, problems: Problems) -> None:
        self.header, self.base, self.problems = header, base, problems
        self.codes: set[str] = set()

    def remaining(self, kind: str, entries: Mapping[str, Entry]) -> dict[str, Entry]:
        names = {scalar.text: scalar for scalar in self.header.scalars("withdraw", kind)}
        for name, scalar in names.items():
            if kind == "codes":
                self.codes |= {name} & set(entries)
            elif name not in entries and not self.base.may_lack(kind):
                help_text = did_you_mean(name, entries)
                self.problems.error(
                    "withdraws-nothing", f"there is no `{echo(name)}` among the {kind}", scalar.span, help=help_text
                )
        return {name: entry for name, entry in entries.items() if name not in names}

    def check_codes(self) -> None:
        for scalar in self.header.scalars("withdraw", "codes"):
            if scalar.text not in self.codes and not self.base.may_lack("codes"):
                self.problems.error(
                    "withdraws-nothing", f"there is no `{echo(scalar.text)}` among the codes", scalar.span
                )


def _merge_clauses(entries: list[Entry], new: list[Entry], problems: Problems, *, is_whole: bool) -> list[Entry]:
    """The base's entries and the new ones, each in its place; `is_whole` says that all of both could be read."""
    names = [entry.name for entry in entries]
    for entry in new:
        before = entry.scalar("before")
        if before is not None and entry.name in names:
            problems.error(
                "misplaced-before",
                f"`{entry.name}` replaces an entry, in its place",
                before.span,
                help="leave `before` out",
            )
        if entry.name in names:
            entries[names.index(entry.name)] = entry
        elif before is not None and before.text in names:
            entries.insert(names.index(before.text), entry)
        elif before is None or not is_whole:
            entries.append(entry)
        else:
            problems.error(
                "unknown-id",
                f"there is no `{echo(before.text)}` to stand before",
                before.span,
                help=did_you_mean(before.text, names),
            )
        names = [each.name for each in entries]
    return entries


def _merge_table(base: Entry, overlay: Entry, problems: Problems) -> Entry:
    """The table with the overlay's cells in place of the base's; keys that the overlay leaves out stay."""
    if base.value.get("dated") or overlay.value.get("dated"):
        return _merge_dated(base, overlay, problems)
    node = _merge_nodes(base.node, overlay.node)
    return replace(base, node=node, value=merged_values(base.value, overlay.value))


def _merge_dated(base: Entry, overlay: Entry, problems: Problems) -> Entry:
    """A dated table with an overlay's entries, each by its day; the base may be no dated one."""
    node = merged_rows(base.node, overlay.node, base.name, problems)
    return replace(base, node=node, value={"table": base.name, **read_value(node, ENTRIES["tables"], Problems())})


def _merge_nodes(base: Node, overlay: Node) -> Node:
    if not (isinstance(base, MappingNode) and isinstance(overlay, MappingNode)):
        return overlay
    entries = dict(base.entries)
    for key, span, node in overlay:
        entries[key] = (span, _merge_nodes(entries[key][1], node) if key in entries else node)
    return MappingNode(entries, base.span)


def merged_values(base: Any, overlay: Any) -> Any:
    """`base` with `overlay` merged in key by key; lists and single values are replaced."""
    if not (isinstance(base, dict) and isinstance(overlay, dict)):
        return overlay
    new = {key: merged_values(base[key], value) if key in base else value for key, value in overlay.items()}
    return {**base, **new}
