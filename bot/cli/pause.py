"""pause and resume: stop and restart all publishing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from bot.cli import render_publications
from bot.cli.common import Options, common, out
from bot.cli.operator import confirm, daemon_of, decisions_on, why_option, yes_option
from bot.cli.status import published_by_hand
from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import OPEN

if TYPE_CHECKING:
    from bot.ports import Pause
    from bot.services.operator_actions import Decisions


@click.command()
@why_option
@yes_option
@common
@click.pass_obj
def pause(options: Options, why: str, yes: bool) -> None:
    """Stop all publishing until 'flashtweet resume', restarts included."""
    with decisions_on(options) as (decisions, _):
        confirm("Pause all publishing?", yes=yes)
        decisions.pause(why or "no reason given.")
    out().print("Publishing is paused. To resume, type: flashtweet resume")


@click.command()
@yes_option
@common
@click.pass_obj
def resume(options: Options, yes: bool) -> None:
    """End the pause. Posts still within their grace are sent; the rest is missed or held."""
    with decisions_on(options) as (decisions, _):
        paused = decisions.ledger.paused()
        confirm("Resume publishing?", yes=yes)
        decisions.resume()
        if paused is not None:
            _print_waiting(decisions, paused, daemon_of(options))


def _print_waiting(decisions: Decisions, paused: Pause, daemon: str | None) -> None:
    ledger = decisions.ledger
    known = ledger.open_or_since(paused.since - timedelta(days=1))
    waiting = [one for one in known if one.state in OPEN and one.slot_at <= decisions.clock.now()]
    stopped = [
        one for one in known if one.state in _STOPPED and ledger.journal(one.key)[-1].at >= paused.since
    ]
    by_hand = published_by_hand(ledger, waiting, daemon)
    needs_daemon = daemon is None and any(one.key not in by_hand for one in waiting)
    render_publications.resumed(out(), waiting, stopped, needs_daemon=needs_daemon)


_STOPPED = (PublicationState.HELD, PublicationState.MISSED)
