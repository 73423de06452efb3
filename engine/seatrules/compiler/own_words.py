"""The engine's words in a language as a policy brings them: each has to be one of ours, with what stands in it."""

from __future__ import annotations

from ..diagnostics import echo, listed
from ..nodes import MappingNode, Scalar
from ..policy.written import Entry, Written
from ..words import Language, every_word, placeholders
from .bind import Binder


def bind_languages(binder: Binder) -> tuple[str, ...]:
    """The languages of the policy, each with the words that the policy brings for it."""
    for entry in binder.written.named["words"].values():
        if entry.name not in binder.written.languages:
            binder.unknown_language(entry.name, entry.span)
        _check(binder, entry)
    return languages_of(binder.written)


def languages_of(written: Written) -> tuple[str, ...]:
    """The languages of a policy, each with the words that the policy brings for it."""
    named = written.named["words"]
    return tuple(Language(tag, named[tag].value) if tag in named else tag for tag in written.languages)


def _check(binder: Binder, entry: Entry) -> None:
    ours = every_word("en")
    for group, span, node in entry.pairs():
        no_group, no_word = "the engine has no words `{}`".format, f"`{group}` has no word `{{}}`".format
        if binder.is_known(Scalar(group, span), ours, "unknown-key", no_group, lists=True):
            for name, place, text in node if isinstance(node, MappingNode) else ():
                is_known = binder.is_known(Scalar(name, place), ours[group], "unknown-key", no_word, lists=True)
                if is_known and isinstance(text, Scalar):
                    _check_placeholders(binder, f"`{group}.{name}` in `{entry.name}`", ours[group][name], text)


def _check_placeholders(binder: Binder, where: str, ours: str, text: Scalar) -> None:
    try:
        given, needed = placeholders(text.text), placeholders(ours)
    except ValueError:
        message, help_text = f"{where}: a brace stands alone", "write `{{` or `}}`"
        binder.problems.error("bad-placeholder", message, text.span, help=help_text)
        return
    if given != needed:
        wanted = listed(sorted(needed)) if needed else "nothing"
        message = f"{where} does not have the same braces as ours: {wanted} stands in braces"
        binder.problems.error("different-placeholders", message, text.span, help=f"in English it is `{echo(ours)}`")
