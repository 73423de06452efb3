"""What a rule book says, as plain values in one language: gathered once, laid out by templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Piece(NamedTuple):
    """A part of a sentence: words, a `name` of the policy, a `slot` that a request fills, or one of several texts."""

    text: str
    kind: str = "words"
    href: str | None = None
    either: tuple[tuple[Piece, ...], ...] = ()


Pieces = tuple[Piece, ...]


class Plain(NamedTuple):
    """An expression in plain words: a sentence, and the sentences below it."""

    pieces: Pieces
    items: tuple[Plain, ...] = ()


class Told(NamedTuple):
    """An expression as it is written, and in plain words where that can be done exactly."""

    expression: str
    plain: Plain | None


class Link(NamedTuple):
    """A name with where the book explains it; nothing where it does not. `kind` is what it is called in its file."""

    text: str
    href: str | None
    kind: str


class Cited(NamedTuple):
    """A statement of the source. `quote` is in `quote_language`, `meaning` and `says` in the book's language."""

    id: str
    anchor: str
    quote: str | None
    quote_language: str | None
    meaning: str | None
    says: str | None
    source: str
    url: str | None
    seen: str | None
    no_rule: str | None
    cited_by: tuple[Link, ...]


class Bill(NamedTuple):
    """One entry of a bill: what changes, for each entry of what, and what stands under each key."""

    change: str
    for_each: Told | None
    when: Told | None
    values: tuple[tuple[str, Told], ...]


class Entry(NamedTuple):
    """A clause of the policy: a rule, a consequence, an outcome, an event, an invariant, a goal or a line.

    Its `title` is what the policy says of it in the book's language, else its id as a sentence, which is English.
    """

    kind: str
    id: str
    anchor: str
    title: str
    title_language: str
    actions: tuple[Link, ...]
    for_each: Told | None
    on: Told | None
    when: Told | None
    require: tuple[Told, ...]
    code: Link | None
    line: str | None
    message: Pieces
    about: str | None
    severity: str
    effective_from: str | None
    effective_until: str | None
    changes: tuple[tuple[str, Told | None], ...]
    bills: tuple[Bill, ...]
    cites: tuple[Cited, ...]
    at: str
    names: tuple[Link, ...]
    asks_who: bool


class Argument(NamedTuple):
    """What an action is given: a name, what it may be, and whether it has to be."""

    name: str
    type: Pieces
    required: bool
    is_performer: bool


class Mark(NamedTuple):
    """A day in a picture, with what happens on it."""

    x: float
    day: str
    text: str
    row: int


class Stretch(NamedTuple):
    """A stretch of a number in a picture: from one place to another, at one height."""

    x1: float
    x2: float
    y: float
    value: int


class Track(NamedTuple):
    """A number of the account over time; `top` is where its lane begins."""

    path: str
    top: float
    steps: tuple[Stretch, ...]


class Happening(NamedTuple):
    """What happens on a day of a picture, in words, and what is billed for it."""

    day: str
    text: str
    bills: tuple[str, ...]


class Picture(NamedTuple):
    """An account over time, of a case of the policy's own: what is done on its first day, and what follows.

    `more` happens by itself later, which is not told.
    """

    anchor: str
    case: str
    title: str
    outcome: Link
    width: int
    height: int
    marks: tuple[Mark, ...]
    tracks: tuple[Track, ...]
    happenings: tuple[Happening, ...]
    more: int


class Action(NamedTuple):
    """A type of action: who may do it, what is asked, what happens, and what is billed."""

    name: str
    page: str
    title: str
    instruction: Pieces
    arguments: tuple[Argument, ...]
    single: Link | None
    cost: str | None
    of_who: tuple[Entry, ...]
    asked: tuple[Entry, ...]
    warned: tuple[Entry, ...]
    outcomes: tuple[Entry, ...]
    consequences: tuple[Entry, ...]
    pictures: tuple[Picture, ...]
    cites: tuple[Cited, ...]


class Cell(NamedTuple):
    """A cell of a table: its texts, each from a day on where it changes with time."""

    texts: tuple[tuple[str | None, str], ...]
    holds: bool | None


class Row(NamedTuple):
    """A row of a table: by which key, what that is called, its cells, and what it cites."""

    key: str
    title: str | None
    cells: tuple[Cell, ...]
    cites: tuple[Link, ...]


class Table(NamedTuple):
    """A table as one reads it across; of two keys, the second is the head of its columns."""

    name: str
    anchor: str
    title: str
    title_language: str
    key: str
    heads: tuple[tuple[str, str | None], ...]
    rows: tuple[Row, ...]
    named_by: tuple[Link, ...]
    cites: tuple[Cited, ...]


class WayStep(NamedTuple):
    """One step of a way to yes, in words."""

    day: str
    text: str


class Code(NamedTuple):
    """A code of the policy's public vocabulary: its line, what gives it, and what helps where it denies."""

    group: str
    name: str
    anchor: str
    line: str
    given_by: tuple[Link, ...]
    actions: tuple[Link, ...]
    about: str | None
    terminal: str | None
    helped_by: tuple[Link, ...]
    unmendable: bool
    way_of: str | None
    way: tuple[WayStep, ...]


