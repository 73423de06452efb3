"""Makes up small policies: rules, facts and consequences of random expressions, which use all of the language."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

BASE = Path(__file__).parent / "base"
COLORS = ("red", "green", "blue")
DAYS = ("2024-12-31", "2025-02-01", "2025-06-30")
Small = dict[str, Any]
"""The facts, rules, consequences and outcomes of a small policy, as they stand in its files."""

SMALL_STATE: dict[str, Any] = {
    "as_of": "2025-03-01",
    "n": 1,
    "m": None,
    "flag": True,
    "off": None,
    "day": "2025-03-01",
    "until": None,
    "hue": "red",
    "name": "ana",
    "hues": ["red"],
    "parts": [],
    "crew": [],
    "boxes": {
        "a": {"open": True, "count": 1, "size": "small", "drawers": {}, "started": "2025-02-28", "ends": "2025-03-31"}
        | {"below": "a", "beside": [], "labels": {}}
    },
    "stock": {},
}
SMALL_ACTION = {
    "type": "act",
    "k": 1,
    "c": "red",
    "d": None,
    "on": "2025-03-01",
    "b": True,
    "box": "a",
    "other": "a",
} | {"word": "ana"}


def small_policy(random: Random) -> Small:
    """The facts, rules, consequences and outcomes of a policy that nobody wrote."""
    facts: dict[str, Any] = {}
    for number in range(random.randint(0, 4)):
        result = random.choice(("boolean", "boolean", "integer", "color", "date"))
        given = random.random() < 0.5
        names = Names(random, facts=[*facts.values()], inside_fact=True, locals={"p": "color"} if given else {})
        name = f"f{number}"
        facts[name] = {"name": name, "given": given, "result": result, "is": names.of(result, 3)}
    rules = [_rule(random, number, list(facts.values())) for number in range(random.randint(1, 4))]
    written = {
        name: ({"given": {"p": "color"}} if fact["given"] else {})
        | {"is": fact["is"]}
        | ({"gives": "color"} if fact["result"] == "color" else {})
        for name, fact in facts.items()
    }
    consequences = _consequences(random, list(facts.values()))
    outcomes = [_outcome(random, list(facts.values()))]
    return {"facts": written, "rules": rules, "consequences": consequences, "outcomes": outcomes}


def write_policy(small: Small, folder: Path) -> Path:
    """The folder of the policy, below `folder`."""
    place = folder / "small"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(BASE, place / "base")
    for kind, entries in small.items():
        (place / "base" / f"{kind}.yaml").write_text(json.dumps({kind: entries}), encoding="utf-8")
    return place


def _rule(random: Random, number: int, facts: list[dict[str, Any]]) -> dict[str, Any]:
    names = Names(random, facts=facts)
    rule: dict[str, Any] = {"id": f"rule-{number}", "actions": ["act"]}
    if random.random() < 0.2:
        rule["effective"] = {random.choice(("from", "until")): random.choice(DAYS)}
    if random.random() < 0.5:
        rule["when"] = names.boolean(3)
    items = [names.boolean(4) for _ in range(random.choice((1, 1, 2)))]
    rule["require"] = items if len(items) > 1 else items[0]
    return {**rule, "otherwise": {"code": f"r{number}", "message": {"en": names.message(2)}}}


def _consequences(random: Random, facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the action changes, perhaps twice in one place: in lists, in maps, and in maps within their entries."""
    names = Names(random, facts=facts)
    part = names.binding("w", "part")
    ways: list[Callable[[], dict[str, Any]]] = [
        lambda: {"for": f"w in parts if {part.boolean(2)}", "remove": ["w"]},
        lambda: {"for": f"w in parts if {part.boolean(2)}", "change": {"w.count": part.integer(1)}},
        lambda: {"change": {"it.count": names.integer(2), "that.drawers[c].holds": names.integer(1)}},
        lambda: {"change": {"that.count": names.integer(2), "it.drawers[c].full": names.boolean(1)}},
        lambda: {"change": {"it.ends": names.date(2)}},
        lambda: {"change": {"hues": names.colors(2)}},
        lambda: {"append": {"hues": names.color(1)}},
        lambda: {"append": {"parts": {"count": names.integer(1), "ready": "b", "hue": "c", "since": "None"}}},
        lambda: {"change": {"stock[c].left": names.integer(2)}},
        lambda: {"change": {"it.weight": names.integer(1), "that.clean": names.boolean(1)}},
        lambda: {"change": {"it.below": names.key(2), "that.above": "None"}},
        lambda: {"append": {"it.beside": names.key(1)}},
        lambda: {"append": {"it.labels[other]": {"fresh": "b", "times": "k", "hue": "c"}}},
        lambda: {"remove": ["boxes[other]"]},
        lambda: {"remove": ["it.labels[other]"]},
    ]
    chosen = random.sample(ways, random.choice((0, 1, 1, 2, 3)))
    return [
        {"id": f"then-{number}", "actions": ["act"], "when": names.boolean(1)} | way()
        for number, way in enumerate(chosen)
    ]


