"""Mistakes planted in copies of the shipped policies, which load with all of them: `lint` tells each at its place."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml

from command import run_here as run
from conftest import TESTS
from lengths import DEEP

POLICIES, FOLDER = TESTS.parent / "policies", TESTS / "planted"
PLANTED: dict[str, Any] = yaml.safe_load((FOLDER / "planted.yaml").read_text(encoding="utf-8"))
TOLD: dict[str, str] = PLANTED["told"]


@pytest.mark.parametrize(
    "about", [each for each in PLANTED["policies"] if DEEP or "slow" not in each], ids=lambda each: each["policy"]
)
def test_each_planted_mistake_is_told(about: dict[str, Any], tmp_path: Path) -> None:
    """By its code and where it stands, with what helps; what an overlay repeats too, and nothing else."""
    policy = tmp_path / about["policy"]
    shutil.copytree(POLICIES / about["policy"], policy)
    said = ", ".join(f'{language}: "nobody"' for language in about["languages"])
    for name, version in zip(("first", "later"), about["versions"], strict=True):
        text = Template((FOLDER / f"{name}.yaml").read_text()).substitute(about, languages=said)
        (policy / version / "planted.yaml").write_text(text)
    schema = policy / about["versions"][0] / "state.schema.yaml"
    for key, text in PLANTED["schema"].items():
        assert schema.read_text().count(f"\n{key}:\n") == 1
        schema.write_text(schema.read_text().replace(f"\n{key}:\n", f"\n{key}:\n{text}"))
    done = run("lint", "--all", "--stale", "2000", "--format", "json", str(policy))
    problems = json.loads(done.stdout)["problems"]
    told = {(_named(each, policy.parent), each["code"]) for each in problems}
    repeated = [name for name, code in told if code == "repeats-base"]
    assert {each for each in told if each[1] != "repeats-base"} == {*TOLD.items()}
    assert len(repeated) == PLANTED["repeated"]
    assert all(each["help"] for each in problems)


def _named(problem: dict[str, Any], folder: Path) -> str:
    """Which of the planted entries a problem is of: the name that is underlined, or the first of its line."""
    lines = (folder / problem["file"]).read_text().splitlines()
    line: str = lines[problem["line"] - 1]
    underlined = line[problem["column"] - 1 :][: problem["width"]]
    if underlined in TOLD:
        return underlined
    names = re.findall(r"[pP][-_][\w-]+|P90\d", line)
    return names[0] if names else f"{problem['file']}:{problem['line']}"
