"""Binds and types every entry of a policy as written; collects what is wrong and goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..diagnostics import Problems, Span, did_you_mean, echo, listed
from ..language import tree as t
from ..language.check import CALLABLE, Names, Signature, check, check_loop, is_date, present_paths
from ..language.interpret import FactBody
from ..language.parse import SILENT, ExpressionError
from ..language.text import Message, parse_message
from ..language.types import (
    Boolean,
    Date,
    Integer,
    Key,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Table,
    Text,
    Translated,
    Type,
    Word,
    known,
)
from ..language.types import (
    Entry as EntryType,
)
from ..policy.load import ANY
from ..policy.structure import INTEGER
from ..policy.written import Entry, Written
from ..source import Mapping as MappingNode
from ..source import Node, Scalar
from .program import ActionProgram, Clause, Program
from .state import StateTypes

MAX_SIZE = 5000
_WAKE = {
    "actions": ("unknown-action",),
    "codes": ("unknown-code",),
    "cutoffs": ("unknown-cutoff",),
    "facts": ("unknown-name", "unknown-function"),
    "outcomes": ("no-outcome",),
    "settings": ("unknown-setting",),
    "statements": ("unknown-statement",),
    "table": ("unknown-name",),
}
_PLAIN: dict[str, Type] = {
    "boolean": Boolean(),
    "count": Integer(minimum=0),
    "date": Date(),
    "integer": Integer(),
    "string": Text(),
    "text": Translated(),
}


def compile_policy(written: Written, settings: Mapping[str, Any], problems: Problems) -> Program:
    """The program of a policy version with these choices; what is wrong goes to `problems`.

    The program is whole only when `problems` holds no error.
    """
    found = Problems()
    program = _Binder(written, settings, found).program()
    # What is declared where a file could not be read seems not to be there; that has been told already.
    wake = {code for kind, codes in _WAKE.items() if {kind, ANY} & written.incomplete for code in codes}
    problems.take(problem for problem in found.sorted if problem.code not in wake)
    return program


class _Facts(Mapping[str, Signature]):
    """The facts, each typed when it is first needed."""

    def __init__(self, binder: _Binder) -> None:
        self.binder = binder
        self.entries = binder.written.named["facts"]
        self.signatures: dict[str, Signature | None] = {}
        self.bodies: dict[str, FactBody] = {}
        self.sizes: dict[str, int] = {}
        self.open: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __getitem__(self, name: str) -> Signature:
        if name in self.open:
            circle = " -> ".join([*self.open[self.open.index(name) :], name])
            self.binder.problems.error(
                "recursive-fact", f"facts do not recurse: {circle}", self.entries[self.open[-1]].span
            )
            self.signatures[name] = None
        if name not in self.signatures:
            self.open.append(name)
            signature = self.binder.fact(self.entries[name])
            self.signatures.setdefault(name, signature)
            self.open.pop()
        found = self.signatures[name]
        if found is None:
            raise ExpressionError(SILENT, f"`{name}` is wrong itself", 0)
        return found


class _Binder:
    def __init__(self, written: Written, settings: Mapping[str, Any], problems: Problems) -> None:
        self.written, self.problems = written, problems
        self.types = StateTypes(written.schema, written.schema_value, problems)
        self.statements = written.named["statements"]
        self.broken: set[str] = set()
        self.read_only = ""
        self.tables = {name: table for name, entry in written.tables.items() if (table := self.table(entry))}
        self.choices = {name: self.setting(entry, settings) for name, entry in written.named["settings"].items()}
        self.facts = _Facts(self)
        self.names = Names(
            state=self.types.state,
            tables=self.tables,
            cutoffs={name: entry.value["date"] for name, entry in written.named["cutoffs"].items()},
            settings=self.choices,
            facts=self.facts,
            broken=self.broken,
        )
        self.broken |= written.tables.keys() - self.tables.keys()

    def program(self) -> Program:
        header = self.written.header.value
        self._check_vocabulary()
        for name in self.facts:
            self._signature(name)
        for kind in ("cutoffs", "settings", "facts", "actions"):
            for entry in self.written.named[kind].values():
                self.cites(entry)
        for entry in self.written.tables.values():
            self.cites(entry)
            for _, _, row in entry.pairs("rows"):
                if isinstance(row, MappingNode):
                    self.cites(replace(entry, node=row))
        heads = {name: self.action(entry) for name, entry in self.written.named["actions"].items()}
        clauses = {
            kind: [self.per_action(kind, e, heads) for e in self.written.clauses[kind]]
            for kind in self.written.clauses
            if kind != "events"
        }
        actions = {
            name: replace(
                head,
                rules=_for_action(name, clauses["rules"]),
                consequences=_for_action(name, clauses["consequences"]),
                outcomes=_for_action(name, clauses["outcomes"]),
            )
            for name, (head, _) in heads.items()
        }
        events = tuple(
            clause for entry in self.written.clauses["events"] if (clause := self.clause("events", entry, self.names))
        )
        self._check_outcomes(actions)
        return Program(
            name=self.written.name,
            version=self.written.version,
            digest=self.digest(),
            effective_from=header["effective_from"],
            title=header["title"],
            languages=tuple(header["languages"]),
            billing_changes=tuple(header["billing_changes"]),
            state=self.types.state,
            defs=self.types.defs,
            tables=self.tables,
            facts=self.facts.bodies,
            settings={name: value for name, (_, value) in self.choices.items()},
            choices={name: tuple(e.value["choices"]) for name, e in self.written.named["settings"].items()},
            codes={
                "reasons": {n: e.value for n, e in self.written.named["reasons"].items()},
                "outcomes": {n: e.value for n, e in self.written.named["outcome codes"].items()},
                "warnings": {n: e.value for n, e in self.written.named["warnings"].items()},
            },
            quotes={name: entry.value["quote"] for name, entry in self.statements.items()},
            actions=actions,
            events=events,
        )

    # What expressions mean in a place

    def expression(self, scalar: Scalar, names: Names, wanted: Type | None, where: str) -> t.Expr | None:
        """The typed expression, or nothing after noting what is wrong with it."""
        try:
            return check(scalar.text, names, wanted)
        except ExpressionError as error:
            self._note(error, scalar, where)
            return None

    def _note(self, error: ExpressionError, scalar: Scalar, where: str) -> None:
        if error.code == SILENT:
            return
        code, help_text = error.code, error.help
        if scalar.style == '"' and error.code == "unknown-name" and scalar.text.isidentifier():
            code = "expression-needs-quotes"
            help_text = f"YAML takes these quotes away; if the text is meant, write `'\"{scalar.text}\"'`"
        self.problems.error(code, f"{where}: {error.message}", scalar.part(error.start, error.width), help=help_text)

    def cites(self, entry: Entry) -> tuple[str, ...]:
        found = entry.scalars("cites")
        for scalar in found:
            if scalar.text not in self.statements:
                help_text = did_you_mean(scalar.text, self.statements)
                self.problems.error(
                    "unknown-statement", f"there is no statement `{echo(scalar.text)}`", scalar.span, help=help_text
                )
        return tuple(scalar.text for scalar in found)

    def texts(self, node: Node | None, names: Names, where: str) -> dict[str, Message]:
        """The message in each language."""
        if not isinstance(node, MappingNode):
            return {}
        messages: dict[str, Message] = {}
        self._languages(node, where)
        for language, _, scalar in node:
            if isinstance(scalar, Scalar):
                try:
                    messages[language] = parse_message(scalar.text, names)
                except ExpressionError as error:
                    self._note(error, scalar, where)
        known = {language: message.placeholders for language, message in messages.items()}
        for language, placeholders in known.items():
            for other in known:
                if lacking := sorted(known[other] - placeholders):
                    message = f"{where}: `{language}` lacks {listed(lacking)}, which `{other}` prints"
                    self.problems.error("different-placeholders", message, node.entries[language][1].span)
                    break
        return messages

    def _languages(self, node: MappingNode, where: str) -> None:
        languages = self.written.languages
        for language in languages:
            if language not in node.entries:
                self.problems.error("missing-language", f"{where}: the text in `{language}` is missing", node.span)
        for language, span, _ in node:
            if language not in languages:
                help_text = did_you_mean(language, languages) or f"the policy speaks {listed(languages)}"
                self.problems.error(
                    "unknown-language",
                    f"{where}: `{echo(language)}` is no language of the policy",
                    span,
                    help=help_text,
                )

    def type_named(self, scalar: Scalar, where: str, *, words: bool = False) -> Type | None:
        """The type that a declaration names."""
        text = scalar.text.strip()
        if text.endswith("?"):
            inner = self.type_named(replace(scalar, text=text[:-1]), where, words=words)
            return Maybe(inner) if inner else None
        if text.startswith("list of "):
            inner = self.type_named(replace(scalar, text=text[8:]), where)
            return ListOf(inner) if inner else None
        if text in _PLAIN:
            return _PLAIN[text]
        if text in self.types.defs:
            found = self.types.defs[text]
            return (
                EntryType(self.types.maps[text].key, found)
                if text in self.types.maps and isinstance(found, Record)
                else found
            )
        if text.endswith("_id") and text[:-3] in self.types.maps:
            return Key(text[:-3])
        if words and ("|" in text or text.startswith('"')):
            return Word(text, tuple(word.strip().strip('"') for word in text.split("|")))
        known = [*_PLAIN, *self.types.defs, *(f"{name}_id" for name in self.types.maps)]
        help_text = did_you_mean(text, known) or f"there are {listed(sorted(known))}"
        self.problems.error("unknown-type", f"{where}: there is no type `{echo(text)}`", scalar.span, help=help_text)
        return None

    # The parts of a policy

    def setting(self, entry: Entry, chosen: Mapping[str, Any]) -> tuple[Type, Any]:
        choices = entry.value["choices"]
        kind: Type = (
            Boolean() if all(isinstance(c, bool) for c in choices) else Word(entry.name, tuple(map(str, choices)))
        )
        default = entry.value["default"]
        if default not in choices:
            node = entry.child("default")
            assert node is not None
            self.problems.error(
                "unknown-choice",
                f"`{echo(default)}` is not among the choices",
                node.span,
                help=f"there are {listed(map(str, choices))}",
            )
        return kind, chosen.get(entry.name, default)

    def table(self, entry: Entry) -> Table | None:
        where = f"table `{entry.name}`"
        keys, columns = [], {}
        if "key" not in entry.value or "columns" not in entry.value:
            self.problems.error("missing-key", f"{where}: `key` and `columns` are missing", entry.span)
            return None
        for scalar in entry.scalars("key"):
            found = self.types.defs.get(scalar.text)
            if not isinstance(found, Word):
                help_text = did_you_mean(scalar.text, self.types.defs)
                self.problems.error(
                    "unknown-type",
                    f"{where}: `{echo(scalar.text)}` is no enum of the state's `$defs`",
                    scalar.span,
                    help=help_text,
                )
                return None
            keys.append(found)
        if len(keys) not in (1, 2):
            node = entry.child("key")
            assert node is not None
            self.problems.error("wrong-kind", f"{where}: a table has one key or two", node.span)
            return None
        for name, _, node in entry.pairs("columns"):
            kind = self.type_named(node, where) if isinstance(node, Scalar) else None
            if kind is None:
                return None
            columns[name] = kind
        record = Record(entry.name, columns, frozenset(columns))
        rows = entry.child("rows")
        assert rows is not None
        return Table(
            entry.name,
            tuple(keys),
            record,
            self._rows(rows, keys, record, where, lone=len(keys) == 2 and len(columns) == 1),
        )

    def _rows(self, node: Node, keys: list[Word], record: Record, where: str, *, lone: bool) -> dict[str, Any]:
        if not isinstance(node, MappingNode):
            self.problems.error("wrong-kind", f"{where}: a mapping is expected here", node.span)
            return {}
        key, rest = keys[0], keys[1:]
        rows: dict[str, Any] = {}
        for word, span, row in node:
            if word not in key.words:
                help_text = did_you_mean(word, key.words) or f"it has {listed(key.words)}"
                self.problems.error(
                    "unknown-word", f"{where}: `{echo(word)}` is no word of `{key.name}`", span, help=help_text
                )
            else:
                rows[word] = (
                    self._rows(row, rest, record, where, lone=lone)
                    if rest
                    else self._row(row, span, record, where, lone=lone)
                )
        for word in key.words:
            if word not in node.entries:
                self.problems.error(
                    "missing-row", f"{where}: there is no row for `{word}`", node.span, help="add the row"
                )
        return rows

    def _row(self, node: Node, span: Span, record: Record, where: str, *, lone: bool) -> dict[str, Any]:
        if lone:
            (column,) = record.fields
            return {column: self._cell(node, record.fields[column], f"{where}, `{column}`")}
        if not isinstance(node, MappingNode):
            self.problems.error("wrong-kind", f"{where}: a mapping is expected here", node.span)
            return {}
        row = {}
        for column, kind in record.fields.items():
            cell = node.get(column)
            if cell is None:
                self.problems.error("missing-cell", f"{where}: the row has no `{column}`", span)
            else:
                row[column] = self._cell(cell, kind, f"{where}, `{column}`")
        for column, place, _ in node:
            if column not in record.fields and column != "cites":
                help_text = did_you_mean(column, record.fields) or f"there are {listed(record.fields)}"
                self.problems.error(
                    "unknown-column", f"{where}: there is no column `{echo(column)}`", place, help=help_text
                )
        return row

    def _cell(self, node: Node, kind: Type, where: str) -> Any:
        """The value of a table's cell."""
        if isinstance(node, Scalar):
            plain = node.style is None
            match kind:
                case Maybe(of=inner):
                    return None if plain and node.text == "null" else self._cell(node, inner, where)
                case Boolean() if plain and node.text in ("true", "false"):
                    return node.text == "true"
                case Integer() if plain and INTEGER.fullmatch(node.text):
                    return int(node.text)
                case Date() if is_date(node.text):
                    return node.text
                case Text() if not node.reads_otherwise:
                    return node.text
                case Word(words=words):
                    if node.text in words:
                        return node.text
                    help_text = did_you_mean(node.text, words) or f"it has {listed(words)}"
                    self.problems.error(
                        "unknown-word",
                        f"{where}: `{echo(node.text)}` is no word of `{kind.name}`",
                        node.span,
                        help=help_text,
                    )
                    return None
        elif isinstance(kind, ListOf) and kind.item is not None and not isinstance(node, MappingNode):
            return [self._cell(each, kind.item, where) for each in node.items]
        elif isinstance(kind, Translated) and isinstance(node, MappingNode):
            self._languages(node, where)
            return {language: each.text for language, _, each in node if isinstance(each, Scalar)}
        self.problems.error("wrong-kind", f"{where}: {kind} is expected here", node.span)
        return None

    def fact(self, entry: Entry) -> Signature | None:
        where = f"fact `{entry.name}`"
        names, parameters = self.names, {}
        for name, span, node in entry.pairs("given"):
            kind = self.type_named(node, where) if isinstance(node, Scalar) else None
            if kind is None:
                return None
            if not self._free(name, span, self.names, where):
                return None
            parameters[name] = kind
            names = names.bind(name, kind)
        scalar = entry.scalar("is")
        assert scalar is not None
        body = self.expression(scalar, names, None, where)
        if body is None:
            return None
        self.facts.sizes[entry.name] = size = self.size(body)
        if size > MAX_SIZE:
            message = f"{where}: with the facts that it calls, it has more than {MAX_SIZE} parts"
            self.problems.error("too-large", message, scalar.span, help="call fewer facts from it")
            return None
        self.facts.bodies[entry.name] = FactBody(tuple(parameters), body)
        return Signature(parameters, body.type)

    def size(self, expr: t.Expr) -> int:
        """How many parts an expression has, those of the facts that it calls included."""
        called = self.facts.sizes.get(expr.fact, 0) if isinstance(expr, t.Call) else 0
        return 1 + called + sum(map(self.size, t.children(expr)))

    def _signature(self, name: str) -> None:
        try:
            self.facts[name]
        except ExpressionError:
            return

    def _free(self, name: str, span: Span, names: Names, where: str) -> bool:
        taken = names.kinds().get(name) or ("a function" if name in CALLABLE else None)
        if taken:
            self.problems.error(
                "shadowed-name", f"{where}: `{name}` is already {taken}", span, help="choose another name"
            )
        return taken is None

    def _check_vocabulary(self) -> None:
        reserved = {"cutoffs", "settings", *CALLABLE}
        state = self.types.state.fields
        for kind, entries in (("fact", self.written.named["facts"]), ("table", self.written.tables)):
            for name, entry in entries.items():
                if name in reserved or name in state or (kind == "fact" and name in self.tables):
                    self.problems.error(
                        "shadowed-name",
                        f"{kind} `{name}` has the name of something else",
                        entry.span,
                        help="choose another name",
                    )

    def action(self, entry: Entry) -> tuple[ActionProgram, Names]:
        where = f"action `{entry.name}`"
        title = entry.child("title")
        if isinstance(title, MappingNode):
            self._languages(title, where)
        arguments: dict[str, Type] = {}
        for name, span, node in entry.pairs("arguments"):
            kind = self.type_named(node, where, words=True) if isinstance(node, Scalar) else None
            if name == "type":
                self.problems.error(
                    "shadowed-name", f"{where}: `type` names the action itself", span, help="choose another name"
                )
            elif kind is not None and self._free(name, span, self.names, where):
                arguments[name] = kind
            else:
                self.broken.add(name)
        names = replace(self.names, arguments=arguments)
        for name, span, node in entry.pairs("roles"):
            role = self.expression(node, names, None, f"{where}, role `{name}`") if isinstance(node, Scalar) else None
            if role is None or not self._free(name, span, names, where):
                self.broken.add(name)
                continue
            if isinstance(role, t.Literal) and isinstance(role.type, Text):
                role = replace(role, type=self._word_type(role.value))
            names = replace(names, roles={**names.roles, name: role})
        time_to = entry.scalar("time_to")
        if time_to is not None and arguments.get(time_to.text) != Date():
            help_text = did_you_mean(time_to.text, arguments)
            self.problems.error(
                "unknown-argument",
                f"{where}: `{echo(time_to.text)}` is no argument of type date",
                time_to.span,
                help=help_text,
            )
        head = ActionProgram(entry.name, entry.value["title"], arguments, time_to.text if time_to else None, (), (), ())
        return head, names

    def _word_type(self, text: str) -> Type:
        """The type of a text that a role gives: the first enum of the state that has the word."""
        for kind in self.types.defs.values():
            if isinstance(kind, Word) and text in kind.words:
                return kind
        return Text()

    def per_action(
        self, kind: str, entry: Entry, heads: Mapping[str, tuple[ActionProgram, Names]]
    ) -> dict[str, Clause]:
        """The clause bound for each action that it names."""
        bound = {}
        for scalar in entry.scalars("actions"):
            if scalar.text not in heads:
                help_text = did_you_mean(scalar.text, heads) or f"there are {listed(heads)}"
                self.problems.error(
                    "unknown-action", f"there is no action `{echo(scalar.text)}`", scalar.span, help=help_text
                )
            elif clause := self.clause(kind, entry, heads[scalar.text][1], scalar.text):
                bound[scalar.text] = clause
        return bound

    def clause(self, kind: str, entry: Entry, names: Names, action: str | None = None) -> Clause | None:
        before = len(self.problems.errors)
        where = f"{kind.removesuffix('s')} `{entry.name}`"
        cites = self.cites(entry)
        loop, self.read_only = None, ""
        if scalar := entry.scalar("for"):
            try:
                loop, names = check_loop(scalar.text, names)
            except ExpressionError as error:
                self._note(error, scalar, where)
                return None
            if not isinstance(root_of(loop.over), t.Property):
                self.read_only = loop.variable
        on = None
        if scalar := entry.scalar("on"):
            on = self.expression(scalar, names, Maybe(Date()), where)
        when = None
        if scalar := entry.scalar("when"):
            when = self.expression(scalar, names, Boolean(), where)
            if when is None:
                return None
            names = names.having(present_paths(when))
        assert isinstance(entry.node, MappingNode)
        clause = Clause(kind, entry.name, entry.node.entries["id"][0], cites, when, loop=loop, on=on)
        if kind == "rules":
            clause = self._rule(clause, entry, names, where)
        else:
            clause = replace(
                clause,
                code=self._code(entry.scalar("code"), "outcomes", where),
                message=self.texts(entry.child("message"), names, where),
                billing=self._billing(entry, names, where),
                **self._changes(entry, names, where),
            )
        return clause if len(self.problems.errors) == before else None

    def _rule(self, clause: Clause, entry: Entry, names: Names, where: str) -> Clause:
        severity = entry.value.get("severity", "denial")
        require = []
        for scalar in entry.scalars("require"):
            found = self.expression(scalar, names, Boolean(), where)
            if found is not None:
                require.append(found)
        effective = entry.value.get("effective", {})
        if effective.get("from", "") >= effective.get("until", "~"):
            span = (entry.child("effective", "until") or entry.node).span
            self.problems.error(
                "bad-date", f"{where}: `until` is not after `from`", span, help="`until` is the day after the last"
            )
        return replace(
            clause,
            severity=severity,
            require=tuple(require),
            code=self._code(
                entry.scalar("otherwise", "code"), "warnings" if severity == "warning" else "reasons", where
            ),
            message=self.texts(entry.child("otherwise", "message"), names, where),
            effective_from=effective.get("from"),
            effective_until=effective.get("until"),
        )

    def _code(self, scalar: Scalar | None, group: str, where: str) -> str | None:
        if scalar is None:
            return None
        known = self.written.named["outcome codes" if group == "outcomes" else group]
        if scalar.text not in known:
            help_text = did_you_mean(scalar.text, known) or "declare it in codes.yaml"
            self.problems.error(
                "unknown-code",
                f"{where}: `{echo(scalar.text)}` is not among the codes of {group}",
                scalar.span,
                help=help_text,
            )
        return scalar.text

    def _billing(self, entry: Entry, names: Names, where: str) -> dict[str, t.Expr]:
        billing: dict[str, t.Expr] = {}
        for key, _, node in entry.pairs("billing"):
            if not isinstance(node, Scalar):
                continue
            if key == "change":
                words = self.written.header.value["billing_changes"]
                if node.text not in words:
                    help_text = did_you_mean(node.text, words) or f"there are {listed(words)}"
                    self.problems.error(
                        "unknown-billing-change",
                        f"{where}: `{echo(node.text)}` is no billing change",
                        node.span,
                        help=help_text,
                    )
                billing[key] = t.Literal(Text(), node.text, node.text)
            elif (expr := self.expression(node, names, None, where)) is not None:
                if isinstance(known(expr.type), EntryType | Record | MapOf | Table | ListOf | Translated):
                    self.problems.error(
                        "wrong-type", f"{where}: `{node.text}` is {expr.type}: bill a single value", node.span
                    )
                billing[key] = expr
        return billing

    def _changes(self, entry: Entry, names: Names, where: str) -> dict[str, Any]:
        changes, appends, removals = [], [], []
        for path, span, node in entry.pairs("change"):
            target = self._path(Scalar(path, span), names, where)
            if target is not None and isinstance(target.type, EntryType | Record | MapOf):
                help_text = "change its properties, or use `append` and `remove`"
                self.problems.error("bad-path", f"{where}: `{path}` is changed as a whole", span, help=help_text)
            elif target is not None and isinstance(node, Scalar):
                value = self.expression(node, names, self._stored(target), where)
                if value is not None:
                    changes.append((target, value))
        for path, span, node in entry.pairs("append"):
            found = self._append(Scalar(path, span), node, names, where)
            if found is not None:
                appends.append(found)
        for scalar in entry.scalars("remove"):
            target = self._path(scalar, names, where)
            if target is not None:
                if not isinstance(target.type, EntryType | Record):
                    self.problems.error(
                        "wrong-type", f"{where}: `{scalar.text}` is no entry of a map or a list", scalar.span
                    )
                removals.append(target)
        return {"changes": tuple(changes), "appends": tuple(appends), "removals": tuple(removals)}

    @staticmethod
    def _stored(target: t.Expr) -> Type:
        """The type that may be stored at a path, whatever is known of its value now."""
        if isinstance(target, t.Field):
            owner = target.of.type
            record = owner.record if isinstance(owner, EntryType) else owner
            if isinstance(record, Record):
                return record.type_of(target.name)
        return target.type

    def _path(self, scalar: Scalar, names: Names, where: str) -> t.Expr | None:
        """A path that can be written to: it begins at the state, a role or a loop's entry."""
        target = self.expression(scalar, names, None, where)
        if target is None:
            return None
        root = root_of(target)
        is_key = isinstance(target, t.Field) and target.name == "id" and isinstance(target.of.type, EntryType)
        is_read_only = isinstance(root, t.Local) and root.name == self.read_only
        if not isinstance(root, t.Property | t.Local) or is_key or is_read_only:
            help_text = "a path begins at a property of the state, a role or the loop's name"
            self.problems.error("bad-path", f"{where}: `{scalar.text}` can't be changed", scalar.span, help=help_text)
            return None
        return target

    def _append(
        self, scalar: Scalar, node: Node, names: Names, where: str
    ) -> tuple[t.Expr, t.Expr | dict[str, t.Expr]] | None:
        loose = replace(names, arguments={n: Text() if isinstance(k, Key) else k for n, k in names.arguments.items()})
        target: t.Expr | None
        if scalar.text.endswith("]"):
            target = self._new_entry(scalar, loose, where)
        else:
            target = self._path(scalar, names, where)
        if target is None:
            return None
        item = (
            target.type.item
            if isinstance(target.type, ListOf)
            else target.type.record
            if isinstance(target.type, EntryType)
            else None
        )
        if isinstance(item, Record) and isinstance(node, MappingNode):
            fields = {}
            for name, span, value in node:
                if name not in item.fields:
                    self.problems.error(
                        "unknown-name",
                        f"{where}: {item} has no `{echo(name)}`",
                        span,
                        help=did_you_mean(name, item.fields),
                    )
                elif isinstance(value, Scalar) and (expr := self.expression(value, names, item.type_of(name), where)):
                    fields[name] = expr
            for name in sorted(item.required - {name for name, _, _ in node}):
                self.problems.error("missing-key", f"{where}: the new entry has no `{name}`", node.span)
            return target, fields
        if item is not None and not isinstance(item, Record) and isinstance(node, Scalar):
            value_expr = self.expression(node, names, item, where)
            return (target, value_expr) if value_expr is not None else None
        self.problems.error(
            "wrong-type", f"{where}: `{scalar.text}` is no list and no entry of a map, or this is no entry", scalar.span
        )
        return None

    def _new_entry(self, scalar: Scalar, names: Names, where: str) -> t.Expr | None:
        """An entry of a map that is not there yet: any text may be its key."""
        owner, _, key = scalar.text[:-1].partition("[")
        map_expr = self.expression(replace(scalar, text=owner), names, None, where)
        key_scalar = Scalar(key, scalar.part(len(owner) + 1, len(key)))
        key_expr = self.expression(key_scalar, names, Text(), where)
        if map_expr is None or key_expr is None:
            return None
        if not isinstance(map_expr.type, MapOf):
            self.problems.error("wrong-type", f"{where}: `{owner}` is no map", scalar.span)
            return None
        return t.Index(EntryType(map_expr.type.key, map_expr.type.entry), scalar.text, map_expr, (key_expr,))

    def _check_outcomes(self, actions: Mapping[str, ActionProgram]) -> None:
        for name, action in actions.items():
            ends = [outcome for outcome in action.outcomes if outcome.when is None]
            entry = self.written.named["actions"][name]
            if not ends and not self.problems.errors:
                self.problems.error(
                    "no-outcome",
                    f"action `{name}` has no outcome without `when`",
                    entry.span,
                    help="add one to say what was done",
                )
            for outcome in action.outcomes[action.outcomes.index(ends[0]) + 1 :] if ends else ():
                message = f"for action `{name}`, outcome `{outcome.id}` never comes up: `{ends[0].id}` comes first"
                self.problems.error(
                    "unreachable-outcome", message, outcome.span, help="put the outcome without `when` last"
                )

    def digest(self) -> str:
        """SHA-256 of the merged policy as values: all that can change a decision or its words."""
        written = self.written
        header = {k: v for k, v in written.header.value.items() if k not in ("extends", "withdraw", "recorded_on")}
        whole = {
            "policy": header,
            "state": written.schema_value,
            **{kind: {n: e.value for n, e in entries.items()} for kind, entries in written.named.items()},
            "tables": {name: entry.value for name, entry in written.tables.items()},
            **{
                kind: [e.value for e in entries]
                for kind, entries in written.clauses.items()
                if kind not in written.named
            },
        }
        for entries in (whole["facts"], whole["cutoffs"], whole["settings"], whole["actions"]):
            assert isinstance(entries, dict)
        text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def root_of(expr: t.Expr) -> t.Expr:
    """Where a path begins."""
    while isinstance(expr, t.Field | t.Index | t.Role):
        expr = expr.value if isinstance(expr, t.Role) else expr.of
    return expr


def _for_action(name: str, bound: list[dict[str, Clause]]) -> tuple[Clause, ...]:
    return tuple(found[name] for found in bound if name in found)
