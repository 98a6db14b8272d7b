"""The story of an edition, from the ledger's journal."""

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
    """Those of all `pauses` in which `value` was waiting: from its first entry on until it had its end."""
    waits = value.state in (*OPEN, PublicationState.HELD)
    begin, end = entries[0].at, entries[-1].at
    return tuple(
        one for one in pauses if (waits or one.since <= end) and (one.until is None or one.until >= begin)
    )


def _with_pauses(
    value: Publication, entries: Iterable[JournalEntry], pauses: Iterable[Pause]
) -> Iterator[JournalEntry]:
    """The entries, and where among them all publishing was paused and went on."""
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
    """The story of a publication: when, what, and which process did it."""
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
    "frozen": "its text was taken from the file",
    "refrozen": "its text was taken from the file anew",
    "rescheduled": "what is not out was given new times",
    "clock_set": "the wall clock was set: the times of what is not out moved along",
    "hold_asked": "a person asks to hold it",
    "paused": "all publishing is paused",
    "resumed": "publishing goes on",
    PublicationEvent.START: "publishing begins",
    PublicationEvent.FINISH: "every post is out",
    PublicationEvent.HOLD: "held",
    PublicationEvent.RELEASE: "goes on",
    PublicationEvent.MISS: "missed",
    PublicationEvent.REPLAN: "planned again: its time is still to come",
    PublicationEvent.PUBLISH_LATE: "publishing begins, late",
    PublicationEvent.CANCEL: "cancelled",
    DeliveryEvent.SEND: "to be sent now",
    DeliveryEvent.CONFIRMED: "sent{id}",
    DeliveryEvent.NOT_CREATED: "not created",
    DeliveryEvent.REFUSED: "refused by X",
    DeliveryEvent.LOST: "nobody knows whether it is out",
    DeliveryEvent.REPEATED: "nobody knows whether it is out",
    DeliveryEvent.UNVOUCHED: "it may be out already",
    DeliveryEvent.FOUND: "found in the timeline{id}",
    DeliveryEvent.NOT_FOUND: "not in the timeline",
    DeliveryEvent.UNREAD: "the timeline could not be read",
    DeliveryEvent.GIVEN_UP: "a person must tell",
    DeliveryEvent.CORRECTED: "its text was corrected",
    DeliveryEvent.POSTED: "a person says that it is out{id}",
    DeliveryEvent.RESEND: "a person says that it is not out",
    DeliveryEvent.SKIP: "a person leaves it out",
    DeliveryEvent.DELETED: "not on X",
    DeliveryEvent.MOVED: "has another parent",
}


def _id(value: Publication, entry: JournalEntry) -> str:
    """Return what an event adds of X's id; a text that was frozen again may have fewer posts."""
    is_there = entry.position is not None and 1 <= entry.position <= len(value.deliveries)
    post_id = value.delivery(entry.position).post_id if entry.position and is_there else None
    return f" as {post_id}" if post_id else ""


def _process(by: str) -> str:
    """``process 4711 on host`` from what `bot.adapters.host.processes` writes."""
    host, _, rest = by.partition(":")
    return f"process {rest.partition(':')[0]} on {host}" if rest else by
