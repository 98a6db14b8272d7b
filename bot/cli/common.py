"""Shared parts of all commands: options, streams, errors as exit codes.

Imports that only some commands need are local: ``flashtweet --version`` imports click alone.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.core.text.control_characters import plain_json, visible
from bot.core.typed_commands import CONFIG, GlobalOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from bot.cli.consoles import CommandConsole
    from bot.config import Config
    from bot.errors import Finding
    from bot.wiring import SystemClock

F = TypeVar("F", bound="Callable[..., Any]")


@dataclass(slots=True)
class Options:
    """Options that every command takes, before or after its name."""

    config: str = CONFIG
    debug: bool = False
    rehearsal: bool = False
    _loaded: Config | None = None
    _ahead: timedelta = timedelta(0)

    @property
    def typed(self) -> GlobalOptions:
        """The options by which another command reaches the same ledger."""
        return GlobalOptions(self.config, self.rehearsal)

    def load(self) -> Config:
        """Return the configuration; print its warnings to stderr, once.

        Raises:
            ConfigError: with every problem found.
        """
        from bot import wiring

        return self._load(wiring.load_config)

    def clock(self) -> SystemClock:
        """Return the machine's clock or, once the configuration is loaded, that of the rehearsal."""
        from bot import wiring

        return wiring.SystemClock(self._ahead)

    def load_for_ledger(self) -> Config:
        """Return the configuration as `load` does, even if only its ledger settings are valid.

        Raises:
            ConfigError: with every problem found; the ledger cannot be located.
        """
        from bot import wiring

        return self._load(wiring.load_for_ledger)

    def _load(self, load: Callable[[Path], Config]) -> Config:
        from pathlib import Path

        if self._loaded is None:
            self._loaded = load(Path(self.config))
            if self.rehearsal:
                from bot import wiring

                self._loaded, self._ahead = wiring.join_rehearsal(self._loaded)
            warn((*self._loaded.problems, *self._loaded.warnings))
            if self._loaded.problems:
                _warn_of_partial_use()
        return self._loaded


def warn(findings: Iterable[Finding]) -> None:
    """Print `findings` to stderr as warnings."""
    from rich.text import Text

    for finding in findings:
        err().print(Text(f"warning: {visible(str(finding))}", style="yellow"), soft_wrap=True)


def notice(text: str) -> None:
    """Print `text` to stderr, highlighted."""
    from rich.text import Text

    err().print(Text(visible(text), style="yellow"), soft_wrap=True)


def _warn_of_partial_use() -> None:
    from rich.text import Text

    text = "config.yaml or .env is invalid. Using only ledger, timezone and lease from it; "
    text += "a running daemon keeps its old configuration."
    err().print(Text(text, style="bold yellow"), soft_wrap=True)


def out() -> CommandConsole:
    """Return stdout, for results. Text is printed unchanged, except for options added to commands in it."""
    from bot.cli.consoles import CommandConsole

    return CommandConsole(_typed())


def err() -> CommandConsole:
    """Return stderr, for progress, logs and errors."""
    from bot.cli.consoles import CommandConsole

    return CommandConsole(_typed(), stderr=True)


def _typed() -> GlobalOptions:
    """Return the global options of the running command."""
    context = click.get_current_context(silent=True)
    options = context.find_object(Options) if context is not None else None
    return options.typed if options is not None else GlobalOptions()


def print_json(value: object) -> None:
    """Print one JSON document to stdout, with control characters escaped."""
    import json

    document = _with_commands(value, _typed())
    click.echo(plain_json(json.dumps(document, ensure_ascii=False, indent=2)))


def _with_commands(value: object, typed: GlobalOptions) -> object:
    """Return `value` with the global options in each command; texts of posts are not changed."""
    if isinstance(value, dict):
        return {key: one if key == "text" else _with_commands(one, typed) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_commands(one, typed) for one in value]
    return typed.put_into(value) if isinstance(value, str) else value


def utf8() -> None:
    """Write UTF-8 to stdout and stderr, whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _remember(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def callback(context: click.Context, _: click.Parameter, value: Any) -> Any:
        options = context.ensure_object(Options)
        if value not in (None, False):
            setattr(options, name, value)
        return value

    return callback


def common(command: F) -> F:
    """Add --config, --debug and --rehearsal to `command`; they may come before or after its name."""
    for decorate in (
        click.option(
            "--debug",
            is_flag=True,
            expose_value=False,
            callback=_remember("debug"),
            help="Show the traceback of an error.",
        ),
        click.option(
            "--rehearsal",
            is_flag=True,
            expose_value=False,
            callback=_remember("rehearsal"),
            help="Act on the rehearsal running here ('flashtweet run --sandbox').",
        ),
        click.option(
            "--config",
            metavar="PATH",
            type=click.Path(dir_okay=False),
            expose_value=False,
            callback=_remember("config"),
            help="The configuration file.  [default: config.yaml]",
        ),
    ):
        command = decorate(command)
    return command


class Frame(click.Group):
    """A group that turns our errors into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        import traceback

        from bot.cli.warnings_output import remarks

        options = ctx.ensure_object(Options)
        try:
            with remarks():
                return super().invoke(ctx)
        except CLICKS:
            raise
        except Exception as error:  # noqa: BLE001  (the last resort, instead of a bare traceback)
            if options.debug:
                traceback.print_exc()
            message, code = ending(error)
            _print_error(message)
            ctx.exit(code)


CLICKS = (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError)
"""Exceptions that click reports itself."""


def ending(error: Exception) -> tuple[str, int]:
    """Return the message for an error that ends a command, and the exit code."""
    from bot.errors import BotError, ConfigError
    from bot.ports import Interrupted

    if isinstance(error, Interrupted):
        return "stopped; run it again to resume.", 4
    if isinstance(error, BotError):
        title = "the configuration cannot be used:\n" if isinstance(error, ConfigError) else ""
        return f"{title}{error}", error.exit_code
    message = f"this is a bug in flashtweet: {type(error).__name__}: {error}. "
    return f"{message}Run it again with --debug and report the output.", 1


def _print_error(message: str) -> None:
    from rich.text import Text

    err().print(Text("flashtweet: ", style="bold red") + Text(visible(message)), soft_wrap=True)
