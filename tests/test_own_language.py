"""A policy speaks a language that the engine does not: its own words stand in the place of ours."""

from __future__ import annotations

import pickle
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import seatrules
from conftest import TESTS
from seatrules import RequestError
from seatrules.words import Language, every_word, words

ALLOTMENTS = TESTS / "policies" / "allotments" / "2025-01-01"
WORDS = """words:
  fi:
    decision: {allow: SALLITTU, deny: KIELLETTY, billing: Lasku}
    lists: {none: ei mitään, last: "{some} ja {last}"}
    numbers: {decimal_sign: "|"}
    problems: {missing: "`{name}` puuttuu"}
"""
MESSAGE = 'otherwise: {code: no_key, message: {fi: "{orders}, {amount_of, decimal, 2}"}}'


@pytest.fixture
def finnish(tmp_path: Path) -> Path:
    """The policy of the allotments in Finnish, as far as it is told by these words; a reason prints a list."""
    folder = tmp_path / "allotments" / "2025-01-01"
    shutil.copytree(ALLOTMENTS, folder, ignore=shutil.ignore_patterns("suites"))
    for path in folder.glob("*.yaml"):
        text = re.sub(r"\ben\b(?=[:\]])", "fi", path.read_text(encoding="utf-8"))
        text = text.replace("otherwise: {code: no_key}", MESSAGE)
        path.write_text(text, encoding="utf-8")
    (folder / "words.yaml").write_text(WORDS, encoding="utf-8")
    (folder / "facts-more.yaml").write_text("facts: {amount_of: {is: '583'}}\n", encoding="utf-8")
    return folder.parent


def state(orders: list[str]) -> dict[str, Any]:
    """A society without a key, which has ordered these crops."""
    return {
        "as_of": "2025-03-01",
        "society": {"key": False, "asked": False, "chair": "ana", "board": []},
        "gardens": {},
        "holders": {},
        "orders": orders,
        "stock": {},
        "wishes": [],
    }


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_answers_are_in_the_words_of_the_policy(evaluator: seatrules.EvaluatorName, finnish: Path) -> None:
    """Verdicts, lists and amounts; what it does not bring is in English; also in another process."""
    engine = seatrules.Engine.of(seatrules.load(finnish).programs, evaluator)
    decision = engine.decide({"type": "open_shed"}, state(["leek", "potato"]))
    for each in (decision, pickle.loads(pickle.dumps(decision))):
        for said in (each.explain(), each.explain("fi"), each.explain("fi-FI")):
            assert said.startswith("KIELLETTY  (allotments 2025-01-01, 2025-03-01)")
            assert "\nno_key: leek ja potato, 5|83\n" in said
            assert "  -> does not hold\n" in said
    assert engine.decide({"type": "open_shed"}, state([])).reasons[0].message("fi") == "ei mitään, 5|83"


def test_mistakes_of_a_request_are_told_in_them(finnish: Path) -> None:
    """In the language as the engine of the policy names it."""
    engine = seatrules.load(finnish)
    with pytest.raises(RequestError) as raised:
        engine.validate({})
    assert raised.value.as_dict(engine.languages[0])["error"]["message"] == "`as_of` puuttuu"


def test_a_language_keeps_its_words_when_it_is_kept() -> None:
    """It is a text like any other, and what it does not bring is ours."""
    language = Language("nl", {"decision": {"allow": "MAG"}})
    again = pickle.loads(pickle.dumps(language))
    assert (again, type(again), again.own) == ("nl", Language, language.own)
    assert words("decision", again)["allow"] == "MAG"
    assert words("decision", again)["deny"] == words("decision", "nl")["deny"]
    assert words("lists", again) == every_word("nl")["lists"]
