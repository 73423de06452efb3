"""`seatrules new rule` makes a rule, with its code and with cases that show it."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from command import Done, run_here
from conftest import TESTS
from seatrules.cli import cli
from seatrules.cli.asking import Asking
from seatrules.errors import FileError, PolicyError
from seatrules.files import write_whole
from seatrules.making import draft
from seatrules.making.draft import Draft, write
from seatrules.making.exchange import with_value

VERSION = "gym/2026-01-01"
HAS = ("--has", "places=number", "--has", "plan=basic|full", "--has", "members/active=yes-no")


@pytest.fixture(scope="module")
def gym(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a new policy in two languages."""
    folder = tmp_path_factory.mktemp("gym")
    options = ("--effective-from", "2026-01-01", "--languages", "en,nl", *HAS)
    assert run_here("new", "policy", "gym", "--yes", *options, cwd=folder).returncode == 0
    return folder


@pytest.fixture
def folder(gym: Path, tmp_path: Path, no_cache: None) -> Path:
    """A copy of it, to be changed."""
    shutil.copytree(gym / "gym", tmp_path / "gym")
    return tmp_path


SAYS = ("--says", "en=Ten at most.", "--says", "nl=Hoogstens tien.")
LINES = ("--line", "en=no", "--line", "nl=nee")
SAYS = ("--says", "en=Ten at most.", "--says", "nl=Hooguit tien.")


def made(folder: Path, *options: str, name: str = "one-more") -> Done:
    where = () if "--policy" in options else ("--policy", "gym")
    return run_here("new", "rule", name, *where, "--yes", *options, cwd=folder)


def read(folder: Path, file: str) -> Any:
    return yaml.safe_load((folder / VERSION / f"{file}.yaml").read_text())


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    yield from ((path, path.read_text()) for path in sorted(folder.rglob("*.yaml")))


def test_a_rule_comes_with_its_code_its_statement_and_its_case(folder: Path) -> None:
    """Each at the end of its file, of which all else stays; lint, tests, coverage and layout are green."""
    before = dict(texts(folder))
    done = made(folder, "--require", "quantity <= 10", "--about", "request", *SAYS, *LINES)
    assert (done.returncode, done.stderr) == (0, b"")
    assert all(text.startswith(before[path]) or "codes" in path.name for path, text in texts(folder))
    assert read(folder, "rules")["rules"][-1] == {
        "id": "one-more",
        "actions": ["add_places"],
        "require": "quantity <= 10",
        "otherwise": {"code": "one_more"},
        "cites": ["S02"],
    }
    assert read(folder, "codes")["codes"]["reasons"]["one_more"] == {
        "about": "request",
        "line": {"en": "no", "nl": "nee"},
    }
    statement = read(folder, "statements")["statements"][-1]
    assert (statement["id"], statement["says"]) == ("S02", {"en": "Ten at most.", "nl": "Hooguit tien."})
    case = read(folder, "suites/cases")["cases"][-1]
    assert (case["id"], case["action"]["quantity"], case["expect"]["reasons"]) == ("one-more-fails", 11, ["one_more"])
    for command in (["lint", "--strict"], ["test", "--coverage", "--fail-under", "100"], ["fmt", "--check"]):
        assert run_here(*command, "gym", cwd=folder).returncode == 0


CONDITIONS = {
    "a-number-that-is-added-up": (("places + quantity <= 20",), None),
    "of-each-of-several": (("any(m.active for m in members)",), None),
    "where-it-applies": (("quantity <= 2",), 'plan == "full" and places > 7'),
    "two-things": (("quantity <= 10", 'plan == "full" or quantity <= 5'), None),
    "a-word": (('plan == "basic" or quantity != 7',), None),
}


@pytest.mark.parametrize("what", CONDITIONS)
def test_a_case_is_found_for_each_thing_that_is_required(what: str, folder: Path) -> None:
    """It is denied by this rule alone, and the rule holds in another."""
    require, when = CONDITIONS[what]
    options = [word for each in require for word in ("--require", each)]
    done = made(folder, *options, *(("--when", when) if when else ()), *LINES)
    assert (done.returncode, done.stderr) == (0, b"")
    cases = [each for each in read(folder, "suites/cases")["cases"] if each["id"].startswith("one-more-fails")]
    assert [case["expect"] for case in cases] == [{"decision": "deny", "reasons": ["one_more"]}] * len(require)
    assert b"no request was found" not in done.stdout
    rest = run_here("test", "gym", "--coverage", "--all", cwd=folder).stdout.decode()
    assert "rule `one-more`, `require" not in rest
    assert "rule `one-more`: never" not in rest


