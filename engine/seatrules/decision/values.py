"""A decision and its parts, as frozen values without rendered text."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from functools import partial as bound
from itertools import chain, islice
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, cast

from ..change.effects import Effect
from ..change.passing import InForce
from ..change.patch import patch_of
from ..errors import SUPPORT, Audience, NotAllowedError, sees_others
from ..language.days import is_date
from ..language.interpret import DataPath, fresh
from ..language.text import pointer
from ..language.types import Record
from ..program import PolicyVersion, Program
from ..program.parts import maps_read_in_part, part_read, values_read
from ..program.reads import Reads
from ..words import phrase
from .answer import Answer
from .booking import Bookings
from .explain import decision_text
from .explanation import Notice, Outcome, Reason
from .incomplete import WHOLLY, Given
from .invariants import CheckedState
from .notes import MOST_NOTES, Note, notes_on, notes_on_state
from .prose import Naming, Prose, decision_sentences

Verdict = Literal["allow", "deny", "undetermined"]
"""The verdict of a decision: the last in partial mode only."""


class AsData(Protocol):
    """What can be said as plain data, in a language and to an audience."""

    def as_dict(self, language: str | None, *, audience: Audience) -> dict[str, Any]: ...


class Missing(NamedTuple):
    """A path that was not given, and the rules that would read it."""

    path: DataPath
    rules: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"path": pointer(("state", *self.path)), "rules": list(self.rules)}


class Details(NamedTuple):
    """Everything that a decision says beyond its verdict and codes.

    `billing` has an entry for each event that bills, one in all where none does, and none where it can't be told; a
    part of it that is not known is a `NotKnown`. `bookings` are those that are booked. `versions` are those that come
    into force while the action lets time pass.
    """

    reasons: tuple[Reason, ...] = ()
    outcome: Outcome | None = None
    warnings: tuple[Reason, ...] = ()
    notices: tuple[Notice, ...] = ()
    billing: tuple[Mapping[str, Any], ...] = ()
    effects: tuple[Effect, ...] = ()
    versions: tuple[InForce, ...] = ()
    bookings: Bookings = ()


_NONE: Mapping[str, tuple[str, ...]] = {}


class Scope(NamedTuple):
    """What the decisions on a type of action have in common: by which policy, and what they read of which state.

    `given` says how much of the state was given. `known` are the words that are known of arguments, `known_of_state`
    those of texts of the state, by their tables. Those of another process have no `state`, `reads` and `program`: they
    know by themselves what they read and say.
    """

    policy: PolicyVersion
    state: Record | None = None
    reads: Reads | None = None
    given: Given = WHOLLY
    known: Mapping[str, tuple[str, ...]] = _NONE
    known_of_state: Mapping[str, tuple[str, ...]] = _NONE
    program: Program | None = None


def billing_as_data(billing: tuple[Mapping[str, Any], ...]) -> Any:
    """What is billed as plain data: an entry, a list of them where there are several, nothing where it is not known."""
    if len(billing) == 1:
        return fresh(billing[0])
    return [fresh(each) for each in billing] or None


def public_bills(billing: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a user is told of bills: the kind of change and its days; each once, for how many there are would count."""
    bills: list[dict[str, Any]] = []
    for bill in billing:
        public = {key: value for key, value in bill.items() if key == "change" or is_date(value)}
        if public not in bills:
            bills.append(public)
    return bills


