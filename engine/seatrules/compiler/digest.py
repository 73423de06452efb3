"""The digest by which a version is known again: of what it says, not of how it is written down."""

from __future__ import annotations

import hashlib
import json

from ..policy.written import Written


def digest_of(written: Written) -> str:
    """SHA-256 of the merged policy as values: all that can change a decision or its words."""
    header = {k: v for k, v in written.header.value.items() if k not in ("extends", "withdraw", "recorded_on")}
    whole = {
        "policy": header,
        "state": written.schema_value,
        **{
            kind: {n: e.value for n, e in entries.items()} for kind, entries in written.named.items() if kind != "words"
        },
        "tables": {name: entry.value for name, entry in written.tables.items()},
        **{kind: [e.value for e in entries] for kind, entries in written.clauses.items() if kind not in written.named},
    }
    if written.extensions:
        whole["extensions"] = [[each.name, each.digest] for each in written.extensions]
    if words := written.named["words"]:  # so that the digests of policies without them stay as they were
        whole["words"] = {language: entry.value for language, entry in words.items()}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
