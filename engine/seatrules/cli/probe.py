"""`seatrules probe`: random sequences of actions that look for a broken invariant."""

from __future__ import annotations

import json

import click

from ..analysis.probe import Counterexample, Probe
from ..analysis.probe import probe as search
from ..render.timeline import timeline_text
from ..suites import Case, known_states
from ..words import phrase
from .common import Common, common_options, say, say_json
from .exits import Exit
from .usage import wrong_use


@click.command()
@click.option("--steps", default=10, metavar="N", type=click.IntRange(1), help="How many actions a run takes. Else 10.")
@click.option("--runs", default=100, metavar="R", type=click.IntRange(1), help="How many runs there are. Else 100.")
@click.option("--seed", default=0, metavar="S", help="The same seed takes the same actions. Else 0.")
@common_options(version="The version that decides every step; else the one in force on its date.")
def probe(common: Common, steps: int, runs: int, seed: int) -> Exit:
    """Look for actions that break an invariant, at random.

    They begin at the states of the policy's suites; of those found, the shortest sequence is shown.
    """
    engine = common.load()
    language = common.speak(engine.languages)
    known = known_states(engine, common.place().folder_of_suites(), common.version)
    cases, broken = known.cases, known.broken
    if not cases:
        raise wrong_use(phrase("no_beginning"))
    states = [case.state for case in cases]
    probed = search(engine, states, steps=steps, runs=runs, seed=seed, version=common.version)
    counterexample = probed.counterexample
    if common.as_json:
        counts = {"allowed": probed.allowed, "denied": probed.denied, "refused": probed.refused}
        as_data = _data(counterexample, cases[counterexample.start], language) if counterexample else None
        say_json(
            {"runs": runs, "seed": seed, "states": len(cases), "left_out": len(broken), **counts, "found": as_data}
        )
    else:
        if counterexample:
            say(_text(counterexample, cases[counterexample.start], language) + "\n")
        say(f"{_counted(probed)} in {runs} runs from {len(cases)} states, seed {seed}")
        if broken:
            say(f"left out: {len(broken)} states of the suites that break an invariant")
    return Exit.FINDINGS if counterexample else Exit.OK


def _text(counterexample: Counterexample, case: Case, language: str) -> str:
    steps = "\n".join(f"- {json.dumps(step, ensure_ascii=False)}" for step in counterexample.steps)
    where = f"from the state of case `{case.id}`, {case.span}"
    return f"{where}:\n\n{steps}\n\n{timeline_text(counterexample.timeline, language)}"


def _data(counterexample: Counterexample, case: Case, language: str) -> dict[str, object]:
    return {
        "file": case.span.source.name,
        "line": case.span.line,
        "id": case.id,
        "state": case.state,
        "steps": list(counterexample.steps),
        "timeline": counterexample.timeline.as_dict(language),
    }


def _counted(probed: Probe) -> str:
    verdict = "an invariant breaks" if probed.counterexample else "every invariant holds"
    return f"{verdict}: {probed.allowed} steps allowed, {probed.denied} denied, {probed.refused} refused"
