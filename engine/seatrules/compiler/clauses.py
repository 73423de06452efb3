"""Rules, consequences, outcomes, events, invariants, goals and an overview: one family, bound in one way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..diagnostics import Diagnostic, echo, nearest
from ..language import tree as t
from ..language.check import check_loop
from ..language.names import Anything, Names
from ..language.parse import ExpressionError
from ..language.text import Message
from ..language.types import (
    Boolean,
    Date,
    EntryOf,
    Integer,
    ListOf,
    MapOf,
    Maybe,
    Record,
    Table,
    Text,
    Translated,
    Type,
    known,
)
from ..nodes import MappingNode, Scalar
from ..policy.kinds import CODES, singular
from ..policy.written import Entry
from ..problems import Problems
from ..program import Clause, Requirement
from ..program.clause import Bill
from ..program.program import OLD
from .bind import Binder
from .changes import bind_changes
from .codes import WORDS_BELOW, group_of, line_of


def bind_per_action(
    binder: Binder, kind: str, entry: Entry, actions: Mapping[str, Names], names: Names
) -> dict[str, Clause]:
    """The clause bound for each action that it names; `names` are those known without an action.

    For an action that is not there, it is checked as for the one that seems to be meant, or without its arguments.
    """
    bound = {}
    every, by_action = binder.problems, list[tuple[Scalar, Problems]]()
    about = _about(binder, entry) if kind == "rules" else {}
    bulk = {name: each for name, each in binder.written.named["actions"].items() if "each" in each.value}
    for scalar in entry.scalars("actions"):
        if scalar.text in bulk:
            of = bulk[scalar.text].value["each"]
            message = (
                f"{singular(kind)} `{entry.name}` names `{scalar.text}`, which is `{echo(of)}` for each of several"
            )
            binder.problems.error(
                "wrong-each", message, scalar.span, help=f"name `{echo(of)}`: what is of it is of both"
            )
        elif not binder.is_known(scalar, actions, "unknown-action", "there is no action `{}`".format, lists=True):
            if not binder.written.may_lack("actions"):
                meant = nearest(scalar.text, actions)
                bind_clause(binder, kind, entry, actions[meant] if meant else names._replace(broken=Anything()))
        else:
            binder.problems = Problems()
            by_action.append((scalar, binder.problems))
            if clause := bind_clause(binder, kind, entry, actions[scalar.text]):
                bound[scalar.text] = clause._replace(about=about.get(scalar.text))
            binder.problems = every
    every.take(_of_some_actions(by_action))
    return bound


def _of_some_actions(by_action: list[tuple[Scalar, Problems]]) -> Iterator[Diagnostic]:
    """What is wrong with a clause; where it is so for some of its actions alone, with the place that names one."""
    times = Counter((each.span.sort_key, each.code, each.message) for _, of in by_action for each in of.sorted)
    for scalar, of in by_action:
        for each in of.sorted:
            of_all = times[each.span.sort_key, each.code, each.message] == len(by_action)
            yield each if of_all else each._replace(notes=(*each.notes, (scalar.span, "for this action")))


def bind_clause(binder: Binder, kind: str, entry: Entry, names: Names) -> Clause | None:
    """The clause where these names hold, or nothing after noting what is wrong with it.

    Where its `for` or `when` is wrong, errors in the rest that only follow from that are not reported.
    """
    errors_before = binder.problems.error_count
    where = f"{singular(kind)} `{entry.name}`"
    binder.languages(entry.child("meaning"), where)
    cites = binder.cites(entry)
    loop, on, when = None, None, None
    if scalar := entry.scalar("for"):
        loop, inside = _loop(binder, scalar, _without_state(names) if kind == "goals" else names, where)
        names = inside._replace(state=names.state, facts=names.facts)
    if scalar := entry.scalar("on"):
        on = binder.expression(scalar, names, Maybe(Date()), where)
    if scalar := entry.scalar("when"):
        when = binder.expression(scalar, names, Boolean(), where)
        names = names._replace(present=Anything()) if when is None else names.where(when)
    assert isinstance(entry.node, MappingNode)
    clause = Clause(kind, entry.name, entry.node.entries["id"][0], cites, when, loop=loop, on=on)
    if kind == "rules":
        clause = _rule(binder, clause, entry, names, where)
    elif kind == "invariants":
        texts = binder.texts(entry.child("message"), names, where)
        clause = _requiring(clause, _requirements(binder, entry.scalars("require"), names, where))._replace(
            message=texts, severity=entry.value.get("severity", "error")
        )
        clause = clause._replace(beside=_beside(binder, entry, clause, where))
    elif kind == "goals":
        clause = _requiring(clause, _requirements(binder, entry.scalars("some"), names, where))
    elif kind == "overview":
        clause = clause._replace(message=binder.texts(entry.child("message"), names, where))
    else:
        clause = clause._replace(
            **_words(binder, kind, entry, names, where),
            billing=tuple(_bill(binder, each, names, where) for each in entry.entries("billing")),
            **bind_changes(binder, entry, names, where, loop),
        )
    is_incomplete = any(bound is None and entry.child(key) for key, bound in (("for", loop), ("when", when)))
    return None if is_incomplete or binder.problems.error_count > errors_before else clause


def _loop(binder: Binder, scalar: Scalar, names: Names, where: str) -> tuple[t.Loop | None, Names]:
    """The loop and the names inside it; where it is wrong, nothing is known of them."""
    try:
        loop, inside = check_loop(scalar.text, names)
        binder.has_bound(scalar, names, (loop.over, loop.condition))
        return loop, inside
    except ExpressionError as error:
        binder.note(error, scalar, where)
        binder.has_bound(scalar, names, ())
        return None, names._replace(broken=Anything(), present=Anything())


def _without_state(names: Names) -> Names:
    """The names without the state: a goal is for the same entries on every state, since it is about all of them."""
    return names._replace(state=names.state.replaced(fields={}, required=frozenset()), facts={})


def _rule(binder: Binder, clause: Clause, entry: Entry, names: Names, where: str) -> Clause:
    effective = entry.value.get("effective", {})
    if effective.get("from", "") >= effective.get("until", "~"):
        message, span = f"{where}: `until` is not after `from`", entry.place("effective", "until")
        binder.problems.error("bad-date", message, span, help="`until` is the day after the last")
    requirements = _requirements(binder, entry.scalars("require"), names, where)
    return _requiring(clause, requirements)._replace(
        severity=entry.value.get("severity", "denial"),
        **_words(binder, clause.kind, entry, names, where),
        effective_from=effective.get("from"),
        effective_until=effective.get("until"),
    )


def _about(binder: Binder, entry: Entry) -> dict[str, str]:
    """What a rule says that it is about, by the actions that it names; a warning denies nothing."""
    pairs, named = entry.pairs("otherwise", "about"), [scalar.text for scalar in entry.scalars("actions")]
    if pairs and entry.value.get("severity") == "warning":
        message = f"rule `{entry.name}`: a warning denies nothing, so that nothing has to be mended"
        binder.problems.error("wrong-about", message, pairs[0][1], help="leave `about` out")
    for name, span, _ in pairs:
        not_named = f"rule `{entry.name}`: it does not name the action `{{}}`".format
        binder.is_known(Scalar(name, span), named, "unknown-action", not_named, lists=True)
    return {name: node.text for name, _, node in pairs if isinstance(node, Scalar)}


def _requirements(binder: Binder, scalars: Iterable[Scalar], names: Names, where: str) -> tuple[Requirement, ...]:
    bound = ((binder.expression(scalar, names, Boolean(), where), scalar.span) for scalar in scalars)
    return tuple(Requirement(expr, span) for expr, span in bound if expr is not None)


def _requiring(clause: Clause, require: tuple[Requirement, ...]) -> Clause:
    """The clause with what it requires, and that as one expression: `not when or (all of require)`."""
    holds = _joined("and", [requirement.expr for requirement in require]) if require else None
    if holds is not None and clause.when is not None:
        holds = _joined("or", [t.Not(Boolean(), f"not ({clause.when.text})", clause.when), holds])
    return clause._replace(require=require, holds=holds)


def of_a_state(invariant: Clause) -> Clause | None:
    """What an invariant requires of a state by itself, without what compares it with the state before a step."""
    loop = () if invariant.loop is None else (invariant.loop.over, invariant.loop.condition)
    if any(expr is not None and _reads_old(expr) for expr in (*loop, invariant.when)):
        return None
    require = tuple(requirement for requirement in invariant.require if not _reads_old(requirement.expr))
    return _requiring(invariant, require) if require else None


def _reads_old(expr: t.Expr) -> bool:
    return any(isinstance(part, t.Property) and part.name == OLD for part in t.parts(expr))


def _joined(op: str, items: list[t.Expr]) -> t.Expr:
    if len(items) == 1:
        return items[0]
    return t.Logic(Boolean(), f" {op} ".join(f"({item.text})" for item in items), op, items)


def _beside(binder: Binder, entry: Entry, clause: Clause, where: str) -> tuple[str, ...]:
    """The codes of reasons beside which alone an invariant is asked."""
    codes = entry.scalars("beside")
    if codes and clause.severity != "warning":
        message = f"{where}: `beside` is for an invariant of severity `warning`"
        help_text = "a state that breaks an error is not decided on: say `severity: warning`, or leave `beside` out"
        binder.problems.error("wrong-beside", message, codes[0].span, help=help_text)
    if codes and any(_reads_old(expr) for expr in clause.expressions):
        message = f"{where}: what is said `beside` a reason is of one state, and this reads `{OLD}`"
        binder.problems.error("wrong-beside", message, codes[0].span, help="leave `beside` out, or `old`")
    return tuple(code for scalar in codes if (code := _code(binder, scalar, "reasons", where)) is not None)


def _words(binder: Binder, kind: str, entry: Entry, names: Names, where: str) -> dict[str, Any]:
    """The code and the message of an entry; without a message the code's line is one."""
    group, below = group_of(kind, entry), WORDS_BELOW.get(kind, ())
    code, written = _code(binder, entry.scalar(*below, "code"), group, where), entry.child(*below, "message")
    message = binder.texts(written, names, where)
    if code is not None and written is None:
        message = {language: Message((line,)) for language, line in line_of(binder.written, group, code).items()}
    return {"code": code, "message": message}


