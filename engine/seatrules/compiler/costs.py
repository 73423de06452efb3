"""What the search for remedies reads of a policy: what an action costs, who performs it, what no action can mend."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress

from ..diagnostics import echo, listed
from ..language import tree as t
from ..language.names import Names, Signature
from ..language.parse import ExpressionError
from ..language.types import Boolean, EntryOf
from ..nodes import Scalar
from ..policy.written import Entry, Written
from ..program.program import Translations, Wish
from ..words import every_word, words
from .bind import Binder
from .own_words import languages_of

ANOTHER = "permission"
"""What it costs when somebody else has to act, where a policy does not say."""


def costs_of(written: Written) -> list[str]:
    """The words for costs, from the least to the most: the policy's, else the engine's where an action names a cost."""
    remedies = written.header.value.get("remedies")
    if remedies is None and not any("cost" in entry.value for entry in written.named["actions"].values()):
        return []
    return list((remedies or {}).get("costs", every_word("en")["costs"]))


def bind_costs(binder: Binder) -> tuple[dict[str, Translations], str | None]:
    """The words for costs, from the least to the most, with their texts; and the one for another actor."""
    costs = costs_of(binder.written)
    if not costs:
        return {}, None
    header = binder.written.header
    remedies = header.value.get("remedies", {})
    own, ours = remedies.get("words", {}), every_word("en")["costs"]
    first_by_word: dict[str, Scalar] = {}
    for scalar in header.scalars("remedies", "costs"):
        if first_by_word.setdefault(scalar.text, scalar) is not scalar:
            notes = [(first_by_word[scalar.text].span, "first given here")]
            binder.problems.error(
                "duplicate-id", f"cost `{echo(scalar.text)}` is already there", scalar.span, notes=notes
            )
        if scalar.text not in own and scalar.text not in ours:
            message = f"cost `{echo(scalar.text)}` has no text"
            binder.problems.error("missing-key", message, scalar.span, help="add it to `words`")
    for word, span, node in header.pairs("remedies", "words"):
        _is_cost(binder, Scalar(word, span), costs, "the header")
        binder.languages(node, f"cost `{echo(word)}`")
    texts = {word: own.get(word) or _texts(binder, word) for word in costs}
    return texts, _another_actor(binder, costs)


def _texts(binder: Binder, word: str) -> Translations:
    """What the engine calls a cost in the languages of the policy."""
    return {str(tag): words("costs", tag).get(word, "") for tag in languages_of(binder.written)}


def _another_actor(binder: Binder, costs: Collection[str]) -> str | None:
    header = binder.written.header
    another = header.scalar("remedies", "another_actor")
    _is_cost(binder, another, costs, "the header")
    if another is None and ANOTHER not in costs:
        message = "the key `another_actor` is missing here"
        help_text = f"say which of the costs it is, or have `{ANOTHER}` among them"
        binder.problems.error("missing-key", message, header.place("remedies"), help=help_text)
    return ANOTHER if another is None else another.text


def bind_cost(binder: Binder, entry: Entry) -> str | None:
    """What an action costs, which has to be given where the policy has words for costs."""
    where, scalar = f"action `{entry.name}`", entry.scalar("cost")
    costs = costs_of(binder.written)
    if scalar is not None:
        _is_cost(binder, scalar, costs, where)
        return scalar.text
    if costs:
        help_text = f"there are {listed(costs)}"
        binder.problems.error("missing-cost", f"{where} does not say what it costs", entry.span, help=help_text)
    return None


def bind_cheaper(binder: Binder, entry: Entry, names: Names) -> tuple[tuple[str, t.Expr], ...]:
    """What an action costs under conditions, of which the first that holds counts."""
    where, costs = f"action `{entry.name}`, `cheaper`", costs_of(binder.written)
    cost = entry.value.get("cost")
    cheaper: list[tuple[str, t.Expr]] = []
    for word, span, node in entry.pairs("cheaper"):
        _is_cost(binder, Scalar(word, span), costs, where)
        if word in costs and cost in costs and costs.index(word) >= costs.index(cost):
            message, help_text = (
                f"{where}: `{echo(word)}` costs no less than `{cost}`",
                "the costs are from the least to the most",
            )
            binder.problems.error("not-cheaper", message, span, help=help_text)
        assert isinstance(node, Scalar)
        if (expr := binder.expression(node, names, Boolean(), where)) is not None:
            cheaper.append((word, expr))
    return tuple(cheaper)


def bind_wish(binder: Binder, entry: Entry, names: Names) -> Wish:
    """What of an action is the wish."""
    where, arguments = f"action `{entry.name}`, `wish`", entry.child("wish", "arguments")
    for scalar in entry.scalars("wish", "arguments"):
        if scalar.text not in binder.broken:
            binder.is_known(
                scalar,
                names.arguments,
                "unknown-argument",
                lambda name: f"{where}: `{name}` is no argument of it",
                lists=True,
            )
    value = entry.scalar("wish", "value")
    return Wish(
        None if arguments is None else tuple(scalar.text for scalar in entry.scalars("wish", "arguments")),
        None if value is None else binder.expression(value, names, None, where),
    )


def bind_spared(binder: Binder, facts: Mapping[str, Signature]) -> dict[str, str]:
    """The facts that say who is spared, each with the name of the entries of which it does."""
    spared: dict[str, str] = {}
    for scalar in binder.written.header.scalars("remedies", "spare"):
        if not binder.is_known(scalar, facts, "unknown-fact", "there is no fact `{}`".format, lists=True):
            continue
        with suppress(ExpressionError):  # what is wrong with a fact is told there
            signature = facts[scalar.text]
            kinds = list(signature.parameters.values())
            if signature.result == Boolean() and len(kinds) == 1 and isinstance(kinds[0], EntryOf):
                spared[scalar.text] = kinds[0].record.name
                continue
            message = f"`{echo(scalar.text)}` does not say of an entry whether it is to be spared"
            help_text = "name a fact that is true or false, with one entry as its argument: `given: {u: user}`"
            binder.problems.error("wrong-fact", message, scalar.span, help=help_text)
    return spared


def bind_performer(binder: Binder, entry: Entry, arguments: Collection[str]) -> str | None:
    """The argument that names who performs an action."""
    scalar = entry.scalar("performed_by")
    if scalar is None:
        return None
    binder.is_known(
        scalar, arguments, "unknown-argument", lambda name: f"action `{entry.name}`: `{name}` is no argument of it"
    )
    return scalar.text


def bind_terminal(binder: Binder) -> dict[str, Translations]:
    """Of the codes of reasons that no action can mend, why."""
    reasons, terminal = binder.written.named["reasons"], binder.written.named["terminal"]
    for code, entry in terminal.items():
        message = "terminal `{}`: it is not among the codes of reasons".format
        binder.is_known(Scalar(code, entry.span), reasons, "unknown-code", message)
        binder.languages(entry.node, f"terminal `{echo(code)}`")
    return {code: entry.value for code, entry in terminal.items()}


def _is_cost(binder: Binder, scalar: Scalar | None, costs: Collection[str], where: str) -> None:
    if scalar is not None:
        binder.is_known(
            scalar,
            costs,
            "unknown-cost",
            lambda name: f"{where}: `{name}` is no cost",
            otherwise="name the costs in `remedies`",
            lists=bool(costs),
        )
