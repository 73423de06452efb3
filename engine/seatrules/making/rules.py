"""Makes a rule with its code, its statement, and cases that show it fail and hold where such requests are found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from ..analysis.diff.cell import Cell
from ..analysis.looking import FAILS, HOLDS, Looking, RuleSide
from ..analysis.proof.conditions import is_own
from ..decision.values import Decision
from ..diagnostics import Span
from ..engine import Engine
from ..errors import RequestError
from ..policy.folders import EXTENSION
from ..policy.kinds import CODES
from ..policy.written import Written
from ..suites import Case, CaseResult, find_suites, known_states, read_suite
from .cases import as_title, expected, next_id, started, title_of, with_case
from .draft import Draft, place_below
from .exchange import with_value
from .insertion import with_item, with_key
from .policy import template

SECONDS = 10.0
"""How long is looked for requests that show a rule."""


class Rule(NamedTuple):
    """A rule to be made; `line`, `message` and what a new statement `says` are texts by language."""

    id: str
    actions: Sequence[str]
    require: Sequence[str]
    code: str
    when: str | None = None
    line: Mapping[str, str] | None = None
    message: Mapping[str, str] | None = None
    about: str | None = None
    is_warning: bool = False
    cites: Sequence[str] = ()
    says: Mapping[str, str] | None = None

    @property
    def group(self) -> str:
        """The group that its code is of."""
        return "warnings" if self.is_warning else "reasons"

    def entry(self, cites: Sequence[str]) -> dict[str, Any]:
        """The rule as it is written."""
        return {
            "id": self.id,
            "actions": [*self.actions],
            **({"severity": "warning"} if self.is_warning else {}),
            **({"when": self.when} if self.when else {}),
            "require": self.require[0] if len(self.require) == 1 else [*self.require],
            "otherwise": {"code": self.code, **({"message": dict(self.message)} if self.message else {})},
            **({"cites": [*cites]} if cites else {}),
        }


class Files:
    """The files of a version of a policy, or of an extension of it, as they become in a draft."""

    def __init__(self, draft: Draft, written: Written) -> None:
        self.draft, self.written = draft, written
        self.is_extension = (draft.folder / EXTENSION).is_file()

    def add_item(self, kind: str, item: Mapping[str, Any], spans: Iterable[Span]) -> None:
        """Put an entry at the end of the list of its kind, in the file that has the last one."""
        place = self._place(kind, spans)
        self.draft = self.draft.changed(place, lambda text: with_item(text, [kind], item, place), _comment(kind))

    def add_key(self, path: Sequence[str], key: str, value: Any, spans: Iterable[Span]) -> None:
        """Put a name at the end of those of its kind."""
        place = self._place(path[0], spans)
        begins = _comment(path[0])
        self.draft = self.draft.changed(place, lambda text: with_key(text, path, key, value, place), begins)

    def _place(self, kind: str, spans: Iterable[Span]) -> str:
        """The file that has the last entry of a kind that is the version's or the extension's own."""
        own = [span.source.place for span in spans if self._is_own(span)]
        if self.is_extension:
            return own[-1].partition("/")[2] if own else EXTENSION
        return own[-1] if own else f"{self.written.version}/{kind}.yaml"

    def _is_own(self, span: Span) -> bool:
        if self.is_extension:
            return span.source.place.startswith(f"{self.draft.folder.resolve().name}/")
        return is_own(span, self.written)


def _comment(kind: str) -> str:
    """The comment that a new file of a kind begins with."""
    lines = template(kind).splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("#"))


def rule_draft(rule: Rule, folder: Path, written: Written, policy: str | None) -> tuple[Draft, dict[str, Any]]:
    """The files that have a rule, with its code and its statement where these are new; and the rule as it stands."""
    files, cites = Files(Draft(folder, {}, policy), written), [*rule.cites]
    if rule.says is not None:
        statements = written.named["statements"]
        cites.append(next_id([*statements], {"type": "S"}))
        title = written.header.value.get("source", {}).get("title", written.header.value["title"])
        entry = {
            "id": cites[-1],
            "says": dict(rule.says),
            "source": {"title": title if isinstance(title, str) else title[written.languages[0]]},
        }
        files.add_item("statements", entry, (each.span for each in statements.values()))
    codes = written.named[CODES[rule.group]]
    if rule.code not in codes and rule.line is not None:
        line = {"about": rule.about, "line": dict(rule.line)} if rule.about else dict(rule.line)
        files.add_key(["codes", rule.group], rule.code, line, (each.span for each in codes.values()))
    made = rule.entry(cites)
    files.add_item("rules", made, (each.span for each in written.clauses["rules"]))
    return files.draft, made


class RuleDraft(NamedTuple):
    """A draft with cases of a rule, these, and what is shown by none, new or there already: `FAILS`, `HOLDS`.

    `known` are the ids of cases that are there already and show a failing requirement.
    """

    draft: Draft
    cases: Sequence[Mapping[str, Any]]
    lacking: Sequence[str]
    known: Sequence[str]


def with_cases(draft: Draft, rule: Rule, written: Written, engine: Engine, suite: str, suites: Path) -> RuleDraft:
    """The draft with cases of what no suite shows of the rule: each thing that it requires failing, and all holding.

    Args:
        written: the version with the rule, and `engine` what decides by it.
        suite: the file that they go to, below the folder of the draft.
        suites: the folder below which the suites lie whose requests are tried.

    Raises:
        FileError: a suite can't be read.
        SuiteError: one is not well formed.
    """
    known = known_states(engine, suites, written.version)
    states = [_on_its_days(case.state, written.version, engine) for case in known.cases]
    looking = _Witnesses(engine, written, rule, {state["as_of"] for state in states})
    looking.look(states, known.asked, iter)
    is_extension = (draft.folder / EXTENSION).is_file()  # it shows its rules in suites of its own
    shown = [] if is_extension else [*_asked_of(written.version, engine, suites)]
    file = draft.folder / suite
    there = read_suite(file) if file.exists() else None
    taken = [] if there is None else [each.id for each in there.cases]
    cases, by_known = list[dict[str, Any]](), list[str]()
    for side, cell in looking.shown():
        if same := [case.id for case, action in shown if (case.state, action) == (cell.state, cell.action)]:
            by_known += same[:1] if side.what == FAILS else []
            continue
        answer, checked = engine.decide_checked(cell.action or {}, cell.state, version=written.version)
        case = {
            "id": _fresh(f"{rule.id}-{side.what}", taken),
            "title": _title(rule, answer, engine.languages[0]),
            **started(cell.state, {} if there is None else there.bases),
            "action": cell.action,
            "expect": expected(answer, checked),
        }
        taken.append(case["id"])
        cases.append(case)
        draft = with_case(draft, suite, case)
    lacking = sorted({side.what for side in looking.wanted if side not in looking.found})
    return RuleDraft(draft, cases, lacking, by_known)


def _asked_of(version: str, engine: Engine, suites: Path) -> Iterator[tuple[Case, Any]]:
    """What cases below a folder ask of a version, on days on which it decides."""
    for path in find_suites(suites):
        for case in read_suite(path).cases:
            if isinstance(case.state, Mapping) and _decides(version, case.state, engine):
                yield from ((case, action) for action in case.steps or (case.action,))


class Mended(NamedTuple):
    """A draft in which cases expect what a rule says besides, and the ids of these."""

    draft: Draft
    cases: Sequence[str]


def mended(draft: Draft, rule: Rule, failed: Iterable[CaseResult]) -> Mended:
    """The draft in which cases that come out as before, but for the rule's code besides, expect that too."""
    cases = list[str]()
    for result in failed:
        place = place_below(draft.folder, Path(result.case.span.source.name))
        if place is None or not _says_only_more(result, rule):
            continue
        file = draft.folder / place
        number = [each.id for each in read_suite(file).cases].index(result.case.id)
        path: list[str | int] = ["cases", number, "expect", rule.group]
        draft = draft.changed(place, partial(with_item, path=path, item=rule.code, name=str(file)))
        cases.append(result.case.id)
    return Mended(draft, cases)


