"""Puts made-up requests, some of them damaged, to `check --requests`, and compares what it answers with the engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import seatrules
from command import run

from .compare import Request

BOM = b"\xef\xbb\xbf"
BLANKS = (b"", b"  ", b"\t", b"\r")
JUNK = (b"{", b"]", b'"', b",", b"\\", b"\x00", b"\xff", b"1e999", b"NaN", b'"as_of":1,', b"\xed\xa0\x80", b"[" * 600)


def differences(
    random: Random, path: Path | None, engine: seatrules.Engine, version: str, asked: Sequence[Request]
) -> str:
    """What is wrong with the answers to a stream of these requests; empty where nothing is."""
    lines, requests, answers = [], [], []
    for action, state in asked:
        while random.random() < 0.1:
            lines.append(random.choice(BLANKS))
        line = json.dumps({"state": state, "action": action}, ensure_ascii=random.random() < 0.5).encode()
        damaged = random.random() < 0.2
        requests.append(_damaged(random, line) if damaged else line)
        lines.append(requests[-1])
        answers.append(None if damaged else _answer(engine, version, action, state))
    text = BOM * random.choice((0, 1)) + random.choice((b"\n", b"\r\n")).join(lines) + random.choice((b"", b"\n"))
    options = ["--jobs", random.choice(("1", "2")), "--version", version, *(["--policy", str(path)] if path else [])]
    done = run("check", "--requests", "-", "--no-invariants", *options, stdin=text)
    given = [json.loads(line) for line in done.stdout.splitlines()]
    wrong = [
        f"{line!r}: {given_answer} in place of {answer}"
        for line, given_answer, answer in zip(requests, given, answers, strict=False)
        if not _as_said(given_answer, answer)
    ]
    if len(given) != len(answers):
        wrong.append(f"{len(given)} answers to {len(answers)} requests")
    if done.stderr or done.returncode != (65 if any("error" in answer for answer in given) else 0):
        wrong.append(f"exit {done.returncode}, {done.stderr.decode(errors='replace')}")
    return "" if not wrong else f"{' '.join(options)}\n" + "\n".join(wrong)


def _damaged(random: Random, line: bytes) -> bytes:
    at = random.randrange(1, len(line))
    if random.random() < 0.5:
        return line[:at]
    return line[:at] + random.choice(JUNK) + line[at + random.randrange(0, 3) :]


def _answer(engine: seatrules.Engine, version: str, action: Any, state: Any) -> Any:
    """What a program is answered: the decision as plain data, or an error's codes."""
    try:
        checked = engine.validate(state, version=version, invariants=False)
        decision = engine.decide(action, state, version=version)
        return json.loads(json.dumps(decision.as_dict(checked=checked)))
    except seatrules.RequestError as error:
        return {problem.code for problem in error.problems}


def _as_said(given: Any, answer: Any) -> bool:
    if answer is None:
        return "error" in given or "decision" in given
    if isinstance(answer, set):
        # The command line says all that is wrong at once.
        return "error" in given and answer <= {problem["code"] for problem in given["error"]["problems"]}
    return bool(given == answer)
