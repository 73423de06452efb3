"""A start imports what it needs, and no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import seatrules
from accounts import STATE

BUY = {"type": "add_seats", "actor": "ana", "seat_type": "core", "quantity": 2}
SCRIPTS = {
    "to import": (
        "import seatrules",
        "dataclasses fractions inspect jiter orjson pkgutil seatrules.compiler string tempfile yaml zipfile",
    ),
    "to load": (
        "import seatrules; seatrules.load()",
        "dataclasses fractions inspect jiter orjson pkgutil seatrules.compiler string tempfile yaml zipfile",
    ),
    "to check": (
        "from seatrules import cli; cli.run(['check', '--state', '{0}/state.json', '--action', '{0}/action.json'])",
        "fractions importlib.resources orjson seatrules.compiler seatrules.nodes string tempfile yaml zipfile",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a state and an action, and a cache in which the default policy is."""
    folder = tmp_path_factory.mktemp("start")
    (folder / "state.json").write_text(json.dumps(STATE), encoding="utf-8")
    (folder / "action.json").write_text(json.dumps(BUY), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEATRULES_CACHE", str(folder / "cache"))
        seatrules.load()
    return folder


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_not_needed_is_not_imported(name: str, folder: Path) -> None:
    """Zips, YAML, what writes files and what helps with mistakes cost nothing where they are not used."""
    script, unneeded = SCRIPTS[name]
    lines = f"import sys; {script.format(folder)}; print('imported:', {{*{unneeded.split()}}} & {{*sys.modules}})"
    environment = {**os.environ, "SEATRULES_CACHE": str(folder / "cache")}
    done = subprocess.run([sys.executable, "-c", lines], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "imported: set()"
