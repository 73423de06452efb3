"""Actions: what they take, and the roles that their arguments play."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from ..diagnostics import Span, did_you_mean, echo
from ..language import tree as t
from ..language.names import Names
from ..language.parse import names_in
from ..language.text import Message
from ..language.types import Date, EntryOf, ListOf, MapOf, Maybe, Record, Text, Translated, Type, Word
from ..nodes import MappingNode, Scalar
from ..policy.written import Entry
from ..problems import Problems
from ..program import ActionType
from ..program.reads import WHOLE
from .bind import Binder
from .costs import bind_cheaper, bind_cost, bind_performer, bind_wish
from .known import bind_known

_NEEDED = {
    "title": None,
    "arguments": "`arguments: {}`, if it has none; an action on each of several has `each` in their place",
}
"""What an action has to say that is not on each of several, with how a missing one is mended."""


def bind_actions(binder: Binder, names: Names) -> dict[str, tuple[ActionType, Names]]:
    """The actions that are not on each of several, by their names; see `bind_action`.

    What is wrong with the defaults of a file is noted for the first action that has it.
    """
    bound: dict[str, tuple[ActionType, Names]] = {}
    problems, noted = binder.problems, set[tuple[Span, str]]()
    for name, entry in binder.written.named["actions"].items():
        if "each" not in entry.value:
            binder.problems = Problems()
            bound[name] = bind_action(binder, entry, names)
            of_action = binder.problems.sorted
            problems.take(each for each in of_action if (each.span, each.code) not in noted)
            noted |= {(each.span, each.code) for each in of_action}
    binder.problems = problems
    return bound


def bind_action(binder: Binder, entry: Entry, names: Names) -> tuple[ActionType, Names]:
    """The action without its clauses, and what their expressions may name."""
    where = f"action `{entry.name}`"
    binder.languages(entry.child("title"), where)
    for key, mend in _NEEDED.items():
        if key not in entry.value:
            binder.problems.error("missing-key", f"the key `{key}` is missing here", entry.node.span, help=mend)
    arguments: dict[str, Type] = {}
    known: dict[str, tuple[str, ...]] = {}
    for name, span, written in entry.pairs("arguments"):
        node, source = (
            (written.get("type"), written.get("known")) if isinstance(written, MappingNode) else (written, None)
        )
        kind = binder.type_named(node, where, words=True) if isinstance(node, Scalar) else None
        if name == "type":
            binder.problems.error(
                "shadowed-name", f"{where}: `type` names the action itself", span, help="choose another name"
            )
        elif kind is not None and not _is_plain(kind):
            message = f"{where}: `{name}` is {kind}, and an argument is a single value or a list of them"
            mend = "take the key of an entry, or its properties one by one"
            binder.problems.error("wrong-type", message, written.span, help=mend)
            binder.broken.add(name)
        elif kind is not None and binder.free(name, span, names, where):
            arguments[name] = kind
            if isinstance(source, Scalar):
                known[name] = bind_known(binder, source, kind, names.tables, f"{where}, `{name}`")
        else:
            binder.broken.add(name)
    names = names._replace(arguments=arguments)
    for name, span, node in _in_order(binder, entry, names, where):
        role = binder.expression(node, names, None, f"{where}, role `{name}`")
        others = names._replace(arguments={})  # a role may have the name of the argument that it follows
        if role is None or not binder.free(name, span, others, where):
            binder.broken.add(name)
            continue
        if isinstance(role, t.Literal) and isinstance(role.type, Text):
            role = role._replace(type=_word_type(binder, role.value))
        names = names._replace(roles={**names.roles, name: role})
    time_to = entry.scalar("time_to")
    if time_to is not None and arguments.get(time_to.text) != Date():
        help_text = did_you_mean(time_to.text, arguments)
        binder.problems.error(
            "unknown-argument",
            f"{where}: `{echo(time_to.text)}` is no argument of type date",
            time_to.span,
            help=help_text,
        )
    action_type = ActionType(
        entry.name,
        entry.value.get("title", {}),
        arguments,
        time_to.text if time_to else None,
        rules=(),
        consequences=(),
        outcomes=(),
        reads=WHOLE,
        cost=bind_cost(binder, entry),
        known=known,
        descriptions=_descriptions(entry, arguments),
        cheaper=bind_cheaper(binder, entry, names),
        wish=bind_wish(binder, entry, names),
        instruction=bind_instruction(binder, entry, names),
        performed_by=bind_performer(binder, entry, [name for name, _, _ in entry.pairs("arguments")]),
    )
    return action_type, names


def _descriptions(entry: Entry, arguments: Mapping[str, Type]) -> dict[str, str]:
    """What arguments are, in a sentence, of those that say it."""
    arguments_given = entry.value.get("arguments", {}).items()
    texts = {name: each.get("description") for name, each in arguments_given if isinstance(each, Mapping)}
    return {name: text for name, text in texts.items() if name in arguments and text is not None}


def bind_instruction(binder: Binder, entry: Entry, names: Names) -> dict[str, Message]:
    """What tells somebody to take an action: it prints arguments, and nothing of the state."""
    where, node = f"action `{entry.name}`, `instruction`", entry.child("instruction")
    texts = binder.texts(node, names, where)
    for language, text in texts.items():
        for expr in text.expressions:
            if any(isinstance(part, t.Property | t.Call) for part in t.parts(expr)):
                assert isinstance(node, MappingNode)
                message = f"{where}: `{expr.text}` is of the state, and it is told before there is one"
                mend = "print arguments, and what tables say by them"
                binder.problems.error("wrong-instruction", message, node.entries[language][1].span, help=mend)
    return texts


def _in_order(binder: Binder, entry: Entry, names: Names, where: str) -> list[tuple[str, Span, Scalar]]:
    """The roles, each after those that it follows; none of them where some follow each other in a circle.

    One with the name of an argument follows that in its own expression, and hides it from all others.
    """
    roles = {name: (name, span, node) for name, span, node in entry.pairs("roles") if isinstance(node, Scalar)}
    others = roles.keys() - names._replace(arguments={}).kinds().keys()
    followed = {
        name: (names_in(node.text) & others) - ({name} & names.arguments.keys()) for name, _, node in roles.values()
    }
    try:
        order = TopologicalSorter({name: sorted(each) for name, each in followed.items()})
        return [roles[name] for name in order.static_order()]
    except CycleError as error:
        circle = error.args[1][::-1]
        message = f"{where}: roles do not follow each other in a circle: {' -> '.join(circle)}"
        binder.problems.error("recursive-role", message, roles[circle[0]][1])
        binder.broken.update(roles)
        return []


def _is_plain(kind: Type) -> bool:
    """Whether values of the type have no parts, or are lists of such."""
    match kind:
        case Maybe(of=inner):
            return _is_plain(inner)
        case ListOf(item=item):
            return item is not None and _is_plain(item)
    return not isinstance(kind, EntryOf | MapOf | Record | Translated)


def _word_type(binder: Binder, text: str) -> Type:
    """The type of a text that a role gives: the first enum of the state that has the word."""
    for kind in binder.types.defs.values():
        if isinstance(kind, Word) and text in kind.words:
            return kind
    return Text()
