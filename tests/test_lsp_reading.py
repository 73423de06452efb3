"""What the language server answers out of what it has read, in the tests' own process."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import pytest

from command import run_here
from conftest import TESTS
from seatrules.analysis.uses import NamedThing
from seatrules.diagnostics import Diagnostic, SourceText, Span
from seatrules.lsp.completion import offers, typed
from seatrules.lsp.cursor import cursor_at
from seatrules.lsp.expressions import Offer
from seatrules.lsp.handlers import version_of
from seatrules.lsp.homes import Home, home_of
from seatrules.lsp.hover import hover_text, key_text
from seatrules.lsp.problems import moved
from seatrules.lsp.reading import ReadPolicy, read
from seatrules.lsp.renaming import RefusedError, renamed
from seatrules.lsp.schemas import kind_of
from seatrules.lsp.server import Project, Server
from seatrules.lsp.texts import lines_of
from seatrules.nodes import Node, Scalar
from seatrules.policy.folders import KeptFiles
from seatrules.source import parse

SHOP = TESTS / "policies" / "allotments"
OLD = "2025-01-01"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A policy with two versions."""
    return Path(shutil.copytree(SHOP, tmp_path / "shop"))


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A policy as `new policy` makes it."""
    assert run_here("new", "policy", "seats", "--yes", "--in", str(tmp_path)).returncode == 0
    return tmp_path / "seats"


def reading_of(folder: Path, unsaved: dict[Path, bytes] | None = None) -> ReadPolicy:
    """The whole reading of a policy."""
    *_, reading = read(Home(folder), unsaved or {}, KeptFiles())
    return reading


def the(reading: ReadPolicy, kind: str, name: str) -> Any:
    """Where a thing is declared."""
    return reading.index.declared[NamedThing(kind, name)][0]


def offered(reading: ReadPolicy, file: Path, text: str, language: str = "en") -> list[Offer]:
    """What is offered where `|` stands in a text."""
    before = text.partition("|")[0]
    lines = lines_of(text.replace("|", "", 1))
    cursor = cursor_at(lines, before.count("\n"), len(before) - before.rfind("\n") - 1)
    version = version_of(reading, file)
    assert version is not None
    return offers(reading, version, file, cursor, language)


@pytest.mark.parametrize(("language", "said"), [("en", "what is left to pay"), ("nl", "wat nog te betalen is")])
def test_what_a_fact_means_is_told_and_offered(shop: Path, language: str, said: str) -> None:
    """Before what it computes, in the language of the editor."""
    facts = shop / OLD / "facts.yaml"
    text = facts.read_text(encoding="utf-8")
    meaning = "    meaning: {en: what is left to pay, nl: wat nog te betalen is}\n    given: {g: garden}\n"
    facts.write_text(text.replace("    given: {g: garden}\n", meaning, 1), encoding="utf-8")
    reading = reading_of(shop)
    version = version_of(reading, facts)
    assert version is not None
    named = the(reading, "facts", "rent_left")
    assert hover_text(reading, version, named, language).startswith(
        f"**facts/rent_left**(g: garden): an integer\n\n{said}\n\n`rent_for("
    )
    found = offered(reading, shop / OLD / "rules.yaml", "rules:\n  - id: a\n    when: rent|", language)
    (offer,) = (each for each in found if each.text == "rent_left")
    assert offer.about == said


def test_what_a_suite_names_that_is_only_in_the_editor(fresh: Path) -> None:
    """A file that was never saved is one of the policy's suites too."""
    (version,) = (each for each in fresh.iterdir() if each.name != "schemas")
    suite, code = version / "suites" / "new.yaml", NamedThing("codes", "reasons/one_at_least")
    before = reading_of(fresh)
    text = (
        b"bases: {}\ncases:\n  - id: a\n    state: {}\n    action: {type: x}\n    expect: {reasons: [one_at_least]}\n"
    )
    after = reading_of(fresh, {suite: text})
    named = [{each.path.name for each in reading.index.named[code]} for reading in (before, after)]
    assert named[1] - named[0] == {"new.yaml"}


