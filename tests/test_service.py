"""The service of docs/embedding.md: its code runs as it stands, and answers as the page shows."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from command import run
from conftest import TESTS

PAGE = (TESTS.parent / "docs" / "embedding.md").read_text(encoding="utf-8")
(CODE,) = re.findall(r"^```python\n(# service\.py\n.*?)^```$", PAGE, re.M | re.S)
(ACCOUNT,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.M | re.S)
(SESSION,) = re.findall(r"^```console\n(\$ curl .*?)^```$", PAGE, re.M | re.S)
ASKED = re.findall(r"^\$ (curl [^\n]*)\n([^\n]*)$", SESSION, re.M)
LAST = {"type": "assign_seat", "actor": "ana", "seat_type": "sales"}
REMOVAL = {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 1}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of the page, with a database of its own, on the day that the page names."""
    monkeypatch.setenv("DATABASE", f"sqlite:///{tmp_path / 'accounts.db'}")
    file = tmp_path / "service.py"
    file.write_text(CODE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("service", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "service", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "now", lambda: datetime(2026, 5, 5, 9, tzinfo=UTC))
    yield module
    module.database.dispose()


@pytest.fixture
def client(service: ModuleType) -> Iterator[TestClient]:
    """Somebody who asks the service."""
    with TestClient(service.app) as asking:
        yield asking


def asked(client: TestClient, command: str) -> Any:
    """The response to a call of curl."""
    words, method, headers, body = shlex.split(command)[1:], None, dict[str, str](), None
    url = next(word for word in words if word.startswith("localhost:8000"))
    for option, value in pairwise(words):
        if option == "-X":
            method = value
        elif option == "-H":
            headers |= dict([value.split(": ", 1)])
        elif option == "--json":
            body = json.loads(ACCOUNT if value == "@account.json" else value)
    return client.request(
        method or ("GET" if body is None else "POST"),
        url.removeprefix("localhost:8000"),
        json=body,
        headers=headers,
    )


def test_the_service_answers_as_the_page_shows(client: TestClient) -> None:
    """Each call in its turn; `...` stands for what is left out."""
    assert len(ASKED) == 6
    for command, printed in ASKED:
        text = asked(client, command).text
        for part in printed.split("..."):
            assert part in text
            text = text[text.index(part) + len(part) :]


def kept(service: ModuleType, kind: str) -> list[Any]:
    """All rows of a table."""
    with Session(service.database) as session:
        return list(session.scalars(select(getattr(service, kind))).all())


def test_of_two_requests_at_once_one_gets_the_last_seat(client: TestClient, service: ModuleType) -> None:
    """Whoever is first: the other one is denied, and the account says so too."""
    for attempt in range(5):
        client.put("/accounts/acme", json=json.loads(ACCOUNT))
        with ThreadPoolExecutor(2) as threads:
            each = [{**LAST, "user": user} for user in ("bob", "cas")]
            answers = [*threads.map(lambda action: client.post("/accounts/acme/actions", json=action), each)]
        assert sorted(answer.status_code for answer in answers) == [200, 409], attempt
        assert {answer.json()["decision"] for answer in answers} == {"allow", "deny"}
        (account,) = kept(service, "Account")
        assert account.state["seats"]["sales"]["assigned"] == 1
        assert sorted(len(user["seats"]) for user in account.state["users"].values()) == [0, 1, 1]


def test_the_nightly_job_books_once(client: TestClient, service: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due by the day has happened; done twice, it does nothing more."""
    client.put("/accounts/acme", json=json.loads(ACCOUNT))
    client.post("/accounts/acme/actions", json=REMOVAL)
    assert kept(service, "Booking") == []
    monkeypatch.setattr(service, "now", lambda: datetime(2026, 6, 1, 1, tzinfo=UTC))
    for _ in range(2):
        service.nightly()
        (account,) = kept(service, "Account")
        assert (account.state["as_of"], account.state["seats"]["core"]["purchased"]) == ("2026-06-01", 2)
        (booking,) = kept(service, "Booking")
        assert (booking.date, booking.entry["change"], booking.entry["quantity"]) == ("2026-06-01", "decrease", 1)


def test_the_records_are_decided_again(
    client: TestClient, service: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line each, of what was allowed and of what was denied."""
    client.put("/accounts/acme", json=json.loads(ACCOUNT))
    for user in ("bob", "cas"):
        client.post("/accounts/acme/actions", json={**LAST, "user": user})
    service.records()
    done = run("replay", "-", stdin=capsys.readouterr().out.encode())
    assert done.returncode == 0
    assert done.stdout.decode() == "records: 2; with another answer: 0; not decided: 0\n"


def test_nothing_is_kept_of_what_fails(client: TestClient, service: ModuleType) -> None:
    """An account that there is not, a request that is none, a state that can't be true."""
    assert client.post("/accounts/none/actions", json=LAST).status_code == 404
    client.put("/accounts/acme", json=json.loads(ACCOUNT))
    wrong = client.post("/accounts/acme/actions", json=LAST, headers={"Accept-Language": "nl"})
    assert (wrong.status_code, wrong.json()["error"]["message"]) == (422, "`user` ontbreekt")
    impossible = json.loads(ACCOUNT)
    impossible["seats"]["core"]["assigned"] = 0
    refused = client.put("/accounts/acme", json=impossible)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "broken_invariant")
    (account,) = kept(service, "Account")
    assert account.state == json.loads(ACCOUNT)
    assert kept(service, "Record") == []
