"""The page of a rule book on which requests are tried: what answers it says what `check` says, whatever it is asked."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from base64 import b64decode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from accounts import ACTION, STATE
from command import run_here
from conftest import TESTS
from seatrules import in_browser, load
from seatrules.book.evidence import requests_of, suites_of
from seatrules.book.runtime import engine_script, read_runtime
from seatrules.book.site import WORKER, source_of
from seatrules.cache import packed
from seatrules.documents import read_data
from seatrules.errors import UsageError
from seatrules.in_browser import BrowserAnswers
from seatrules.policy.locate import find

ANSWERING = {"change", "compiler", "decision", "description", "generated", "language", "planning", "policy", "program"}
ANSWERING |= {"records", "render", "suites", "words"}
"""The packages that answer, with what they are made of."""
ASKED = requests_of(suites_of(find("hubspot-seats")))


@cache
def answers(language: str) -> BrowserAnswers:
    """What answers, by an engine as a browser gets one."""
    return BrowserAnswers.of_packed(packed(list(load().programs.values())), language)


def answered(asked: Mapping[str, Any], language: str = "en") -> Any:
    """What is answered to a request."""
    return json.loads(answers(language)(json.dumps(asked)))


@pytest.mark.parametrize("language", ["en", "nl"])
def test_it_answers_as_check_does(language: str, tmp_path: Path) -> None:
    """The same JSON and the same text, of every fourth case of the default policy's suites."""
    lines = [json.dumps({"state": each.state, "action": each.action}) for each in ASKED[::4]]
    (tmp_path / "asked.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = run_here("check", "--requests", "asked.jsonl", "--lang", language, cwd=tmp_path)
    assert len(lines) >= 50
    for line, expected in zip(lines, done.stdout.decode().splitlines(), strict=True):
        request = json.loads(line)
        found = answered({name: {"value": value} for name, value in request.items()}, language)
        told = json.loads(expected)
        assert (found.get("answer"), found.get("problems")) in (
            (told, None),
            (None, told.get("error", {}).get("problems")),
        )


def test_ways_to_yes_are_those_of_check(tmp_path: Path) -> None:
    """In JSON, in the text, and told as instructions."""
    action = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 3}
    for name, value in (("state", STATE), ("action", action)):
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    files = ["--state", "state.json", "--action", "action.json", "--remedies", "--lang", "en"]
    found = answered({"state": {"value": STATE}, "action": {"value": action}, "seconds": 2})
    assert found["answer"] == json.loads(run_here("check", *files, "--format", "json", cwd=tmp_path).stdout)
    assert found["text"] == run_here("check", *files, cwd=tmp_path).stdout.decode().removesuffix("\n")
    assert len(found["told"]["ways"]) == len(found["answer"]["remedies"]["remedies"])
    assert found["told"]["partly"] == "What is possible at once: remove 2 core seats from the subscription."


def test_a_text_is_read_and_what_is_given_is_written() -> None:
    """YAML and JSON say the same, and each part comes back as both."""
    found = answered({"state": {"value": STATE}, "action": {"value": ACTION}})
    again = answered({"state": {"text": found["state"]["text"]}, "action": {"text": json.dumps(ACTION)}})
    assert (again["state"]["value"], again["action"]["value"]) == (STATE, ACTION)
    assert again["answer"] == found["answer"]
    assert again["action"]["text"] == json.dumps(ACTION)


WRONG = [
    ({"value": {**STATE, "as_of": "2024-13-01"}}, "/state/as_of", "en"),
    ({"value": {**STATE, "seats": {"core": {"purchased": "many"}}}}, "/state/seats/core/purchased", "nl"),
    ({"value": []}, "/state", "en"),
    ({"text": "as_of: [\n"}, "/state", "en"),
    ({"text": "as_of: 2024-11-15\nas_of: 2024-11-15\n"}, "/state", "nl"),
    ({"text": "[" * 100_000}, "/state", "en"),
    ({"text": "a: " * 2_000}, "/state", "en"),
    ({"text": "x" * 5_000_000}, "/state", "en"),
    ({"text": "&a [*a]"}, "/state", "en"),
    ({"text": "\x00"}, "/state", "en"),
    ({"text": ""}, "/state", "en"),
]


@pytest.mark.parametrize(("state", "path", "language"), WRONG, ids=map(str, range(len(WRONG))))
def test_what_is_wrong_is_said_at_its_place(state: dict[str, Any], path: str, language: str) -> None:
    """Whatever is given in the place of a state, in our words; what can be read comes back all the same."""
    found = answered({"state": state, "action": {"value": ACTION}}, language)
    assert path in [each["path"] for each in found["problems"]]
    assert "answer" not in found
    assert found["action"]["value"] == ACTION