def test_what_no_request_shows_is_said(folder: Path) -> None:
    """A rule of which no failing request can be there is no error of this command, but a finding of lint."""
    done = made(folder, "--require", "quantity >= 0", *LINES)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "always-holds" in done.stderr.decode()


def test_a_warning_denies_nothing(folder: Path) -> None:
    """Its code is one of the warnings."""
    assert made(folder, "--require", "quantity <= 10", "--warning", *LINES).returncode == 0
    assert read(folder, "rules")["rules"][-1]["severity"] == "warning"
    assert read(folder, "codes")["codes"]["warnings"] == {"one_more": {"en": "no", "nl": "nee"}}
    case = read(folder, "suites/cases")["cases"][-1]
    assert (case["expect"]["decision"], case["expect"]["warnings"]) == ("allow", ["one_more"])


def test_a_code_that_is_there_needs_no_line(folder: Path) -> None:
    """And a message of its own may say more."""
    message = ("--message", "en={quantity} are too many", "--message", "nl={quantity} is te veel")
    assert made(folder, "--require", "quantity <= 10", "--code", "one_at_least", *message).returncode == 0
    assert read(folder, "rules")["rules"][-1]["otherwise"] == {
        "code": "one_at_least",
        "message": {"en": "{quantity} are too many", "nl": "{quantity} is te veel"},
    }
    assert read(folder, "suites/cases")["cases"][-1]["title"] == "11 are too many"


def test_cases_that_come_out_otherwise_are_told(folder: Path) -> None:
    """Nothing is written, unless it is asked for."""
    before = [*texts(folder)]
    done = made(folder, "--require", "quantity > 1", *LINES)
    assert (done.returncode, done.stdout) == (1, b"")
    told = done.stderr.decode()
    assert told.startswith("gym/2026-01-01/suites/cases.yaml:10:9: case `ADD-01` failed: One more is added\n")
    assert told.endswith(
        "\n`--mend` has cases expect what comes out by the rule; "
        "`--anyway` writes it all the same: then mend the cases\n"
    )
    assert [*texts(folder)] == before
    done = made(folder, "--require", "quantity > 1", "--anyway", *LINES)
    assert done.returncode == 0
    assert b"no case is made where one that is there shows it failing: ADD-01" in done.stdout.splitlines()
    assert run_here("test", "gym", cwd=folder).returncode == 1


def test_cases_may_be_mended(folder: Path) -> None:
    """Each that the rule denies now expects that, and is named; of their suite nothing else is another."""
    before = read(folder, "suites/cases")["cases"]
    done = made(folder, "--require", "quantity > 1", "--mend", *LINES)
    assert (done.returncode, done.stderr) == (0, b"")
    said = [line for line in done.stdout.decode().splitlines() if "expects now" in line]
    assert said[0] == "expects now what comes out by the rule: ADD-01 (one_more)"
    after = read(folder, "suites/cases")["cases"]
    denied = {"decision": "deny", "reasons": ["one_more"]}
    wanted = [{**each, "expect": denied} if each["expect"]["decision"] == "allow" else each for each in before]
    wanted[1]["expect"] = {"decision": "deny", "reasons": ["one_at_least", "one_more"]}
    assert after[: len(before)] == wanted
    for command in (["lint", "--strict"], ["test"], ["fmt", "--check"]):
        assert run_here(*command, "gym", cwd=folder).returncode == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- id: a\n  expect: {x: 1}  # why\n- id: b\n", "- id: a\n  expect: {x: [2]}  # why\n- id: b\n"),
        (
            "- id: a\r\n  expect:\r\n    x: 1\r\n\r\n# b\r\n- id: b\r\n",
            "- id: a\r\n  expect: {x: [2]}\r\n\r\n# b\r\n- id: b\r\n",
        ),
        ("\ufeffcases: [{id: a, expect: {x: 1}, title: t}]\n", "\ufeffcases: [{id: a, expect: {x: [2]}, title: t}]\n"),
        ("cases:\n- expect:\n    # why\n    x: 1\n", "cases:\n- expect:\n    # why\n    x: 1\n"),
    ],
)
def test_another_expectation_leaves_the_rest(text: str, expected: str) -> None:
    """Comments, ends of lines and brackets; where a comment would be lost, nothing is changed."""
    assert with_value(text, ["cases", 0, "expect"], {"x": [2]}) == expected


