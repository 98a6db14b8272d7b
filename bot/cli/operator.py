"""Shared parts of the commands for operators: options, confirmation, ledger, result."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from bot import wiring
from bot.cli import json_output, render_publications
from bot.cli.common import Options, out, print_json, warn
from bot.cli.parameters import EditionParameter
from bot.errors import ContentError, UsageError
from bot.services.composing import thread_for
from bot.services.operator_actions import Decisions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.adapters.sql_ledger import SqlLedger
    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication


def yes_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--yes", "-y", is_flag=True, help="Do not ask.")(command)


def why_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--why", metavar="TEXT", default="", help="The reason, for the journal.")(command)


edition_argument = click.argument("edition", type=EditionParameter())
json_option = click.option("--json", "machine", is_flag=True, help="Print one JSON document.")


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal, unless `yes`.

    Raises:
        UsageError: there is no terminal and no `yes`; nothing was changed.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} There is no terminal to ask on: add --yes. Nothing was changed.")
    click.confirm(question, abort=True, err=True)


@contextlib.contextmanager
def decisions_on(
    options: Options,
    *,
    asks_x: bool = False,
    needs_config: bool = False,
    reads: Callable[[SqlLedger], bool] = lambda _: False,
) -> Iterator[tuple[Decisions, str]]:
    """Yield the decisions on the ledger in use, and the zone.

    Credentials are not needed: they are invalid or missing while an operator renews them. With
    `needs_config`, config.yaml and ``.env`` must be valid. The editors' files are read only if `reads`
    returns True, as a dead file server may block that.

    Raises:
        ConfigError, UsageError: no ledger can be found; the message explains how to name it.
    """
    config = options.load() if needs_config else options.load_for_ledger()
    clock = options.clock()
    path, doubt = wiring.found_ledger(config)
    if doubt is not None:
        warn([doubt])
    with wiring.open_ledger(path, clock) as ledger:
        desk, silent = wiring.desk_beside(config) if reads(ledger) else (wiring.bare_desk(config), None)
        if silent is not None:
            warn([silent])
        with wiring.on_signals(clock.stop):
            finder = wiring.x_publisher(config.access, clock) if asks_x and config.access else None
            yield Decisions(ledger, clock, desk, config.lease, finder), config.programme.zone


def print_result(publication: Publication, zone: str, *, machine: bool, about: str | None = None) -> None:
    """Print the current `publication`; `about` is a sentence on its posts."""
    if machine:
        print_json(json_output.publication_json(publication))
        return
    render_publications.print_publication(out(), publication, zone)
    if about is not None:
        out().print(f"  {about}", soft_wrap=True)


def about_next_post(template: str, value: Publication) -> str | None:
    """Return `template` with the next post of `value`; None if every post is sent."""
    ahead = render_publications.next_post(value)
    return template.format(ahead) if ahead else None


_NOT_READ = (
    "it is not in the ledger yet, and the files cannot be used. A daemon that read them earlier may still "
    "publish it. To stop all publishing, type: flashtweet pause"
)


def ahead(decisions: Decisions, key: EditionKey, done: str) -> str:
    """Return ``post 4 of 12 « 3️⃣ Intermarché… »``: the next post of `key`, or its first.

    `done` names the requested result: ``held``.

    Raises:
        ContentError, UsageError: neither the ledger nor a file has the edition; nothing was changed.
    """
    known = decisions.ledger.get(key)
    if known is None:
        try:
            return render_publications.which(thread_for(decisions.desk, key).posts, 1)
        except ContentError as error:
            raise ContentError(error.findings, f"{key} is NOT {done}: {_NOT_READ}") from error
    return render_publications.next_post(known) or "none; every post is sent"


def daemon_of(options: Options) -> str | None:
    """Return the id of the daemon on the ledger in use; None if none runs."""
    path, _ = wiring.found_ledger(options.load_for_ledger())
    return wiring.daemon_lock(path).holder()