def package(path: Path, **files: bytes | None) -> Path:
    """An npm package as `npm pack` writes it, with the files that a browser needs, but for what is given."""
    lock = b'{"info": {"abi_version": "1"}}'
    usual = {"package.json": b'{"version": "1.2.3"}', "pyodide-lock.json": lock, "pyodide.mjs": b"m", "other.txt": b""}
    usual |= {"pyodide.asm.mjs": b"a", "pyodide.asm.wasm": b"w", "python_stdlib.zip": b"z"}
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {**usual, **files}.items():
            if content is not None:
                member = tarfile.TarInfo(f"package/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return path


def held(script: str) -> Any:
    """What the script holds that answers."""
    return json.loads(script[script.index("{") :].removesuffix(";\n"))


def test_a_book_holds_all_that_answers(tmp_path: Path) -> None:
    """The Python, the modules that answer and no other, and the policy; the same again."""
    package(tmp_path / "pyodide.tgz")
    command = ["book", str(TESTS / "coverage" / "kiosk"), "--out", "book", "--seconds", "0.1", "--try", "pyodide.tgz"]
    done = run_here(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    told = done.stdout.decode().splitlines()[-1]
    assert told.startswith(f"it answers on {Path('book', 'try.html')} by Pyodide 1.2.3; the book is ")
    script = (tmp_path / "book" / "try-engine.js").read_text(encoding="utf-8")
    found = held(script)
    assert (found["language"], found["lock"]) == ("en", {"info": {"abi_version": "1"}, "packages": {}})
    files = {name: gzip.decompress(b64decode(text)) for name, text in found["files"].items()}
    assert files["pyodide.asm.wasm"] == b"w"
    names = ZipFile(io.BytesIO(files["engine.zip"])).namelist()
    assert {"seatrules/in_browser.py", "seatrules/words/pl.json", "yaml/__init__.py"} <= set(names)
    assert {name.split("/")[1] for name in names if name.count("/") > 1 and name.startswith("seatrules/")} == ANSWERING
    runtime = read_runtime(tmp_path / "pyodide.tgz")
    again = held(engine_script(runtime, load(TESTS / "coverage" / "kiosk"), "en", found["worker"]))
    assert {**again["files"], "programs": None} == {**found["files"], "programs": None}
    page = (tmp_path / "book" / "try.html").read_text(encoding="utf-8")
    assert ('src="try.js"' in page, "<code>seatrules book --try</code>" in page) == (True, False)


@pytest.mark.parametrize(
    ("content", "lacking"),
    [
        ({"pyodide.asm.wasm": None}, "pyodide.asm.wasm"),
        ({"package.json": b"{"}, "package.json"),
        ({"package.json": b'{"version":' + b"[" * 100_000}, "package.json"),
        ({"package.json": b'{"version": "\xff"}'}, "package.json"),
        ({"pyodide-lock.json": b"[]"}, "package.json"),
    ],
    ids=["no-wasm", "no-json", "deep-json", "no-text", "no-lock"],
)
def test_another_package_is_refused(content: dict[str, bytes | None], lacking: str, tmp_path: Path) -> None:
    """Before anything is made, with what it lacks and how the right one is had."""
    package(tmp_path / "other.tgz", **content)
    done = run_here("book", "--out", "book", "--try", "other.tgz", cwd=tmp_path)
    message = f"error[no-runtime]: `other.tgz` is not the npm package `pyodide`: it lacks `{lacking}`\n"
    assert (done.returncode, done.stderr.decode().startswith(message)) == (2, True), done.stderr
    assert not (tmp_path / "book").exists()


def test_what_is_no_package_is_refused(tmp_path: Path) -> None:
    """An empty folder, a text, one that is damaged and nothing at all."""
    (tmp_path / "text.tgz").write_text("text", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    varied = b"".join(b"%d" % (each * each) for each in range(50_000))
    damaged = bytearray(package(tmp_path / "whole.tgz", **{"pyodide.asm.wasm": varied}).read_bytes())
    middle = len(damaged) // 2
    damaged[middle : middle + 40] = b"\xff" * 40
    (tmp_path / "damaged.tgz").write_bytes(damaged)
    for name, code in (("text.tgz", 2), ("folder", 2), ("damaged.tgz", 2), ("none.tgz", 74)):
        done = run_here("book", "--out", "book", "--try", name, cwd=tmp_path)
        assert done.returncode == code, (name, done.stderr)


def test_a_file_that_is_too_large_is_none_of_the_package(tmp_path: Path) -> None:
    """In a folder as in an archive."""
    unpacked = tmp_path / "unpacked"
    with tarfile.open(package(tmp_path / "whole.tgz"), "r:gz") as archive:
        for member in archive.getmembers():
            path = unpacked / member.name.removeprefix("package/")
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(archive.extractfile(member).read())  # type: ignore[union-attr]
    assert read_runtime(unpacked).version == "1.2.3"
    with (unpacked / "pyodide.asm.wasm").open("r+b") as file:
        file.truncate(64 * 1024 * 1024 + 1)  # a hole, which takes no room
    with pytest.raises(UsageError, match=r"it lacks `pyodide\.asm\.wasm`"):
        read_runtime(unpacked)


@pytest.mark.parametrize("value", [None, "a", 1, True, "...", {"a": None}], ids=str)
def test_a_value_is_written_as_one_would_write_it(value: Any) -> None:
    """Also one that is no account: without the sign by which YAML ends it, and read again as the same."""
    text = answered({"state": {"value": value}, "action": {"value": ACTION}})["state"]["text"]
    assert text.endswith("\n")
    assert not text.endswith("...\n")
    assert read_data("state", text) == value


def test_the_page_asks_for_what_there_is() -> None:
    """What its worker takes from the engine has that name there: no browser is needed to see it."""
    worker = source_of(WORKER)
    ((name, used, method),) = re.findall(r"from seatrules\.in_browser import (\w+)\\n(\w+)\.(\w+)\(", worker)
    assert name == used
    assert callable(getattr(getattr(in_browser, name), method))
