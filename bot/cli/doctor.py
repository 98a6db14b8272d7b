"""doctor: checks of everything the next editions need."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from rich.text import Text

from bot import wiring
from bot.cli import json_output
from bot.cli.common import Options, common, notice, out, print_json
from bot.cli.operator import confirm
from bot.cli.parameters import EditionParameter
from bot.core.content.pricing import PRICES_FROM, dollars
from bot.core.publishing.probe import probe_price
from bot.core.schedule.calendar import expected_one, next_of_each
from bot.core.schedule.not_out import check_of, not_out
from bot.core.schedule.preflight import CheckResult, daemon_check, failures, warning, worst
from bot.core.text.control_characters import visible
from bot.errors import ContentError, LedgerError, PublishError, UsageError
from bot.services.facts import facts_beside
from bot.services.probe import Outcome
from bot.services.publish_now import refuse_in_a_pause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from bot.config import Config, XAccess
    from bot.core.model import EditionKey
    from bot.core.schedule.calendar import Expected
    from bot.core.schedule.preflight import Check
    from bot.errors import Finding
    from bot.services.composing import Desk

_STYLES = {
    CheckResult.OK: "green",
    CheckResult.SKIPPED: "cyan",
    CheckResult.WARNING: "yellow",
    CheckResult.FAILURE: "bold red",
}


NEEDED = frozenset({"ledger", "file-system", "disk", "credentials", "credits", "permission", "x"})
"""Checks without which the probe posts nothing."""


@click.command()
@click.argument("edition", type=EditionParameter(), required=False)
@click.option(
    "--live", is_flag=True, help="Measure the account: post a thread of two, read it back, delete it."
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask (with --live).")
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@common
@click.pass_obj
def doctor(options: Options, edition: EditionKey | None, live: bool, yes: bool, machine: bool) -> None:
    """Check everything that EDITION needs, or the next edition of each series: files, machine, account.

    Posts nothing without --live, nor in a pause. X bills one read, $0.010 a day. The exit code is 3 if an
    editor's file is missing or invalid, 4 if anything else fails; warnings do not count.

    \b
    flashtweet doctor
    flashtweet doctor flashtweet@2020-11-06
    flashtweet doctor --live
    """
    config = options.load()
    clock = options.clock()
    desk, silent = wiring.desk_awaited(config, notice)  # if it hangs, a separate check reports it
    editions = _chosen(desk, silent, edition, clock.now())
    with wiring.preflight(config, clock) as preflight:
        if live:
            preflight.refuse_in_a_pause()
            _ask(wiring.need_access(config), yes=yes)
        checks = (*preflight(desk, editions), *_publishing(config, desk, editions, clock))
        checks = (*checks, *wiring.exposure(config))
    if not machine:
        _show(checks)  # before the probe, which takes a while
    outcome = _probe(config, clock, checks) if live else Outcome(())
    every = (*checks, *outcome.checks)
    if machine:
        document = json_output.checks(every, editions, clock.now(), config.programme.zone)
        print_json(document | {"measured": outcome.found and json_output.measurement_json(outcome.found)})
    else:
        _show(outcome.checks)
        out().print(Text(_SUMMARY[worst(every)], style=_STYLES[worst(every)]))
    click.get_current_context().exit(_exit_code(every))


def _publishing(
    config: Config, desk: Desk, editions: Sequence[Expected], clock: wiring.SystemClock
) -> Iterator[Check]:
    """Yield a check of the daemon, and one for each edition not out after its slot."""
    path, now = wiring.ledger_path(config, config.access), clock.now()
    daemon = wiring.daemon_lock(path).holder()
    yield daemon_check(daemon, wiring.shown(path), editions, now)
    facts = facts_beside(desk, None, now)
    if path.exists():
        with contextlib.suppress(LedgerError), wiring.open_ledger(path, clock) as ledger:
            facts = facts_beside(desk, ledger, now)
    looked_at = {one.key for one in editions}
    found = (one for one in not_out(facts, desk, now, daemon) if one.key in looked_at)
    yield from (check_of(one) for one in found if not one.is_content)  # otherwise `file` or `findings` fails


def _exit_code(checks: Sequence[Check]) -> int:
    bad = failures(checks)
    if not bad:
        return 0
    return (ContentError if all(one.is_content for one in bad) else PublishError).exit_code


def _ask(access: XAccess, *, yes: bool) -> None:
    host = urlsplit(access.base_url).netloc
    confirm(
        f"Post a thread of two to account {access.user_id} at {host}, read it back and delete it? Followers "
        f"may see it meanwhile. X bills {dollars(probe_price())} by its price list of {PRICES_FROM}.",
        yes=yes,
    )


def _probe(config: Config, clock: wiring.SystemClock, checks: Sequence[Check]) -> Outcome:
    """Probe the account, unless a post could not be recorded or X would refuse it anyway."""
    missing = sorted({one.name for one in failures(checks)} & NEEDED)
    if missing:
        text = f"nothing was posted, because of {', '.join(missing)}."
        return Outcome((warning("live", text, "Fix that, then run it again."),))
    access = wiring.need_access(config)
    with (
        wiring.newsroom(config, access, clock, wiring.ledger_path(config, access)) as newsroom,
        wiring.on_signals(clock.stop),
    ):
        refuse_in_a_pause(newsroom.ledger)  # one may have begun since the confirmation
        return newsroom.live_probe()()


def _chosen(
    desk: Desk, silent: Finding | None, key: EditionKey | None, now: datetime
) -> tuple[Expected, ...]:
    if key is None:
        return next_of_each(desk.programme, desk.editions, now)
    one = expected_one(desk.programme, desk.editions, key)
    if one is None and silent is not None:
        raise ContentError([silent])
    if one is None:
        raise UsageError(f"{key}: no file for this edition, and none is expected. Run: flashtweet check")
    return (one,)


def _show(checks: Sequence[Check]) -> None:
    """Print one line per check, with the advice after an arrow."""
    console = out()
    for one in checks:
        line = Text(f"{one.verdict:<8}", style=_STYLES[one.verdict])
        line += Text(f"{one.name:<12} ", style="bold")
        line += Text(visible(f"{one.edition}: " if one.edition else "") + visible(one.observed))
        if one.remedy:
            line += Text(f" → {visible(one.remedy)}", style="dim")
        console.print(line, soft_wrap=True)


_SUMMARY = {
    CheckResult.OK: "Everything is ready.",
    CheckResult.SKIPPED: "Everything is ready, as far as it can be checked here.",
    CheckResult.WARNING: "No failures; see the warnings.",
    CheckResult.FAILURE: "Something fails: see above for what to do.",
}
