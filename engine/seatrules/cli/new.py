"""`seatrules new`: makes policies and parts of them, each checked before it is written."""

from __future__ import annotations

import click

from .new_case import case
from .new_extension import extension
from .new_policy import policy
from .new_rule import rule
from .new_state import state
from .new_version import version
from .usage import Commands


class _Making(Commands):
    """The things that can be made, in the order in which they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.commands]


@click.group(cls=_Making, no_args_is_help=False)
def new() -> None:
    """Make a policy, or a part of one, that is checked as it is made.

    What is not given is asked for at a terminal. Nothing that is there is overwritten, and nothing is written of what
    would not load, or would make a case fail.
    """


for command in (policy, version, extension, rule, case, state):
    new.add_command(command)
