"""`seatrules new version`: makes the next version of a policy."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ..diagnostics import echo
from ..making.draft import Draft, Findings, loaded
from ..making.version import counted, version_draft, with_first_case, with_versions
from ..making.yaml_text import yaml_lines
from ..words import phrase
from .common import Common, common_options
from .exits import Exit
from .made import a_day, asked_for, asking_in, home_of, make, said_if_not, to_copy
from .usage import wrong_use


@click.command()
@click.argument("day", required=False, metavar="[DATE]")
@asked_for
@common_options(
    policy="The policy's folder.",
    version="The version whose words it takes over; else the one in force until then.",
    settings=None,
    extension=None,
    language="The language of questions and answers.",
)
def version(common: Common, day: str | None, yes: bool) -> Exit:
    """Make the next version of a policy, in force from DATE.

    It takes over all that the version says that is in force until then, and says in comments how to change it. A case
    of that version comes with it, as this one decides it on its first day.
    """
    home, asking = home_of(common), asking_in(common.language, common.form, yes)
    today = str(datetime.now(UTC).date())
    day = asking.value("ask_day", "DATE", day, a_day)
    programs = loaded(Draft(home.folder, {})).engine.programs
    earlier = [name for name, program in programs.items() if program.effective_from < day]
    if day in {program.effective_from for program in programs.values()} or not earlier:
        raise wrong_use(phrase("no_new_version", day=echo(day)), allowed=[*programs])
    base = loaded(Draft(home.folder, {}), common.version or earlier[-1]).written
    draft = version_draft(base, day, today, home.folder)
    with said_if_not(asking):
        draft, case = with_first_case(draft, base.version, day, loaded(draft, day).engine)
    notes = [asking.say("takes_over", version=base.version, names=", ".join(counted(base)))]
    notes += yaml_lines([case]) if case else [asking.say("no_case_comes", version=day)]
    after = [to_copy("new", "rule", "ID", "--policy", home.folder)]
    after += [to_copy("diff", home.folder / base.version, home.folder / day)]

    def mend(draft: Draft, findings: Findings) -> tuple[Draft, list[str]]:
        """Cases of the version before that lie on days of this one name their own."""
        draft, ids = with_versions(draft, base.version, findings.problems)
        return draft, [asking.say("of_version", version=base.version, names=", ".join(ids))] if ids else []

    return make(draft, asking, common.form, notes, after, mend=mend)
