"""`seatrules new rule`: makes a rule with its code and its cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from ..analysis.looking import FAILS
from ..diagnostics import echo
from ..errors import PolicyError, unknown
from ..making.draft import Draft, Findings, loaded
from ..making.extension import with_changes
from ..making.rules import Rule, expecting, mended, rule_draft, with_cases
from ..making.yaml_text import yaml_lines
from ..policy.folders import SUITES
from ..policy.kinds import ABOUT, CODES
from ..policy.written import Written
from ..render.problems import problems_text
from ..words import LANGUAGES, phrase
from .asking import Asking
from .common import Common, common_options, each_once, tell
from .exits import Exit
from .made import FolderToWrite, a_text, asked_for, asking_in, home_of, identifier, make, said_if_not, to_copy
from .usage import wrong_use


@click.command()
@click.argument("name", required=False, metavar="[ID]")
@click.option("--action", "actions", multiple=True, metavar="ACTION", help="An action that it is of. Repeatable.")
@click.option("--require", multiple=True, metavar="EXPR", help="What has to be so. Repeatable.")
@click.option("--when", metavar="EXPR", help="Where it applies; else always.")
@click.option("--code", metavar="CODE", help="What is answered where it fails; else one named as the rule.")
@click.option("--line", "lines", multiple=True, metavar="[L=]TEXT", help="The line of a new code, for each language.")
@click.option("--message", "messages", multiple=True, metavar="[L=]TEXT", help="What is said, with values in braces.")
@click.option("--about", type=click.Choice(ABOUT), help="What a new code is about that no action can mend.")
@click.option("--warning", is_flag=True, help="It warns, and denies nothing.")
@click.option("--cites", multiple=True, metavar="ID", help="A statement that it follows from. Repeatable.")
@click.option("--says", multiple=True, metavar="[L=]TEXT", help="A new statement that it follows from, in your words.")
@click.option("--to", metavar="SUITE", help="The suite its cases go to; else `suites/cases.yaml`.")
@click.option("--mend", is_flag=True, help="Cases that come out otherwise by it expect that, each is named.")
@click.option("--anyway", is_flag=True, help="Write it though cases come out otherwise; an extension lists them.")
@asked_for
@common_options(
    policy="The policy's folder.",
    version="The version that gets it; else the newest.",
    settings=None,
    extension="The extension that gets it, in place of the policy.",
    language="The language of questions and answers.",
)
def rule(
    common: Common,
    name: str | None,
    actions: Sequence[str],
    require: Sequence[str],
    when: str | None,
    code: str | None,
    lines: Sequence[str],
    messages: Sequence[str],
    about: str | None,
    warning: bool,
    cites: Sequence[str],
    says: Sequence[str],
    to: str | None,
    mend: bool,
    anyway: bool,
    yes: bool,
) -> Exit:
    """Make a rule, with its code and with cases.

    The cases show it failing and holding. They are looked for among what the suites ask, what is worth asking on their
    states, and what is made of these; what no case was found for is said.
    """
    asking = asking_in(common.language, common.form, yes)
    name = asking.value("ask_id", "ID", name, identifier)
    home = home_of(common, to)
    chosen_version = common.version or home.version
    written = loaded(Draft(home.folder, {}, home.policy), chosen_version).written
    if name in {each.name for each in written.clauses["rules"]}:
        raise wrong_use(phrase("rule_there", name=name))
    known, languages = [*written.named["actions"]], written.languages
    chosen = asking.value(
        "ask_actions", "--action ACTION", _joined(actions), _among(known), _only(known), names=", ".join(known)
    )
    required = list(require)
    while not required:
        required = [asking.value("ask_require", "--require EXPR", None, a_text)]
        if asking.is_heard:
            when = asking.value("ask_when", "--when EXPR", None, str.strip, when or "")
            required = required if _can_be(name, chosen, required, when, home, written) else []
    code = asking.value("ask_code", "--code CODE", code, a_text, name.replace("-", "_"))
    is_new = code not in written.named[CODES["warnings" if warning else "reasons"]]
    line = _texts(asking, "--line", lines, languages) if is_new else None
    message = _texts(asking, "--message", messages, languages) if messages else None
    statement = _texts(asking, "--says", says, languages) if says else None
    if statement is None and not cites and asking.is_heard:
        statement = _statement(asking, languages)
    made = Rule(name, chosen, required, code, when or None, line, message, about, warning, cites, statement)
    draft, entry = rule_draft(made, home.folder, written, home.policy)
    version = "" if home.is_extension else written.version
    suite = Path(to) if to is not None else home.folder / version / SUITES / "cases.yaml"
    with said_if_not(asking):
        with_rule, engine = loaded(draft, chosen_version)
        draft, cases, lacking, shown = with_cases(draft, made, with_rule, engine, home.below(suite), home.suites())
    missing = [asking.say("no_failing" if each == FAILS else "no_holding") for each in lacking]
    missing += asking.lines("shown_by", list(dict.fromkeys(shown)))
    notes = [*yaml_lines([entry]), *yaml_lines(cases), *missing]
    after = [to_copy("test", home.folder, "--coverage")]

    def mend_cases(draft: Draft, findings: Findings) -> tuple[Draft, list[str]]:
        """Cases that are denied as before, with the rule's code besides, expect it; an extension lists the policy's."""
        draft, ids = mended(draft, made, findings.failed)
        others = [each for each in findings.failed if each.case.id not in ids]
        draft, anew = expecting(draft, made, others, engine) if mend else (draft, [])
        if home.is_extension and anyway:
            draft = with_changes(draft, findings.failed)
            ids = [*ids, *(each.case.id for each in findings.failed)]
        changed = [asking.say("expects_now", case=each) for each in anew]
        return draft, [*asking.lines("one_code_more", list(dict.fromkeys(ids))), *changed]

    return make(draft, asking, common.form, notes, after, anyway=anyway, mend=mend_cases)


def _can_be(
    name: str, actions: Sequence[str], require: Sequence[str], when: str | None, home: FolderToWrite, written: Written
) -> bool:
    """Whether what was answered can be read as conditions; what is wrong with them is told."""
    line = dict.fromkeys(written.languages, name)
    tried = Rule(name, actions, require, f"{name.replace('-', '_')}_tried", when or None, line)
    try:
        loaded(rule_draft(tried, home.folder, written, home.policy)[0], written.version)
        return True
    except PolicyError as error:
        tell(problems_text(error.problems) + "\n")
        return False


def _joined(given: Sequence[str]) -> str | None:
    return ",".join(given) or None


def _only(known: Sequence[str]) -> str | None:
    """What is meant where nothing is said: the only one that there is."""
    return known[0] if len(known) == 1 else None


def _among(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Reads names of actions, joined by commas."""

    def read(text: str) -> list[str]:
        names = [each.strip() for each in text.split(",") if each.strip()]
        for each in names:
            if each not in known:
                raise unknown("action", each, known)
        return names or [a_text("")]

    return read


