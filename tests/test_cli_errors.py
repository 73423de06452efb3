"""What is wrong with how the command is used: one exit code each, nothing on standard output, and a way to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

import seatrules
from accounts import STATE
from command import BUY, LIBRARY, run, written
from seatrules import cli
from seatrules.cli import common
from seatrules.cli.test import selection
from seatrules.diagnostics import echo

WRONG_USE: list[tuple[str, int, list[str]]] = [
    ("no command", 2, []),
    ("unknown command", 2, ["chekc"]),
    ("unknown option", 2, ["check", "--stat", "x"]),
    ("check without state and action", 2, ["check"]),
    ("requests and a state", 2, ["check", "--requests", "-", "--state", "x"]),
    ("both from standard input", 2, ["check", "--state", "-", "--action", "-"]),
    ("unknown policy", 2, ["check", "--policy", "hubspot-seat", "--state", "STATE", "--action", BUY]),
    ("unknown version", 2, ["check", "--version", "2024-11-02", "--state", "STATE", "--action", BUY]),
    ("unknown setting", 2, ["check", "--set", "core_renewl=latest", "--state", "STATE", "--action", BUY]),
    ("unknown choice", 2, ["check", "--set", "core_renewal=last", "--state", "STATE", "--action", BUY]),
    ("a setting without a value", 2, ["check", "--set", "core_renewal", "--state", "STATE", "--action", BUY]),
    ("unknown language", 2, ["check", "--lang", "fi", "--state", "STATE", "--action", BUY]),
    ("unknown language of an export", 2, ["export", "--to", "durable-rules", "--lang", "fi"]),
    ("what can be done on no state", 2, ["can", "--state", ""]),
    ("when on no state", 2, ["when", "--state", "", "--action", BUY]),
    ("when for no action", 2, ["when", "--state", "STATE", "--action", ""]),
    ("unknown format", 2, ["check", "--format", "xml", "--state", "STATE", "--action", BUY]),
    ("unknown version to list", 2, ["list", "--version", "1"]),
    ("unknown version to show", 2, ["show", "--version", "1"]),
    ("unknown version to lint", 2, ["lint", "--version", "1"]),
    ("unknown setting to lint", 2, ["lint", "--set", "core_renewl=latest"]),
    ("a path and a policy to lint", 2, ["lint", ".", "--policy", "hubspot-seats"]),
    ("unknown language of a schema", 2, ["schema", "--lang", "fi"]),
    ("unknown kind of schema", 2, ["schema", "states"]),
    ("no case is chosen", 2, ["test", "-k", "no-case-has-this-name"]),
    ("an empty selection", 2, ["test", "-k", "not "]),
    ("a file that is not there", 74, ["check", "--state", "nowhere.yaml", "--action", BUY]),
    ("a folder for a file", 74, ["check", "--state", ".", "--action", BUY]),
    ("an action file that is not there", 74, ["check", "--state", "STATE", "--action", "nowhere.yaml"]),
    ("requests that are not there", 74, ["check", "--requests", "nowhere.jsonl"]),
    ("requests that are a folder", 74, ["check", "--requests", "."]),
    ("a suite that is not there", 74, ["test", "nowhere.yaml"]),
    ("a policy to lint that is not there", 74, ["lint", "nowhere"]),
    ("an action that is none", 65, ["check", "--state", "STATE", "--action", '{"type": "buy"}']),
    ("an action that is no JSON", 65, ["check", "--state", "STATE", "--action", "{"]),
    ("a state that is none", 65, ["check", "--state", "LIST", "--action", BUY]),
    ("a day before the first version", 65, ["check", "--state", "EARLY", "--action", BUY]),
    ("a state that is not UTF-8", 65, ["check", "--state", "LATIN", "--action", BUY]),
    ("a suite that is none", 65, ["test", "LIST"]),
    ("a broken policy", 78, ["check", "--policy", "BROKEN", "--state", "STATE", "--action", BUY]),
    ("a broken policy to test", 78, ["test", "--policy", "BROKEN", "SUITE"]),
    ("a broken policy to show", 78, ["show", "--policy", "BROKEN"]),
    ("a broken policy to list", 78, ["list", "--policy", "BROKEN"]),
    ("a broken policy's schema", 78, ["schema", "state", "--policy", "BROKEN"]),
]


@cache
def default_policy() -> seatrules.Engine:
    """The shipped policy, loaded once."""
    return seatrules.load()


def load_once(
    path: str | None = None,
    *,
    settings: Mapping[str, Any],
    evaluator: seatrules.EvaluatorName,
    extensions: Sequence[str] = (),
) -> seatrules.Engine:
    """As `seatrules.load`, with the default policy loaded once."""
    if path or settings or extensions or evaluator != "compiled":
        return seatrules.load(path, settings=settings, evaluator=evaluator, extensions=extensions)
    return default_policy()


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(("what", "code", "arguments"), WRONG_USE, ids=[what for what, _, _ in WRONG_USE])
def test_an_error_is_one_exit_code_and_nothing_on_standard_output(
    what: str,
    code: int,
    arguments: list[str],
    form: str,
    tmp_path: Path,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """Each error has its exit code, words on standard error without a traceback, and nothing on standard output."""
    (tmp_path / "broken" / "v").mkdir(parents=True)
    (tmp_path / "broken" / "v" / "policy.yaml").write_text("name: x\n")
    (tmp_path / "latin.yaml").write_bytes(b"as_of: caf\xe9\n")
    (tmp_path / "suite.yaml").write_text(
        "- {id: A, state: {as_of: '2025-01-01'}, action: {type: x}, expect: {error: missing}}\n"
    )
    names = {
        "STATE": state,
        "LIST": written(tmp_path / "list.json", [1]),
        "EARLY": written(tmp_path / "early.json", dict(STATE, as_of="2019-01-01")),
        "LATIN": str(tmp_path / "latin.yaml"),
        "BROKEN": str(tmp_path / "broken"),
        "SUITE": str(tmp_path / "suite.yaml"),
    }
    given = [names.get(argument, argument) for argument in arguments]
    if form == "json" and "--format" not in given and given:
        given += ["--format", "json"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(common, "load", load_once)
    found = cli.run(given)
    out, err = capfdbinary.readouterr()
    assert (found, out) == (code, b""), err
    assert err
    assert b"Traceback" not in err
    if form == "json" and code != 2:
        error = json.loads(err)["error"]
        assert error["code"]
        assert error["message"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--policy", "hubspot-seat"], "did you mean `hubspot-seats`?"),
        (["--version", "2024-11-02"], "did you mean `2024-11-01`?"),
        (["--set", "core_renewl=latest"], "did you mean `core_renewal`?"),
        (["--set", "core_renewal=lates"], "did you mean `latest`?"),
        (["--set", "core_renewal=zzz"], "there are `earliest`, `latest`"),
        (["--lang", "fi"], "there are `en`, `nl`"),
    ],
)
def test_a_name_that_is_not_there_gets_a_suggestion(
    arguments: list[str],
    said: str,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What is nearly right is suggested; else what there is."""
    monkeypatch.setattr(common, "load", load_once)
    assert cli.run(["check", "--state", state, "--action", BUY, *arguments]) == 2
    assert said in capfd.readouterr().err


