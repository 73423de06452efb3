"""An editor for tests: speaks with `seatrules lsp` over its streams, and counts places as editors do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

WAIT = 600
"""How many seconds an answer may take on a machine that does much else."""


class Editor:
    """A client of the server: what it asks and tells, and what is published."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process, self._number = process, 0
        self._queue: Queue[dict[str, Any]] = Queue()
        self.notes: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.opened: set[Path] = set()
        self.initialized: dict[str, Any] = {}
        self.errors = b""
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while header := self._process.stdout.readline():
            length = int(header.partition(b":")[2])
            while self._process.stdout.readline().strip():
                pass
            self._queue.put(json.loads(self._process.stdout.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def tell(self, method: str, **params: Any) -> None:
        """Send what needs no answer."""
        self._send({"method": method, "params": params})

    def ask(self, method: str, **params: Any) -> Any:
        """The whole answer to a request: its `result`, or its `error`."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": params})
        return self.until(lambda each: each.get("id") == self._number and "method" not in each)

    def result(self, method: str, **params: Any) -> Any:
        """The result of a request."""
        return self.ask(method, **params)["result"]

    def until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that is meant; those that come before it are kept, or answered."""
        while True:
            message = self._queue.get(timeout=WAIT)
            if "method" in message and "id" in message:
                self.requests.append(message["method"])
                self._send({"id": message["id"], "result": None})
            if is_it(message):
                return message
            self.notes.append(message)

    def problems(self, path: Path) -> list[dict[str, Any]]:
        """The problems of a file that are published next."""
        uri = path.as_uri()
        return list(
            self.until(
                lambda each: each.get("method") == "textDocument/publishDiagnostics" and each["params"]["uri"] == uri
            )["params"]["diagnostics"]
        )

    def open(self, path: Path, text: str | None = None) -> None:
        """Open a file, with a text that is not saved if one is given."""
        text = path.read_text(encoding="utf-8") if text is None else text
        self.opened.add(path)
        self.tell(
            "textDocument/didOpen",
            textDocument={"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text},
        )

    def change(self, path: Path, text: str) -> None:
        """Change the text of a file that is open."""
        self._number += 1
        self.tell(
            "textDocument/didChange",
            textDocument={"uri": path.as_uri(), "version": self._number + 1},
            contentChanges=[{"text": text}],
        )

    def close(self, path: Path) -> None:
        """Close a file without saving."""
        self.opened.discard(path)
        self.tell("textDocument/didClose", textDocument={"uri": path.as_uri()})

    def close_all(self) -> None:
        """Close all files, so that nothing more is found out of them."""
        for path in [*self.opened]:
            self.close(path)


def at(text: str, words: str, inside: int = 0) -> dict[str, int]:
    """The position of the first of some words in a text, or so many characters further, in units of UTF-16."""
    before = text[: text.index(words) + inside]
    line = before.count("\n")
    return {"line": line, "character": len(before[before.rfind("\n") + 1 :].encode("utf-16-le")) // 2}


def covered(text: str, place: dict[str, Any]) -> str:
    """The words of a text that a range covers, of one line, in units of UTF-16."""
    line = text.split("\n")[place["start"]["line"]].encode("utf-16-le")
    words: str = line[place["start"]["character"] * 2 : place["end"]["character"] * 2].decode("utf-16-le")
    return words


@contextmanager
def an_editor(**initialize: Any) -> Iterator[Editor]:
    """An editor with a server of its own, which ends with it."""
    command = [sys.executable, "-m", "seatrules", "lsp"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        editor = Editor(process)
        capabilities = {"workspace": {"codeLens": {"refreshSupport": True}}}
        params = {"processId": None, "rootUri": None, "capabilities": capabilities} | initialize
        editor.initialized = editor.result("initialize", **params)
        editor.tell("initialized")
        yield editor
        editor.ask("shutdown")
        editor.tell("exit")
        assert process.wait(WAIT) == 0
        assert process.stderr is not None
        editor.errors = process.stderr.read()
