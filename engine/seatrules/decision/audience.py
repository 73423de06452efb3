"""Who reads an answer, and what they may see of it.

`support` sees everything, an `admin` everything but where it stands in the policy's files. A `user` is told the verdict
and the codes, each with its line of the public vocabulary, and of the state nothing else but its date: neither the
messages, effects and billing, nor what is missing of it. So no answer can name, or count, other people.
"""

from __future__ import annotations

from typing import Literal, get_args

from ..diagnostics import RequestError, RequestProblem, unknown

Audience = Literal["support", "admin", "user"]
SUPPORT: Audience = "support"
AUDIENCES: tuple[Audience, ...] = get_args(Audience)


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


def known_audience(audience: str) -> Audience:
    """The audience, if it is one.

    Raises:
        UsageError: it is not.
    """
    for known in AUDIENCES:
        if audience == known:
            return known
    raise unknown("audience", audience, AUDIENCES)


def error_for(error: RequestError, audience: str) -> RequestError:
    """The error of a request as the audience may see it: a user sees codes, and which part of the request is wrong."""
    if sees_others(audience):
        return error
    return RequestError(dict.fromkeys(map(_public_problem, error.problems)))


def _public_problem(problem: RequestProblem) -> RequestProblem:
    part = "/".join(problem.path.split("/")[:2])
    return RequestProblem(problem.code, "the request is not well formed", part)
