"""reload: a changed configuration, without a restart."""

from __future__ import annotations

import click

from bot import wiring
from bot.cli.common import Options, common


@click.command()
@common
@click.pass_obj
def reload(options: Options) -> None:
    """Let the daemon read config.yaml and .env again.

    What cannot be used is told here, and nothing changes. A thread in flight is finished as it was begun.
    Another ledger or another account takes a new start.
    """
    config = options.load()
    wiring.need_alerting(config)
    process = wiring.ask_to_reload(wiring.ledger_path(config, wiring.need_access(config)))
    click.echo(f"Process {process} reads {wiring.shown(config.path)} again; its log says what came of it.")