def _outcome(random: Random, facts: list[dict[str, Any]]) -> dict[str, Any]:
    """What is said to be done, and its bill: nothing, an entry, or several, for each of some, where something holds."""
    names = Names(random, facts=facts)
    inside = {over: names.binding("e", of) for over, of in (("hues", "color"), ("parts", "part"), ("boxes", "box"))}

    def bill() -> dict[str, Any]:
        here, entry = names, dict[str, Any]()
        if random.random() < 0.6:
            over = random.choice([*inside])
            here = inside[over]
            entry["for"] = f"e in {over}" + (f" if {here.boolean(1)}" if random.random() < 0.5 else "")
        if random.random() < 0.4:
            entry["when"] = here.boolean(2)
        return {**entry, "change": "none", "count": here.integer(2), "hue": here.color(1)}

    bills = [bill() for _ in range(random.choice((0, 0, 1, 2)))]
    billing = {"billing": bills if len(bills) > 1 or random.random() < 0.5 else bills[0]} if bills else {}
    return {"id": "it-is-done", "code": "done", "actions": ["act"], "message": {"en": "done"}, **billing}


@dataclass
class Names:
    """What an expression may read here: `present` holds the paths that are known not to be absent."""

    random: Random
    facts: list[dict[str, Any]] = field(default_factory=list)
    inside_fact: bool = False
    locals: dict[str, str] = field(default_factory=dict)
    present: tuple[str, ...] = ()

    def message(self, depth: int) -> str:
        """A text that prints what is read, and chooses its words by it."""
        word = self.named("color", "tint")
        ways = [
            lambda: "no",
            lambda: f"no {{{self.named('integer', 'm')}}} on {{{self.named('date', 'until')}}}: {{nick}} {{hues}}",
        ]
        if depth > 0:
            inner = [self.message(depth - 1) for _ in range(3)]
            ways += [
                lambda: f"{{{word}, select, red {{{inner[0]}}} blue {{is {inner[1]}}} other {{{inner[2]}%}}}}",
                lambda: f"{{{self.named('boolean')}, select, true {{{inner[0]}}} false {{not {inner[1]}}}}}",
                lambda: f"{{{self.named('integer', 'm')}, plural, =3 {{{inner[0]}}} one {{# {inner[1]}}} other {{#}}}}",
            ]
        return self.one(*ways)

    def named(self, kind: str, *absentees: str) -> str:
        """What has this type and is a name or a path of names; it may be absent."""
        return self.word(*(leaf for leaf in self.leaves(kind) if leaf.replace(".", "").isalpha()), *absentees)

    def of(self, kind: str, depth: int) -> str:
        return {
            "boolean": self.boolean,
            "integer": self.integer,
            "color": self.color,
            "date": self.date,
            "colors": self.colors,
        }[kind](depth)

    def having(self, path: str) -> Names:
        return Names(self.random, self.facts, self.inside_fact, self.locals, (*self.present, path))

    def binding(self, name: str, kind: str) -> Names:
        return Names(self.random, self.facts, self.inside_fact, {**self.locals, name: kind}, self.present)

    def one(self, *ways: Callable[[], str]) -> str:
        return self.random.choice(ways)()

    def word(self, *words: str) -> str:
        return self.random.choice(words)

    def leaves(self, kind: str) -> list[str]:
        """What has this type without being calculated."""
        found = {
            "boolean": ["flag", "settings.strict"],
            "integer": ["n", "0", "1", "3", "-2"],
            "color": ["hue"],
            "date": ["as_of", "day", "cutoffs.start", "cutoffs.end"],
            "colors": ["hues", '["red", "blue"]'],
        }[kind]
        if not self.inside_fact:
            found += {
                "boolean": [
                    "b",
                    "it.open",
                    "shade.warm",
                    "that.open",
                    'it.drawers["red"].full',
                    "that.drawers[c].full",
                    "under.open",
                    "it.clean",
                    "boxes[that.below].open",
                    "(that.id in it.beside)",
                    "all(boxes[v].open for v in that.beside)",
                ],
                "integer": [
                    "k",
                    "it.count",
                    "shade.price",
                    "that.count",
                    'that.drawers["red"].holds',
                    "under.count",
                    "that.weight",
                ],
                "color": ["c", "shade.follows"],
                "date": ["on", "it.started", "that.ends"],
                "colors": [],
            }[kind]
        for name, of in self.locals.items():
            inner = {
                "color": {"color": [name]},
                "mate": {"integer": [f"{name}.age"], "color": [f"{name}.hue"]},
                "part": {"boolean": [f"{name}.ready"], "integer": [f"{name}.count"], "color": [f"{name}.hue"]},
                "box": {
                    "boolean": [f"{name}.open", f'{name}.drawers["green"].full'],
                    "integer": [f"{name}.count", f"{name}.drawers[hue].holds"],
                    "date": [f"{name}.started", f"{name}.ends"],
                },
                "drawer": {"boolean": [f"{name}.full"], "integer": [f"{name}.holds"], "color": [f"{name}.id"]},
                "shade": {"boolean": [f"{name}.warm"], "integer": [f"{name}.price"], "color": [f"{name}.id"]},
            }[of]
            found += inner.get(kind, [])
        found += [path for path in self.present if self.absentees().get(path) == kind]
        return found

    def key(self, depth: int) -> str:
        """A key of a box."""
        known = [path for path in self.present if path.endswith(".above")]
        keys = ["it.id", "it.below", "under.below", "box", "other", *known]
        plain = self.word(*keys, "boxes[that.below].below")
        return plain if depth <= 0 else self.word(plain, f"({plain} if {self.boolean(depth - 1)} else {self.key(0)})")

    def absentees(self) -> dict[str, str]:
        """The paths that may be absent, with the type of their values."""
        found = {"m": "integer", "off": "boolean", "until": "date", "tint": "color", "nick": "text"}
        found |= {"max(q.count for q in parts)": "integer", "min(q.price for q in shades if q.warm)": "integer"}
        found |= {"first(q.hue for q in parts)": "color", "first(q.count for q in boxes if q.open)": "integer"}
        if not self.inside_fact:
            found |= {"d": "color", "it.since": "date", "it.above": "key", "it.labels[other]": "label"}
        found |= {f"{name}.since": "date" for name, of in self.locals.items() if of in ("part", "box")}
        found |= {f"{name}.until": "date" for name, of in self.locals.items() if of == "mate"}
        return found | {f"{name}.used": "date" for name, of in self.locals.items() if of == "drawer"}

    def leaf(self, kind: str) -> str:
        calls = [
            f"{fact['name']}({self.leaf('color') if kind != 'color' else 'hue'})" if fact["given"] else fact["name"]
            for fact in self.facts
            if fact["result"] == kind
        ]
        return self.random.choice([*self.leaves(kind), *calls, *calls])

    def boolean(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("boolean")
        d = depth - 1
        return self.one(
            lambda: self.leaf("boolean"),
            lambda: self.leaf("boolean"),
            lambda: f"not ({self.boolean(d)})",
            lambda: self.joined(d),
            lambda: self.joined(d),
            lambda: self.guarded(d),
            lambda: self.guarded(d),
            lambda: self.compared(d),
            lambda: self.compared(d),
            lambda: self.compared(d),
            lambda: self.member(d),
            lambda: self.loop(self.word("any", "all"), d),
            lambda: f"({self.boolean(d)} if {self.boolean(d)} else {self.boolean(d)})",
            lambda: f"mixes[{self.color(0)}, {self.size()}].fine",
            lambda: f"tariffs[{self.color(0)}, {self.date(d)}].open",
        )

    def joined(self, d: int) -> str:
        word = self.word(" and ", " or ")
        return "(" + word.join(self.boolean(d) for _ in range(self.random.randint(2, 3))) + ")"

    def guarded(self, d: int) -> str:
        """A question for what may be absent, and what is said where it is there."""
        path = self.word(*self.absentees())
        if path in self.present or self.random.random() < 0.2:
            return f"{path} is {self.word('', 'not ')}None" if path not in self.present else self.boolean(d)
        kind, inside = self.absentees()[path], self.having(path)
        use = (
            f"{path} == {self.word(chr(34) + 'ana' + chr(34), 'name')}" if kind == "text" else inside.use(path, kind, d)
        )
        if kind == "label" and self.random.random() < 0.5:
            return self.one(lambda: f"(other in it.labels and {use})", lambda: f"(other not in it.labels or {use})")
        return self.one(
            lambda: f"({path} is not None and {use})",
            lambda: f"({path} is None or {use})",
            lambda: f"not ({path} is None or {use})",
            lambda: f"({use} if {path} is not None else {self.boolean(d)})",
            lambda: f"({self.boolean(d)} if {path} is None else {use})",
        )

    def use(self, path: str, kind: str, d: int) -> str:
        """A condition that uses a path."""
        match kind:
            case "boolean":
                return self.word(path, f"not {path}", f"{path} == {self.leaf('boolean')}")
            case "color":
                return f"{path} {self.word('==', '!=')} {self.color(d)}"
            case "key":
                return self.word(f"{path} == {self.key(0)}", f"boxes[{path}].open", f"{path} in it.beside")
            case "label":
                return self.word(f"{path}.fresh", f"{path}.times > {self.integer(0)}", f"{path}.hue == {self.color(0)}")
        return f"{path} {self.order()} {self.of(kind, d)}"

    def text(self) -> str:
        """A text, as it stands in the state or made."""
        return self.one(
            lambda: "name",
            lambda: f'"{self.word("a", "Ana", "b1")}"',
            lambda: "casefold(name)",
            lambda: f"text({self.leaf('color')}, {self.leaf('integer')}, {self.leaf('date')})",
            lambda: 'text("b", 0 - n)',
        )

    def order(self) -> str:
        return self.word("==", "!=", "<", "<=", ">", ">=")

    def compared(self, d: int) -> str:
        return self.one(
            lambda: f"{self.integer(d)} {self.order()} {self.integer(d)}",
            lambda: f"{self.integer(d)} {self.order()} {self.word('0', '1', '4', '-1')}",
            lambda: f"{self.word('0', '2')} {self.order()} {self.integer(d)}",
            lambda: f"{' + '.join(self.tally() for _ in range(4))} {self.order()} {self.integer(0)}",
            lambda: f"{self.date(d)} {self.order()} {self.date(d)}",
            lambda: f'{self.date(d)} {self.order()} "{self.word(*DAYS)}"',
            lambda: f"{self.color(d)} {self.word('==', '!=')} {self.color(d)}",
            lambda: f'{self.color(d)} {self.word("==", "!=")} "{self.word(*COLORS)}"',
            lambda: f'"{self.word(*COLORS)}" {self.word("==", "!=")} {self.color(d)}',
            lambda: f'name {self.order()} "{self.word("ana", "", "true", "1")}"',
            lambda: f"{self.text()} {self.order()} {self.text()}",
            lambda: f"{self.leaf('boolean')} {self.word('==', '!=')} {self.word('True', 'False')}",
            lambda: f"{self.leaf('boolean')} {self.word('==', '!=')} {self.leaf('boolean')}",
            lambda: f'settings.mode {self.word("==", "!=")} "fast"',
            lambda: f"hues {self.word('==', '!=')} {self.colors(d)}",
        )

    def member(self, d: int) -> str:
        sign = self.word("in", "not in")
        return self.one(
            lambda: f'{self.color(d)} {sign} ["{self.word(*COLORS)}", "{self.word(*COLORS)}"]',
            lambda: f"{self.color(d)} {sign} {self.colors(d)}",
            lambda: f"{self.color(d)} {sign} stock",
            lambda: f'name {sign} ["ana", "bob", ""]',
            lambda: f"{self.text()} {sign} boxes",
            lambda: f"name {sign} shades",
            lambda: f"(name in shades and shades[name].price {self.order()} {self.integer(0)})",
            lambda: f"(name in tariffs and tariffs[name, {self.date(d)}].open)",
            lambda: f'(name not in ["{self.word(*COLORS)}", "blue"] or shades[name].warm)',
            lambda: f'(stock[name].left > 0 if name == "{self.word(*COLORS)}" else {self.boolean(0)})',
            lambda: f"{self.integer(d)} {sign} [0, 1, 3]",
            lambda: f"{self.integer(d)} {sign} [n, 1]",
        )

    def loop(self, kind: str, d: int) -> str:
        name = f"v{len(self.locals)}"
        over, of = self.random.choice(
            (
                ("parts", "part"),
                ("crew", "mate"),
                ("hues", "color"),
                ("boxes", "box"),
                ("shades", "shade"),
                ("[hue, shades[hue].follows]", "color"),
                *((f"{box}.drawers", "drawer") for box in self.boxes()),
            )
        )
        inside = self.binding(name, of)
        asked = [inside.boolean(d - 1)] if self.random.random() < 0.5 else []
        if of in ("part", "mate", "box") and self.random.random() < 0.5:
            asked.insert(self.random.randint(0, len(asked)), self.match(name, of))
        condition = f" if {' and '.join(f'({each})' for each in asked)}" if asked else ""
        if kind == "[]":
            return f"[{inside.color(d - 1)} for {name} in {over}{condition}]"
        element = inside.boolean(d - 1) if kind in ("any", "all") else inside.integer(d - 1)
        return f"{kind}({name if kind == 'count' else element} for {name} in {over}{condition})"

    def match(self, name: str, of: str) -> str:
        """That an entry has a value, by which it can be looked up."""
        if of == "box":
            return f"{name}.count == {self.integer(0)}" if self.inside_fact else f"{self.key(0)} in {name}.beside"
        if of == "part":
            return self.word(f"{name}.hue == {self.color(0)}", f"{self.integer(0)} == {name}.count")
        return self.word(f"{name}.hue == {self.color(0)}", f"{self.color(0)} in {name}.wears", f"name == {name}.name")

    def tally(self) -> str:
        """A count or a sum of those of one color."""
        color = self.color(0)
        return self.word(
            f"count(z for z in crew if {color} in z.wears)", f"sum(z.age for z in crew if z.hue == {color})"
        )

    def boxes(self) -> list[str]:
        """What is a box here."""
        return [
            *([] if self.inside_fact else ["it", "that"]),
            *(name for name, of in self.locals.items() if of == "box"),
        ]

    def term(self) -> str:
        """The start and the end of a term."""
        boxes = self.boxes()
        box = self.word(*boxes) if boxes and self.random.random() < 0.5 else None
        return f"{self.date(0)}, {self.date(0)}" if box is None else f"{box}.started, {box}.ends"

    def integer(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("integer")
        d = depth - 1
        return self.one(
            lambda: self.leaf("integer"),
            lambda: self.leaf("integer"),
            lambda: f"({self.integer(d)} {self.word('+', '-', '*')} {self.integer(d)})",
            lambda: f"stock[{self.color(0)}].left",
            lambda: f"shades[{self.color(0)}].price",
            lambda: f"mixes[{self.color(0)}, {self.size()}].cost",
            lambda: f"tariffs[{self.color(0)}, {self.date(d)}].cents",
            lambda: self.loop(self.word("count", "count_distinct", "sum"), d),
            lambda: f"{self.word('min', 'max')}({self.integer(d)}, {self.integer(d)})",
            lambda: f"len({self.word('hues', 'parts', 'boxes')})",
            lambda: self.divided(d),
            lambda: f"{self.word('days', 'months')}_between({self.date(d)}, {self.date(d)})",
            lambda: f"({self.integer(d)} if {self.boolean(d)} else {self.integer(d)})",
        )

    def divided(self, d: int) -> str:
        """A quotient or what is left, by a number that is not 0."""
        number, by, otherwise = self.integer(d), self.integer(d), self.leaf("integer")
        by = "n" if by == "0" else by  # by that nothing is divided, and no policy is loaded that does it
        rounding = self.word("half_up", "half_even", "up", "down")
        call: Callable[[str], str] = self.random.choice(
            (lambda by: f'divide({number}, {by}, "{rounding}")', lambda by: f"remainder({number}, {by})")
        )
        return self.one(
            lambda: call(self.word("3", "-2", "7")),
            lambda: call(f"max(1, {by})"),
            lambda: f"({call(by)} if {by} {self.word('!= 0', '> 0', '< 0')} else {otherwise})",
        )

    def color(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("color")
        d = depth - 1
        return self.one(
            lambda: self.leaf("color"),
            lambda: self.leaf("color"),
            lambda: f"shades[{self.color(0)}].follows",
            lambda: f"({self.color(d)} if {self.boolean(d)} else {self.color(d)})",
        )

    def size(self) -> str:
        return self.word('"small"', '"large"')

    def date(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("date")
        d = depth - 1
        return self.one(
            lambda: self.leaf("date"),
            lambda: self.leaf("date"),
            lambda: f"add_days({self.date(d)}, {self.word('1', '-1', '30', 'n')})",
            lambda: f"add_months({self.date(d)}, {self.word('1', '-1', '12', 'n')})",
            lambda: f"next_renewal({self.term()}, {self.date(0)})",
            lambda: f"start_of_month({self.date(d)})",
            lambda: f"anniversary({self.date(d)}, {self.word('1', '3', '12', 'n')}, {self.date(0)})",
            lambda: f"{self.word('min', 'max')}({self.date(d)}, {self.date(d)})",
            lambda: f"({self.date(d)} if {self.boolean(d)} else {self.date(d)})",
        )

    def colors(self, depth: int) -> str:
        if depth <= 0:
            return self.leaf("colors")
        return self.one(
            lambda: "hues",
            lambda: self.loop("[]", depth - 1),
            lambda: f"without(hues, {self.color(depth - 1)})",
            lambda: f"(hues + [{self.color(0)}])",
        )