class Choice(NamedTuple):
    """A choice of a setting: how many of the cases come out otherwise with it, and for which actions."""

    text: str
    is_default: bool
    is_chosen: bool
    changed: int
    asked: int
    actions: tuple[Link, ...]
    example: str | None
    before: str | None
    after: str | None


class Setting(NamedTuple):
    """What the source leaves open: why, between what one chooses, and what that changes."""

    name: str
    anchor: str
    why: str
    choices: tuple[Choice, ...]
    named_by: tuple[Link, ...]
    cites: tuple[Cited, ...]


class Fact(NamedTuple):
    """A word of the dictionary: what it means, what it is given, what it is, and who names it."""

    name: str
    anchor: str
    title: str
    meaning: str | None
    given: tuple[tuple[str, Pieces], ...]
    gives: Pieces
    told: Told
    names: tuple[Link, ...]
    named_by: tuple[Link, ...]
    cites: tuple[Cited, ...]


class Cutoff(NamedTuple):
    """A day that the policy gives a name."""

    name: str
    anchor: str
    day: str
    why: str | None
    named_by: tuple[Link, ...]
    cites: tuple[Cited, ...]


class Property(NamedTuple):
    """A property of the account: where it lies, what it may be, whether it has to be given, and what is said of it.

    `description` is in the policy's first language, in which its files are written.
    """

    path: str
    type: Pieces
    required: bool
    description: str | None


class Start(NamedTuple):
    """An account to begin with, and for each type of action one that names what is in it, as far as there is one."""

    name: str
    state: Mapping[str, Any]
    actions: Mapping[str, Mapping[str, Any]]


class TriedAction(NamedTuple):
    """A type of action as a form asks for it: a JSON Schema of each argument."""

    name: str
    title: str
    arguments: Mapping[str, Any]
    required: tuple[str, ...]


class Trial(NamedTuple):
    """What requests are tried with: accounts, actions, the state's JSON Schema, what words of enums are called."""

    starts: tuple[Start, ...]
    actions: tuple[TriedAction, ...]
    state: Mapping[str, Any]
    titles: Mapping[str, Mapping[str, str]]


class Lane(NamedTuple):
    """A lane of the time line: a bar from one place to another, or a day where both are the same."""

    kind: str
    label: str
    href: str | None
    first: str
    last: str | None
    x1: float
    x2: float
    y: float


class TimeLine(NamedTuple):
    """The versions, cutoffs and dated rules over time; `ticks` are the first days of years."""

    width: int
    height: int
    ticks: tuple[tuple[float, str], ...]
    lanes: tuple[Lane, ...]


class Source(NamedTuple):
    """What the policy is taken from: its own source, or one that a statement names."""

    title: str
    language: str | None
    url: str | None
    day: str | None


class Version(NamedTuple):
    """A version of the policy: from when it decides, until when, and when it was written down."""

    name: str
    anchor: str
    effective_from: str
    last_day: str | None
    recorded_on: str | None
    is_shown: bool


class Changed(NamedTuple):
    """An entry that is written otherwise in a version, and what of it."""

    what: str
    name: Link
    details: tuple[str, ...]


class Meant(NamedTuple):
    """What a version means for an action: in words, with a request that shows it."""

    action: Link | None
    words: tuple[str, ...]
    before: str | None
    after: str | None


class Transition(NamedTuple):
    """From one version to the next: what is written otherwise, and what that means."""

    old: str
    new: Version
    changed: tuple[Changed, ...]
    meant: tuple[Meant, ...]
    same: tuple[Link, ...]
    cut: bool


class Suite(NamedTuple):
    """A suite: its name, how many cases it has, and how many of them came out as expected."""

    name: str
    cases: int
    passed: int


class Untested(NamedTuple):
    """A part of the policy that no case shows: its entry, what it is there, and what lacks, or why nothing does."""

    owner: Link
    what: str
    said: str


class Tested(NamedTuple):
    """How well the policy is tested: its cases, and what of it they show."""

    suites: tuple[Suite, ...]
    covered: int
    sides: int
    percent: str
    lacking: tuple[Untested, ...]
    excused: tuple[Untested, ...]


class Book(NamedTuple):
    """A policy's rule book, for one version, with one choice of its settings, in one language."""

    name: str
    title: str
    language: str
    version: Version
    versions: tuple[Version, ...]
    digest: str
    extensions: tuple[str, ...]
    languages: tuple[str, ...]
    sources: tuple[Source, ...]
    time_line: TimeLine
    cutoffs: tuple[Cutoff, ...]
    dated: tuple[Entry, ...]
    actions: tuple[Action, ...]
    rules: tuple[Entry, ...]
    consequences: tuple[Entry, ...]
    outcomes: tuple[Entry, ...]
    events: tuple[Entry, ...]
    invariants: tuple[Entry, ...]
    goals: tuple[Entry, ...]
    overview: tuple[Entry, ...]
    tables: tuple[Table, ...]
    codes: tuple[Code, ...]
    settings: tuple[Setting, ...]
    facts: tuple[Fact, ...]
    properties: tuple[Property, ...]
    statements: tuple[Cited, ...]
    history: tuple[Transition, ...]
    tested: Tested | None
    trial: Trial
