"""Extensions: what somebody else adds to a policy, from a folder of its own, on top of each of its versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import seatrules
from command import run_here, written
from conftest import TESTS
from seatrules import PolicyError, StaleDecisionError, UsageError
from seatrules.render.problems import problems_text
from seatrules.suites import Engines, find_suites, read_suite, run_case, why_a_suite
from test_versions import STATE, overlay, park

LIBRARY = TESTS / "policies" / "library-loans"
FEW, BANNED = (TESTS / "extensions" / name for name in ("few-at-once", "banned-members"))
HEADER = "name: {name}\nextends: parking\n"
RULE = """rules:
  - id: {id}
    actions: [park]
    require: {require}
    otherwise: {{code: lorry, message: {{en: "no", nl: "nee"}}}}
"""


def extension(folder: Path, header: str = "", name: str = "ours", **files: str) -> Path:
    """Write an extension of the small policy beside it; `files` by their names without `.yaml`."""
    path = folder.parent / name
    path.mkdir(exist_ok=True)
    (path / "extension.yaml").write_text(HEADER.format(name=name) + header)
    for file, text in files.items():
        (path / f"{file}.yaml").write_text(text)
    return path


def ran(*arguments: str) -> tuple[int, str, str]:
    """The exit code of a command, and what it says on standard output and error."""
    done = run_here(*arguments)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def adding(policy: Path, rule: str = "closed-is-closed", require: str = "not town.closed", **rest: Any) -> Path:
    """An extension with one rule."""
    return extension(policy, rules=RULE.format(id=rule, require=require), **rest)


CLOSED: dict[str, Any] = {"town": {"name": "Ede", "closed": True}}


def test_an_extension_is_part_of_every_version(base_policy: Path) -> None:
    """Its rule decides in versions that know nothing of it, those that come later too."""
    ours = adding(base_policy)
    engine = seatrules.load(base_policy, extensions=[ours])
    assert park(engine, **CLOSED).codes == ("lorry",)
    overlay(base_policy)
    engine = seatrules.load(base_policy, extensions=[str(ours)])
    assert [park(engine, as_of=day, **CLOSED).codes for day in ("2025-05-01", "2025-07-01")] == [("lorry",)] * 2
    assert park(engine, **CLOSED).reasons[0].at == "ours/rules.yaml:2:5"
    assert park(seatrules.load(base_policy), **CLOSED).allowed


def test_what_one_of_several_actions_lacks_is_told_with_the_version_too(base_policy: Path) -> None:
    """Where the rule reads it, which action has it not, and with which version that is so."""
    rule = "rules:\n  - {id: r, actions: [park, leave], require: hours < 3, otherwise: {code: lorry}}\n"
    with pytest.raises(PolicyError) as raised:
        seatrules.load(base_policy, extensions=[extension(base_policy, rules=rule)])
    (problem,) = raised.value.problems
    assert [text for _, text in problem.notes] == ["for this action", "with version `base`"]


def test_an_extension_may_be_for_some_versions(base_policy: Path) -> None:
    """Versions that it does not name are as they were."""
    overlay(base_policy)
    ours = adding(base_policy, header="versions: [later]\n")
    engine = seatrules.load(base_policy, extensions=[ours])
    assert park(engine, as_of="2025-05-01", **CLOSED).allowed
    assert not park(engine, **CLOSED).allowed
    assert [program.policy.extensions != () for program in engine.programs.values()] == [False, True]


def test_extensions_come_in_order(base_policy: Path) -> None:
    """A later one may amend what an earlier one adds; the other way round there is nothing to amend."""
    ours = adding(base_policy)
    text = "rules:\n  - amend: closed-is-closed\n    require: 'True'\n"
    theirs = extension(base_policy, name="theirs", rules=text)
    engine = seatrules.load(base_policy, extensions=[ours, theirs])
    assert park(engine, **CLOSED).allowed
    assert [each.name for each in engine.programs["base"].policy.extensions] == ["ours", "theirs"]
    with pytest.raises(PolicyError) as raised:
        seatrules.load(base_policy, extensions=[theirs, ours])
    assert [problem.code for problem in raised.value.problems] == ["amends-nothing"]


def test_an_answer_names_the_extensions(base_policy: Path) -> None:
    """By name and digest, in the decision and in words; without one an answer says nothing of them."""
    ours = adding(base_policy)
    plain, engine = seatrules.load(base_policy), seatrules.load(base_policy, extensions=[ours])
    (named,) = park(engine).as_dict()["policy"]["extensions"]
    assert named["name"] == "ours"
    assert named["digest"].startswith("sha256:")
    assert park(engine).explain("en").splitlines()[0] == "ALLOWED  (parking base + ours, 2025-07-01)"
    assert "extensions" not in park(plain).as_dict()["policy"]
    assert park(plain).policy.digest != park(engine).policy.digest


def test_what_is_of_every_version_names_the_extensions_too(base_policy: Path) -> None:
    """When something is allowed, in words, and the merged policy, in words and as data; without one neither does."""
    ours = adding(base_policy)
    (named,) = seatrules.load(base_policy, extensions=[ours]).programs["base"].policy.extensions
    state = written(base_policy.parent / "state.json", STATE)
    asked = ["--state", state, "--action", json.dumps({"type": "leave", "car": "mini", "lot_name": "north"})]
    policy, extension = ["--policy", str(base_policy)], ["--extension", str(ours)]
    assert b"  (parking + ours, " in run_here("when", *policy, *extension, *asked).stdout
    assert b"  (parking, " in run_here("when", *policy, *asked).stdout
    shown = json.loads(run_here("show", *policy, *extension, "--format", "json").stdout)
    assert shown["extensions"] == [{"name": "ours", "digest": named.digest}]
    assert "extensions" not in json.loads(run_here("show", *policy, "--format", "json").stdout)


def test_the_digest_is_of_what_an_extension_says(base_policy: Path) -> None:
    """Another rule is another extension; a comment, or which cases come out otherwise, is not."""
    ours = adding(base_policy)

    def digest() -> str:
        (named,) = seatrules.load(base_policy, extensions=[ours]).programs["base"].policy.extensions
        return named.digest

    before = digest()
    adding(base_policy, header="# ours\nchanges: [base/a/b]\n")
    assert digest() == before
    adding(base_policy, require="town.closed")
    assert digest() != before


def test_a_decision_under_an_extension_is_stale_without_it(base_policy: Path) -> None:
    """What was decided with an extension is applied with it alone."""
    ours = adding(base_policy)
    plain, engine = seatrules.load(base_policy), seatrules.load(base_policy, extensions=[ours])
    assert engine.apply(park(engine), STATE)
    for one, other in ((engine, plain), (plain, engine)):
        assert not other.still_holds(park(one), STATE)
        with pytest.raises(StaleDecisionError, match="version `base` has other extensions here"):
            other.apply(park(one), STATE)


def test_what_is_kept_is_of_the_extension_too(
    base_policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program from the cache is that of the extension as its files are now."""
    monkeypatch.setenv("SEATRULES_CACHE", str(tmp_path / "cache"))
    ours = adding(base_policy)
    assert not park(seatrules.load(base_policy, extensions=[ours]), **CLOSED).allowed
    assert not park(seatrules.load(base_policy, extensions=[ours]), **CLOSED).allowed
    adding(base_policy, require="town.closed")
    assert park(seatrules.load(base_policy, extensions=[ours]), **CLOSED).allowed
    assert park(seatrules.load(base_policy), **CLOSED).allowed


