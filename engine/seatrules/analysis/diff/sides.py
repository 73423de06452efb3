"""Finds the two policies that are compared, and which version of the one is compared with which of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ...diagnostics import echo, in_a_list
from ...engine import Engine
from ...errors import UsageError, unknown
from ...files import scratch_folder
from ...language.days import add_days
from ...loading import compile_place, read_versions
from ...policy.folders import HEADER
from ...policy.locate import Attached, Place, attached_at, attached_unpacked, find, is_zip, shipped
from ...policy.written import Written
from ...words import phrase
from .revisions import extension_at, policy_at


@dataclass(frozen=True)
class Side:
    """One of the two policies: where it lies, and the engine of its versions."""

    place: Place
    engine: Engine

    @property
    def name(self) -> str:
        """What the policy is called in its own files."""
        return next(iter(self.engine.programs.values())).name

    @property
    def shown(self) -> str:
        """How people name what is compared."""
        return f"{self.place.name}/{self.place.version}" if self.place.version else self.place.name

    @cached_property
    def written(self) -> Mapping[str, Written]:
        """Its versions as written, by their names."""
        return {each.version: each for each in read_versions(self.place)[0]}

    def in_force(self, day: str) -> str | None:
        """The version that decides on a day, if there is one."""
        begun = [name for name, each in self.engine.programs.items() if each.effective_from <= day]
        return begun[-1] if begun else None


class Pair(NamedTuple):
    """Two versions that are compared, on the days on which the one would decide in the place of the other.

    `first` and `last` are these days, nothing where there is no such end, or where the versions were named. A version
    that is nothing is one that there is not on those days.
    """

    old: str | None
    new: str | None
    first: str | None = None
    last: str | None = None

    @property
    def title(self) -> str:
        """What a reader knows the two by."""
        if self.old == self.new:
            return str(self.old)
        return f"{self.old or 'no version'} -> {self.new or 'no version'}"


@contextmanager
def two_sides(
    old: str,
    new: str,
    *,
    policy: str | None,
    version: str | None,
    settings: Mapping[str, Any],
    extensions: tuple[Sequence[str], Sequence[str]],
) -> Iterator[tuple[Side, Side]]:
    """Both policies, for as long as what was taken out of git for them is needed.

    Args:
        policy: the one of which `old` and `new` may name versions.
        version: the version that is compared; all where none is named.
        extensions: folders of what the old and the new one are read with.

    Raises:
        UsageError: one of them is not there, or they are of two names.
        PolicyError: a policy is wrong.
        FileError: files can't be read.
    """
    with ExitStack() as stack:
        places = [
            _unpacked(_place(text, policy, stack), stack)._replace(
                extensions=tuple(_attached(each, stack) for each in of_side)
            )
            for text, of_side in zip((old, new), extensions, strict=True)
        ]
        named = version or (places[0].version or places[1].version if None in (p.version for p in places) else None)
        sides = [_side(_narrowed(place, named), settings) for place in places]
        if sides[0].name != sides[1].name:
            message = phrase("two_policies", old=sides[0].name, new=sides[1].name)
            raise UsageError("two-policies", message, suggestion=phrase("name_one_policy"))
        yield sides[0], sides[1]


def _side(place: Place, settings: Mapping[str, Any]) -> Side:
    return Side(place, Engine.of(compile_place(place, settings)))


def _narrowed(place: Place, version: str | None) -> Place:
    """The version of a place that is asked for; one that names its own keeps it."""
    if version is None or place.version:
        return place
    if version not in place.versions:
        message = phrase("no_version_of", version=echo(version), name=place.name)
        raise unknown("version", version, place.versions, message)
    return place._replace(version=version)


def _place(text: str, policy: str | None, stack: ExitStack) -> Place:
    if Path(text).exists() or ("/" not in text and ":" not in text and (shipped() / text).is_dir()):
        return find(text)
    if ":" in text:
        return policy_at(text, stack.enter_context(scratch_folder()))
    versions = find(policy)
    if text in versions.versions:
        return versions._replace(version=text)
    above = Path(text).parent
    if "/" in text and any(above.glob(f"*/{HEADER}")):
        return _narrowed(find(above), Path(text).name)
    names = in_a_list(versions.versions)
    mend = phrase("name_side", policy=versions.name, names=names)
    raise UsageError("unknown-policy", phrase("no_side", name=echo(text)), suggestion=mend)


def _unpacked(place: Place, stack: ExitStack) -> Place:
    """The policy in a folder, with its suites: their cases are asked of both; not one without a name for that."""
    if place.held is None or not place.may_be_unpacked:
        return place
    return place.unpacked(stack.enter_context(scratch_folder(place.name)))


def _attached(text: str, stack: ExitStack) -> Attached:
    if ":" in text and not Path(text).exists():
        return extension_at(text, stack.enter_context(scratch_folder()))
    if is_zip(Path(text)):
        return attached_unpacked(Path(text), stack.enter_context(scratch_folder(str(Path(text).parent))))
    return attached_at(Path(text))


def pairs(old: Side, new: Side) -> list[Pair]:
    """The versions to compare: those that are named, else those that decide on the same days, in order."""
    if old.place.version and new.place.version:
        return [Pair(old.place.version, new.place.version)]
    days = sorted({each.effective_from for side in (old, new) for each in side.engine.programs.values()})
    joined: list[Pair] = []
    for first, following in zip(days, [*days[1:], None], strict=True):
        last = None if following is None else add_days(following, -1)
        pair = Pair(old.in_force(first), new.in_force(first), first, last)
        if joined and joined[-1][:2] == pair[:2]:
            joined[-1] = joined[-1]._replace(last=last)
        else:
            joined.append(pair)
    return joined
