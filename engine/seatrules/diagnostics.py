"""What we tell people when something is wrong: places, problems and the errors that carry them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from math import isfinite
from typing import Any, Literal, NamedTuple, get_args

from .words import Phrase, Texts, phrase

ECHO_LIMIT = 200
LISTED_MOST = 20

MAX_DEPTH = 64
"""How deep YAML and plain data may be nested."""

MAX_PROBLEMS = 1000
"""The most problems of one request that are collected; that there are more is then said."""

Audience = Literal["support", "admin", "user"]
SUPPORT: Audience = "support"
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
"""Who reads an answer.

`support` sees everything, an `admin` everything but where it stands in the policy's files. A `user` is told the verdict
and the codes, each with its line of the public vocabulary, and of the state nothing else but its date: neither the
messages, effects and billing, nor what is missing of it. So no answer can name, or count, other people.
"""


@dataclass(frozen=True, slots=True, eq=False)
class SourceText:
    """A text that was read: the name people know it by, its place in the policy's folder, its lines.

    `withheld` says that nothing of the text may be shown: a link leads to it, from a folder to what lies elsewhere.
    """

    name: str
    place: str
    lines: Sequence[str] = field(default=(), repr=False)
    withheld: bool = field(default=False, repr=False)


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
    """One problem: a stable code, a message, where it is, and how to mend it; `case` names the case that has it."""

    code: str
    message: str
    span: Span
    help: str | None = None
    notes: Sequence[tuple[Span, str]] = ()
    severity: str = "error"
    case: str | None = None

    def __str__(self) -> str:
        case = f"case `{self.case}`: " if self.case else ""
        return f"{self.span}: {self.severity}[{self.code}]: {case}{self.message}"

    @property
    def shown(self) -> Diagnostic:
        """The problem without a word of a text of which nothing may be shown."""
        if not self.span.source.withheld:
            return self
        return self._replace(message=_WITHHELD, help=_WITHHELD_HELP, notes=(), case=None)

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


class Problems:
    """Collects problems while reading goes on; the same problem at the same place is kept once."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[object, ...], Diagnostic] = {}
        self.error_count = 0
        """How many errors were reported, repeated ones included."""

    def error(
        self, code: str, message: str, span: Span, *, help: str | None = None, notes: Sequence[tuple[Span, str]] = ()
    ) -> None:
        self._add(Diagnostic(code, message, span, help, notes))

    def warning(self, code: str, message: str, span: Span, *, help: str | None = None) -> None:
        self._add(Diagnostic(code, message, span, help, severity="warning"))

    def note(self, code: str, message: str, span: Span) -> None:
        self._add(Diagnostic(code, message, span, severity="note"))

    def take(self, problems: Iterable[Diagnostic]) -> None:
        """Take over problems that were found elsewhere."""
        for problem in problems:
            self._add(problem)

    def _add(self, problem: Diagnostic) -> None:
        problem = problem.shown
        self.error_count += problem.severity == "error"
        self._by_place.setdefault((problem.span.sort_key, problem.code, problem.message), problem)

    @property
    def sorted(self) -> list[Diagnostic]:
        return sorted(self._by_place.values(), key=lambda p: (p.span.sort_key, p.code, p.message))

    @property
    def errors(self) -> list[Diagnostic]:
        return [problem for problem in self.sorted if problem.severity == "error"]

    def raise_errors(self) -> None:
        """Raise a `PolicyError` with every error found so far, if there is one."""
        if errors := self.errors:
            raise PolicyError(errors)


class SeatrulesError(Exception):
    """Whatever this package raises on purpose. It can be pickled, whatever it is made from."""

    def __reduce__(self) -> Any:
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[SeatrulesError], args: tuple[Any, ...], attributes: Mapping[str, Any]) -> SeatrulesError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


