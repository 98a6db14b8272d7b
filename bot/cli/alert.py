"""alert: does anybody hear us?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.text import Text

from bot import wiring
from bot.cli.common import Options, common, out, say_json
from bot.errors import PublishError, UsageError

if TYPE_CHECKING:
    from bot.wiring import AlertResult


@click.command()
@click.option("--test", "is_test", is_flag=True, help="Send one test alert to each URL, one by one.")
@click.option("--ping", is_flag=True, help="Ask for hourly_ping, too, as the daemon does every hour.")
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@common
@click.pass_obj
def alert(options: Options, is_test: bool, ping: bool, machine: bool) -> None:
    """Send a test alert to everybody who is told when something needs a person.

    The exit code is 4 if one could not be sent. The pings of the series are left alone: they vouch for an
    edition.

    \b
    flashtweet alert --test
    flashtweet alert --test --ping
    """
    if not is_test:
        raise UsageError("there is one thing to do here. Type: flashtweet alert --test")
    config = options.load()
    alerting = wiring.need_alerting(config)
    if ping and alerting.hourly_ping is None:
        raise UsageError(
            f"{wiring.shown(config.path)}: alerts: hourly_ping: is empty; there is nothing to ask for."
        )
    if not alerting.urls and not ping:
        raise UsageError(
            f"{wiring.shown(config.path)}: nobody would be told: alerts: urls: is empty. "
            "Write a URL there as ${NAME}, and NAME=… into .env; config.yaml's comments say how."
        )
    told = []
    for one in wiring.try_alerts(config, ping=ping):
        told.append(one)
        if not machine:
            _show(one)
    if machine:
        say_json([{"to": one.to, "sent": one.trouble is None, "reason": one.trouble} for one in told])
    if any(one.trouble for one in told):
        click.get_current_context().exit(PublishError.exit_code)


def _show(told: AlertResult) -> None:
    verdict = Text(f"failed: {told.trouble}", style="red") if told.trouble else Text("sent", style="green")
    out().print(Text(f"{told.to}: ") + verdict, soft_wrap=True)
