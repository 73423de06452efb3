"""`seatrules check`: dry-run one action, or a stream of requests."""

from __future__ import annotations

from dataclasses import replace

import click

from ..decision.explain import decision_text
from ..decision.invariants import CheckedState
from ..decision.values import Decision
from ..documents import placed
from ..errors import SUPPORT, Audience
from ..evaluators import EVALUATORS, EvaluatorName
from ..planning.budget import SECONDS
from ..planning.depends import decision_depends_on
from ..requesting import decided
from ..words import phrase
from .common import (
    Common,
    colour_wanted,
    coloured,
    common_options,
    for_audience,
    no_invariants,
    read_both,
    say_in_words,
    say_json,
    wide_terminal,
)
from .exits import Exit
from .usage import options_named, wrong_use

_EXITS = {"allow": Exit.OK, "deny": Exit.DENIED, "undetermined": Exit.UNDETERMINED}


@click.command()
@click.option("--state", metavar="STATE", help="The account state: a YAML or JSON file, or `-`.")
@click.option("--action", metavar="ACTION", help="The proposed action: a YAML or JSON file, `-`, or JSON itself.")
@click.option("--partial", is_flag=True, help="Decide on what is given; say what is missing.")
@click.option(
    "--incomplete",
    multiple=True,
    metavar="POINTER",
    help="A map or list of the state (a JSON pointer) that is not wholly given. Implies `--partial`. Repeatable.",
)
@click.option("--requests", metavar="FILE", help='JSON lines {"state":..., "action":...}, or `-`; one decision a line.')
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="Decide requests in N processes, in order.")
@click.option("--evaluator", type=click.Choice(EVALUATORS), default="compiled", help="What decides.")
@click.option("--remedies", is_flag=True, help="Say how a denied action can come to be allowed.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, 3600, min_open=True),
    metavar="N",
    help="How long `--remedies` may search (2 unless given).",
)
@click.option("--settings", "unsettled", is_flag=True, help="Say which other choices of settings answer otherwise.")
@no_invariants
@common_options(version="The policy's version; else the one in force on the state's `as_of`.")
@for_audience
def check(
    common: Common,
    state: str | None,
    action: str | None,
    partial: bool,
    incomplete: tuple[str, ...],
    requests: str | None,
    jobs: int | None,
    evaluator: EvaluatorName,
    remedies: bool,
    seconds: float | None,
    unsettled: bool,
    invariants: bool,
) -> Exit:
    """Say whether an action is allowed, and why."""
    common = replace(common, evaluator=evaluator)
    if seconds is not None and not remedies:
        raise wrong_use(phrase("option_only_with", option="--seconds", other="--remedies"))
    if remedies and (requests is not None or partial or incomplete):
        others = options_named("--requests", "--partial", "--incomplete")
        raise wrong_use(phrase("options_apart", option="--remedies", others=others))
    if unsettled and (requests is not None or partial or incomplete):
        others = options_named("--requests", "--partial", "--incomplete")
        raise wrong_use(phrase("options_apart", option="--settings", others=others))
    if requests is not None:
        if state is not None or action is not None:
            raise wrong_use(phrase("options_without", option="--requests", others=options_named("--state", "--action")))
        from .requests import check_requests  # with what runs other processes: not for one action

        return check_requests(
            common, requests, jobs or 1, partial=partial, incomplete=incomplete, invariants=invariants
        )
    if jobs is not None:
        raise wrong_use(phrase("option_only_with", option="--jobs", other="--requests"))
    if state is None or action is None:
        raise wrong_use(phrase("state_action_or_requests"))
    if not state or not action:
        raise wrong_use(phrase("name_a_file", options=options_named("--state", "--action")))
    if state == action == "-":
        raise wrong_use(phrase("one_is_stdin", options=options_named("--state", "--action")))
    return _answer(
        common,
        state,
        action,
        partial=partial,
        incomplete=incomplete,
        seconds=(seconds or SECONDS) if remedies else None,
        unsettled=unsettled or (common.audience == SUPPORT and not (partial or incomplete)),
        invariants=invariants,
    )


def _answer(
    common: Common,
    state: str,
    action: str,
    *,
    partial: bool,
    incomplete: tuple[str, ...],
    seconds: float | None,
    unsettled: bool,
    invariants: bool,
) -> Exit:
    """The answer, with remedies where there are `seconds` to look for them."""
    engine = common.load()
    language = common.speak(engine.languages)
    written_state, written_action = read_both(state, "--action", action)
    given_state, given_action = written_state.value, written_action.value
    with placed(state=written_state, action=written_action):
        decision, checked = decided(
            engine,
            given_action,
            given_state,
            common.version,
            partial=partial,
            incomplete=incomplete,
            invariants=invariants,
        )
        proposed = None
        if seconds is not None:
            proposed = engine.remedies(
                given_action, given_state, seconds=seconds, version=common.version, invariants=invariants
            )
        dependencies = decision_depends_on(engine, decision, given_state, version=common.version) if unsettled else ()
    if common.as_json:
        whole = decision.as_dict(language, audience=common.audience, checked=checked, remedies=proposed)
        depends = [each.as_dict(language, audience=common.audience) for each in dependencies]
        say_json(whole | ({"depends_on": depends} if dependencies else {}))
    else:
        parts = [_in_words(decision, checked, language, common.audience)]
        if proposed is not None and not proposed.allowed:
            from ..render.remedies import remedies_text

            program = engine.program_for(given_state, common.version)
            parts.append(remedies_text(proposed, program, language, common.audience))
        if dependencies:
            from ..render.depends import depends_text

            parts.append(depends_text(dependencies, decision.policy, language, common.audience))
        say_in_words((" " if common.audience == "customer" else "\n").join(parts))
    return _EXITS[decision.decision]


def _in_words(decision: Decision, checked: CheckedState, language: str, audience: Audience) -> str:
    """The decision as people read it, in a table where the terminal is wide enough for one."""
    wide = None if audience == "customer" else wide_terminal()
    if wide is None:
        verdict = coloured if colour_wanted() else None
        return decision_text(decision, language, audience=audience, verdict=verdict, checked=checked)
    from ..render.decision import decision_table

    return decision_table(decision, language, audience, coloured, checked, wide)
