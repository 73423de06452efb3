"""Cerbos: a server of its own on a socket of this machine, asked by its gRPC client."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .document import document
from .peer import Answer, Decide, Peer, answer, by_action

WANTED = "R.attr.action.seat_type"
PAID = f'{WANTED} in ["core", "sales", "service"]'
NEEDS_SUBSCRIPTION = f'{WANTED} in ["core", "sales", "service", "view_only"]'
PAID_SUBSCRIPTION = 'R.attr.subscriptions.exists(s, s.tier != "free")'
OFFERED = f"""R.attr.subscriptions.exists(s, s.tier != "free" && ({WANTED} in ["core", "view_only"]
    || ({WANTED} in ["sales", "service"] && {WANTED} == s.hub)))"""
LEGACY = '(R.attr.account.created_on < "2024-03-05" && !R.attr.account.migrated)'
COUNTS = "R.attr.counts"
DUE = f"""({COUNTS}.pending_removal > 0.0 && {COUNTS}.pending_effective_on != null
    && {COUNTS}.pending_effective_on <= R.attr.as_of)"""
# Every number is a double there.
TEXTS = {
    "seats-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} && !{PAID_SUBSCRIPTION}",
    "removals-need-a-paid-subscription": f"{NEEDS_SUBSCRIPTION} && !{PAID_SUBSCRIPTION}",
    "account-is-set-up-first": f"{PAID} && !R.attr.account.setup_complete",
    "seat-type-comes-with-the-plan": f"{NEEDS_SUBSCRIPTION} && !{OFFERED}",
    "legacy-accounts-have-hub-seats-only": f'{LEGACY} && !({WANTED} in ["sales", "service"])',
    "billing-changes-need-modify-billing": '!("modify_billing" in R.attr.doer.permissions)',
    "only-paid-seats-are-sold": f"!({PAID})",
    "quantity-is-at-least-one": "R.attr.action.quantity < 1.0",
    "only-unassigned-seats-are-removed": (
        f"R.attr.action.quantity > {COUNTS}.purchased - {COUNTS}.assigned - {COUNTS}.pending_removal"
    ),
    "a-removal-that-is-due-stands": DUE,
    "seats-go-to-active-users": 'R.attr.user.status != "active"',
    "removed-users-give-no-seat": 'R.attr.user.status == "removed"',
    "a-seat-is-given-once": f"{WANTED} in R.attr.user.seats",
    "one-seat-a-user": f"""!{LEGACY} && {WANTED} != "free" && !({WANTED} in R.attr.user.seats)
        && R.attr.user.seats.exists(t, t != "free")""",
    "a-seat-is-available": f"""{WANTED} in ["core", "sales", "service", "free"]
        && {COUNTS}.purchased - {COUNTS}.assigned - ({DUE} ? {COUNTS}.pending_removal : 0.0) < 1.0""",
    "the-seat-is-held": f"!({WANTED} in R.attr.user.seats)",
    "unassign-from-active-users-only": f'{PAID} && {WANTED} in R.attr.user.seats && R.attr.user.status != "active"',
    "partner-seats-for-partner-employees": f'{WANTED} == "partner" && !R.attr.user.partner_employee',
    "partner-seats-in-client-accounts": f'{WANTED} == "partner" && R.attr.account.kind != "customer"',
}
START_SECONDS = 20


def prepare() -> Decide:
    from cerbos.engine.v1 import engine_pb2
    from cerbos.request.v1 import request_pb2
    from cerbos.sdk.grpc.client import CerbosClient
    from google.protobuf.json_format import ParseDict
    from google.protobuf.struct_pb2 import Value

    rules = by_action(TEXTS)
    asked = {name: [f"{name}:{index}" for index in range(len(rules[name]))] for name in rules}
    client = CerbosClient(f"unix:{serve(policy())}", tls_verify=False)

    def decide(action: dict[str, Any], state: dict[str, Any]) -> Answer:
        name = action["type"]
        attributes = {part: ParseDict(value, Value()) for part, value in document(action, state).items()}
        entry = request_pb2.CheckResourcesRequest.ResourceEntry(
            actions=asked[name], resource=engine_pb2.Resource(id="account", kind="account", attr=attributes)
        )
        found = client.check_resources(engine_pb2.Principal(id=action["actor"], roles=["user"]), [entry])
        effects = found.results[0].actions
        broken = [code for (code, _), each in zip(rules[name], asked[name], strict=True) if effects[each] == 1]
        return answer(broken)

    return decide


def policy() -> dict[str, Any]:
    """An action for each rule, which is "allowed" where the rule is broken: a denial would stop at the first."""
    rules = [
        {
            "actions": [f"{name}:{index}"],
            "effect": "EFFECT_ALLOW",
            "roles": ["user"],
            "condition": {"match": {"expr": text}},
        }
        for name, all_rules in by_action(TEXTS).items()
        for index, (_, text) in enumerate(all_rules)
    ]
    return {
        "apiVersion": "api.cerbos.dev/v1",
        "resourcePolicy": {"version": "default", "resource": "account", "rules": rules},
    }


def serve(written: dict[str, Any]) -> Path:
    """The socket of a server that has started with this policy and ends with this process."""
    program = next(Path(sys.prefix).glob("node_modules/@cerbos/cerbos-*/cerbos-*"), None)
    if program is None:
        raise FileNotFoundError("its server, an npm package, is not installed")
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    at = Path(folder.name)
    (at / "policies").mkdir()
    (at / "policies" / "account.json").write_text(json.dumps(written), encoding="utf-8")
    options = {
        "storage.driver": "disk",
        "storage.disk.directory": at / "policies",
        "server.httpListenAddr": f"unix:{at / 'http'}",
        "server.grpcListenAddr": f"unix:{at / 'grpc'}",
        "telemetry.disabled": "true",
    }
    sets = [f"--set={name}={value}" for name, value in options.items()]
    server = subprocess.Popen([program, "server", "--log-level=error", *sets])
    atexit.register(server.wait)
    atexit.register(server.terminate)
    limit = time.monotonic() + START_SECONDS
    while not (at / "grpc").exists():
        if server.poll() is not None or time.monotonic() > limit:
            raise TimeoutError("its server did not start")
        time.sleep(0.05)
    return at / "grpc"


PEER = Peer(
    "Cerbos",
    "cerbos",
    "a server on a Unix socket, asked with its gRPC client: most of the time is the way there and back. It reads "
    "nested data and loops. A denial stops at the first rule: one query with an action for each rule",
    prepare,
)
