"""`seatrules diff`: what a change means for each action, with requests that show it."""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from command import run_here as run
from conftest import TESTS
from lengths import DEEP
from seatrules import RequestError
from seatrules.analysis.diff.meaning import AnsweredWitness, Meaning, MeaningSearch
from seatrules.analysis.diff.sides import Pair, Side
from seatrules.engine import Engine
from seatrules.loading import compile_place
from seatrules.policy.locate import find
from test_diff import GIT, change, diff, git, library, repository

__all__ = ["GIT", "library", "repository"]
POLICIES = TESTS.parent / "policies"
PLANTED: list[dict[str, Any]] = yaml.safe_load((TESTS / "diff" / "planted.yaml").read_text(encoding="utf-8"))


def label(planted: dict[str, Any]) -> str:
    """What a planted change is called."""
    return f"{planted['policy']}: {planted['changes'][0][-1][:60]}"


def side(folder: Path, version: str) -> Side:
    """A policy of one version."""
    place = find(str(folder))._replace(version=version)
    return Side(place, Engine.of(compile_place(place, {})))


@cache
def shipped(policy: str, version: str) -> Side:
    """A shipped policy, read once."""
    return side(POLICIES / policy, version)


def meanings(old: Side, new: Side) -> dict[str, Meaning]:
    """What differs, by actions."""
    version = next(iter(old.engine.programs))
    return {each.name: each for each in MeaningSearch(old, new, [Pair(version, version)], seconds=300).all()}


def again(asked: Side, witness: AnsweredWitness) -> dict[str, Any]:
    """What is answered to a request that shows a difference, when it is asked anew."""
    version = next(iter(asked.engine.programs))
    try:
        checked = asked.engine.validate(witness.state, version=version)
        if witness.action is None:
            return {"taken": True}
        decision = asked.engine.decide(witness.action, witness.state, version=version)
        checked = asked.engine.beside(checked, decision.codes, witness.state, version=version)
        return decision.as_dict(checked=checked)
    except RequestError as error:
        return error.as_dict()


@pytest.mark.usefixtures("no_cache")
@pytest.mark.parametrize("planted", [each for each in PLANTED if DEEP or "slow" not in each], ids=label)
def test_a_planted_change_is_found_and_named(planted: dict[str, Any], tmp_path: Path) -> None:
    """Each planted change has the meaning that it has, with requests to which the two versions answer so."""
    policy, version = planted["policy"], planted["file"].split("/")[0]
    new = tmp_path / "new"
    shutil.copytree(POLICIES / policy, new, ignore=shutil.ignore_patterns("suites"))
    for *elsewhere, before, after in planted["changes"]:
        file = new.joinpath(*elsewhere or [planted["file"]])
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after, 1), encoding="utf-8")
    old_side, new_side = shipped(policy, version), side(new, version)
    found = meanings(old_side, new_side)
    assert {name: found[name].meaning for name in planted["means"]} == planted["means"]
    for witness in (each for meaning in found.values() for each in meaning.witnesses):
        assert (again(old_side, witness), again(new_side, witness)) == (witness.old, witness.new)
        assert witness.old != witness.new
        assert witness.names


def test_a_policy_means_the_same_as_itself(library: Path) -> None:
    """For each action and for states, without a request being tried."""
    told = diff("old", "new", cwd=library)
    assert {each["meaning"] for each in [*told["actions"].values(), told["states"]]} == {"the same"}
    assert {each["cells"] for each in told["actions"].values()} == {0}


def test_check_answers_what_a_witness_says(library: Path) -> None:
    """Under both policies, by the command."""
    change(library / "new/2025-01-01/rules/20-loans.yaml", 'require: desk == "counter"', 'require: desk == "machine"')
    told = diff("old", "new", "--version", "2025-01-01", cwd=library, seconds="60")["actions"]["borrow"]
    assert told["meaning"] == "both"
    assert {each["meaning"] for each in told["witnesses"]} >= {"stricter", "milder"}
    witness = told["witnesses"][0]
    (library / "state.json").write_text(json.dumps(witness["state"]))
    for name in ("old", "new"):
        request = ("--state", "state.json", "--action", json.dumps(witness["action"]))
        done = run("check", "--policy", name, "--version", "2025-01-01", "--format", "json", *request, cwd=library)
        assert json.loads(done.stdout) == witness[name]


def test_what_only_reads_otherwise_is_the_same(library: Path) -> None:
    """A comparison the other way round, a fact written out: the exit code is 0, whatever is written."""
    change(library / "new/2025-01-01/rules/20-loans.yaml", 'desk == "counter"', 'not ("counter" != desk)')
    done = run("diff", "old", "new", "--format", "json", cwd=library)
    told = json.loads(done.stdout)
    assert (done.returncode, told["actions"]["borrow"]["meaning"]) == (0, "the same")
    assert told["written"]


