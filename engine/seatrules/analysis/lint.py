"""What a policy that loads may still have wrong: statements without a rule, words without a use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..compiler.codes import WORDS_BELOW, group_of, line_of
from ..compiler.compile import compile_policy
from ..compiler.costs import ANOTHER
from ..diagnostics import Span, did_you_mean, echo, listed
from ..policy.kinds import CODES, singular
from ..policy.written import Written
from ..problems import Problems
from ..program import Program
from ..words import LANGUAGES, every_word, nearest_language
from .catalogue import NAME_OR_TAKE_AWAY
from .idle import idle_elements
from .proof.conditions import idle_conditions, is_own
from .proof.prover import Prover
from .silent import silent_rules
from .unread import unread_defaults, unread_tables, unread_types
from .uses import NamedThing, Uses


def lint_policy(written: Written, problems: Problems, settings: Mapping[str, Any] | None = None) -> None:
    """Note every problem of a version: what keeps it from loading; else what is left without a rule or a use.

    With extensions, what is only advised is advised to their authors: of what they wrote.
    """
    keep_from_loading = Problems()
    program = compile_policy(written, settings or {}, keep_from_loading)
    problems.take(keep_from_loading.sorted)
    if written.incomplete:
        return
    uses, found = Uses(program, written), Problems()
    _statements(written, uses, found)
    if not keep_from_loading.errors:  # else what seems unused may be named where there is an error
        _advise(written, program, uses, found)
    mine = (each for each in found.sorted if each.severity == "error" or is_own(each.span, written))
    problems.take(mine if written.extensions else found.sorted)


def _advise(written: Written, program: Program, uses: Uses, problems: Problems) -> None:
    idle_elements(written, program, problems)
    prover = Prover(program)
    silent_rules(written, program, prover, problems)
    idle_conditions(written, program, prover, problems)
    _unused_codes(written, uses, problems)
    _repeated_lines(written, problems)
    _half_told(written, problems)
    _unused_names(written, uses, problems)
    _unused_roles(written, uses, problems)
    unread_tables(written, program, uses, problems)
    unread_types(written, problems)
    unread_defaults(written, program, problems)
    _unused_billing_words(written, problems)
    _unused_costs(written, problems)
    _missing_instructions(written, problems)


def _statements(written: Written, uses: Uses, problems: Problems) -> None:
    for name, entry in written.named["statements"].items():
        cited, excused = NamedThing("statements", name) in uses, "no_rule" in entry.value
        if not cited and not excused:
            help_text = "cite it, or say in `no_rule` why it carries no rule"
            problems.error("uncited-statement", f"no entry cites statement `{name}`", entry.span, help=help_text)
        elif cited and excused:
            help_text = "take the `no_rule` away, or do not cite it"
            message = f"statement `{name}` has a `no_rule`, and is cited"
            problems.error("cited-statement", message, entry.span, help=help_text)


def _unused_codes(written: Written, uses: Uses, problems: Problems) -> None:
    for group in ("reasons", "outcomes", "warnings"):
        for code, entry in written.named[CODES[group]].items():
            if NamedThing("codes", f"{group}/{code}") not in uses:
                message = f"no entry gives the code `{code}`"
                problems.warning("unused-code", message, entry.span, help=NAME_OR_TAKE_AWAY)


def _repeated_lines(written: Written, problems: Problems) -> None:
    """Messages that are the line of their code, which is said without them."""
    for kind in ("rules", "outcomes", "events"):
        for entry in written.clauses[kind]:
            own, message = (
                entry.value.get("otherwise", entry.value),
                entry.child(*WORDS_BELOW.get(kind, ()), "message"),
            )
            if "code" not in own or message is None:
                continue
            if own["message"] == line_of(written, group_of(kind, entry), own["code"]):
                again = f"{singular(kind)} `{entry.name}` says the line of its code `{own['code']}` again"
                help_text = "leave `message` out: the line is said then"
                problems.warning("repeated-line", again, message.span, help=help_text)


def _half_told(written: Written, problems: Problems) -> None:
    """Languages in which the engine lacks words that the policy does not bring."""
    for scalar in written.header.scalars("languages"):
        if nearest_language(scalar.text, LANGUAGES) is not None:
            continue
        own = written.named["words"][scalar.text].value if scalar.text in written.named["words"] else {}
        missing = [
            f"{group}.{name}"
            for group, ours in every_word("en").items()
            for name in ours
            if name not in own.get(group, ())
        ]
        if missing:
            message = f"`{scalar.text}` is half told: the engine has no words for it, and `words` does not have all"
            more = " and so on" if len(missing) > 3 else ""
            help_text = (
                f"say in `words: {{{scalar.text}: ...}}` also {listed(missing[:3])}{more}; in English until then"
            )
            problems.warning("half-told-language", message, scalar.span, help=help_text)


def _unused_names(written: Written, uses: Uses, problems: Problems) -> None:
    """Facts, settings and cutoffs that no expression names."""
    for kind in ("facts", "settings", "cutoffs"):
        for name, entry in written.named[kind].items():
            if NamedThing(kind, name) not in uses:
                code, message = f"unused-{singular(kind)}", f"nothing reads `{name}`"
                problems.warning(code, message, entry.span, help=NAME_OR_TAKE_AWAY)


def _unused_roles(written: Written, uses: Uses, problems: Problems) -> None:
    """Roles that no clause of their action reads; what only such a role reads is not read either."""
    actions_by_place: dict[tuple[str, Span], list[str]] = {}  # of a role by default, every action that has it
    for name, entry in written.named["actions"].items():
        for role, span, _ in entry.pairs("roles"):
            actions_by_place.setdefault((role, span), []).append(name)
    for (role, span), actions in actions_by_place.items():
        if not any(NamedThing("roles", f"{name}/{role}") in uses for name in actions):
            of_action = f" of action `{actions[0]}`" if len(actions) == 1 else ""
            message = f"nothing reads the role `{role}`{of_action}"
            problems.warning("unused-role", message, span, help=NAME_OR_TAKE_AWAY)


def _unused_billing_words(written: Written, problems: Problems) -> None:
    used = set(written.header.value["billing_changes"])
    for entry in (*written.clauses["outcomes"], *written.clauses["events"]):
        used |= {key for bill in entry.entries("billing") for key in bill.value}
    for word, span, _ in written.header.pairs("billing_words"):
        if word not in used:
            help_text = did_you_mean(word, sorted(used)) or NAME_OR_TAKE_AWAY
            problems.warning(
                "unused-billing-word", f"nothing is billed with the word `{echo(word)}`", span, help=help_text
            )


def _unused_costs(written: Written, problems: Problems) -> None:
    actions = written.named["actions"].values()
    used = {cost for action in actions for cost in (action.value.get("cost"), *action.value.get("cheaper", {}))}
    used.add(written.header.value.get("remedies", {}).get("another_actor", ANOTHER))
    for scalar in written.header.scalars("remedies", "costs"):
        if scalar.text not in used:
            message = f"no action costs `{echo(scalar.text)}`"
            problems.warning("unused-cost", message, scalar.span, help=NAME_OR_TAKE_AWAY)


def _missing_instructions(written: Written, problems: Problems) -> None:
    """Actions that only their title tells somebody to take, in a policy that has more to say of others."""
    actions = written.named["actions"].values()
    if not any("instruction" in action.value and "time_to" not in action.value for action in actions):
        return
    for action in actions:
        if "instruction" not in action.value:
            message = f"action `{action.name}` has no `instruction`, and others have one"
            help_text = "say what a customer is told to do: until then it is the title"
            problems.warning("missing-instruction", message, action.span, help=help_text)
