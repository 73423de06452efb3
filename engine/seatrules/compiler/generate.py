"""Generates, for each action, one Python function that checks what it reads and asks every requirement.

The function is optimistic: whatever is out of the ordinary (a value of another type, a key that is not there, an effect
that would not fit) makes it return nothing, and the plain reference decides. So it never has to explain anything, and
nothing that it leaves out can make an answer milder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ..language import tree as t
from ..language.functions import OutOfRangeError
from ..language.types import Integer, ListOf, Record, Type, known, of_records, record_of
from .code import UnsupportedError, defined
from .program import ActionProgram, Clause, Program
from .reading import RequestReader, out_of_bounds
from .reads import WHOLE, Reader, Reads

Found = tuple[dict[str, Any], dict[str, Any], tuple[int, ...], tuple[str, ...]]
"""What was read of the state and of the action, and the numbers and the codes of the rules that fail."""
MAX_ITEMS = 100_000
"""The most entries that an effect may leave in a list."""
ODD = (KeyError, TypeError, ValueError, AttributeError, IndexError, OutOfRangeError, RecursionError)


def generate(program: Program, action: ActionProgram) -> Callable[[Any, Any], Found | None]:
    """The function for an action: from a state and an action to what was read of both, with the rules that fail.

    It returns nothing where the reference has to decide.
    """
    return _generated(program, action, explains=True)


def generate_verdict(program: Program, action: ActionProgram) -> Callable[[Any, Any], bool | None]:
    """The function for an action: from a state and an action to whether it is allowed.

    It returns nothing where the reference has to decide.
    """
    return _generated(program, action, explains=False)


def _generated(program: Program, action: ActionProgram, *, explains: bool) -> Callable[[Any, Any], Any]:
    try:
        counting = _Verdict(program, action, None, explains=explains)
        counting.write()
        writer = _Verdict(program, action, counting.counted, explains=explains)
        writer.write()
        return _function(f"{program.name} {program.version} {action.name}", "state, action", writer)
    except (UnsupportedError, RecursionError):
        return _left_to_the_reference


def _left_to_the_reference(*_: Any) -> None:
    return None


def generate_check(program: Program) -> Callable[[Any], bool | None]:
    """The function that checks a whole state: it returns nothing where that is not valid, or where it can't tell."""
    writer = RequestReader(program, copies=False)
    name = f"{program.name} {program.version} state"
    try:
        writer.record("state", program.state, WHOLE)
        writer.line("return True")
        return _function(name, "state", writer)
    except UnsupportedError:
        return _left_to_the_reference


def _function(name: str, parameters: str, writer: RequestReader) -> Callable[..., Any]:
    lines = [" try:", *writer.lines, " except ODD:", "  return None"]
    return defined(name, parameters, lines, writer.space | {"ODD": ODD})


class _Claim(NamedTuple):
    """A path that is changed: its names, with `*` for a key, and the key's code where it is known beforehand."""

    shape: tuple[str, ...]
    key: str | None


