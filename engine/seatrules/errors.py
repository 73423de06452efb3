"""What is raised on purpose, and what of an error of a request the one who reads it may see."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple, Self, TypeVar, get_args

from .diagnostics import Diagnostic, Span, echo, echoed, printable, suggested
from .words import AnyText, Phrase, in_language, phrase

Value = TypeVar("Value")
MAX_PROBLEMS = 1000
"""The most problems of one request that are collected; that there are more is then said."""

Audience = Literal["support", "admin", "customer", "user"]
SUPPORT: Audience = "support"
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
"""Who reads an answer.

`support` sees everything, an `admin` everything but where it stands in the policy's files. A `customer`, whose account
it is, is told in prose: with the account's numbers and days, without codes, expressions, places and ids of rules, and
without the names of others than who is in the action or acts. A `user` is told the verdict and the codes, each with its
line of the public vocabulary, and of the state only its date and the days of the bill: neither the messages, effects
and amounts, nor what is missing of it. So no answer to a user can name, or count, other people.
"""


class SeatrulesError(Exception):
    """Whatever this package raises on purpose. It can be pickled, whatever it is made from."""

    def __reduce__(self) -> Any:
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[SeatrulesError], args: tuple[Any, ...], attributes: Mapping[str, Any]) -> SeatrulesError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class SpokenError(SeatrulesError):
    """An error that is told in a language: in English where none is named."""

    def __init__(self, what: Phrase, mend: Phrase | None = None) -> None:
        self.what, self.mend = what, mend
        self._language: str | None = None
        super().__init__(str(self))

    @property
    def message(self) -> str:
        """What is wrong."""
        return self.what.text(self._language)

    @property
    def suggestion(self) -> str | None:
        """How to mend it."""
        return None if self.mend is None else self.mend.text(self._language)

    def spoken(self, language: str) -> Self:
        """The error in a language: in English where we lack it."""
        error = copy.copy(self)
        error._language = language
        return error

    def __str__(self) -> str:
        return f"{self.message}; {self.suggestion}" if self.mend else self.message


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


class UsageError(SpokenError):
    """What was asked for is not there: a policy, a version, a setting, a choice, a language."""

    def __init__(
        self, code: str, message: Phrase, *, allowed: Sequence[str] = (), suggestion: Phrase | None = None
    ) -> None:
        self.code, self.allowed = code, tuple(allowed)
        super().__init__(message, suggestion or suggested("", self.allowed))


class NotAllowedError(SpokenError, ValueError):
    """A decision was to be applied that allows nothing, is not wholly known, or is of another state."""


class StaleDecisionError(NotAllowedError):
    """A decision was to be applied by another policy, or to another state, than it is of: decide again.

    `path` is a JSON pointer to the first thing read that is another now; nothing where the policy is another.
    """

    def __init__(self, message: Phrase, path: str | None = None) -> None:
        self.path = path
        super().__init__(message)


class FileError(SpokenError):
    """A file is missing, is no regular file, or can't be read or written; `path` names it."""

    def __init__(self, path: str, message: Phrase) -> None:
        self.code, self.path = "file-error", path
        super().__init__(message)

    def __str__(self) -> str:
        return f"{printable(self.path)}: {self.message}"


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
    what: AnyText
    path: str
    allowed: tuple[str, ...] = ()
    help: AnyText | None = None
    span: Span | None = None
    invariant: BrokenRule | None = None
    language: str | None = None

    @property
    def message(self) -> str:
        """What is wrong, in the problem's language."""
        return str(in_language(self.what, self.language))

    @property
    def suggestion(self) -> str | None:
        """How to mend it, in the problem's language."""
        return None if self.help is None else str(in_language(self.help, self.language))

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


def malformed(what: Phrase) -> RequestProblem:
    """The problem of a text that can't be read as data at all."""
    return RequestProblem("malformed", what, "")


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
    """Whether the audience sees all that the state says: everybody's names, and what is behind an answer in prose.

    Raises:
        UsageError: there is no such audience.
    """
    return audience == SUPPORT or known_audience(audience) == "admin"


def known_audience(audience: str) -> Audience:
    """The audience, if it is one.

    Raises:
        UsageError: it is not.
    """
    for known in AUDIENCES:
        if audience == known:
            return known
    raise unknown("audience", audience, AUDIENCES)


def unknown(kind: str, word: object, known: Collection[str], message: Phrase | None = None) -> UsageError:
    """The error of a name that was asked for and is not there; `kind` is what it would name."""
    message = message or phrase(f"no_{kind}", name=echoed(word))
    return UsageError(f"unknown-{kind}", message, allowed=tuple(known), suggestion=suggested(echo(word), known))


def known_by_name(kind: str, name: object, known: Mapping[str, Value]) -> Value:
    """What is known by a name, whatever is given for one.

    Raises:
        UsageError: nothing is.
    """
    if isinstance(name, str) and name in known:
        return known[name]
    raise unknown(kind, name, known)
