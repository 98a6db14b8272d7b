"""The console script and its exit codes.

0 ok · 1 a bug · 2 usage or configuration · 3 content · 4 ledger or publishing (also an interrupted
``publish``, to run again, and actions that a state or a pause forbids).
"""

from __future__ import annotations

from importlib import import_module

import click

from bot import __version__
from bot.cli.common import Frame, common, utf8

COMMANDS = {
    "bot.cli.check": {
        "check": "Report every problem in the editors' files.",
        "preview": "Show the posts of TARGET as they will be sent, byte for byte.",
    },
    "bot.cli.weigh": {
        "weigh": "Show what TEXT weighs on X, what counts as 2 or 23, and where the limit falls.",
    },
    "bot.cli.run": {
        "run": "Run the daemon: publish each edition at its slot.",
    },
    "bot.cli.publish": {
        "publish": "Publish EDITION now, whatever its slot.",
    },
    "bot.cli.status": {
        "status": "Show what needs you and what to type, the next slots, and the latest publications.",
        "log": "Show the history of EDITION from the ledger's journal.",
    },
    "bot.cli.doctor": {
        "doctor": (
            "Check everything that EDITION needs, or the next edition of each series: "
            "files, machine, account."
        ),
    },
    "bot.cli.hold": {
        "hold": "Stop EDITION before its next post, or before its first.",
        "release": "Release EDITION from its hold.",
        "cancel": "Cancel EDITION for good.",
    },
    "bot.cli.resolve": {
        "resolve": "Record what became of a post of EDITION that is in doubt, or that X refused.",
    },
    "bot.cli.pause": {
        "pause": "Stop all publishing until 'flashtweet resume', restarts included.",
        "resume": "End the pause.",
    },
    "bot.cli.backup": {
        "backup": "Copy the ledger to the new file FILE, even while the daemon publishes.",
    },
    "bot.cli.reload": {
        "reload": "Make the daemon reload config.yaml and .env.",
    },
    "bot.cli.alert": {
        "alert": "Send a test alert to every recipient of alerts.",
    },
    "bot.cli.sandbox": {
        "sandbox": "Serve a local X on this machine, until Ctrl-C.",
        "demo": "Watch FlashTweet, Replay and Hebdo of the sample week being posted, in under 90 seconds.",
    },
}
"""Modules and their commands, each with the first sentence of its help, as a test verifies."""


class Commands(Frame):
    """A group that lists its commands without importing them, and imports the one that is called."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if isinstance(command, Listed):
            command = command.imported()
        return name, command, rest


class Listed(click.Command):
    """A placeholder for a command in listings."""

    def __init__(self, module: str, name: str, summary: str) -> None:
        super().__init__(name, help=summary)
        self.module = module

    def imported(self) -> click.Command:
        """Return the command itself."""
        command: click.Command = getattr(import_module(self.module), self.name or "")
        return command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 ok, 1 bug, 2 usage or config, 3 content, 4 ledger or publishing.",
)
@click.version_option(__version__, prog_name="flashtweet")
@common
def cli() -> None:
    """Publish a newsroom's YAML files as threads on X: each post once, in order, on time.

    \b
    First steps:
      flashtweet demo                          watch three threads being posted, without an account
      flashtweet check                         can everything in threads/ be published?
      flashtweet preview threads/FILE.yaml     the posts as they will be sent
      flashtweet doctor                        is everything ready for the next editions?
      flashtweet run                           the daemon
      flashtweet status                        what happened, and what to type next
    """


for module, listed in COMMANDS.items():
    for name, summary in listed.items():
        cli.add_command(Listed(module, name, summary))


def main() -> None:
    """Run the command line."""
    utf8()
    cli(prog_name="flashtweet")
