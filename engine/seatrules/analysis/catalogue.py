"""The kinds of findings of `lint`: for each code what it says, and what there is to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """What findings of one code have in common: what they say, and what there is to do."""

    code: str
    says: str
    help: str


def kind_of(code: str) -> Kind:
    """The kind of a code; of one that is not listed, a mistake that keeps a policy or a suite from being read."""
    return KINDS.get(code) or Kind(code, code.replace("-", " "), _MISTAKE)


_MISTAKE = "mend it as the message says: until then the file is not read; docs/policies.md has what a policy may say"
NAME_OR_TAKE_AWAY = "name it where it belongs, or take it away"

KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("always-holds", "what is required holds whatever is asked", "mend it, or take it away"),
        Kind("another-version", "a case is decided by another version than that in whose folder it is", "move it"),
        Kind("breaks-invariant", "allowed actions lead to a state that breaks an invariant", "require what keeps it"),
        Kind("broken-state", "the state of a case breaks an invariant", "mend the state, or say that it is meant"),
        Kind("cited-statement", "a statement that is said to carry no rule is cited", "take one of the two away"),
        Kind(
            "covered-rule",
            "a rule, or a thing that it requires, fails only where another rule with its code does",
            "take it away, or give it a code",
        ),
        Kind(
            "gap-of-days",
            "of two rules that replace each other none is in force for a while",
            "let one begin as the other ends",
        ),
        Kind("half-told-language", "a language of the policy lacks words", "give the words that are missing"),
        Kind("idle-element", "a `count` names an element that it does not look at", "write the name of the loop"),
        Kind("idle-operand", "a part of a condition settles nothing", "mend it, or take it away"),
        Kind("left-alone", "a file is not read", "rename or move it, if it is meant"),
        Kind("missing-instruction", "an action has no `instruction`, and others have one", "write one"),
        Kind(
            "never-alone",
            "a rule fails only where one with another code does",
            "take it away, unless it is meant to give a reason more",
        ),
        Kind("never-applies", "no request is as a `when` says", "mend it, or take the entry away"),
        Kind("never-holds", "what is required never holds where a rule applies", "mend it"),
        Kind("never-in-force", "a rule ends before its version begins, or begins after it", "mend its days"),
        Kind("no-known-state", "no suite holds a state from which `--deep` could look", "write a case"),
        Kind("no-remedy", "no way leads to yes from any denial for a code", "see what is in the way, or say `about`"),
        Kind("not-terminal", "what no action is said to mend, an action mends", "take it out of `terminal` or `about`"),
        Kind("out-of-time", "`--deep` had too little time", "give more `--seconds`"),
        Kind(
            "overlapping-days",
            "two rules that replace each other are in force at once",
            "let one begin as the other ends",
        ),
        Kind("repeated-line", "a message is the line of its code", "leave the message out"),
        Kind(
            "repeats-base",
            "an overlay or an extension says what is there without it",
            "leave it out: it is there",
        ),
        Kind("required-twice", "two rules require the same", "take one of the two away"),
        Kind("stale-source", "a source was last seen longer ago than `--stale` says", "see whether it still says so"),
        Kind("stale-uncovered", "what a suite excuses is not there", "take it out of `uncovered`"),
        Kind("uncited-statement", "no entry cites a statement", "cite it, or say in `no_rule` why it carries no rule"),
        Kind("unreached-goal", "no allowed actions meet or end a goal", "see what is in the way, or mend the goal"),
        Kind("unseen-code", "no known state gives a code", "write a case that does"),
        Kind("unturned", "no request that `--deep` tried turns a condition", "write a case that does, or mend it"),
        Kind("unused-billing-word", "nothing is billed with a word", NAME_OR_TAKE_AWAY),
        Kind("unused-cell", "nothing reads a cell", "read it by a key of a request, or make a fact of what is read"),
        Kind("unused-code", "no entry gives a code", NAME_OR_TAKE_AWAY),
        Kind("unused-column", "nothing reads a column", "take it away"),
        Kind("unused-cost", "no action has a cost", NAME_OR_TAKE_AWAY),
        Kind("unused-cutoff", "nothing reads a cutoff", NAME_OR_TAKE_AWAY),
        Kind("unused-default", "nothing reads an entry by its key that may not be there", "take it away"),
        Kind("unused-fact", "nothing reads a fact", NAME_OR_TAKE_AWAY),
        Kind("unused-role", "nothing reads a role", NAME_OR_TAKE_AWAY),
        Kind("unused-setting", "nothing reads a setting", NAME_OR_TAKE_AWAY),
        Kind("unused-table", "nothing reads a table", "take it away"),
        Kind("unused-type", "nothing names a type of `$defs`", "take it away"),
        Kind("unused-word", "no expression, table or case has a word", "write a case with it, or take it away"),
    )
}
"""The kinds by their codes, in alphabetical order."""
