"""The engine's words in a language as a policy brings them: each has to be one of ours, with what stands in it."""

from __future__ import annotations

from ..diagnostics import Span, did_you_mean, echo, listed, suggest
from ..nodes import MappingNode, Scalar
from ..policy.written import Entry, Written
from ..words import Language, every_word, placeholders
from .bind import Binder


def bind_languages(binder: Binder) -> tuple[str, ...]:
    """The languages of the policy, each with the words that the policy brings for it."""
    named, languages = binder.written.named["words"], binder.written.languages
    for entry in named.values():
        if entry.name not in languages:
            message = f"`{echo(entry.name)}` is no language of the policy"
            help_text = did_you_mean(entry.name, languages) or f"the policy speaks {listed(languages)}"
            binder.problems.error("unknown-language", message, entry.span, help=help_text)
        _check(binder, entry)
    return languages_of(binder.written)


def languages_of(written: Written) -> tuple[str, ...]:
    """The languages of a policy, each with the words that the policy brings for it."""
    named = written.named["words"]
    return tuple(Language(tag, named[tag].value) if tag in named else tag for tag in written.languages)


def _check(binder: Binder, entry: Entry) -> None:
    ours = every_word("en")
    for group, span, node in entry.pairs():
        if group not in ours:
            _unknown(binder, f"the engine has no words `{echo(group)}`", group, list(ours), span)
        elif isinstance(node, MappingNode):
            for name, place, text in node:
                if name not in ours[group]:
                    _unknown(binder, f"`{group}` has no word `{echo(name)}`", name, list(ours[group]), place)
                elif isinstance(text, Scalar):
                    _check_placeholders(binder, f"`{group}.{name}` in `{entry.name}`", ours[group][name], text)


def _unknown(binder: Binder, message: str, name: str, known: list[str], span: Span) -> None:
    help_text = suggest(name, known)
    binder.problems.error("unknown-key", message, span, help=help_text)


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
