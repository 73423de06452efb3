"""The evaluators agree on made-up requests and policies; where they would not, it is shown as a case."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import pytest

import seatrules
from fuzz.compare import answers, case, differ, evaluators, load, shrunk_request
from fuzz.policies import SMALL_ACTION, SMALL_STATE, small_policy, write_policy
from fuzz.requests import request
from fuzz.run import run
from lengths import examples
from seatrules.language import interpret
from seatrules.language.functions import FUNCTIONS
from seatrules.suites import read_suite


@pytest.mark.parametrize(
    "names",
    [
        ("compiled", "interpreter"),
        pytest.param(
            ("compiled", "interpreter", "durable"),
            marks=pytest.mark.skipif(bool(evaluators()[1]), reason=f"`durable` is left out: {evaluators()[1]}"),
        ),
    ],
    ids=["two", "with durable-rules"],
)
def test_the_evaluators_agree(names: tuple[str, ...], tmp_path: Path) -> None:
    """Verdict and codes, or the error, are the same for every shipped policy and for made-up ones."""
    found = list(islice(run(Random(len(names)), names, tmp_path), examples(3000)))
    assert [each.case for each in found if each.case] == []
    said = [each.answer for each in found]
    assert min(said.count(answer) for answer in ("allow", "deny", "error")) > len(found) / 20


@pytest.mark.parametrize(
    ("requirement", "strict", "answer"),
    [
        ("add_days(day, n) > as_of or settings.strict", True, ("error", "out_of_range")),
        ("flag and add_days(day, n) > as_of and settings.strict", False, ("error", "out_of_range")),
        ("settings.strict or add_days(day, n) > as_of", True, ("allow",)),
        ("settings.strict and add_days(day, n) > as_of", False, ("deny", "r0")),
    ],
)
def test_a_setting_hides_no_error_that_comes_before_it(
    requirement: str, strict: bool, answer: tuple[str, ...], tmp_path: Path
) -> None:
    """What decides whatever the request is does not keep what is asked before it from failing."""
    rule: dict[str, object] = {"id": "rule-0", "actions": ["act"], "require": requirement}
    rule["otherwise"] = {"code": "r0", "message": {"en": "no"}}
    policy = write_policy({"facts": {}, "rules": [rule]}, tmp_path)
    engines = load(policy, evaluators()[0], {"strict": strict})
    request = (SMALL_ACTION, {**SMALL_STATE, "n": 10**9})
    found = answers(engines, request, None).values()
    assert len(set(found)) == 1
    assert {each[: len(answer)] for each in found} == {answer}


def test_a_requirement_that_fails_hides_no_error_of_the_next(tmp_path: Path) -> None:
    """Every requirement is asked: a day beyond the years is an error, though the one before it denies already."""
    rule: dict[str, object] = {"id": "rule-0", "actions": ["act"], "require": ["k > 1", "add_days(day, n) > as_of"]}
    rule["otherwise"] = {"code": "r0", "message": {"en": "no"}}
    engines = load(write_policy({"facts": {}, "rules": [rule]}, tmp_path), evaluators()[0])
    found = answers(engines, (SMALL_ACTION, {**SMALL_STATE, "n": 10**9}), None).values()
    assert set(found) == {("error", "out_of_range")}


def test_a_disagreement_is_shrunk_and_shown_as_a_case(tmp_path: Path) -> None:
    """Two engines that differ are shown by a small request, as a suite has it."""
    engines = {
        "compiled": seatrules.load(settings={"assigning_needs_permission": True}),
        "interpreter": seatrules.load(evaluator="interpreter"),
    }
    random = Random(1)
    program = engines["compiled"].programs["2024-11-01"]
    requests = (request(random, program) for _ in range(2000))
    found = next(each for each in requests if differ(answers(engines, each, None)))
    small = shrunk_request(engines, found, None)
    assert differ(answers(engines, small, None))
    assert len(str(small)) < len(str(found)) / 2
    text = case(engines, small, "2024-11-01", None)
    assert text.startswith("# compiled: deny ")
    (tmp_path / "suite.yaml").write_text(text, encoding="utf-8")
    (read,) = read_suite(tmp_path / "suite.yaml").cases
    assert (read.action, read.state) == small


def test_a_policy_that_shows_a_fault_is_shrunk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that takes `<=` for `<` is found out, with no more of a policy than that takes."""
    monkeypatch.setitem(interpret.COMPARE, "<=", lambda first, second: first < second)
    found = islice(run(Random(6), ("compiled", "interpreter"), tmp_path), 5000)
    texts = (each.case for each in found if each.case)
    text = next(text for text in texts if "code: r" in text and "<=" in text)
    assert text.count("code: r") == 1
    assert " <= " in text
    assert " and " not in text.replace(" is not None and ", "")


def test_made_up_policies_use_the_whole_language() -> None:
    """Every operator, loop and function of the language is among the made-up expressions."""
    random = Random(0)
    text = str([small_policy(random) for _ in range(300)])
    words = [
        " and ",
        " or ",
        "not (",
        " in ",
        " not in ",
        " + ",
        " - ",
        " * ",
        " if ",
        " is None",
        " is not None",
        " for ",
    ]
    words += [" == ", " != ", " < ", " <= ", " > ", " >= "]
    words += [f"{name}(" for name in (*FUNCTIONS, "all", "any", "count", "sum")]
    assert [word for word in words if word not in text] == []
