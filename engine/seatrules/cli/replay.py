"""`seatrules replay`: decides kept records again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ..engine import Engine, load
from ..errors import PolicyError, RequestError, UsageError
from ..lines import numbered_lines, value_of, with_number
from ..records.replay import Replay, replay, require_record
from ..render.replay import replay_text, replays_text
from .common import Common, common_options, complain, error_language, say, say_json
from .exits import Exit
from .progress import counted


@click.command("replay")
@click.argument("records", metavar="RECORDS")
@common_options(
    policy="The policy to decide by; else the shipped one that a record names.",
    version="No effect here: as a record says.",
    settings="Choose a setting in the place of a record's choice. Repeatable.",
    language="The language of what is printed.",
)
def replay_(common: Common, records: str) -> Exit:
    """Decide kept records again, and say what is another now.

    RECORDS is a file of JSON lines, as `decision.record()` makes them, or `-`. Each is decided from itself alone. The
    exit code is 1 where an answer is another.
    """
    replaying = _Replaying(common)
    replays = list[dict[str, Any]]()
    for number, line in counted(numbered_lines(records)):
        if (done := replaying.line(number, line)) is not None:
            replays.append({"line": number, **done.as_dict()})
    if common.as_json:
        say_json({**replaying.counts, "replays": replays})
    else:
        say(replays_text(replaying.counts, replaying.language))
    if replaying.counts["unread"]:
        return Exit.BAD_REQUEST
    return Exit.FINDINGS if replaying.counts["different"] else Exit.OK


class _Replaying:
    """Decides records one by one, and counts what comes of it."""

    def __init__(self, common: Common) -> None:
        self.common = common
        self.language = error_language(common.language, as_json=common.as_json)
        self.counts = {"records": 0, "different": 0, "unread": 0}
        self._engines: dict[str, Engine] = {}

    def line(self, number: int, line: bytes) -> Replay | None:
        """What there is to say of a record, if there is; printed where that is asked for in words."""
        self.counts["records"] += 1
        try:
            record = value_of(line)
            require_record(record)
            done = replay(self._engine(record["policy"]), record)
        except (PolicyError, RequestError, UsageError) as error:
            self.counts["unread"] += 1
            self._complain(number, error)
            return None
        self.counts["different"] += bool(done.differences)
        if done.same_policy and not done.differences:
            return None
        if not self.common.as_json:
            say(replay_text(number, done, self.language))
        return done

    def _engine(self, policy: Mapping[str, Any]) -> Engine:
        """The policy that is to decide, with the choices of the record, and what is chosen in their place.

        Raises:
            PolicyError: it does not load.
            UsageError: there is none, or no such choice of it.
        """
        named = self.common.policy or str(policy.get("name"))
        settings = {**dict(policy.get("settings") or {}), **self.common.settings}
        key = f"{named} {sorted(settings.items())}"
        if key not in self._engines:
            self._engines[key] = load(named, settings=settings, extensions=self.common.extensions)
        return self._engines[key]

    def _complain(self, number: int, error: PolicyError | RequestError | UsageError) -> None:
        if isinstance(error, RequestError):
            error = with_number(error.spoken(self.language), number)
        complain(error, as_json=self.common.as_json, everything=self.common.everything)
