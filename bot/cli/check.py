"""check and preview: the editors' files before they are published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import wiring
from bot.cli import json_output, render
from bot.cli.common import Options, common, notice, out, print_json
from bot.core.content.date_checks import odd_dates
from bot.core.model import EditionKey
from bot.errors import ContentError, Severity, UsageError
from bot.services.composing import has_errors, thread_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.config import Config
    from bot.core.model import Edition, Thread
    from bot.errors import Finding
    from bot.services.composing import Desk

MAX_LISTED = 25
"""Number of editions up to which they are listed; more are only counted."""


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]…", type=Path)
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@common
@click.pass_obj
def check(options: Options, paths: tuple[Path, ...], machine: bool) -> None:
    """Report every problem in the editors' files.

    Also shows how each file was read: its editions, with the number of their items and posts.

    Without PATH, checks the whole threads folder. The exit code is 3 if a finding is an error.

    \b
    flashtweet check
    flashtweet check threads/2020-11-06.yaml
    """
    config = options.load()
    name = ", ".join(map(str, paths)) or wiring.shown(config.threads)
    read = wiring.patiently(lambda answered: _desk_for(config, paths, answered), name, notice)
    desk, changed_at, within = read
    now = options.clock().now()
    editions = [edition for edition in desk.editions if within(edition.path)]
    odd = odd_dates(desk.editions, changed_at, desk.recorded, now)
    found = tuple(sorted(one for one in (*desk.examine_all(), *odd) if within(one.path)))
    if machine:
        composed = [(edition, desk.thread(edition)[0]) for edition in editions]
        print_json(json_output.check_json(sum(map(within, desk.paths)), composed, found))
    else:
        _show_check(desk, editions, found, sum(map(within, desk.paths)), now)
    if has_errors(found):
        click.get_current_context().exit(ContentError.exit_code)


def _show_check(
    desk: Desk, editions: Sequence[Edition], found: Sequence[Finding], files: int, now: datetime
) -> None:
    console = out()
    render.findings(console, found)
    if len(editions) <= MAX_LISTED:
        for edition in editions:
            thread, _ = desk.thread(edition)
            line = render.reading_line(edition, thread, desk.programme.zone)
            if thread and edition.slot_at + edition.format.grace < now:
                line += render.remark("  in the past: not posted automatically")
            console.print(line, soft_wrap=True)
    errors = sum(finding.severity is Severity.ERROR for finding in found)
    counted = (
        (files, "file"),
        (len(editions), "edition"),
        (errors, "error"),
        (len(found) - errors, "warning"),
    )
    console.print(", ".join(render.count(*pair) for pair in counted), soft_wrap=True)


@click.command()
@click.argument("target", metavar="TARGET")
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@common
@click.pass_obj
def preview(options: Options, target: str, machine: bool) -> None:
    """Show the posts of TARGET as they will be sent, byte for byte.

    TARGET is a file or an edition.

    \b
    flashtweet preview threads/hebdo-053.yaml
    flashtweet preview flashtweet@2020-11-06
    """
    config = options.load()
    threads, found = _previewed(config, target)
    zone = config.programme.zone
    if machine:
        print_json(json_output.preview_json(threads, found, zone))
    else:
        console = out()
        for thread in threads:
            render.print_thread(console, thread, zone)
        render.findings(console, found)
    if has_errors(found):
        click.get_current_context().exit(ContentError.exit_code)


def _previewed(config: Config, target: str) -> tuple[list[Thread], tuple[Finding, ...]]:
    name = wiring.shown(config.threads)
    read = wiring.patiently(lambda answered: _read_for(config, target, answered), name, notice)
    desk, editions, found = read
    threads = []
    for edition in editions:
        thread, about = desk.thread(edition)
        found.extend(about)
        if thread:
            threads.append(thread)
    return threads, tuple(sorted(set(found)))


def _read_for(
    config: Config, target: str, answered: Callable[[], None]
) -> tuple[Desk, list[Edition], list[Finding]]:
    """Return the desk, and the editions and findings of `target`."""
    path = Path(target)
    if os.path.exists(path):  # noqa: PTH110  (an unreadable folder raises nothing here)
        desk, _, within = _desk_for(config, (path,), answered)
        editions = [edition for edition in desk.editions if within(edition.path)]
        return desk, editions, [finding for finding in desk.findings if within(finding.path)]
    try:
        key = EditionKey.parse(target)
    except ValueError as error:
        raise UsageError(f"there is no file {target}{_near(config, target)}, and {error}") from None
    desk = wiring.desk(config, wiring.issue_source(config, answered))
    return desk, [thread_for(desk, key).edition], []


def _near(config: Config, target: str) -> str:
    """Return ``(did you mean threads/2026-11-25.yaml?)`` if that file exists, else an empty text."""
    named = Path(target)
    for suffix in ("", ".yaml", ".yml"):
        for path in (named.with_name(named.name + suffix), config.threads / (named.name + suffix)):
            if os.path.isfile(path):  # noqa: PTH113  (as above)
                return f" (did you mean {wiring.shown(path)}?)"
    return ""


def _desk_for(
    config: Config, paths: Sequence[Path], answered: Callable[[], None]
) -> tuple[Desk, Callable[[str], datetime | None], wiring.Within]:
    """Return the desk for `paths`, the times its files changed, and a filter for the paths that were named.

    Files inside the threads folder are read together with all others, so that two files for one edition are
    found; files elsewhere are read alone.
    """
    inside = all(path.exists() and path.resolve().is_relative_to(config.threads.resolve()) for path in paths)
    source = wiring.issue_source(config, answered) if inside else wiring.files_source(paths, answered)
    desk = wiring.desk(config, source)
    return desk, source.load().changed_at, wiring.within(paths if inside else ())
