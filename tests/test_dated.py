"""Dated tables: which entry of a row is read on a day, by every evaluator, and when that changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seatrules
from seatrules import PolicyError
from seatrules.language import tree as t
from seatrules.language.days import add_days
from seatrules.language.explained import dated_cells_read
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
CELLS = """table: lot_rules
key: lot
columns: {lorries: boolean, price: integer, name: text}
dated: true
rows:
  north:
    lorries: [true, {from: 2025-03-01, lorries: false, cites: [P1]}]
    price: [{price: 3}, {from: 2025-05-01, price: 5}]
    name: [{en: the north lot, nl: het noordplein}, {from: 2025-05-01, name: {en: the new lot, nl: het nieuwe plein}}]
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
    (base / "overview.yaml").unlink(missing_ok=True)  # it reads the table without a day
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


def test_a_cell_has_entries_of_its_own(dated: Path) -> None:
    """Cells of one row change on days of their own, and one that is no list holds always."""
    read_as(dated, CELLS, "lot_rules[lot_name, as_of].lorries")
    of_cells = seatrules.load(dated).programs["base"].tables["lot_rules"]
    (dated / "base" / "tables.yaml").write_text(
        LOTS.replace("price: 5", "price: 5, name: {en: the new lot, nl: het nieuwe plein}")
    )
    of_rows = seatrules.load(dated).programs["base"].tables["lot_rules"]
    assert (of_cells.days, of_cells.rows) == (of_rows.days, of_rows.rows)


ENTRIES = "[{price: 3, lorries: true}, {from: 2025-03-01, lorries: false}, {from: 2025-05-01, price: 5}]"
OF_CELLS = "{price: [3, {from: 2025-05-01, price: 5}], lorries: [true, {from: 2025-03-01, lorries: false}]}"


@pytest.mark.parametrize("base", [ENTRIES, OF_CELLS], ids=["of rows", "of cells"])
@pytest.mark.parametrize(
    ("change", "prices", "lorries"),
    [
        ("{price: [{from: 2025-05-01, price: 6}]}", [3, 3, 6, 6], [True, False, False, False]),
        ("[{from: 2025-05-01, price: 6}]", [3, 3, 6, 6], [True, False, False, False]),
        ("{price: [4, {from: 2025-03-01, price: 7}]}", [4, 7, 5, 5], [True, False, False, False]),
        ("[{price: 4}, {from: 2025-03-01, price: 7}]", [4, 7, 5, 5], [True, False, False, False]),
        ("{price: [{price: 4}]}", [4, 4, 5, 5], [True, False, False, False]),
        ("[{from: 2025-06-01, price: 8, lorries: true}]", [3, 3, 5, 8], [True, False, False, True]),
        ("{price: [{from: 2025-06-01, price: 8}], lorries: [false]}", [3, 3, 5, 8], None),
    ],
)
def test_entries_of_rows_and_of_cells_are_merged(
    base_policy: Path, base: str, change: str, prices: list[int], lorries: list[bool] | None
) -> None:
    """Whichever of the two an overlay and its base have; a list that holds no entry is no value of a cell."""
    rows_of_base = f"rows: {{north: {base}, south: {{lorries: false, price: 4}}}}\n"
    whole_table = (
        "table: lot_rules\nkey: lot\ncolumns: {lorries: boolean, price: integer}\ndated: true\n" + rows_of_base
    )
    read_as(base_policy, whole_table, "lot_rules[lot_name, as_of].lorries")
    overlay(base_policy, tables=f"table: lot_rules\nrows: {{north: {change}}}\n")
    if lorries is None:
        with pytest.raises(PolicyError, match="a boolean is expected here"):
            seatrules.load(base_policy)
        return
    rows: Any = seatrules.load(base_policy).programs["later"].tables["lot_rules"].rows["north"]
    days = ("2025-01-01", "2025-03-01", "2025-05-01", "2025-06-01")
    read = [rows[max((each for each in rows if each <= day), default=BEFORE)] for day in days]
    assert ([row["price"] for row in read], [row["lorries"] for row in read]) == (prices, lorries)


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


