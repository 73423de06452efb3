"""Builds a small policy with one mistake in it, as a file in `tests/wrong` describes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

WRONG = Path(__file__).resolve().parent / "wrong"
BASE = WRONG / "base"
STATE: dict[str, Any] = {
    "as_of": "2025-03-01",
    "town": {"name": "Ede", "closed": False},
    "lots": {},
    "cars": {"a": {"kind": "car", "lots": []}, "b": {"kind": "lorry", "lots": []}},
    "visits": [],
}
"""A state of the base policy."""


def mistakes() -> list[Path]:
    """The files that describe a mistake each."""
    return sorted(WRONG.glob("*.yaml"))


def described(path: Path) -> dict[str, Any]:
    """What a mistake's file says."""
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def build(folder: Path, mistake: Mapping[str, Any]) -> None:
    """Write the base policy, with the mistake, below `folder` / parking."""
    policy = folder / "parking"
    shutil.copytree(BASE, policy / "base")
    for name, changes in mistake.get("replace", {}).items():
        path = policy / name
        text = path.read_text(encoding="utf-8")
        for old, new in changes.items():
            assert text.count(old) == 1, f"`{old}` stands {text.count(old)} times in {name}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    for name, text in mistake.get("append", {}).items():
        with (policy / name).open("a", encoding="utf-8") as file:
            file.write(text)
    for name, text in mistake.get("write", {}).items():
        _parent(policy / name).write_text(text, encoding="utf-8")
    for name, digits in mistake.get("hex", {}).items():
        _parent(policy / name).write_bytes(bytes.fromhex(digits))
    for name, nest in mistake.get("nest", {}).items():
        _parent(policy / name).write_text(nest["before"] + "[" * nest["deep"] + "]" * nest["deep"] + "\n")
    for name, repeat in mistake.get("repeat", {}).items():
        text = repeat.get("before", "") + repeat["text"] * repeat["times"] + repeat.get("after", "")
        _parent(policy / name).write_text(text, encoding="utf-8")
    for name in mistake.get("remove", []):
        (policy / name).unlink()
    for name in mistake.get("fifo", []):
        os.mkfifo(_parent(policy / name))
    for name, target in mistake.get("link", {}).items():
        _parent(policy / name).symlink_to(target)


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
