"""What is cited is shown as what it is: the source's own words, what they mean to who reads them, or our words."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import ACTION, STATE
from broken import STATE as TOWN
from broken import build

HOUSE = """source: {title: House rules, language: nl}
"""
QUOTED = """statements:
  - id: P1
    quote: Geen vrachtwagens op het zuidplein.
    meaning: %s
  - {id: P2, quote: Een vergunning kost geld.}
"""
SAID = """statements:
  - id: P1
    says: {en: A lorry stays off the south lot, nl: Vrachtwagens horen niet op het zuidplein}
    source: {title: Notice, url: "https://ede.example/lots", seen: 2025-02-03}
  - {id: P2, says: A permit costs money, source: {title: Notice}}
"""
PARK = {"type": "park", "car": "b", "lot_name": "south", "hours": 1}
FREE = {**TOWN, "lots": {"south": {"free": 4}}}


def decided(folder: Path, statements: str, header: str = HOUSE) -> seatrules.Decision:
    """The denial of a lorry by the small policy with these statements."""
    mistake: dict[str, Any] = {"write": {"base/statements.yaml": statements}, "append": {"base/policy.yaml": header}}
    build(folder, mistake)
    return seatrules.load(folder / "parking").decide(PARK, FREE)


def cited(decision: seatrules.Decision, language: str) -> tuple[list[str], Mapping[str, Any]]:
    """The lines that show the statement in a language, and the statement as data."""
    lines = decision.explain(language).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("  P1 "))
    return lines[start:], decision.as_dict(language)["reasons"][0]["cites"][0]


@pytest.mark.parametrize("meaning", ["Lorries stay off", "{en: Lorries stay off, nl: Vrachtwagens mogen er niet}"])
def test_a_quote_in_another_language_comes_second(meaning: str, tmp_path: Path) -> None:
    """First what it means, then the source's own words, marked as such; to who reads the source's language, alone."""
    decision = decided(tmp_path, QUOTED % meaning)
    quote = "Geen vrachtwagens op het zuidplein."
    lines, data = cited(decision, "en")
    assert lines == ["  P1 Lorries stay off", f"      in the source's own words (nl): “{quote}”"]
    assert data == {"id": "P1", "quote": quote, "meaning": "Lorries stay off"}
    assert cited(decision, "nl") == ([f"  P1 “{quote}”"], {"id": "P1", "quote": quote})
    assert cited(pickle.loads(pickle.dumps(decision)), "en") == (lines, data)


def test_a_quote_without_a_meaning_is_marked_by_its_language(tmp_path: Path) -> None:
    """Where the policy does not say in which language its source is, it stands as before, behind what it means."""
    statements = QUOTED.replace("    meaning: %s\n", "")
    quote = "“Geen vrachtwagens op het zuidplein.”"
    assert cited(decided(tmp_path, statements), "en")[0] == [f"  P1 in the source's own words (nl): {quote}"]
    assert cited(decided(tmp_path / "unsaid", statements, ""), "en")[0] == [f"  P1 {quote}"]
    meant = decided(tmp_path / "meant", QUOTED % "Lorries stay off", "")
    assert cited(meant, "en")[0] == ["  P1 Lorries stay off", f"      {quote}"]


def test_what_is_said_in_our_words_has_no_quotation_marks(tmp_path: Path) -> None:
    """It is marked as that, in the language of the answer, with the name, the address and the day of its source."""
    decision = decided(tmp_path, SAID)
    source = {"title": "Notice", "url": "https://ede.example/lots", "seen": "2025-02-03"}
    for language, lines in (
        (
            "en",
            ["in our words: A lorry stays off the south lot", "Notice, https://ede.example/lots, seen on 2025-02-03"],
        ),
        (
            "nl",
            [
                "in onze woorden: Vrachtwagens horen niet op het zuidplein",
                "Notice, https://ede.example/lots, bekeken op 2025-02-03",
            ],
        ),
    ):
        told, data = cited(decision, language)
        assert told == [f"  P1 {lines[0]}", f"      {lines[1]}"]
        assert data == {"id": "P1", "quote": None, "says": lines[0].partition(": ")[2], "source": source}
    assert seatrules.load(tmp_path / "parking").decide({**PARK, "car": "a"}, FREE).as_dict("nl")["outcome"][
        "cites"
    ] == [{"id": "P2", "quote": None, "says": "A permit costs money", "source": {"title": "Notice"}}]


def test_every_statement_of_the_shipped_policy_speaks_english_and_dutch() -> None:
    """Each quote has a meaning in every language of the policy that is not its own."""
    engine = seatrules.load()
    for program in engine.programs.values():
        for name, statement in program.statements.items():
            assert statement.language in ("nl", "fr", "en"), name
            assert {"en", "nl"} - {statement.language} <= {*statement.meaning}, name
    (reason, *_) = engine.decide({**ACTION, "actor": "bob"}, STATE).as_dict("en")["reasons"]
    assert list(reason["cites"][0]) == ["id", "quote", "meaning"]
    json.dumps(reason)