def _code(binder: Binder, scalar: Scalar | None, group: str, where: str) -> str | None:
    if scalar is None:
        return None
    known = binder.written.named[CODES[group]]
    is_known = binder.is_known(
        scalar,
        known,
        "unknown-code",
        lambda name: f"{where}: `{name}` is not among the codes of {group}",
        otherwise="declare it in codes.yaml",
    )
    return scalar.text if is_known else None


def _bill(binder: Binder, entry: Entry, names: Names, where: str) -> Bill:
    """One entry of what is billed, with the loop's name and what its `when` makes sure of known in the rest."""
    loop, when = None, None
    if scalar := entry.scalar("for"):
        loop, names = _loop(binder, scalar, names, where)
    if scalar := entry.scalar("when"):
        when = binder.expression(scalar, names, Boolean(), where)
        names = names._replace(present=Anything()) if when is None else names.where(when)
    return Bill(_billed_values(binder, entry, names, where), loop, when)


def _billed_values(binder: Binder, entry: Entry, names: Names, where: str) -> dict[str, t.Expr]:
    billing: dict[str, t.Expr] = {}
    for key, _, node in entry.pairs():
        if key in ("for", "when") or not isinstance(node, Scalar):
            continue
        if key == "change":
            words = binder.written.header.value["billing_changes"]
            binder.is_known(
                node,
                words,
                "unknown-billing-change",
                lambda name: f"{where}: `{name}` is no billing change",
                lists=True,
            )
            billing[key] = t.Literal(Text(), node.text, node.text)
        elif (expr := binder.expression(node, names, _billed_type(binder, key), where)) is not None:
            if isinstance(known(expr.type), EntryOf | Record | MapOf | Table | ListOf | Translated):
                binder.problems.error(
                    "wrong-type", f"{where}: `{node.text}` is {expr.type}: bill a single value", node.span
                )
            billing[key] = expr
    return billing


def _billed_type(binder: Binder, key: str) -> Type | None:
    """What has to stand under a key of a bill: a day or an amount, under those of which the policy says so."""
    header = binder.written.header.value
    if key in header.get("billing_amounts", {}):
        return Maybe(Integer())
    return Maybe(Date()) if key == header.get("booking_day") else None
