"""Facts: each typed when it is first needed, so that they may stand in any order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ..language import tree as t
from ..language.interpret import FactBody
from ..language.names import Names, Signature
from ..language.parse import CAUSED_ELSEWHERE, ExpressionError
from ..language.types import Integer, known
from ..nodes import Scalar
from ..policy.written import Entry
from .bind import Binder

MAX_SIZE = 5000
MAX_DEPTH = 100
"""How deep a fact and those that it calls may nest: what computes them recurses."""


class Facts(Mapping[str, Signature]):
    """What each fact takes and gives; `bodies` is what those that are right compute, `names` what they may read."""

    def __init__(self, binder: Binder, names: Names) -> None:
        self.binder = binder
        self.names = names._replace(facts=self)
        self.entries = binder.written.named["facts"]
        self.signatures: dict[str, Signature | None] = {}
        self.bodies: dict[str, FactBody] = {}
        self.sizes: dict[str, int] = {}
        self.depths: dict[str, int] = {}
        self.being_typed: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __getitem__(self, name: str) -> Signature:
        if name in self.being_typed:
            circle = " -> ".join([*self.being_typed[self.being_typed.index(name) :], name])
            self.binder.problems.error(
                "recursive-fact", f"facts do not recurse: {circle}", self.entries[self.being_typed[-1]].span
            )
            self.signatures[name] = None
        if name not in self.signatures:
            self.being_typed.append(name)
            signature = self._signature(self.entries[name])
            self.signatures.setdefault(name, signature)
            self.being_typed.pop()
        signature = self.signatures[name]
        if signature is None:
            raise ExpressionError(CAUSED_ELSEWHERE, f"`{name}` is wrong itself", 0)
        return signature

    def type_all(self) -> None:
        """Type the facts that nothing has asked for yet, so that each is checked."""
        for name in self:
            with suppress(ExpressionError):
                self[name]

    def _signature(self, entry: Entry) -> Signature | None:
        where = f"fact `{entry.name}`"
        self.binder.languages(entry.child("meaning"), where)
        names, parameters = self.names, {}
        for name, span, node in entry.pairs("given"):
            kind = self.binder.type_named(node, where) if isinstance(node, Scalar) else None
            if kind is None:
                return None
            if not self.binder.free(name, span, self.names, where):
                return None
            parameters[name] = kind
            names = names.bind(name, kind)
        scalar = entry.scalar("is")
        assert scalar is not None
        gives = entry.scalar("gives")
        kind = None if gives is None else self.binder.type_named(gives, where)
        body = self.binder.expression(scalar, names, kind, where)
        if body is None or (gives is not None and kind is None):
            return None
        self.sizes[entry.name] = size = self._size(body)
        if size > MAX_SIZE:
            message = f"{where}: with the facts that it calls, it has more than {MAX_SIZE} parts"
            self.binder.problems.error("too-large", message, scalar.span, help="call fewer facts from it")
            return None
        self.depths[entry.name] = depth = self._depth(body)
        if depth > MAX_DEPTH:
            message = f"{where}: with the facts that it calls, it nests more than {MAX_DEPTH} deep"
            help_text = "let fewer facts call one another in a row"
            self.binder.problems.error("too-deep", message, scalar.span, help=help_text)
            return None
        self.bodies[entry.name] = FactBody(tuple(parameters), body)
        given = body.type if kind is None or isinstance(known(kind), Integer) else kind
        return Signature(parameters, given, body)

    def _size(self, expr: t.Expr) -> int:
        """How many parts an expression has, those of the facts that it calls included."""
        called_size = self.sizes.get(expr.fact, 0) if isinstance(expr, t.Call) else 0
        return 1 + called_size + sum(map(self._size, t.children(expr)))

    def _depth(self, expr: t.Expr) -> int:
        """How deep an expression nests, the facts that it calls included."""
        called_depth = self.depths.get(expr.fact, 0) if isinstance(expr, t.Call) else 0
        return 1 + max((called_depth, *map(self._depth, t.children(expr))))
