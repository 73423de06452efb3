"""What `lint`, `test` and `diff` print for the review of a change: annotations, SARIF, and hooks before a commit."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from command import Done
from command import run_here as run
from conftest import TESTS
from lengths import examples
from seatrules.analysis.catalogue import Kind
from seatrules.diagnostics import SourceText, Span
from seatrules.render.review import SCHEMA, Remark, as_annotations, as_sarif
from test_cli_suites import SUITE

# As published by OASIS: https://github.com/oasis-tcs/sarif-spec, sarif-2.1/schema, errata 01.
OFFICIAL = json.loads((TESTS / "sarif" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(OFFICIAL)
HOOKS = yaml.safe_load((TESTS.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
KIND = Kind("odd", "something is odd", "make it even")


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """An annotation as GitHub's runner reads it: how grave, its properties, and its words."""
    assert line.startswith("::")
    head, _, words = line[2:].partition("::")
    level, _, told = head.partition(" ")
    pairs = (each.partition("=")[::2] for each in told.split(","))
    return level, {key: unescaped(value, "\r\n:,%") for key, value in pairs}, unescaped(words, "\r\n%")


def unescaped(text: str, characters: str) -> str:
    """A text as GitHub's runner reads it, the sign for a percent last."""
    for character in characters:
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def log(done: Done) -> dict[str, Any]:
    """The one run of what was printed as SARIF, which keeps the official schema."""
    found = json.loads(done.stdout)
    VALIDATOR.validate(found)
    (run,) = found["runs"]
    assert [run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] for each in run["results"]] == [
        each["ruleId"] for each in run["results"]
    ]
    assert all(each["shortDescription"]["text"] and each["help"]["text"] for each in run["tool"]["driver"]["rules"])
    whole: dict[str, Any] = run
    return whole


def place(result: dict[str, Any]) -> tuple[str, dict[str, int]]:
    """In which file below the folder a result stands, and where."""
    (location,) = result["locations"]
    artifact = location["physicalLocation"]["artifactLocation"]
    assert artifact["uriBaseId"] == "%SRCROOT%"
    return unquote(artifact["uri"]), location["physicalLocation"]["region"]


@pytest.fixture
def odd_policy(base_policy: Path) -> Path:
    """A policy in a folder whose name has all that has to be escaped, with an unused code behind wide characters."""
    folder = base_policy.with_name("100%, a:b é")
    base_policy.rename(folder)
    codes = folder / "base" / "codes.yaml"
    codes.write_text(codes.read_text().replace("{busy:", "{spare: '😀 é', extra: nothing, busy:"), encoding="utf-8")
    return folder


def test_the_schema_is_the_one_that_a_log_names() -> None:
    """What a log says of itself is the name of the official schema."""
    assert OFFICIAL["id"] == SCHEMA


def test_lint_annotates_the_lines(odd_policy: Path) -> None:
    """File, line and column are those of the text, whatever the folder is called; nothing else is printed."""
    done = run("lint", odd_policy.name, "--format", "github", cwd=odd_policy.parent)
    _, line = done.stdout.decode().splitlines()
    level, told, words = parsed(line)
    assert (done.returncode, level) == (0, "warning")
    assert words == "no entry gives the code `extra`\nhelp: name it where it belongs, or take it away"
    file, title = "100%, a:b é/base/codes.yaml", "seatrules lint (unused-code)"
    assert told == {"file": file, "line": "4", "col": "28", "title": title}


def test_nothing_found_is_no_annotation_and_a_log_without_results(base_policy: Path) -> None:
    """Of a clean policy a workflow has nothing to show; what was open in code scanning is closed by an empty log."""
    assert run("lint", str(base_policy), "--format", "github").stdout == b""
    assert log(run("lint", str(base_policy), "--format", "sarif"))["results"] == []


def test_lint_prints_a_log(odd_policy: Path) -> None:
    """Files are named from the folder in which the command runs, and columns count characters, the last not in them."""
    found = log(run("lint", odd_policy.name, "--format", "sarif", cwd=odd_policy.parent))
    _, result = found["results"]
    region = {"startLine": 4, "startColumn": 28, "endLine": 4, "endColumn": 33}
    assert place(result) == ("100%, a:b é/base/codes.yaml", region)
    assert (result["level"], result["ruleId"], found["columnKind"]) == ("warning", "unused-code", "unicodeCodePoints")


