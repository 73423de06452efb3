"""What is wrong is said in our own words, whatever a library or the system says of it."""

from __future__ import annotations

import ast
import errno
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from command import run_here
from conftest import TESTS, Golden
from seatrules import FileError, PolicyError, cli, files, source
from seatrules.decoding import decode
from seatrules.evaluators import EVALUATORS
from seatrules.render.problems import problems_text
from seatrules.words import phrase

SCANNERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]
NOT_YAML = [
    'a: "\\UFFFFFFFF"',
    'a: "\\ud800"',
    'a: "\\z"',
    'a: "\\xZZ"',
    'a: "x\n---\ny"',
    'a: "x',
    'a:\n- "b\n- c: "x"',
    "%YAML 3.0\n---\na: 1",
    "%",
    "a: %x",
    "a: @x",
    "a: `x`",
    "a: *",
    "a: &",
    "a: !<x",
    "!x!y a",
    "a: ? b",
    "a: > 3",
    "a: |x\n b",
    "a: - b",
    "a: \ufffe",
    "[a]\nb: c",
    "a: 1\nb\nc: 2",
    'a: 1\n"b"\nc: 2',
    'a: 1\n"b"',
    "a\nb: c",
    ": b",
    "a: b: c",
    "[a: b: c]",
    "a: [b",
    "a: {b: 1  # the last line\n# but for this",
    "a: {b: 1\nc: 2\n",
    "a: {b: 1\n  c: 2}",
    "a: {b: 1 c: 2}",
    "x: [a,\n b\n c: d]",
    "a: {x: [b}",
    "a: [x] y",
    "a: {b}c",
    'a: {x: "b" c}',
    "a: ]",
    "a: 1\n}",
    "a: ,",
    "- a: 1\n   b: 2",
    "a:\n  b: x\n c: '1'",
    "a: 1\n- b",
    "- a\nb: 1",
    "a: 1\n\tb: 2",
    "a: 1\nb: [\n@",
    "{" * 3000,
    "- " * 3000,
    "a: " + "[" * 3000,
]
WRONG_USE = [
    "",
    "--bogus",
    "batch",
    "batch x",
    "book",
    "check --stat x",
    "check -x",
    "check --state",
    "check --all=x",
    "check --format xml",
    "check --jobs 0",
    "check --seconds 0",
    "mutate --fail-under x",
    "mutate x --policy y",
    "watch x --policy y",
    "check --set x",
    "probe --steps x",
    "probe --seed x",
    "check --settings --partial",
    "new",
    "new case",
    "new case --from x",
    "new case --from x y",
    "new extension",
    "new policy",
    "new rule",
    "new state x --to y",
    "new state x --give y",
    "new state x --give y=1 --give y=2",
    "new state x --csv y --map a=b --map a=c",
    "list --set a=1 --set a=2",
    "list --lang en --lang=en",
    "check --state a --action b --state c",
    "new state --like a --like b",
    "test -k a -ka",
    "new version",
    "new version x",
    "new rule x --about y",
    "new policy x --has",
    "new policy x y",
    "new policy x --form y",
    "replay",
    "replay a b",
    "schema states",
    "status",
    "status --state=",
    "schema state action",
    "diff one",
    "diff one two three",
    "list more and more",
    "list --format json x",
    "simulate",
    "export",
    "test -k",
]


