"""The history of an edition, from the ledger's journal."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.text import Text

from bot.cli import render_publications
from bot.core.publishing.next_actions import next_action
from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import OPEN, DeliveryEvent, PublicationEvent
from bot.core.text.control_characters import visible
from bot.ports import JournalEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from bot.core.publishing.publication import Publication
    from bot.ports import Pause


def pauses_of(
    value: Publication, entries: Sequence[JournalEntry], pauses: Iterable[Pause]
) -> tuple[Pause, ...]:
    """Return the pauses that delayed `value`, between its first journal entry and its end."""
    waits = value.state in (*OPEN, PublicationState.HELD)
    begin, end = entries[0].at, entries[-1].at
    return tuple(
        one for one in pauses if (waits or one.since <= end) and (one.until is None or one.until >= begin)
    )


def _with_pauses(
    value: Publication, entries: Iterable[JournalEntry], pauses: Iterable[Pause]
) -> Iterator[JournalEntry]:
    """Return the entries, with the begin and end of each pause among them."""
    marks: list[JournalEntry] = []
    for one in pauses:
        marks.append(JournalEntry(one.since, value.key, None, "paused", "", "", one.reason, one.by))
        if one.until is not None:
            marks.append(
                JournalEntry(one.until, value.key, None, "resumed", "", "", None, one.ended_by or "")
            )
    return heapq.merge(entries, marks, key=lambda entry: entry.at)


def print_history(
    console: Console,
    value: Publication,
    entries: Iterable[JournalEntry],
    pauses: Iterable[Pause],
    zone: str,
) -> None:
    """Print the history of a publication: time, event, process."""
    console.print(render_publications.publication_line(value, zone), soft_wrap=True)
    by = None
    for entry in _with_pauses(value, entries, pauses):
        if entry.by != by:
            by = entry.by
            console.print(Text(f"  {_process(by)}", style="dim"), soft_wrap=True)
        at = entry.at.astimezone(ZoneInfo(zone))
        line = Text(f"  {at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}  ", style="dim")
        what = f"post {entry.position}: " if entry.position else ""
        what += _EVENTS.get(entry.event, entry.event).format(id=_id(value, entry))
        line += Text(what)
        if entry.after != entry.before:
            line += Text(f"  {entry.after}", style=render_publications.style_of(entry.after))
        if entry.reason:
            line += Text(f"  {visible(entry.reason)}", style=render_publications.WAIT)
        console.print(line, soft_wrap=True)
    what_next = next_action(value)
    if what_next is not None:
        console.print(Text(f"  → {visible(what_next)}"), soft_wrap=True)


_EVENTS: dict[str, str] = {
    "frozen": "text frozen from its file",
    "refrozen": "text frozen again from its file",
    "rescheduled": "unsent posts given new times",
    "clock_set": "wall clock set: times of unsent posts moved with it",
    "hold_asked": "hold requested by an operator",
    "paused": "all publishing paused",
    "resumed": "publishing resumed",
    PublicationEvent.START: "publishing started",
    PublicationEvent.FINISH: "every post sent",
    PublicationEvent.HOLD: "held",
    PublicationEvent.RELEASE: "released",
    PublicationEvent.MISS: "missed",
    PublicationEvent.REPLAN: "planned again: its slot is still ahead",
    PublicationEvent.PUBLISH_LATE: "publishing started late",
    PublicationEvent.CANCEL: "cancelled",
    DeliveryEvent.SEND: "about to be sent",
    DeliveryEvent.CONFIRMED: "sent{id}",
    DeliveryEvent.NOT_CREATED: "not created",
    DeliveryEvent.REFUSED: "refused by X",
    DeliveryEvent.LOST: "in doubt: it may be on X",
    DeliveryEvent.REPEATED: "in doubt: it may be on X",
    DeliveryEvent.UNVOUCHED: "it may already be on X",
    DeliveryEvent.FOUND: "found in the timeline{id}",
    DeliveryEvent.NOT_FOUND: "not in the timeline",
    DeliveryEvent.UNREAD: "the timeline could not be read",
    DeliveryEvent.GIVEN_UP: "an operator must decide",
    DeliveryEvent.CORRECTED: "text corrected",
    DeliveryEvent.POSTED: "resolved by an operator: posted{id}",
    DeliveryEvent.RESEND: "resolved by an operator: send again",
    DeliveryEvent.SKIP: "resolved by an operator: skip",
    DeliveryEvent.DELETED: "not on X",
    DeliveryEvent.MOVED: "has another parent",
}


def _id(value: Publication, entry: JournalEntry) -> str:
    """Return `` as ID`` if the post has an id; a text frozen again may have fewer posts than entries."""
    is_there = entry.position is not None and 1 <= entry.position <= len(value.deliveries)
    post_id = value.delivery(entry.position).post_id if entry.position and is_there else None
    return f" as {post_id}" if post_id else ""


def _process(by: str) -> str:
    """Return ``process 4711 on host`` for an owner as `bot.adapters.host.processes` writes it."""
    host, _, rest = by.partition(":")
    return f"process {rest.partition(':')[0]} on {host}" if rest else by
