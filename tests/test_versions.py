"""Versions: overlays say only what differs; the state's day chooses; settings are chosen by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import seatrules
from seatrules import Engine, PolicyError, RequestError, UsageError
from seatrules.language.types import Record

STATE: dict[str, Any] = {
    "as_of": "2025-07-01",
    "town": {"name": "Ede", "closed": False},
    "lots": {"north": {"free": 0}, "south": {"free": 4}},
    "cars": {"bus": {"kind": "lorry", "lots": []}, "mini": {"kind": "car", "lots": []}},
    "visits": [],
}
HEADER = """name: parking
version: {version}
extends: {extends}
format: 1
effective_from: {day}
"""
RULE = """  - id: {id}
    {more}
    actions: [park]
    require: {require}
    otherwise: {{code: lorry, message: {{en: "{id}", nl: "{id}"}}}}
"""


def overlay(policy: Path, header: str = "", version: str = "later", day: str = "2025-06-01", **files: str) -> Path:
    """Write a version that extends `base`; `files` by their names without `.yaml`."""
    folder = policy / version
    folder.mkdir()
    (folder / "policy.yaml").write_text(HEADER.format(version=version, extends="base", day=day) + header)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def rule(name: str, require: str = "not town.closed", more: str = "cites: []") -> str:
    """A rule for parking."""
    return RULE.format(id=name, require=require, more=more)


def park(engine: Engine, car: str = "mini", lot: str = "south", **rest: Any) -> seatrules.Decision:
    """The decision on parking a car."""
    return engine.decide({"type": "park", "car": car, "lot_name": lot, "hours": 2}, STATE | rest)


def rules(engine: Engine, version: str = "later") -> list[str]:
    """The ids of a version's rules for parking, in order."""
    return [clause.id for clause in engine.programs[version].actions["park"].rules]


BASE = ["only-where-a-place-is-free", "no-lorry-on-a-small-lot", "a-lot-is-nearly-full"]


def test_an_overlay_that_says_nothing_is_the_base(base_policy: Path) -> None:
    """A version that only extends another decides as it does, and is named in the decision."""
    overlay(base_policy)
    engine = seatrules.load(base_policy)
    later, earlier = park(engine), park(engine, as_of="2025-05-31")
    assert (later.policy.version, earlier.policy.version) == ("later", "base")
    assert (later.decision, later.billing) == (earlier.decision, earlier.billing)
    assert rules(engine) == BASE


def billed(policy: Path, language: str) -> str:
    """What the later version says of the bill for parking a car."""
    return park(seatrules.load(policy)).explain(language).splitlines()[-1]


def test_billing_is_said_in_the_words_of_the_policy(base_policy: Path) -> None:
    """An answer in words calls changes and keys as `billing_words` does, and what it leaves out as the engine does."""
    header = base_policy / "base" / "policy.yaml"
    words = "billing_words:\n  charge: {en: to be paid, nl: te betalen}\n  cents: {en: in cents, nl: in centen}\n"
    folder = overlay(base_policy)
    assert billed(base_policy, "nl") == "Facturering: kosten, bedrag in cent 200"
    header.write_text(header.read_text() + words)
    assert billed(base_policy, "en") == "Billing: to be paid, in cents 200"
    assert billed(base_policy, "nl") == "Facturering: te betalen, in centen 200"
    path = folder / "policy.yaml"
    path.write_text(path.read_text() + "billing_words: {cents: {en: cents, nl: cent}}\n")
    assert billed(base_policy, "nl") == "Facturering: kosten, cent 200"