@pytest.mark.parametrize("form", ["written out", "in brackets", "a list of cases"])
def test_a_case_that_is_denied_as_before_expects_the_code_too(form: str, folder: Path) -> None:
    """However the list of its codes stands; of the file nothing else is another."""
    assert made(folder, "--require", "quantity <= 10", *LINES).returncode == 0
    suite = folder / VERSION / "suites/cases.yaml"
    if form == "written out":
        written_out = "expect:\n      decision: deny\n      reasons:\n        - one_more   # one\n"
        suite.write_text(suite.read_text().replace("expect: {decision: deny, reasons: [one_more]}\n", written_out))
    elif form == "a list of cases":
        whole = yaml.safe_load(suite.read_text())
        cases = [each | {"state": whole["bases"][each.pop("base")]} for each in whole["cases"] if "with" not in each]
        suite.write_text(yaml.safe_dump(json.loads(json.dumps(cases)), sort_keys=False))
    before = yaml.safe_load(suite.read_text())
    options = ("--policy", "gym", "--yes", "--require", "quantity <= 8", "--line", "en=a", "--line", "nl=b")
    done = run_here("new", "rule", "fewer", *options, cwd=folder)
    assert (done.returncode, done.stderr) == (0, b"")
    said = b"cases that come out with the rule's code besides, and expect it now: one-more-fails"
    assert said in done.stdout.splitlines()
    after = yaml.safe_load(suite.read_text())
    cases, others = (each if isinstance(each, list) else each["cases"] for each in (before, after))
    wanted = {"decision": "deny", "reasons": ["one_more", "fewer"]}
    assert others[: len(cases)] == [
        {**each, "expect": wanted} if each["id"] == "one-more-fails" else each for each in cases
    ]
    assert ("# one" in suite.read_text()) == (form == "written out")
    assert run_here("test", "gym", cwd=folder).returncode == 0


def test_what_fails_half_way_leaves_all_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt after some of the files are written: these are as they were, and new ones are gone."""
    before, written = [*texts(folder)], list[Path]()
    suite = f"{VERSION}/suites/more/rules.yaml"
    options = ("--require", "quantity <= 10", "--to", suite, *SAYS, *LINES)
    for number in (3, 4):

        def write(file: Path, content: bytes, until: int = number) -> None:
            written.append(file)
            write_whole(file, content)
            if len(written) == until:
                raise KeyboardInterrupt

        monkeypatch.setattr(draft, "write_whole", write)
        assert made(folder, *options).returncode == 130
        assert [*texts(folder)] == before
        assert not (folder / suite).parent.exists()
        written.clear()


def test_what_is_found_is_told_as_data(folder: Path) -> None:
    """Standard output has what would be wrong, and that nothing is written; what is written anyway has it too."""
    denied = ("--require", "quantity <= 0", *LINES, "--format", "json")
    done = made(folder, *denied)
    data = json.loads(done.stdout)
    assert (done.returncode, data["written"], data["problems"]) == (1, [], [])
    assert [each["id"] for each in data["failures"]]
    anyway = json.loads(made(folder, *denied, "--anyway").stdout)
    assert anyway["written"]
    assert anyway["failures"] == data["failures"]


def test_what_changes_meanwhile_is_kept(tmp_path: Path) -> None:
    """A file that somebody saves, makes, or takes away between reading and writing is no longer written over."""
    for name in ("is.yaml", "gone.yaml", "made.yaml"):
        new = Draft(tmp_path, {"other.yaml": "a: 1\n"})
        if name != "made.yaml":
            (tmp_path / name).write_text("a: 1\n")
        new = new.changed(name, lambda text: f"{text}b: 1\n")
        (tmp_path / name).write_text("c: 1\n")
        if name == "gone.yaml":
            (tmp_path / name).unlink()
        said = (
            "something of that name" if name == "made.yaml" else "it has changed since it was read: nothing is written"
        )
        with pytest.raises(FileError, match=f"{name}: {said}"):
            write(new)
        assert not (tmp_path / "other.yaml").exists()
    assert (tmp_path / "is.yaml").read_text() == (tmp_path / "made.yaml").read_text() == "c: 1\n"


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """It is not changed, and its byte is named."""
    (tmp_path / "it.yaml").write_bytes(b"a: \xff\n")
    with pytest.raises(PolicyError, match="byte 0xff is not UTF-8"):
        Draft(tmp_path, {}).changed("it.yaml", str)


def test_ends_of_lines_and_marks_stay(folder: Path) -> None:
    """Files that an editor writes with another end of lines, and with a mark at the start, are so afterwards."""
    before = {file: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for file, text in texts(folder)}
    for file, content in before.items():
        file.write_bytes(content)
    assert made(folder, "--require", "quantity <= 10", *SAYS, *LINES).returncode == 0
    changed = {file: content for file, content in before.items() if file.read_bytes() != content}
    assert {file.name for file in changed} == {"rules.yaml", "codes.yaml", "statements.yaml", "cases.yaml"}
    for file, content in changed.items():
        written = file.read_bytes()
        assert written.startswith(b"\xef\xbb\xbf")
        assert written.count(b"\n") == written.count(b"\r\n")
        assert not Counter(content.splitlines()) - Counter(written.splitlines())


def test_a_statement_has_the_title_of_the_policy_where_no_source_is_given(folder: Path) -> None:
    """In the policy's first language, where it is given by language."""
    header = folder / VERSION / "policy.yaml"
    lines = header.read_text().splitlines(keepends=True)
    header.write_text("".join(line for line in lines if not line.startswith("source:")))
    done = made(folder, "--require", "quantity <= 10", *SAYS, *LINES)
    assert done.returncode == 0, done.stderr
    assert read(folder, "statements")["statements"][-1]["source"] == {"title": "Gym"}