def not_yaml(text: str, scanner: type, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the author of a text is told of it."""
    monkeypatch.setattr(source, "loader_class", lambda: scanner)
    with pytest.raises(PolicyError) as raised:
        source.parse(decode(text.encode(), "text"))
    return problems_text(raised.value.problems)


@pytest.mark.usefixtures("libraries_without_words")
@pytest.mark.parametrize("scanner", SCANNERS, ids=lambda scanner: scanner.__name__)
def test_a_text_that_is_not_yaml_is_told_alike_by_either_scanner(
    scanner: type, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    """Why each text is not YAML, where, and how it is mended; no library has a word in it."""
    told = [not_yaml(text, scanner, monkeypatch) for text in NOT_YAML]
    golden(TESTS / "golden" / "own-words" / "yaml.txt", "\n\n".join(told) + "\n")


def test_a_text_that_only_one_scanner_refuses_is_refused_with_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the pure scanner takes what the one at hand refused, the text is refused all the same."""
    mark = yaml.Mark("", 0, 0, 3, None, 0)

    class Stubborn(yaml.SafeLoader):
        def get_event(self) -> yaml.Event:
            raise yaml.scanner.ScannerError("while dreaming", mark, "found nothing", mark)

    said = "text:1:4: error[yaml-syntax]: this is not YAML: nothing can begin with `b`"
    assert not_yaml("a: b", Stubborn, monkeypatch).startswith(said)


@pytest.mark.parametrize("kind", [yaml.YAMLError, ValueError, OverflowError, RecursionError, MemoryError])
def test_a_scanner_that_breaks_down_is_told_without_its_words(
    kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a scanner raises is a problem of the text, and not passed on."""

    class Broken(yaml.SafeLoader):
        def get_event(self) -> yaml.Event:
            raise kind("words of a library")

    monkeypatch.setattr(yaml, "SafeLoader", Broken)
    told = not_yaml("a: b", Broken, monkeypatch)
    assert "error[yaml-syntax]: this is not YAML: " in told
    assert "words of a library" not in told


@pytest.mark.usefixtures("libraries_without_words")
def test_a_wrong_use_is_told_in_our_words(capfd: pytest.CaptureFixture[str], golden: Golden) -> None:
    """Each wrong use of the command line, with what is said of it; click has no word in it."""
    told = []
    for arguments in WRONG_USE:
        assert cli.run(arguments.split()) == 2
        told.append(f"$ seatrules {arguments}\n{capfd.readouterr().err}")
    golden(TESTS / "golden" / "own-words" / "usage.txt", "\n".join(told))


def test_a_wrong_use_as_json_names_what_there_is(capfd: pytest.CaptureFixture[str]) -> None:
    """The words that may stand there, and the nearest."""
    assert cli.run(["check", "--evaluator", "interpretr", "--format", "json"]) == 2
    error = json.loads(capfd.readouterr().err)["error"]
    assert (error["code"], error["message"]) == ("usage", "`interpretr` is no choice of `--evaluator`")
    assert (error["allowed"], error["suggestion"]) == ([*EVALUATORS], "did you mean `interpreter`?")


def test_what_the_system_refuses_is_told_in_our_words() -> None:
    """The usual troubles with files have words; another has those of what was tried."""
    for number in (errno.EACCES, errno.ENOENT, errno.EISDIR, errno.ENOSPC, errno.ELOOP, errno.ENAMETOOLONG):
        told = files.trouble(OSError(number, os.strerror(number)), phrase("cannot_read"))
        assert str(told) not in ("can't be read", os.strerror(number))
    for unusual in (OSError(errno.EXDEV, "words"), ValueError("words")):
        assert str(files.trouble(unusual, phrase("cannot_read"))) == "can't be read"


@pytest.mark.skipif(sys.platform == "win32", reason="names of files are other there")
def test_a_file_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    """A name that is too long, a path through a file, a name with a character that none has."""
    (tmp_path / "file").touch()
    for name, why in [("x" * 300, "too long"), ("file/x", "through a file"), ("nowhere", "not there"), ("\0", "read")]:
        with pytest.raises(FileError, match=why):
            files.read_bytes(tmp_path / name)


@pytest.mark.parametrize(("form", "language"), [("text", "en"), ("text", "nl"), ("json", "en")])
def test_a_bug_is_told_by_its_kind_and_its_place(form: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be reported of it, in our words; what a library or Python says of it is not among them."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("words of a library")

    monkeypatch.setattr("seatrules.cli.common.load", broken)
    done = run_here("show", "--format", form, "--lang", language)
    assert (done.returncode, done.stdout) == (70, b"")
    told = re.sub(r"common\.py:\d+", "common.py:N", done.stderr.decode())
    if form == "json":
        error = json.loads(told)["error"]
        assert (error["code"], error["message"]) == ("bug", "a bug in seatrules: ZeroDivisionError (cli/common.py:N)")
        assert error["suggestion"] == "report it, with this line"
    elif language == "en":
        assert told == "error: a bug in seatrules: ZeroDivisionError (cli/common.py:N); report it, with this line\n"
    else:
        assert told == "error: een fout in seatrules: ZeroDivisionError (cli/common.py:N); meld het, met deze regel\n"


WORDED = {"args", "context", "doc", "message", "msg", "note", "notes", "problem", "reason", "strerror"}
"""What the errors of libraries and of the system keep their words in."""
ENGINE = sorted((TESTS.parent / "engine").rglob("*.py"))


def test_no_words_of_an_error_that_is_not_ours_are_taken() -> None:
    """An error of a library or the system is not made a text, and what it keeps its words in is not read, anywhere.

    Of a circle, Python's own error has the names that are in it, in `args`.
    """
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in ENGINE}
    ours = {each.name for tree in trees.values() for each in ast.walk(tree) if isinstance(each, ast.ClassDef)}
    taken = [f"{path.name}: {text}" for path, tree in trees.items() for text in words_taken(tree, ours)]
    assert taken == ["actions.py: error.args"]


def words_taken(tree: ast.AST, ours: set[str]) -> Iterator[str]:
    """Where the words are taken of what is caught and is none of `ours`."""
    for caught in (each for each in ast.walk(tree) if isinstance(each, ast.ExceptHandler) and each.type is not None):
        assert caught.type is not None
        names = {each.id for each in ast.walk(caught.type) if isinstance(each, ast.Name)}
        if not names <= ours:
            yield from (
                ast.unparse(each) for line in caught.body for each in ast.walk(line) if words_of(each, caught.name)
            )


def words_of(node: ast.AST, name: str | None) -> bool:
    """Whether a part of the code makes a text of the error with a name, or takes one of its texts."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=attr):
            return owner == name and attr in WORDED
        case ast.Call(func=ast.Name(id="str" | "repr" | "format"), args=[ast.Name(id=made)]):
            return made == name
        case ast.FormattedValue(value=ast.Name(id=made)):
            return made == name
        case ast.Attribute(value=ast.Name(id="traceback"), attr=attr):
            return attr.startswith("format")
    return False
