"""Reads a version, and the versions that it extends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..decoding import decode
from ..diagnostics import Diagnostic, SourceText, Span, did_you_mean, echo, suggest
from ..errors import FileError, PolicyError
from ..nodes import MappingNode, Node, Scalar, SequenceNode, children
from ..problems import Problems
from ..source import INVISIBLE, parse
from .defaults import with_defaults
from .folders import EXTENSION, HEADER, KeptFiles, joined
from .kinds import CLAUSES, CODES, PARTS, SCHEMAS, Schema, renamed, singular
from .kinds import EXTENSION as EXTENSION_SCHEMA
from .kinds import HEADER as HEADER_SCHEMA
from .memory import Files
from .overlay import Layer, alone, merged
from .strays import check_strays, in_folder, strays
from .structure import read_value, values
from .written import ANY, Entry, Written

FORMAT = 1
STATE = "state.schema.yaml"
_WHOLE = {kind: {"type": schema["type"]} for kind, schema in PARTS.items() if "type" in schema}
"""What stands under the key of a kind, before its entries are read."""
_NAMES = {kind: {"propertyNames": each["propertyNames"]} for kind, each in PARTS.items() if "propertyNames" in each}
"""What the names of its entries are, where they have some."""


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
    if HEADER not in files.all_names(version):
        _tell_no_header(files, version, problems)
        return None
    layer = read_layer(files, version, problems)
    header = layer.header
    if header is None:
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
            problems.error("missing-file", f"there is no `{STATE}`", missing(files, version, STATE))
        return None
    if base is not None:
        layer.incomplete |= base.incomplete
    if not is_whole:
        return None
    if base is None:
        return alone(layer, header, source, problems)
    return merged(base, layer, header, source, problems)


def _tell_no_header(files: Files, version: str, problems: Problems) -> None:
    """Say what a folder has instead of a header, or that it has none; nothing else of it is told."""
    instead = [*strays(files, version)]
    check_strays(files, instead, problems)
    if not instead:
        problems.error("missing-file", f"there is no `{HEADER}`", missing(files, version, HEADER))


def missing(files: Files, version: str, name: str) -> Span:
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
    place = header.place("extends")
    chain = (*extending, version)
    if base_version in chain:
        circle = " -> ".join([*chain, base_version])
        problems.error("circular-extends", f"the versions extend each other: {circle}", place)
        return None
    if base_version not in files.folders:
        problems.error(
            "unknown-version",
            f"there is no version `{echo(base_version)}`",
            place,
            help=did_you_mean(base_version, files.folders),
        )
        return None
    return load_version(files, base_version, problems, known, chain)


def _check_header(header: Entry, folder: str, problems: Problems) -> bool:
    """Whether the header has every key that it needs, after telling what is wrong with it."""
    value = header.value
    for key, given, expected in (("format", value["format"], FORMAT), ("version", value["version"], folder)):
        if given != expected:
            help_text = "this program reads format 1" if key == "format" else "name the folder as the version"
            message = (
                f"format {given} is not supported"
                if key == "format"
                else f"version `{given}` stands in folder `{expected}`"
            )
            problems.error(f"wrong-{key}", message, header.place(key), help=help_text)
    needed = () if "extends" in value else ("languages", "billing_changes", "title")
    for key in needed:
        if key not in value:
            problems.error("missing-key", f"the key `{key}` is missing here", header.node.span)
    return all(key in value for key in needed)


def read_layer(files: Files, version: str, problems: Problems, top: str = HEADER) -> Layer:
    """What the files in a folder say, of which `top` is the header: that of a version, or of an extension."""
    layer = Layer(top, files.known)
    if unread := [*in_folder(files, version)]:
        check_strays(files, unread, problems)
        layer.incomplete.add(ANY)
    nodes = [(relative, _read_node(files, version, relative, layer, problems)) for relative in files.names(version)]
    header = dict(nodes).get(top)
    layer.extends = isinstance(header, MappingNode) and "extends" in header.entries
    for relative, node in nodes:
        if node is not None:
            _read_file(relative, node, layer, problems)
    return layer


def _read_node(files: Files, version: str, relative: str, layer: Layer, problems: Problems) -> Node | None:
    name = joined(files.shown(version), relative)
    try:
        place, withheld = f"{version}/{relative}", files.is_withheld(version, relative)
        return nodes_of(files.known, files.read(version, relative), name, place, withheld=withheld)
    except PolicyError as error:
        problems.take(error.problems)
    except FileError as error:
        problems.error("file-error", error.message, Span(SourceText(name, relative)))
    layer.incomplete.add(ANY)
    return None


def nodes_of(known: KeptFiles | None, content: bytes, name: str, place: str, *, withheld: bool = False) -> Node:
    """The nodes of a file, as they are `known` if its bytes are still the same.

    Raises:
        PolicyError: it is no YAML, or uses what is left out of it.
    """

    def read() -> Node:
        return parse(decode(content, name, place, withheld=withheld))

    return read() if known is None else known.nodes((name, place, withheld), content, read)


def _read_file(relative: str, node: Node, layer: Layer, problems: Problems) -> None:
    if relative.rpartition("/")[2].startswith("."):
        problems.error(
            "hidden-file", "a policy has no hidden files", node.span, help="rename the file, or take it away"
        )
        layer.incomplete.add(ANY)
    elif not isinstance(node, MappingNode):
        problems.error("wrong-top", "the top of a policy file is a mapping", node.span)
        layer.incomplete.add(ANY)
    elif not node.entries:
        problems.error("empty-file", "the file is empty", node.span)
        layer.incomplete.add(ANY)
    elif relative == STATE:
        _add_schema(node, layer, problems)
    else:
        read_kinds(relative, node, layer, problems)


def read_kinds(relative: str, node: MappingNode, layer: Layer, problems: Problems) -> None:
    """Read a file that holds a header, one table, or what stands under the keys of some kinds."""
    errors_before = problems.error_count
    is_header = relative == layer.top
    if is_header:
        header = MappingNode({key: each for key, each in node.entries.items() if key not in PARTS}, node.span)
        value = values(header, EXTENSION_SCHEMA if layer.top == EXTENSION else HEADER_SCHEMA, problems)
        if problems.error_count == errors_before:
            layer.header = Entry(value["name"], node.span, header, value)
    elif "table" in node.entries:
        value = values(node, SCHEMAS["table"], problems)
        if problems.error_count == errors_before:
            _add(layer.tables, Entry(value["table"], _scalar(node, "table").span, node, value), "table", problems)
        else:
            layer.incomplete.add("table")
        node = MappingNode({}, node.span)
    for kind, span, inside in _with_defaults(node, layer, problems):
        if kind in PARTS:
            _read_part(kind, inside, layer, problems)
        elif not is_header:
            known = [*sorted(PARTS), "table"]
            help_text = renamed(kind, known) or suggest(kind, known)
            problems.error("unknown-kind", f"`{echo(kind)}` names no kind of policy file", span, help=help_text)
            layer.incomplete.add(ANY)
            break
    _warn_invisible(node, problems)


def _with_defaults(node: MappingNode, layer: Layer, problems: Problems) -> MappingNode:
    """The file, whose actions have the defaults that it has for them."""
    if not {"actions", "defaults"} & node.entries.keys():
        return node
    entries, errors_before = dict(node.entries), problems.error_count
    span, defaults = entries.pop("defaults", (node.span, MappingNode({}, node.span)))
    values(defaults, PARTS["defaults"], problems)
    actions = entries.get("actions")
    if actions is None:
        message, help_text = "there are no actions in this file", "defaults are of the actions that stand in their file"
        problems.error("unused-default", message, span, help=help_text)
    elif isinstance(actions[1], MappingNode) and problems.error_count == errors_before:
        assert isinstance(defaults, MappingNode)
        entries["actions"] = (actions[0], with_defaults(actions[1], defaults, problems))
    if problems.error_count > errors_before:
        layer.incomplete.add("actions")
        entries.pop("actions", None)
    return MappingNode(entries, node.span)


def _read_part(kind: str, node: Node, layer: Layer, problems: Problems) -> None:
    """Read what stands under the key of a kind."""
    if kind == "state":
        _add_schema(node, layer, problems)
    elif kind == "codes":
        errors_before = problems.error_count
        value = values(node, PARTS[kind], problems)
        if problems.error_count > errors_before:
            layer.incomplete.add(kind)
        else:
            assert isinstance(node, MappingNode)
            _add_codes(node, value, layer, problems)
    else:
        _read_entries(kind, node, layer, problems)


def _add_schema(node: Node, layer: Layer, problems: Problems) -> None:
    if layer.schema is None:
        layer.schema = (node, read_value(node, {}, problems))
    else:
        notes = [(layer.schema[0].span, "first given here")]
        message = "the schema of the state is already there"
        problems.error("duplicate-id", message, node.span, help="keep one of the two", notes=notes)


def _add_codes(node: MappingNode, value: Any, layer: Layer, problems: Problems) -> None:
    for group, _, entries in node:
        assert isinstance(entries, MappingNode)
        for name, span, line in entries:
            _add_entry(CODES[group], Entry(name, span, line, value[group][name]), layer, problems)


def _read_entries(kind: str, child: Node, layer: Layer, problems: Problems) -> None:
    """Read entries, each by itself: one that is wrong does not hide what is wrong with the others."""
    inside: Schema = PARTS[kind]
    incomplete = "table" if kind == "tables" else kind
    errors_before = problems.error_count
    values(child, _WHOLE[kind], problems)
    if problems.error_count > errors_before:
        layer.incomplete.add(incomplete)
        return
    if isinstance(child, SequenceNode):
        entry_nodes: list[tuple[tuple[str, Span] | None, Node]] = [(None, item) for item in child.items]
        schema: Schema = inside["items"]
    else:
        assert isinstance(child, MappingNode)
        name_only: tuple[Span, Node] = (child.span, Scalar("", child.span, "'"))
        values(
            MappingNode(dict.fromkeys(child.entries, name_only), child.span),
            _NAMES[kind],
            problems,
        )
        entry_nodes = [((name, span), entry) for name, span, entry in child]
        schema = inside["additionalProperties"]
    for named, entry_node in entry_nodes:
        value, of_entry = _value_of(entry_node, schema, layer.known)
        problems.take(_with_help(each, entry_node, layer) for each in of_entry.sorted)
        if of_entry.errors:
            layer.incomplete.add(incomplete)
            continue
        key = "amend" if isinstance(entry_node, MappingNode) and "amend" in entry_node.entries else "id"
        name, span = named or (_scalar(entry_node, key).text, _scalar(entry_node, key).span)
        _add_entry(kind, Entry(name, span, entry_node, value), layer, problems)


def _value_of(entry: Node, schema: Schema, known: KeptFiles | None) -> tuple[Any, Problems]:
    """The value of an entry, and what is wrong with it, as they are `known` if its file is the same."""

    def read() -> tuple[Any, Problems]:
        problems = Problems()
        return values(entry, schema, problems), problems

    return read() if known is None else known.made(entry, id(schema), read)


def _with_help(problem: Diagnostic, entry: Node, layer: Layer) -> Diagnostic:
    """What an entry lacks, with what changes single keys of the base's."""
    if problem.code != "missing-key" or problem.span != entry.span or not layer.extends or problem.help:
        return problem
    help_text = "this takes the place of an entry of the base, whole; `amend` changes single keys of it"
    return problem._replace(mend=help_text)


def _add_entry(kind: str, entry: Entry, layer: Layer, problems: Problems) -> None:
    """Take an entry, or what changes one of the base."""
    change = entry.node.get("amend") if isinstance(entry.node, MappingNode) else None
    what = {"tables": "table"}.get(kind) or ("code" if kind in CODES.values() else singular(kind))
    if isinstance(change, Scalar):
        assert isinstance(entry.node, MappingNode)
        keys = {key: each for key, each in entry.node.entries.items() if key != "amend"}
        _add(layer.amended[kind], replace(entry, node=MappingNode(keys, entry.node.span)), what, problems)
    elif change is not None:
        _add(layer.amended[kind], replace(entry, node=change), what, problems)
    elif kind == "tables":
        _add(layer.tables, replace(entry, value={"table": entry.name, **entry.value}), what, problems)
    elif kind in CLAUSES:
        by_name = {each.name: each for each in layer.clauses[kind]}
        if _add(by_name, entry, what, problems):
            layer.clauses[kind].append(entry)
    else:
        _add(layer.named[kind], entry, what, problems)


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
    for child in children(node):
        _warn_invisible(child, problems)
