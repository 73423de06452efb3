"""Makes the first version of a policy: an action, a rule, and cases that show all of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from itertools import chain, count
from pathlib import Path
from pkgutil import get_data
from string import Template
from typing import Any, NamedTuple

from ..diagnostics import echo
from ..errors import RequestError, RequestProblem
from ..language.days import is_date
from ..policy.load import STATE
from ..words import phrase, words
from .draft import Draft
from .schema import Path as Steps
from .schema import inferred, integers, maps
from .yaml_text import in_brackets, yaml_entry, yaml_text

KINDS = ("number", "text", "date", "yes-no")
"""What a property may be said to be, besides one of some words: `free|paid`."""
_NAMES = ("ana", "ben")
_WITHOUT_NUMBER = "places"


class Trait(NamedTuple):
    """What an account has, or each entry of a map in it, by a name; `kind` is one of `KINDS`, or some words.

    `description` is what it means, where that is said.
    """

    steps: Steps
    kind: str
    description: str = ""

    @property
    def words(self) -> list[str]:
        return self.kind.split("|") if "|" in self.kind else []

    def value(self, day: str, number: int = 0) -> Any:
        """A value of it; of words the one with a number."""
        if self.words:
            return self.words[number % len(self.words)]
        return {"number": 5, "text": "text", "date": day, "yes-no": number == 0}[self.kind]


DEFAULT = (Trait(("places",), "number"), Trait(("members", "has_place"), "yes-no"))
"""What an account has where nothing is said."""


class Plan(NamedTuple):
    """What is known of a policy before it is made; `title` and `source` are texts of its own."""

    name: str
    day: str
    today: str
    title: str
    source: str
    languages: Sequence[str]
    state: Mapping[str, Any]
    schema: Mapping[str, Any]
    number: Steps
    """Where the number stands in the state that the first action raises."""
    variants: Sequence[Mapping[str, Any]] = ()
    """What may be merged into the state for a case that shows further words."""
    actor: str | None = None
    """The map of the state of which an entry is who asks, where that is said."""


class SampleGiven(NamedTuple):
    """A sample state with its schema, and what was made of it without being asked.

    `single` are pointers of objects with one object below them that were not taken for maps, `texts` are what looks
    like a number that is not whole.
    """

    state: Mapping[str, Any]
    schema: Mapping[str, Any]
    variants: Sequence[Mapping[str, Any]] = ()
    maps: Sequence[str] = ()
    added: Sequence[str] = ()
    single: Sequence[str] = ()
    texts: Mapping[str, str] = {}

    @property
    def numbers(self) -> list[Steps]:
        """Where numbers stand that an action can raise; those of the account itself come first."""
        return [*integers(self.schema)]

    @property
    def actors(self) -> list[str]:
        """The maps of which an entry may be who asks."""
        return [name for name, _ in maps(self.schema) if self.state.get(name)]


def from_sample(state: Mapping[str, Any], today: str, maps: Collection[str] = ()) -> SampleGiven:
    """What a sample says of the state of an account: its day, and a number, are added where it has none.

    Raises:
        RequestError: something in it can't be in a state.
    """
    if "as_of" in state and not is_date(state["as_of"]):
        what = phrase("no_day", given=echo(str(state["as_of"])))
        raise RequestError([RequestProblem("wrong_type", what, "/state/as_of")])
    added = [] if "as_of" in state else ["/as_of"]
    whole = {"as_of": today, **state}
    result = inferred(whole, maps)
    schema = deepcopy(result.schema)
    if not [*integers(schema)]:
        taken = schema["properties"]
        name = _free(_WITHOUT_NUMBER, taken)
        schema["properties"][name] = {"type": "integer", "minimum": 0, "default": 0}
        added.append(f"/{name}")
    return SampleGiven(whole, schema, (), result.maps, added, result.single, result.texts)


def _free(name: str, taken: Collection[str]) -> str:
    """A name that is not taken: the given one, or that with a number."""
    return next(each for each in chain([name], map(f"{name}_{{}}".format, count(2))) if each not in taken)


def from_properties(properties: Sequence[Trait], day: str) -> SampleGiven:
    """What is said of an account, property by property, as a sample and a schema that has its words."""
    state: dict[str, Any] = {"as_of": day}
    for each in properties:
        if len(each.steps) == 1:
            state[each.steps[0]] = each.value(day)
            continue
        entries = state.setdefault(each.steps[0], {name: {} for name in _NAMES})
        for number, name in enumerate(_NAMES):
            entries[name][each.steps[1]] = each.value(day, number)
    given = from_sample(state, day)
    schema = deepcopy(dict(given.schema))
    for each in properties:
        of = _record_of(schema, each.steps)
        if each.words:
            of[each.steps[-1]] = {"enum": each.words}
        if each.description:
            of[each.steps[-1]]["description"] = each.description
    rounds = max((len(each.words) for each in properties), default=0)
    return given._replace(schema=schema, variants=[_variant(properties, number) for number in range(1, rounds)])


def _record_of(schema: Mapping[str, Any], steps: Steps) -> dict[str, Any]:
    """The properties among which the last step of a path is."""
    if len(steps) == 1:
        return schema["properties"]  # type: ignore[no-any-return]
    name = schema["properties"][steps[0]]["additionalProperties"]["$ref"].removeprefix("#/$defs/")
    return schema["$defs"][name]["properties"]  # type: ignore[no-any-return]


def _variant(properties: Sequence[Trait], number: int) -> dict[str, Any]:
    """What is another word than in the sample, for the words with a number that there are."""
    changed: dict[str, Any] = {}
    for each in properties:
        if number >= len(each.words):
            continue
        inside = changed
        for step in (*each.steps[:-1], *_NAMES[: len(each.steps) - 1]):
            inside = inside.setdefault(step, {})
        inside[each.steps[-1]] = each.words[number]
    return changed


def policy_draft(plan: Plan, folder: Path) -> Draft:
    """The files of a policy's first version, in a folder that has its name."""
    action = f"add_{plan.number[-1]}"
    path = ".".join(plan.number)
    quantity, actor = _argument_names(plan)
    texts = _Texts(plan.languages)
    values = {
        "name": in_brackets(plan.name),
        "day": plan.day,
        "today": plan.today,
        "title": yaml_entry("title", dict.fromkeys(plan.languages, plan.title), 0),
        "source": yaml_entry("source", {"title": plan.source, "language": plan.languages[0]}, 0),
        "source_of_statement": yaml_entry("source", {"title": plan.source}, 4),
        "languages": in_brackets([*plan.languages]),
        "action": action,
        "arguments": in_brackets(_arguments(plan)),
        "quantity": quantity,
        "performed_by": "" if plan.actor is None else f"\n    performed_by: {actor}",
        "path": path,
        "action_title": texts.of("title", "title", 4, what=plan.number[-1].replace("_", " ")),
        "statement": texts.of("says", "statement", 4),
        "one_at_least": texts.of("line", "one_at_least", 6),
        "done": texts.of("done", "done", 4),
        "message": texts.of("message", "message", 4),
    }
    names = ("policy", "statements", "actions", "codes", "rules", "consequences", "outcomes")
    files = {f"{name}.yaml": Template(template(name)).substitute(values) for name in names}
    files[STATE] = template("state.schema") + yaml_text(plan.schema)
    files["suites/cases.yaml"] = template("cases") + yaml_text(_suite(plan, action, path))
    return Draft(folder, {f"{plan.day}/{name}": text for name, text in files.items()})


