"""Reads a version's folder, and merges it into the version that it extends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..diagnostics import FileError, PolicyError, Problems, SourceText, Span, did_you_mean, echo, listed
from ..source import INVISIBLE, Node, Scalar, Sequence, decode, parse, read_bytes
from ..source import Mapping as MappingNode
from .kinds import CLAUSES, NAMED, SCHEMAS, Schema
from .locate import HEADER, policy_files
from .structure import read_value, values
from .written import Entry, Written

FORMAT = 1
ANY = "any"
"""Stands for every kind: a file could not be read at all."""
STATE = "state.schema.yaml"
_CODES = ("reasons", "outcome codes", "warnings", "terminal")
_LISTED = {**dict.fromkeys(CLAUSES, "id"), "statements": "id"}


@dataclass
class _Layer:
    """What one folder says; `incomplete` names the kinds of files of which a part could not be read."""

    incomplete: set[str] = field(default_factory=set)

    header: Entry | None = None
    schema: tuple[Node, Any] | None = None
    named: dict[str, dict[str, Entry]] = field(default_factory=lambda: {k: {} for k in (*NAMED, "statements", *_CODES)})
    tables: dict[str, Entry] = field(default_factory=dict)
    clauses: dict[str, list[Entry]] = field(default_factory=lambda: {k: [] for k in CLAUSES})


_CODE_KINDS = {"reasons": "reasons", "outcomes": "outcome codes", "warnings": "warnings", "terminal": "terminal"}


def load_version(folder: Path, name: str, problems: Problems, extending: tuple[str, ...] = ()) -> Written | None:
    """The version in `folder`, merged into the one it extends; nothing when a file of it can't be read.

    `name` is what people call the folder. What is wrong goes to `problems`.
    """
    before = len(problems.errors)
    layer = _read_layer(folder, name, problems)
    header = layer.header
    if header is None:
        if len(problems.errors) == before:
            problems.error("missing-file", f"there is no `{HEADER}`", Span(SourceText(_join(name, HEADER), HEADER)))
        return None
    _check_header(header, folder, problems)
    source = SourceText(name, folder.name)
    base: Written | None = None
    if "extends" in header.value:
        base = _load_base(folder, name, header, problems, extending)
        if base is None:
            return None
    elif layer.schema is None:
        if not layer.incomplete:
            problems.error("missing-file", f"there is no `{STATE}`", Span(SourceText(_join(name, STATE), STATE)))
        return None
    if base is not None:
        layer.incomplete |= base.incomplete
    if any(problem.code == "missing-key" and problem.span == header.node.span for problem in problems.errors):
        return None
    return _merge(base, layer, header, source, problems)


def _load_base(
    folder: Path, name: str, header: Entry, problems: Problems, extending: tuple[str, ...]
) -> Written | None:
    wanted = str(header.value["extends"])
    written = header.child("extends")
    assert written is not None
    chain = (*extending, folder.name)
    if wanted in chain:
        circle = " -> ".join([*chain, wanted])
        problems.error("circular-extends", f"the versions extend each other: {circle}", written.span)
        return None
    path = folder.parent / wanted
    if not path.is_dir():
        versions = sorted(child.name for child in folder.parent.iterdir() if child.is_dir())
        problems.error(
            "unknown-version",
            f"there is no version `{echo(wanted)}`",
            written.span,
            help=did_you_mean(wanted, versions),
        )
        return None
    return load_version(path, _join(str(Path(name).parent), wanted), problems, chain)


def _check_header(header: Entry, folder: Path, problems: Problems) -> None:
    value = header.value
    for key, found, wanted in (("format", value["format"], FORMAT), ("version", value["version"], folder.name)):
        if found != wanted:
            node = header.child(key)
            assert node is not None
            help_text = "this program reads format 1" if key == "format" else "name the folder as the version"
            message = (
                f"format {found} is not supported"
                if key == "format"
                else f"version `{found}` stands in folder `{wanted}`"
            )
            problems.error(f"wrong-{key}", message, node.span, help=help_text)
    if "extends" not in value:
        for key in ("languages", "billing_changes", "title"):
            if key not in value:
                problems.error("missing-key", f"the key `{key}` is missing here", header.node.span)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder not in ("", ".") else name


def _read_layer(folder: Path, name: str, problems: Problems) -> _Layer:
    layer = _Layer()
    for relative in policy_files(folder):
        try:
            source = decode(
                read_bytes(folder / relative, _join(name, relative)), _join(name, relative), f"{folder.name}/{relative}"
            )
            node = parse(source)
        except PolicyError as error:
            problems.take(error.problems)
            layer.incomplete.add(ANY)
            continue
        except FileError as error:
            problems.error("file-error", error.message, Span(SourceText(_join(name, relative), relative)))
            layer.incomplete.add(ANY)
            continue
        _read_file(relative, node, layer, problems)
    return layer


def _read_file(relative: str, node: Node, layer: _Layer, problems: Problems) -> None:
    if Path(relative).name.startswith("."):
        problems.error(
            "hidden-file", "a policy has no hidden files", node.span, help="rename the file, or take it away"
        )
        return
    if not isinstance(node, MappingNode):
        problems.error("wrong-top", "the top of a policy file is a mapping", node.span)
        layer.incomplete.add(ANY)
        return
    if not node.entries:
        problems.error("empty-file", "the file is empty", node.span)
        layer.incomplete.add(ANY)
        return
    if relative == STATE:
        layer.schema = (node, read_value(node, {}, problems))
        return
    kind = "policy" if relative == HEADER else "table" if "table" in node.entries else next(iter(node.entries))
    if kind not in SCHEMAS or kind in ("index",) or (kind == "policy" and relative != HEADER):
        known = sorted(set(SCHEMAS) - {"index", "policy"})
        span = next(iter(node.entries.values()))[0]
        problems.error(
            "unknown-kind",
            f"`{echo(kind)}` names no kind of policy file",
            span,
            help=did_you_mean(kind, known) or f"there are {listed(known)}",
        )
        return
    _warn_invisible(node, problems)
    if kind in CLAUSES or kind in ("statements", *NAMED):
        _read_entries(kind, node, layer, problems)
        return
    before = len(problems.errors)
    value = values(node, SCHEMAS[kind], problems)
    if len(problems.errors) > before:
        layer.incomplete.add(kind)
        return
    if kind == "policy":
        layer.header = Entry(value["name"], node.span, node, value)
    elif kind == "table":
        _add(layer.tables, Entry(value["table"], _scalar(node, "table").span, node, value), "table", problems)
    elif kind == "codes":
        codes = node.get("codes")
        assert isinstance(codes, MappingNode)
        for group, _, child in codes:
            assert isinstance(child, MappingNode)
            for name, span, line in child:
                _add(
                    layer.named[_CODE_KINDS[group]],
                    Entry(name, span, line, value["codes"][group][name]),
                    "code",
                    problems,
                )


def _read_entries(kind: str, node: MappingNode, layer: _Layer, problems: Problems) -> None:
    """Read a file of entries, each by itself: one that is wrong does not hide what is wrong with the others."""
    is_list = kind in _LISTED
    inside: Schema = SCHEMAS[kind]["properties"][kind]
    whole = {**SCHEMAS[kind], "properties": {kind: {"type": inside["type"]}}}
    before = len(problems.errors)
    values(node, whole, problems)
    child = node.get(kind)
    if len(problems.errors) > before or child is None:
        layer.incomplete.add(kind)
        return
    if isinstance(child, Sequence):
        found: list[tuple[tuple[str, Span] | None, Node]] = [(None, item) for item in child.items]
    else:
        assert isinstance(child, MappingNode)
        values(
            MappingNode(dict.fromkeys(child.entries, (child.span, Scalar("", child.span, "'"))), child.span),
            {"propertyNames": inside["propertyNames"]},
            problems,
        )
        found = [((name, span), entry) for name, span, entry in child]
    for named, entry_node in found:
        before = len(problems.errors)
        value = values(entry_node, inside["items"] if is_list else inside["additionalProperties"], problems)
        if len(problems.errors) > before:
            layer.incomplete.add(kind)
            continue
        name, span = named or (_scalar(entry_node, "id").text, _scalar(entry_node, "id").span)
        _add_entry(kind, Entry(name, span, entry_node, value), layer, problems)


def _add_entry(kind: str, entry: Entry, layer: _Layer, problems: Problems) -> None:
    if kind in CLAUSES:
        seen = {each.name: each for each in layer.clauses[kind]}
        if _add(seen, entry, kind.removesuffix("s"), problems):
            layer.clauses[kind].append(entry)
    else:
        _add(layer.named[kind], entry, kind.removesuffix("s"), problems)


def _scalar(node: Node, key: str) -> Scalar:
    found = node.get(key) if isinstance(node, MappingNode) else None
    assert isinstance(found, Scalar)
    return found


def _add(entries: dict[str, Entry], entry: Entry, kind: str, problems: Problems) -> bool:
    first = entries.setdefault(entry.name, entry)
    if first is not entry:
        message = f"{kind} `{echo(entry.name)}` is already there"
        notes = [(first.span, "first given here")]
        problems.error("duplicate-id", message, entry.span, help="give each its own name", notes=notes)
    return first is entry


def _warn_invisible(node: Node, problems: Problems) -> None:
    if isinstance(node, Scalar):
        if found := INVISIBLE.search(node.text):
            problems.warning(
                "invisible-character", f"the text has an invisible character U+{ord(found[0]):04X}", node.span
            )
        return
    for child in node.items if isinstance(node, Sequence) else [n for _, _, n in node]:
        _warn_invisible(child, problems)


def _merge(base: Written | None, layer: _Layer, header: Entry, folder: SourceText, problems: Problems) -> Written:
    if base is None:
        assert layer.schema is not None
        for entry in (each for entries in layer.clauses.values() for each in entries):
            if before := entry.scalar("before"):
                message = "`before` is for a version that extends another"
                problems.error("misplaced-before", message, before.span, help="write the entry where it belongs")
        tables, clauses = layer.tables, {kind: tuple(entries) for kind, entries in layer.clauses.items()}
        return Written(
            header.value["name"],
            header.value["version"],
            folder,
            header,
            *layer.schema,
            layer.named,
            tables,
            clauses,
            frozenset(layer.incomplete),
        )
    gone = _Withdrawals(header, problems)
    header = _merge_header(base.header, header)
    named = {
        kind: {**gone.taken(_PLURAL.get(kind, kind), base.named[kind]), **layer.named[kind]} for kind in base.named
    }
    gone.codes_done()
    tables = dict(gone.taken("tables", base.tables))
    for name, entry in layer.tables.items():
        tables[name] = _merge_table(tables[name], entry) if name in tables else entry
    clauses = {}
    for kind in CLAUSES:
        kept = gone.taken(kind, {entry.name: entry for entry in base.clauses[kind]})
        clauses[kind] = tuple(_merge_clauses(list(kept.values()), layer.clauses[kind], problems))
    schema = layer.schema or (base.schema, base.schema_value)
    return Written(
        header.value["name"],
        header.value["version"],
        folder,
        header,
        *schema,
        named,
        tables,
        clauses,
        frozenset(layer.incomplete),
    )


_PLURAL = dict.fromkeys(_CODES, "codes")


def _merge_header(base: Entry, header: Entry) -> Entry:
    """The header with what it does not say itself taken over from the base's."""
    assert isinstance(base.node, MappingNode)
    assert isinstance(header.node, MappingNode)
    node = MappingNode({**base.node.entries, **header.node.entries}, header.node.span)
    return replace(header, node=node, value={**base.value, **header.value})


