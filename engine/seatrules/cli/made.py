"""What the commands that make files share: what they ask, what they check, and what they say of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click

from ..diagnostics import echo
from ..errors import FileError, PolicyError, SuiteError
from ..files import as_named
from ..language.days import is_date
from ..making.draft import Draft, Findings, checked, write
from ..making.headed import headed
from ..policy.folders import YAML_NAMES
from ..policy.kinds import ID
from ..policy.locate import attached_at, find, is_zip, shown
from ..render.problems import problems_text
from ..render.suites import what_failed
from ..suites import CaseResult
from ..suites.find import extension_folder, version_folder
from ..words import phrase, words
from .asking import Asking
from .common import Common, error_language, say, say_json, tell
from .exits import Exit
from .usage import wrong_use

Mend = Callable[[Draft, Findings], tuple[Draft, list[str]]]


class FolderToWrite(NamedTuple):
    """The folder that is written into: a policy's, or an extension's of the policy that `policy` names."""

    folder: Path
    policy: str | None
    is_extension: bool = False
    version: str | None = None
    """The version whose folder is named, if one is."""

    def below(self, file: Path) -> str:
        """The place of a file below the folder."""
        return as_named(file).relative_to(as_named(self.folder)).as_posix()

    def suites(self) -> Path:
        """The folder below which the suites of the policy lie.

        Raises:
            UsageError: the policy lies in no folder.
        """
        return find(self.policy, [self.folder] if self.is_extension else []).folder_of_suites()


def home_of(common: Common, file: str | None = None) -> FolderToWrite:
    """Where something goes: into the version or extension in whose `suites` a file lies, or into what is named.

    Raises:
        UsageError: it lies in none of them, or the policy is not named by its folder.
    """
    path = None if file is None else Path(file)
    if path is not None and not path.name.lower().endswith(YAML_NAMES):
        raise wrong_use(phrase("suite_unread", path=echo(str(path))))
    if path is not None and (extension := extension_folder(path)):
        return FolderToWrite(Path(shown(extension)), common.policy, is_extension=True)
    if path is not None and (version := version_folder(path)):
        return FolderToWrite(Path(shown(version.parent)), str(version.parent))
    if path is not None:
        raise wrong_use(phrase("suite_elsewhere", path=echo(str(path))))
    if common.extensions:
        given = str(click.get_current_context().params["extensions"][-1])
        if is_zip(Path(given)):
            raise FileError(given, phrase("in_a_zip"))
        return FolderToWrite(
            Path(shown(attached_at(Path(common.extensions[-1])).path)), common.policy, is_extension=True
        )
    if common.policy is None or not Path(common.policy).is_dir():
        raise wrong_use(phrase("name_policy_folder"))
    place = common.place()
    return FolderToWrite(place.folder_of_suites(), common.policy, version=place.version)


def asked_for(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option that has nothing asked; the command gets it as `yes`."""
    return click.option("--yes", is_flag=True, help="Ask nothing: take what is usual where nothing is given.")(command)


@contextmanager
def said_if_not(asking: Asking) -> Iterator[None]:
    """Where what is to be written would not load, it is said that nothing is written."""
    try:
        yield
    except (PolicyError, SuiteError):
        tell(f"{asking.say('not_written')}\n")
        raise


def make(
    draft: Draft,
    asking: Asking,
    form: str,
    notes: Sequence[str],
    after: Sequence[str],
    *,
    anyway: bool | None = None,
    mend: Mend | None = None,
) -> Exit:
    """Check what is to be written, write it, and say so; what would not hold is told, and nothing is written.

    Args:
        anyway: write it though something is found; where that can't be chosen, nothing.
        mend: makes the draft right for cases that come out otherwise, and says so, where it can.
    """
    draft = headed(draft)
    with said_if_not(asking):
        findings = checked(draft)
        if mend is not None and (findings.failed or findings.problems):
            draft, more = mend(draft, findings)
            if more:
                findings, notes = checked(draft), [*notes, *more]
    whole = {
        "problems": [each.as_dict() for each in findings.problems],
        "failures": [_failure(each) for each in findings.failed],
    }
    if findings.problems or findings.failed:
        tell(f"{_told(findings)}\n\n")
        if not anyway:
            more = [asking.say("anyway")] if anyway is not None and not findings.problems else []
            tell("\n".join([asking.say("not_written"), *more, ""]))
            if form == "json":
                say_json({"written": [], **whole})
            return Exit.FINDINGS
    write(draft)
    if form == "json":
        say_json({"written": [str(path) for path in draft.paths], **whole})
        return Exit.OK
    green = [] if findings.failed or findings.problems else [asking.say("green")]
    say("\n".join([*(str(path) for path in draft.paths), *notes, *green, asking.say("next")]))
    say("\n".join(f"  {command}" for command in after))
    return Exit.OK


def to_copy(*arguments: str | Path) -> str:
    """A command of ours as a shell reads it."""
    return shlex.join(["seatrules", *map(str, arguments)])


def _failure(result: CaseResult) -> dict[str, Any]:
    """A case that would come out otherwise, as data: where it is, and what differs."""
    differences = [{"what": each.what, "expected": each.expected, "got": each.got} for each in result.differences]
    span = result.case.span
    return {"file": span.source.name, "line": span.line, "id": result.case.id, "differences": differences}


def _told(findings: Findings) -> str:
    """What would be wrong: problems, and cases that would come out otherwise."""
    failed = [f"{result.case.span}: {what_failed(result)}" for result in findings.failed]
    return "\n".join([*([problems_text(findings.problems)] if findings.problems else []), *failed])


def asking_in(language: str | None, form: str, yes: bool) -> Asking:
    tongue = error_language(language, as_json=form == "json")
    return Asking(tongue, words("new", tongue), quiet=yes)


def identifier(text: str) -> str:
    """A name that a policy, a rule or a case may have."""
    if not re.match(str(ID["pattern"]), text):
        raise wrong_use(phrase("no_identifier", given=echo(text)))
    return text


def a_text(text: str) -> str:
    if not text.strip():
        raise wrong_use(phrase("no_text_given"))
    return text.strip()


def a_day(text: str) -> str:
    if not is_date(text):
        raise wrong_use(phrase("no_day", given=echo(text)))
    return text
