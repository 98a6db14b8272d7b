"""Slots and publications for people: what happened, and what to type."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from bot.cli.as_json import lateness_ms
from bot.cli.frame import plain
from bot.cli.show import local
from bot.core.model import DeliveryState, PublicationState
from bot.core.publication import DeliveryChange, DeliveryEvent, PublicationEvent
from bot.core.remedies import remedy
from bot.core.snowflake import created_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from rich.console import Console

    from bot.core.model import Delivery, EditionKey, Publication
    from bot.core.publication import Change
    from bot.ports import JournalEntry, Pause

OPENING = 60
"""How many characters of a post stand in one line of progress."""

_GOOD, _BAD, _WAIT = "green", "bold red", "yellow"
_STYLES: dict[str, str] = {
    PublicationState.PUBLISHED: _GOOD,
    PublicationState.HELD: _BAD,
    PublicationState.MISSED: _BAD,
    DeliveryState.SENT: _GOOD,
    DeliveryState.REJECTED: _BAD,
}


def slots(
    console: Console,
    upcoming: Iterable[tuple[EditionKey, datetime]],
    ready: set[EditionKey],
    states: Mapping[EditionKey, PublicationState],
    zone: str,
) -> None:
    """The next slots, each with its state in the ledger, or whether a file makes it."""
    console.print(Text("Next", style="bold"))
    empty = True
    for key, at in upcoming:
        empty = False
        line = Text(f"  {local(at, zone)}  {key}")
        if key in states:
            line += Text(f"  {states[key]} already", style=_style(states[key]))
        elif key not in ready:
            line += Text("  no sound file yet", style=_WAIT)
        console.print(line, soft_wrap=True)
    if empty:
        console.print("  nothing within seven days", style="dim")


OLD_NEWS = timedelta(days=1)
"""A missed slot longer ago than this is not brought up any more."""


def attention(
    console: Console,
    values: Iterable[Publication],
    pause: Pause | None,
    now: datetime,
    zone: str,
    daemon: str | None,
) -> None:
    """One line for each thing that needs a person: what happened, and what to type."""
    values = tuple(values)
    under_way = [one for one in values if one.state is PublicationState.PUBLISHING]
    if pause is not None:
        line = Text(f"PAUSED since {local(pause.since, zone)}", style=_BAD)
        stopped = "".join(f"; {one.key} stands at {_sent(one)} posts" for one in under_way)
        line += Text(f": {plain(pause.reason)}{stopped} → To go on, type: flashtweet resume")
        console.print(line, soft_wrap=True)
    for value in values:
        what = remedy(value)
        if value in under_way and daemon is None and pause is None:
            what = f"No daemon runs: start one, or type: flashtweet publish {value.key}"
        if value.state is PublicationState.MISSED and value.slot_at < now - OLD_NEWS:
            continue
        if what is not None:
            line = Text(f"{value.key} {value.state}", style=_BAD)
            line += Text(f", {_sent(value)} posts out: {plain(value.reason or '')} → {plain(what)}")
            console.print(line, soft_wrap=True)


def publications(console: Console, values: Iterable[Publication], zone: str) -> None:
    """Each in a line; the latest with all its posts."""
    values = tuple(values)
    console.print(Text("Publications", style="bold"))
    for value in values:
        console.print(_line(value, zone, indent="  "), soft_wrap=True)
        _troubles(console, value, zone, indent="  ")
    if values:
        shown = _most_telling(values)
        console.print(Text(f"Posts of {shown.key}", style="bold"))
        posts(console, shown)
    else:
        console.print("  none yet", style="dim")


def _most_telling(values: tuple[Publication, ...]) -> Publication:
    """The latest that is under way or held; else the latest of which a post is out; else the latest."""
    telling = (
        [one for one in values if one.state in (PublicationState.PUBLISHING, PublicationState.HELD)],
        [one for one in values if any(post.post_id for post in one.deliveries)],
        values,
    )
    return next(some[-1] for some in telling if some)


def publication(console: Console, value: Publication, zone: str) -> None:
    """State, reason and what to type."""
    console.print(_line(value, zone), soft_wrap=True)
    if value.state is PublicationState.PUBLISHED:
        return
    if value.reason:
        console.print(Text(f"  {plain(value.reason)}", style=_WAIT), soft_wrap=True)
    _troubles(console, value, zone)
    what = remedy(value)
    if what is not None:
        console.print(Text(f"  → {plain(what)}"), soft_wrap=True)


def _line(value: Publication, zone: str, indent: str = "") -> Text:
    line = Text(f"{indent}{local(value.slot_at, zone)}  {value.key}  ")
    line += Text(value.state, style=_style(value.state))
    left_out = sum(one.state is DeliveryState.SKIPPED for one in value.deliveries)
    line += Text(f"  {_sent(value)} posts" + (f", {left_out} left out" if left_out else ""))
    return line + Text(_first(value, zone), style="dim")


def _sent(value: Publication) -> str:
    sent = sum(one.state is DeliveryState.SENT for one in value.deliveries)
    return f"{sent}/{len(value.deliveries)}"


def _troubles(console: Console, value: Publication, zone: str, indent: str = "") -> None:
    """What was said about posts that are not out, beyond the publication's own reason."""
    for one in value.deliveries:
        if one.state is not DeliveryState.SENT and one.reason and one.reason not in (value.reason or ""):
            console.print(
                Text(f"{indent}  post {one.position} {one.state}: {plain(one.reason)}{_next_try(one, zone)}"),
                soft_wrap=True,
            )


