"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import seatrules
from accounts import ACTION, STATE, changed
from conftest import TESTS, Golden
from seatrules import cli
from seatrules.cli import common
from seatrules.cli.list import spoken
from seatrules.cli.test import selection

LIBRARY = TESTS / "policies" / "library-loans"
Done = subprocess.CompletedProcess[bytes]


def run(*arguments: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None, **rest: Any) -> Done:
    """Run the command in a process of its own."""
    whole = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **(env or {})}
    rest = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60, "check": False} | rest
    return subprocess.run([sys.executable, "-m", "seatrules", *arguments], input=stdin, env=whole, **rest)


@pytest.fixture
def state(tmp_path: Path) -> str:
    """The path of a file with a good state."""
    return written(tmp_path / "state.json", STATE)


def written(path: Path, value: Any) -> str:
    """The path of a file with a value in it."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def as_text(action: Mapping[str, Any], **changes: Any) -> str:
    """An action as it stands on the command line."""
    return json.dumps(changed(action, changes))


BUY, DENIED = as_text(ACTION), as_text(ACTION, actor="bob", quantity=0)


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("allowed", BUY),
        ("denied", DENIED),
        ("removal", '{"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 2}'),
    ],
)
def test_check_in_words(name: str, action: str, language: str, state: str, golden: Golden) -> None:
    """`check` prints the verdict, its reasons or what changes and is billed, in the asked language."""
    done = run("check", "--state", state, "--action", action, "--lang", language)
    assert done.returncode == (3 if name == "denied" else 0)
    assert done.stderr == b""
    golden(TESTS / "golden" / "check" / f"{name}.{language}.txt", done.stdout.decode())


@pytest.mark.parametrize(("name", "action"), [("allowed", BUY), ("denied", DENIED)])
def test_check_as_json(name: str, action: str, state: str, golden: Golden) -> None:
    """`check --format json` prints the decision, with its keys in the order of the contract."""
    done = run("check", "--state", state, "--action", action, "--format", "json")
    found = json.loads(done.stdout)
    keys = ["decision", "reasons", "outcome", "warnings", "notices", "billing", "effects", "policy", "as_of"]
    assert list(found) == keys
    found["policy"]["digest"] = "sha256:..."
    golden(TESTS / "golden" / "check" / f"{name}.json", json.dumps(found, ensure_ascii=False, indent=2) + "\n")


def test_the_locale_chooses_the_language_of_the_text_and_not_of_the_json(state: str) -> None:
    """Text speaks the locale's language where the policy has it; JSON the policy's first."""
    command = ("check", "--state", state, "--action", DENIED)
    assert run(*command, env={"LC_ALL": "nl_NL.UTF-8"}).stdout.startswith(b"GEWEIGERD")
    assert run(*command, env={"LC_ALL": "fi_FI.UTF-8"}).stdout.startswith(b"DENIED")
    english = run(*command, "--format", "json").stdout
    assert run(*command, "--format", "json", env={"LC_ALL": "nl_NL.UTF-8"}).stdout == english
    assert run(*command, "--format", "json", "--lang", "nl").stdout != english


def test_partial_mode_is_undetermined(tmp_path: Path) -> None:
    """`check --partial` on a state that lacks what a rule reads ends with 4 and names what is missing."""
    lacking = dict(STATE, account={"kind": "customer"})
    path = written(tmp_path / "state.json", lacking)
    done = run("check", "--state", path, "--action", BUY, "--partial", "--format", "json")
    assert (done.returncode, done.stderr) == (4, b"")
    found = json.loads(done.stdout)
    assert found["decision"] == "undetermined"
    assert any(missing["path"].startswith("/state/account/") and missing["rules"] for missing in found["missing"])
    text = run("check", "--state", path, "--action", BUY, "--partial", "--lang", "en")
    assert text.returncode == 4
    assert b"Not given, and needed to decide" in text.stdout


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


def load_once(path: str | None = None, *, settings: Mapping[str, Any], evaluator: str) -> seatrules.Engine:
    """As `seatrules.load`, with the default policy loaded once."""
    if path or settings or evaluator != "compiled":
        return seatrules.load(path, settings=settings, evaluator=evaluator)
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
    (tmp_path / "suite.yaml").write_text("- {id: A, state: {as_of: '2025-01-01'}, action: {type: x}, expect: {}}\n")
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


def test_standard_input_serves_for_one_of_the_two(state: str) -> None:
    """`-` reads the state, or the action, from standard input."""
    as_state = run("check", "--state", "-", "--action", BUY, stdin=json.dumps(STATE).encode())
    as_action = run("check", "--state", state, "--action", "-", stdin=BUY.encode())
    plain = run("check", "--state", state, "--action", BUY)
    assert plain.returncode == as_state.returncode == as_action.returncode == 0
    assert plain.stdout == as_state.stdout == as_action.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "<stdin>:1:1: the file is empty"),
        ("as_of: 1\nas_of: 2\n", "<stdin>:2:1: key `as_of` is already given on line 1\n  help: keep one of the two"),
        ("[*b]\n", "<stdin>:1:2: alias `*b` is not allowed\n  help: write the value out"),
    ],
)
def test_a_text_that_is_no_state_is_an_error_with_its_place(text: str, said: str) -> None:
    """What can't be read is an error of the request, no verdict, and says where and how to mend it."""
    done = run("check", "--state", "-", "--action", BUY, stdin=text.encode())
    assert (done.returncode, done.stdout) == (65, b"")
    assert done.stderr.decode() == f"error[malformed]: {said}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,}', "this is not JSON: `,` is out of place (column 8)"),
        ('{"a": }', "this is not JSON: `}` is out of place (column 7)"),
        ('{"a":\n 1 2}', "this is not JSON: `2` is out of place (line 2, column 4)"),
        ('{"a": 1, "a": 2}', "the key `a` is given twice"),
    ],
)
def test_json_that_can_not_be_read_is_named_by_its_file(text: str, said: str, tmp_path: Path) -> None:
    """Of a state and an action in JSON, the message says which can't be read, and where."""
    path = tmp_path / "state.json"
    path.write_text(text, encoding="utf-8")
    done = run("check", "--state", str(path), "--action", BUY)
    assert (done.returncode, done.stdout) == (65, b"")
    assert done.stderr.decode() == f"error[malformed]: {path}: {said}\n"


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


