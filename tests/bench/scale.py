"""What the cost of a decision grows with and what it does not, many decisions in one process, streams and so on."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import pairwise, product
from pathlib import Path
from typing import Any

from measure import POLICY, VERSION, Request, in_turn
from seatrules import Engine, load

ROUNDS, EACH, MANY, LINES, THREADS = 15, 2_000, 1_000_000, 100_000, 4
STATE: dict[str, Any] = {
    "as_of": "2024-11-15",
    "account": {"kind": "customer", "created_on": "2024-06-01", "migrated": False, "setup_complete": True},
    "subscriptions": [
        {
            "hub": "sales",
            "tier": "professional",
            "created_on": "2024-06-01",
            "term_start": "2024-06-01",
            "renewal_date": "2025-06-01",
        }
    ],
    "seats": {"core": {"purchased": 5, "assigned": 5, "pending_removal": 0, "pending_effective_on": None}},
    "users": {
        "ana": {"status": "active", "seats": ["core"], "permissions": ["modify_billing"], "partner_employee": False}
    },
}
ACTION = {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "u0"}
RULE = """  - id: extra-{number}
    actions: [{action}]
    require: as_of >= "2000-01-01"
    otherwise: {{code: quantity_invalid, message: {{en: extra, nl: extra}}}}
"""


def with_users(count: int) -> dict[str, Any]:
    """The account with so many users, of whom every seventh holds a seat."""
    state = copy.deepcopy(STATE)
    for number in range(count - 1):
        seats = ["core"] if number % 7 == 3 else []
        user = {"status": "active", "seats": seats, "permissions": [], "partner_employee": False}
        state["users"][f"u{number}"] = user
    held = sum("core" in user["seats"] for user in state["users"].values())
    state["seats"]["core"] |= {"purchased": held, "assigned": held}
    return state


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the policy, to be changed; the folder of its version."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copytree(POLICY, Path(folder) / POLICY.name)) / VERSION


def with_rules(count: int, action: str) -> Engine:
    """The policy with so many rules more for an action."""
    with copied() as version:
        rules = "".join(RULE.format(number=number, action=action) for number in range(count))
        (version / "rules" / "99-extra.yaml").write_text(f"rules:\n{rules}", encoding="utf-8")
        return load(version.parent)


def with_seat_types(count: int) -> tuple[Engine, dict[str, Any]]:
    """The policy with so many seat types more, and an account that counts some of each."""
    state, names = with_users(5), [f"extra_{number}" for number in range(count)]
    state["seats"] |= {name: dict(state["seats"]["core"]) for name in names}
    with copied() as version:
        schema, table = version / "state.schema.yaml", version / "seat-types.yaml"
        text = schema.read_text(encoding="utf-8")
        schema.write_text(text.replace("partner, free]", f"partner, free, {', '.join(names)}]"), encoding="utf-8")
        lines = table.read_text(encoding="utf-8").splitlines()
        first = lines.index("  core:")
        rows = [line for name in names for line in (f"  {name}:", *lines[first + 1 : first + 4])]
        table.write_text("\n".join([*lines, *rows, ""]), encoding="utf-8")
        return load(version.parent), state


def slopes() -> dict[str, list[float]]:
    """One decision where something is more, in microseconds."""
    engine, small = load(POLICY), with_users(5)
    work = {f"{count:,} users": deciding(engine, with_users(count)) for count in (5, 500, 50_000)}
    for count in (10, 100, 1_000):
        work[f"{count:,} seat types more"] = deciding(*with_seat_types(count))
    for count in (10, 100, 1_000):
        work[f"{count:,} rules more for another action"] = deciding(with_rules(count, "use_tool"), small)
    for count in (10, 100, 1_000):
        work[f"{count:,} rules more for this action"] = deciding(with_rules(count, "assign_seat"), small)
    return in_turn(work, ROUNDS, EACH / 1e6)


def deciding(engine: Engine, state: dict[str, Any]) -> Callable[[], object]:
    return lambda: [engine.decide(ACTION, state) for _ in range(EACH)]


def memory() -> str:
    """How much the process has grown over a million decisions with their explanations, in each half."""
    engine, state = load(POLICY), with_users(5)
    sizes = [resident()]
    for _ in range(2):
        for _ in range(MANY // 2):
            engine.decide(ACTION, state).as_dict()
        sizes.append(resident())
    grown = [(after - before) / 1024 for before, after in pairwise(sizes)]
    return f"{MANY:,} explained decisions: {grown[0]:+.0f} kB in the first half, {grown[1]:+.0f} kB in the second"


def resident() -> int:
    """The process's resident memory in bytes (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def threads() -> str:
    """How long the same decisions take in several threads on one engine, as a multiple of one thread."""
    engine, state, count = load(POLICY), with_users(5), 40_000
    wanted = engine.decide(ACTION, state).as_dict()

    def work(number: int) -> bool:
        decisions = [engine.decide(ACTION, state) for _ in range(number)]
        return decisions[-1].as_dict() == wanted

    start = time.perf_counter()
    same = work(count)
    alone = time.perf_counter() - start
    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        same = all(pool.map(work, [count // THREADS] * THREADS)) and same
    together = time.perf_counter() - start
    free = not getattr(sys, "_is_gil_enabled", lambda: True)()
    kind = "free-threaded" if free else "with the GIL"
    results = "the same" if same else "OTHERS"
    return f"{THREADS} threads ({kind}): {together / alone:.2f} x the time of one, results {results}"


def streams(requests: list[Request]) -> dict[str, list[float]]:
    """`check --requests`, JSON in and out, in thousands of requests a second; on states that can be."""
    engine = load()
    with tempfile.TemporaryDirectory() as folder:
        file, without = Path(folder, "requests.jsonl"), Path(folder, "without")
        lines = [json.dumps({"state": state, "action": action}) for action, state in requests if _can_be(engine, state)]
        file.write_text("".join(lines[n % len(lines)] + "\n" for n in range(LINES)), encoding="utf-8")
        without.mkdir()
        for library in ("jiter", "orjson"):
            (without / f"{library}.py").write_text("raise ImportError\n", encoding="utf-8")
        standard = {**os.environ, "PYTHONPATH": str(without)}
        times = in_turn(
            {
                "with the standard library": lambda: stream(file, standard),
                "with jiter and orjson": lambda: stream(file, os.environ),
                "with jiter and orjson, --jobs 2": lambda: stream(file, os.environ, "--jobs", "2"),
            },
            5,
            1,
        )
    return {name: [LINES / 1e3 / each for each in found] for name, found in times.items()}


def _can_be(engine: Engine, state: Any) -> bool:
    return not any(broken.is_error for broken in engine.broken_invariants(state))


def stream(file: Path, environment: Any, *options: str) -> None:
    command = [str(Path(sys.executable).with_name("seatrules")), "check", "--requests", str(file), *options]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


def remedies() -> dict[str, list[float]]:
    """The first remedy of a seat that is not available, with that there is no cheaper one, in milliseconds."""
    engine = load(POLICY)
    work: dict[str, Callable[[], object]] = {}
    for count in (50, 10_000):
        state = with_users(count)
        work[f"{count:,} users"] = lambda state=state: found(engine, state)  # type: ignore[misc]
    return in_turn(work, 5, 1e-3)


def found(engine: Engine, state: dict[str, Any]) -> None:
    if not engine.remedies(ACTION, state, limit=1).remedies:
        raise RuntimeError("no remedy was found")


def options() -> dict[str, list[float]]:
    """What one actor can do, and what all can, in milliseconds."""
    engine = load(POLICY)
    work: dict[str, Callable[[], object]] = {}
    for count in (50, 20_000):
        state = with_users(count)
        for name, actor in (("one actor", "ana"), ("all actors", None)):
            work[f"{name}, {count:,} users"] = lambda state=state, actor=actor: engine.options(state, actor=actor)  # type: ignore[misc]
    return in_turn(work, 5, 1e-3)


def waits() -> dict[str, list[float]]:
    """A month in which something happens for each member, and `when` over two years, in milliseconds."""
    engine = load("slack-fair-billing")
    work: dict[str, Callable[[], object]] = {}
    for payment, count in product(("card", "invoice"), (1_000, 4_000, 20_000)):
        state = with_members(count, payment)
        work[f"a month by {payment}, {count:,} members"] = lambda state=state: happened(engine, state)  # type: ignore[misc]
    ten = with_members(10, "card")
    use = {"type": "use_slack", "actor": "m0"}
    work["`when` over two years, 10 members"] = lambda: engine.when(use, ten)
    return in_turn(work, 3, 1e-3)


def with_members(count: int, payment: str) -> dict[str, Any]:
    """A workspace of so many members, who did something last on one of 28 days and nothing since."""
    today = date(2025, 1, 1)
    workspace = {"plan": "pro", "cycle": "monthly", "payment": payment, "purchased": 0}
    workspace |= {"paid_since": "2024-01-31", "term_start": "2024-12-31", "renewal_date": "2025-01-31"}
    members = {
        f"m{number}": {
            "kind": "member" if number else "owner",
            "status": "active",
            "last_active_on": str(today - timedelta(days=number % 28)),
        }
        for number in range(count)
    }
    return {"as_of": str(today), "workspace": workspace, "members": members, "ledger": []}


def happened(engine: Engine, state: dict[str, Any]) -> None:
    timeline = engine.simulate([{"at": "2025-02-01", "action": {"type": "use_slack", "actor": "m0"}}], state)
    if sum(len(step.events) for step in timeline.steps) <= len(state["members"]):
        raise RuntimeError("something did not happen")
