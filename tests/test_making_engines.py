"""An engine is made of the versions of one policy, with an evaluator."""

from __future__ import annotations

from typing import Any

import pytest

import seatrules

ENGINE = seatrules.load()
PROGRAM = next(iter(ENGINE.programs.values()))
WRONG: dict[str, tuple[Any, Any, str, str]] = {
    "no version": ([], "compiled", "no-version", "an engine needs a version of a policy: none was given"),
    "one version twice": (
        [PROGRAM, PROGRAM],
        "compiled",
        "two-versions",
        "the versions `2024-11-01` and `2024-11-01` both come into force on 2024-03-05",
    ),
    "an evaluator that there is not": (
        [PROGRAM],
        "compild",
        "unknown-evaluator",
        "there is no evaluator `compild`; did you mean `compiled`?",
    ),
    "something else as the evaluator": (
        [PROGRAM],
        3,
        "unknown-evaluator",
        "there is no evaluator `3`; there are `compiled`, `interpreter`, `durable`",
    ),
}


@pytest.mark.parametrize(("programs", "evaluator", "code", "message"), WRONG.values(), ids=list(WRONG))
def test_what_makes_no_engine_is_told(programs: Any, evaluator: Any, code: str, message: str) -> None:
    with pytest.raises(seatrules.UsageError) as caught:
        seatrules.Engine.of(programs, evaluator)
    assert (caught.value.code, str(caught.value)) == (code, message)


def test_versions_are_given_by_name_or_alone() -> None:
    """What an engine calls its versions makes another engine."""
    for programs in (ENGINE.programs, ENGINE.programs.values()):
        assert seatrules.Engine.of(programs, "interpreter").programs == ENGINE.programs


@pytest.mark.parametrize("version", [[], {}, 3, 10**5000, "2024"], ids=["list", "dict", "number", "long", "year"])
def test_a_version_that_is_none_is_told(version: Any) -> None:
    """Whatever is given for it, it is an error of the call."""
    state = {"as_of": "2024-11-15"}
    for ask in (ENGINE.decide, ENGINE.allows):
        with pytest.raises(seatrules.UsageError, match="there is no version"):
            ask({}, state, version=version)