def _texts(asking: Asking, option: str, given: Sequence[str], languages: Sequence[str]) -> dict[str, str]:
    """A text in each language of a policy: given as `L=TEXT`, or alone where there is one language; else asked for."""

    def pair(text: str) -> tuple[str, str]:
        language, equals, rest = text.partition("=")
        if equals and language in languages:
            return language, a_text(rest)
        if len(languages) == 1 and not (equals and language in LANGUAGES):
            return languages[0], a_text(text)
        raise wrong_use(phrase("no_language_given", given=echo(text), option=option), allowed=languages)

    texts: dict[str, str] = each_once(option, map(pair, given))
    lacking = [language for language in languages if language not in texts]
    usage = " ".join(f"{option} {language}=TEXT" for language in lacking)
    question = "ask_says_in" if option == "--says" else "ask_line"
    texts |= {language: asking.value(question, usage, None, a_text, language=language) for language in lacking}
    return {language: texts[language] for language in languages}


def _statement(asking: Asking, languages: Sequence[str]) -> dict[str, str] | None:
    """What a new statement says in each language, if somebody says so in the first."""
    first = asking.value("ask_says", "--says TEXT", None, str.strip, "", language=languages[0])
    return _texts(asking, "--says", [f"{languages[0]}={first}"], languages) if first else None
