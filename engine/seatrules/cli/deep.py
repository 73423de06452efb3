"""What `lint --deep` adds: a version's promises, looked at from the states of its suites."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

from ..analysis.finding import Finding, Witness
from ..analysis.goals import findings
from ..analysis.unturned import unturned
from ..diagnostics import Diagnostic
from ..documents import write_data
from ..engine import Engine, load
from ..errors import EndlessEventError, FileError
from ..files import trouble
from ..policy.locate import Place
from ..policy.written import Written
from ..suites import known_states
from ..words import phrase
from .progress import counted

_OF_ALL = 5
"""Which part of its time `--deep` looks for requests that turn conditions: a fifth at most."""


def deep_problems(
    place: Place, written: Written, settings: Mapping[str, Any], folder: Path | None, seconds: float | None
) -> Iterator[Diagnostic]:
    """What a version that loads does not keep of its promises, each with its witness, which goes to `folder` if given.

    Each comes as it is found, within `seconds` where they are given.

    The states are those of all suites of the policy, as far as this version takes them.
    """
    policy = place.folder_of_suites()
    chosen = {name: value for name, value in settings.items() if name in written.named["settings"]}
    extensions = [each.path for each in place.extensions]
    engine = load(policy / written.version, settings=chosen, extensions=extensions)
    known = known_states(engine, policy, written.version)
    cases = known.cases
    for broken, rules in known.unmeant:
        message = f"the state of case `{broken.id}` breaks {', '.join(f'`{rule}`' for rule in rules)}: it is left out"
        help_text = "correct the state, or say that it is meant: `invariants: false`, or `error: broken_invariant`"
        yield Diagnostic("broken-state", message, broken.span, help_text, severity="warning")
    if not cases:
        message = "no suite holds a state to look from that is valid and keeps the invariants"
        yield Diagnostic("no-known-state", message, written.header.span, severity="warning")
        return
    states = [case.state for case in cases]
    began, least = monotonic(), None if seconds is None else seconds / _OF_ALL
    options = [word for each in extensions for word in ("--extension", str(each))]

    def under(choices: Mapping[str, Any]) -> Engine:
        return load(policy / written.version, settings={**chosen, **choices}, extensions=extensions)

    turned = unturned(engine, written, states, known.asked, under=under, seconds=least, counted=counted)
    for number, (problem, near) in enumerate(turned, 1):
        if folder is not None and near is not None:
            path = folder / f"{written.name}-{written.version}-{number}-{problem.code}"
            words = ["--policy", str(policy / written.version), *options]
            how_to_show = _write_witness(path, near.cell.state, near.cell.action, words, {**chosen, **near.choices})
            yield problem._replace(mend=f"{problem.help}; {how_to_show}")
        else:
            yield problem
    seconds = None if seconds is None else max(0.0, seconds - (monotonic() - began))
    unkept = findings(engine, states, written.version, asked=known.asked, seconds=seconds, counted=counted)
    try:
        for number, finding in enumerate(unkept, 1):
            problem = _placed(finding, written)
            if (witness := finding.witness) is not None:
                case = cases[witness.spot.start]
                problem = problem._replace(notes=[(case.span, _where_shown(witness))])
                if folder is not None:
                    path = folder / f"{written.name}-{written.version}-{number}-{finding.code}"
                    words = ["--policy", str(policy / written.version), *options]
                    how_to_show = _write_witness(path, witness.spot.state, witness.action, words, chosen)
                    problem = problem._replace(mend=f"{problem.help}; {how_to_show}")
            yield problem
    except EndlessEventError as error:
        yield from error.problems


def _placed(finding: Finding, written: Written) -> Diagnostic:
    """The finding where its code, goal, rule or invariant is written; what is of all of them at the policy's header."""
    span = written.header.span
    if finding.kind:
        clauses = written.clauses.get(finding.kind, ())
        entries = {entry.name: entry for entry in clauses} if clauses else written.named[finding.kind]
        span = entries[finding.name].span
    return Diagnostic(finding.code, finding.message, span, finding.help, severity="warning")


def _where_shown(witness: Witness) -> str:
    """On which state a finding shows, seen from the case that it comes from, and by which action."""
    steps = ", ".join(map(_json, witness.spot.steps))
    where = f"on the state that {steps} leads to from that of this case" if steps else "on the state of this case"
    return where if witness.action is None else f"{where}: {_json(witness.action)}"


def _write_witness(
    path: Path,
    on: Mapping[str, Any],
    asked: Mapping[str, Any] | None,
    options: Sequence[str],
    settings: Mapping[str, Any],
) -> str:
    """Write the witness as files, and say what shows it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(str(path.parent), trouble(error, phrase("cannot_make"))) from error
    state, action = Path(f"{path}.state.json"), Path(f"{path}.action.json")
    write_data(state, on)
    words = [*options, "--state", str(state)]
    for name, value in settings.items():
        words += ["--set", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    if asked is None:
        return f"`seatrules can {shlex.join(words)}` shows it"
    write_data(action, asked)
    return f"`seatrules check {shlex.join([*words, '--action', str(action)])}` shows it"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
