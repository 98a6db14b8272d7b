"""Parts of the commands by which a person decides: options, the question, the ledger, the answer."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import click

from bot import wiring
from bot.cli import json_output, render_publications
from bot.cli.common import Options, out, say_json, warn
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
    """Ask on a terminal; where nobody can be asked, only --yes will do.

    Raises:
        UsageError: nobody can be asked; nothing was changed.
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
    """Yield the decisions on the ledger that is meant, and the zone.

    Credentials are not needed: they are wrong or missing while somebody renews them. Where `needs_config`,
    config.yaml and ``.env`` must be right. `reads`: whether the editors' files are looked at, which a dead
    file server may keep back.

    Raises:
        ConfigError, UsageError: no ledger can be found; the message says how to name it.
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
    """Print the publication as it is now; `about` is a sentence about its posts."""
    if machine:
        say_json(json_output.publication_json(publication))
        return
    render_publications.print_publication(out(), publication, zone)
    if about is not None:
        out().print(f"  {about}", soft_wrap=True)


def standing(words: str, value: Publication) -> str | None:
    """Return `words` about the next post of `value`; None where every post is out."""
    ahead = render_publications.next_post(value)
    return words.format(ahead) if ahead else None


_NOT_READ = (
    "it is not in the ledger yet, and the files cannot be used. A daemon that read them before may still "
    "publish it. To stop all publishing, type: flashtweet pause"
)


def ahead(decisions: Decisions, key: EditionKey, done: str) -> str:
    """Return ``post 4 of 12 « 3️⃣ Intermarché… »``: the post that `key` stands at, or would begin with.

    `done` is what is asked for: ``held``.

    Raises:
        ContentError, UsageError: neither ledger nor files have that edition; nothing was changed.
    """
    known = decisions.ledger.get(key)
    if known is None:
        try:
            return render_publications.which(thread_for(decisions.desk, key).posts, 1)
        except ContentError as error:
            raise ContentError(error.findings, f"{key} is NOT {done}: {_NOT_READ}") from error
    return render_publications.next_post(known) or "no post, since every post is out"


def daemon_of(options: Options) -> str | None:
    """Return the id of the process that runs on the ledger that is meant."""
    path, _ = wiring.found_ledger(options.load_for_ledger())
    return wiring.daemon_lock(path).holder()
