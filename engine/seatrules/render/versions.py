"""Lays out what a version of a policy names: its actions, settings and codes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ..description.described import SettingDescription, VersionDescription
from ..diagnostics import printable
from ..words import Words, words


def version_text(version: VersionDescription, language: str) -> str:
    """A version in words, in one of the policy's languages; labels are in English where we lack that language."""
    label = words("versions", language)
    settings = {name: _setting(setting, label) for name, setting in version.settings.items()}
    in_force = label["in_force"].format(day=version.effective_from)
    return "\n".join(
        [
            f"{version.policy.title}, {in_force}: {printable(version.title[language])}",
            f"  {version.digest}",
            *_actions(label["actions"], version, language),
            *_known(label["known"], version),
            *_group(label["settings"], settings),
            *(line for group, codes in version.codes.items() for line in _codes(label[group], codes, language)),
        ]
    )


def _actions(title: str, version: VersionDescription, language: str) -> Iterator[str]:
    """Each action, with an example to copy under it, and what its arguments are."""
    heading, *lines = _group(title, {name: action.title[language] for name, action in version.actions.items()})
    yield heading
    for line, action in zip(lines, version.actions.values(), strict=True):
        yield line
        yield f"      {printable(json.dumps(action.example(version.effective_from), ensure_ascii=False))}"
        for name, argument in action.arguments.items():
            if text := argument.schema.get("description"):
                yield f"      {name}: {printable(text)}"


def _known(title: str, version: VersionDescription) -> list[str]:
    """The words that are known of arguments and of texts of the state, where there are any."""
    known = {
        f"{name}.{argument}": ", ".join(words)
        for name, of_action in version.known.items()
        for argument, words in of_action.items()
    } | {place: ", ".join(words) for place, words in version.known_of_state.items()}
    return [*_group(title, known)] if known else []


def _codes(title: str, codes: Mapping[str, Mapping[str, str]], language: str) -> Iterator[str]:
    return _group(title, {code: line[language] for code, line in codes.items()})


def _setting(setting: SettingDescription, label: Words) -> str:
    others = ", ".join(str(each).lower() for each in setting.choices if each != setting.value)
    return label["choice"].format(chosen=str(setting.value).lower(), others=others)


def _group(title: str, entries: Mapping[str, str]) -> Iterator[str]:
    yield f"  {title}:"
    width = max(map(len, entries), default=0)
    for name, text in entries.items():
        yield f"    {name:<{width}}  {printable(text)}"