def test_what_is_looked_at_is_what_lint_looks_at(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A text that a link leads out to is not shown; pipes, and links without an end, are told as `lint` tells them."""
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.yaml"
    secret.write_text("password: hunter2\n")
    (folder / VERSION / "more.yaml").symlink_to(secret)
    done = made(folder, "--require", "quantity <= 10", *LINES)
    linted = run_here("lint", "gym", cwd=folder)
    assert (done.returncode, linted.returncode) == (78, 1)
    assert b"hunter2" not in done.stderr + done.stdout
    assert b"hunter2" not in linted.stderr + linted.stdout
    assert f"{VERSION}/more.yaml:1:1: error[" in done.stderr.decode()


@pytest.mark.parametrize("name", [".more.yaml", "more.yaml", "pipe.yaml"])
def test_what_lint_tells_is_told(name: str, folder: Path) -> None:
    """Also of a file that is hidden, of a link to nothing, and of what is no file; nothing is written then."""
    file = folder / VERSION / name
    if name == "pipe.yaml":
        os.mkfifo(file)
    else:
        file.symlink_to(folder / "nothing.yaml")
    before = (folder / VERSION / "rules.yaml").read_text()
    done = made(folder, "--require", "quantity <= 10", *LINES)
    assert run_here("lint", "gym", cwd=folder).returncode == 1
    assert (done.returncode, done.stdout) == (78, b"")
    assert f"{VERSION}/{name}" in done.stderr.decode()
    assert (folder / VERSION / "rules.yaml").read_text() == before


def test_a_link_that_leads_back_is_followed_once(folder: Path) -> None:
    """A rule is made beside it."""
    (folder / VERSION / "suites" / "loop").symlink_to(".")
    assert made(folder, "--require", "quantity <= 10", *LINES).returncode == 0


def test_a_link_goes_on_to_lead_where_it_did(folder: Path) -> None:
    """The file that it leads to has the rule."""
    rules = folder / VERSION / "rules.yaml"
    rules.rename(folder / "rules-elsewhere.yaml")
    rules.symlink_to(folder / "rules-elsewhere.yaml")
    assert made(folder, "--require", "quantity <= 10", *LINES).returncode == 0
    assert rules.is_symlink()
    assert "one-more" in (folder / "rules-elsewhere.yaml").read_text()


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ((), 2, "`--require` is missing"),
        (
            ("--require", "quantity < 1", "--policy", "gym/2026-01-01"),
            2,
            "error[usage]: there is a rule `one-at-least` already: take another id, or change that one\n",
        ),
        (("--require", "quantiti < 1", *LINES), 78, "gym/2026-01-01/rules.yaml:11:14: error[unknown-name]"),
        (
            ("--require", "quantity < 1"),
            2,
            "error[usage]: `--line` is missing\n  help: give `--line en=TEXT --line nl=TEXT`\n",
        ),
        *(
            (
                ("--require", "quantity < 1", *LINES, option, "no"),
                2,
                f"error[usage]: `no` is in no language of the policy: write `{option} L=TEXT` for each\n"
                "  help: there are `en`, `nl`\n",
            )
            for option in ("--line", "--message", "--says")
        ),
        (
            ("--require", "quantity < 1", *LINES, "--says", "nl=Minder"),
            2,
            "error[usage]: `--says` is missing\n  help: give `--says en=TEXT`\n",
        ),
        (("--require", "quantity < 1", "--line", "en=no"), 2, "give `--line nl=TEXT`"),
        (("--require", "x", "--action", "ad_places"), 2, "did you mean `add_places`?"),
        (("--require", "quantity < 1", "--cites", "S9", *LINES), 78, "S9"),
        (("--require", "x", "--version", "2026-01-02"), 2, "did you mean `2026-01-01`?"),
        (("--require", "x", "--to", "cases.yaml"), 2, "lies in the folder `suites` of no version"),
    ],
)
def test_what_can_not_be_made_is_told(options: tuple[str, ...], code: int, said: str, folder: Path) -> None:
    """Nothing is written then."""
    before = [*texts(folder)]
    done = made(folder, *options, name="one-at-least" if "a rule `" in said else "one-more")
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode()
    assert [*texts(folder)] == before


def test_a_line_in_a_language_that_the_policy_lacks_is_none_of_it(tmp_path: Path, no_cache: None) -> None:
    """Of one that has a single language too; what only looks like one is a text."""
    assert run_here("new", "policy", "gym", "--yes", cwd=tmp_path).returncode == 0
    options = ("--policy", "gym", "--yes", "--require", "quantity < 9")
    done = run_here("new", "rule", "few", *options, "--line", "nl=hooguit acht", cwd=tmp_path)
    told = "error[usage]: `nl=hooguit acht` is in no language of the policy: write `--line L=TEXT` for each\n"
    assert (done.returncode, done.stderr.decode()) == (2, f"{told}  help: there are `en`\n")
    done = run_here("new", "rule", "few", *options, "--line", "n=8 at most", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_what_is_not_given_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The languages one by one; a condition that can't be read is told at once, and asked again."""
    monkeypatch.setattr(Asking, "is_heard", True)
    monkeypatch.chdir(folder)
    answers = [
        "ten",
        "",
        "quantiti <= 10",
        "",
        "quantity <= 10",
        "",
        "",
        "too many",
        "te veel",
        "Ten at most.",
        "Hooguit tien.",
    ]
    arguments = ["new", "rule", "--policy", "gym"]
    done = CliRunner().invoke(cli, arguments, input="\n".join(answers) + "\n", env={"LC_ALL": "C.UTF-8"})
    assert done.exit_code == 0, done.output
    assert "Which actions is it of, joined by commas (add_places) [add_places]:" in done.stderr
    assert "error[unknown-name]: rule `ten`: there is no `quantiti` here" in done.stderr
    assert "(nothing: of none):" in done.stderr
    assert "What does that sentence say in `nl`:" in done.stderr
    assert read(folder, "codes")["codes"]["reasons"]["ten"] == {"en": "too many", "nl": "te veel"}
    assert read(folder, "statements")["statements"][-1]["says"] == {"en": "Ten at most.", "nl": "Hooguit tien."}


def test_help_names_no_option_without_effect() -> None:
    """Nor does that of the other things that are made; they are taken all the same."""
    for what, options in {"rule": ["--set"], "version": ["--set", "--extension"], "extension": ["--set"]}.items():
        done = run_here("new", what, "--help")
        assert not [option for option in options if f"  {option} " in done.stdout.decode()]


def test_an_extension_gets_a_rule(tmp_path: Path) -> None:
    """In its own file, with cases in its own suite."""
    shutil.copytree(TESTS / "extensions" / "banned-members", tmp_path / "banned-members")
    options = ("--policy", "tests/policies/library-loans", "--extension", str(tmp_path / "banned-members"))
    given = ("--action", "reserve", "--require", 'title != "zzz"', "--line", "en=no", "--line", "de=nein", "--yes")
    done = run_here("new", "rule", "no-alien", *options, *given, cwd=TESTS.parent)
    assert (done.returncode, done.stderr) == (0, b"")
    rules = yaml.safe_load((tmp_path / "banned-members/rules.yaml").read_text())["rules"]
    assert rules[-1]["id"] == "no-alien"