def journal(console: Console, value: Publication, entries: Iterable[JournalEntry], zone: str) -> None:
    """The story of a publication: when, what, and which process did it."""
    console.print(_line(value, zone), soft_wrap=True)
    by = None
    for entry in entries:
        if entry.by != by:
            by = entry.by
            console.print(Text(f"  {_process(by)}", style="dim"), soft_wrap=True)
        at = entry.at.astimezone(ZoneInfo(zone))
        line = Text(f"  {at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}  ", style="dim")
        what = f"post {entry.position}: " if entry.position else ""
        what += _EVENTS.get(entry.event, entry.event).format(id=_id(value, entry))
        line += Text(what)
        if entry.after != entry.before:
            line += Text(f"  {entry.after}", style=_style(entry.after))
        if entry.reason:
            line += Text(f"  {plain(entry.reason)}", style=_WAIT)
        console.print(line, soft_wrap=True)
    what_next = remedy(value)
    if what_next is not None:
        console.print(Text(f"  → {plain(what_next)}"), soft_wrap=True)


_EVENTS: dict[str, str] = {
    "frozen": "its text was taken from the file",
    "refrozen": "its text was taken from the file anew",
    "rescheduled": "what is not out was given new times",
    "hold_asked": "a person asks to hold it",
    PublicationEvent.START: "publishing begins",
    PublicationEvent.FINISH: "every post is out",
    PublicationEvent.HOLD: "held",
    PublicationEvent.RELEASE: "goes on",
    PublicationEvent.MISS: "missed",
    PublicationEvent.PUBLISH_LATE: "publishing begins, late",
    PublicationEvent.CANCEL: "cancelled",
    DeliveryEvent.SEND: "to be sent now",
    DeliveryEvent.CONFIRMED: "sent{id}",
    DeliveryEvent.NOT_CREATED: "not created",
    DeliveryEvent.REFUSED: "refused by X",
    DeliveryEvent.LOST: "nobody knows whether it is out",
    DeliveryEvent.UNVOUCHED: "it may be out already",
    DeliveryEvent.FOUND: "found in the timeline{id}",
    DeliveryEvent.NOT_FOUND: "not in the timeline",
    DeliveryEvent.UNREAD: "the timeline could not be read",
    DeliveryEvent.GIVEN_UP: "a person must tell",
    DeliveryEvent.CORRECTED: "its text was corrected",
    DeliveryEvent.POSTED: "a person says that it is out{id}",
    DeliveryEvent.RESEND: "a person says that it is not out",
    DeliveryEvent.SKIP: "a person leaves it out",
}


def _id(value: Publication, entry: JournalEntry) -> str:
    post_id = value.delivery(entry.position).post_id if entry.position else None
    return f" as {post_id}" if post_id else ""


def _process(by: str) -> str:
    """``process 4711 on host`` from what `bot.adapters.processes` writes."""
    host, _, rest = by.partition(":")
    return f"process {rest.partition(':')[0]} on {host}" if rest else by


def _first(value: Publication, zone: str) -> str:
    """When the first post went out: against its slot, or by hand at what time."""
    first = value.deliveries[0] if value.deliveries else None
    late = lateness_ms(first) if first else None
    if first is None or first.post_id is None or late is None:
        return ""
    if first.due_at == value.slot_at:
        return f"  first post {late:+d} ms"
    return f"  sent by hand, {local(created_at(int(first.post_id)), zone)}"


def change_line(publication: Publication, change: Change, zone: str) -> Text | None:
    """``flashtweet@2020-11-06  3/12  sent  Jack Dorsey reste…``; None for what goes without saying."""
    if not isinstance(change, DeliveryChange):
        about = f": {change.reason}" if change.reason else ""
        return Text(f"{publication.key}  {change.after}{plain(about)}", style=_style(change.after))
    delivery = change.after
    line = Text(f"{publication.key}  {delivery.position}/{len(publication.deliveries)}  ")
    if delivery.state is DeliveryState.SENT:
        found = change.event is DeliveryEvent.FOUND
        opening = " ".join(delivery.text.split())
        opening = opening if len(opening) <= OPENING else opening[: OPENING - 1] + "…"
        return line + Text("found on X  " if found else "sent  ", style=_GOOD) + Text(opening)
    if not change.reason:
        return None
    doing = "; reading your timeline" if delivery.state is DeliveryState.IN_DOUBT else ""
    told = f"{delivery.state}: {plain(change.reason).rstrip('.')}{doing or '.'}{_next_try(delivery, zone)}"
    return line + Text(told, style=_WAIT)


def _next_try(delivery: Delivery, zone: str) -> str:
    if delivery.state is not DeliveryState.PENDING or delivery.not_before is None:
        return ""
    at = delivery.not_before.astimezone(ZoneInfo(zone))
    return f" The next try is at {at:%H:%M:%S}; Ctrl-C is safe."


def posts(console: Console, value: Publication) -> None:
    """Every post of `value` with its state, id and lateness."""
    table = Table(box=None, pad_edge=False)
    for heading in ("post", "state", "id", "late (ms)"):
        table.add_column(heading, justify="right" if heading in ("post", "late (ms)") else "left")
    for one in value.deliveries:
        late = lateness_ms(one)
        table.add_row(
            str(one.position),
            Text(one.state, style=_style(one.state)),
            one.post_id or "",
            "" if late is None else f"{late:+d}",
        )
    console.print(table)


def _style(state: str) -> str:
    return _STYLES.get(state, _WAIT)
