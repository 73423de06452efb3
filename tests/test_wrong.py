"""One wrong policy a mistake, each with the exact message that its author is shown."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

import seatrules
from broken import BASE, build, described, mistakes
from conftest import TESTS, Golden
from seatrules import PolicyError, source
from seatrules.analysis.lint import lint_policy
from seatrules.analysis.stale import stale_sources
from seatrules.analysis.succession import successions
from seatrules.analysis.unused_words import unused_words
from seatrules.decoding import decode
from seatrules.diagnostics import SourceText
from seatrules.loading import read_versions
from seatrules.nodes import Node
from seatrules.policy import load
from seatrules.policy.locate import find
from seatrules.policy.strays import note_left_alone
from seatrules.render.problems import problems_text

ENGINE = TESTS.parent / "engine" / "seatrules"
SCANNERS = [source.PureLoader, *([yaml.CSafeLoader] if hasattr(yaml, "CSafeLoader") else [])]
# These can not come up today: a folder without versions is no policy, and each keyword of a schema has its words.
# What would be lost by laying it out has cases of its own (tests/cases/formatting.yaml), and a suite of a policy that
# does not load a test of the command. A bug of ours is no mistake of an author's (tests/test_own_words.py).
ELSEWHERE = {"bug", "empty-policy", "not-laid-out", "policy-does-not-load", "wrong-value"}


PARSED: dict[tuple[Any, ...], Node] = {}
"""The nodes of the files that are no mistake, by scanner, name and text: they are the same in each of the policies."""


@pytest.fixture
def each_file_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a policy has without its mistake is not parsed again for each of them."""

    def parse(text: SourceText) -> Node:
        key = (source.loader_class(), text.name, text.place, text.withheld, *text.lines)
        if key not in PARSED:
            PARSED[key] = source.parse(text)
        return PARSED[key]

    monkeypatch.setattr(load, "parse", parse)


def marked() -> list[Any]:
    """Each mistake as a parameter; one that the engine is known to get wrong is expected to fail."""
    return [
        pytest.param(
            path, id=path.stem, marks=[pytest.mark.xfail(reason=bug)] if (bug := described(path).get("bug")) else []
        )
        for path in mistakes()
    ]


def message(mistake: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What an author is told of a mistake: the errors that keep the policy from loading, else what lint finds."""
    build(tmp_path, mistake)
    monkeypatch.chdir(tmp_path)
    try:
        seatrules.load("parking")
    except PolicyError as error:
        assert not mistake.get("lint"), "only lint was to find this"
        return problems_text(error.problems)
    assert mistake.get("lint"), "the policy loads"
    versions, problems = read_versions(find("parking"))
    successions(versions, problems)
    for written in versions:
        lint_policy(written, problems)
        if "stale" in mistake:
            stale_sources(written, mistake["stale"], problems)
        note_left_alone(find("parking").files, written.version, problems)
    if "words of cases" in mistake:
        unused_words(versions, set(mistake["words of cases"]), problems)
    return problems_text(problems.sorted)


@pytest.mark.usefixtures("libraries_without_words", "each_file_parsed_once")
@pytest.mark.parametrize("path", marked())
def test_a_mistake_is_shown_where_it_stands(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    """Each mistake gives exactly the message kept beside it, whatever a library says."""
    monkeypatch.setattr(source, "loader_class", lambda: SCANNERS[0])
    golden(path.with_suffix(".txt"), message(described(path), tmp_path, monkeypatch) + "\n")


@pytest.mark.usefixtures("libraries_without_words")
@pytest.mark.skipif(len(SCANNERS) == 1, reason="libyaml is not there to compare with")
def test_a_mistake_is_shown_alike_by_the_other_scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message is made of the nodes of files: it is looked at again where a scanner refuses one, or reads others."""
    looked_at, known = list[Path](), dict[bytes, bool]()
    for number, path in enumerate(mistakes()):
        build(tmp_path / str(number), described(path))
        files = [each for each in (tmp_path / str(number)).rglob("*") if each.suffix in (".yaml", ".yml")]
        contents = {each.read_bytes() for each in files if each.is_file()}
        known |= {each: reads_alike(each, monkeypatch) for each in contents - known.keys()}
        if not all(known[each] for each in contents):
            looked_at.append(path)
    for path in looked_at:
        monkeypatch.setattr(source, "loader_class", lambda: SCANNERS[1])
        told = message(described(path), tmp_path / path.stem, monkeypatch)
        assert f"{told}\n" == path.with_suffix(".txt").read_text(encoding="utf-8"), path.stem
    assert 30 < len(looked_at) < 100


def reads_alike(content: bytes, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether both scanners take a text, and read the same nodes."""
    nodes = list[Node]()
    with suppress(PolicyError):
        text = decode(content, "file.yaml")
        for scanner in SCANNERS:
            monkeypatch.setattr(source, "loader_class", lambda scanner=scanner: scanner)
            nodes.append(source.parse(text))
        return nodes[0] == nodes[1]
    return False


@pytest.mark.parametrize("scanner", SCANNERS, ids=lambda scanner: scanner.__name__)
def test_the_policy_without_a_mistake_is_clean(scanner: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The base of the wrong policies has no problem of its own."""
    monkeypatch.setattr(source, "loader_class", lambda: scanner)
    assert message({"lint": True}, tmp_path, monkeypatch) == ""


def test_a_file_for_each_message() -> None:
    """Every kept message belongs to a mistake."""
    kept = {path.stem for path in (TESTS / "wrong").glob("*.txt")}
    assert kept == {path.stem for path in mistakes()}
    assert BASE.is_dir()


def test_every_code_of_the_engine_is_shown() -> None:
    """Every code that the engine gives to a problem of a policy stands in one of the kept messages."""
    kept = [*(path.with_suffix(".txt") for path in mistakes()), *(TESTS / "golden" / "extensions").glob("*.txt")]
    kept.append(TESTS / "cases" / "batch.yaml")
    shown = "".join(path.read_text(encoding="utf-8") for path in kept)
    codes = set(codes_of_the_engine()) - ELSEWHERE
    assert len(codes) > 40
    assert [code for code in sorted(codes) if f"[{code}]" not in shown] == []


def codes_of_the_engine() -> Iterator[str]:
    """The codes in the engine's source: the first text of each call that notes or raises a problem."""
    for path in ENGINE.glob("**/*.py"):
        if path.parent.name in ("cli", "suites"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in NOTES:
                yield from (code for argument in node.args[:2] if (code := _code(argument)))
            elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and path.name == "structure.py":
                yield from (code for argument in node.value.elts[:1] if (code := _code(argument)))
            elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "code" and (code := _code(node.value)):
                yield code
    yield from ("unknown-cutoff", "unknown-setting", "wrong-format", "wrong-version")


NOTES = {"error", "warning", "fail", "_fail", "_refuse", "ExpressionError"}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _code(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.replace("-", "").isalnum():
        return node.value if node.value.islower() else None
    return None
