"""`seatrules new case`: makes a case of a dry run."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from ..decision.values import Decision
from ..diagnostics import echo
from ..engine import Engine, load
from ..errors import RequestError
from ..making.cases import expected, id_of, started, title_of, with_case
from ..making.draft import Draft
from ..making.yaml_text import yaml_lines
from ..policy.folders import SUITES
from ..suites import read_suite
from ..words import phrase
from .common import Common, common_options, read_both
from .exits import Exit
from .made import a_text, asked_for, asking_in, home_of, identifier, make, to_copy
from .usage import wrong_use

_FROM = "--from STATE ACTION"


@click.command()
@click.option("--from", "of", nargs=2, metavar="STATE ACTION", help="What is decided, as `check` takes it.")
@click.option(
    "--to", metavar="SUITE", help="The file it goes to, which may be new; else `suites/cases.yaml` of the version."
)
@click.option("--id", "name", metavar="ID", help="What it is called; else the one after the last, or as its title.")
@click.option("--title", metavar="TEXT", help="What it shows; else what is answered.")
@asked_for
@common_options(
    policy="The policy's folder; else the one in whose suites the file lies.",
    version="The version that decides; else the one in force on the state's `as_of`.",
    settings="Choose a setting, in the case too. Repeatable.",
    language="The language of questions, and of a title that is taken from the answer.",
)
def case(
    common: Common, of: tuple[str, str] | None, to: str | None, name: str | None, title: str | None, yes: bool
) -> Exit:
    """Make a case of a dry run, which expects what came out.

    It is put at the end of its suite, of which all stays as it is. Where the suite has a base that is nearly the state,
    the case begins with that.
    """
    home = home_of(common, to)
    asking = asking_in(common.language, common.form, yes)
    of = of or (
        asking.value("ask_state", _FROM, None, a_text),
        asking.value("ask_proposed", _FROM, None, a_text),
    )
    state, action = (document.value for document in read_both(of[0], "--from", of[1]))
    engine = load(common.policy or home.policy, settings=common.settings, extensions=common.extensions)
    answer: Decision | RequestError
    try:
        answer, checked = engine.decide_checked(action, state, version=common.version)
        version = answer.policy.version
    except RequestError as error:
        answer, checked, version = error, None, common.version or _deciding(engine, state)
    file = Path(to) if to is not None else home.folder / version / SUITES / "cases.yaml"
    there = read_suite(file) if file.exists() else None
    taken = [] if there is None else [each.id for each in there.cases]

    def fresh(text: str) -> str:
        if text in taken:
            raise wrong_use(phrase("id_taken", given=echo(text)))
        return identifier(text)

    for each in there.cases if there is not None else ():
        same = (each.state, each.action, dict(each.settings)) == (state, action, dict(common.settings))
        if same and not each.steps:
            raise wrong_use(phrase("case_there", name=each.id))
    usual = title_of(answer, common.speak(engine.languages))
    title = asking.value("ask_case_title", "--title TEXT", title, a_text, usual)
    name = asking.value("ask_id", "--id ID", name, fresh, id_of(title, taken, action))
    ignored = there.cases[0].ignore_effects if there and there.cases else ()
    made = {
        "id": name,
        "title": title,
        **({"set": dict(common.settings)} if common.settings else {}),
        **started(state, {} if there is None else there.bases),
        "action": action,
        "expect": expected(answer, checked, ignored),
    }
    place = home.below(file)
    draft = with_case(Draft(home.folder, {}, common.policy), place, made)
    return make(draft, asking, common.form, yaml_lines([made]), [to_copy("test", file, "-k", name)])


def _deciding(engine: Engine, state: Any) -> str:
    """The version that is in force on the day of a state; the newest where it has none, or lies before all."""
    with suppress(RequestError):
        return engine.program_for(state).version
    return [*engine.programs][-1]
