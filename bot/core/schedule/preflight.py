"""From observations to checks: what must be so before a slot, and what to do where it is not.

A failure keeps an edition from going out on time, or at all; a warning may, or says what could not be told,
or what a person holds back on purpose. A failure before a slot is alerted, so a pause is one as well: it
stands for all editions, and may be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.core.content.pricing import dollars, thread_price
from bot.core.model import DeliveryState, PublicationState
from bot.core.publishing.next_actions import is_by_hand, next_action
from bot.core.schedule.calendar import PREFLIGHT_LEAD
from bot.core.schedule.local_times import when
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.core.model import Delivery, EditionKey, Publication, Thread
    from bot.core.schedule.calendar import Expected
    from bot.errors import BotError, Finding

SOON = timedelta(hours=36)
"""So long before its slot a missing file is a failure: the evening before, whatever the hour of the slot."""
ABOUT_THE_FOLDER = ("folder-emptied", "folder-unreadable", "not-found")
"""Codes of findings about the threads folder as a whole."""
CAN_WRITE = ("read-write", "read-write-directmessages")
"""Values of ``x-access-level`` with which posts can be created.
Source: https://groups.google.com/g/twitter-api-announce, 2011-06-30; X's docs and its OpenAPI spec 2.167 do
not name the header, reports of 2026 have it on API v2. Read 2026-11-24."""


class CheckResult(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    """Stable; docs/operators.md lists them."""
    verdict: CheckResult
    told: str
    """What was observed."""
    remedy: str = ""
    """What to do, in the imperative; empty where all is well."""
    edition: EditionKey | None = None
    """The edition that it is about; None: all."""
    is_content: bool = False
    """Whether an editor mends it, in the threads folder."""


def ok(name: str, told: str, edition: EditionKey | None = None) -> Check:
    """All is well."""
    return Check(name, CheckResult.OK, told, edition=edition)


def warning(name: str, told: str, remedy: str, edition: EditionKey | None = None) -> Check:
    """Something may go wrong, or could not be told."""
    return Check(name, CheckResult.WARNING, told, remedy, edition)


def failure(name: str, told: str, remedy: str, edition: EditionKey | None = None) -> Check:
    """As it is now, it goes wrong."""
    return Check(name, CheckResult.FAILURE, told, remedy, edition)


def of_error(name: str, error: BotError) -> Check:
    """`error` as a failure: its sentences say what to do."""
    told, _, todo = str(error).partition(". ")
    return failure(name, f"{told.rstrip('.')}.", todo)


def of_finding(name: str, finding: Finding) -> Check:
    """Return `finding`, which keeps everything back, as a failure."""
    return failure(name, f"{_place(finding)}: {finding.message}", finding.remedy)


# -- editions ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """What files and ledger have of one expected edition."""

    expected: Expected
    path: str | None = None
    """The file that makes it."""
    thread: Thread | None = None
    """None where it must not be published."""
    findings: tuple[Finding, ...] = ()
    publication: Publication | None = None


def of_edition(seen: EditionFacts, strays: Sequence[Finding], now: datetime, zone: str) -> tuple[Check, ...]:
    """Is there a file, is it sound, and will the daemon send it?

    `strays` are errors of files that make no edition: one of them may be meant.
    """
    settled = _settled(seen)
    if settled is not None:
        return (settled,)
    if seen.path is None and seen.publication is None:
        return (_no_file(seen.expected, strays, now, zone),)
    return (_file(seen, zone), *_findings(seen), *_state(seen, now))


def _settled(seen: EditionFacts) -> Check | None:
    """What is over, and needs nothing more."""
    known = seen.publication
    if known is not None and known.state is PublicationState.PUBLISHED:
        return ok("file", "it is out already.", known.key)
    if known is not None and known.state is PublicationState.CANCELLED:
        return ok("file", f"it was cancelled: {(known.reason or 'by a person').rstrip('.')}.", known.key)
    return None


def _no_file(one: Expected, strays: Sequence[Finding], now: datetime, zone: str) -> Check:
    is_soon = one.slot_at - now <= SOON
    verdict = CheckResult.FAILURE if is_soon else CheckResult.WARNING
    unread = next((stray for stray in strays if stray.code in ABOUT_THE_FOLDER), None)
    if unread is not None:
        told = f"whether a file makes it is not known; it is due {when(one.slot_at, zone)}."
        return Check("file", verdict, f"{told} {_place(unread)}: {unread.message}", unread.remedy, one.key)
    told = f"no file makes it{'' if is_soon else ' yet'}; it is due {when(one.slot_at, zone)}."
    todo = f"Write the file of {one.comes_with or one.key}, or name the day under 'pauses' in config.yaml."
    meant = next((stray.path for stray in strays if names_day_or_series(stray.path, one)), None)
    own = [stray for stray in strays if stray.path == meant]
    if own:
        told += f" {meant} has {_count(len(own), 'error')}, the first: {own[0]}"
        todo = f"Correct {meant}, then type: flashtweet check {meant}"
    elif strays:
        told += f" {_count(len(strays), 'error')} in other files, the first: {strays[0]}"
        todo = f"Run: flashtweet check. {todo}"
    return Check("file", verdict, told, todo, one.key, is_content=True)


def names_day_or_series(path: str, one: Expected) -> bool:
    """Return whether the name of the file at `path` has the day of edition `one`, or is its series."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    return str(one.key.date) in stem or stem == one.key.series