def requests(*lines: Any) -> bytes:
    """Lines of requests; texts stay as they are."""
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines).encode()


GOOD = {"state": STATE, "action": ACTION}
NO = {"state": STATE, "action": changed(ACTION, {"actor": "bob"})}


def test_requests_are_answered_line_by_line() -> None:
    """Every line gets a decision, in order; that all were answered is exit code 0, whatever the answers."""
    done = run("check", "--requests", "-", stdin=requests(GOOD, NO, GOOD))
    assert (done.returncode, done.stderr) == (0, b"")
    assert [json.loads(line)["decision"] for line in done.stdout.splitlines()] == ["allow", "deny", "allow"]


BAD_LINES = [
    "{",
    "[]",
    "",
    "5",
    '{"state": {}}',
    '{"state": {}, "action": {}, "more": 1}',
    '{"state": {}, "action": {}}',
    '{"state": 1, "state": 2, "action": {}}',
    '{"state": NaN, "action": {}}',
    json.dumps({"state": STATE, "action": {"type": "buy"}}),
    "[" * 50_000,
]


def test_a_bad_line_gets_an_error_in_its_place() -> None:
    """A line that is no request gets the error object; the others are answered, and the exit code is 65."""
    done = run("check", "--requests", "-", stdin=requests(GOOD, *[line for bad in BAD_LINES for line in (bad, NO)]))
    assert (done.returncode, done.stderr) == (65, b"")
    first, *rest = map(json.loads, done.stdout.splitlines())
    assert first["decision"] == "allow"
    assert [answer["decision"] for answer in rest[1::2]] == ["deny"] * len(BAD_LINES)
    assert all(answer["error"]["code"] and answer["error"]["problems"] for answer in rest[::2])
    cut_off = "line 2: this is not JSON: it ends too early (column 2)"
    assert rest[0]["error"]["message"] == cut_off
    assert len(rest) == 2 * len(BAD_LINES)