def error_object(
    code: str,
    message: str,
    *,
    allowed: Sequence[str] = (),
    suggestion: str | None = None,
    problems: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What stands in the place of an answer, as plain data."""
    parts = {"code": code, "message": message, "path": "", "allowed": list(allowed)}
    return {"error": {**parts, "suggestion": suggestion, "problems": list(problems)}}


class _ProblemsError(SeatrulesError):
    """What an author wrote is wrong; `problems` says every reason, sorted by place."""

    def __init__(self, problems: Iterable[Diagnostic]) -> None:
        self.problems: tuple[Diagnostic, ...] = tuple(problem.shown for problem in problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def as_dict(self) -> dict[str, Any]:
        """The error object, with every problem and its place."""
        first, problems = self.problems[0], [problem.as_dict() for problem in self.problems]
        return error_object(first.code, first.message, suggestion=first.help, problems=problems)


class PolicyError(_ProblemsError):
    """A policy is wrong; `problems` says every reason, sorted by place."""


class SuiteError(_ProblemsError):
    """A suite is not well formed, or does not fit its policy; `problems` says every reason, sorted by place.

    `labels` are what its cases are called, as far as that can be read; nothing where they can't be told.
    """

    def __init__(self, problems: Iterable[Diagnostic], labels: Iterable[str] | None = None) -> None:
        super().__init__(problems)
        self.labels = None if labels is None else tuple(labels)


class EndlessEventError(PolicyError):
    """While time passes, an event of a policy comes due again and again, whatever it changes; on `day`, for `entry`."""

    def __init__(self, event: str, span: Span, day: str, entry: str | None) -> None:
        self.event, self.span, self.day, self.entry = event, span, day, entry
        whose = f" for `{entry}`" if entry else ""
        message = f"event `{event}` comes due{whose} on {day} again and again, whatever it changes"
        help_text = "change what its `on` or its `when` reads, or remove the entry, so that it is no longer due"
        super().__init__([Diagnostic("endless-event", message, span, help_text)])

    def seen_by(self, audience: str) -> EndlessEventError:
        """The error as the audience may see it: to a user without the entry, which may be a person.

        Raises:
            UsageError: there is no such audience.
        """
        return self if sees_others(audience) else EndlessEventError(self.event, self.span, self.day, None)


class UsageError(SeatrulesError):
    """What was asked for is not there: a policy, a version, a setting, a choice, a language."""

    def __init__(self, code: str, message: str, *, allowed: Sequence[str] = (), suggestion: str | None = None) -> None:
        self.code, self.message, self.allowed, self.suggestion = code, message, tuple(allowed), suggestion
        super().__init__(f"{message}; {suggestion}" if suggestion else message)


class NotAllowedError(SeatrulesError, ValueError):
    """A decision was to be applied that allows nothing, is not wholly known, or is of another state."""


class StaleDecisionError(NotAllowedError):
    """A decision was to be applied by another policy, or to another state, than it is of: decide again.

    `path` is a JSON pointer to the first thing read that is another now; nothing where the policy is another.
    """

    def __init__(self, message: str, path: str | None = None) -> None:
        self.path = path
        super().__init__(message)


class FileError(SeatrulesError):
    """A file is missing, is no regular file, or can't be read or written; `path` names it."""

    def __init__(self, path: str, message: str) -> None:
        self.code, self.path, self.message = "file-error", path, message
        super().__init__(f"{printable(path)}: {message}")


class BrokenRule(NamedTuple):
    """The invariant that a problem is about: its id, its place and the values seen."""

    rule: str
    at: str | None = None
    values: tuple[tuple[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"rule": self.rule, "at": self.at, "values": dict(self.values)}


class RequestProblem(NamedTuple):
    """One thing wrong with a request; `path` is a JSON pointer, `allowed` what may stand there.

    `what` is wrong and what helps is said in `language`: in English where none is named, and the policy's own messages
    in its first. `span` is where it is written, if the request was read from a text; `invariant` is the one that the
    state breaks, if that is the problem.
    """

    code: str
    what: Phrase | Texts
    path: str
    allowed: tuple[str, ...] = ()
    help: Phrase | Texts | None = None
    span: Span | None = None
    invariant: BrokenRule | None = None
    language: str | None = None

    @property
    def message(self) -> str:
        """What is wrong, in the problem's language."""
        return self.what.text(self.language)

    @property
    def suggestion(self) -> str | None:
        """How to mend it, in the problem's language."""
        return None if self.help is None else self.help.text(self.language)

    def as_dict(self) -> dict[str, Any]:
        """The problem as plain data."""
        written = {} if self.span is None else self.span.as_dict()
        return {
            "code": self.code,
            "message": self.message,
            "path": self.path,
            "allowed": list(self.allowed),
            "suggestion": self.suggestion,
            **written,
            **(self.invariant.as_dict() if self.invariant else {}),
        }

    def __str__(self) -> str:
        message, suggestion = self.message, self.suggestion
        text = f"{message}; {suggestion}" if suggestion else message
        return ": ".join(str(part) for part in (self.span, self.path, text) if part)


class RequestError(SeatrulesError):
    """A state or an action is not well formed, so there is no verdict; `problems` says every reason.

    `code`, `message`, `path`, `allowed` and `suggestion` are the first problem's. Of more than `MAX_PROBLEMS` the first
    are kept, and a last one, `more_problems`, says so; `problems` is read no further.
    """

    def __init__(self, problems: Iterable[RequestProblem]) -> None:
        self.problems: tuple[RequestProblem, ...] = tuple(_first_problems(problems))
        first = self.problems[0]
        self.code, self.message, self.path = first.code, first.message, first.path
        self.allowed, self.suggestion = first.allowed, first.suggestion
        super().__init__("\n".join(map(str, self.problems)))

    def as_dict(self, language: str | None = None, *, audience: Audience = SUPPORT) -> dict[str, Any]:
        """The error object that takes a decision's place, as the audience may see it, in a language (see `spoken`).

        Raises:
            UsageError: there is no such audience.
        """
        shown = self.seen_by(audience)
        problems = [problem.as_dict() for problem in (shown if language is None else shown.spoken(language)).problems]
        return {"error": {**problems[0], "problems": problems}}

    def spoken(self, language: str) -> RequestError:
        """The error in a language: in English where we lack it, and the policy's own messages in the policy's first."""
        return RequestError(problem._replace(language=language) for problem in self.problems)

    def seen_by(self, audience: str) -> RequestError:
        """The error as the audience may see it.

        To an admin no places in the policy's files are shown. A user sees codes, and which part of the request is
        wrong: of broken invariants, that there are any.

        Raises:
            UsageError: there is no such audience.
        """
        if sees_places(audience):
            return self
        if sees_others(audience):
            return RequestError(map(_without_place, self.problems))
        problems = (_public_problem(problem) for problem in self.problems if problem.code != _MORE)
        return RequestError(dict.fromkeys(problems))


_MORE = "more_problems"


def _first_problems(problems: Iterable[RequestProblem]) -> Iterator[RequestProblem]:
    for number, problem in enumerate(problems):
        if number == MAX_PROBLEMS:
            yield RequestProblem(_MORE, phrase("more", count=MAX_PROBLEMS), "", language=problem.language)
            return
        yield problem


def raise_problems(problems: Iterable[RequestProblem]) -> None:
    """Raise a `RequestError` with the problems, if there is one."""
    if first := list(islice(problems, MAX_PROBLEMS + 1)):
        raise RequestError(first)


def _without_place(problem: RequestProblem) -> RequestProblem:
    return problem if problem.invariant is None else problem._replace(invariant=problem.invariant._replace(at=None))


def _public_problem(problem: RequestProblem) -> RequestProblem:
    part = "/".join(problem.path.split("/")[:2])
    what = phrase("not_well_formed" if problem.invariant is None else "state_is_impossible")
    return RequestProblem(problem.code, what, part, language=problem.language)


def sees_places(audience: str) -> bool:
    """Whether the audience sees where in the policy's files something stands.

    Raises:
        UsageError: there is no such audience.
    """
    return audience == SUPPORT or known_audience(audience) == SUPPORT


def sees_others(audience: str) -> bool:
    """Whether the audience sees what the state says: people's names, counts, and what follows from them.

    Raises:
        UsageError: there is no such audience.
    """
    return audience == SUPPORT or known_audience(audience) != "user"


def known_audience(audience: str) -> Audience:
    """The audience, if it is one.

    Raises:
        UsageError: it is not.
    """
    for known in AUDIENCES:
        if audience == known:
            return known
    raise unknown("audience", audience, AUDIENCES)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `word`, or nothing when none is near."""
    near = get_close_matches(str(word)[:ECHO_LIMIT], [name for name in known if type(name) is str], n=1, cutoff=0.6)
    return near[0] if near else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Suggest the known name nearest to `word`, or nothing when none is near."""
    near = nearest(word, known)
    return str(phrase("did_you_mean", name=near)) if near else None


def suggest(word: str, known: Collection[str]) -> str | None:
    """The known name nearest to `word`; all that there are when none is near, and nothing when there are none."""
    return did_you_mean(word, known) or (f"there are {listed(known)}" if known else None)


def unknown(kind: str, word: object, known: Collection[str], message: str | None = None) -> UsageError:
    """The error of a name that was asked for and is not there; `kind` is what it would name."""
    message = message or f"there is no {kind} `{echo(word)}`"
    return UsageError(f"unknown-{kind}", message, allowed=tuple(known), suggestion=suggest(echo(word), known))


def listed(words: Iterable[str]) -> str:
    """Words as a message lists them, the first `LISTED_MOST` of them."""
    words = list(words)
    more = f" and {len(words) - LISTED_MOST} more" if len(words) > LISTED_MOST else ""
    return ", ".join(f"`{word}`" for word in words[:LISTED_MOST]) + more


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
        return phrase("collection")
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
