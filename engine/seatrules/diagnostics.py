"""What we say of a text that somebody wrote, with its place; and how values from outside are shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from math import isfinite
from typing import Any, NamedTuple

from .words import AnyText, Phrase, phrase

ECHO_LIMIT = 200
LISTED_MOST = 20
MAX_DEPTH = 64
"""How deep YAML and plain data may be nested."""


class Meant(str):
    """Help that names what seems to be meant: `name`, in the place of the `word` that is written."""

    __slots__ = ("name", "word")
    name: str
    word: str

    def __new__(cls, word: str, name: str) -> Meant:
        meant = super().__new__(cls, phrase("did_you_mean", name=name))
        meant.name, meant.word = name, word
        return meant

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return self.word, self.name


class SourceText:
    """A text that was read: the name people know it by, its place in the policy's folder, its lines.

    `withheld` says that nothing of the text may be shown: a link leads to it, from a folder to what lies elsewhere.
    """

    __slots__ = ("lines", "name", "place", "withheld")

    def __init__(self, name: str, place: str, lines: Sequence[str] = (), withheld: bool = False) -> None:
        self.name, self.place, self.lines, self.withheld = name, place, lines, withheld

    def __repr__(self) -> str:
        return f"SourceText(name={self.name!r}, place={self.place!r})"


class Span(NamedTuple):
    """A stretch of one line of a text; `line` and `column` count from 1, in characters."""

    source: SourceText
    line: int = 1
    column: int = 1
    width: int = 1

    def __str__(self) -> str:
        return f"{printable(self.source.name)}:{self.line}:{self.column}"

    def as_dict(self) -> dict[str, Any]:
        """The place as plain data."""
        return {"file": self.source.name, "line": self.line, "column": self.column}

    @property
    def at(self) -> str:
        """The place as a decision names it: relative to the policy's folder."""
        return f"{self.source.place}:{self.line}:{self.column}"

    @property
    def sort_key(self) -> tuple[str, int, int]:
        return (self.source.name, self.line, self.column)

    @property
    def underlined(self) -> str:
        """The words that the span covers."""
        return (self.text or "")[self.column - 1 :][: self.width]

    @property
    def text(self) -> str | None:
        """The line that the span lies in, or nothing when the text has no such line, or is withheld."""
        lines = () if self.source.withheld else self.source.lines
        return lines[self.line - 1] if 0 < self.line <= len(lines) else None


class Diagnostic(NamedTuple):
    """One problem: a stable code, what is wrong, where, and how to mend it; `case` names the case that has it."""

    code: str
    what: AnyText
    span: Span
    mend: AnyText | None = None
    notes: Sequence[tuple[Span, str]] = ()
    severity: str = "error"
    case: str | None = None

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return str(self.what)

    @property
    def help(self) -> str | None:
        """How to mend it, in English."""
        return None if self.mend is None else str(self.mend)

    def __str__(self) -> str:
        case = f"case `{self.case}`: " if self.case else ""
        return f"{self.span}: {self.severity}[{self.code}]: {case}{self.message}"

    @property
    def shown(self) -> Diagnostic:
        """The problem without a word of a text of which nothing may be shown."""
        if not self.span.source.withheld:
            return self
        return self._replace(what=_WITHHELD, mend=_WITHHELD_HELP, notes=(), case=None)

    def as_dict(self) -> dict[str, Any]:
        """The problem as plain data, with the fields that the text shows."""
        return {
            **self.span.as_dict(),
            "width": self.span.width,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "help": self.help,
            "notes": [{**span.as_dict(), "message": message} for span, message in self.notes],
            **({"case": self.case} if self.case else {}),
        }


_WITHHELD = "something is wrong here with a file outside the policy's folder, to which a link leads"
_WITHHELD_HELP = "nothing of such a file is shown: put it in place of the link to be told what is wrong"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `word`, or nothing when none is near."""
    near = get_close_matches(str(word)[:ECHO_LIMIT], [name for name in known if type(name) is str], n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> Meant | None:
    """Suggest the known name nearest to `word`, or nothing when none is near."""
    near = nearest(word, known)
    return Meant(str(word), near) if near else None


def suggest(word: str, known: Collection[str]) -> str | None:
    """What `suggested` says, in English."""
    if meant := did_you_mean(word, known):
        return meant
    suggestion = suggested(word, known)
    return None if suggestion is None else str(suggestion)


def suggested(word: str, known: Collection[str]) -> Phrase | None:
    """The known name nearest to `word`; all that there are when none is near, and nothing when there are none."""
    if near := nearest(word, known):
        return phrase("did_you_mean", name=near)
    return phrase("there_are", words=in_a_list(known)) if known else None


def listed(words: Iterable[str]) -> str:
    """Words as a message lists them, the first `LISTED_MOST` of them."""
    return str(in_a_list(words))


def in_a_list(words: Iterable[str]) -> AnyText:
    """What `listed` says, in any language."""
    words = list(words)
    first = ", ".join(f"`{word}`" for word in words[:LISTED_MOST])
    return first if len(words) <= LISTED_MOST else phrase("and_more", words=first, count=len(words) - LISTED_MOST)


def printable(text: str) -> str:
    """`text` with everything that a terminal would act on, or not show, written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def echo(value: object) -> str:
    """A value from outside as a message shows it: printable, and cut off where it is long."""
    return str(echoed(value))


def echoed(value: object) -> str | Phrase:
    """What `echo` says of a value, in any language."""
    if isinstance(value, dict | list | tuple | set):
        return "{…}" if isinstance(value, dict) else "[…]"
    if isinstance(value, int) and abs(value) >= 10**18:
        return phrase("long_number")
    if isinstance(value, float) and not isfinite(value):
        return phrase("number_not_finite")
    if value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    else:
        text = str(value)
    text = printable(text[: ECHO_LIMIT + 1])
    return text if len(text) <= ECHO_LIMIT else text[:ECHO_LIMIT] + "…"