def _file(seen: EditionFacts, zone: str) -> Check:
    key = seen.expected.key
    if seen.publication is not None:
        return ok("file", f"frozen with {_frozen(seen.publication)}.", key)
    due = when(seen.expected.slot_at, zone)
    if seen.thread is None:
        return ok("file", f"{seen.path}, due {due}.", key)
    cost = thread_price(seen.thread.texts)
    told = f"{seen.path}, due {due}: {_count(cost.posts, 'post')}, {dollars(cost.dollars)}."
    return ok("file", told, key)


def _frozen(known: Publication) -> str:
    count, left = _count(len(known.deliveries), "post"), remaining(known)
    if len(left) == len(known.deliveries):
        return count
    price = thread_price(one.text for one in left).dollars
    return f"{count}; {len(left)} still to be sent, for {dollars(price)}"


def remaining(known: Publication) -> tuple[Delivery, ...]:
    """Return the posts of `known` that are neither out nor left out."""
    over = (DeliveryState.SENT, DeliveryState.SKIPPED)
    return tuple(one for one in known.deliveries if one.state not in over)


def _findings(seen: EditionFacts) -> tuple[Check, ...]:
    key, frozen = seen.expected.key, seen.publication is not None
    if frozen:
        return ()  # what is in the ledger was sound; later edits change nothing
    errors = [one for one in seen.findings if one.severity is Severity.ERROR]
    worst = errors or list(seen.findings)
    if not worst:
        return (ok("findings", "none.", key),)
    verdict = CheckResult.FAILURE if errors else CheckResult.WARNING
    told = f"{_place(worst[0])}: {worst[0].message}"
    if len(seen.findings) > 1:
        told += f" {_count(len(seen.findings) - 1, 'more finding')}: flashtweet check {worst[0].path}"
    return (Check("findings", verdict, told, worst[0].remedy, key, is_content=True),)


def _state(seen: EditionFacts, now: datetime) -> tuple[Check, ...]:
    known = seen.publication
    if known is None or known.state not in (PublicationState.HELD, PublicationState.MISSED):
        return ()
    if known.state is PublicationState.HELD:
        make = warning if is_by_hand(known) else failure
    else:  # its slot is ahead where a clock ran ahead, or its file moved it since
        make = failure if seen.expected.slot_at > now else warning
    reason = (known.reason or "").rstrip(".")
    return (make("state", f"it is {known.state}: {reason}.", next_action(known) or "", known.key),)


def pause_check(reason: str | None, seen: Sequence[EditionFacts], now: datetime) -> Check:
    """`reason` is why all publishing is paused; None: it is not.

    It is a failure where one of `seen` is due within `PREFLIGHT_LEAD` and would go out without the pause.
    """
    if reason is None:
        return ok("pause", "publishing is not paused.")
    told, todo = f"publishing is paused: {reason.rstrip('.')}.", "To let it go on, type: flashtweet resume"
    due = (one for one in seen if timedelta(0) < one.expected.slot_at - now <= PREFLIGHT_LEAD)
    kept_back = [str(one.expected.key) for one in due if _is_to_go_out(one)]
    if kept_back:
        return failure("pause", f"{told} It keeps back {', '.join(kept_back)}.", todo)
    return warning("pause", told, todo)


def daemon_check(daemon: str | None, ledger: str, editions: Sequence[Expected], now: datetime) -> Check:
    """`daemon` is the process that publishes; `editions` are those that are looked at."""
    if daemon is not None:
        return ok("daemon", f"it runs on {ledger} (process {daemon}).")
    told, todo = f"no daemon runs on {ledger}: nothing is published by itself.", "Start one: flashtweet run"
    due = [str(one.key) for one in editions if timedelta(0) < one.slot_at - now <= PREFLIGHT_LEAD]
    if due:
        return failure("daemon", f"{told} Due soon: {', '.join(due)}.", todo)
    return warning("daemon", told, todo)


def _is_to_go_out(seen: EditionFacts) -> bool:
    """Whether the daemon sends it by itself, as far as it is concerned."""
    if seen.publication is None:
        return seen.thread is not None
    return seen.publication.state in (PublicationState.PLANNED, PublicationState.PUBLISHING)


def _place(finding: Finding) -> str:
    return finding.path + (f":{finding.line}:{finding.column}" if finding.line else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def worst(checks: Sequence[Check]) -> CheckResult:
    """The worst verdict of all."""
    order = list(CheckResult)
    return max((one.verdict for one in checks), key=order.index, default=CheckResult.OK)


def failures(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Those that keep an edition from going out."""
    return tuple(one for one in checks if one.verdict is CheckResult.FAILURE)
