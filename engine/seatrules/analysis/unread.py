"""What is written and never read: tables, their columns and cells, and the types of the state's `$defs`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnostics import Span
from ..language import tree as t
from ..language.types import MapOf
from ..nodes import MappingNode, Node, Scalar, children
from ..policy.written import Entry, Written
from ..problems import Problems
from ..program import Program
from ..program.program import called
from .coverage.table_cells import written_cells
from .proof.conditions import is_own
from .uses import ANY, NamedThing, Uses


def unread_tables(written: Written, program: Program, uses: Uses, problems: Problems) -> None:
    """Warn of tables, columns and cells of a version's own files that nothing reads."""
    known = set(_known(written))
    read: dict[str, set[tuple[str, ...]]] = {}
    for named in uses.named_by:
        if named.kind == "cells":
            name, *cell = named.name.split("/")
            read.setdefault(name, set()).add(tuple(cell))
    for name, entry in written.tables.items():
        cells = read.get(name, set())
        if not cells and NamedThing("tables", name) not in uses and not {each for each in known if each[0] == name}:
            if is_own(entry.span, written):
                problems.warning("unused-table", f"nothing reads the table `{name}`", entry.span, help="take it away")
            continue
        columns = {cell[-1] for cell in cells} | {column for of, column in known if of == name}
        names = called(program.tables[name])
        columns |= names
        for column, span, _ in entry.pairs("columns"):
            if column not in columns and is_own(span, written):
                message = f"nothing reads the column `{column}` of table `{name}`"
                problems.warning("unused-column", message, span, help="take it away")
        named_only = {c for c in columns if not any(ANY in cell for cell in cells if cell[-1] == c)} - names
        named_only -= {column for of, column in known if of == name}
        for keys, column, span in _unread_cells(program, entry, cells, named_only):
            if is_own(span, written):
                row = "` and `".join(keys)
                message = f"nothing reads the cell `{column}` of `{row}` in table `{name}`"
                help_text = "read it by a key that a request gives, or say what is read as a cutoff or a fact"
                problems.warning("unused-cell", message, span, help=help_text)


def _known(written: Written) -> Iterator[tuple[str, str]]:
    """The tables and columns that hold the words which a text is likely to be."""
    for node in (written.schema, *(entry.node for entry in written.named["actions"].values())):
        for key, scalar in _scalars(node):
            if key in ("x-known", "known"):
                name, _, column = scalar.text.partition(".")
                yield name, column


def _unread_cells(
    program: Program, entry: Entry, cells: set[tuple[str, ...]], columns: set[str]
) -> Iterator[tuple[tuple[str, ...], str, Span]]:
    """The cells of columns that are read by keys which are written out, and by none of these."""
    table = program.tables[entry.name]
    if table.days is None:
        for _, keys, column, span in written_cells(table, entry):
            if column in columns and (*keys, column) not in cells:
                yield keys, column, span


def unread_types(written: Written, problems: Problems) -> None:
    """Warn of the types of the state's `$defs` that neither the schema nor a declaration names."""
    schema = written.schema
    defs = schema.get("$defs") if isinstance(schema, MappingNode) else None
    if not isinstance(defs, MappingNode):
        return
    refers = {scalar.text.rpartition("/")[2] for key, scalar in _scalars(schema) if key == "$ref"}
    named = {word for text in _declared(written) for word in re.findall(r"\w+", text)}
    for name, span, _ in defs:
        if name not in refers | named and is_own(span, written):
            message = f"nothing names `{name}` of the state's `$defs`"
            problems.warning("unused-type", message, span, help="take it away, or refer to it")


def unread_defaults(written: Written, program: Program, problems: Problems) -> None:
    """Warn of the entries by default of maps of which no clause reads or changes an entry by its key."""
    of_actions = (clause for action in program.actions.values() for clause in action.clauses)
    others = (*program.events, *program.invariants, *program.asides, *program.goals, *program.overview)
    exprs = [expr for clause in (*of_actions, *others) for expr in clause.expressions]
    exprs += [fact.value for fact in program.facts.values()]
    maps = [t.unwrapped(part.of) for expr in exprs for part in t.parts(expr) if isinstance(part, t.Index)]
    maps = [each for each in maps if isinstance(each.type, MapOf)]
    read = {each.name for each in maps if isinstance(each, t.Property | t.Field)}
    if any(not isinstance(each, t.Property | t.Field) for each in maps):
        return  # it may be any map
    for name, node in _schemas(written.schema):
        default = node.entries.get("x-default-entry")
        if name and default is not None and name not in read and is_own(default[0], written):
            message = (
                f"nothing reads an entry of `{name}` by its key: what one that is not there reads as has no effect"
            )
            problems.warning("unused-default", message, default[0], help="take it away")


def _schemas(node: Node, name: str = "") -> Iterator[tuple[str, MappingNode]]:
    """Each schema below one, with the name of the property that it is of, where it is of one alone."""
    if isinstance(node, MappingNode):
        yield name, node
        for key, _, child in node:
            if key == "$defs":  # of a type that may be that of several properties
                yield from (each for _, _, kind in _pairs(child) for each in _schemas(kind))
            else:
                yield from _schemas(child, name if key in ("additionalProperties", "items") else key)


def _pairs(node: Node) -> Iterator[tuple[str, Span, Node]]:
    return iter(node if isinstance(node, MappingNode) else ())


def _declared(written: Written) -> Iterator[str]:
    """Every text in which a type may be named: of arguments, parameters, what facts give, keys and columns."""
    entries = [entry for kind in ("actions", "facts") for entry in written.named[kind].values()]
    for entry in (*entries, *written.tables.values()):
        for path in (("arguments",), ("given",), ("gives",), ("key",), ("columns",)):
            if (node := entry.child(*path)) is not None:
                yield from (scalar.text for _, scalar in _scalars(node))


def _scalars(node: Node, key: str = "") -> Iterator[tuple[str, Scalar]]:
    """Every scalar of a node, with the key under which it stands."""
    if isinstance(node, Scalar):
        yield key, node
    elif isinstance(node, MappingNode):
        for name, _, child in node:
            yield from _scalars(child, name)
    else:
        for child in children(node):
            yield from _scalars(child, key)