def _arguments(plan: Plan) -> dict[str, str]:
    """What the action takes: who asks, where that is said, and how many."""
    quantity, actor = _argument_names(plan)
    asks = {} if plan.actor is None else {actor: f"{dict(maps(plan.schema))[plan.actor]}_id"}
    return {**asks, quantity: "count"}


def _argument_names(plan: Plan) -> tuple[str, str]:
    """How the arguments are called that say how many, and who asks: no property of the account has that name."""
    taken = plan.schema["properties"]
    return _free("quantity", taken), _free("actor", taken)


def template(name: str) -> str:
    """The text that a new file begins with."""
    text = get_data(__name__, f"templates/{name}.yaml")
    assert text is not None
    return text.decode()


class _Texts:
    """Texts of ours in all languages of a new policy."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.languages = languages

    def of(self, key: str, name: str, indent: int, **values: str) -> str:
        """A text, by its name, below a key."""
        texts = {language: words("making", language)[name].format(**values) for language in self.languages}
        if key == "title":
            texts = {language: text[:1].upper() + text[1:] for language, text in texts.items()}
        return yaml_entry(key, texts, indent)


def _suite(plan: Plan, action: str, path: str) -> dict[str, Any]:
    ours = words("making", plan.languages[0])
    before = _number(plan.state, plan.number)
    quantity, actor = _argument_names(plan)
    asks = {} if plan.actor is None else {actor: next(iter(plan.state[plan.actor]))}
    asked = {"type": action, **asks, quantity: 1}
    shown = {
        "decision": "allow",
        "reason_key": "done",
        "billing": {"change": "increase", "quantity": 1, "effective_on": plan.state["as_of"]},
        "effects": [{"path": path, "from": before, "to": before + 1}],
    }
    cases: list[dict[str, Any]] = [
        {"id": "ADD-01", "title": ours["one_more"], "base": "account", "action": asked, "expect": shown},
        {
            "id": "ADD-02",
            "title": ours["none_more"],
            "base": "account",
            "action": {**asked, quantity: 0},
            "expect": {"decision": "deny", "reasons": ["one_at_least"]},
        },
    ]
    for number, changes in enumerate(plan.variants, 3):
        case = {"id": f"ADD-{number:02}", "title": ours["other_words"], "base": "account", "with": changes}
        cases.append({**case, "action": asked, "expect": {"decision": "allow"}})
    return {"bases": {"account": plan.state}, "cases": cases}


def _number(state: Mapping[str, Any], steps: Steps) -> int:
    """The number that stands at a place in a state: none where it is not given."""
    value: Any = state
    for step in steps:
        value = value.get(step, 0)
    return int(value)