def expecting(draft: Draft, rule: Rule, failed: Iterable[CaseResult], engine: Engine) -> Mended:
    """The draft in which cases expect what comes out now, where a rule has a part in it; of one action, as it is.

    Args:
        engine: what decides by the rule.
    """
    cases = list[str]()
    for result in failed:
        case, place = result.case, place_below(draft.folder, Path(result.case.span.source.name))
        answer = None if place is None else _answered(case, rule, engine)
        if place is None or answer is None:
            continue
        number = [each.id for each in read_suite(draft.folder / place).cases].index(case.id)
        change = partial(with_value, path=["cases", number, "expect"], value=answer)
        mended = draft.changed(place, change)
        if mended.files != draft.files:
            draft = mended
            cases.append(f"{case.id} ({', '.join(answer.get('reasons') or answer.get('warnings') or ())})")
    return Mended(draft, cases)


def _answered(case: Case, rule: Rule, engine: Engine) -> Any:
    """What a case expects that is to come out as it does by a rule; nothing where that is not of the rule alone."""
    if case.steps or case.settings or case.partial or case.incomplete or not case.invariants:
        return None
    with suppress(RequestError):
        answer, checked = engine.decide_checked(case.action, case.state, version=case.version)
        if any(each.rule == rule.id for each in (*answer.reasons, *answer.warnings)):
            return expected(answer, checked, case.ignore_effects)
    return None


