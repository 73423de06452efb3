"""Reads a version, and the versions that it extends."""

from __future__ import annotations

from typing import Any

from ..diagnostics import SourceText, Span, did_you_mean, echo, suggest
from ..errors import FileError, PolicyError
from ..problems import Problems
from ..source import INVISIBLE, MappingNode, Node, Scalar, SequenceNode, decode, parse
from .folders import HEADER, joined
from .kinds import CLAUSES, CODES, NAMED, SCHEMAS, Schema, renamed, singular
from .memory import Files
from .overlay import Layer, alone, merged
from .structure import read_value, values
from .written import Entry, Written

FORMAT = 1
ANY = "any"
"""Stands for every kind: a file could not be read at all."""
STATE = "state.schema.yaml"


def load_version(
    files: Files, version: str, problems: Problems, known: dict[str, Written], extending: tuple[str, ...] = ()
) -> Written | None:
    """A version among a policy's files, merged into the one it extends; nothing when a file of it can't be read.

    What is wrong goes to `problems`, and the version to `known`, whose versions are not read again.
    """
    if version not in known and (written := _read_version(files, version, problems, known, extending)) is not None:
        known[version] = written
    return known.get(version)


def _read_version(
    files: Files, version: str, problems: Problems, known: dict[str, Written], extending: tuple[str, ...]
) -> Written | None:
    errors_before = problems.error_count
    layer = _read_layer(files, version, problems)
    header = layer.header
    if header is None:
        if problems.error_count == errors_before:
            problems.error("missing-file", f"there is no `{HEADER}`", _missing(files, version, HEADER))
        return None
    is_whole = _check_header(header, version, problems)
    source = SourceText(files.shown(version), version)
    base: Written | None = None
    if "extends" in header.value:
        base = _load_base(files, version, header, problems, known, extending)
        if base is None:
            return None
    elif layer.schema is None:
        if not layer.incomplete:
            problems.error("missing-file", f"there is no `{STATE}`", _missing(files, version, STATE))
        return None
    if base is not None:
        layer.incomplete |= base.incomplete
    if not is_whole:
        return None
    if base is None:
        return alone(layer, header, source, problems)
    return merged(base, layer, header, source, problems)


def _missing(files: Files, version: str, name: str) -> Span:
    """The place of a file that is not there."""
    return Span(SourceText(joined(files.shown(version), name), name))


def _load_base(
    files: Files,
    version: str,
    header: Entry,
    problems: Problems,
    known: dict[str, Written],
    extending: tuple[str, ...],
) -> Written | None:
    base_version = str(header.value["extends"])
    written = header.child("extends")
    assert written is not None
    chain = (*extending, version)
    if base_version in chain:
        circle = " -> ".join([*chain, base_version])
        problems.error("circular-extends", f"the versions extend each other: {circle}", written.span)
        return None
    if base_version not in files.folders:
        problems.error(
            "unknown-version",
            f"there is no version `{echo(base_version)}`",
            written.span,
            help=did_you_mean(base_version, files.folders),
        )
        return None
    return load_version(files, base_version, problems, known, chain)


def _check_header(header: Entry, folder: str, problems: Problems) -> bool:
    """Whether the header has every key that it needs, after telling what is wrong with it."""
    value = header.value
    for key, given, expected in (("format", value["format"], FORMAT), ("version", value["version"], folder)):
        if given != expected:
            node = header.child(key)
            assert node is not None
            help_text = "this program reads format 1" if key == "format" else "name the folder as the version"
            message = (
                f"format {given} is not supported"
                if key == "format"
                else f"version `{given}` stands in folder `{expected}`"
            )
            problems.error(f"wrong-{key}", message, node.span, help=help_text)
    needed = () if "extends" in value else ("languages", "billing_changes", "title")
    for key in needed:
        if key not in value:
            problems.error("missing-key", f"the key `{key}` is missing here", header.node.span)
    return all(key in value for key in needed)


def _read_layer(files: Files, version: str, problems: Problems) -> Layer:
    layer = Layer()
    for relative in files.names(version):
        name = joined(files.shown(version), relative)
        try:
            withheld = files.is_withheld(version, relative)
            node = parse(decode(files.read(version, relative), name, f"{version}/{relative}", withheld=withheld))
        except PolicyError as error:
            problems.take(error.problems)
            layer.incomplete.add(ANY)
            continue
        except FileError as error:
            problems.error("file-error", error.message, Span(SourceText(name, relative)))
            layer.incomplete.add(ANY)
            continue
        _read_file(relative, node, layer, problems)
    return layer


