"""What the search for remedies reads of a policy: what an action costs, who performs it, what no action can mend."""

from __future__ import annotations

from collections.abc import Iterable

from ..diagnostics import did_you_mean, echo, listed
from ..policy.written import Entry
from ..program.program import Translations
from ..source import MappingNode, Scalar
from .bind import Binder


def bind_costs(binder: Binder) -> tuple[dict[str, Translations], str | None]:
    """The words for costs, from the least to the most, with their texts; and the one for another actor."""
    header = binder.written.header
    remedies = header.value.get("remedies")
    if remedies is None:
        return {}, None
    costs = remedies["costs"]
    first_by_word: dict[str, Scalar] = {}
    for scalar in header.scalars("remedies", "costs"):
        if first_by_word.setdefault(scalar.text, scalar) is not scalar:
            notes = [(first_by_word[scalar.text].span, "first given here")]
            binder.problems.error(
                "duplicate-id", f"cost `{echo(scalar.text)}` is already there", scalar.span, notes=notes
            )
        if scalar.text not in remedies["words"]:
            message = f"cost `{echo(scalar.text)}` has no text"
            binder.problems.error("missing-key", message, scalar.span, help="add it to `words`")
    for word, span, node in header.pairs("remedies", "words"):
        _is_cost(binder, Scalar(word, span), costs, "the header")
        if isinstance(node, MappingNode):
            binder.languages(node, f"cost `{echo(word)}`")
    another = header.scalar("remedies", "another_actor")
    _is_cost(binder, another, costs, "the header")
    return {word: remedies["words"].get(word, {}) for word in costs}, remedies["another_actor"]


def bind_cost(binder: Binder, entry: Entry) -> str | None:
    """What an action costs, which has to be given where the policy has words for costs."""
    where, scalar = f"action `{entry.name}`", entry.scalar("cost")
    costs = binder.written.header.value.get("remedies", {}).get("costs", ())
    if scalar is not None:
        _is_cost(binder, scalar, costs, where)
        return scalar.text
    if costs:
        help_text = f"there are {listed(costs)}"
        binder.problems.error("missing-cost", f"{where} does not say what it costs", entry.span, help=help_text)
    return None


def bind_performer(binder: Binder, entry: Entry, arguments: Iterable[str]) -> str | None:
    """The argument that names who performs an action."""
    scalar = entry.scalar("performed_by")
    if scalar is None:
        return None
    if scalar.text not in arguments:
        message = f"action `{entry.name}`: `{echo(scalar.text)}` is no argument of it"
        help_text = did_you_mean(scalar.text, arguments)
        binder.problems.error("unknown-argument", message, scalar.span, help=help_text)
    return scalar.text


def bind_terminal(binder: Binder) -> dict[str, Translations]:
    """Of the codes of reasons that no action can mend, why."""
    reasons, terminal = binder.written.named["reasons"], binder.written.named["terminal"]
    for code, entry in terminal.items():
        if code not in reasons:
            message = f"terminal `{echo(code)}`: it is not among the codes of reasons"
            binder.problems.error("unknown-code", message, entry.span, help=did_you_mean(code, reasons))
        if isinstance(entry.node, MappingNode):
            binder.languages(entry.node, f"terminal `{echo(code)}`")
    return {code: entry.value for code, entry in terminal.items()}


def _is_cost(binder: Binder, scalar: Scalar | None, costs: Iterable[str], where: str) -> None:
    if scalar is None or scalar.text in costs:
        return
    known = listed(costs)
    help_text = did_you_mean(scalar.text, costs) or (f"there are {known}" if known else "name the costs in `remedies`")
    binder.problems.error("unknown-cost", f"{where}: `{echo(scalar.text)}` is no cost", scalar.span, help=help_text)