class Decision(Answer):
    """The answer to a proposed action: `allow`, `deny` or (in partial mode) `undetermined`, with every reason.

    A frozen value: it keeps its own copy of what was read, so what happens to the state later does not change it. What
    explains it is worked out when it is first asked for. `missing` is `None` outside partial mode.
    """

    __slots__ = (
        "_action",
        "_codes",
        "_decision",
        "_details",
        "_explain",
        "_kept",
        "_missing",
        "_named",
        "_notes",
        "_on_whole",
        "_prose",
        "_reads",
        "_scope",
        "_unread",
    )

    ask: ClassVar[str] = "ask `decision.allowed`"

    def __init__(
        self,
        decision: Verdict,
        codes: tuple[str, ...],
        scope: Scope,
        action: dict[str, Any],
        part: dict[str, Any] | Callable[[], dict[str, Any]],
        explain: Callable[[dict[str, Any], dict[str, Any]], Details] | None,
        missing: tuple[Missing, ...] | None = None,
    ) -> None:
        """The decision on an action and a part of a state, or on what makes that part of what was taken of the state.

        Args:
            explain: from the action and that part to what there is to say.
        """
        self._decision, self._codes, self._scope = decision, codes, scope
        self._action, self._kept, self._explain, self._missing = action, part, explain, missing
        self._details: Details | None = None
        self._reads: Mapping[str, Any] | None = None
        self._unread: tuple[str, ...] | None = None
        self._notes: tuple[Note, ...] | None = None
        self._prose: Prose | None = None
        # Who decides so says that the version was named, and that the part is the whole of a state still.
        self._named = self._on_whole = False

    def __getstate__(self) -> Any:
        """In another process nothing is worked out any more: all that it says is taken along, and no program."""
        details, reads, unread, notes, part = self.details, self.reads, self.unread, self.notes, self._part_read
        nothing, slots = cast("tuple[None, dict[str, Any]]", super().__getstate__())
        own = {
            "_details": details,
            "_reads": reads,
            "_unread": unread,
            "_notes": notes,
            "_prose": self.prose,
            "_explain": None,
            "_kept": part,
            "_on_whole": False,
            "_scope": self._scope._replace(state=None, reads=None, program=None),
        }
        return nothing, {**slots, **own}

    @property
    def details(self) -> Details:
        """Everything beyond verdict and codes, worked out once."""
        details = self._details
        if details is None:
            # Two threads may both work it out: to the same value, so that it does not matter whose is kept.
            assert self._explain is not None
            details = self._details = self._explain(self._action, self._part)
        return details

    @property
    def _part_read(self) -> dict[str, Any]:
        """What was read of the state, as plain data, and no more of it."""
        if self._on_whole:
            state, reads = self._scope.state, self._scope.reads
            assert state is not None
            assert reads is not None
            self._kept, self._on_whole = part_read(self._part, state, reads, self._action), False
        return self._part

    @property
    def _part(self) -> dict[str, Any]:
        """What explains it: what was read of the state, or the whole of one that was checked; made once."""
        part = self._kept
        if callable(part):
            part = self._kept = part()
        return part

    @property
    def decision(self) -> Verdict:
        """The verdict."""
        return self._decision

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, in the order of the policy."""
        return self._codes

    @property
    def policy(self) -> PolicyVersion:
        """The version of the policy that decided."""
        return self._scope.policy

    @property
    def as_of(self) -> str:
        """The day that the state is of."""
        day: str = self._part["as_of"]
        return day

    @property
    def action(self) -> Mapping[str, Any]:
        """The proposed action, as it was handed in."""
        return copy.deepcopy(self._action)

    @property
    def reads(self) -> Mapping[str, Any]:
        """What was read of the state: JSON pointers (RFC 6901) with their values, for optimistic locking.

        As long as they are the same, and the policy is, the decision holds (`engine.still_holds`). What is not there is
        `None`: a property, an entry, what would come behind a list's last record. A map that was gone through is the
        list of its keys, beside what was read of its entries; an entry that only has to be there is `{}`.
        """
        if self._reads is None:
            state, reads = self._scope.state, self._scope.reads
            assert state is not None
            assert reads is not None
            values = values_read(self._part_read, state, reads, self._action)
            self._reads = {pointer(("state", *path)): value for path, value in values}
        return copy.deepcopy(self._reads)

    @property
    def unread(self) -> tuple[str, ...]:
        """The maps that were read, but not every entry of them: JSON pointers, as `incomplete` takes them."""
        if self._unread is None:
            state, reads = self._scope.state, self._scope.reads
            assert state is not None
            assert reads is not None
            self._unread = tuple(pointer(("state", *path)) for path in maps_read_in_part(self._part_read, state, reads))
        return self._unread

    def record(self, *, id: str | int, at: str) -> dict[str, Any]:
        """A record to keep, as plain data: the policy, the action, what was read, and the answer.

        `seatrules replay` and `seatrules.replay` decide again from it alone.

        Args:
            id: the record's own, by which it is told.
            at: when it was decided, as the caller writes times.
        """
        from .record import record_of  # deciding starts without it

        return record_of(self, id, at)

    @property
    def missing(self) -> tuple[Missing, ...] | None:
        """What was not given and is needed, in partial mode; else nothing."""
        return self._missing

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Each requirement that does not hold, in the order of the policy."""
        return self.details.reasons

    @property
    def outcome(self) -> Outcome | None:
        """What an allowed action is called; nothing where it is not allowed."""
        return self.details.outcome

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """What an allowed action is warned of."""
        return self.details.warnings

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The requirements that fail and are yet to come into force."""
        return self.details.notices

    @property
    def notes(self) -> tuple[Note, ...]:
        """The texts that are none of the words that the policy knows there, whatever the verdict.

        They are of the action, and of what was read of the state; the first hundred, where there are more.
        """
        if self._notes is None:
            scope = self._scope
            if not scope.known and not scope.known_of_state:
                return ()
            of_action = notes_on(self._action, scope.known)
            of_state = notes_on_state(self._part, scope.state, scope.known_of_state)
            self._notes = tuple(islice(chain(of_action, of_state), MOST_NOTES))
        return self._notes

    @property
    def billing(self) -> tuple[Mapping[str, Any], ...]:
        """What is billed: an entry for each event that bills, else one; none where too little is known to tell."""
        return copy.deepcopy(self.details.billing)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """What an allowed action changes, in order."""
        return tuple([effect.own for effect in self.details.effects])

    def patch(self) -> list[dict[str, Any]]:
        """What an allowed action changes as a JSON Patch (RFC 6902) of the state, with pointers from the state's top.

        On the state that was decided on it gives what `engine.apply` does. Whether the state is that one still, it does
        not ask: `engine.still_holds` does.

        Raises:
            NotAllowedError: the decision allows nothing, or is not wholly known.
        """
        if not self.allowed or self.missing:
            raise NotAllowedError(phrase("only_allowed_applied"))
        return patch_of(self.details.effects)

    @property
    def bookings(self) -> Bookings:
        """What of `billing` is booked, each once: what announces a later day is booked by what happens then.

        Nothing where that is not known, or where the policy does not name the key of the day (`booking_day`).
        """
        return self.details.bookings

    @property
    def versions(self) -> tuple[InForce, ...]:
        """The versions that come into force while the action lets time pass: the later events are theirs."""
        return self.details.versions

    @property
    def program(self) -> Program | None:
        """The version that decided; nothing in another process."""
        return self._scope.program

    @property
    def prose(self) -> Prose:
        """The decision as a customer may be sent it."""
        if self._prose is None:
            assert self.program is not None
            naming = Naming.of(self.program, self._part, [self._action])
            self._prose = Prose(bound(decision_sentences, self, naming), self.policy.languages)
        return self._prose

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decision) and self.as_dict() == other.as_dict()

    def __hash__(self) -> int:
        return hash((self._decision, self._codes, self.as_of))

    def __repr__(self) -> str:
        return f"<Decision {' '.join([self._decision, ', '.join(self._codes)]).strip()}>"

    @property
    def allowed(self) -> bool:
        """Whether the action is allowed: never true when anything that a requirement needs is unknown."""
        return self.decision == "allow"

    def explain(self, language: str | None = None, *, audience: Audience = SUPPORT) -> str:
        """The decision in words, in `language` (the policy's first when none is named), as the audience may see it.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        return decision_text(self, self.policy.spoken(language), audience=audience)

    def as_dict(
        self,
        language: str | None = None,
        *,
        audience: Audience = SUPPORT,
        checked: CheckedState | None = None,
        remedies: AsData | None = None,
    ) -> dict[str, Any]:
        """The decision as plain data, its texts in `language` (the policy's first when none is named).

        To an `admin` no places in the policy's files are shown; a `customer` is told in prose; a `user` is told nothing
        of the state but the verdict, the codes with their public lines, and the days of the bill.

        Args:
            checked: what `engine.validate` says of the state, to stand behind the decision.
            remedies: what `engine.remedies` found, to stand at the end.

        Raises:
            UsageError: the policy does not speak the language, or there is no such audience.
        """
        language = self.policy.spoken(language)
        if audience == "customer":
            whole = self._told(language)
        else:
            whole = self._whole(language, audience) if sees_others(audience) else self._public(language)
        if sees_others(audience) and (notes := self.notes):
            whole["notes"] = [note.as_dict(language) for note in notes]
        if checked is not None:
            whole |= checked.as_dict(language, audience=audience)
        if remedies is not None:
            whole["remedies"] = remedies.as_dict(language, audience=audience)
        return whole

    def _told(self, language: str) -> dict[str, Any]:
        """What a customer is told."""
        return {"decision": self._decision, **self.prose.as_dict(language), "as_of": self.as_of}

    def _public(self, language: str) -> dict[str, Any]:
        """What a user is told; of several reasons with one code, the code once."""
        details = self.details
        return {
            "decision": self._decision,
            "reasons": _public_reasons(details.reasons, language),
            "outcome": details.outcome.as_public_dict(language) if details.outcome else None,
            "warnings": _public_reasons(details.warnings, language),
            "notices": [{**notice.as_public_dict(language), "from": notice.since} for notice in details.notices],
            "billing": [bill for bill in public_bills(details.billing) if len(bill) > 1],
            "policy": self.policy.as_dict(),
            "as_of": self.as_of,
        }

    def _whole(self, language: str, audience: Audience) -> dict[str, Any]:
        details = self.details
        whole: dict[str, Any] = {
            "decision": self._decision,
            "reasons": _as_data(details.reasons, language, audience),
            "outcome": details.outcome.as_dict(language, audience=audience) if details.outcome else None,
            "warnings": _as_data(details.warnings, language, audience),
            "notices": [notice.as_dict(language) for notice in details.notices] if details.notices else [],
            "billing": billing_as_data(details.billing),
            "effects": [effect.as_dict() for effect in details.effects],
            "policy": self.policy.as_dict(),
            "as_of": self.as_of,
            "bookings": None if details.bookings is None else [each.as_dict() for each in details.bookings],
        }
        if details.versions:
            whole["versions"] = [each.as_dict() for each in details.versions]
        if self.missing is not None:
            whole["missing"] = [missing.as_dict() for missing in self.missing]
        return whole


def _as_data(reasons: tuple[Reason, ...], language: str, audience: Audience) -> list[dict[str, Any]]:
    return [reason.as_dict(language, audience=audience) for reason in reasons] if reasons else []


def _public_reasons(reasons: tuple[Reason, ...], language: str) -> list[dict[str, str]]:
    return list({reason.code: reason.as_public_dict(language) for reason in reasons}.values())