def test_texts_that_are_taken_over_have_the_languages_of_the_version(base_policy: Path) -> None:
    """Where a version speaks another language, the title and the billing words of its base lack that language."""
    header = base_policy / "base" / "policy.yaml"
    header.write_text(header.read_text() + "billing_words: {cents: {en: cents, nl: centen}}\n")
    overlay(base_policy, header="languages: [en, nl, de]\n")
    with pytest.raises(PolicyError) as raised:
        seatrules.load(base_policy)
    said = [str(problem) for problem in raised.value.problems if "/policy.yaml" in str(problem)]
    assert [text.partition("parking/")[2] for text in said] == [
        "base/policy.yaml:5:8: error[missing-language]: the title: the text in `de` is missing",
        "base/policy.yaml:8:24: error[missing-language]: billing word `cents`: the text in `de` is missing",
    ]


def test_a_new_rule_comes_last(base_policy: Path) -> None:
    """A rule of a new id comes after the base's."""
    overlay(base_policy, rules="rules:\n" + rule("new"))
    assert rules(seatrules.load(base_policy)) == [*BASE, "new"]


def test_a_rule_stands_before_the_one_that_it_names(base_policy: Path) -> None:
    """`before` puts a new rule in front of the one it names; that may be a new one, too."""
    text = "rules:\n" + rule("new", more="before: " + BASE[1]) + rule("newer", more="before: new")
    overlay(base_policy, rules=text)
    assert rules(seatrules.load(base_policy)) == [BASE[0], "newer", "new", *BASE[1:]]


def test_a_rule_with_the_same_id_replaces_the_whole_rule_in_its_place(base_policy: Path) -> None:
    """A rule of a known id takes the base's place, whole: what it does not say is not taken over."""
    overlay(base_policy, rules="rules:\n" + rule(BASE[1], "lot_rules[lot_name].lorries"))
    engine = seatrules.load(base_policy)
    assert rules(engine) == BASE
    assert park(engine, "mini").codes == ("lorry",)  # the base's `when` is gone
    assert park(engine, "mini", as_of="2025-05-31").codes == ()
    assert park(engine, "mini").reasons[0].at == "later/rules.yaml:2:5"


def test_withdrawn_entries_are_gone(base_policy: Path) -> None:
    """`withdraw` takes entries of every kind away."""
    overlay(
        base_policy,
        f"withdraw: {{rules: [{BASE[1]}], consequences: [a-place-is-taken], events: [a-permit-runs-out]}}\n",
    )
    engine = seatrules.load(base_policy)
    assert rules(engine) == [BASE[0], BASE[2]]
    decision = park(engine, "bus")
    assert decision.allowed
    assert decision.effects == ()
    assert engine.programs["later"].events == ()
    assert park(engine, "bus", as_of="2025-05-31").codes == ("lorry",)


def test_a_table_is_merged_by_cell(base_policy: Path) -> None:
    """An overlay's cells take the place of the base's; every other cell and column stays."""
    overlay(
        base_policy,
        prices="table: day_price\nrows: {car: {south: 250}}\n",
        lots="table: lot_rules\nrows: {south: {lorries: true}}\n",
    )
    engine = seatrules.load(base_policy)
    assert engine.programs["later"].tables["day_price"].rows == {
        "car": {"north": {"cents": 100}, "south": {"cents": 250}},
        "lorry": {"north": {"cents": 300}, "south": {"cents": 400}},
    }
    assert park(engine).billing == ({"change": "charge", "cents": 250},)
    assert park(engine, as_of="2025-05-31").billing == ({"change": "charge", "cents": 200},)
    assert park(engine, "bus").allowed
    assert not park(engine, "bus", as_of="2025-05-31").allowed


def test_facts_cutoffs_and_settings_are_replaced_by_name(base_policy: Path) -> None:
    """An overlay's fact, cutoff or setting takes the place of the base's of that name."""
    overlay(
        base_policy,
        facts="facts:\n  has_place:\n    given: {l: lot}\n    is: lots[l].free > 4\n",
        cutoffs="cutoffs:\n  paid_from: {date: 2026-01-01, why: later}\n",
    )
    engine = seatrules.load(base_policy)
    assert park(engine).codes == ("lot_full",)
    assert park(engine, as_of="2025-05-31").allowed