@pytest.mark.parametrize("suite", ["cases: [", "cases: [\x00]", None])
def test_nothing_is_renamed_while_a_suite_can_not_be_read(shop: Path, suite: str | None) -> None:
    """What such a suite names is not known: of YAML with a mistake, and of a link that leads nowhere."""
    path = shop / OLD / "suites" / "guests.yaml"
    path.unlink()
    if suite is None:
        path.symlink_to("nowhere.yaml")
    else:
        path.write_text(suite, encoding="utf-8")
    reading = reading_of(shop)
    with pytest.raises(RefusedError, match=r"^the policy has errors, so that not every place is known"):
        renamed(reading, the(reading, "facts", "rent_left"), "rest", (), "en")


@pytest.mark.parametrize("file", [f"{OLD}/more.yaml", f"{OLD}/suites/more.yaml"])
def test_a_file_that_can_not_be_read_leaves_the_others(shop: Path, file: str) -> None:
    """What the other files declare and name is known, though a link leads nowhere."""
    reading = reading_of(shop)
    (shop / file).symlink_to("nowhere.yaml")
    assert len(reading.index.every(NamedThing("facts", "rent_left"))) == 3


FIRST_RULE = """rules:
  - id: first
    require: |
"""


@pytest.mark.parametrize(
    "text", ["rules:\n  - id: x\n    require: |", "rules:\n  - id: x\n    otherwise:\n      message: {en: 'all {|"]
)
def test_a_first_rule_is_offered_names(fresh: Path, text: str) -> None:
    """In a policy as it is made, where each expression is of an action, one without any is offered names too."""
    (version,) = (each for each in fresh.iterdir() if (each / "policy.yaml").is_file())
    found = offered(reading_of(fresh), version / "rules.yaml", text)
    assert {"as_of", "max"} <= {each.text for each in found}


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("    require: quantity-us", "us"),
        ("    require: quantity - us", "us"),
        ("    require: a - b-us", "us"),
        ('    require: crop == "sweet-po', "sweet-po"),
        ("    otherwise: {message: {en: 'left: {has-us", "us"),
        ("    actions: [bring-gu", "bring-gu"),
        ("    before: seeds-a", "seeds-a"),
        ("    cites: S-1", "S-1"),
    ],
)
def test_a_minus_is_part_of_an_id_alone(line: str, word: str) -> None:
    """In an expression it takes one from another, and what is before it stays."""
    assert typed(cursor_at(["rules:", "  - id: x", line], 2, len(line))) == word


@pytest.mark.parametrize(
    ("key", "name", "before"), [("seeds", "garden.seeds", "plot."), ("key", "society.key", "society.")]
)
def test_what_the_schema_says_is_told_and_offered(shop: Path, key: str, name: str, before: str) -> None:
    """Of a property of an entry, and of one inside of another, what its description says."""
    schema, rules = shop / OLD / "state.schema.yaml", shop / OLD / "rules.yaml"
    text = schema.read_text(encoding="utf-8")
    schema.write_text(text.replace(f"      {key}: {{", f"      {key}: {{description: one of ours, "), encoding="utf-8")
    reading = reading_of(shop)
    version = reading.versions[0]
    named = next(each for each in reading.index.of_file(rules) if each.thing == ("state", name))
    assert "\n\none of ours\n\n" in hover_text(reading, version, named, "en")
    text = rules.read_text(encoding="utf-8").replace("plot.seeds >= amount", f"{before}|", 1)
    assert (key, "one of ours") in [(each.text, each.about) for each in offered(reading, rules, text)]


