"""What is known of the terms of conditions: which values are left for each, and how two of them compare."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

_ALL = frozenset("<=>")


@dataclass(frozen=True)
class Domain:
    """The values that are left for a term: between two ends, where it is ordered, or some; without those left out."""

    least: Any = None
    most: Any = None
    among: frozenset[Any] | None = None
    left_out: frozenset[Any] = frozenset()

    @property
    def is_ordered(self) -> bool:
        """Whether it has ends."""
        return self.least is not None

    @property
    def is_empty(self) -> bool:
        """Whether no value is left."""
        if self.is_ordered:
            return bool(self.least > self.most or (self.least == self.most and self.least in self.left_out))
        return self.among is not None and not self.among - self.left_out

    def within(self, least: Any, most: Any) -> Domain:
        """What is left between two ends, where it is ordered."""
        if not self.is_ordered:
            return self
        return replace(self, least=max(self.least, least), most=min(self.most, most))

    def only(self, values: frozenset[Any]) -> Domain:
        """What is left of it where it is one of some values."""
        if self.is_ordered:
            return self.within(min(values), max(values)) if values else replace(self, among=values, least=None)
        return replace(self, among=values if self.among is None else self.among & values)

    def without(self, values: frozenset[Any]) -> Domain:
        """What is left of it where it is none of some values."""
        return replace(self, left_out=self.left_out | values)


def _possible(one: Domain, other: Domain) -> frozenset[str]:
    """How a value of the one may compare with a value of the other."""
    if one.is_ordered and other.is_ordered:
        same = one.least <= other.most and other.least <= one.most
        return frozenset(
            sign for sign, may in (("<", one.least < other.most), ("=", same), (">", one.most > other.least)) if may
        )
    if one.among is None or other.among is None:
        return _ALL
    first, second = one.among - one.left_out, other.among - other.left_out
    if not first & second:
        return _ALL - {"="}
    return frozenset("=") if first == second and len(first) == 1 else _ALL


@dataclass
class ProofCase:
    """What is known in one case, by the numbers of terms; of two terms the one with the less number stands first."""

    domains: dict[int, Domain] = field(default_factory=dict)
    truths: dict[int, bool] = field(default_factory=dict)
    relations: dict[tuple[int, int], frozenset[str]] = field(default_factory=dict)

    def copy(self) -> ProofCase:
        """The same, to go on from."""
        return ProofCase(dict(self.domains), dict(self.truths), dict(self.relations))

    def relate(self, left: int, right: int, signs: frozenset[str]) -> None:
        """Note how two terms have to compare."""
        if left > right:
            left, right, signs = right, left, frozenset(sign.translate(_TURNED) for sign in signs)
        self.relations[left, right] = self.relations.get((left, right), _ALL) & signs

    def is_impossible(self) -> bool:
        """Whether nothing is left for a term, once each narrowed those that it is compared with."""
        for _ in range(3):
            if not all(self._narrowed(*pair, signs) for pair, signs in self.relations.items()):
                return True
        return any(domain.is_empty for domain in self.domains.values())

    def _narrowed(self, left: int, right: int, signs: frozenset[str]) -> bool:
        """Whether two terms can compare as they have to; each is narrowed to what the other leaves of it."""
        one, other = self.domains[left], self.domains[right]
        if one.is_empty or other.is_empty or not (possible := signs & _possible(one, other)):
            return False
        if one.is_ordered and other.is_ordered:
            if ">" not in possible:
                one, other = one.within(one.least, other.most), other.within(one.least, other.most)
            if "<" not in possible:
                one, other = one.within(other.least, one.most), other.within(other.least, one.most)
            self.domains[left], self.domains[right] = one, other
        return True


_TURNED = str.maketrans("<>", "><")