def test_an_overlay_of_an_overlay(base_policy: Path) -> None:
    """A version may extend one that extends another."""
    overlay(base_policy, rules="rules:\n" + rule("new"))
    folder = overlay(
        base_policy, version="last", day="2025-09-01", rules="rules:\n" + rule("newest", more="before: new")
    )
    header = folder / "policy.yaml"
    header.write_text(header.read_text().replace("extends: base", "extends: later"))
    assert rules(seatrules.load(base_policy), "last") == [*BASE, "newest", "new"]


@pytest.mark.parametrize(
    ("day", "version"),
    [
        ("2025-01-01", "base"),
        ("2025-05-31", "base"),
        ("2025-06-01", "later"),
        ("2025-08-31", "later"),
        ("2025-09-01", "last"),
        ("9999-12-31", "last"),
    ],
)
def test_the_day_chooses_the_version(day: str, version: str, base_policy: Path) -> None:
    """The version for a state is the last one in force on its day."""
    overlay(base_policy)
    overlay(base_policy, version="last", day="2025-09-01")
    assert park(seatrules.load(base_policy), as_of=day).policy.version == version


def test_a_day_before_the_first_version_is_an_error(base_policy: Path) -> None:
    """No version decides on a day before all of them."""
    with pytest.raises(RequestError) as raised:
        park(seatrules.load(base_policy), as_of="2024-12-31")
    assert (raised.value.code, raised.value.path) == ("before_first_version", "/state/as_of")
    assert "2025-01-01" in raised.value.message


def test_a_version_that_is_named_decides_whatever_the_day(base_policy: Path) -> None:
    """A caller may pin a version; one that is not there is an error, with a suggestion."""
    overlay(base_policy)
    engine = seatrules.load(base_policy)
    action = {"type": "leave", "car": "mini", "lot_name": "north"}
    assert engine.decide(action, STATE, version="base").policy.version == "base"
    with pytest.raises(UsageError) as raised:
        engine.decide(action, STATE, version="latr")
    assert (raised.value.code, raised.value.suggestion) == ("unknown-version", "did you mean `later`?")


def test_a_versions_own_folder_loads_it_alone(base_policy: Path) -> None:
    """A version's folder loads that version, with what it extends."""
    folder = overlay(base_policy, rules="rules:\n" + rule("new"))
    engine = seatrules.load(folder)
    assert list(engine.programs) == ["later"]
    assert rules(engine) == [*BASE, "new"]


def test_a_rule_has_its_days(base_policy: Path) -> None:
    """A rule holds from its first day to the one before its last; one that is yet to come is a notice."""
    path = base_policy / "base" / "rules.yaml"
    dated = rule("dated", 'parked_car.kind == "lorry"', "effective: {from: 2025-07-10, until: 2025-07-20}")
    path.write_text(path.read_text() + dated)
    engine = seatrules.load(base_policy)
    found = {day: park(engine, as_of=f"2025-07-{day}") for day in ("09", "10", "19", "20")}
    assert [day for day, decision in found.items() if not decision.allowed] == ["10", "19"]
    assert [day for day, decision in found.items() if decision.notices] == ["09"]
    (notice,) = found["09"].as_dict()["notices"]
    assert (notice["rule"], notice["code"], notice["from"]) == ("dated", "lorry", "2025-07-10")


@pytest.mark.parametrize(
    ("settings", "code", "suggestion"),
    [
        ({"strictnes": "mild"}, "unknown-setting", "did you mean `strictness`?"),
        ({"zzz": "mild"}, "unknown-setting", "there are `strictness`"),
        ({"strictness": "hrsh"}, "unknown-choice", "did you mean `harsh`?"),
        ({"strictness": "zzz"}, "unknown-choice", "there are `mild`, `harsh`"),
        ({"strictness": True}, "unknown-choice", "there are `mild`, `harsh`"),
        ({"strictness": None}, "unknown-choice", "there are `mild`, `harsh`"),
    ],
)
def test_a_setting_that_is_not_there_is_an_error(
    settings: dict[str, Any], code: str, suggestion: str, base_policy: Path
) -> None:
    """An unknown setting or choice is an error that says what there is."""
    with pytest.raises(UsageError) as raised:
        seatrules.load(base_policy, settings=settings)
    assert (raised.value.code, raised.value.suggestion) == (code, suggestion)
    assert raised.value.allowed


