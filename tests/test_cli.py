"""The command as a process: how it ends, whatever becomes of its input, its output and the others at work."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import seatrules
from accounts import ACTION, STATE, changed
from command import BUY, DENIED, GOOD, HANGS, LIBRARY, as_text, requests, run, written


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
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
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
        process.communicate(timeout=HANGS)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="what a process has started is told by Linux")
def test_a_process_that_is_killed_is_told(tmp_path: Path) -> None:
    """What is answered is whole; the error says where it ends."""
    with two_jobs(tmp_path, "--format", "json") as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        workers = [each for each in children if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]
        assert len(workers) == 2
        os.kill(int(workers[0]), signal.SIGKILL)  # the pool ends the other one
        answered, said = process.communicate(timeout=HANGS)
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
        assert len(done.stderr.splitlines()) <= (5 if make else 2)
        assert b"Traceback" not in done.stderr
