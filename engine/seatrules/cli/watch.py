"""`seatrules watch`: checks a policy each time that one of its files is saved."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from ..analysis.everything import problems_of
from ..analysis.watching import Looked, WatchedPolicy, folders_of
from ..errors import FileError, SpokenError
from ..extras import require
from ..policy.locate import Place, find
from ..render.problems import problems_text
from ..render.suites import failure_text
from ..render.watching import verdict_data, verdict_text
from ..words import words
from .common import (
    Common,
    colour_wanted,
    coloured,
    common_options,
    complain,
    error_data,
    error_language,
    require_named_once,
    say,
)
from .exits import Exit
from .lint import counts_of
from .test import folders_of_suites, together

_EVERY = 1_000
"""After how many milliseconds without a change is looked all the same: not every file system tells of changes."""
_AT_ONCE = 200
"""For how many milliseconds changes that follow each other are waited for."""


@click.command()
@click.argument("named", required=False, metavar="[POLICY]")
@common_options(
    policy="The same as POLICY.",
    version="No effect here: all versions are looked at.",
    language="The language of what came out, where a case fails.",
)
def watch(common: Common, named: str | None) -> Exit:
    """Check a policy each time that a file of it is saved.

    A line in green or red says first whether it loads, and whether the cases pass that the change can touch; then comes
    what is wrong with them, and what `seatrules lint` finds. It ends with Ctrl-C, or where the folder is not there any
    more.
    """
    require_named_once(named, common)
    require("watchfiles", extra="watch")
    policy = named or common.policy
    watched = WatchedPolicy(lambda: whole(find(policy, common.extensions)), common.settings, folders_of_suites)
    follow(watched, _saved(folders_of(watched.place)), common)
    return Exit.OK


def whole(place: Place) -> Place:
    """The whole policy, also where a version of it was named: what one says later ones read."""
    return place._replace(version=None)


def follow(watched: WatchedPolicy, saved: Iterable[object], common: Common) -> None:
    """Look at a policy each time that something is saved, and say what there is to say.

    Raises:
        FileError: its folder is not there any more.
    """
    begun = False
    for _ in saved:
        if not begun:
            label = words("watch", error_language(common.language, as_json=common.as_json))
            _say_unless_json(label["watching"].format(folder=", ".join(map(str, folders_of(watched.place)))), common)
            begun = True
        if (looked := watched.look()) is not None:
            _tell(looked, common)
            if not looked.errors:
                _lint(watched, common)
            sys.stdout.flush()


def _saved(folders: Iterable[Path]) -> Iterator[object]:
    """Once at the beginning, then each time that files change, and now and then; many changes at once are one."""
    from watchfiles import watch as changes

    yield frozenset()
    yield from changes(*folders, yield_on_timeout=True, rust_timeout=_EVERY, debounce=_AT_ONCE)


def _say_unless_json(text: str, common: Common) -> None:
    """Print what people read."""
    if not common.as_json:
        say(text)


def _tell(looked: Looked, common: Common) -> None:
    tongue = error_language(common.language, as_json=common.as_json)
    errors = [error.spoken(tongue) if isinstance(error, SpokenError) else error for error in together(looked.errors)]
    if common.as_json:
        language = common.speak(looked.ran[0].languages) if looked.ran else tongue
        failures = [error_data(error)["error"] for error in errors]
        say(json.dumps({**verdict_data(looked, language), "errors": failures}, ensure_ascii=False))
        return
    line = verdict_text(looked, tongue)
    say(coloured("allow" if looked.is_good else "deny", line) if colour_wanted() else line)
    sys.stdout.flush()
    for error in errors:
        complain(error, as_json=False, everything=common.everything)
    for result in looked.failed:
        say(failure_text(result, common.speak(result.languages)) + "\n")


def _lint(watched: WatchedPolicy, common: Common) -> None:
    """What `seatrules lint` finds in a policy that loads."""
    try:
        problems = problems_of(watched.place, None, common.settings, watched.opened)[0].sorted
    except FileError as error:  # it was taken away since: the next look says more
        complain(error, as_json=common.as_json, everything=common.everything)
        return
    if common.as_json:
        say(json.dumps({"problems": [problem.as_dict() for problem in problems]}, ensure_ascii=False))
        return
    if problems:
        say(problems_text(problems, everything=common.everything) + "\n")
    say(counts_of(problems))
