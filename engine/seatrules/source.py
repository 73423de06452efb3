"""Reads YAML text into nodes that know where each key and value was written; knows nothing of policies.

The accepted YAML is a strict subset: UTF-8, one document, no anchors, aliases, merges or tags, no repeated keys,
bounded in size and depth. Scalars stay texts: what a scalar means is up to what is expected in its place.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml

from .decoding import code_point, decode
from .diagnostics import MAX_DEPTH, SourceText, Span, did_you_mean, echo
from .errors import PolicyError
from .files import called, read_bytes
from .nodes import MappingNode, Node, Scalar, SequenceNode
from .problems import Problems
from .words import AnyText, Phrase, phrase
from .yaml_syntax import LineAndColumn, why_not_yaml

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PATH = re.compile(r"""[\w.\[\]" ,()]+""")
"""What may be the key of an expression: a name, or a path that a consequence changes."""
_UNREADABLE = (yaml.YAMLError, ValueError, OverflowError, RecursionError, MemoryError)
"""What a scanner raises where it can't go on; the pure one a `ValueError` or `OverflowError` for a bad escape."""
_MAX_REREAD = 64 * 1024
"""How many characters the pure scanner reads again to explain what is wrong: it takes a second for so many."""
_COMMENT = re.compile(r"(?:^| )#")
_TOP_KEY = re.compile(r"\w+:(?:\s|$)")
_ENTRY = re.compile(r" +[^\s#]")
_AGAIN = 3
"""How many entries are read again to explain what is wrong with the last of them."""


def parse(source: SourceText) -> Node:
    """The nodes of a YAML text.

    Raises:
        PolicyError: the text is not YAML, or uses what this subset leaves out; at the place where it does.
    """
    try:
        return _Builder(source).build(loader_class())
    except _UNREADABLE as error:
        return _explain(source, error)


def _explain(source: SourceText, refused: Exception) -> NoReturn:
    """Fail with what is wrong with a text that a scanner refused."""
    # The pure scanner reads the text again, whichever refused it, so that the author reads the same message: from the
    # entry before the one where that was, if what stands before it can be read by itself, for it takes long.
    for text in (_without_what_is_whole(source.lines, refused), "\n".join(source.lines)):
        if text is not None and sum(map(len, source.lines)) <= _MAX_REREAD:
            builder = _Builder(source)
            try:
                builder.build(PureLoader, text)
            except _UNREADABLE as error:
                builder.explain(error)
    _Builder(source).explain(refused)


def _without_what_is_whole(lines: Sequence[str], refused: Exception) -> str | None:
    """The text with empty lines for the entries that are whole before the one in which it was refused, if there are."""
    mark: Any = getattr(refused, "problem_mark", None)
    last = min(mark.line, len(lines) - 1) if mark else 0
    top = next((number for number in range(last, -1, -1) if _TOP_KEY.match(lines[number])), None)
    if top is None:
        return None
    begins = [number for number in range(top + 1, last + 1) if _ENTRY.match(lines[number])]
    of_entries = [number for number in begins if _indent(lines[number]) == _indent(lines[begins[0]])]
    if len(of_entries) < _AGAIN or not _is_whole("\n".join(lines[: of_entries[-_AGAIN]])):
        return None
    left_out = of_entries[-_AGAIN]
    kept = [line if number in (top, *range(left_out, len(lines))) else "" for number, line in enumerate(lines)]
    return "\n".join(kept)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_whole(text: str) -> bool:
    """Whether a text is YAML by itself."""
    try:
        return all(True for _ in yaml.parse(text, loader_class()))
    except _UNREADABLE:
        return False


def read(path: Path, content: bytes | None = None, *, withheld: bool = False) -> Node:
    """The nodes of a YAML file, or of its `content` where that is not what is on disk."""
    return parse(decode(read_bytes(path) if content is None else content, called(path), withheld=withheld))


def loader_class() -> Any:
    """libyaml's scanner where it is at hand, the pure one elsewhere."""
    return getattr(yaml, "CSafeLoader", PureLoader)


class PureLoader(yaml.SafeLoader):
    """The pure scanner, which takes a `?` in a text without quotes between brackets as libyaml's does."""

    def scan_plain(self) -> Any:
        self.peek = self._peek_in_text  # type: ignore[method-assign]
        try:
            return super().scan_plain()
        finally:
            del self.peek

    def _peek_in_text(self, index: int = 0) -> str:
        character = str(super().peek(index))
        return "x" if character == "?" else character


@dataclass
class _OpenCollection:
    """A collection that is still being read."""

    node: SequenceNode | MappingNode
    key: tuple[str, Span] | None = None


