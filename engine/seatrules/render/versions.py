"""Lays out what a version of a policy names: its actions, settings and codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..diagnostics import printable
from ..program import Program
from ..words import Words, words


def version_text(program: Program, language: str) -> str:
    """A version in words, in one of the policy's languages; labels are in English where we lack that language."""
    label = words("versions", language)
    settings = {name: _setting(value, program.choices[name], label) for name, value in program.settings.items()}
    in_force = label["in_force"].format(day=program.effective_from)
    return "\n".join(
        [
            f"{program.policy.title}, {in_force}: {printable(program.title[language])}",
            f"  {program.digest}",
            *_group(label["actions"], {name: action.title[language] for name, action in program.actions.items()}),
            *_known(label["known"], program),
            *_group(label["settings"], settings),
            *(line for group, codes in program.codes.items() for line in _codes(label[group], codes, language)),
        ]
    )


def _known(title: str, program: Program) -> list[str]:
    """The words that are known of arguments and of texts of the state, where there are any."""
    known = {
        f"{name}.{argument}": ", ".join(words)
        for name, of_action in program.known_words.items()
        for argument, words in of_action.items()
    } | {place: ", ".join(words) for place, words in program.known_texts.items()}
    return [*_group(title, known)] if known else []


def _codes(title: str, codes: Mapping[str, Mapping[str, str]], language: str) -> Iterator[str]:
    return _group(title, {code: line[language] for code, line in codes.items()})


def _setting(value: Any, choices: tuple[Any, ...], label: Words) -> str:
    others = ", ".join(str(each).lower() for each in choices if each != value)
    return label["choice"].format(chosen=str(value).lower(), others=others)


def _group(title: str, entries: Mapping[str, str]) -> Iterator[str]:
    yield f"  {title}:"
    width = max(map(len, entries), default=0)
    for name, text in entries.items():
        yield f"    {name:<{width}}  {printable(text)}"
