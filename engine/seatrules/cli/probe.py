"""`seatrules probe`: random sequences of allowed actions that look for a broken invariant."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

from ..analysis.drawing import Refusal
from ..analysis.probe import Counterexample, Probe
from ..analysis.probe import probe as search
from ..render.timeline import timeline_text
from ..suites import Case, known_states
from ..words import phrase, words
from .common import Common, common_options, say, say_json
from .exits import Exit
from .progress import counted, in_time
from .usage import wrong_use


@click.command()
@click.option("--steps", default=10, metavar="N", type=click.IntRange(1), help="How many actions a run takes. Else 10.")
@click.option("--runs", default=300, metavar="R", type=click.IntRange(1), help="How many runs there are. Else 300.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 3600, min_open=True),
    metavar="N",
    help="How long runs may begin: there are then as many as have.",
)
@click.option("--seed", default=0, metavar="S", help="The same seed takes the same actions. Else 0.")
@common_options(version="The version that decides every step; else the one in force on its date.")
def probe(common: Common, steps: int, runs: int, seconds: float | None, seed: int) -> Exit:
    """Look for allowed actions that break an invariant, at random.

    They begin at the states of the policy's suites, and each run aims at one of the invariants; of those that break it,
    the shortest sequence found is shown. What is drawn in vain for an action that is allowed is counted: what is
    denied, and what is refused as a request on the state, by its codes with an example of each.
    """
    engine = common.load()
    language = common.speak(engine.languages)
    known = known_states(engine, common.folder_of_suites(), common.version)
    cases = known.cases
    if not cases:
        raise wrong_use(phrase("no_beginning"))
    states = [case.state for case in cases]
    begun = counted(in_time(range(runs), seconds))
    probed = search(engine, states, steps=steps, runs=begun, seed=seed, version=common.version)
    counts = {"runs": probed.runs, "seed": seed, "states": len(cases), "left_out": len(known.broken)}
    if common.as_json:
        drawn = {"taken": probed.taken, "denied": probed.denied}
        refused = [_refusal(code, refusal, language) for code, refusal in probed.refused.items()]
        counterexamples = [_data(each, cases[each.start], language) for each in probed.found]
        say_json({**counts, **drawn, "refused": refused, "found": counterexamples})
    else:
        for each in probed.found:
            say(_text(each, cases[each.start], language) + "\n")
        say("\n".join(_lines(probed, counts, language)))
    return Exit.FINDINGS if probed.found else Exit.OK


def _lines(probed: Probe, counts: dict[str, int], language: str) -> Iterator[str]:
    """How far was looked, and what for."""
    labels = words("probe", language)
    verdict = labels["breaks" if probed.found else "holds"]
    yield labels["counted"].format(verdict=verdict, taken=probed.taken, **counts)
    refused = sum(refusal.count for refusal in probed.refused.values())
    yield labels["in_vain"].format(denied=probed.denied, refused=refused)
    for code, refusal in probed.refused.items():
        shown = _refusal(code, refusal, language)
        yield labels["refused"].format(**{**shown, "action": _json(refusal.action), "problem": shown["message"]})
    if counts["left_out"]:
        yield labels["left_out"].format(count=counts["left_out"])


def _refusal(code: str, refusal: Refusal, language: str) -> dict[str, object]:
    """What the code kept from being a request, once, and how often it did."""
    message = refusal.problem._replace(language=language).message
    return {"code": code, "count": refusal.count, "action": refusal.action, "message": message}


def _text(each: Counterexample, case: Case, language: str) -> str:
    steps = "\n".join(f"- {_json(step)}" for step in each.steps)
    where = words("probe", language)["from"].format(id=case.id, place=case.span)
    return f"{where}\n\n{steps}\n\n{timeline_text(each.timeline, language)}"


def _data(each: Counterexample, case: Case, language: str) -> dict[str, object]:
    return {
        "rule": each.rule,
        "file": case.span.source.name,
        "line": case.span.line,
        "id": case.id,
        "state": case.state,
        "steps": list(each.steps),
        "timeline": each.timeline.as_dict(language),
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
