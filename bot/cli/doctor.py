"""doctor: is everything ready for the next editions?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.text import Text

from bot import wiring
from bot.cli import as_json
from bot.cli.frame import Options, common, out, plain, say_json
from bot.cli.publishing import EditionParameter
from bot.core.expected import expected_one, next_of_each
from bot.core.preflight import Verdict, failures, worst
from bot.errors import ContentError, PublishError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.core.expected import Expected
    from bot.core.model import EditionKey
    from bot.core.preflight import Check
    from bot.services.editorial import Desk

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILURE: "bold red"}


@click.command()
@click.argument("edition", type=EditionParameter(), required=False)
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@common
@click.pass_obj
def doctor(options: Options, edition: EditionKey | None, machine: bool) -> None:
    """Check all that EDITION needs, or the next edition of each series: files, this machine, the account.

    Nothing is posted. X bills one reading, $0.010 a day. Exit code 3 if an editor's file is missing or wrong,
    4 if anything else fails; a warning is no failure.

    \b
    flashtweet doctor
    flashtweet doctor flashtweet@2020-11-06
    """
    config = options.load()
    clock, desk = wiring.SystemClock(), wiring.desk(config, wiring.issue_source(config))
    editions = _chosen(desk, edition, clock.now())
    with wiring.preflight(config, clock) as preflight:
        checks = preflight(desk, editions)
    if machine:
        say_json(as_json.checks(checks, editions, clock.now(), config.programme.zone))
    else:
        _show(checks)
    bad = failures(checks)
    if bad:
        only_content = all(one.is_content for one in bad)
        click.get_current_context().exit((ContentError if only_content else PublishError).exit_code)


def _chosen(desk: Desk, key: EditionKey | None, now: datetime) -> tuple[Expected, ...]:
    if key is None:
        return next_of_each(desk.programme, desk.editions, now)
    one = expected_one(desk.programme, desk.editions, key)
    if one is None:
        raise UsageError(f"{key}: no file makes this edition, and none is expected. Run: flashtweet check")
    return (one,)


def _show(checks: Sequence[Check]) -> None:
    """One line a check; what to do stands behind an arrow."""
    console = out()
    for one in checks:
        line = Text(f"{one.verdict:<8}", style=_STYLES[one.verdict])
        line += Text(f"{one.name:<12} ", style="bold")
        line += Text(plain(f"{one.edition}: " if one.edition else "") + plain(one.told))
        if one.remedy:
            line += Text(f" → {plain(one.remedy)}", style="dim")
        console.print(line, soft_wrap=True)
    console.print(Text(_SUMMARY[worst(checks)], style=_STYLES[worst(checks)]))


_SUMMARY = {
    Verdict.OK: "All is well.",
    Verdict.WARNING: "Nothing fails; see the warnings.",
    Verdict.FAILURE: "Something fails: see above, and what to do.",
}