def test_a_policy_error_as_json_is_its_first_problem_with_all_of_them(base_policy: Path) -> None:
    """`message` and `suggestion` are the first problem's own words; places and the rest are in `problems`."""
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text().replace("has_place(", "has_plaec(").replace("it is busy", "it is {busi}"))
    done = run("list", "--policy", str(base_policy), "--format", "json")
    assert (done.returncode, done.stdout) == (78, b"")
    error = json.loads(done.stderr)["error"]
    problems = error.pop("problems")
    assert error == {
        "code": "unknown-function",
        "message": "rule `only-where-a-place-is-free`: there is no fact or function `has_plaec`",
        "path": "",
        "allowed": [],
        "suggestion": "did you mean `has_place`?",
    }
    assert [(problem["code"], problem["line"], problem["column"]) for problem in problems] == [
        ("unknown-function", 4, 14),
        ("unknown-name", 22, 29),
    ]


def test_help_is_whole_sentences() -> None:
    """No command's line in `--help` is cut off."""
    assert b"..." not in run("--help").stdout.split(b"Commands:")[1]


def test_an_unknown_command_is_told_with_a_suggestion() -> None:
    """A misspelt command is a wrong use; the one that was meant, or all there are, is said."""
    done = run("chek")
    said = b"error[unknown-command]: there is no command `chek`\n  help: did you mean `check`?\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", said)
    assert b"help: there are `batch`, `book`, `can`, `check`, " in run("zzz").stderr


