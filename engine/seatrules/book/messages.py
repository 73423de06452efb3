"""Lays out the policy's texts for reading: what a request fills in is a slot with a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..language import tree as t
from ..language.plurals import OTHER
from ..language.text import ChoiceOfText, Message, printed
from ..program import Program
from .links import hrefs_of, readable
from .values import Piece, Pieces

_CALLED = ("title", "several")
"""The texts of a table that say what a word is called: the slot is for that word."""


def pieces_of(message: Mapping[str, Message], program: Program, language: str) -> Pieces:
    """A message in a language; nothing where there is none."""
    return _pieces(message[language], program, language) if language in message else ()


def _pieces(message: Message, program: Program, language: str) -> Pieces:
    found: list[Piece] = []
    for part in message.parts:
        if isinstance(part, str):
            found.append(Piece(part))
        elif isinstance(part, ChoiceOfText):
            found += _chosen(part, program, language)
        else:
            found.append(_slot(printed(part), program, language))
    return tuple(found)


def _chosen(choice: ChoiceOfText, program: Program, language: str) -> Pieces:
    """The text that is said of many, where it goes by number; else every text that may be said."""
    if choice.rule is not None:
        return _pieces(choice.branches[OTHER], program, language)
    texts = tuple(dict.fromkeys(_pieces(each, program, language) for each in choice.branches.values()))
    texts = tuple(each for each in texts if each)
    return texts[0] if len(texts) == 1 and len(choice.branches) == 1 else (Piece("", "either", None, texts),)


def _slot(expr: t.Expr, program: Program, language: str) -> Piece:
    if isinstance(expr, t.Field) and expr.name in _CALLED and isinstance(expr.of, t.Index):
        key = expr.of.keys[-1]
        if isinstance(key, t.Literal) and (title := program.title_of(key.type, key.value)) is not None:
            return Piece(title[language])
    return Piece(label_of(expr), "slot", next(iter(hrefs_of(expr)), None))


def label_of(expr: t.Expr) -> str:
    """What a slot is called: the last name of what is printed, without what leads there."""
    match expr:
        case t.Field(of=t.Index(of=t.Rows(), keys=keys), name=name) if name in _CALLED:
            return label_of(keys[-1])
        case t.Field(of=of, name="id"):
            return label_of(of)
        case (
            t.Field(name=name) | t.Property(name=name) | t.Argument(name=name) | t.Local(name=name) | t.Role(name=name)
        ):
            return readable(name)
        case t.Call(fact=fact):
            return readable(fact)
        case t.Named(text=text):
            return readable(text.rpartition(".")[2])
        case t.Index(of=of, keys=keys):
            return f"{label_of(of)} ({', '.join(map(label_of, keys))})"
    return expr.text


def as_text(pieces: Iterable[Piece]) -> str:
    """The words of pieces, a slot in angle marks, what may be said one after the other."""
    return "".join(_text(piece) for piece in pieces)


def _text(piece: Piece) -> str:
    if piece.kind == "either":
        return f"[{' | '.join(map(as_text, piece.either))}]"
    return f"‹{piece.text}›" if piece.kind == "slot" else piece.text