class _Withdrawals:
    """What an overlay takes away; withdrawing what is not there is an error."""

    def __init__(self, header: Entry, problems: Problems) -> None:
        self.header, self.problems = header, problems
        self.codes: set[str] = set()

    def taken(self, kind: str, entries: Mapping[str, Entry]) -> dict[str, Entry]:
        names = {scalar.text: scalar for scalar in self.header.scalars("withdraw", kind)}
        for name, scalar in names.items():
            if kind == "codes":
                self.codes |= {name} & set(entries)
            elif name not in entries:
                help_text = did_you_mean(name, entries)
                self.problems.error(
                    "withdraws-nothing", f"there is no `{echo(name)}` among the {kind}", scalar.span, help=help_text
                )
        return {name: entry for name, entry in entries.items() if name not in names}

    def codes_done(self) -> None:
        for scalar in self.header.scalars("withdraw", "codes"):
            if scalar.text not in self.codes:
                self.problems.error(
                    "withdraws-nothing", f"there is no `{echo(scalar.text)}` among the codes", scalar.span
                )


def _merge_clauses(kept: list[Entry], new: list[Entry], problems: Problems) -> list[Entry]:
    names = [entry.name for entry in kept]
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
            kept[names.index(entry.name)] = entry
        elif before is None:
            kept.append(entry)
        elif before.text in names:
            kept.insert(names.index(before.text), entry)
        else:
            problems.error(
                "unknown-id",
                f"there is no `{echo(before.text)}` to stand before",
                before.span,
                help=did_you_mean(before.text, names),
            )
        names = [each.name for each in kept]
    return kept


def _merge_table(base: Entry, overlay: Entry) -> Entry:
    """The table with the overlay's cells in place of the base's; keys that the overlay leaves out stay."""
    node = _merge_nodes(base.node, overlay.node)
    return replace(base, node=node, value=_merge_values(base.value, overlay.value))


def _merge_nodes(base: Node, overlay: Node) -> Node:
    if not (isinstance(base, MappingNode) and isinstance(overlay, MappingNode)):
        return overlay
    entries = dict(base.entries)
    for key, span, node in overlay:
        entries[key] = (span, _merge_nodes(entries[key][1], node) if key in entries else node)
    return MappingNode(entries, base.span)


def _merge_values(base: Any, overlay: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(overlay, dict)):
        return overlay
    return {
        **base,
        **{key: _merge_values(base[key], value) if key in base else value for key, value in overlay.items()},
    }
