"""The tutorials, to a first policy and to a reviewed change, and the workflow: what they run, and what that does."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from command import run_here
from conftest import TESTS
from seatrules.suites import read_suite
from test_diff import change, git

DOCS = TESTS.parent / "docs"
REVIEW, FIRST = ((DOCS / name).read_text(encoding="utf-8") for name in ("review.md", "tutorial.md"))
POLICY = "policies/zoom-licenses"
WORKFLOW = yaml.safe_load((DOCS / "policy-review.yaml").read_text(encoding="utf-8"))
STEPS = WORKFLOW["jobs"]["review"]["steps"]


class Command(NamedTuple):
    """A command of the page, with what it prints there."""

    line: str
    printed: str


def commands(page: str) -> Iterator[Command]:
    """The commands of a page in order; the lines of one that goes on begin with `>`."""
    for block in re.findall(r"^```shell-session\n(.*?)^```$", page, re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            first, *others = part.splitlines(keepends=True)
            more = [line for line in others if line.startswith("> ")]
            line = first + "".join(each.removeprefix("> ") for each in more)
            yield Command(line, "".join(others[len(more) :]))


@pytest.fixture
def repository(tmp_path: Path, no_cache: None) -> Path:
    """A repository with a policy and its accounts, and the user who commits."""
    shutil.copytree(TESTS.parent / POLICY, tmp_path / POLICY)
    shutil.copy(TESTS / "review" / "accounts.jsonl", tmp_path)
    git(tmp_path, "init", "-q", "-b", "main")
    for name, value in (("user.name", "ana"), ("user.email", "ana@example.org"), ("commit.gpgsign", "false")):
        git(tmp_path, "config", name, value)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def printed(line: str, folder: Path) -> str:
    """What a command prints, in the repository."""
    if line.startswith("seatrules "):
        done = run_here(*shlex.split(line)[1:], cwd=folder)
        assert not done.stderr
        return done.stdout.decode()
    return subprocess.run(["bash", "-c", line], cwd=folder, check=True, capture_output=True, text=True).stdout


def run_all(page: str, folder: Path) -> None:
    """Run the commands of a page, each of which prints what is shown; `...` stands for what is left out."""
    for command in commands(page):
        out = printed(command.line, folder)
        at = 0
        for part in re.split(r"\.\.\.\n?", command.printed):
            assert part in out[at:], command.line
            at = out.index(part, at) + len(part)


@pytest.mark.usefixtures("no_cache")
def test_a_first_policy_is_made_as_the_page_says(tmp_path: Path) -> None:
    """From an empty folder to a suite that shows six rules; each command prints what stands below it."""
    run_all(FIRST, tmp_path)
    assert (tmp_path / "gym/2026-01-01/rules.yaml").read_text(encoding="utf-8").count("- id: ") == 6


def test_a_change_is_made_as_the_page_says(repository: Path) -> None:
    """One after the other, from the changed line to the commit."""
    run_all(REVIEW, repository)
    assert subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=repository, check=False).returncode == 0


def stub(folder: Path, name: str, script: str) -> None:
    """A program of this name, in place of the real one."""
    file = folder / name
    file.write_text(f"#!/bin/bash\n{script}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def request_to_pull(tmp_path: Path, no_cache: None) -> Path:
    """A repository with a small policy, as it is in `origin/main`."""
    shutil.copytree(TESTS / "policies" / "clubs", tmp_path / "policies" / "my-policy")
    suite = read_suite(tmp_path / "policies/my-policy/2025-01-01/suites/references.yaml")
    (tmp_path / "accounts.jsonl").write_text(json.dumps(suite.cases[0].state) + "\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    programs = tmp_path / "programs"
    programs.mkdir()
    stub(programs, "pip", "exit 0")
    stub(programs, "gh", f'echo "$@" > {tmp_path}/asked.txt')
    return tmp_path


def steps(folder: Path, *names: str) -> dict[str, int]:
    """The exit codes of the steps of the workflow with these names, run as they stand."""
    programs = f"{folder / 'programs'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    given = {**os.environ, **WORKFLOW["env"], "PATH": programs, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    values = {"github.base_ref": "main", "github.token": "none", "github.event.number": "7"}
    codes = {}
    for step in STEPS:
        if "run" in step and step["name"] in names:
            own = {
                key: re.sub(r"\$\{\{ (\S+) \}\}", lambda it: values[it[1]], text)
                for key, text in step.get("env", {}).items()
            }
            done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=folder, env={**given, **own}, check=False)
            codes[step["name"]] = done.returncode
    return codes


def test_the_workflow_says_what_a_pull_request_does(request_to_pull: Path) -> None:
    """Its steps run as they stand: one comment says what is written, what it means and whom it touches."""
    rules = request_to_pull / "policies/my-policy/2025-01-01/rules.yaml"
    change(rules, "require: len(squad.players) < 2", "require: len(squad.players) < 1")
    assert steps(request_to_pull, *(step["name"] for step in STEPS if "run" in step)) == {
        "install": 0,
        "lint": 0,
        "test": 1,
        "diff": 0,
        "comment": 0,
    }
    comment = (request_to_pull / "comment.md").read_text()
    headings = ["### What this does to policies/my-policy", "What is written", "What it means", "Whom it touches"]
    assert [each for each in comment.splitlines() if each in headings] == headings
    assert "line_up: stricter" in comment
    assert (request_to_pull / "summary.md").read_text() == comment
    asked = (request_to_pull / "asked.txt").read_text()
    assert asked == "pr comment 7 --edit-last --create-if-none --body-file comment.md\n"


def test_the_workflow_fails_where_it_can_not_be_told(request_to_pull: Path) -> None:
    """The comment says why."""
    change(
        request_to_pull / "policies/my-policy/2025-01-01/rules.yaml", "len(squad.players) < 2", "len(squad.players <"
    )
    assert steps(request_to_pull, "diff") == {"diff": 1}
    assert "error[bad-syntax]" in (request_to_pull / "comment.md").read_text()


def test_a_workflow_takes_nothing_that_others_write_into_its_commands() -> None:
    """What a pull request is called, or from where it comes, stands in no command: only in the environment of one."""
    assert all("${{" not in step.get("run", "") for step in STEPS)