def test_an_action_and_the_schema_are_told_first(library: Path) -> None:
    """An action that is new, one that takes something else, and that states may be others."""
    new = library / "new/2025-01-01"
    entry = "  prolong:\n    title: {en: Prolong, de: Verlängern}\n    arguments: {}\n    cost: effort\n"
    change(new / "actions.yaml", "  extend:", f"{entry}  extend:")
    outcome = "{id: prolonged, code: ok, actions: [prolong], message: {en: a, de: b}}"
    (new / "more.yaml").write_text(f"outcomes:\n  - {outcome}\n")
    change(new / "state.schema.yaml", "  members: {", "  nothing: {type: boolean, default: false}\n  members: {")
    told = diff("old", "new", "--version", "2025-01-01", cwd=library)
    assert (told["declared"], told["actions"]["prolong"]["meaning"]) == (["schema"], "added")
    assert diff("new", "old", "--version", "2025-01-01", cwd=library)["actions"]["prolong"]["meaning"] == "removed"


def test_states_that_are_taken_are_compared_too(library: Path) -> None:
    """An invariant that is no more: a state that was refused is taken."""
    text = (library / "new/2025-01-01/invariants.yaml").read_text()
    head, first, *rest = text.split("\n  - id: ")
    name = first.split("\n")[0]
    (library / "new/2025-01-01/invariants.yaml").write_text("\n  - id: ".join([head, *rest]))
    told = diff("old", "new", "--version", "2025-01-01", cwd=library, seconds="60")["states"]
    assert told["meaning"] == "milder"
    assert told["witnesses"][0]["of"] == [name]
    assert told["witnesses"][0]["action"] is None


def test_what_may_differ_is_allowed(library: Path) -> None:
    """With `--allow` the exit code is 0 where nothing else differs; a word that means nothing is told."""
    change(library / "new/2025-01-01/rules/20-loans.yaml", "is handed out at the counter", "is handed out at a desk")
    common = ("diff", "old", "new", "--version", "2025-01-01", "--seconds", "5", "--allow")
    codes = [run(*common, words, cwd=library).returncode for words in ("milder, words", "milder", "wordy")]
    assert codes == [0, 1, 2]


def test_without_time_that_is_said(library: Path) -> None:
    """Nothing is called the same that was not looked at."""
    change(library / "new/2025-01-01/rules/20-loans.yaml", 'desk == "counter"', 'desk == "machine"')
    told = diff("old", "new", "--version", "2025-01-01", cwd=library, seconds="0.000001")["actions"]["borrow"]
    assert (told["meaning"], told["out_of_time"]) == ("no difference found", True)


def test_annotations_stand_at_the_clauses_that_differ(library: Path) -> None:
    """What is written as notices, what it means as errors, or as warnings where it is allowed."""
    change(library / "new/2025-01-01/rules/20-loans.yaml", 'desk == "counter"', 'desk == "machine"')
    args = ("diff", "old", "new", "--version", "2025-01-01", "--format", "github")
    notice, error = run(*args, cwd=library).stdout.decode().splitlines()[:2]
    assert notice.startswith(
        "::notice file=new/2025-01-01/rules/20-loans.yaml,line=46,col=14,title=seatrules diff (written"
    )
    assert error.startswith("::error file=new/2025-01-01/rules/20-loans.yaml,line=43,col=")
    assert "%0A--action '{" in error
    allowed = run(*args, "--allow", "stricter,milder,reasons", cwd=library)
    assert (allowed.returncode, allowed.stdout.decode().splitlines()[1][:10]) == (0, "::warning ")


def test_a_revision_of_git_is_compared_with_what_is_there(repository: Path) -> None:
    """The suites of the revision are among those that are gone on from."""
    change(repository / "new/2025-01-01/rules/20-loans.yaml", 'desk == "counter"', 'desk == "machine"')
    git(repository, "commit", "-q", "-a", "-m", "turned")
    shutil.rmtree(repository / "new")
    told = diff("HEAD:old", "HEAD:new", "--version", "2025-01-01", cwd=repository, seconds="60")
    assert told["actions"]["borrow"]["meaning"] == "both"


def test_a_page_holds_all_of_it_and_no_markup_of_the_policy(library: Path) -> None:
    """Texts of a policy are texts on the page; it has no script and names nothing to fetch."""
    change(
        library / "new/2025-01-01/rules/20-loans.yaml", "is handed out at the counter", "is <b>handed</b> out at a desk"
    )
    args = ("diff", "old", "new", "--version", "2025-01-01", "--seconds", "5", "--format", "html")
    page = run(*args, cwd=library).stdout.decode()
    assert "<summary>borrow: other words" in page
    assert "&lt;b&gt;" in page
    assert not re.search("<b>|<script|https?://|src=|href=", page)
