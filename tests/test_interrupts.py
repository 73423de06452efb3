"""An interrupt ends the command with 130 and one word, at whatever moment it comes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from multiprocessing import active_children

import pytest

from accounts import ACTION, STATE
from command import HANGS, run
from seatrules.cli.processes import in_turn

INTERRUPTED = (130, b"", b"interrupted\n")
AT_AN_IMPORT = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["seatrules", "check", "--state", "-", "--action", {action!r}]
from seatrules.start import main
main()
"""
AT_THE_END = """
import atexit, os, signal, sys
atexit.register(lambda: os.kill(os.getpid(), signal.SIGINT))
sys.argv = ["seatrules", "list"]
from seatrules.start import main
main()
"""
WHILE_IT_COMPLAINS = """
import os, signal, sys
class Interrupting:
    def write(self, text):
        os.kill(os.getpid(), signal.SIGINT)
        os.write(2, text.encode())
    def flush(self):
        pass
sys.stderr = Interrupting()
sys.argv = ["seatrules", "lst"]
from seatrules.start import main
main()
"""
IN_A_PROGRAM = """
import os, signal, sys
sys.argv = ["program"]
import seatrules
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("caught")
"""


class OneThatEnds:
    """What does its first part at once, and the others not before anybody would wait for them."""

    def done(self, part: int) -> int:
        time.sleep(HANGS * (part > 0))
        return part


def of_python(script: str) -> tuple[int, bytes, bytes]:
    """What a script ends with and prints, when a good state is on its standard input."""
    done = subprocess.run([sys.executable, "-c", script], input=json.dumps(STATE).encode(), capture_output=True)
    return done.returncode, done.stdout, done.stderr.lstrip(b"\n")


@pytest.mark.parametrize(
    "module",
    [
        *("seatrules.decision.evaluator", "seatrules.engine", "seatrules.diagnostics"),
        *("seatrules.cli", "click", "seatrules.cli.common", "seatrules.cli.check", "seatrules.cache"),
    ],
)
def test_an_interrupt_while_it_starts(module: str) -> None:
    """Also before anything of the command is there: nobody is shown where in the imports it was."""
    assert of_python(AT_AN_IMPORT.format(name=module, action=json.dumps(ACTION))) == INTERRUPTED


def test_an_interrupt_when_all_is_said() -> None:
    """What was to be said has been said; Python is not interrupted while it ends."""
    code, out, err = of_python(AT_THE_END)
    assert (code, err) == (130, b"interrupted\n")
    assert out.startswith(b"hubspot-seats")


def test_an_interrupt_while_an_error_is_printed() -> None:
    """A second interrupt, or one in the midst of a message, is as the first."""
    code, _, err = of_python(WHILE_IT_COMPLAINS)
    assert code == 130
    assert b"Traceback" not in err


def test_a_program_of_ones_own_is_interrupted_as_ever() -> None:
    """Only the command ends so: a program that imports the package catches its interrupts itself."""
    assert of_python(IN_A_PROGRAM) == (0, b"caught\n", b"")


def test_what_several_processes_have_under_way_is_not_waited_for() -> None:
    """Where it is interrupted, or what comes of the one is wrong, what the others do is of no use."""
    with closing(in_turn(OneThatEnds(), range(3), 1)) as done:
        assert next(done) == (0, 0)
    assert active_children() == []


@pytest.mark.parametrize("milliseconds", [20, 60, 120, 250, 500])
def test_an_interrupt_at_any_moment(milliseconds: int) -> None:
    """While it starts, while it waits for its input, and while it reads it; what begins it is imported."""
    script = (
        "import sys\n"
        "sys.argv = ['seatrules', 'check', '--requests', '-']\n"
        "from seatrules.start import main\n"
        "print('started', flush=True)\n"
        "main()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", script], **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"started\n"
        time.sleep(milliseconds / 1000)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err.lstrip(b"\n")) == INTERRUPTED


@pytest.mark.parametrize(
    "command",
    [
        ("check", "--requests", "-"),
        ("check", "--state", "-", "--action", "{}"),
        ("can", "--state", "-"),
        ("simulate", "--state", "-", "--steps", "[]"),
    ],
    ids=" ".join,
)
def test_a_closed_input_is_told(command: tuple[str, ...]) -> None:
    """As any other file that can't be read."""
    script = f'exec "{sys.executable}" -m seatrules "$@" <&-'
    done = subprocess.run(["bash", "-c", script, "seatrules", *command], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (74, b"", b"error: <stdin>: is closed\n")


SIGNS = "a\x1b[31m\u202eb\nc\x9b"
SHOWN = r"a\x1b[31m\u202eb\nc\x9b"


@pytest.mark.parametrize(
    "command",
    [
        ("list", "--policy", SIGNS),
        ("lint", SIGNS),
        ("test", SIGNS),
        ("test", "-k", SIGNS),
        ("check", "--state", SIGNS, "--action", "{}"),
        ("check", "--requests", SIGNS),
        ("check", "--state", "x", "--action", "{}", "--set", SIGNS),
        ("check", "--state", "x", "--action", "{}", "--audience", SIGNS),
        ("check", f"--{SIGNS}"),
        ("simulate", "--state", "x", "--steps", SIGNS),
        ("show", "--code", SIGNS),
        (SIGNS,),
    ],
    ids=lambda command: command[0].replace(SIGNS, "signs"),
)
def test_what_a_terminal_would_act_on_is_printed_as_an_escape(command: tuple[str, ...]) -> None:
    """Of a file's name and of every option; and a name that is too long for the system is an error of it."""
    done = run(*command)
    assert done.returncode in (2, 65, 74)
    told = (done.stdout + done.stderr).decode()
    assert all(sign.isprintable() for sign in told.replace("\n", ""))
    assert "\nc" not in told
    told = run(*command, "--format", "json").stderr.decode()
    assert all(sign.isprintable() for sign in told.replace("\n", ""))
    long = run(*(word.replace(SIGNS, "x" * 5000) for word in command))
    assert long.returncode in (2, 65, 74)
    assert "Traceback" not in long.stderr.decode()