class _Verdict(RequestReader):
    def __init__(self, program: Program, action: ActionProgram, often: Counter[str] | None, *, explains: bool) -> None:
        super().__init__(program, often, copies=explains)
        self.action, self.explains = action, explains

    def write(self) -> None:
        """Read the request, ask every requirement, and make sure that what is allowed can be carried out."""
        self.arguments(self.action)
        self.state = self.record("state", self.program.state, read_by(self.program, self.action))
        snapshot, head = self.snapshot, len(self.lines)
        if self.action.time_to is not None:
            self.refuse_if(f"{self.argument(self.action.time_to)} < {self.day}")
        self.line("failed = codes = ()")
        for index, rule in enumerate(self.action.rules):
            if rule.severity == "denial":
                self.rule(index, rule)
            if rule.severity == "warning" or rule.effective_from is not None:
                self.computed(rule)
        self.line(f"found = ({snapshot}, dict(action), failed, codes)" if self.explains else "found = not failed")
        self.line("if failed: return found")
        head_of_allowed = len(self.lines)
        try:
            if self.action.time_to is None:
                self.allowed()
            self.line("return found")
        except UnsupportedError:
            del self.lines[head_of_allowed:]
            self.depth = 1
            self.line("return None")
        self.lines[head:head] = [f"  {name} = MISSING" for name in self.kept.values()]

    def rule(self, index: int, rule: Clause) -> None:
        """One requirement: where it applies and fails, its number and its code are noted."""
        if (fails := self.fails(rule)) is not None:
            in_force = self.in_force(rule)
            self.line(f"if {' and '.join((*in_force, fails))}: failed += ({index},); codes += ({rule.code!r},)")

    def computed(self, rule: Clause) -> None:
        """Compute what a warning or a notice asks where that may fail."""
        if any(map(self.may_fail, (*rule.require, *([] if rule.when is None else [rule.when])))):
            applies = "True" if rule.when is None else self.code(rule.when, {})
            self.line(f"if {applies}: {', '.join(self.code(item, {}) for item in rule.require)}")

    def allowed(self) -> None:
        """Make sure, for an action that is allowed, that what it does can be carried out."""
        claims: list[_Claim] = []
        for clause in self.action.consequences:
            if clause.when is None or self.settled(clause.when) is not False:
                self.consequence(clause, claims)
        for index, first in enumerate(claims):
            for second in claims[index + 1 :]:
                self.keep_apart(first, second)
        self.outcomes()

    def keep_apart(self, first: _Claim, second: _Claim) -> None:
        """Leave it to the reference when two changes may be of one path, or of one within the other."""
        shorter, longer = sorted((first.shape, second.shape), key=len)
        if longer[: len(shorter)] != shorter or shorter[-1] == "+":  # what is appended has a place of its own
            return
        if "*" not in shorter or first.key is None or second.key is None:
            raise UnsupportedError
        self.refuse_if(f"{first.key} == {second.key}")

    def consequence(self, clause: Clause, claims: list[_Claim]) -> None:
        """Make sure that what a clause sets fits, and note what it claims."""
        over = None if clause.loop is None else clause.loop.over
        if over is not None and isinstance(known(over.type), ListOf) and not of_records(over.type):
            listed = self.code(over, {})
            self.refuse_if(f"len(set({listed})) != len({listed})")
        with self.applying(clause) as local:
            for value, kind in _values(clause):
                self.fitting(value, known(kind), local)
        for path in (*(path for path, _ in clause.changes), *clause.removals):
            shape, key = self.shape(path, local, clause.loop)
            claims.append(_Claim(shape, None if clause.loop is not None else key))
        for path, _ in clause.appends:
            if isinstance(path, t.Index):
                claims.append(self.new_entry(path, clause))
            else:
                shape, key = self.shape(path, local, clause.loop)
                claims.append(_Claim((*shape, "+"), None if clause.loop is not None else key))

    def fitting(self, value: t.Expr, kind: Type, local: Mapping[str, Any]) -> None:
        """Make sure that a new value may stand where it is put."""
        is_list = isinstance(kind, ListOf) and not of_records(kind)
        if not (is_list or isinstance(kind, Integer) or self.may_fail(value)):
            return
        found = self.assigned(self.code(value, local))
        if isinstance(kind, Integer):
            self.refuse_if(f"{found} is not None and ({out_of_bounds(found, kind)})")
        elif isinstance(kind, ListOf):
            twice = f" or len(set({found})) != len({found})" if kind.unique else ""
            self.refuse_if(f"{found} is not None and (len({found}) > {MAX_ITEMS}{twice})")

    def new_entry(self, path: t.Index, clause: Clause) -> _Claim:
        """Make sure that the key of a new entry is not taken."""
        if clause.loop is not None or not isinstance(path.of, t.Property):
            raise UnsupportedError
        key = self.code(path.keys[0], {})
        self.refuse_if(f"{key} in state[{path.of.name!r}]")
        return _Claim((path.of.name, "*"), key)

    def shape(self, path: t.Expr, local: Mapping[str, Any], loop: t.Loop | None) -> tuple[tuple[str, ...], str | None]:
        """A path without its key, and the key's code: two paths are one only if both are the same."""
        match path:
            case t.Property(name=name):
                return (name,), None
            case t.Role(value=value):
                return self.shape(value, local, loop)
            case t.Local() if loop is not None and of_records(loop.over.type):
                return (*self.shape(loop.over, local, None)[0], "*"), None
            case t.Field(of=of, name=name):
                shape, key = self.shape(of, local, loop)
                return (*shape, name), key
            case t.Index(of=t.Property(name=name), keys=(key,)):
                return (name, "*"), self.code(key, local)
        raise UnsupportedError

    def outcomes(self) -> None:
        """Compute what the outcome bills where that may fail."""
        if not any(self.may_fail(value) for outcome in self.action.outcomes for value in outcome.billing.values()):
            return
        word = "if"
        for outcome in self.action.outcomes:
            with self.block(f"{word} {self.code(outcome.when, {}) if outcome.when is not None else 'True'}:"):
                self.line("pass")
                for value in outcome.billing.values():
                    if self.may_fail(value):
                        self.line(self.code(value, {}))
            word = "elif"


def _values(clause: Clause) -> Iterator[tuple[t.Expr, Type]]:
    """The new values that a clause sets, and those in the records that it appends, with the type of their place."""
    yield from ((value, path.type) for path, value in clause.changes)
    for path, item in clause.appends:
        if not isinstance(item, t.Expr):
            record = path.type.item if isinstance(path.type, ListOf) else record_of(path.type)
            assert isinstance(record, Record)
            yield from ((value, record.fields[name]) for name, value in item.items())


def read_by(program: Program, action: ActionProgram) -> Reads:
    """What an action may read of the state; where time passes, events may read all of it."""
    if action.time_to is not None:
        return WHOLE
    if action.name not in program.reads:
        # Two threads may both find it out: to the same end, so that it does not matter whose is kept.
        clauses = [*action.rules, *action.consequences, *action.outcomes]
        program.reads[action.name] = Reader(program.facts).clauses(clauses)
    return program.reads[action.name]