def _read_file(relative: str, node: Node, layer: Layer, problems: Problems) -> None:
    if relative.rpartition("/")[2].startswith("."):
        problems.error(
            "hidden-file", "a policy has no hidden files", node.span, help="rename the file, or take it away"
        )
        layer.incomplete.add(ANY)
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
    kind = _kind(relative, node, problems)
    if kind is None:
        layer.incomplete.add(ANY)
        return
    _warn_invisible(node, problems)
    if kind in CLAUSES or kind in ("statements", *NAMED):
        _read_entries(kind, node, layer, problems)
        return
    errors_before = problems.error_count
    value = values(node, SCHEMAS[kind], problems)
    if problems.error_count > errors_before:
        layer.incomplete.add(kind)
    elif kind == "policy":
        layer.header = Entry(value["name"], node.span, node, value)
    elif kind == "table":
        _add(layer.tables, Entry(value["table"], _scalar(node, "table").span, node, value), "table", problems)
    else:
        _add_codes(node, value["codes"], layer, problems)


def _kind(relative: str, node: MappingNode, problems: Problems) -> str | None:
    """The kind of a policy file, by its first key (a table's by any), or nothing after noting that it has none."""
    kind = "policy" if relative == HEADER else "table" if "table" in node.entries else next(iter(node.entries))
    known = sorted(set(SCHEMAS) - {"index", "policy"})
    if kind in known or relative == HEADER:
        return kind
    help_text = renamed(kind, known) or suggest(kind, known)
    span = next(iter(node.entries.values()))[0]
    problems.error("unknown-kind", f"`{echo(kind)}` names no kind of policy file", span, help=help_text)
    return None


def _add_codes(node: MappingNode, value: Any, layer: Layer, problems: Problems) -> None:
    codes = node.get("codes")
    assert isinstance(codes, MappingNode)
    for group, _, entries in codes:
        assert isinstance(entries, MappingNode)
        for name, span, line in entries:
            _add(layer.named[CODES[group]], Entry(name, span, line, value[group][name]), "code", problems)


def _read_entries(kind: str, node: MappingNode, layer: Layer, problems: Problems) -> None:
    """Read a file of entries, each by itself: one that is wrong does not hide what is wrong with the others."""
    inside: Schema = SCHEMAS[kind]["properties"][kind]
    whole = {**SCHEMAS[kind], "properties": {kind: {"type": inside["type"]}}}
    errors_before = problems.error_count
    values(node, whole, problems)
    child = node.get(kind)
    if problems.error_count > errors_before or child is None:
        layer.incomplete.add(kind)
        return
    if isinstance(child, SequenceNode):
        entry_nodes: list[tuple[tuple[str, Span] | None, Node]] = [(None, item) for item in child.items]
        schema: Schema = inside["items"]
    else:
        assert isinstance(child, MappingNode)
        name_only: tuple[Span, Node] = (child.span, Scalar("", child.span, "'"))
        values(
            MappingNode(dict.fromkeys(child.entries, name_only), child.span),
            {"propertyNames": inside["propertyNames"]},
            problems,
        )
        entry_nodes = [((name, span), entry) for name, span, entry in child]
        schema = inside["additionalProperties"]
    for named, entry_node in entry_nodes:
        errors_before = problems.error_count
        value = values(entry_node, schema, problems)
        if problems.error_count > errors_before:
            layer.incomplete.add(kind)
            continue
        name, span = named or (_scalar(entry_node, "id").text, _scalar(entry_node, "id").span)
        _add_entry(kind, Entry(name, span, entry_node, value), layer, problems)


def _add_entry(kind: str, entry: Entry, layer: Layer, problems: Problems) -> None:
    if kind in CLAUSES:
        by_name = {each.name: each for each in layer.clauses[kind]}
        if _add(by_name, entry, singular(kind), problems):
            layer.clauses[kind].append(entry)
    else:
        _add(layer.named[kind], entry, singular(kind), problems)


def _scalar(node: Node, key: str) -> Scalar:
    scalar = node.get(key) if isinstance(node, MappingNode) else None
    assert isinstance(scalar, Scalar)
    return scalar


def _add(entries: dict[str, Entry], entry: Entry, kind: str, problems: Problems) -> bool:
    first = entries.setdefault(entry.name, entry)
    if first is not entry:
        message = f"{kind} `{echo(entry.name)}` is already there"
        notes = [(first.span, "first given here")]
        problems.error("duplicate-id", message, entry.span, help="give each its own name", notes=notes)
    return first is entry


def _warn_invisible(node: Node, problems: Problems) -> None:
    if isinstance(node, Scalar):
        if invisible := INVISIBLE.search(node.text):
            problems.warning(
                "invisible-character", f"the text has an invisible character U+{ord(invisible[0]):04X}", node.span
            )
        return
    for child in node.items if isinstance(node, SequenceNode) else [n for _, _, n in node]:
        _warn_invisible(child, problems)