def test_notes_move_with_their_lines() -> None:
    """What a problem is related to is where that is now, in its file or another; what has changed there is left out."""
    first, second = SourceText("a.yaml", "a.yaml", ["a", "b", "c"]), SourceText("b.yaml", "b.yaml", ("x", "y"))
    notes = ((Span(first, 3), "same file"), (Span(second, 2), "other file"), (Span(second, 1), "changed"))
    problem = Diagnostic("code", "message", Span(first, 2), notes=notes)
    now = moved(problem, {"a.yaml": ["new", "a", "b", "c"], "b.yaml": ("new", "z", "y")})
    assert now is not None
    assert (now.span.line, [(str(span), message) for span, message in now.notes]) == (
        3,
        [("a.yaml:4:1", "same file"), ("b.yaml:3:1", "other file")],
    )
    assert moved(problem, {"a.yaml": ["a", "other", "c"]}) is None
    assert moved(problem, {"b.yaml": ("x", "y")}) == problem


def test_two_threads_may_read_one_file() -> None:
    """The nodes of a file are those of its bytes, though another thread forgets them meanwhile."""
    known, key = KeptFiles(), ("a.yaml", "a.yaml", False)
    node = Scalar("a", Span(SourceText("a.yaml", "a.yaml")))

    def broken() -> Node:
        raise ValueError

    class Meanwhile(bytes):
        def __ne__(self, other: object) -> bool:
            if other == b"a":
                with pytest.raises(ValueError, match=r"^$"):
                    known.nodes(key, b"others", broken)
            return bytes(self) != other

        __hash__ = bytes.__hash__

    known.nodes(key, Meanwhile(b"a"), lambda: node)
    assert known.nodes(key, b"a", broken) is node


