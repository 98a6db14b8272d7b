"""Slots and publications for people: what happened, and what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from bot.cli.as_json import lateness_ms
from bot.cli.frame import plain
from bot.cli.show import local
from bot.core.model import DeliveryState, PublicationState
from bot.core.publication import DeliveryChange, DeliveryEvent
from bot.core.snowflake import created_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from rich.console import Console

    from bot.core.model import Delivery, EditionKey, Publication
    from bot.core.publication import Change

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


def publications(console: Console, values: Iterable[Publication], zone: str) -> None:
    """Each in a line, with what to do where it needs a person; the latest with all its posts."""
    values = tuple(values)
    console.print(Text("Publications", style="bold"))
    for value in values:
        publication(console, value, zone, indent="  ")
    if values:
        posts(console, values[-1])
    else:
        console.print("  none yet", style="dim")


def publication(console: Console, value: Publication, zone: str, indent: str = "") -> None:
    """State, reason and what to type."""
    sent = sum(one.state is DeliveryState.SENT for one in value.deliveries)
    line = Text(f"{indent}{local(value.slot_at, zone)}  {value.key}  ")
    line += Text(value.state, style=_style(value.state))
    line += Text(f"  {sent}/{len(value.deliveries)} posts") + Text(_first(value, zone), style="dim")
    console.print(line, soft_wrap=True)
    if value.state is PublicationState.PUBLISHED:
        return
    if value.reason:
        console.print(Text(f"{indent}  {plain(value.reason)}", style=_WAIT), soft_wrap=True)
    for one in value.deliveries:
        if one.state is not DeliveryState.SENT and one.reason and one.reason not in (value.reason or ""):
            console.print(
                Text(f"{indent}  post {one.position} {one.state}: {plain(one.reason)}{_next_try(one, zone)}"),
                soft_wrap=True,
            )
    if value.state in (PublicationState.HELD, PublicationState.MISSED):
        console.print(Text(f"{indent}  → {_remedy(value)}"), soft_wrap=True)


def _remedy(value: Publication) -> str:
    again = f"flashtweet publish {value.key}"
    refused = next((one for one in value.deliveries if one.state is DeliveryState.REJECTED), None)
    if refused is not None:
        where = f"post {refused.position} in {plain(value.path)}"
        return f"Correct the text of {where}, and only that; then type: {again}"
    if value.state is PublicationState.MISSED:
        return f"If it should still go out, type: {again}"
    return f"When that is mended, type: {again}"


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
    told = f"{delivery.state}: {plain(change.reason)}{doing}{_next_try(delivery, zone)}"
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
