"""Says in our own words what is wrong with a command line that click refuses: from what it names, not what it says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click

from ..diagnostics import echo, nearest, suggested
from ..errors import UsageError, unknown
from ..words import AnyText, Phrase, phrase


class Commands(click.Group):
    """Commands by their names; one that is not there is told with what there is, and each option is given once."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not ctx.resilient_parsing:
            raise unknown("command", args[0], known)
        name, command, given = super().resolve_command(ctx, args)
        if command is not None and not isinstance(command, click.Group) and not ctx.resilient_parsing:
            _require_once(command, given)
        return name, command, given


def _require_once(command: click.Command, given: Sequence[str]) -> None:
    """Make sure that no value is left unread because another one is given for the same option after it."""
    _, _, named = command.make_parser(click.Context(command)).parse_args([*given])
    if any(each.is_eager for each in named):
        return  # `--help` takes whatever stands beside it
    for each, times in Counter(named).items():
        if times > 1 and isinstance(each, click.Option) and not (each.multiple or each.is_flag or each.count):
            message = phrase("option_given_twice", name=_name(each))
            raise wrong_use(message, suggestion=phrase("give", usage=_usage(each)))


def wrong_use(message: Phrase, *, allowed: Sequence[str] = (), suggestion: Phrase | None = None) -> UsageError:
    """The error of a command line that does not say what is to be done."""
    return UsageError("usage", message, allowed=allowed, suggestion=suggestion)


def options_named(*names: str) -> AnyText:
    """How a message lists options."""
    *first, last = (f"`{name}`" for name in names)
    return phrase("and_options", first=", ".join(first), last=last) if first else last


def explained(error: click.ClickException, group: click.Group, arguments: Sequence[str]) -> UsageError:
    """What click refused, as an error of ours."""
    command, given = _command(group, arguments)
    called = " ".join(["seatrules", *arguments[: len(arguments) - len(given)]])
    match error:
        case click.NoSuchOption():
            return _no_such_option(error.option_name, command, called)
        case click.BadOptionUsage():
            return _bad_option(error.option_name, command)
        case click.MissingParameter() if error.param is not None:
            usage = phrase("give", usage=_usage(error.param))
            return wrong_use(phrase("parameter_missing", name=_name(error.param)), suggestion=usage)
        case click.BadParameter() if error.param is not None:
            return _bad_value(error.param, _values(command, given)[0].get(error.param.name or ""))
    if isinstance(command, click.Group):
        commands = command.list_commands(click.Context(command))
        return wrong_use(phrase("no_command_given"), allowed=commands, suggestion=suggested("", commands))
    if more := _values(command, given)[1]:
        message = phrase("does_not_take", command=command.name, given=echo(more[0]))
        return wrong_use(message, suggestion=phrase("see_help", command=called))
    return wrong_use(phrase("no_such_use", command=command.name), suggestion=phrase("see_help", command=called))


def _command(group: click.Group, arguments: Sequence[str]) -> tuple[click.Command, Sequence[str]]:
    """The command that is asked for, and what it is given; the group itself where there is none."""
    command = group.get_command(click.Context(group), arguments[0]) if arguments else None
    if isinstance(command, click.Group):
        return _command(command, arguments[1:])
    return (command, arguments[1:]) if command else (group, arguments)


def _values(command: click.Command, given: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """The texts that parameters are given, by name, and those that belong to none."""
    context = click.Context(command)
    try:
        values, more, _ = command.make_parser(context).parse_args([*given])
    except click.UsageError:
        return {}, []
    return dict(values), more


def _no_such_option(name: str, command: click.Command, called: str) -> UsageError:
    options = [option for parameter in command.get_params(click.Context(command)) for option in _options(parameter)]
    near = nearest(name, options)
    suggestion = phrase("did_you_mean", name=near) if near else phrase("see_help", command=called)
    return wrong_use(phrase("no_option", name=echo(name)), allowed=options, suggestion=suggestion)


def _options(parameter: click.Parameter) -> list[str]:
    return parameter.opts if isinstance(parameter, click.Option) else []


def _bad_option(name: str, command: click.Command) -> UsageError:
    option = next(each for each in command.get_params(click.Context(command)) if name in each.opts)
    if isinstance(option, click.Option) and option.is_flag:
        return wrong_use(phrase("takes_no_value", name=name), suggestion=phrase("give_alone", name=name))
    return wrong_use(phrase("lacks_value", name=name), suggestion=phrase("give", usage=_usage(option)))


def _bad_value(parameter: click.Parameter, value: Any) -> UsageError:
    name, given = _name(parameter), "" if value is None else phrase("but_given", value=echo(value))
    match parameter.type:
        case click.Choice(choices=choices):
            words = [str(choice) for choice in choices]
            suggestion = suggested(str(value), words)
            return wrong_use(phrase("no_choice_of", given=echo(value), name=name), allowed=words, suggestion=suggestion)
        case click.IntRange(min=least, max=most):
            if most is None:
                return wrong_use(phrase("takes_number_from", name=name, least=least, given=given))
            return wrong_use(phrase("takes_number_between", name=name, least=least, most=most, given=given))
        case click.FloatRange(min=least, max=most, min_open=is_open):
            if is_open:
                return wrong_use(phrase("takes_amount_over", name=name, least=least, most=most, given=given))
            return wrong_use(phrase("takes_amount_between", name=name, least=least, most=most, given=given))
        case click.types.IntParamType():
            return wrong_use(phrase("takes_number", name=name, given=given))
    return wrong_use(phrase("takes_otherwise", name=name, given=given))


def _name(parameter: click.Parameter) -> str:
    """How a parameter is called: by its longest option, or as help calls the argument."""
    name = max(_options(parameter), key=len, default=None)
    return f"`{name or (parameter.metavar or parameter.human_readable_name).strip('[].')}`"


def _usage(parameter: click.Parameter) -> str:
    """How a parameter is written with its value."""
    metavar = parameter.metavar or "VALUE"
    if isinstance(parameter.type, click.Choice):
        metavar = "|".join(map(str, parameter.type.choices))
    return " ".join([*_options(parameter)[-1:], metavar])
