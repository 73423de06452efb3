"""The program by which two requests are kept apart does what its page says of it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

from accounts import STATE, changed
from asking import engine
from command import HANGS
from conftest import TESTS
from seatrules import Decision

PAGE = (TESTS.parent / "docs" / "embedding.md").read_text(encoding="utf-8")
(CARRY_OUT,) = re.findall(r"^```python\n(def carry_out.*?)^```$", PAGE, re.M | re.S)
LAST = changed(STATE, {"seats.core.purchased": 4, "users.bob.seats": []})
ASSIGN: dict[str, Any] = {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"}


def carry_out() -> Callable[[Decision, int, sqlite3.Connection], Decision]:
    """The function that the page shows."""
    namespace: dict[str, Any] = {"engine": engine(), "json": json}
    exec(CARRY_OUT, namespace)
    function: Callable[[Decision, int, sqlite3.Connection], Decision] = namespace["carry_out"]
    return function


def test_of_two_requests_at_once_one_gets_the_last_seat(tmp_path: Path) -> None:
    """Both are allowed on what both have read; one is carried out, the other decided anew, and denied."""
    with sqlite3.connect(tmp_path / "accounts.db") as database:
        database.execute("CREATE TABLE accounts (id INTEGER PRIMARY KEY, state TEXT)")
        database.execute("INSERT INTO accounts VALUES (1, ?)", [json.dumps(LAST)])
    database.close()
    both_have_read, function = Barrier(2), carry_out()

    def requested(action: dict[str, Any]) -> tuple[Decision, Decision]:
        database = sqlite3.connect(tmp_path / "accounts.db", timeout=HANGS)
        try:
            (text,) = database.execute("SELECT state FROM accounts WHERE id = 1").fetchone()
            proposed = engine().decide(action, json.loads(text))
            both_have_read.wait(HANGS)
            return proposed, function(proposed, 1, database)
        finally:
            database.close()

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(requested, [ASSIGN, {**ASSIGN, "user": "réne"}]))
    assert [proposed.allowed for proposed, _ in answers] == [True, True]
    assert sorted(done.allowed for _, done in answers) == [False, True]
    database = sqlite3.connect(tmp_path / "accounts.db")
    (text,) = database.execute("SELECT state FROM accounts WHERE id = 1").fetchone()
    database.close()
    after = json.loads(text)
    (done,), (denied,) = [[done for _, done in answers if done.allowed is allowed] for allowed in (True, False)]
    assert denied.codes == ("no_seat_available",)
    assert after == engine().apply(done, LAST)
    assert engine().broken_invariants(after) == ()