def test_a_setting_changes_the_decision_and_is_named_in_it(base_policy: Path) -> None:
    """A choice that is not the default decides, and is the only one that the decision names."""
    one_place: dict[str, Any] = {"lots": {"south": {"free": 1}}}
    mild, harsh = seatrules.load(base_policy), seatrules.load(base_policy, settings={"strictness": "harsh"})
    assert park(mild, **one_place).warnings == ()
    assert [warning.code for warning in park(harsh, **one_place).warnings] == ["busy"]
    assert park(mild, **one_place).policy.settings == {}
    assert park(harsh, **one_place).policy.settings == {"strictness": "harsh"}
    same = seatrules.load(base_policy, settings={"strictness": "mild"})
    assert park(same, **one_place).policy.settings == {}


def test_numbers_do_not_pass_for_truth_values() -> None:
    """A setting whose choices are true and false takes no 1 or 0 for them."""
    with pytest.raises(UsageError):
        seatrules.load(settings={"assigning_needs_permission": 1})


def test_a_text_does_not_pass_for_a_truth_value() -> None:
    """The text "true" where a setting is true or false is told to be a text."""
    with pytest.raises(UsageError) as raised:
        seatrules.load(settings={"assigning_needs_permission": "true"})
    assert str(raised.value) == (
        'the text "true" stands where the setting `assigning_needs_permission` has a truth value; '
        "write it without quotes: True in Python, `true` in YAML"
    )


INVARIANT = """
invariants:
  - id: {name}
    for: l in lots
    require: l.free >= {least}
    message: {{en: few, nl: weinig}}
"""


def test_invariants_are_replaced_and_withdrawn_like_other_entries(base_policy: Path) -> None:
    """An overlay's invariant takes the base's place, and one that is withdrawn is gone."""
    (base_policy / "base" / "invariants.yaml").write_text(INVARIANT.format(name="kept", least=0))
    (base_policy / "base" / "more.yaml").write_text(INVARIANT.format(name="gone", least=0))
    overlay(base_policy, "withdraw: {invariants: [gone]}\n", invariants=INVARIANT.format(name="kept", least=1))
    programs = seatrules.load(base_policy).programs
    told = {name: [(i.id, i.asked.text) for i in program.invariants] for name, program in programs.items()}
    assert told == {"base": [("kept", "l.free >= 0"), ("gone", "l.free >= 0")], "later": [("kept", "l.free >= 1")]}
    assert programs["base"].digest != programs["later"].digest


GOAL = """
goals:
  - id: {name}
    for: l in lot_rules
    some: lots[l.id].free {claim} 0
"""


def test_goals_are_replaced_and_withdrawn_like_other_entries(base_policy: Path) -> None:
    """An overlay's goal takes the base's place, and one that is withdrawn is gone."""
    (base_policy / "base" / "goals.yaml").write_text(GOAL.format(name="kept", claim=">"))
    (base_policy / "base" / "more.yaml").write_text(GOAL.format(name="gone", claim=">"))
    overlay(base_policy, "withdraw: {goals: [gone]}\n", goals=GOAL.format(name="kept", claim="=="))
    programs = seatrules.load(base_policy).programs
    told = {name: [(d.id, d.asked.text) for d in program.goals] for name, program in programs.items()}
    above, equal = "lots[l.id].free > 0", "lots[l.id].free == 0"
    assert told == {"base": [("kept", above), ("gone", above)], "later": [("kept", equal)]}
    assert programs["base"].digest != programs["later"].digest