WRONG: dict[str, dict[str, str]] = {
    "a rule that the policy has": {"rules": RULE.format(id="no-lorry-on-a-small-lot", require="True")},
    "a fact that the policy has": {"facts": "facts: {strict: {is: 'True'}}"},
    "an action that the policy has": {"actions": "actions: {park: {title: {en: a, nl: b}, arguments: {}}}"},
    "a property that the policy has": {"state": "state: {properties: {town: {properties: {fair_on: {type: string}}}}}"},
    "a type that the policy has": {"state": "state: {$defs: {car: {properties: {kind: {enum: [car, bus]}}}}}"},
    "words that the policy has": {"state": "state: {$defs: {lot: {enum: [north, south, west]}}}"},
    "a table that the policy has": {
        "table": "table: lot_rules\nkey: lot\ncolumns: {lorries: boolean}\nrows: {north: {lorries: false}}\n"
    },
    "a column that the policy has": {
        "table": "table: lot_rules\ncolumns: {price: integer, trees: integer}\nrows: {north: {trees: 2}}\n"
    },
    "what a version lacks": {"rules": RULE.format(id="a", require="town.open")},
    "what a rule of the policy reads is withdrawn": {"header": "withdraw: {cutoffs: [paid_from]}\n"},
    "another policy": {"header": "# \n", "extension": "name: ours\nextends: parkings\n"},
    "a version that is not there": {"header": "versions: [bas]\n"},
    "a key that is none": {"header": "version: [base]\n"},
    "a header of a version": {"policy": "name: parking\nversion: base\nformat: 1\neffective_from: 2025-01-01\n"},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_an_extension_is_told(
    name: str, base_policy: Path, monkeypatch: pytest.MonkeyPatch, golden: Any
) -> None:
    """Where it stands, and where the version says otherwise."""
    monkeypatch.chdir(base_policy.parent)
    files = dict(WRONG[name])
    extension(base_policy, files.pop("header", ""), **files)
    with pytest.raises(PolicyError) as raised:
        seatrules.load("parking", extensions=["ours"])
    golden(
        TESTS / "golden" / "extensions" / f"{name.replace(' ', '-')}.txt", problems_text(raised.value.problems) + "\n"
    )


def test_what_changes_of_a_schema_and_a_table_is_merged(base_policy: Path) -> None:
    """New properties and words, new columns and other cells: none of it is of a name that the policy has."""
    state = """state:
  properties:
    town: {properties: {mayor: {type: string}}}
    lots: {x-default-entry: {free: 1}}
  $defs:
    lot: {enum: {add: [west]}}
    lot_count: {properties: {free: {maximum: 9}}}
    car: {properties: {type: {type: string}}}
"""
    west = "{lorries: false, price: 1, trees: 0, name: {en: west, nl: west}}"
    tables = f"""tables:
  lot_rules: {{columns: {{trees: integer}}, rows: {{north: {{trees: 2, price: 5}}, south: {{trees: 0}}, west: {west}}}}}
  day_price: {{rows: {{car: {{west: 1}}, lorry: {{west: 2}}}}}}
"""
    ours = extension(base_policy, state=state, tables=tables)
    program = seatrules.load(base_policy, extensions=[ours]).programs["base"]
    assert program.tables["lot_rules"].rows["north"]["price"] == 5  # type: ignore[index]
    assert "type" in program.defs["car"].fields  # type: ignore[union-attr]


def test_what_only_follows_from_a_name_that_is_there_is_not_told(base_policy: Path) -> None:
    """One extension is not merged then; that another one amends what it adds is no mistake of that one."""
    new = RULE.format(id="closed-is-closed", require="not town.closed")
    ours = extension(base_policy, rules=new, state="state: {$defs: {lot: {enum: [north]}}}")
    theirs = extension(base_policy, name="theirs", rules="rules:\n  - amend: closed-is-closed\n    require: 'True'\n")
    with pytest.raises(PolicyError) as raised:
        seatrules.load(base_policy, extensions=[ours, theirs])
    assert [problem.code for problem in raised.value.problems] == ["not-new"]


def test_a_table_that_is_withdrawn_may_be_given_anew(base_policy: Path) -> None:
    """Under its own name: that it is another one is said."""
    table = (base_policy / "base" / "prices.yaml").read_text().replace("100", "150")
    for header, code in (("", "not-new"), ("withdraw: {tables: [day_price]}\n", None)):
        ours = extension(base_policy, header, prices=table)
        if code is None:
            engine = seatrules.load(base_policy, extensions=[ours])
            assert engine.programs["base"].tables["day_price"].rows["car"]["north"] == {"cents": 150}  # type: ignore[index]
            continue
        with pytest.raises(PolicyError) as raised:
            seatrules.load(base_policy, extensions=[ours])
        assert [problem.code for problem in raised.value.problems] == [code]


def test_two_extensions_have_two_names(base_policy: Path) -> None:
    """One that is named twice is told."""
    ours = adding(base_policy)
    with pytest.raises(PolicyError) as raised:
        seatrules.load(base_policy, extensions=[ours, ours])
    assert raised.value.problems[0].message == "extension `ours` is already there"


@pytest.mark.parametrize("given", [["nowhere"], "ours", [str(LIBRARY)]])
def test_what_is_no_extension_is_told(given: Any) -> None:
    """A folder without a header, or one text in place of a list."""
    with pytest.raises(UsageError) as raised:
        seatrules.load(LIBRARY, extensions=given)
    assert raised.value.code == "unknown-extension"


@pytest.mark.parametrize("name", ["extension.yml", "Extension.yaml", "extension.json"])
def test_a_misnamed_header_of_an_extension_is_told(name: str, tmp_path: Path) -> None:
    """As that of a version is; `lint` of the folder says so too."""
    (tmp_path / name).write_text('{"name": "ours", "extends": "hubspot-seats"}')
    with pytest.raises(UsageError) as raised:
        seatrules.load(extensions=[tmp_path])
    assert raised.value.suggestion == f"rename `{name}` in it to `extension.yaml`"
    code, _, err = ran("lint", str(tmp_path))
    assert (code, f"help: rename `{name}` in it to `extension.yaml`" in err) == (2, True)


def test_an_extension_names_its_policy() -> None:
    """Without a policy, the one that the extension is for is loaded."""
    assert (
        seatrules.load(extensions=[FEW]).programs["2024-11-01"].policy.title == "hubspot-seats 2024-11-01 + few-at-once"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--extension", str(FEW)], "0 failed, 2 changed"),
        (["--policy", str(LIBRARY), "--extension", str(BANNED)], "0 failed, 4 changed"),
        (["--extension", str(FEW), str(FEW)], "2 passed, 0 failed, 0 changed"),
        ([str(FEW)], "2 passed, 0 failed"),
    ],
)
def test_the_suites_of_a_policy_run_under_its_extension(arguments: list[str], expected: str) -> None:
    """What it lists comes out otherwise, all else as before; its own cases run."""
    code, out, _ = ran("test", *arguments)
    assert (code, out.splitlines()[-1].endswith(expected)) == (0, True)


