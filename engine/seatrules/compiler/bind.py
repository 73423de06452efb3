"""Binds what entries of every kind hold: expressions, texts, citations, the names of types."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..diagnostics import Span, did_you_mean, echo, listed, suggest
from ..language import tree as t
from ..language.check import check
from ..language.messages import parse_message
from ..language.names import Names
from ..language.parse import CAUSED_ELSEWHERE, ExpressionError
from ..language.text import Message
from ..language.types import (
    Boolean,
    Date,
    EntryOf,
    Integer,
    Key,
    ListOf,
    Maybe,
    Record,
    Text,
    Translated,
    Type,
    Word,
    wrong_words,
)
from ..nodes import MappingNode, Node, Scalar
from ..policy.written import Entry, Written
from ..problems import Problems
from .state import StateTypes

_PLAIN: dict[str, Type] = {
    "boolean": Boolean(),
    "count": Integer(minimum=0),
    "date": Date(),
    "integer": Integer(),
    "string": Text(),
    "text": Translated(),
}


class Bound(NamedTuple):
    """Where an expression, a loop or a message is written, what it might name, and the expressions that it has.

    There are none where it is wrong.
    """

    scalar: Scalar
    names: Names
    exprs: tuple[t.Expr, ...]


class Binder:
    """Binds one version: holds what it declares, the problems that it has, and, if asked for, each that was `bound`."""

    def __init__(self, written: Written, problems: Problems, bound: list[Bound] | None = None) -> None:
        self.written, self.problems, self.bound = written, problems, bound
        self.types = StateTypes(written.schema, written.schema_value, problems)
        self.broken: set[str] = set()
        """Names whose declaration is wrong itself: where they are read, no further error is reported."""

    def expression(
        self, scalar: Scalar, names: Names, expected: Type | None, where: str, start: int = 0
    ) -> t.Expr | None:
        """The typed expression, which begins at `start` of the scalar; nothing after noting what is wrong with it."""
        try:
            expr = check(scalar.text, names, expected, start)
        except ExpressionError as error:
            self.note(error, scalar, where)
            self.has_bound(scalar, names, ())
            return None
        self.has_bound(scalar, names, (expr,))
        return expr

    def has_bound(self, scalar: Scalar, names: Names, exprs: Sequence[t.Expr | None]) -> None:
        """Keep what was bound, if that is asked for."""
        if self.bound is not None:
            self.bound.append(Bound(scalar, names, tuple(expr for expr in exprs if expr is not None)))

    def note(self, error: ExpressionError, scalar: Scalar, where: str) -> None:
        """Note all that is wrong with an expression, each at its place in the file."""
        for each in error.every:
            self._note(each, scalar, where)

    def _note(self, error: ExpressionError, scalar: Scalar, where: str) -> None:
        if error.code == CAUSED_ELSEWHERE:
            return
        code, help_text = error.code, error.help
        if scalar.style == '"' and error.code == "unknown-name" and scalar.text.isidentifier():
            code = "expression-needs-quotes"
            help_text = f"YAML takes these quotes away; if the text is meant, write `'\"{scalar.text}\"'`"
        self.problems.error(code, f"{where}: {error.message}", scalar.part(error.start, error.width), help=help_text)

    def is_known(
        self,
        scalar: Scalar,
        known: Collection[str],
        code: str,
        message: Callable[[str], str],
        *,
        otherwise: str | None = None,
        lists: bool = False,
    ) -> bool:
        """Whether a name is one of those that there are; else that is noted by a message with it, and the nearest one.

        Where none is near, help is what `otherwise` says, or where it `lists` them, all that there are.
        """
        if scalar.text in known:
            return True
        help_text = suggest(scalar.text, known) if lists else did_you_mean(scalar.text, known) or otherwise
        self.problems.error(code, message(echo(scalar.text)), scalar.span, help=help_text)
        return False

    def cites(self, entry: Entry) -> tuple[str, ...]:
        """The statements that an entry cites, each of which must be there."""
        scalars, statements = entry.scalars("cites"), self.written.named["statements"]
        for scalar in scalars:
            self.is_known(scalar, statements, "unknown-statement", "there is no statement `{}`".format)
        return tuple(scalar.text for scalar in scalars)

    def texts(self, node: Node | None, names: Names, where: str) -> dict[str, Message]:
        """The message in each language."""
        if not isinstance(node, MappingNode):
            return {}
        messages: dict[str, Message] = {}
        self.languages(node, where)
        for language, _, scalar in node:
            if isinstance(scalar, Scalar):
                try:
                    messages[language] = parse_message(scalar.text, names, language)
                except ExpressionError as error:
                    self.note(error, scalar, where)
                if self.bound is not None:
                    self.has_bound(scalar, names, [*messages[language].expressions] if language in messages else [])
        placeholders_by_language = {language: message.placeholders for language, message in messages.items()}
        for language, placeholders in placeholders_by_language.items():
            for other in placeholders_by_language:
                if lacking := sorted(placeholders_by_language[other] - placeholders):
                    message = f"{where}: `{language}` lacks {listed(lacking)}, which `{other}` prints"
                    self.problems.error("different-placeholders", message, node.entries[language][1].span)
                    break
        return messages

    def scalars(self, node: Node, where: str) -> list[Scalar]:
        """The text of each language, of which none may be missing; or the only one, the same in all of them."""
        self.languages(node, where)
        texts = [text for _, _, text in node] if isinstance(node, MappingNode) else [node]
        return [text for text in texts if isinstance(text, Scalar)]

    def languages(self, node: Node | None, where: str) -> None:
        """Check that a text which is not the same in all languages is there in each of the policy, and in no other."""
        if not isinstance(node, MappingNode):
            return
        languages = self.written.languages
        for language in languages:
            if language not in node.entries:
                self.problems.error("missing-language", f"{where}: the text in `{language}` is missing", node.span)
        for language, span, _ in node:
            if language not in languages:
                self.unknown_language(language, span, f"{where}: ")

    def unknown_language(self, language: str, span: Span, where: str = "") -> None:
        """Note that a language is none of the policy's; the message begins with `where`."""
        languages = self.written.languages
        message = f"{where}`{echo(language)}` is no language of the policy"
        help_text = did_you_mean(language, languages) or f"the policy speaks {listed(languages)}"
        self.problems.error("unknown-language", message, span, help=help_text)

    def type_named(self, scalar: Scalar, where: str, *, words: bool = False) -> Type | None:
        """The type that a declaration names."""
        text = scalar.text.strip()
        if text.endswith("?") and not text.endswith("??"):
            inner = self.type_named(replace(scalar, text=text[:-1]), where, words=words)
            return Maybe(inner) if inner else None
        for kind in ("list of ", "set of ") if words else ("list of ",):
            if text.startswith(kind):
                inner = self.type_named(replace(scalar, text=text.removeprefix(kind)), where)
                return ListOf(inner, unique=kind == "set of ") if inner else None
        if text in _PLAIN:
            return _PLAIN[text]
        if text in self.types.defs:
            named = self.types.defs[text]
            return (
                EntryOf(self.types.maps[text].key, named)
                if text in self.types.maps and isinstance(named, Record)
                else named
            )
        if text.endswith("_id") and text[:-3] in self.types.maps:
            return Key(text[:-3])
        if words and ("|" in text or text.startswith('"')):
            named_words = tuple(word.strip().strip('"') for word in text.split("|"))
            if wrong := wrong_words(named_words):
                self.problems.error("wrong-type", f"{where}: {wrong}", scalar.span)
                return None
            return Word(text, named_words)
        type_names = [*_PLAIN, *self.types.defs, *(f"{name}_id" for name in self.types.maps)]
        help_text = suggest(text, sorted(type_names))
        self.problems.error("unknown-type", f"{where}: there is no type `{echo(text)}`", scalar.span, help=help_text)
        return None

    def free(self, name: str, span: Span, names: Names, where: str) -> bool:
        """Whether a name may be declared where these are known."""
        taken = names.kinds().get(name)
        if taken:
            self.problems.error(
                "shadowed-name", f"{where}: `{name}` is already {taken}", span, help="choose another name"
            )
        return taken is None
