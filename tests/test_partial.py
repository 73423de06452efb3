"""What is not given: an error in strict mode, and never a milder answer in partial mode."""

from __future__ import annotations

import pytest

from accounts import ACTION, GONE, STATE, changed
from asking import ask, engine, mutated, places
from seatrules import RequestError

PROPERTIES = [
    p
    for p in places(STATE)
    if p[:1] != ("as_of",) and isinstance(p[-1], str) and not (p[0] in ("seats", "users") and len(p) == 2)
]


@pytest.mark.parametrize("path", PROPERTIES, ids=lambda path: ".".join(map(str, path)))
def test_a_required_property_that_is_not_given_never_makes_the_answer_milder(path: tuple[str | int, ...]) -> None:
    """Without a required property, strict mode refuses, and partial mode allows only what the whole state allows."""
    without = mutated(STATE, path, GONE)
    actions = [
        ACTION,
        changed(ACTION, {"actor": "bob"}),
        changed(ACTION, {"seat_type": "partner"}),
        {"type": "assign_seat", "actor": "ana", "seat_type": "core", "user": "bob"},
        {"type": "unassign_seat", "actor": "ana", "seat_type": "core", "user": "ana"},
        {"type": "schedule_removal", "actor": "ana", "seat_type": "core", "quantity": 3},
        {"type": "remove_user", "actor": "ana", "user": "bob"},
    ]
    for action in actions:
        with pytest.raises(RequestError):
            engine().validate(without)
        whole, part = engine().decide(action, STATE), ask(action, without, partial=True)
        if part is None:
            continue  # the user whom the action names is not there
        assert part.decision in {whole.decision, "undetermined"}
        assert set(part.codes) <= set(whole.codes)
        if part.decision == "undetermined":
            assert part.missing


@pytest.mark.parametrize("path", PROPERTIES, ids=lambda path: ".".join(map(str, path)))
def test_strict_mode_names_what_is_not_given(path: tuple[str | int, ...]) -> None:
    """Strict mode answers as with the whole state where the action reads no such property, or names the path."""
    without = mutated(STATE, path, GONE)
    pointers, found = set(), None
    try:
        found = engine().decide(ACTION, without).as_dict()
    except RequestError as error:
        pointers = {problem.path for problem in error.problems}
    if found is None:
        named = "/action/actor" if path in (("users",), ("users", "ana")) else "/state/" + "/".join(map(str, path))
        assert pointers & {named, "/state/users"}
    else:
        assert found == engine().decide(ACTION, STATE).as_dict()
