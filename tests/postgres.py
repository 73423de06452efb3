"""A server of PostgreSQL that the tests start for themselves, on a free port of this machine, and stop."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

WAIT = 300
"""For how many seconds the server may start."""
_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def binaries() -> Path | None:
    """The folder with the newest server that is installed, and its psql; nothing where there is none."""
    places = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name), reverse=True)
    return next(
        (each for each in places if all((each / name).exists() for name in ("initdb", "postgres", "psql"))), None
    )


class Psql(NamedTuple):
    """Asks a server through psql; `command` is psql with where the server is."""

    command: Sequence[str]

    def run(self, script: str) -> str:
        """What a script prints; the first thing that goes wrong ends it."""
        done = subprocess.run(self.command, input=script, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, by the names of their columns; days are texts."""
        answered = self.run(f"select row_to_json(answered) from ({query}) answered;")
        return [json.loads(line) for line in answered.splitlines()]

    def fill(self, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> None:
        """Make a table of columns with types, and put rows into it."""
        named = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        lines = "".join("\t".join(map(_cell, row)) + "\n" for row in rows)
        self.run(
            f"drop table if exists {table};\ncreate table {table} ({named});\ncopy {table} from stdin;\n{lines}\\.\n"
        )


def _cell(value: Any) -> str:
    return r"\N" if value is None else str(value).translate(_ESCAPED)


@contextmanager
def served(binaries: Path) -> Iterator[Psql]:
    """A server as long as it is needed. It refuses to run as root: then it is run as another user."""
    with tempfile.TemporaryDirectory(prefix="seatrules-postgres-") as folder:
        other: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = _other_user()
            os.chown(folder, user.pw_uid, user.pw_gid)
            other = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        quiet: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | other
        how = ("-D", "data", "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        subprocess.run([binaries / "initdb", *how], check=True, **quiet)
        port = _free_port()
        at = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
        server = subprocess.Popen([binaries / "postgres", "-D", "data", "-p", str(port), *at], **quiet)
        try:
            yield _asked(binaries, port)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(WAIT)


def _other_user() -> pwd.struct_passwd:
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _asked(binaries: Path, port: int) -> Psql:
    """What asks the server, once it answers."""
    where = ["-h", "127.0.0.1", "-p", str(port), "-U", "tests", "-d", "postgres"]
    until = time.monotonic() + WAIT
    while subprocess.run([binaries / "psql", *where, "-c", ""], capture_output=True, check=False).returncode:
        assert time.monotonic() < until, "PostgreSQL does not start"
        time.sleep(0.1)
    return Psql([str(binaries / "psql"), *where, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