def test_every_level_and_place_is_told(base_policy: Path) -> None:
    """An error with what helps, the places that it names, and a note; a file elsewhere has its whole path."""
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(
        rules.read_text().replace("has_place(", "has_plaec(").replace("no-lorry-on", "a-lot-is-nearly-full #")
    )
    (base_policy / "base" / "old.yaml~").write_text("rules: []")
    done = run("lint", "parking", "--format", "sarif", cwd=base_policy.parent)
    by_kind = {each["ruleId"]: each for each in log(done)["results"]}
    assert done.returncode == 1
    assert {each["level"] for each in by_kind.values()} == {"error", "note"}
    assert by_kind["unknown-function"]["message"]["text"].endswith("\nhelp: did you mean `has_place`?")
    (twice,) = [each for each in by_kind.values() if "relatedLocations" in each]
    assert twice["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 8
    elsewhere = log(run("lint", str(base_policy), "--format", "sarif"))["results"][0]
    assert elsewhere["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": (base_policy / "base" / "old.yaml~").as_uri()
    }
    lines = run("lint", "parking", "--format", "github", cwd=base_policy.parent).stdout.decode().splitlines()
    assert {parsed(line)[0] for line in lines} == {"notice", "error"}


@pytest.mark.parametrize("more", [[], ["--coverage"]], ids=["plain", "coverage"])
def test_a_failing_case_is_told_at_its_place(more: list[str], base_policy: Path) -> None:
    """What was expected and what came out; with `--coverage` also what no case shows."""
    (base_policy.parent / "suite.yaml").write_text(SUITE.format(policy=base_policy, decision="deny"))
    done = run("test", "suite.yaml", "--format", "github", *more, cwd=base_policy.parent)
    first, *rest = map(parsed, done.stdout.decode().splitlines())
    told = {"file": "suite.yaml", "line": "4", "col": "9", "title": "seatrules test (failed-case)"}
    words = "case `GOOD` failed: a car parks\n  decision\n    expected: deny\n    got:      allow"
    assert (done.returncode, first) == (1, ("error", told, words))
    assert {title for _, each, _ in rest for title in [each["title"]]} == (
        {"seatrules test (not-covered)"} if more else set()
    )
    results = log(run("test", "suite.yaml", "--format", "sarif", *more, cwd=base_policy.parent))["results"]
    assert place(results[0])[1]["startColumn"] == 9
    assert len(results) == 1 + len(rest)


def test_a_suite_that_cannot_be_run_is_told(base_policy: Path) -> None:
    """A mistake at its place, and a file that is not there without one; the exit codes are as ever."""
    folder = base_policy / "base" / "suites"
    folder.mkdir()
    (folder / "odd.yaml").write_text(SUITE.format(policy=base_policy, decision="perhaps"))
    (folder / "unread.yaml").symlink_to(folder / "gone.yaml")
    done = run("test", "parking", "--format", "sarif", cwd=base_policy.parent)
    assert done.returncode == 74
    assert [(each["level"], bool(each["locations"])) for each in log(done)["results"]] == [
        ("error", True),
        ("error", False),
    ]


def test_a_difference_is_told_at_the_clauses(base_policy: Path) -> None:
    """What is written as notes, what it means as errors; both forms say the same."""
    old = shutil.copytree(base_policy, base_policy.parent / "old")
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text().replace("{lot_name} is full", "{lot_name} has no place"))
    shutil.copytree(old, old.parent / "more")
    arguments = ("diff", "old", "parking", "--seconds", "1", "--format")
    results = log(run(*arguments, "sarif", cwd=old.parent))["results"]
    assert results[0]["ruleId"] == "written-changed"
    assert place(results[0])[0] == "parking/base/rules.yaml"
    assert "{{lot_name}}" in results[0]["message"]["text"]
    lines = run(*arguments, "github", cwd=old.parent).stdout.decode().splitlines()
    assert [parsed(line)[0].replace("notice", "note") for line in lines] == [each["level"] for each in results]


@given(st.text(), st.text(st.characters(exclude_characters="\x00/", codec="utf-8"), min_size=1))
@settings(max_examples=examples(600), deadline=None)
def test_no_text_breaks_out_of_its_line(words: str, name: str) -> None:
    """Whatever is told: it is one line for the runner, with one command, and a log that keeps the schema."""
    remark = Remark("error", KIND, words, Span(SourceText(name, name)))
    (line,) = as_annotations([remark], "lint").split("\n")
    assert "\r" not in line
    level, told, said = parsed(line)
    assert (level, told["title"]) == ("error", "seatrules lint (odd)")
    assert said.isprintable() or "\n" in words
    VALIDATOR.validate(json.loads(as_sarif([remark], "lint")))


def test_what_is_in_no_file_that_is_there_names_its_place() -> None:
    """A finding in a revision of git: its words say where, and no line of another file is marked."""
    remark = Remark("note", KIND, "it was here", Span(SourceText("HEAD:old/rules.yaml", "rules.yaml"), 3, 5))
    _, told, words = parsed(as_annotations([remark], "diff"))
    assert (told, words) == ({"title": "seatrules diff (odd)"}, "HEAD:old/rules.yaml:3:5: it was here")


def test_the_hooks_are_as_they_have_to_be() -> None:
    """Each runs a command that the package brings, on whole policies, whenever a policy's file is to be committed."""
    scripts = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert [each["id"] for each in HOOKS] == ["seatrules-lint", "seatrules-test"]
    for hook in HOOKS:
        assert shlex.split(hook["entry"])[0] in scripts
        assert (hook["language"], hook["pass_filenames"]) == ("python", False)
        assert re.search(hook["files"], "policies/parking/base/rules.yaml")
        assert re.search(hook["files"], "billing/policies/parking/base/suites/a.yml")
        assert not re.search(hook["files"], ".github/workflows/ci.yaml")


@pytest.mark.parametrize("hook", HOOKS, ids=[each["id"] for each in HOOKS])
def test_a_hook_runs_as_it_is_written(hook: dict[str, Any], base_policy: Path) -> None:
    """It lets a good policy pass, and none with a mistake or a case that fails."""
    arguments = [*shlex.split(hook["entry"])[1:], *hook["args"]]
    policies = base_policy.parent / "policies"
    suite = policies / "parking" / "base" / "suites" / "parks.yaml"
    shutil.copytree(base_policy, policies / "parking")
    suite.parent.mkdir()
    text = SUITE.replace("policy: {policy}\n", "")
    suite.write_text(text.format(decision="allow"))
    assert run(*arguments, cwd=policies.parent).returncode == 0
    suite.write_text(text.format(decision="deny" if hook["id"] == "seatrules-test" else "perhaps"))
    assert run(*arguments, cwd=policies.parent).returncode == 1


def test_files_of_one_version_are_looked_at_once(base_policy: Path) -> None:
    """`lint` takes files too: what is wrong with their version is told once."""
    rules = base_policy / "base" / "rules.yaml"
    rules.write_text(rules.read_text().replace("has_place(", "has_plaec("))
    done = run("lint", str(rules), str(base_policy / "base" / "facts.yaml"))
    assert done.stdout.decode().count("error[unknown-function]") == 1
