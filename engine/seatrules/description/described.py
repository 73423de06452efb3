"""What a program that embeds a policy can ask of it: its versions, and of each the settings, actions and codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..language.interpret import fresh
from ..language.text import pointer
from ..language.types import Record, Type
from ..planning.option_values import known_as_data
from ..program import ActionType, PolicyVersion, Program
from ..program.program import Translations
from ..program.read_only import ReadOnly
from ..words import nearest_language
from .decision_schema import decision_schema
from .places import key_in, path_of_map
from .schemas import action_schema, arguments_schemas, required_arguments, state_schema


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """A setting of a version: the value that was chosen, the one that it has by itself, and all choices."""

    value: Any
    default: Any
    choices: tuple[Any, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"value": self.value, "default": self.default, "choices": list(self.choices)}


@dataclass(frozen=True, slots=True)
class ArgumentDescription:
    """An argument of an action. `key_of` is the map whose key it is, as a JSON pointer to the state, if it is one."""

    required: bool
    key_of: str | None
    _schema: Mapping[str, Any] = field(repr=False)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its values."""
        schema: dict[str, Any] = fresh(self._schema)
        return schema

    def as_dict(self) -> dict[str, Any]:
        return {"required": self.required, "key_of": self.key_of, "schema": self.schema}

    def example(self, day: str) -> Any:
        """A value, a date being `day`; in the place of a key stands of which map it is one."""
        if self._schema.get("type") == "array":
            return [self._single(self._schema["items"], day)]
        return self._single(self._schema, day)

    def _single(self, schema: Mapping[str, Any], day: str) -> Any:
        if self.key_of is not None:
            return f"<a key of {self.key_of}>"
        known = schema.get("enum") or schema.get("examples")
        if known:
            return known[0]
        if "boolean" in schema["type"]:
            return False
        if "integer" in schema["type"]:
            return max(schema["minimum"], 1)
        return day if schema.get("format") == "date" else "<a text>"


@dataclass(frozen=True, slots=True)
class ActionDescription:
    """A type of action: its title in each language, its arguments by their names, and which of them is who acts."""

    title: Translations
    arguments: Mapping[str, ArgumentDescription]
    performed_by: str | None
    _name: str = field(repr=False)

    def example(self, day: str) -> dict[str, Any]:
        """An action of it to copy, with what has to be given: see `ArgumentDescription.example`."""
        given = {name: each.example(day) for name, each in self.arguments.items() if each.required}
        return {"type": self._name, **given}


@dataclass(frozen=True, slots=True)
class VersionDescription:
    """A version of a policy as it is loaded: by which name and digest, from which day on, and what it names.

    `codes` are the lines of the codes, by `reasons`, `outcomes` and `warnings`. `known` are the words that texts among
    the arguments are likely to be, by action and argument; `known_of_state` those of texts of the state, by pointers.
    """

    policy: PolicyVersion
    effective_from: str
    title: Translations
    settings: Mapping[str, SettingDescription]
    actions: Mapping[str, ActionDescription]
    codes: Mapping[str, Mapping[str, Translations]]
    known: Mapping[str, Mapping[str, tuple[str, ...]]] = field(repr=False)
    known_of_state: Mapping[str, tuple[str, ...]] = field(repr=False)
    _schemas: Mapping[str, Any] = field(repr=False)

    @property
    def version(self) -> str:
        """Its name."""
        return self.policy.version

    @property
    def digest(self) -> str:
        """What tells it from every other: of all that can change a decision or its words."""
        return self.policy.digest

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it speaks, its first one first."""
        return self.policy.languages

    @property
    def state_schema(self) -> dict[str, Any]:
        """The JSON Schema of a state."""
        return self._schema("state")

    @property
    def action_schema(self) -> dict[str, Any]:
        """The JSON Schema of an action."""
        return self._schema("action")

    @property
    def decision_schema(self) -> dict[str, Any]:
        """The JSON Schema of a decision as plain data."""
        return self._schema("decision")

    def _schema(self, of: str) -> dict[str, Any]:
        schema: dict[str, Any] = fresh(self._schemas[of])
        return schema

    def nearest(self, language: str | None) -> str:
        """The language of it that a tag finds, or its first: an earlier version may not speak what the newest does."""
        return (None if language is None else nearest_language(language, self.languages)) or self.languages[0]

    def as_dict(self, language: str | None = None) -> dict[str, Any]:
        """The version as `seatrules list --format json` has it, its texts in the nearest language; without schemas."""
        language = self.nearest(language)
        known = {place: list(words) for place, words in self.known_of_state.items()}
        return {
            "name": self.policy.name,
            "version": self.version,
            "effective_from": self.effective_from,
            **self.policy.identity,
            "title": self.title[language],
            "languages": list(self.languages),
            "settings": {name: each.as_dict() for name, each in self.settings.items()},
            "actions": {name: action.title[language] for name, action in self.actions.items()},
            "arguments": {
                name: {argument: each.as_dict() for argument, each in action.arguments.items()}
                for name, action in self.actions.items()
            },
            "examples": {name: action.example(self.effective_from) for name, action in self.actions.items()},
            **known_as_data(self.known),
            **({"known_of_state": known} if known else {}),
            "codes": {
                group: {code: line[language] for code, line in codes.items()} for group, codes in self.codes.items()
            },
        }


@dataclass(frozen=True, slots=True)
class PolicyDescription:
    """A policy as it is loaded: all its versions, in the order in which they come into force."""

    versions: tuple[VersionDescription, ...]

    @property
    def name(self) -> str:
        """The name, which all versions share."""
        return self.versions[-1].policy.name

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of the newest version, the policy's first language first."""
        return self.versions[-1].languages

    def as_dict(self, language: str | None = None) -> dict[str, Any]:
        """The policy as plain data, its texts in the nearest language that each version speaks."""
        versions = [each.as_dict(language) for each in self.versions]
        return {"name": self.name, "languages": list(self.languages), "versions": versions}


def described(programs: Iterable[Program]) -> PolicyDescription:
    """What there is to know of the versions of a policy, which are in their order."""
    return PolicyDescription(tuple(map(described_version, programs)))


def described_version(program: Program) -> VersionDescription:
    """What there is to know of one version of a policy."""
    schemas = {"state": state_schema, "action": action_schema, "decision": decision_schema}
    return VersionDescription(
        policy=program.policy,
        effective_from=program.effective_from,
        title=ReadOnly(program.title),
        settings=ReadOnly(
            {
                name: SettingDescription(value, program.defaults[name], program.choices[name])
                for name, value in program.settings.items()
            }
        ),
        actions=ReadOnly({name: _action(action, program) for name, action in program.actions.items()}),
        codes=ReadOnly(program.codes),
        known=ReadOnly(program.known_words),
        known_of_state=ReadOnly(program.known_texts),
        _schemas={of: schema(program) for of, schema in schemas.items()},
    )


def _action(action: ActionType, program: Program) -> ActionDescription:
    schemas, required = arguments_schemas(action), required_arguments(action)
    arguments = {
        name: ArgumentDescription(name in required, _key_of(kind, program.state), schemas[name])
        for name, kind in action.arguments.items()
    }
    return ActionDescription(ReadOnly(action.title), ReadOnly(arguments), action.performed_by, action.name)


def _key_of(kind: Type, state: Record) -> str | None:
    """The map whose key a value is, or each item of a list."""
    entry = key_in(kind)
    return None if entry is None else pointer(("state", *path_of_map(entry, state)))
