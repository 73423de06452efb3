"""What is found of a policy's promises, and where it shows."""

from __future__ import annotations

from dataclasses import dataclass

from .exploration import Action, Spot


@dataclass(frozen=True, slots=True)
class Witness:
    """Where a finding shows: a state, and an action on it where there is one."""

    spot: Spot
    action: Action | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A promise that is not kept; `name` is what the policy lists among its `kind`, or nothing where it is of all."""

    code: str
    kind: str
    name: str
    message: str
    help: str
    witness: Witness | None
