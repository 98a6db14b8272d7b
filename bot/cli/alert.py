"""alert: test the recipients of alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.text import Text

from bot import wiring
from bot.cli.common import Options, common, out, print_json
from bot.errors import PublishError, UsageError

if TYPE_CHECKING:
    from bot.wiring import AlertResult


@click.command()
@click.option("--test", "is_test", is_flag=True, help="Send a test alert to each URL in turn.")
@click.option("--ping", is_flag=True, help="Also request hourly_ping, as the daemon does every hour.")
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@common
@click.pass_obj
def alert(options: Options, is_test: bool, ping: bool, machine: bool) -> None:
    """Send a test alert to every recipient of alerts.

    The exit code is 4 if one could not be sent. The pings of the series are not sent: each confirms that an
    edition was published.

    \b
    flashtweet alert --test
    flashtweet alert --test --ping
    """
    if not is_test:
        raise UsageError("--test is missing. Type: flashtweet alert --test")
    config = options.load()
    alerting = wiring.need_alerting(config)
    if ping and alerting.hourly_ping is None:
        raise UsageError(
            f"{wiring.shown(config.path)}: alerts: hourly_ping: is empty; there is nothing to request."
        )
    if not alerting.urls and not ping:
        raise UsageError(
            f"{wiring.shown(config.path)}: alerts: urls: is empty; no alert would be sent. "
            "Write a URL there as ${NAME}, and NAME=… into .env; see the comments in config.yaml."
        )
    results = []
    for one in wiring.try_alerts(config, ping=ping):
        results.append(one)
        if not machine:
            _show(one)
    if machine:
        print_json([{"to": one.to, "sent": one.trouble is None, "reason": one.trouble} for one in results])
    if any(one.trouble for one in results):
        click.get_current_context().exit(PublishError.exit_code)


def _show(result: AlertResult) -> None:
    failed = Text(f"failed: {result.trouble}", style="red")
    verdict = failed if result.trouble else Text("sent", style="green")
    out().print(Text(f"{result.to}: ") + verdict, soft_wrap=True)
