"""The command, run as people run it, and what the tests hand to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any
from unittest.mock import patch

from accounts import ACTION, STATE, changed
from seatrules import cli

LIBRARY = Path(__file__).parent / "policies" / "library-loans"
Done = subprocess.CompletedProcess[bytes]
HANGS = 600
"""After how many seconds a process is taken to wait for ever, on a machine that does much else."""


def run(*arguments: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None, **rest: Any) -> Done:
    """Run the command in a process of its own."""
    whole = {**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **(env or {})}
    rest = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": HANGS, "check": False} | rest
    return subprocess.run([sys.executable, "-m", "seatrules", *arguments], input=stdin, env=whole, **rest)


def run_here(*arguments: str, cwd: Path | str = ".") -> Done:
    """Run the command in this process: what it prints and its exit code, in a part of the time."""
    out, err = (TextIOWrapper(BytesIO(), "utf-8", "backslashreplace", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err), chdir(cwd), patch.dict(os.environ, LC_ALL="C.UTF-8"):
        code = cli.run([*arguments])
    return Done([*arguments], code, out.buffer.getvalue(), err.buffer.getvalue())


def all_of(terminal: int) -> bytes:
    """What is written to a terminal until its other end is closed."""
    shown = list[bytes]()
    with suppress(OSError):  # the other end is closed
        while more := os.read(terminal, 65536):
            shown.append(more)
    os.close(terminal)
    return b"".join(shown)


def written(path: Path, value: Any) -> str:
    """The path of a file with a value in it."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return str(path)


def as_text(action: Mapping[str, Any], **changes: Any) -> str:
    """An action as it stands on the command line."""
    return json.dumps(changed(action, changes))


BUY, DENIED = as_text(ACTION), as_text(ACTION, actor="bob", quantity=0)


def requests(*lines: Any) -> bytes:
    """Lines of requests; texts stay as they are."""
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines).encode()


GOOD = {"state": STATE, "action": ACTION}