def test_costs_are_in_their_order_and_terminal_codes_say_why() -> None:
    """What remedies read of a policy: costs from the least to the most, who performs an action, what nothing mends."""
    program = seatrules.load().programs["2024-11-01"]
    assert list(program.costs) == ["nothing", "effort", "permission", "waiting", "money", "access"]
    assert program.costs["waiting"] == {"en": "waiting", "nl": "wachten"}
    assert program.another_actor == "permission"
    buying, waiting = program.actions["add_seats"], program.actions["advance_time"]
    assert (buying.cost, buying.performed_by) == ("money", "actor")
    assert (waiting.cost, waiting.performed_by) == ("waiting", None)
    assert program.terminal["partner_seat_client_account_only"]["en"] == "a partner's own account stays one"
    assert program.about["quantity_invalid"] == "request"
    assert {"quantity_invalid", "partner_seat_client_account_only"} < program.final


def whole(policy: Path, version: str = "later") -> Any:
    """A version as it is known: what is written whole and what is amended come to the same."""
    return seatrules.load(policy).programs[version].digest


AMENDED = """rules:
  - amend: no-lorry-on-a-small-lot
    actions: {add: [leave]}
    when: null
    require: {add: [not town.closed]}
    otherwise: {message: {en: "not on {lot_name}"}}
    cites: {add: [P2], remove: [P1]}
"""
WHOLE = """rules:
  - id: no-lorry-on-a-small-lot
    actions: [park, leave]
    require: ["lot_rules[lot_name].lorries", not town.closed]
    otherwise:
      code: lorry
      message: {en: "not on {lot_name}", nl: "geen vrachtwagen op {lot_name}"}
    cites: [P2]
"""


def test_an_amended_rule_is_the_whole_one_with_other_keys(base_policy: Path) -> None:
    """Keys of an amendment take the place of the base's; null takes one away; a list grows and shrinks."""
    folder = overlay(base_policy, rules=AMENDED)
    amended = whole(base_policy)
    (folder / "rules.yaml").write_text(WHOLE)
    assert whole(base_policy) == amended


def test_each_key_of_an_amended_rule_has_the_place_of_its_own_file(base_policy: Path) -> None:
    """A reason stands where the rule does; its conditions where each is written."""
    overlay(
        base_policy,
        rules="rules:\n  - amend: no-lorry-on-a-small-lot\n    require: {add: [not town.closed]}\n",
    )
    engine = seatrules.load(base_policy)
    (reason,) = park(engine, "bus", "south", town={"name": "Ede", "closed": True}).reasons
    assert reason.at == "base/rules.yaml:8:5"
    assert [condition.at for condition in reason.conditions] == ["base/rules.yaml:11:14", "later/rules.yaml:3:21"]


def test_entries_of_every_kind_are_amended(base_policy: Path) -> None:
    """Named things have their changed keys below `amend`; so has the header."""
    text = """
actions: {park: {amend: {title: {en: Park here}}}}
codes:
  reasons: {lot_full: {amend: {en: full}}}
consequences:
  - amend: a-place-is-taken
    append: {visits: null}
cutoffs: {paid_from: {amend: {why: the council changed its mind}}}
events:
  - amend: a-permit-runs-out
    message: {en: over}
facts: {has_place: {amend: {is: "lots[l].free > 4"}}}
outcomes:
  - amend: it-parks
    billing: {cents: '0', hours: hours}
settings: {strictness: {amend: {default: harsh, choices: {add: [harshest]}}}}
statements:
  - amend: P3
    quote: The town is very nice.
tables: {day_price: {rows: {car: {south: 250}}}}
"""
    text = text.replace("    message: {en: over}\n", '    message: {en: "over for {c.id}"}\n')
    overlay(base_policy, "amend: {title: {en: Permits}, billing_changes: {add: [refund]}}\n" + text)
    engine = seatrules.load(base_policy)
    later, base = engine.programs["later"], engine.programs["base"]
    assert later.actions["park"].title == {"en": "Park here", "nl": "Parkeren"}
    assert later.codes["reasons"]["lot_full"] == {"en": "full", "nl": "er is geen plaats vrij"}
    assert later.statements["P3"].quote == "The town is very nice."
    assert later.settings["strictness"] == "harsh"
    assert later.choices["strictness"] == ("mild", "harsh", "harshest")
    assert (later.title, later.billing_changes) == (
        {"en": "Permits", "nl": base.title["nl"]},
        ("none", "charge", "refund"),
    )
    assert later.tables["day_price"].rows["car"] == {"north": {"cents": 100}, "south": {"cents": 250}}
    assert park(engine).codes == ("lot_full",)
    parked = park(engine, lots={"south": {"free": 5}, "north": {"free": 5}})
    assert parked.billing == ({"change": "charge", "cents": 0, "hours": 2},)
    assert [effect.path for effect in parked.effects] == ["lots.south.free"]


