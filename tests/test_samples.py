"""`seatrules samples`: accounts to begin with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import seatrules
from command import run_here
from conftest import TESTS, Golden
from seatrules.suites import samples


def test_the_samples_are_listed(golden: Golden) -> None:
    """Each by its name, with the first suite that begins with it, and how many more do."""
    done = run_here("samples")
    assert (done.returncode, done.stderr) == (0, b"")
    golden(TESTS / "golden" / "samples" / "list.txt", done.stdout.decode())
    assert [*json.loads(run_here("samples", "--format", "json").stdout)] == [
        line.split()[0] for line in done.stdout.decode().splitlines()
    ]


@pytest.mark.parametrize("policy", ["hubspot-seats", "zoom-licenses"])
def test_what_is_printed_is_the_state(policy: str, tmp_path: Path) -> None:
    """A sample that is printed is read again as the same state, which is one of an account."""
    engine = seatrules.load(policy)
    every = json.loads(run_here("samples", "--policy", policy, "--format", "json").stdout)
    assert len(every) > 3
    for name, state in [*every.items()][:3]:
        printed = run_here("samples", name, "--policy", policy).stdout.decode()
        assert yaml.safe_load(printed) == state
        engine.validate(state)
    assert json.loads(run_here("samples", name, "--policy", policy, "--format", "json").stdout) == state
    (tmp_path / "account.yaml").write_text(printed, encoding="utf-8")
    done = run_here("can", "--state", str(tmp_path / "account.yaml"), "--policy", policy)
    assert (done.returncode, done.stderr) == (0, b"")


def test_names_tell_samples_apart(tmp_path: Path) -> None:
    """The suite, and where that is not enough the version, stands before a name that several have."""
    for place, amount in {"2024-01-01/suites/a": 1, "2024-01-01/suites/b": 2, "2025-01-01/suites/b": 3}.items():
        path = tmp_path / f"{place}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"bases: {{one: {{x: {amount}}}, same: {{x: 0}}}}\ncases: []\n", encoding="utf-8")
    found = samples(tmp_path)
    assert [each.name for each in found] == ["a/one", "same", "2024-01-01/b/one", "2025-01-01/b/one"]
    assert [len(each.suites) for each in found] == [1, 3, 1, 1]


def test_an_unknown_sample_is_told() -> None:
    done = run_here("samples", "seat_base")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines()[:2] == [
        "error[unknown-sample]: there is no sample `seat_base`",
        "  help: did you mean `seat_based`?",
    ]
