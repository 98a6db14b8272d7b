"""hold, release, cancel, resolve, pause, resume: what a person decides."""

from __future__ import annotations

import contextlib
import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from bot import wiring
from bot.cli import as_json, show, story
from bot.cli.frame import Options, common, err, out, say_json, warn
from bot.cli.publishing import EditionParameter
from bot.core.model import PublicationState
from bot.core.publication import OPEN, is_untouched
from bot.core.remedies import is_undecided
from bot.core.slots import FREEZE_LEAD
from bot.errors import UsageError
from bot.services.decide import Decisions, Verdict
from bot.services.editorial import thread_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.adapters.sql_ledger import SqlLedger
    from bot.core.model import EditionKey, Publication
    from bot.ports import Pause


def _yes(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--yes", "-y", is_flag=True, help="Do not ask.")(command)


def _why(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--why", metavar="TEXT", default="", help="The reason, for the journal.")(command)


_edition = click.argument("edition", type=EditionParameter())
_json = click.option("--json", "machine", is_flag=True, help="Print one JSON document.")


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
def _decisions(
    options: Options,
    *,
    asks_x: bool = False,
    needs_config: bool = False,
    reads: Callable[[SqlLedger], bool] = lambda _: False,
) -> Iterator[tuple[Decisions, str]]:
    """The decisions on the configured ledger, and the zone; where `needs_config`, config.yaml must be right.

    `reads`: whether the editors' files are looked at, which a dead file server may keep back.

    Raises:
        UsageError: without credentials nobody knows which ledger is meant.
    """
    config = options.load() if needs_config else options.load_for_ledger()
    access, clock = wiring.need_access(config), wiring.SystemClock()
    with wiring.open_ledger(wiring.ledger_path(config, access), clock) as ledger:
        desk, silent = wiring.desk_beside(config) if reads(ledger) else (wiring.bare_desk(config), None)
        if silent is not None:
            warn([silent])
        with wiring.on_signals(clock.stop):
            finder = wiring.x_publisher(access, clock) if asks_x else None
            yield Decisions(ledger, clock, desk, config.lease, finder), config.programme.zone


def _tell(publication: Publication, zone: str, *, machine: bool, about: str | None = None) -> None:
    """What the publication is now; `about` is a sentence about its posts."""
    if machine:
        say_json(as_json.publication(publication))
        return
    story.publication(out(), publication, zone)
    if about is not None:
        out().print(f"  {about}", soft_wrap=True)


def _standing(words: str, value: Publication) -> str | None:
    """`words` about the next post of `value`; None where every post is out."""
    ahead = story.next_post(value)
    return words.format(ahead) if ahead else None


def _ahead(decisions: Decisions, key: EditionKey) -> str:
    """``post 4 of 12 « 3️⃣ Intermarché… »``: what `key` stands at, or would begin with.

    Raises:
        ContentError, UsageError: neither ledger nor files have that edition; nothing was changed.
    """
    known = decisions.ledger.get(key)
    if known is None:
        return story.which(thread_for(decisions.desk, key).posts, 1)
    return story.next_post(known) or "no post, since every post is out"


def _daemon(options: Options) -> str | None:
    """The id of the process that runs on the configured ledger."""
    config = options.load_for_ledger()
    return wiring.daemon_lock(wiring.ledger_path(config, config.access)).holder()


@click.command()
@_edition
@_why
@_yes
@_json
@common
@click.pass_obj
def hold(options: Options, edition: EditionKey, why: str, yes: bool, machine: bool) -> None:
    """Stop EDITION before its next post, or before its first.

    A daemon that publishes it hears of this within a second; a post in flight is finished.
    """
    with _decisions(options, reads=lambda ledger: ledger.get(edition) is None) as (decisions, zone):
        confirm(f"Hold {edition}, which stands at {_ahead(decisions, edition)}?", yes=yes)
        held = decisions.hold(edition, why)
        if held.state is PublicationState.PUBLISHED:
            raise UsageError(f"{edition} was already finished, nothing to hold: every post is out.")
        if held.state is not PublicationState.HELD:
            raise UsageError(f"{edition} was {held.state} before it heard of the hold.")
        _tell(held, zone, machine=machine, about=_standing("It stands at {}.", held))


@click.command()
@_edition
@_yes
@_json
@common
@click.pass_obj
def release(options: Options, edition: EditionKey, yes: bool, machine: bool) -> None:
    """Let the daemon go on with EDITION, which is held.

    To go on at once, without a daemon: flashtweet publish EDITION.
    """
    with _decisions(options, needs_config=True, reads=lambda _: True) as (decisions, zone):
        confirm(f"Let {edition} go on with {_ahead(decisions, edition)}?", yes=yes)
        released = decisions.release(edition)
        _tell(released, zone, machine=machine, about=_standing("It goes on with {}.", released))
        left = released.slot_at - decisions.clock.now() if is_untouched(released) else timedelta(0)
    if not machine:
        daemon = _daemon(options)
        when = (
            f"at its slot, {show.local(released.slot_at, zone)}" if left > timedelta(0) else "within seconds"
        )
        told = f"The daemon (process {daemon}) goes on with it {when}."
        if left > FREEZE_LEAD:
            told += f" Until {FREEZE_LEAD.seconds} s before, its file may still be changed."
        told = told if daemon else f"No daemon runs: start one, or type: flashtweet publish {edition}"
        err().print(told, soft_wrap=True)


@click.command()
@_edition
@_why
@_yes
@_json
@common
@click.pass_obj
def cancel(options: Options, edition: EditionKey, why: str, yes: bool, machine: bool) -> None:
    """Give EDITION up for good. What is out on X stays there; nothing more of it is sent."""
    with _decisions(options, reads=lambda _: True) as (decisions, zone):
        confirm(f"Cancel {edition} for good, from {_ahead(decisions, edition)} on?", yes=yes)
        cancelled = decisions.cancel(edition, why)
        about = _standing("Not sent any more: {} and what follows it.", cancelled)
        _tell(cancelled, zone, machine=machine, about=about)
        for other in decisions.desk.editions:
            if other.replayed is not None and other.replayed.key == edition:
                told = f"{other.key} gives it again and still goes out. If it should not, type: "
                err().print(show.remark(f"{told}flashtweet cancel {other.key}"), soft_wrap=True)


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
@_edition
@click.option("--post", type=click.IntRange(min=1), help="Which post.  [default: the first that needs it]")
@click.option("--posted", type=PostIdParameter(), help="It is on X, under this id (or address).")
@click.option("--resend", is_flag=True, help="It is not on X: send it again.")
@click.option("--skip", is_flag=True, help="Leave it out.")
@_yes
@_json
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
    """Say what became of a post of EDITION that flashtweet cannot tell, or that X refused.

    Look at your profile on X first. The edition stays held; 'flashtweet publish EDITION' goes on with it.

    \b
    flashtweet resolve flashtweet@2020-11-06 --posted 1324617389283635200
    flashtweet resolve flashtweet@2020-11-06 --post 7 --skip
    """
    said = [Verdict.POSTED] * (posted is not None) + [Verdict.RESEND] * resend + [Verdict.SKIP] * skip
    if len(said) != 1:
        raise UsageError("say one of --posted ID, --resend and --skip.")
    with _decisions(options, asks_x=True) as (decisions, zone):
        known = decisions.ledger.get(edition)
        position = post or (_first_undecided(known) if known else None)
        which = _which(edition, known, position)
        questions = {
            Verdict.POSTED: f"Record {which} as sent, with id {posted}?",
            Verdict.RESEND: f"Send {which} again? If it is on X after all, it will be there twice.",
            Verdict.SKIP: f"Leave {which} out?",
        }
        confirm(questions[said[0]], yes=yes)
        resolved = decisions.resolve(edition, said[0], position, posted)
        about = f"{_SAID[said[0]]}: {story.which(resolved.deliveries, position)}." if position else None
        _tell(resolved, zone, machine=machine, about=about)


_SAID = {
    Verdict.POSTED: "Recorded as sent",
    Verdict.RESEND: "To be sent again",
    Verdict.SKIP: "Left out",
}


def _first_undecided(known: Publication) -> int | None:
    return next((one.position for one in known.deliveries if is_undecided(one)), None)


def _which(key: EditionKey, known: Publication | None, position: int | None) -> str:
    """The post that a person speaks of, as far as it is there; the decision refuses it otherwise."""
    if known is None or position is None or position > len(known.deliveries):
        return f"post {position} of {key}" if position else f"the post of {key} that needs you"
    return f"{story.which(known.deliveries, position)} of {key}"


@click.command()
@_why
@_yes
@common
@click.pass_obj
def pause(options: Options, why: str, yes: bool) -> None:
    """Stop all publishing until 'flashtweet resume', restarts included."""
    with _decisions(options) as (decisions, _):
        confirm("Pause all publishing?", yes=yes)
        decisions.pause(why or "no reason given.")
    out().print("Publishing is paused. To go on, type: flashtweet resume")


@click.command()
@_yes
@common
@click.pass_obj
def resume(options: Options, yes: bool) -> None:
    """End the pause. What is still within its time goes out; the rest is missed or held."""
    with _decisions(options) as (decisions, _):
        paused = decisions.ledger.paused()
        confirm("Let publishing go on?", yes=yes)
        decisions.resume()
        if paused is not None:
            _tell_what_waits(decisions, paused, _daemon(options))


def _tell_what_waits(decisions: Decisions, paused: Pause, daemon: str | None) -> None:
    ledger = decisions.ledger
    known = ledger.open_or_since(paused.since - timedelta(days=1))
    waiting = [one for one in known if one.state in OPEN and one.slot_at <= decisions.clock.now()]
    stopped = [
        one for one in known if one.state in _STOPPED and ledger.journal(one.key)[-1].at >= paused.since
    ]
    story.resumed(out(), waiting, stopped, daemon)


_STOPPED = (PublicationState.HELD, PublicationState.MISSED)
