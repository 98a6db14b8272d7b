"""backup: copy the ledger."""

from __future__ import annotations

from pathlib import Path

import click

from bot import wiring
from bot.cli.common import Options, common, out
from bot.core.text.control_characters import visible


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@common
@click.pass_obj
def backup(options: Options, file: Path) -> None:
    """Copy the ledger to the new file FILE, even while the daemon publishes.

    The copy is verified and synced to disk; an existing file is never overwritten. To restore it, see
    docs/operators.md, "Back up and restore".

    \b
    flashtweet backup "/var/backups/flashtweet-$(date +%F).db"
    """
    config = options.load_for_ledger()
    path = wiring.ledger_path(config, config.access)
    made = wiring.back_up(path, file)
    facts = f"{made.publications} publications, {made.size / 1024:.0f} KiB; checked"
    out().print(visible(f"{wiring.shown(path)} is backed up to {file}: {facts}."), soft_wrap=True)
