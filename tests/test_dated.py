"""Dated tables: which entry of a row is read on a day, by every evaluator, and when that changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seatrules
from seatrules.language import tree as t
from seatrules.language.days import add_days
from seatrules.language.interpret import Interpreter
from seatrules.language.types import BEFORE, Date, Table, Word
from test_versions import STATE, overlay, whole

PRICES = """table: day_price
key: [kind, lot]
columns: {cents: integer}
dated: true
rows:
  car: {north: [100, {from: 2025-03-01, cents: 150}, {from: 2025-06-01, cents: 170}], south: 200}
  lorry: {north: 300, south: [{cents: 400}, {from: 2025-04-01, cents: 450}]}
"""
LOTS = """table: lot_rules
key: lot
columns: {lorries: boolean, price: integer, name: text}
dated: true
rows:
  north:
    - {lorries: true, price: 3, name: {en: the north lot, nl: het noordplein}, cites: [P1]}
    - {from: 2025-03-01, lorries: false}
    - {from: 2025-05-01, price: 5}
  south: {lorries: false, price: 4, name: {en: the south lot, nl: het zuidplein}, cites: [P1]}
"""
DAYS = ["2025-01-31", "2025-02-28", "2025-03-01", "2025-05-31", "2025-06-01", "2030-01-01"]
CENTS = [100, 100, 150, 150, 170, 170]


@pytest.fixture
def dated(base_policy: Path) -> Path:
    """The small policy with prices that change, read on the day of the question."""
    base = base_policy / "base"
    (base / "prices.yaml").write_text(PRICES)
    facts = base / "facts.yaml"
    facts.write_text(facts.read_text().replace("day_price[k, l].cents", "day_price[k, l, as_of].cents"))
    return base_policy


def read_as(policy: Path, table: str, expression: str) -> None:
    """Write another table, and the rule that asks it."""
    base = policy / "base"
    (base / "tables.yaml").write_text(table)
    rules = base / "rules.yaml"
    rules.write_text(rules.read_text().replace("lot_rules[lot_name].lorries", expression))


def request(day: str, car: str = "mini", lot: str = "north", **rest: Any) -> tuple[Any, Any]:
    """An action and a state."""
    state = {**STATE, "as_of": day, "lots": {"north": {"free": 3}, "south": {"free": 3}}, **rest}
    return {"type": "park", "car": car, "lot_name": lot, "hours": 2}, state


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_the_entry_of_the_day_is_read(dated: Path, evaluator: Any) -> None:
    """The first until the day before the second, each later one from its own day on."""
    engine = seatrules.load(dated, evaluator=evaluator)
    billed = [engine.decide(*request(day)).as_dict()["billing"]["cents"] for day in DAYS]
    assert billed == CENTS


def test_a_row_without_entries_holds_always(dated: Path) -> None:
    """One that is written as in any other table, beside others that change."""
    engine = seatrules.load(dated)
    assert {engine.decide(*request(day, lot="south")).as_dict()["billing"]["cents"] for day in DAYS} == {200}


def test_an_entry_says_only_what_changes(dated: Path) -> None:
    """Columns that it leaves out are as they were."""
    read_as(dated, LOTS, "lot_rules[lot_name, as_of].lorries")
    table = seatrules.load(dated).programs["base"].tables["lot_rules"]
    rows: Any = table.rows["north"]
    assert table.days == ("2025-03-01", "2025-05-01")
    assert [(row["lorries"], row["price"], row["name"]["en"]) for row in rows.values()] == [
        (True, 3, "the north lot"),
        (False, 3, "the north lot"),
        (False, 5, "the north lot"),
    ]


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_a_rule_that_reads_a_dated_table_shows_what_it_read(dated: Path, evaluator: Any) -> None:
    """The day and the cell, and none of the comparisons by which the entry is found."""
    read_as(dated, LOTS, "lot_rules[lot_name, as_of].lorries")
    engine = seatrules.load(dated, evaluator=evaluator)
    assert engine.decide(*request("2025-02-28", car="bus")).allowed
    (reason,) = engine.decide(*request("2025-03-01", car="bus")).as_dict()["reasons"]
    (condition,) = reason["conditions"]
    assert condition["facts"] == {
        "lot_name": "north",
        "as_of": "2025-03-01",
        "lot_rules[lot_name, as_of].lorries": False,
    }


def test_when_sees_the_days_on_which_a_row_changes(dated: Path) -> None:
    """A stretch begins on the day of an entry."""
    read_as(dated, LOTS, "lot_rules[lot_name, as_of].lorries")
    engine = seatrules.load(dated)
    stretches = engine.when(*request("2025-02-01", car="bus"), until="2025-12-31").as_dict()["stretches"]
    assert [(each["first"], each["decision"]) for each in stretches] == [
        ("2025-02-01", "allow"),
        ("2025-03-01", "deny"),
    ]
    assert stretches[1]["because"][0]["expression"] == 'as_of >= "2025-03-01"'


def test_another_day_than_that_of_the_question_is_read(dated: Path) -> None:
    """A day of the state keeps the price of then; one that is not known tells nothing, and is named."""
    rules = dated / "base" / "facts.yaml"
    text = rules.read_text().replace("as_of].cents", "town.fair_on].cents if town.fair_on is not None else 0")
    rules.write_text(text)
    engine = seatrules.load(dated)
    for day, cents in zip(DAYS, CENTS, strict=True):
        asked = request("2025-07-01", town={"name": "Ede", "closed": False, "fair_on": day})
        assert engine.decide(*asked).as_dict()["billing"]["cents"] == cents
    decision = engine.decide(*request("2025-07-01"), partial=True)
    assert decision.allowed
    assert [each["path"] for each in decision.as_dict()["missing"]] == ["/state/town/fair_on"]


def test_an_overlay_is_merged_by_day(dated: Path) -> None:
    """An entry of a day that the base has takes its place, key by key; another one comes in its order."""
    text = """table: day_price
