"""No message speaks of Python: its types and its words for nothing, true and false are not the reader's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts import ACTION, STATE
from asking import engine, mutated, places
from conftest import TESTS
from seatrules import RequestError

WORDS = re.compile(r"\b(?:None|True|False|NoneType|bool|bytes|dict|float|frozenset|inf|int|nan|str|tuple)\b|<class")
QUOTED = re.compile(r"`[^`]*`")
EXCERPT = re.compile(r" *[0-9]* *\|")
WHOLE = {"state": STATE, "action": ACTION}
VALUES: list[Any] = [None, True, 1.5, -1, "", "x", [], [None], {}, {"a": None}, 10**30, float("nan")]


def told(path: Path) -> Iterator[str]:
    """The lines of a kept text that say what is wrong and how to mend it, without what is quoted in them."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if ("error[" in line or "warning[" in line or line.startswith("  help: ")) and not EXCERPT.match(line):
            yield QUOTED.sub("", line)


@pytest.mark.parametrize("folder", ["golden", "wrong"])
def test_no_kept_message_speaks_of_python(folder: str) -> None:
    """In no kept message stands such a word, but for what an author has written, and that in backticks."""
    lines = [(path.name, line) for path in sorted((TESTS / folder).glob("**/*.txt")) for line in told(path)]
    assert len(lines) > 40
    assert [each for each in lines if WORDS.search(each[1])] == []


def test_no_message_about_a_wrong_request_speaks_of_python() -> None:
    """Whatever plain data stands wherever in a request, no message has such a word, in backticks or not."""
    messages = set()
    for path in places(WHOLE):
        for value in VALUES if len(path) > 1 else ():
            request = mutated(WHOLE, path, value)
            try:
                engine().decide(request["action"], request["state"])
            except RequestError as error:
                messages |= {f"{problem.message}; {problem.suggestion or ''}" for problem in error.problems}
    assert len(messages) > 60
    assert sorted(message for message in messages if WORDS.search(message)) == []
