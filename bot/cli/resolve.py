"""resolve: an operator's decision on one post."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from bot.cli import render, render_publications
from bot.cli.common import Options, common, err
from bot.cli.operator import confirm, decisions_on, edition_argument, json_option, print_result, yes_option
from bot.core.publishing.next_actions import is_undecided
from bot.errors import UsageError
from bot.services.operator_actions import Resolution

if TYPE_CHECKING:
    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication


class PostIdParameter(click.ParamType[str]):
    """X's id of a post, or the address of its page."""

    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        found = re.fullmatch(
            r"(?:https?://[^/]+/[^/]+/status/)?([1-9][0-9]{0,18})(?:[/?#].*)?", text, re.ASCII
        )
        if not found:
            self.fail(
                f"'{value}' is not the id of a post. It is the number at the end of the post's address on X.",
                param,
                ctx,
            )
        return found[1]


@click.command()
@edition_argument
@click.option("--post", type=click.IntRange(min=1), help="Its number.  [default: the first undecided]")
@click.option("--posted", type=PostIdParameter(), help="It is on X, under this id (or address).")
@click.option("--resend", is_flag=True, help="It is not on X: send it again.")
@click.option("--skip", is_flag=True, help="Leave it out.")
@yes_option
@json_option
@common
@click.pass_obj
def resolve(
    options: Options,
    edition: EditionKey,
    post: int | None,
    posted: str | None,
    resend: bool,
    skip: bool,
    yes: bool,
    machine: bool,
) -> None:
    """Record what became of a post of EDITION that is in doubt, or that X refused.

    Look at your profile on X first. The edition stays held; 'flashtweet publish EDITION' resumes it.

    \b
    flashtweet resolve flashtweet@2020-11-06 --posted 1324617389283635200
    flashtweet resolve flashtweet@2020-11-06 --post 7 --skip
    """
    chosen = (
        [Resolution.POSTED] * (posted is not None) + [Resolution.RESEND] * resend + [Resolution.SKIP] * skip
    )
    if len(chosen) != 1:
        raise UsageError("give exactly one of --posted ID, --resend and --skip.")
    with decisions_on(options, asks_x=True) as (decisions, zone):
        if posted is not None and decisions.finder is None:
            doubt = f"{edition}: not checked on X that post {posted} exists: no valid credentials."
            err().print(render.remark(doubt), soft_wrap=True)
        known = decisions.ledger.get(edition)
        position = post or (_first_undecided(known) if known else None)
        which = _which(edition, known, position)
        questions = {
            Resolution.POSTED: f"Record {which} as sent, with id {posted}?",
            Resolution.RESEND: f"Send {which} again? If it is on X after all, it will be there twice.",
            Resolution.SKIP: f"Leave {which} out?",
        }
        confirm(questions[chosen[0]], yes=yes)
        resolved = decisions.resolve(edition, chosen[0], position, posted)
        about = (
            f"{_RECORDED[chosen[0]]}: {render_publications.which(resolved.deliveries, position)}."
            if position
            else None
        )
        print_result(resolved, zone, machine=machine, about=about)


_RECORDED = {
    Resolution.POSTED: "Recorded as sent",
    Resolution.RESEND: "To be sent again",
    Resolution.SKIP: "Left out",
}


def _first_undecided(known: Publication) -> int | None:
    return next((one.position for one in known.deliveries if is_undecided(one)), None)


def _which(key: EditionKey, known: Publication | None, position: int | None) -> str:
    """Return a description of the post at `position`; `Decisions` refuses one that does not exist."""
    if known is None or position is None or position > len(known.deliveries):
        return f"post {position} of {key}" if position else f"the post of {key} that needs a decision"
    return f"{render_publications.which(known.deliveries, position)} of {key}"
