"""How long the language server takes to answer on hubspot-seats, asked as an editor asks: over its streams.

`python tests/bench/bench_lsp.py [--times N] [--write]` opens files of a copy of the policy, types in them, and asks
each kind of question so many times. `--write` puts the figures into `docs/editors.md`.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from editor import Editor, an_editor, at  # noqa: E402
from seatrules.lsp.homes import Home  # noqa: E402
from seatrules.lsp.reading import read  # noqa: E402
from seatrules.policy.folders import KeptFiles  # noqa: E402

PAGE = ROOT / "docs" / "editors.md"
OLDEST, NEWEST = "2024-11-01", "2026-03-27"
CLAUSE = "require: quantity <= removable(seat_type)"


def main() -> None:
    """Measure, print, and write the page if that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, an_editor() as editor:
        policy = Path(shutil.copytree(ROOT / "policies" / "hubspot-seats", Path(folder, "hubspot-seats")))
        rows = [*_measured(editor, policy, given.times)]
    table = "\n".join(["| | median | most |", "|---|---|---|", *rows])
    print(table)
    if given.write:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(re.sub(r"(?s)(<!-- figures -->\n).*?(\n<!-- /figures -->)", rf"\1{table}\2", text), "utf-8")


def _measured(editor: Editor, policy: Path, times: int) -> Iterator[str]:
    rules = policy / OLDEST / "rules" / "20-buying-and-removing.yaml"
    newest = policy / NEWEST / "facts.yaml"
    text = rules.read_text(encoding="utf-8")
    document = {"textDocument": {"uri": rules.as_uri()}}
    for path in (rules, newest):
        editor.open(path)
    fact = {**document, "position": at(text, "removable(", 2)}
    editor.result("textDocument/hover", **fact)
    editor.until(lambda each: each.get("method") == "workspace/codeLens/refresh")
    wrong = text.replace(CLAUSE, CLAUSE.replace("removable", "removble"))
    editor.change(rules, wrong)
    (problem,) = editor.problems(rules)
    fix = {**document, "range": problem["range"], "context": {"diagnostics": [problem]}}
    questions: dict[str, Callable[[], Any]] = {
        "completion of a name": lambda: editor.result("textDocument/completion", **_at_name(document, text)),
        "hover": lambda: editor.result("textDocument/hover", **fact),
        "definition": lambda: editor.result("textDocument/definition", **fact),
        "references": lambda: editor.result("textDocument/references", **fact, context={"includeDeclaration": True}),
        "rename": lambda: editor.result("textDocument/rename", **fact, newName="can_be_removed"),
        "code lenses": lambda: editor.result("textDocument/codeLens", **document),
    }
    yield _row("quick fix", times, lambda: editor.result("textDocument/codeAction", **fix))
    editor.change(rules, text)
    sleep(3)  # as long as nothing is typed, more is found out in another process
    for name, ask in questions.items():
        yield _row(name, times, ask)
    facts = newest.read_text(encoding="utf-8")
    no_name, no_yaml = ("is: ", "is: no_such_name and "), ("\n", "\n  - {")
    typing = _Typing(editor, rules, text, text.replace("removable(", "removble("))
    yield _row("problems, a name misspelt in the oldest version", times, typing)
    yield _row("problems, a line that is no YAML there", times, _Typing(editor, rules, text, _last(text, *no_yaml)))
    yield _row(
        "problems, a name misspelt in the newest version", times, _Typing(editor, newest, facts, _last(facts, *no_name))
    )
    yield _row(
        "completion while the policy is read again", times, questions["completion of a name"], before=typing.type
    )
    yield from _processor_time(policy, rules, text, times)


def _processor_time(policy: Path, rules: Path, text: str, times: int) -> Iterator[str]:
    """What of it is work of the server, whatever else the machine does: up to the first problems, and to the last."""
    home, known = Home(policy), KeptFiles()
    *_, before = read(home, {}, known)
    first, every = list[float](), list[float]()
    for number in range(times):
        content = text.replace("removable(", f"removble{number}(").encode()
        start = process_time()
        for reading in read(home, {rules: content}, known, before, {rules}):
            if reading.may_rest and len(first) == number:
                first.append(1000 * (process_time() - start))
        every.append(1000 * (process_time() - start))
        before = reading
    for name, taken in (("of the version that is typed in", first), ("of all versions", every)):
        yield f"| processor time for problems {name} | {median(taken):.0f} ms | {max(taken):.0f} ms |"


def _last(text: str, old: str, new: str) -> str:
    """A text with the last of some words replaced."""
    head, _, tail = text.rpartition(old)
    return head + new + tail


def _at_name(document: dict[str, Any], text: str) -> dict[str, Any]:
    return {**document, "position": at(text, CLAUSE, len("require: quan"))}


class _Typing:
    """Types a mistake, and mends it, in turn; asked, it waits until that is told."""

    def __init__(self, editor: Editor, path: Path, text: str, wrong: str) -> None:
        self.editor, self.path, self.number = editor, path, 0
        self.texts = [text, wrong]

    def type(self) -> None:
        """Type, and do not wait."""
        self.number += 1
        self.editor.change(self.path, self.texts[self.number % 2])

    def __call__(self) -> None:
        self.type()
        while bool(self.editor.problems(self.path)) != bool(self.number % 2):
            pass


def _row(name: str, times: int, ask: Callable[[], Any], before: Callable[[], None] | None = None) -> str:
    """The median and the most that a question takes, in milliseconds, after it was asked once."""
    ask()
    taken = []
    for _ in range(times):
        if before is not None:
            before()
        start = perf_counter()
        answer = ask()
        taken.append(1000 * (perf_counter() - start))
        assert answer != [], name
        sleep(0.2)  # about as fast as people type
    return f"| {name} | {median(taken):.0f} ms | {max(taken):.0f} ms |"


if __name__ == "__main__":
    main()
