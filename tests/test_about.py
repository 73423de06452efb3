"""What a code of a reason is about, where no action mends it: said in answers, and no remedy is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import seatrules
from broken import STATE, build
from seatrules.analysis.goals import findings
from seatrules.decision.explain import decision_text
from seatrules.policy.kinds import ABOUT
from seatrules.render.remedies import remedies_text
from seatrules.words import words

PARK = {"type": "park", "car": "b", "lot_name": "south", "hours": 1}
NOT_FINAL = "`lot_full` is about `request`, and there is a remedy"
FREE = {**STATE, "lots": {"south": {"free": 4}}}
FULL = {**STATE, "lots": {"south": {"free": 0}}, "cars": {"a": STATE["cars"]["a"]}}


def policy(folder: Path, lorry: str, lot_full: str = "{en: no place is free, nl: er is geen plaats vrij}") -> Path:
    """The small policy, with these lines of its two codes of reasons."""
    given = "{lot_full: {en: no place is free, nl: er is geen plaats vrij}, lorry: a lorry on the wrong lot}"
    codes = f"{{lot_full: {lot_full}, lorry: {lorry}}}"
    build(folder, {"replace": {"base/codes.yaml": {given: codes}}})
    return folder / "parking"


@pytest.mark.parametrize("about", ABOUT)
@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_an_answer_says_what_a_code_is_about(about: str, evaluator: seatrules.EvaluatorName, tmp_path: Path) -> None:
    """As data, to everybody, and in our words in the language of the answer; the line is that of the code."""
    loaded = seatrules.load(policy(tmp_path, f"{{line: a lorry on the wrong lot, about: {about}}}"))
    engine = seatrules.Engine.of(loaded.programs, evaluator)
    decision = engine.decide(PARK, FREE)
    assert decision.reasons[0].about == about
    assert list(decision.as_dict("en")["reasons"][0])[-1] == "about"
    public = {"code": "lorry", "message": "a lorry on the wrong lot", "about": about}
    assert decision.as_dict("en", audience="user")["reasons"] == [public]
    for language in ("en", "nl"):
        for audience in ("user", "admin", "support"):
            said = decision_text(decision, language, audience=audience)
            assert f"\n  {words('decision', language)[about]}" in said
    other = seatrules.load(policy(tmp_path / "other", "a lorry on the wrong lot")).decide(PARK, FREE)
    assert "about" not in other.as_dict("en")["reasons"][0]
    assert other.reasons[0].about is None


def test_no_remedy_is_looked_for_and_the_reason_is_given(tmp_path: Path) -> None:
    """In our words, or in those of the policy where `terminal` has some."""
    engine = seatrules.load(policy(tmp_path, "{line: a lorry on the wrong lot, about: request}"))
    found = engine.remedies(PARK, FREE, seconds=30)
    (rule,) = found.as_dict("nl")["unmendable"]
    assert (found.remedies, found.searched) == ((), 0)
    assert (rule["about"], rule["why"]) == ("request", words("decision", "nl")["request"])
    (public,) = found.as_dict("en", audience="user")["unmendable"]
    assert public == {"code": "lorry", "why": words("decision", "en")["request"], "about": "request"}
    program = engine.programs["base"]
    assert f"lorry: {words('decision', 'nl')['request']}" in remedies_text(found, program, "nl")
    codes = tmp_path / "parking" / "base" / "codes.yaml"
    codes.write_text(codes.read_text() + "  terminal: {lorry: {en: a lorry stays one, nl: eens een vrachtwagen}}\n")
    (own,) = seatrules.load(tmp_path / "parking").remedies(PARK, FREE).as_dict("en")["unmendable"]
    assert (own["about"], own["why"]) == ("request", "a lorry stays one")


@pytest.mark.parametrize(
    ("lorry", "lot_full", "told"),
    [
        ("big", "full", ["no denial for `lorry` has a remedy"]),
        ("{line: big, about: elsewhere}", "full", []),
        ("{line: big, about: too_late}", "{line: full, about: fulfilled}", []),
        ("{line: big, about: elsewhere}", "{line: full, about: request}", [NOT_FINAL]),
    ],
)  # fmt: skip
def test_lint_deep_asks_no_remedy_and_tells_of_one_that_should_not_be(
    lorry: str, lot_full: str, told: list[str], tmp_path: Path
) -> None:
    """Of what is fulfilled, a way to undo it and do it again is no contradiction."""
    engine = seatrules.load(policy(tmp_path, lorry, lot_full))
    states: list[dict[str, Any]] = [FREE, FULL]
    found = findings(engine, states, "base", budget=500, search=300)
    assert [each.message for each in found] == told