def test_a_line_that_is_not_utf8_gets_an_error_in_its_place() -> None:
    """Bytes that are no UTF-8 spoil their own line only."""
    done = run("check", "--requests", "-", stdin=b'{"\xff": 1}\n' + requests(GOOD))
    assert done.returncode == 65
    bad, good = map(json.loads, done.stdout.splitlines())
    assert bad["error"]["code"] == "malformed"
    assert good["decision"] == "allow"


def test_no_requests_are_answered_with_nothing() -> None:
    """An empty file of requests gives no line, and is no error."""
    done = run("check", "--requests", "-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_two_thousand_requests_come_out_one_by_one() -> None:
    """A long run answers every line, in order, one bad line among them."""
    done = run("check", "--requests", "-", stdin=requests(*[GOOD] * 1000, "x", *[NO] * 1000))
    answers = [json.loads(line).get("decision", "error") for line in done.stdout.splitlines()]
    assert answers == ["allow"] * 1000 + ["error"] + ["deny"] * 1000
    assert done.returncode == 65


def test_output_that_is_closed_ends_quietly(tmp_path: Path) -> None:
    """Where the reader leaves early, the command ends with 141 and says nothing."""
    path = tmp_path / "requests.jsonl"
    path.write_bytes(requests(*[GOOD] * 400))
    command = [sys.executable, "-m", "seatrules", "check", "--requests", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"decision":"allow"')
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", [["list"], ["show"], ["check", "--state", "STATE", "--action", BUY]])
def test_a_full_disk_is_said(arguments: list[str], state: str) -> None:
    """Output that can't be written ends with 74, and words on standard error."""
    with Path("/dev/full").open("wb") as full:
        done = run(*[state if a == "STATE" else a for a in arguments], stdout=full)
    assert done.returncode == 74
    assert done.stderr.startswith(b"error")
    assert b"Traceback" not in done.stderr


def test_an_interrupt_ends_with_130() -> None:
    """Ctrl-C in the middle of a run ends with 130, without a traceback."""
    command = [sys.executable, "-m", "seatrules", "check", "--requests", "-"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(requests(*[GOOD] * 40))
        process.stdin.flush()
        assert process.stdout.readline()  # then it decides, or waits for more
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()  # reads on: what can't write can't end
        assert (process.returncode, said.split()) == (130, [b"interrupted"])


@pytest.mark.parametrize(
    "options", [["--version", "nope"], ["--partial", "--evaluator", "durable"]], ids=["version", "mode"]
)
def test_a_usage_error_is_one_in_any_number_of_processes(options: list[str], tmp_path: Path) -> None:
    """The same words and the same exit code."""
    path = tmp_path / "requests.jsonl"
    path.write_bytes(requests(GOOD))
    one, two = (run("check", "--requests", str(path), *options, "--jobs", jobs) for jobs in ("1", "2"))
    assert (one.returncode, one.stderr) == (two.returncode, two.stderr)
    assert one.returncode == 2


@contextmanager
def two_jobs(tmp_path: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A long run in two processes that has begun to answer, in a group of its own as a terminal makes one."""
    path = tmp_path / "requests.jsonl"
    path.write_bytes(requests(GOOD) * 20_000)
    command = [sys.executable, "-m", "seatrules", "check", "--requests", str(path), "--jobs", "2", *arguments]
    with subprocess.Popen(command, stdout=-1, stderr=-1, bufsize=0, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b'{"decision":"allow"')
        yield process


def test_an_interrupt_is_heard_by_one_process_only(tmp_path: Path) -> None:
    """Ctrl-C, which a terminal sends to all, ends with 130 and one word, whoever else decides."""
    with two_jobs(tmp_path) as process:
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate()
        assert (process.returncode, said.split()) == (130, [b"interrupted"])


def test_no_process_is_left_where_the_first_is_killed(tmp_path: Path) -> None:
    """The other processes hold the output open as long as they live."""
    with two_jobs(tmp_path) as process:
        process.kill()
        process.communicate(timeout=30)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="what a process has started is told by Linux")
def test_a_process_that_is_killed_is_told(tmp_path: Path) -> None:
    """What is answered is whole; the error says where it ends."""
    with two_jobs(tmp_path, "--format", "json") as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        workers = [each for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]
        assert len(workers) == 2
        os.kill(int(workers[0]), signal.SIGKILL)  # the pool ends the other one
        answered, said = process.communicate(timeout=30)
    lines = 1 + answered.count(b"\n")
    assert answered.endswith(b"}\n")
    message = f"a process that answers was ended from outside: no line after line {lines} is answered"
    assert (process.returncode, json.loads(said)["error"]["message"]) == (70, message)
    assert json.loads(said)["error"]["code"] == "process-ended"


def test_an_engine_goes_to_another_process_as_it_was_loaded(tmp_path: Path) -> None:
    """Whatever becomes of the policy's files, all processes decide by the same."""
    folder = shutil.copytree(LIBRARY, tmp_path / "library")
    engine = seatrules.load(folder, evaluator="interpreter")
    shutil.rmtree(folder)
    again = pickle.loads(pickle.dumps(engine))
    assert again.evaluator == "interpreter"
    assert [each.digest for each in again.programs.values()] == [each.digest for each in engine.programs.values()]


@pytest.mark.parametrize("env", [{"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_a_terminal_without_unicode_gets_escapes(env: dict[str, str], state: str) -> None:
    """Where the output takes ASCII only, the rest is written as escapes."""
    done = run("check", "--state", state, "--action", DENIED, "--lang", "nl", env=env)
    assert (done.returncode, done.stderr) == (3, b"")
    assert b"GEWEIGERD" in done.stdout
    if "PYTHONIOENCODING" in env:
        assert done.stdout.isascii()
        assert b"\\u201c" in done.stdout


def test_escape_sequences_are_printed_as_escapes(tmp_path: Path) -> None:
    """What a terminal would act on is shown, not done: in ids, in values and in errors."""
    evil = "e\x1b[31mvil\x07"
    state = changed(STATE, {f"users|{evil}": dict(STATE["users"]["bob"])})
    path = written(tmp_path / "state.json", state)
    for action in (as_text(ACTION, actor=evil), as_text(ACTION, actor="x\x1b[2J"), as_text(ACTION, type="\x1b]0;x")):
        done = run("check", "--state", path, "--action", action, "--lang", "en")
        assert done.returncode in (3, 65)
        assert b"\x1b" not in done.stdout + done.stderr
        assert b"\x07" not in done.stdout + done.stderr
        assert b"\\x1b" in done.stdout + done.stderr


@pytest.mark.parametrize("name", [b"a\nb.yaml", b"a\x1bb.yaml", b"caf\xe9.yaml"])
def test_strange_names_of_files_are_printed_as_escapes(name: bytes, tmp_path: Path) -> None:
    """A file's name stays on one line, whatever is in it."""
    path = os.fsencode(tmp_path) + b"/" + name
    for make in (False, True):
        if make:
            Path(os.fsdecode(path)).write_text("[1", encoding="utf-8")
        done = run("check", "--state", path, "--action", BUY.encode())
        assert done.returncode == (65 if make else 74)
        assert b"\x1b" not in done.stderr
        assert len(done.stderr.splitlines()) <= 2
        assert b"Traceback" not in done.stderr


def test_lint_finds_what_is_wrong(tmp_path: Path, base_policy: Path) -> None:
    """`lint` ends with 0 on a clean policy, 1 on errors, and 1 on warnings with `--strict` only."""
    folder = str(base_policy)
    assert run("lint", "--strict", folder).returncode == 0
    codes = base_policy / "base" / "codes.yaml"
    codes.write_text(codes.read_text().replace("{busy:", "{spare: nothing gives it, busy:"))
    warned = run("lint", folder)
    assert warned.returncode == 0
    assert b"warning[unused-code]" in warned.stdout
    assert run("lint", folder, "--strict").returncode == 1
    (base_policy / "base" / "facts.yaml").write_text("facts: [\n")
    broken = run("lint", folder)
    assert (broken.returncode, broken.stderr) == (1, b"")
    assert b"error[yaml-syntax]" in broken.stdout


def test_lint_leaves_out_what_only_follows_from_an_error(base_policy: Path) -> None:
    """The code that a misspelt one was meant to be is not said to be unused."""
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("code: lot_full", "code: lot_ful"), encoding="utf-8")
    done = run("lint", str(base_policy))
    assert done.stdout.endswith(b"help: did you mean `lot_full`?\n\n1 error, 0 warnings\n")


def test_lint_as_json(base_policy: Path) -> None:
    """`lint --format json` prints every problem with the fields that the text shows."""
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text().replace("has_place(", "has_plaec("))
    done = run("lint", str(base_policy), "--format", "json")
    assert done.returncode == 1
    (problem,) = [each for each in json.loads(done.stdout)["problems"] if each["severity"] == "error"]
    assert (problem["line"], problem["column"], problem["code"]) == (4, 14, "unknown-function")
    assert problem["help"] == "did you mean `has_place`?"
    assert problem["file"].endswith("parking/base/rules.yaml")


def test_the_first_twenty_problems_are_shown(base_policy: Path) -> None:
    """Text shows 20 problems and counts the rest; `--all` shows all."""
    for number in range(25):
        (base_policy / "base" / f"z{number:02}.yaml").write_text("")
    short, whole = run("lint", str(base_policy)), run("lint", str(base_policy), "--all")
    assert short.stdout.count(b"error[empty-file]") == 20
    assert b"and 5 more" in short.stdout
    assert b"25 errors" in short.stdout
    assert whole.stdout.count(b"error[empty-file]") == 25


SUITE = """ignore_effects: [as_of]
policy: {policy}
cases:
  - id: GOOD
    title: a car parks
    state:
      as_of: '2025-03-01'
      town: {{name: Ede, closed: false}}
      lots: {{north: {{free: 4}}}}
      cars: {{c: {{kind: car, lots: []}}}}
      visits: []
    action: {{type: park, car: c, lot_name: north, hours: 1}}
    expect: {{decision: {decision}, reason_key: parked}}
"""


def test_test_runs_suites(tmp_path: Path, base_policy: Path) -> None:
    """`test` ends with 0 where all cases pass, and with 1 and the difference where one fails."""
    suite = tmp_path / "suite.yaml"
    suite.write_text(SUITE.format(policy=base_policy, decision="allow"))
    passed = run("test", str(suite))
    assert (passed.returncode, passed.stdout, passed.stderr) == (0, b"1 passed, 0 failed\n", b"")
    suite.write_text(SUITE.format(policy=base_policy, decision="deny"))
    failed = run("test", str(suite))
    assert (failed.returncode, failed.stderr) == (1, b"")
    said = failed.stdout.decode()
    assert f"{suite}:4:9: case `GOOD` failed: a car parks" in said
    assert "    expected: deny\n    got:      allow" in said
    assert run("test", str(suite), "-k", "parks and not lorry").returncode == 1
    assert run("test", str(suite), "-k", "lorry").returncode == 2
    found = json.loads(run("test", str(suite), "--format", "json").stdout)
    assert (found["passed"], found["failed"]) == (0, 1)
    assert found["failures"][0]["differences"] == [{"what": "decision", "expected": "deny", "got": "allow"}]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: GOOD", "id: GO OD", ["4:9: `GO OD` is no name: letters, digits, `_` and `-`"]),
        (
            "    action:",
            "    acton:",
            [
                "4:5: the key `action` is missing here",
                "12:5: there is no key `acton` here\n  help: did you mean `action`?",
            ],
        ),
        (
            "decision: allow",
            "decision: alow",
            ["13:24: `alow` is not one of `allow`, `deny`, `undetermined`\n  help: did you mean `allow`?"],
        ),
        ("    state:", "    with:", ["4:5: a case has a `state` or a `base`, and not both"]),
        ("    action:", "    base: x\n    action:", ["4:5: a case has a `state` or a `base`, and not both"]),
    ],
)
def test_a_suite_that_is_not_well_formed_is_an_error(
    old: str, new: str, said: list[str], tmp_path: Path, base_policy: Path
) -> None:
    """A mistake in a suite is named with its place, and no case of it runs."""
    suite = tmp_path / "suite.yaml"
    text = SUITE.format(policy=base_policy, decision="allow")
    assert old in text
    suite.write_text(text.replace(old, new))
    done = run("test", str(suite))
    assert (done.returncode, done.stdout) == (65, b"")
    assert done.stderr.decode() == "".join(f"error[malformed]: {suite}:{each}\n" for each in said)


def test_a_suite_with_an_id_twice_or_an_unknown_base_is_an_error(tmp_path: Path, base_policy: Path) -> None:
    """Cases have ids of their own, and bases that are there."""
    suite = tmp_path / "suite.yaml"
    text = SUITE.format(policy=base_policy, decision="allow")
    suite.write_text(text + text.partition("cases:\n")[2])
    twice = run("test", str(suite))
    assert twice.returncode == 65
    place = f"error[malformed]: {suite}"
    assert twice.stderr.decode() == f"{place}:14:9: case `GOOD` is already there\n"
    head, _, tail = text.partition("    state:")
    suite.write_text("bases: {road: {}}\n" + head + "    base: raod\n    action:" + tail.partition("    action:")[2])
    unknown = run("test", str(suite))
    assert unknown.returncode == 65
    assert unknown.stderr.decode() == f"{place}:7:11: there is no base `raod`\n  help: did you mean `road`?\n"


def test_list_show_and_schema_as_json() -> None:
    """`list`, `show` and `schema` print JSON that names the versions, the merged policy and the schemas."""
    versions = json.loads(run("list", "--format", "json").stdout)
    assert [version["version"] for version in versions] == ["2024-11-01"]
    whole = json.loads(run("show", "--format", "json").stdout)
    assert whole["digest"] == versions[0]["digest"]
    assert "rules" in whole
    dutch = json.loads(run("list", "--format", "json", "--lang", "nl").stdout)
    assert [each[0]["codes"]["reasons"]["no_seat"] for each in (versions, dutch)] == [
        "the user has no seat",
        "de gebruiker heeft geen seat",
    ]
    schema = json.loads(run("schema", "state").stdout)
    assert schema["required"] == ["as_of", "account", "subscriptions", "seats", "users"]
    actions = json.loads(run("schema", "action").stdout)["$defs"]
    assert sorted(actions) == sorted(versions[0]["actions"])


@pytest.mark.parametrize("language", ["en", "nl"])
def test_list_in_words(language: str, base_policy: Path, golden: Golden) -> None:
    """`list` prints what each version names, under headings in the language of the answer."""
    done = run("list", "--policy", str(base_policy), "--lang", language)
    assert (done.returncode, done.stderr) == (0, b"")
    text = re.sub(r"sha256:\w+", "sha256:...", done.stdout.decode())
    golden(TESTS / "golden" / "list" / f"parking.{language}.txt", text)


def test_list_in_a_language_that_only_the_newest_version_speaks() -> None:
    """An earlier version that lacks the language is listed in its own first one."""
    program = next(iter(seatrules.load(LIBRARY).programs.values()))
    assert spoken(program, "de") == "de"
    assert spoken(program, "nl") == "en"


def test_lint_checks_the_version_that_is_asked_for(base_policy: Path) -> None:
    """`--version` keeps `lint` to one version; a version that is not there is a wrong use."""
    shutil.copytree(base_policy / "base", base_policy / "later")
    header = base_policy / "later" / "policy.yaml"
    header.write_text(header.read_text().replace("version: base", "version: later").replace("2025-01-", "2025-06-"))
    (base_policy / "later" / "zz.yaml").write_text("")
    folder = str(base_policy)
    whole, one, other = (run("lint", folder, *more) for more in ([], ["--version", "base"], ["--version", "later"]))
    assert (whole.returncode, one.returncode, other.returncode) == (1, 0, 1)
    assert one.stdout == b"0 errors, 0 warnings\n"
    assert whole.stdout == other.stdout
    wrong = run("lint", folder, "--version", "latr")
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    said = f"error[unknown-version]: there is no version `latr` of `{folder}`\n  help: did you mean `later`?\n"
    assert wrong.stderr.decode() == said


def test_lint_takes_a_path_or_a_policy(base_policy: Path) -> None:
    """Of two policies to check neither is left out silently."""
    done = run("lint", str(base_policy), "--policy", "hubspot-seats")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"error[usage]: `lint` takes PATH or `--policy`, and not both\n"


def test_show_names_the_choices() -> None:
    """`show` prints what the settings are, as they are chosen."""
    plain, other = run("show", "--format", "json"), run("show", "--set", "core_renewal=latest", "--format", "json")
    assert json.loads(plain.stdout)["chosen"]["core_renewal"] == "earliest"
    assert json.loads(other.stdout)["chosen"]["core_renewal"] == "latest"


def test_help_is_whole_sentences() -> None:
    """No command's line in `--help` is cut off."""
    assert b"..." not in run("--help").stdout.split(b"Commands:")[1]


def test_an_unknown_command_is_told_with_a_suggestion() -> None:
    """A misspelt command is a wrong use; the one that was meant, or all there are, is said."""
    done = run("chek")
    said = b"error[unknown-command]: there is no command `chek`\n  help: did you mean `check`?\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", said)
    assert b"help: there are `can`, `check`, `export`, `lint`, " in run("zzz").stderr


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
    ],
)
def test_cases_are_chosen_by_words(words: str, chosen: bool) -> None:
    """`not` binds before `and`, `and` before `or`; a word may hold any signs, and is found in any case."""
    assert selection(words)("cases/bor-05.yaml GOOD It's a Car(s) that parks") is chosen


@pytest.mark.parametrize("words", ["", "not", "a b", "a not b", "and a", "a or", "a and or b", "or", "not " * 100_000])
def test_words_that_are_joined_otherwise_are_a_wrong_use(words: str) -> None:
    """The message repeats them, and says what joins words."""
    with pytest.raises(seatrules.UsageError) as error:
        selection(words)
    assert error.value.message == f"`-k {words}`: words are joined by `and`, `or`, `not`"


def test_a_step_alone_is_told_how_it_is_written(state: str) -> None:
    """`simulate --steps` with one step and no list around it says what to write."""
    done = run("simulate", "--state", state, "--steps", '{"type": "add_seats"}')
    said = b"error[wrong_type]: /steps: the steps are no list\n  help: one step is a list too: `[{...}]`\n"
    assert (done.returncode, done.stderr) == (65, said)


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