def test_words_that_no_case_has_are_told() -> None:
    """`test -k` with words that are in no case is a wrong use that says so."""
    done = run("test", "-k", "zzz")
    assert done.returncode == 2
    assert done.stderr == b"error[usage]: no case has the words of `-k zzz` in its file, id or title\n"


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("parks", True),
        ("PARKS", True),
        ("BOR-05", True),
        ("BOR-06", False),
        ("cases/bor-05.yaml", True),
        ("not lorry", True),
        ("parks and not lorry", True),
        ("lorry or parks", True),
        ("lorry and parks or car", True),
        ("car or lorry and parks", True),
        ("not car or lorry", False),
        ("  not  parks ", False),
        ("it's", True),
        ("(s)", True),
        ("in", False),
        ("(lorry or parks) and not (bus or tram)", True),
        ("lorry and (parks or car)", False),
        ("not (car(s) and parks)", False),
        ("( ( parks ) )", True),
        ("(not (lorry))", True),
        ("lorry or not(lorry)", True),
        ("(not(parks))", False),
        ("not(lorry) and(parks)", True),
        ("lorry or(car(s))", True),
    ],
)
def test_cases_are_chosen_by_words(words: str, chosen: bool) -> None:
    """Brackets bind first, then `not`, `and`, `or`; a word may hold any signs, and is found in any case."""
    assert selection(words)("cases/bor-05.yaml GOOD It's a Car(s) that parks") is chosen


BRACKETS = ["( )", "a ( b )", "a (b or c)", "(a", "a)", "(a) b", "(a, b) (c", "((a or b)"]


@pytest.mark.parametrize(
    "words", ["", "not", "a b", "a not b", "and a", "a or", "a and or b", "or", "not " * 100_000, *BRACKETS]
)
def test_words_that_are_joined_otherwise_are_a_wrong_use(words: str) -> None:
    """The message repeats them, and says what joins words."""
    with pytest.raises(seatrules.UsageError) as error:
        selection(words)
    assert error.value.message == f"`-k {echo(words)}`: words are joined by `and`, `or`, `not` and brackets"


def test_a_step_alone_is_told_how_it_is_written(state: str) -> None:
    """`simulate --steps` with one step and no list around it says what to write."""
    done = run("simulate", "--state", state, "--steps", '{"type": "add_seats"}')
    assert done.returncode == 65
    assert done.stderr.decode().splitlines() == [
        "--steps:1:1: error[wrong_type]: /steps: the steps are no list",
        "  |",
        '1 | {"type": "add_seats"}',
        "  | ^",
        "  help: one step is a list too: `[{...}]`",
    ]


def options_read_once(group: click.Group, *called: str) -> Iterator[tuple[list[str], str, list[str]]]:
    """Each command with each option that may not be repeated, and what that may be given."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from options_read_once(command, *called, name)
            continue
        for each in command.params:
            if isinstance(each, click.Option) and not (each.is_flag or each.multiple):
                yield [*called, name], each.opts[-1], ["1"] * each.nargs


def test_an_option_that_is_read_once_is_given_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Of every command: what the first one gives is not left unread; what may be repeated may be, and help helps."""
    every = [*options_read_once(cli.cli)]
    assert len(every) > 100
    for called, option, values in every:
        assert cli.run([*called, option, *values, option, *values]) == 2
        told = f"error[usage]: `{option}` may be given only once\n  help: give `{option} "
        assert capsys.readouterr().err.startswith(told)
    assert cli.run(["list", "--lang", "nl", "--lang", "en", "--help"]) == 0
    assert cli.run(["list", "--all", "--all", "--set", "core_renewal=latest"]) == 0


def test_help_is_no_error() -> None:
    """`--help` ends with 0, with words on standard output."""
    for arguments in (["--help"], ["check", "--help"]):
        done = run(*arguments)
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"Usage:" in done.stdout


def test_another_policy_is_named_by_its_folder() -> None:
    """`--policy` takes a folder of versions or one version; another policy lists its own words."""
    assert b"library-loans" in run("list", "--policy", str(LIBRARY)).stdout
    one = json.loads(run("list", "--policy", str(LIBRARY / "2025-01-01"), "--format", "json").stdout)
    assert [version["version"] for version in one] == ["2025-01-01"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check", "--state", "nope.json", "--action", "{}"], 74),
        (["list", "--policy", "nope"], 2),
        (["check", "--bad"], 2),
        (["check", "--state", '{"as_of": 1}', "--action", "{}"], 74),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_that_can_not_be_printed_keeps_its_exit_code(arguments: list[str], code: int, form: str) -> None:
    """Where standard error is full, the exit code alone says what is wrong; it is no finding."""
    with Path("/dev/full").open("wb") as full:
        assert run(*arguments, "--format", form, stderr=full).returncode == code
