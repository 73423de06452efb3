"""Who reads an answer, and what they may see of it.

`support` sees everything, an `admin` everything but where it stands in the policy's files. A `user` is told the verdict
and the codes, each with its line of the public vocabulary, and of the state nothing else but its date: neither the
messages, effects and billing, nor what is missing of it. So no answer can name, or count, other people.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..diagnostics import RequestError, RequestProblem, unknown

if TYPE_CHECKING:
    from .explanation import Explanation, Reason
    from .values import Decision

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


def public_answer(decision: Decision, language: str) -> dict[str, Any]:
    """What a user is told of a decision, as plain data; of several reasons with one code, the code once."""
    details = decision.details
    return {
        "decision": decision.decision,
        "reasons": _public_reasons(details.reasons, language),
        "outcome": _public_line(details.outcome, language) if details.outcome else None,
        "warnings": _public_reasons(details.warnings, language),
        "notices": [{**_public_line(each, language), "from": each.since} for each in details.notices],
        "policy": decision.policy.as_dict(),
        "as_of": decision.as_of,
    }


def error_for(error: RequestError, audience: str) -> RequestError:
    """The error of a request as the audience may see it: a user sees codes, and which part of the request is wrong."""
    if sees_others(audience):
        return error
    return RequestError(dict.fromkeys(map(_public_problem, error.problems)))


def _public_reasons(reasons: Iterable[Reason], language: str) -> list[dict[str, str]]:
    return list({each.code: _public_line(each, language) for each in reasons}.values())


def _public_line(explanation: Explanation, language: str) -> dict[str, str]:
    return {"code": explanation.code, "message": explanation.line(language)}


def _public_problem(problem: RequestProblem) -> RequestProblem:
    part = "/".join(problem.path.split("/")[:2])
    return RequestProblem(problem.code, "the request is not well formed", part)