SUITE = """cases:
  - id: one
    state: {state}
    action: {{type: park, car: mini, lot_name: south, hours: 2}}
    expect: {{decision: allow}}
"""


def ran_suites(policy: Path, ours: Path, *arguments: str) -> tuple[int, str, str]:
    """What `seatrules test` says of a policy under an extension."""
    return ran("test", "--policy", str(policy), "--extension", str(ours), *arguments)


def test_a_case_comes_out_otherwise_only_if_it_is_listed(base_policy: Path) -> None:
    """One that is not listed fails, and one that is listed and comes out as before; one that is none is told."""
    suites = base_policy / "base" / "suites"
    suites.mkdir()
    (suites / "a.yaml").write_text(SUITE.format(state=json.dumps({**STATE, **CLOSED})))
    ours = adding(base_policy)
    code, out, _ = ran_suites(base_policy, ours)
    assert (code, out.splitlines()[-1]) == (1, "0 passed, 1 failed, 0 changed")
    adding(base_policy, header="changes: [base/a/one]\n")
    assert ran_suites(base_policy, ours)[:2] == (0, "0 passed, 0 failed, 1 changed\n")
    code, out, _ = ran_suites(base_policy, ours, "--format", "json")
    assert json.loads(out) == {"passed": 0, "failed": 0, "changed": 1, "failures": [], "errors": []}
    adding(base_policy, require="True", header="changes: [base/a/one]\n")
    code, out, _ = ran_suites(base_policy, ours)
    assert (code, out.splitlines()[-1]) == (1, "0 passed, 1 failed, 0 changed")
    assert "`base/a/one` is listed in `changes`" in out
    adding(base_policy, require="True", header="changes: [base/a/won]\n")
    code, out, err = ran_suites(base_policy, ours)
    assert (code, out) == (65, "1 passed, 0 failed, 0 changed\n")
    assert "error[unknown-case]: the policy has no case `base/a/won`" in err
    assert "did you mean `base/a/one`?" in err
    assert ran_suites(base_policy, ours, str(suites))[0] == 0
    assert ran_suites(base_policy, ours, "-k", "one")[0] == 0  # not all cases are run, so it may be one of the others


