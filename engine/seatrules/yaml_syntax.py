"""Says why a text is not YAML, from where a scanner stopped and the text there: never from the scanner's message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from .words import Phrase, phrase

_CLOSER = {"[": "]", "{": "}"}
_KEY_AND_BRACKET = re.compile(r"\s*(?:- +)*[\w.-]+ +[\[{]")
_DASHES = re.compile(r" *(?:- +)*")
_KEY = re.compile(r":( |$)")
_ENTRY = re.compile(r"\s*(- |-$|[\w.-]+:( |$))")
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"\\]|\\.)*\"""")

LineAndColumn = tuple[int, int]
"""A line and a column of it, both counted from 0."""


class SyntaxProblem(NamedTuple):
    """What is wrong with a text that is not YAML, where it is, and how to mend it."""

    message: Phrase
    place: LineAndColumn
    help: Phrase | None = None
    in_quotes: bool = False
    """Whether it is wrong with a text in quotes."""
    is_open: bool = False
    """Whether what begins at the place is never closed."""
    is_stray: bool = False
    """Whether it closes nothing, or another bracket than its own, at the line's end."""


def why_not_yaml(
    lines: Sequence[str], error: yaml.MarkedYAMLError, inside: LineAndColumn | None = None
) -> SyntaxProblem:
    """What is wrong with a text that a scanner has stopped in; the collection it was `inside` begins there."""
    place, opened = _place(error.problem_mark), _place(error.context_mark)
    if place is None:
        return SyntaxProblem(phrase("unreadable"), opened or (0, 0))
    stop = _Stop(lines, place, None if opened == place else opened, inside)
    return stop.in_scanner() if isinstance(error, yaml.scanner.ScannerError) else stop.in_parser()


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where a scanner stopped, and where what it was in the middle of begins."""

    lines: Sequence[str]
    place: LineAndColumn
    opened: LineAndColumn | None
    inside: LineAndColumn | None
    """Where the innermost collection begins that is not at its end."""

    def in_scanner(self) -> SyntaxProblem:
        """What is wrong where no sign, text or key could be made of the text there."""
        match self._sign(self.opened):
            case "'" | '"':
                return self._quoted()
            case "|" | ">" as sign:
                message = phrase("text_after_sign", sign=sign)
                return SyntaxProblem(message, self.place, phrase("quote_value", sign=sign))
            case "*" | "&" | "!" | "%" as sign:
                return self._reserved(sign, self.opened)
        if self.opened:
            return self._lacks_colon(self.opened)
        return self._begins_nothing()

    def in_parser(self) -> SyntaxProblem:
        """What is wrong where the text can't follow what is before it."""
        sign, opener = self._sign(self.place), self._sign(self.opened)
        if opener in _CLOSER:
            return self._in_brackets(opener, sign, self.opened)
        bracket = self._sign(self.inside)
        if bracket in _CLOSER and (self._at_the_end or sign in ("]", "}")):
            return self._in_brackets(bracket, sign, self.inside)
        if sign in (",", "]", "}") and _KEY_AND_BRACKET.match(self._before):
            return self._lacks_colon(self._start_of(self.place[0]))
        if sign in ("]", "}"):
            is_stray = self._closes_the_line
            help_text = phrase("take_away" if is_stray else "quote_text_with_it")
            return SyntaxProblem(phrase("closes_nothing", sign=sign), self.place, help_text, is_stray=is_stray)
        if sign == ",":
            return SyntaxProblem(phrase("no_comma_here"), self.place, phrase("quotes_around_all"))
        if sign in ("!", "%"):
            return self._reserved(sign, self.place)
        if sign == ":":
            return SyntaxProblem(phrase("no_key_before"), self.place)
        if self.opened is None:
            return SyntaxProblem(phrase("ended_before"), self.place)
        if self._before.strip():
            return SyntaxProblem(phrase("follows_ended_value"), self.place, phrase("quotes_around_text"))
        if opener != "-" and self._line[self.place[1] :].split(" ")[0] == "-":
            return SyntaxProblem(phrase("entry_among_keys"), self.place, phrase("indent_list"))
        return _misplaced_line(self.place)

    def _quoted(self) -> SyntaxProblem:
        assert self.opened is not None
        if "\\" in self._before[-2:]:
            return SyntaxProblem(phrase("no_such_escape"), self.place, phrase("write_backslash"), in_quotes=True)
        if _QUOTED.match(self.lines[self.opened[0]], self.opened[1]):
            return self._lacks_colon(self.opened)
        return SyntaxProblem(phrase("quote_never_closed"), self.opened, in_quotes=True, is_open=True)

    def _lacks_colon(self, place: LineAndColumn) -> SyntaxProblem:
        return SyntaxProblem(phrase("lacks_colon"), place, phrase("write_key_and_value"))

    def _begins_nothing(self) -> SyntaxProblem:
        match self._sign(self.place):
            case ":":
                return self._colon()
            case "\t" if self._before.strip():
                return SyntaxProblem(phrase("tab_before_value"), self.place, phrase("no_tabs"))
            case "\t":
                return SyntaxProblem(phrase("tab_indents"), self.place, phrase("indent_with_blanks"))
            case "-":
                return SyntaxProblem(phrase("no_list_here"), self.place, phrase("line_for_each"))
            case sign:
                return self._reserved(sign, self.place)

    def _reserved(self, sign: str, place: LineAndColumn | None) -> SyntaxProblem:
        shown = phrase("a_backtick") if sign == "`" else f"`{sign}`"
        return SyntaxProblem(phrase("nothing_begins_with", sign=shown), place or self.place, phrase("quote_text"))

    def _colon(self) -> SyntaxProblem:
        if _KEY_AND_BRACKET.match(self._before):
            return self._lacks_colon(self._start_of(self.place[0]))
        if re.search(r"[:{,]\s", self._before):
            return SyntaxProblem(phrase("colon_in_text"), self.place, phrase("quote_colon"))
        begun = self._begun()
        if _KEY.search(self.lines[begun]):
            return _misplaced_line(self._start_of(self.place[0]))
        return self._lacks_colon(self._start_of(begun))

    def _begun(self) -> int:
        """The line on which the text without quotes begins that this line goes on with, as YAML reads it."""
        begun = self.place[0]
        for number in range(self.place[0] - 1, -1, -1):
            line = self.lines[number].rstrip()
            if line.endswith(":"):
                break
            if line:
                begun = number
            if _KEY.search(line) or line.lstrip().startswith("- "):
                break
        return begun

    def _start_of(self, line: int) -> LineAndColumn:
        """Where what a line holds begins, behind the dashes of lists."""
        dashes = _DASHES.match(self.lines[line])
        return line, dashes.end() if dashes else 0

    def _in_brackets(self, opener: str, sign: str, opened: LineAndColumn | None) -> SyntaxProblem:
        assert opened is not None
        closer = _CLOSER[opener]
        if self._at_the_end or self._has_left(opened):
            message = phrase("bracket_never_closed", sign=opener)
            return SyntaxProblem(message, opened, phrase("close_with", sign=closer), is_open=True)
        if sign in ("]", "}"):
            message = phrase("cannot_close", sign=sign, opener=opener, line=opened[0] + 1)
            return SyntaxProblem(message, self.place, phrase("close_with", sign=closer), is_stray=self._closes_the_line)
        if sign != ":":
            return SyntaxProblem(phrase("comma_or_bracket", sign=closer), self.place)
        if re.search(r"[:{,]\s", self._before):
            return self._colon()
        help_text = phrase("line_above_lacks_comma") if self.place[0] > opened[0] else None
        return SyntaxProblem(phrase("comma_before_entry", sign=closer), self.place, help_text)

    def _has_left(self, opened: LineAndColumn) -> bool:
        """Whether the line begins an entry no further in than the line with the bracket: it was to be closed above."""
        return (
            self.place[0] > opened[0]
            and _indentation(self._line) <= _indentation(self.lines[opened[0]])
            and _ENTRY.match(self._line) is not None
        )

    @property
    def _line(self) -> str:
        return self.lines[self.place[0]] if self.place[0] < len(self.lines) else ""

    @property
    def _before(self) -> str:
        """The text before the place in its line."""
        return self._line[: self.place[1]]

    @property
    def _closes_the_line(self) -> bool:
        """Whether nothing but brackets follows the one at the place in its line."""
        return not self._line[self.place[1] + 1 :].strip(" ]}")

    @property
    def _at_the_end(self) -> bool:
        """Whether nothing but white space and remarks follows the place."""
        lines_after = [self._line[self.place[1] :], *self.lines[self.place[0] + 1 :]]
        return all(not line.strip() or line.lstrip().startswith("#") for line in lines_after)

    def _sign(self, place: LineAndColumn | None) -> str:
        """The character at a place; nothing where there is none."""
        if place is None or place[0] >= len(self.lines):
            return ""
        return self.lines[place[0]][place[1] : place[1] + 1]


def _place(mark: Any) -> LineAndColumn | None:
    return (mark.line, mark.column) if mark else None


def _misplaced_line(place: LineAndColumn) -> SyntaxProblem:
    return SyntaxProblem(phrase("begins_beside_nothing"), place, phrase("begin_beside"))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