SMALL = """
properties:
  town: {properties: {fair_on: null, mayor: {type: string}}, required: {add: [mayor], remove: [closed]}}
$defs:
  kind: {enum: {add: [van]}}
  car: {properties: {owner: {$ref: "#/$defs/kind"}}}
"""


def test_the_schema_of_the_state_is_merged(base_policy: Path) -> None:
    """Keys are merged, null takes one away, a list is replaced or changed; a type of another kind is replaced whole."""
    van = "tables:\n  day_price: {rows: {van: {north: 1, south: 1}}}\n"
    folder = overlay(base_policy, van, **{"state.schema": SMALL})
    state = seatrules.load(base_policy).programs["later"].state
    town = state.fields["town"]
    assert isinstance(town, Record)
    assert ({*town.fields}, {*town.required}) == ({"name", "closed", "mayor"}, {"name", "mayor"})
    digest = whole(base_policy)
    in_one_file = "state:\n" + "".join(f"  {line}\n" for line in SMALL.strip().splitlines())
    (folder / "state.schema.yaml").unlink()
    (folder / "policy.yaml").write_text((folder / "policy.yaml").read_text() + in_one_file)
    assert whole(base_policy) == digest


def test_a_whole_schema_of_an_overlay_is_merged_too(base_policy: Path) -> None:
    """What it repeats stays as it is, the values of an entry that is not listed too; what it leaves out is not gone."""
    base = (base_policy / "base" / "state.schema.yaml").read_text()
    same = overlay(base_policy, **{"state.schema": base})
    before, after = (seatrules.load(base_policy).programs[name].state for name in ("base", "later"))
    assert repr(before) == repr(after)
    (same / "state.schema.yaml").write_text(base.replace(", fair_on: {type: string, format: date}", ""))
    assert repr(seatrules.load(base_policy).programs["later"].state) == repr(before)


def test_a_whole_policy_may_be_one_file(base_policy: Path) -> None:
    """The header, the schema of the state, and every kind of entries beside each other."""
    before = whole(base_policy, "base")
    files = sorted((base_policy / "base").glob("*.yaml"))
    texts = {path.stem: path.read_text() for path in files}
    for path in files:
        path.unlink()
    indented = {name: "".join(f"  {line}\n" for line in text.splitlines()) for name, text in texts.items()}
    tables = "".join(
        f"  {name}:\n" + "".join(f"    {line}\n" for line in texts[file].splitlines()[1:])
        for name, file in (("day_price", "prices"), ("lot_rules", "tables"))
    )
    plain = [text for name, text in texts.items() if name not in ("policy", "prices", "tables", "state.schema")]
    text = texts["policy"] + "tables:\n" + tables + "state:\n" + indented["state.schema"] + "".join(plain)
    (base_policy / "base" / "policy.yaml").write_text(text)
    assert whole(base_policy, "base") == before
