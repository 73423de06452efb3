"""Actions on each of several: a single action, said once more for a list."""

from __future__ import annotations

from collections.abc import Mapping

from ..diagnostics import echo
from ..language.names import Names
from ..language.types import ListOf, Maybe, Type
from ..nodes import Scalar
from ..policy.written import Entry
from ..problems import Problems
from ..program import ActionType
from ..program.program import Each, Wish
from .actions import bind_instruction
from .bind import Binder
from .costs import bind_cost

_OF_THE_SINGLE = ("arguments", "roles", "performed_by", "time_to", "cheaper", "wish")


def bind_each(binder: Binder, entry: Entry, single: Mapping[str, ActionType], names: Names) -> ActionType | None:
    """The action, with the clauses of the single one; nothing after noting what is wrong with it."""
    where, errors_before = f"action `{entry.name}`", binder.problems.error_count
    binder.languages(entry.child("title"), where)
    _check_keys(entry, where, binder.problems)
    of = _single(binder, entry, single, where)
    over = entry.pairs("over")
    if len(over) != 1:
        help_text = "name the list, and the argument of the single action: `over: {crops: crop}`"
        binder.problems.error("wrong-each", f"{where}: `over` has not one key", entry.place("over"), help=help_text)
    if of is None or len(over) != 1:
        return None
    [(name, span, scalar)] = over
    assert isinstance(scalar, Scalar)
    kind = _item(binder, of, scalar, where)
    if name in of.arguments or name == "type":
        message = f"{where}: `{echo(name)}` is already an argument of `{of.name}`"
        binder.problems.error("shadowed-name", message, span, help="choose another name for the list")
    else:
        binder.free(name, span, names, where)
    cost = bind_cost(binder, entry) if "cost" in entry.value else of.cost
    if kind is None or binder.problems.error_count > errors_before:
        return None
    arguments = {
        name if each == scalar.text else each: ListOf(kind, unique=True) if each == scalar.text else its
        for each, its in of.arguments.items()
    }
    wished = of.wish.arguments
    return of._replace(
        name=entry.name,
        title=entry.value.get("title", of.title),
        arguments=arguments,
        cost=cost,
        reads=of.reads.renamed(scalar.text, name),
        instruction=bind_instruction(binder, entry, names._replace(arguments=arguments)),
        each=Each(of.name, name, scalar.text),
        cheaper=(),
        wish=Wish(None if wished is None else tuple(name if each == scalar.text else each for each in wished)),
        known={name if each == scalar.text else each: words for each, words in of.known.items()},
        descriptions={each: text for each, text in of.descriptions.items() if each != scalar.text},
    )


def _check_keys(entry: Entry, where: str, problems: Problems) -> None:
    for key in _OF_THE_SINGLE:
        if node := entry.child(key):
            message = f"{where}: `{key}` is what it is of `{echo(entry.value['each'])}`"
            problems.error("wrong-each", message, node.span, help="take it away")


def _single(binder: Binder, entry: Entry, single: Mapping[str, ActionType], where: str) -> ActionType | None:
    """The action that is taken for each."""
    scalar = entry.scalar("each")
    assert scalar is not None
    if scalar.text in single:
        of = single[scalar.text]
        if of.time_to is None:
            return of
        message = f"{where}: `{scalar.text}` lets time pass, which is not done for each of several"
        binder.problems.error("wrong-each", message, scalar.span, help="name an action that lets no time pass")
    elif scalar.text in binder.written.named["actions"]:
        message = f"{where}: `{scalar.text}` is itself for each of several"
        binder.problems.error("wrong-each", message, scalar.span, help="name the single action")
    else:
        binder.is_known(scalar, single, "unknown-action", "there is no action `{}`".format, lists=True)
    return None


def _item(binder: Binder, of: ActionType, scalar: Scalar, where: str) -> Type | None:
    """The type of what is in the list: that of the argument in whose place it comes."""
    no_argument = f"{where}: `{{}}` is no argument of `{of.name}`".format
    if not binder.is_known(scalar, of.arguments, "unknown-argument", no_argument, lists=True):
        return None
    kind = of.arguments[scalar.text]
    if scalar.text == of.performed_by:
        message = f"{where}: `{scalar.text}` is who acts, and there is one who does"
        binder.problems.error("wrong-each", message, scalar.span, help="name what the action is about")
        return None
    if isinstance(kind, ListOf | Maybe):
        message = f"{where}: `{scalar.text}` of `{of.name}` is {kind}, and a list of those is no list of single values"
        help_text = "name an argument that is one value and always there"
        binder.problems.error("wrong-each", message, scalar.span, help=help_text)
        return None
    return kind
