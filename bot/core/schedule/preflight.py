"""Checks of editions before their slots, from observations.

A failure keeps an edition from being posted on time, or at all. A warning may do so, or reports something
unknown, or something that an operator holds back on purpose. A failure before a slot is alerted, so a pause
is a failure too: it affects all editions and is easily forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.core.content.pricing import dollars, thread_price
from bot.core.publishing.next_actions import is_by_hand, next_action
from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.core.schedule.calendar import PREFLIGHT_LEAD
from bot.core.schedule.local_times import when
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.core.model import EditionKey, Thread
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.schedule.calendar import Expected
    from bot.errors import BotError, Finding

SOON = timedelta(hours=36)
"""Time before its slot from which a missing file is a failure: it covers the evening before any slot."""
ABOUT_THE_FOLDER = ("folder-emptied", "folder-unreadable", "not-found")
"""Finding codes about the threads folder as a whole."""
CAN_WRITE = ("read-write", "read-write-directmessages")
"""Values of ``x-access-level`` that allow creating posts.
Source: https://groups.google.com/g/twitter-api-announce, 2011-06-30; X's docs and its OpenAPI spec 2.167 do
not mention the header, reports of 2026 have it on API v2. Read 2026-11-24."""


class CheckResult(StrEnum):
    """Result of a check."""

    OK = "ok"
    SKIPPED = "skipped"
    """It could not be checked here, and nothing suggests a problem."""
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Check:
    """Outcome of one check."""

    name: str
    """Stable; docs/operators.md lists them."""
    verdict: CheckResult
    observed: str
    """The observation."""
    remedy: str = ""
    """Advice in the imperative; empty if nothing is wrong."""
    edition: EditionKey | None = None
    """The edition concerned; None for all."""
    is_content: bool = False
    """True if an editor fixes it, in the threads folder."""


def ok(name: str, observed: str, edition: EditionKey | None = None) -> Check:
    """Return a check that found nothing wrong."""
    return Check(name, CheckResult.OK, observed, edition=edition)


def skipped(name: str, observed: str, remedy: str) -> Check:
    """Return the check `name`, which cannot be done here; `remedy` is how an operator does it."""
    return Check(name, CheckResult.SKIPPED, observed, remedy)


def warning(name: str, observed: str, remedy: str, edition: EditionKey | None = None) -> Check:
    """Return a check that found a possible problem, or something unknown."""
    return Check(name, CheckResult.WARNING, observed, remedy, edition)


def failure(name: str, observed: str, remedy: str, edition: EditionKey | None = None) -> Check:
    """Return a check that found a problem."""
    return Check(name, CheckResult.FAILURE, observed, remedy, edition)


def of_error(name: str, error: BotError) -> Check:
    """Return `error` as a failure; the sentences after its first one are the remedy."""
    observed, _, todo = str(error).partition(". ")
    return failure(name, f"{observed.rstrip('.')}.", todo)


def of_finding(name: str, finding: Finding) -> Check:
    """Return `finding`, which blocks all publishing, as a failure."""
    return failure(name, f"{_place(finding)}: {finding.message}", finding.remedy)


# -- editions ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EditionFacts:
    """State of one expected edition in files and ledger."""

    expected: Expected
    path: str | None = None
    """The file that produces it."""
    thread: Thread | None = None
    """None if it must not be published."""
    findings: tuple[Finding, ...] = ()
    publication: Publication | None = None


def of_edition(seen: EditionFacts, strays: Sequence[Finding], now: datetime, zone: str) -> tuple[Check, ...]:
    """Check that the edition has a file, that the file has no errors, and that the daemon will post it.

    `strays` are errors of files that produce no edition: one of them may be the missing file.
    """
    settled = _settled(seen)
    if settled is not None:
        return (settled,)
    if seen.path is None and seen.publication is None:
        return (_no_file(seen.expected, strays, now, zone),)
    return (_file(seen, zone), *_findings(seen), *_state(seen, now))


def _settled(seen: EditionFacts) -> Check | None:
    """Return the check of an edition that is published or cancelled; None for any other."""
    known = seen.publication
    if known is not None and known.state is PublicationState.PUBLISHED:
        return ok("file", "already published.", known.key)
    if known is not None and known.state is PublicationState.CANCELLED:
        return ok("file", f"it was cancelled: {(known.reason or 'by an operator').rstrip('.')}.", known.key)
    return None


def _no_file(one: Expected, strays: Sequence[Finding], now: datetime, zone: str) -> Check:
    is_soon = one.slot_at - now <= SOON
    verdict = CheckResult.FAILURE if is_soon else CheckResult.WARNING
    unread = next((stray for stray in strays if stray.code in ABOUT_THE_FOLDER), None)
    if unread is not None:
        observed = f"unknown whether a file for this edition exists; due {when(one.slot_at, zone)}."
        observed += f" {_place(unread)}: {unread.message}"
        return Check("file", verdict, observed, unread.remedy, one.key)
    observed = f"no file for this edition{'' if is_soon else ' yet'}; due {when(one.slot_at, zone)}."
    todo = f"Write the file of {one.comes_with or one.key}, or name the day under 'pauses' in config.yaml."
    meant = next((stray.path for stray in strays if names_day_or_series(stray.path, one)), None)
    own = [stray for stray in strays if stray.path == meant]
    if own:
        observed += f" {meant} has {_count(len(own), 'error')}, the first: {own[0]}"
        todo = f"Correct {meant}, then type: flashtweet check {meant}"
    elif strays:
        observed += f" {_count(len(strays), 'error')} in other files, the first: {strays[0]}"
        todo = f"Run: flashtweet check. {todo}"
    return Check("file", verdict, observed, todo, one.key, is_content=True)


def names_day_or_series(path: str, one: Expected) -> bool:
    """Return True if the file name at `path` contains the date of edition `one`, or is its series."""
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
    observed = f"{seen.path}, due {due}: {_count(cost.posts, 'post')}, {dollars(cost.dollars)}."
    return ok("file", observed, key)


def _frozen(known: Publication) -> str:
    count, left = _count(len(known.deliveries), "post"), remaining(known)
    if len(left) == len(known.deliveries):
        return count
    price = thread_price(one.text for one in left).dollars
    return f"{count}; {len(left)} still to be sent, for {dollars(price)}"


def remaining(known: Publication) -> tuple[Delivery, ...]:
    """Return the posts of `known` that are neither sent nor skipped."""
    over = (DeliveryState.SENT, DeliveryState.SKIPPED)
    return tuple(one for one in known.deliveries if one.state not in over)


def _findings(seen: EditionFacts) -> tuple[Check, ...]:
    key, frozen = seen.expected.key, seen.publication is not None
    if frozen:
        return ()  # the frozen text had no errors; later edits have no effect
    errors = [one for one in seen.findings if one.severity is Severity.ERROR]
    worst = errors or list(seen.findings)
    if not worst:
        return (ok("findings", "none.", key),)
    verdict = CheckResult.FAILURE if errors else CheckResult.WARNING
    observed = f"{_place(worst[0])}: {worst[0].message}"
    if len(seen.findings) > 1:
        observed += f" {_count(len(seen.findings) - 1, 'more finding')}: flashtweet check {worst[0].path}"
    return (Check("findings", verdict, observed, worst[0].remedy, key, is_content=True),)


def _state(seen: EditionFacts, now: datetime) -> tuple[Check, ...]:
    known = seen.publication
    if known is None or known.state not in (PublicationState.HELD, PublicationState.MISSED):
        return ()
    if known.state is PublicationState.HELD:
        make = warning if is_by_hand(known) else failure
    else:  # its slot is ahead if a clock ran ahead, or if its file was rescheduled since
        make = failure if seen.expected.slot_at > now else warning
    reason = (known.reason or "").rstrip(".")
    return (make("state", f"it is {known.state}: {reason}.", next_action(known) or "", known.key),)


def pause_check(reason: str | None, seen: Sequence[EditionFacts], now: datetime) -> Check:
    """Return the check of the pause of all publishing; `reason` is None if there is none.

    A pause is a failure if one of `seen` is due within `PREFLIGHT_LEAD` and would otherwise be posted.
    """
    if reason is None:
        return ok("pause", "publishing is not paused.")
    observed = f"publishing is paused: {reason.rstrip('.')}."
    todo = "To resume, type: flashtweet resume"
    due = (one for one in seen if timedelta(0) < one.expected.slot_at - now <= PREFLIGHT_LEAD)
    kept_back = [str(one.expected.key) for one in due if _is_to_go_out(one)]
    if kept_back:
        return failure("pause", f"{observed} It blocks {', '.join(kept_back)}.", todo)
    return warning("pause", observed, todo)


def daemon_check(daemon: str | None, ledger: str, editions: Sequence[Expected], now: datetime) -> Check:
    """Return the check that a daemon runs on `ledger`; a failure shortly before a slot of `editions`.

    `daemon` describes its process; None if none runs.
    """
    if daemon is not None:
        return ok("daemon", f"it runs on {ledger} (process {daemon}).")
    observed = f"no daemon is running on {ledger}: nothing is published automatically."
    todo = "Start one: flashtweet run"
    due = [str(one.key) for one in editions if timedelta(0) < one.slot_at - now <= PREFLIGHT_LEAD]
    if due:
        return failure("daemon", f"{observed} Due soon: {', '.join(due)}.", todo)
    return warning("daemon", observed, todo)


def _is_to_go_out(seen: EditionFacts) -> bool:
    """Return True if nothing about the edition itself keeps the daemon from posting it."""
    if seen.publication is None:
        return seen.thread is not None
    return seen.publication.state in (PublicationState.PLANNED, PublicationState.PUBLISHING)


def _place(finding: Finding) -> str:
    return finding.path + (f":{finding.line}:{finding.column}" if finding.line else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def worst(checks: Sequence[Check]) -> CheckResult:
    """Return the worst verdict of `checks`; OK if there are none."""
    order = list(CheckResult)
    return max((one.verdict for one in checks), key=order.index, default=CheckResult.OK)


def failures(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the failed checks."""
    return tuple(one for one in checks if one.verdict is CheckResult.FAILURE)
