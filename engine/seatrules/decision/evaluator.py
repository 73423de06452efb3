"""What every evaluator is to an engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from ..program import Program
from .values import Decision


class Evaluator(Protocol):
    """Decides requests by one version of a policy; safe to share by threads."""

    @property
    def program(self) -> Program:
        """The version that it decides by."""
        ...

    def decide(
        self,
        action: Mapping[str, Any],
        state: Mapping[str, Any],
        *,
        partial: bool = False,
        incomplete: Sequence[str] = (),
        later: Collection[Program] = (),
    ) -> Decision:
        """The decision on a proposed action on an account state, whatever is handed in.

        Args:
            later: the versions that come into force after this one, in order. Where the action lets time pass, events
                are those of the version in force on their own day. It is left out where there are none.

        Raises:
            RequestError: the action or the state is not well formed.
            UsageError: the evaluator has no partial mode, or what is `incomplete` is no map or list of the state.
        """
        ...

    def allows(self, action: Mapping[str, Any], state: Mapping[str, Any], *, later: Collection[Program] = ()) -> bool:
        """Whether the action is allowed: `decide(...).allowed`, perhaps in less time.

        Raises:
            RequestError: the action or the state is not well formed.
        """
        ...