def test_where_not_all_could_be_run_no_case_is_said_to_be_missing(base_policy: Path) -> None:
    """What keeps cases from being run is told alone, be it in the extension or in a suite."""
    suites = base_policy / "base" / "suites"
    suites.mkdir()
    (suites / "a.yaml").write_text(SUITE.format(state=json.dumps({**STATE, **CLOSED})))
    ours = adding(base_policy, require="clozed", header="changes: [base/a/one]\n")
    code, _, err = ran_suites(base_policy, ours)
    assert (code, "error[unknown-name]" in err, "unknown-case" in err) == (78, True, False)
    adding(base_policy, header="changes: [base/a/one]\n")
    (suites / "a.yaml").write_text("casez: []\n")
    code, _, err = ran_suites(base_policy, ours)
    assert (code, "casez" in err, "unknown-case" in err) == (65, True, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["show"],
        ["schema", "state"],
        [
            "check",
            "--state",
            "S",
            "--action",
            '{"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 3}',
        ],
        ["can", "--state", "S", "--action", "add_seats"],
        [
            "when",
            "--state",
            "S",
            "--action",
            '{"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 3}',
        ],
        ["export", "--to", "durable-rules"],
        ["lint"],
        ["probe", "--runs", "1", "--seed", "1"],
    ],
)
def test_every_command_takes_extensions(arguments: list[str], tmp_path: Path) -> None:
    """What it prints is another thing with the extension than without."""
    case = next(case for case in read_suite(FEW / "suites" / "buying.yaml").cases)
    state = tmp_path / "state.json"
    state.write_text(json.dumps(case.state))
    command = [str(state) if each == "S" else each for each in arguments]
    (plain, before, _), (extended, after, _) = (ran(*command, *more) for more in ([], ["--extension", str(FEW)]))
    assert {plain, extended} <= {0, 3}
    assert (before != after) is (arguments[0] not in ("schema", "lint", "probe"))


