"""reload: apply a changed configuration without a restart."""

from __future__ import annotations

import click

from bot import wiring
from bot.cli.common import Options, common


@click.command()
@common
@click.pass_obj
def reload(options: Options) -> None:
    """Make the daemon reload config.yaml and .env.

    An invalid configuration is reported here and changes nothing. A thread in flight keeps the old one until
    its end. Changing the ledger or the account requires a restart.
    """
    config = options.load()
    wiring.need_alerting(config)
    process = wiring.ask_to_reload(wiring.ledger_path(config, wiring.need_access(config)))
    click.echo(f"Process {process} reloads {wiring.shown(config.path)}; its log shows the result.")