def test_a_header_of_many_versions_is_not_parsed_for_its_name(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is one word on its line is taken as it is; in any other form it is read as YAML."""
    asked = list[str]()

    def asking(source: SourceText) -> Node:
        asked.append(source.name)
        return parse(source)

    monkeypatch.setattr("seatrules.lsp.homes.parse", asking)
    rules, header = shop / OLD / "rules.yaml", shop / OLD / "policy.yaml"
    assert (home_of(rules, {}), asked) == (Home(shop), [])
    for name in (b"'allotments'", b'"allotments"', b"allotments # of ours", b"\n  allotments"):
        text = header.read_bytes().replace(b"name: allotments", b"name: " + name)
        assert home_of(rules, {header: text}) == Home(shop)
    assert len(asked) == 4
    assert home_of(rules, {header: text.replace(b"allotments", b"other")}) == Home(shop, version=OLD)


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        (b"policy: github-seats # ours", "github-seats"),
        (b"policy: 'github-seats'", "github-seats"),
        (b'"policy" :\t"github-seats" # ours', "github-seats"),
        (b"\xef\xbb\xbfpolicy: github-seats", "github-seats"),
        (b"policy: github-seat", None),
        (b"policy:", None),
        (b"policy:" + b" " * 30_000, None),
        (b"policy: " + b"a" * 5_000, None),
        (b"policy: a\0b", None),
    ],
    ids=lambda text: str(text)[:40],
)
def test_what_policy_a_suite_names_is_found_while_it_is_written(
    text: bytes, policy: str | None, tmp_path: Path
) -> None:
    """However it is written, in a text that is no YAML yet too; a name that no file may have is that of none."""
    path, policies = tmp_path / "some.yaml", Path(__file__).resolve().parents[1] / "policies"
    home = policy and Home(policies / policy)
    assert home_of(path, {path: text + b"\ncases: [\n"}) == home


class Ended(Executor):
    """A process that has ended."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        raise BrokenExecutor


class Here(Executor):
    """What works at once, or fails."""

    def submit(self, ask: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
        result: Future[Any] = Future()
        try:
            result.set_result(ask(*arguments))
        except OSError as error:
            result.set_exception(error)
        return result


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server without an editor, whose processes have ended; what it tells is kept."""
    monkeypatch.setattr("seatrules.lsp.server.QUIET", 0)
    server = Server()
    server.told = []  # type: ignore[attr-defined]
    monkeypatch.setattr(server, "log", server.told.append)  # type: ignore[attr-defined]
    for task, process in server._processes.items():
        process.shutdown()
        server._processes[task] = Ended()  # type: ignore[assignment]
    yield server
    for pool in (server._reader, server._answerer, *server._processes.values()):
        pool.shutdown()


def test_cases_run_though_their_process_has_ended(server: Server, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run in a new one; if that fails too, they are told as not run, and run again."""
    project = Project(Home(shop))
    server.unsaved[shop / OLD / "rules.yaml"] = b""
    monkeypatch.setattr("seatrules.lsp.server.a_process", Here)
    asyncio.run(server._run_cases(project))
    assert (project.is_untested, project.tested["seeds-are-there"].red) == (False, 0)
    monkeypatch.setattr("seatrules.lsp.server.a_process", Ended)
    server._processes["cases"] = Ended()  # type: ignore[assignment]
    project.is_untested = True
    asyncio.run(server._run_cases(project))
    assert (project.is_untested, project.tested) == (True, {})
    (hover_text,) = server.told  # type: ignore[attr-defined]
    assert re.fullmatch(r"a bug in seatrules: BrokenExecutor \(lsp/server\.py:\d+\)", hover_text)


def test_words_of_a_library_are_not_told(server: Server) -> None:
    """A bug is told by what kind it is, in the log and in the answer to what was asked."""
    sent = list[dict[str, Any]]()
    server.language = "nl"
    server.protocol.set_writer(Written(sent), include_headers=False)
    failed: Future[Any] = Future()
    failed.set_exception(KeyError("of a library"))
    server.protocol._send_handler_result(failed, msg_id=1)
    server.protocol._check_handler_result(failed)
    server.report_server_error(KeyError("of a library"), None)
    hover_text = "een fout in seatrules: KeyError"
    assert sent == [{"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": hover_text}}]
    assert server.told == [hover_text] * 3  # type: ignore[attr-defined]


class Written:
    """Where a server writes: takes each message."""

    def __init__(self, messages: list[dict[str, Any]]) -> None:
        self.messages = messages

    def write(self, data: bytes) -> None:
        self.messages.append(json.loads(data))

    def close(self) -> None:
        pass


def ask_everywhere(folder: Path, reading: ReadPolicy, every: int, *, is_typed: bool = False) -> int:
    """Ask all that is asked at a cursor, at each so many of the places of a policy's files.

    Of what is typed, the reading does not have the entries yet, and no action is named.
    """
    asked = 0
    for file in sorted(folder.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        lines = lines_of(text.replace("id: ", "id: new-").replace(" actions:", " acts:") if is_typed else text)
        version = version_of(reading, file)
        for number, line in enumerate(lines):
            for column in range(number % every, len(line) + 1, every):
                asked += 1
                cursor = cursor_at(lines, number, column)
                typed(cursor)
                key_text(kind_of(file, cursor), cursor)
                named = reading.index.at(file, number + 1, column + 1)
                if version is not None:
                    assert all(each.text for each in offers(reading, version, file, cursor, "nl"))
                    assert named is None or hover_text(reading, version, named, "nl")
    return asked


def test_everywhere_in_a_new_policy_there_is_an_answer(fresh: Path) -> None:
    """At every place of a policy as it is made, and of one with a mistake in each file, the server answers."""
    assert ask_everywhere(fresh, reading_of(fresh), 5) > 500
    ask_everywhere(fresh, reading_of(fresh), 7, is_typed=True)
    for file in [*fresh.rglob("*.yaml")]:
        text = file.read_text(encoding="utf-8")
        for mistake in (text[: len(text) // 2], text.replace(": ", ":", 3), text.replace("is", "iz")):
            ask_everywhere(fresh, reading_of(fresh, {file: mistake.encode()}), 23)