def _says_only_more(result: CaseResult, rule: Rule) -> bool:
    """Whether all that comes out otherwise in a case is one code more of those that a rule is of."""
    differences = [(each.what, each.expected, each.got) for each in result.differences]
    return len(differences) == 1 and all(
        what == rule.group and isinstance(expected, list) and sorted([*expected, rule.code]) == sorted(got)
        for what, expected, got in differences
    )


def _on_its_days(state: Mapping[str, Any], version: str, engine: Engine) -> Mapping[str, Any]:
    """A state on a day on which a version decides: its own day, or else the version's first."""
    if _decides(version, state, engine):
        return state
    return {**state, "as_of": engine.programs[version].effective_from}


def _decides(version: str, state: Mapping[str, Any], engine: Engine) -> bool:
    """Whether a version is in force on the day of a state."""
    with suppress(RequestError):  # the day may be before the first
        return engine.program_for(state).version == version
    return False


def _title(rule: Rule, answer: Decision, language: str) -> str:
    """What is said of the rule where it fails, else of the answer."""
    messages = (each.message(language) for each in (*answer.reasons, *answer.warnings) if each.rule == rule.id)
    return as_title(next(messages, None) or title_of(answer, language))


def _fresh(name: str, taken: Sequence[str]) -> str:
    """An id that no case has."""
    return name if name not in taken else next(each for n in count(2) if (each := f"{name}-{n}") not in taken)


class _Witnesses(Looking):
    """Requests that show one rule; of those that show the same, one of which nothing else is said."""

    def __init__(self, engine: Engine, written: Written, rule: Rule, days: Collection[str]) -> None:
        super().__init__(engine, written, monotonic() + SECONDS)
        self.found: dict[RuleSide, tuple[int, Cell]] = {}
        self._ours, self._known_days = engine, days
        last = len(rule.require) - 1
        own = [side for side in self.missing if side.rule == rule.id]
        self.wanted = [side for side in own if side.what == FAILS or (side.what == HOLDS and side.number == last)]
        self.leave_out([side for side in self.missing if side not in self.wanted])

    def note(self, cell: Cell) -> None:
        """Note what a request shows; where more is said of it than of the rule, another one is looked for."""
        if not _decides(self.written.version, cell.state, self._ours):
            return
        before = dict(self.missing)
        super().note(cell)
        for side in before.keys() - self.missing.keys():
            rank = self._said_besides(side, cell)
            if side not in self.found or rank < self.found[side][0]:
                self.found[side] = (rank, cell)
            if rank:
                self.missing[side] = before[side]

    def shown(self) -> Iterator[tuple[RuleSide, Cell]]:
        """What was found, in the order in which the rule says it."""
        yield from ((side, self.found[side][1]) for side in self.wanted if side in self.found)

    def _said_besides(self, side: RuleSide, cell: Cell) -> int:
        """How much is said of a request besides: other codes, and then that its day is none of the known ones."""
        decision = self._ours.decide(cell.action or {}, cell.state, version=self.written.version)
        codes = [reason.code for reason in decision.reasons if reason.rule != side.rule]
        is_odd = decision.decision == "undetermined" or cell.state["as_of"] not in self._known_days
        return 2 * len(codes) + is_odd