@dataclass
class _Builder:
    source: SourceText
    problems: Problems = field(default_factory=Problems)
    stack: list[_OpenCollection] = field(default_factory=list)
    root: Node | None = None
    loader: Any = None
    tabs_allowed: list[tuple[LineAndColumn, LineAndColumn, bool]] = field(default_factory=list)
    quoted: tuple[Span, int] | None = None  # the last text in quotes if it goes over lines, and on which it ends

    def build(self, loader_class: Any, text: str | None = None) -> Node:
        """The nodes of the text, or of another one that has its lines in the same places."""
        loader = self.loader = loader_class("\n".join(self.source.lines) if text is None else text)
        documents = 0
        try:
            while loader.check_event():
                event = loader.get_event()
                if isinstance(event, yaml.NodeEvent):
                    self._node(event)
                elif isinstance(event, yaml.CollectionEndEvent):
                    self.stack.pop()
                elif isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._refuse("second-document", phrase("one_document"), event, phrase("own_file"))
        finally:
            loader.dispose()
        if self.root is None:
            self._fail("empty-file", phrase("empty_file"), Span(self.source))
        self._refuse_tabs()
        self.problems.raise_errors()
        return self.root

    def explain(self, error: Exception) -> NoReturn:
        """Fail with what is wrong with a text that a scanner can't read."""
        if isinstance(error, yaml.MarkedYAMLError):
            self._syntax(error)
        if isinstance(error, (ValueError, OverflowError)):
            place = (getattr(self.loader, "line", 0), getattr(self.loader, "column", 0))
            self._fail_as_syntax(phrase("escape_of_nothing"), self._at(place))
        self._fail_as_syntax(phrase("unreadable"), Span(self.source))

    def _node(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_left_out(event)
        span = self._span(event)
        if isinstance(event, yaml.ScalarEvent):
            self._place(self._scalar(event, span))
            return
        if len(self.stack) >= MAX_DEPTH:
            self._refuse("too-deep", phrase("nested_more", depth=MAX_DEPTH), event, None)
        node: SequenceNode | MappingNode = (
            MappingNode({}, span) if isinstance(event, yaml.MappingStartEvent) else SequenceNode([], span)
        )
        self._place(node)
        self.stack.append(_OpenCollection(node))

    def _refuse_left_out(self, event: Any) -> NoReturn:
        if isinstance(event, yaml.AliasEvent):
            help_text = None
            if self.stack:
                help_text = self._quoting_help(self._span(event).line - 1) or phrase("write_out")
            self._refuse("alias", phrase("alias", name=echo(event.anchor)), event, help_text)
        if event.anchor is not None:
            self._refuse("anchor", phrase("anchor", name=echo(event.anchor)), event, phrase("write_out_each_time"))
        tag = event.tag.replace("tag:yaml.org,2002:", "!!", 1)
        self._refuse("tag", phrase("tag", name=echo(tag)), event, phrase("write_without_tag"))

    def _scalar(self, event: Any, span: Span) -> Scalar:
        start, end, style = event.start_mark, event.end_mark, event.style or None
        one_line, self.quoted = start.line == end.line, None
        if style is None:
            self._refuse_lone_colon(event)
        else:
            self.tabs_allowed.append(((start.line, start.column), (end.line, end.column), style in ("|", ">")))
            if style == '"' and _SURROGATE.search(event.value):
                self._fail_as_syntax(phrase("escape_of_nothing"), span)
            if not one_line and style in ("'", '"'):
                self.quoted = span, end.line + 1
        return Scalar(event.value, span, style, one_line)

    def _refuse_tabs(self) -> None:
        """Outside texts in quotes and blocks the scanners take tabs in different places: so none is taken there."""
        for number, line in enumerate(self.source.lines if "\t" in "\n".join(self.source.lines) else ()):
            for tab in re.finditer("\t", line):
                place = (number, tab.start())
                index = bisect_right(self.tabs_allowed, (place,)) - 1
                begin, end, is_block = self.tabs_allowed[index] if index >= 0 else (place, place, False)
                inside = begin < place < end and (not is_block or line[: tab.start()].strip())
                if not inside and not _COMMENT.search(line[: tab.start()]):
                    self._fail_as_syntax(phrase("tab_outside_quotes"), self._at(place), phrase("no_tabs"))

    def _refuse_lone_colon(self, event: Any) -> None:
        """The pure scanner takes a `:` right before a sign; libyaml's does not."""
        if event.value or not event.implicit[0]:
            return
        # At the end of a text, libyaml's mark is on a line that is not there.
        line, column = "".join(self.source.lines[event.start_mark.line :][:1]), event.start_mark.column
        if line[:column].endswith(":") and line[column : column + 1] in tuple(",[]{}"):
            self._fail_as_syntax(phrase("no_value_behind"), self._span(event), phrase("write_a_value"))

    def _place(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if isinstance(top.node, SequenceNode):
            top.node.items.append(node)
        elif top.key is None:
            top.key = self._key(top.node, node)
        else:
            top.node.entries.setdefault(top.key[0], (top.key[1], node))
            top.key = None

    def _key(self, mapping: MappingNode, node: Node) -> tuple[str, Span]:
        if not isinstance(node, Scalar):
            self._fail("bad-key", phrase("key_is_no_word"), node.span, self._quoting_help(node.span.line - 1))
        key = node.text
        if node.style is None and key == "<<":
            self._fail("merge", phrase("merge_key"), node.span, phrase("write_entries_out"))
        if invisible := INVISIBLE.search(key):
            self.problems.error(
                "invisible-character", phrase("invisible_character", code=code_point(invisible)), node.span
            )
        if first := mapping.entries.get(key):
            self.problems.error(
                "repeated-key",
                phrase("key_given_already", key=echo(key), line=first[0].line),
                node.span,
                help=phrase("keep_one"),
                notes=[(first[0], "first given here")],
            )
        return key, node.span

    def _span(self, event: Any) -> Span:
        mark, end = event.start_mark, event.end_mark
        width = end.column - mark.column if end.line == mark.line else 1
        return Span(self.source, mark.line + 1, mark.column + 1, max(1, width))

    def _at(self, place: tuple[int, int]) -> Span:
        return Span(self.source, place[0] + 1, place[1] + 1)

    def _quoting_help(self, line_index: int, column: int | None = None) -> Phrase | None:
        """For a line whose value is an expression that YAML takes for something else: the line, quoted.

        Where the column is given, it is one in the value.
        """
        if not 0 <= line_index < len(self.source.lines):
            return None
        written = key_and_value(self.source.lines[line_index])
        if (
            written is None
            or not _PATH.fullmatch(written.key)
            or written.value[0] not in "\"[*-'"
            or (column is not None and column < written.column)
        ):
            return None
        return phrase("single_quotes", written=written.quoted)

    def _syntax(self, error: yaml.MarkedYAMLError) -> NoReturn:
        inside = self.stack[-1].node.span if self.stack else None
        why = why_not_yaml(self.source.lines, error, inside and (inside.line - 1, inside.column - 1))
        mark: Any = error.problem_mark
        if mark and self.quoted and self.quoted[1] == mark.line + 1 and not why.in_quotes:
            span, line = self.quoted  # the quote that was to open a later text closes this one
            self._fail_as_syntax(phrase("quote_closed_on", line=line), span)
        if not (why.in_quotes or why.is_open or why.is_stray) and (help_text := self._quoting_help(*why.place)):
            self._fail("expression-needs-quotes", phrase("value_unreadable"), self._at(why.place), help_text)
        self._fail_as_syntax(why.message, self._at(why.place), why.help)

    def _refuse(self, code: str, message: AnyText, event: Any, help: AnyText | None) -> NoReturn:
        self._fail(code, message, self._span(event), help)

    def _fail_as_syntax(self, why: Phrase, span: Span, help: Phrase | None = None) -> NoReturn:
        self._fail("yaml-syntax", phrase("not_yaml", why=why), span, help)

    def _fail(self, code: str, message: AnyText, span: Span, help: AnyText | None = None) -> NoReturn:
        self.problems.error(code, message, span, help=help)
        raise PolicyError(self.problems.errors)


class KeyAndValue(NamedTuple):
    """A key, the value that follows it on its line, and the column of the value, counted from 0."""

    key: str
    value: str
    column: int

    @property
    def quoted(self) -> str:
        """How both are written with the value in quotes, where that can be shown."""
        return "`{}: '{}'`".format(echo(self.key), echo(self.value.replace("'", "''")))


def key_and_value(line: str) -> KeyAndValue | None:
    """What a line has before its first `: ` and after it, if it has both; the line is gone through once."""
    before, colon, after = line.partition(": ")
    key, value = before.lstrip().removeprefix("- ").strip(), after.strip()
    if not colon or not value:
        return None
    return KeyAndValue(key, value, len(line) - len(after.lstrip()))


def suggest_key(word: str, known: list[str]) -> str | None:
    """Help for an unknown key: the nearest known one, or the code point that makes it look like one."""
    strange = next((c for c in word if not c.isascii()), None)
    if strange is not None:
        return f"`{echo(word)}` has the character U+{ord(strange):04X}; " + (did_you_mean(word, known) or "use ASCII")
    return did_you_mean(word, known)
