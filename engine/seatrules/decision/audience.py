"""Who reads an answer, and what they may see of it.

`support` sees everything, an `admin` everything but where it stands in the policy's files. A `user` is told the verdict
and the codes, each with its line of the public vocabulary, and of the state nothing else but its date: neither the
messages, effects and billing, nor what is missing of it. So no answer can name, or count, other people.
"""

from __future__ import annotations

from ..diagnostics import RequestError, RequestProblem, unknown

SUPPORT = "support"
AUDIENCES = (SUPPORT, "admin", "user")


def sees_places(audience: str) -> bool:
    """Whether the audience sees where in the policy's files something stands.

    Raises:
        UsageError: there is no such audience.
    """
    return known_audience(audience) == SUPPORT


def sees_others(audience: str) -> bool:
    """Whether the audience sees what the state says: people's names, counts, and what follows from them.

    Raises:
        UsageError: there is no such audience.
    """
    return known_audience(audience) != "user"


def known_audience(audience: str) -> str:
    """The audience, if it is one.

    Raises:
        UsageError: it is not.
    """
    if audience not in AUDIENCES:
        raise unknown("audience", audience, AUDIENCES)
    return audience


def error_for(error: RequestError, audience: str) -> RequestError:
    """The error of a request as the audience may see it.

    A user sees codes, and which part of the request is wrong: of broken invariants, that there are any.
    """
    if sees_places(audience):
        return error
    if sees_others(audience):
        return RequestError(map(_without_place, error.problems))
    return RequestError(dict.fromkeys(map(_public_problem, error.problems)))


def _without_place(problem: RequestProblem) -> RequestProblem:
    return problem if problem.invariant is None else problem._replace(invariant=problem.invariant._replace(at=None))


def _public_problem(problem: RequestProblem) -> RequestProblem:
    part = "/".join(problem.path.split("/")[:2])
    message = "the request is not well formed" if problem.invariant is None else "the state can't be as it is given"
    return RequestProblem(problem.code, message, part)
