"""The index of who names what: the same from both sides, down to the cells of tables."""

from __future__ import annotations

import pytest

import seatrules
from broken import BASE
from conftest import TESTS
from seatrules.analysis.uses import NamedThing, Uses
from seatrules.loading import read_version
from seatrules.lsp.homes import Home
from seatrules.lsp.reading import read
from seatrules.policy.folders import KeptFiles
from seatrules.policy.locate import find

PLACE = find(BASE)
USES = Uses(seatrules.load(BASE).programs["base"], read_version(PLACE, "base"))
USERS = {
    ("facts", "has_place"): {("rules", "only-where-a-place-is-free")},
    ("settings", "strictness"): {("facts", "strict")},
    ("cutoffs", "paid_from"): {("facts", "strict")},
    ("roles", "park/parked_car"): {("rules", "no-lorry-on-a-small-lot"), ("outcomes", "it-parks")},
    ("cells", "lot_rules/*/lorries"): {("rules", "no-lorry-on-a-small-lot")},
    ("cells", "day_price/*/*/cents"): {("facts", "price_of")},
    ("codes", "reasons/lorry"): {("rules", "no-lorry-on-a-small-lot")},
    ("codes", "warnings/busy"): {("rules", "a-lot-is-nearly-full")},
    ("statements", "P1"): {("rules", "no-lorry-on-a-small-lot"), ("tables", "lot_rules")},
}


@pytest.mark.parametrize(("named", "named_by"), USERS.items(), ids=["/".join(named) for named in USERS])
def test_what_is_named_knows_by_whom(named: tuple[str, str], named_by: set[tuple[str, str]]) -> None:
    """Of each thing, all that name it and nothing else."""
    assert set(map(tuple, USES.named_by[NamedThing(*named)])) == named_by


def test_both_sides_of_the_index_say_the_same() -> None:
    """Who names something is among its named_by, and the other way round."""
    pairs = {(user, named) for user, names in USES.names.items() for named in names}
    assert pairs == {(user, named) for named, named_by in USES.named_by.items() for user in named_by}
    assert len(pairs) > 25


def test_what_nothing_names_is_not_in_the_index() -> None:
    """A name that stands in no expression, code or citation has no named_by."""
    assert NamedThing("facts", "strict") in USES
    assert NamedThing("facts", "nearly") not in USES
    assert NamedThing("roles", "leave/parked_car") not in USES


def test_an_editor_finds_the_same_names() -> None:
    """Its index has a place for each thing that is named; besides, only actions that suites alone name."""
    kinds = {"actions", "codes", "cutoffs", "facts", "settings", "statements", "tables"}
    *_, reading = read(Home(TESTS.parent / "policies" / "zoom-licenses"), {}, KeptFiles())
    in_places = {thing for thing in reading.index.named if thing.kind in kinds}
    of_versions = (Uses(version.program, version.written).named_by for version in reading.versions)
    named = {thing for each in of_versions for thing in each if thing.kind in kinds}
    assert len(named) > 50
    assert named - in_places == set()
    assert {thing.kind for thing in in_places - named} <= {"actions"}