def shown(engine: seatrules.Engine, day: str) -> tuple[list[Any], str]:
    """Which entries a denial names, and its words about the cell."""
    decision = engine.decide(*request(day, car="bus"))
    (reason,) = decision.as_dict()["reasons"]
    (line,) = [line.strip() for line in decision.explain("en").splitlines() if ".lorries = " in line]
    return reason["conditions"][0].get("dated"), line.removeprefix("lot_rules[lot_name, as_of].lorries = ")


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
@pytest.mark.parametrize(
    ("table", "first", "place"),
    [
        (LOTS, "base/tables.yaml:7:8", "base/tables.yaml:8:26"),
        (CELLS, "base/tables.yaml:7:15", "base/tables.yaml:7:40"),
    ],
    ids=["rows", "cells"],
)
def test_what_was_read_names_its_entry(base_policy: Path, table: str, first: str, place: str, evaluator: Any) -> None:
    """The entry that says the cell, by its day and its place; not a later one that says another column."""
    read_as(base_policy, table, "lot_rules[lot_name, as_of].lorries")
    engine = seatrules.load(base_policy, evaluator=evaluator)
    for day in ("2025-03-01", "2025-05-02"):
        entry = {"read": "lot_rules[lot_name, as_of].lorries", "from": "2025-03-01", "at": place}
        assert shown(engine, day) == ([entry], f"false  (entry from 2025-03-01, {place})")
    decision = engine.decide(*request("2025-03-01", car="bus"))
    (reason,) = decision.as_dict(audience="admin")["reasons"]
    assert reason["conditions"][0]["dated"] == [{**entry, "at": None}]
    assert "false  (entry from 2025-03-01)" in decision.explain("en", audience="admin")
    assert "(regel vanaf 2025-03-01," in decision.explain("nl")


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_only_what_is_shown_names_its_entry(base_policy: Path, evaluator: Any) -> None:
    """Of a branch that is not taken no value is shown, and a row that a role stands for is one of its table."""
    actions = base_policy / "base" / "actions.yaml"
    role = 'roles: {here: "lot_rules[lot_name, as_of]", '
    actions.write_text(actions.read_text().replace("roles: {", role, 1))
    read_as(base_policy, CELLS, "(False if town.closed else here.lorries)")
    engine = seatrules.load(base_policy, evaluator=evaluator)
    for closed, named in ((True, None), (False, "here.lorries")):
        asked = request("2025-03-01", car="bus", town={"name": "Ede", "closed": closed})
        (reason, *_) = [
            each for each in engine.decide(*asked).as_dict()["reasons"] if each["rule"] == "no-lorry-on-a-small-lot"
        ]
        dated = reason["conditions"][0].get("dated", [])
        assert [each["read"] for each in dated] == ([] if named is None else [named])
        said = "here.lorries = false  (entry from 2025-03-01, base/tables.yaml:7:40)"
        assert (said in engine.decide(*asked).explain("en")) is (named is not None)


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_the_first_entry_is_of_no_day(base_policy: Path, evaluator: Any) -> None:
    """It is named by its place alone; a row that never changes has no entries to be named."""
    read_as(
        base_policy,
        CELLS.replace("[true, {from: 2025-03-01, lorries: false", "[false, {from: 2025-03-01, lorries: true"),
        "lot_rules[lot_name, as_of].lorries",
    )
    engine = seatrules.load(base_policy, evaluator=evaluator)
    entry = {"read": "lot_rules[lot_name, as_of].lorries", "from": None, "at": "base/tables.yaml:7:15"}
    assert shown(engine, "2025-02-28") == ([entry], "false  (first entry, base/tables.yaml:7:15)")
    (reason,) = engine.decide(*request("2025-02-28", car="bus", lot="south")).as_dict()["reasons"]
    assert "dated" not in reason["conditions"][0]


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_an_invariant_names_the_entries_of_its_parts(base_policy: Path, evaluator: Any) -> None:
    """Of each entry that breaks it, also behind `and`; once, however often a cell is read, and none within a `for`."""
    read_as(base_policy, CELLS, "lot_rules[lot_name, as_of].lorries")
    cell = "lot_rules[l.id, as_of].price"
    require = f"{cell} < 5 and {cell} > 0 and all(lot_rules[o.id, as_of].price > 0 for o in lots)"
    invariant = {"id": "cheap", "for": "l in lots", "require": require, "message": {"en": "dear", "nl": "duur"}}
    (base_policy / "base" / "invariants.yaml").write_text(json.dumps({"invariants": [invariant]}))
    engine = seatrules.load(base_policy, evaluator=evaluator)
    _, state = request("2025-05-02")
    (requirement,) = engine.programs["base"].invariants[0].require
    assert {each.text for each in dated_cells_read(requirement.expr)} == {cell}
    (broken,) = engine.broken_invariants(state)
    (condition,) = broken.as_dict("en")["conditions"]
    assert condition["dated"] == [{"read": cell, "from": "2025-05-01", "at": "base/tables.yaml:8:44"}]


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


@pytest.mark.parametrize("evaluator", ["compiled", "interpreter"])
def test_a_text_may_be_asked_for_in_a_dated_table(base_policy: Path, evaluator: Any) -> None:
    """Its rows are the same on every day: what is in it leads there."""
    read_as(base_policy, CELLS, "town.name in lot_rules and lot_rules[town.name, as_of].lorries")
    engine = seatrules.load(base_policy, evaluator=evaluator)
    for name, is_allowed in (("north", True), ("south", False), ("east", False)):
        asked = request("2025-02-01", car="bus", town={"name": name, "closed": False})
        assert engine.decide(*asked).allowed is is_allowed


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