dated: true
rows:
  car:
    north: [{from: 2025-03-01, cents: 160}, {from: 2025-05-01, cents: 165}]
    south: [{from: 2025-05-01, cents: 210}]
  lorry:
    north: [305, {from: 2025-05-01, cents: 310}]
"""
    folder = overlay(dated, prices=text)
    table = seatrules.load(dated).programs["later"].tables["day_price"]
    rows: Any = table.rows["car"]
    days = (BEFORE, "2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01")
    assert [rows["north"][day]["cents"] for day in days] == [100, 160, 160, 165, 170]
    assert [rows["south"][day]["cents"] for day in days] == [200, 200, 200, 210, 210]
    lorries: Any = table.rows["lorry"]
    assert [lorries["north"][day]["cents"] for day in days] == [305, 305, 305, 310, 310]
    digest = whole(dated)
    (folder / "prices.yaml").write_text(text.replace("165", "166"))
    assert whole(dated) != digest


def test_an_overlay_dates_a_table(base_policy: Path) -> None:
    """What the base says of a row is what holds before the first day of the overlay."""
    prices = "table: day_price\ndated: true\nrows: {car: {south: [{from: 2025-08-01, cents: 250}]}}\n"
    facts = 'facts: {price_of: {amend: {is: "day_price[k, l, as_of].cents"}}}\n'
    overlay(base_policy, prices=prices, facts=facts)
    engine = seatrules.load(base_policy)
    days = ("2025-05-31", "2025-07-31", "2025-08-01")
    assert [engine.decide(*request(day, lot="south")).as_dict()["billing"]["cents"] for day in days] == [200, 200, 250]


days = st.integers(0, 400).map(lambda number: add_days("2025-01-01", number))


@given(st.sets(days, max_size=40).map(sorted), days)
def test_the_period_of_a_day_is_the_last_that_has_begun(begins: list[str], day: str) -> None:
    """However many there are: half of them lie on either side of each comparison."""
    words = Word("period", (BEFORE, *begins))
    found = Interpreter({}, {}, {}).value(t.period(words, t.Literal(Date(), "day", day), begins), {})
    assert found == max((each for each in begins if each <= day), default=BEFORE)


def test_a_table_without_days_is_as_before(base_policy: Path) -> None:
    """It has no periods, and costs nothing more."""
    table = seatrules.load(base_policy).programs["base"].tables["day_price"]
    assert isinstance(table, Table)
    assert (table.days, [key.name for key in table.keys]) == (None, ["kind", "lot"])