def test_lint_finds_what_is_wrong_with_an_extension(base_policy: Path) -> None:
    """Its files and its suites are looked at as those of the policy are."""
    ours = adding(base_policy)
    (ours / "suites").mkdir()
    (ours / "suites" / "a.yaml").write_text("cases: [{id: one}]\n")
    (ours / "notes.txt").write_text("notes")
    facts = "facts: {unused: {is: '1'}}\n"
    (ours / "facts.yaml").write_text(facts)
    code, out, _ = ran("lint", str(base_policy), "--extension", str(ours))
    assert code == 1
    for told in ("ours/suites/a.yaml:1:9: error[missing-key]", "ours/facts.yaml:1:9: warning[unused-fact]"):
        assert told in out
    assert "ours/notes.txt:1:1: note[left-alone]" in out


def test_what_an_extension_repeats_is_told(base_policy: Path) -> None:
    """Where each version that it is for has it already, its own header included; not where one of them lacks it."""
    overlay(base_policy, cutoffs="cutoffs: {paid_from: {amend: {why: the mayor said so}}}\n")
    both = "cutoffs: {paid_from: {amend: {date: 2025-02-01, why: the mayor said so}}}\n"
    rows = "tables: {day_price: {rows: {car: {south: 200}}}}\n"
    ours = extension(base_policy, "amend: {billing_changes: [none, charge]}\n", changes=both + rows)
    code, out, _ = ran("lint", "--strict", str(base_policy), "--extension", str(ours))
    told = [line.rpartition("/ours/")[2] for line in out.splitlines() if "[repeats-base]" in line]
    assert (code, [line.partition(" ")[0] for line in told]) == (1, ["changes.yaml:2:42:", "extension.yaml:3:9:"])
    assert told[0].endswith("the policy says this already, without the extension")


def test_a_case_of_an_extension_is_run_with_it(base_policy: Path) -> None:
    """A suite in the folder of an extension is one, and the policy is loaded with it."""
    ours = adding(base_policy)
    path = ours / "suites" / "a.yaml"
    path.parent.mkdir()
    text = f"policy: {base_policy}\n" + SUITE.format(state=json.dumps({**STATE, **CLOSED}))
    path.write_text(text.replace("allow", "deny"))
    assert why_a_suite(path, ours) == "it lies in the folder `suites` of an extension"
    assert find_suites(ours) == [path]
    (case,) = read_suite(path).cases
    assert run_case(case, Engines()).passed


def test_advice_is_of_what_the_extension_says(tmp_path: Path) -> None:
    """Another author's rule that never speaks alone under it, and what that author left unused, is not told."""
    rule = "{id: shut-more, actions: [sell], require: open and stock >= 2, otherwise: {code: shut}}"
    texts = ["name: shut-more\nextends: kiosk\n", "codes: {reasons: {shut: {en: shut now, nl: nu dicht}}}\n"]
    (tmp_path / "extension.yaml").write_text("".join([*texts, f"rules: [{rule}]\n", "facts: {left: {is: stock}}\n"]))
    kiosk = TESTS / "coverage" / "kiosk"
    alone = run_here("lint", str(kiosk)).stdout.decode()
    assert "warning[unused-cutoff]" in alone
    out = run_here("lint", str(kiosk), "--extension", str(tmp_path)).stdout.decode()
    told = [line.rpartition("/")[2] for line in out.splitlines() if line.startswith(("/", "tests"))]
    assert told == ["extension.yaml:5:9: warning[unused-fact]: nothing reads `left`"]
