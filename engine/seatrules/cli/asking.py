"""Asks whoever sits at the terminal for what is not given; where nobody does, what is missing is an error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import click

from ..errors import UsageError
from ..words import Phrase, Words, phrase
from .progress import apart
from .usage import wrong_use

Value = TypeVar("Value")
Read = Callable[[str], Value]
"""Makes a value of what is answered; a `UsageError` says why it can't."""


@dataclass(frozen=True)
class Asking:
    """Questions in a language, by their names; none are asked where `quiet`, or where no terminal is."""

    language: str
    words: Words
    quiet: bool = False

    @property
    def is_heard(self) -> bool:
        """Whether somebody can answer."""
        return not self.quiet and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, name: str, **values: object) -> str:
        """One of the engine's words about what is made."""
        return self.words[name].format(**values)

    def value(
        self, name: str, option: str, given: str | None, read: Read[Value], default: str | None = None, **values: object
    ) -> Value:
        """What an option is given, else what is answered to the question with a name, else the default.

        Raises:
            UsageError: it is not given, and nobody can be asked; or it is given and can't be.
        """
        if given is not None:
            return read(given)
        if not self.is_heard:
            if default is None:
                raise wrong_use(phrase("parameter_missing", name=f"`{option.split()[0]}`"), suggestion=_give(option))
            return read(default)
        while True:
            try:
                return read(self._answer(self.say(name, **values), default))
            except UsageError as error:
                self.tell(error)

    def each(self, name: str, read: Read[Value]) -> list[Value]:
        """What is answered, line by line, until a line is empty."""
        got = list[Value]()
        with apart(sys.stderr):
            click.echo(self.say(name), err=True)
        while line := self._answer(">", ""):
            try:
                got.append(read(line))
            except UsageError as error:
                self.tell(error)
        return got

    def tell(self, error: UsageError) -> None:
        """Say what is wrong with an answer."""
        spoken = error.spoken(self.language)
        with apart(sys.stderr):
            click.echo("; ".join(filter(None, [spoken.message, spoken.suggestion])), err=True)

    def lines(self, name: str, every: list[str]) -> Iterator[str]:
        """A line with a name, and what it is about, where that is something."""
        if every:
            yield self.say(name, names=", ".join(every))

    def _answer(self, question: str, default: str | None) -> str:
        with apart(sys.stderr):
            return str(click.prompt(question, default=default, show_default=bool(default), err=True)).strip()


def _give(option: str) -> Phrase:
    return phrase("give", usage=option)
