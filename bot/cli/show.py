"""The same things for people: findings, threads and publications as text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from bot.cli.as_json import lateness_ms
from bot.cli.frame import plain
from bot.core.cost import price
from bot.core.model import DeliveryState, PublicationState
from bot.core.publication import DeliveryChange
from bot.core.snowflake import created_at
from bot.core.weight import LIMIT, weight
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from decimal import Decimal

    from rich.console import Console

    from bot.core.model import EditionKey, Publication, Thread
    from bot.core.publication import Change
    from bot.errors import Finding

OPENING = 60
"""How many characters of a post stand in one line of progress."""

_GOOD, _BAD, _WAIT = "green", "bold red", "yellow"
_STYLES = {
    PublicationState.PUBLISHED: _GOOD,
    PublicationState.HELD: _BAD,
    PublicationState.MISSED: _BAD,
    DeliveryState.SENT: _GOOD,
    DeliveryState.REJECTED: _BAD,
    DeliveryState.HELD: _BAD,
}


def findings(console: Console, found: Iterable[Finding]) -> None:
    for one in found:
        style = _BAD if one.severity is Severity.ERROR else _WAIT
        where = one.path + (f":{one.line}:{one.column}" if one.line else "")
        line = Text(f"{one.severity}", style=style)
        line += Text(f" {plain(where)}: ", style="bold") + Text(plain(one.message))
        console.print(line, soft_wrap=True)
        console.print(Text(f"      → {plain(one.remedy)}  [{one.code}]", style="dim"), soft_wrap=True)


def local(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


def edition_line(thread: Thread, zone: str) -> Text:
    """``flashtweet@2020-11-06  Fri 2020-11-06 07:30  12 posts  $0.55 (2 with a link; …)``"""
    cost = price(thread.texts)
    line = Text(str(thread.edition.key), style="bold cyan")
    line += Text(
        f"  {local(thread.edition.slot_at, zone)}  {count(cost.posts, 'post')}  {_dollars(cost.dollars)}"
    )
    if cost.linked:
        without = _dollars(cost.without_links)
        line += Text(f" ({cost.linked} with a link; without links {without})", style="dim")
    return line


def thread(console: Console, value: Thread, zone: str) -> None:
    console.print(edition_line(value, zone), soft_wrap=True)
    for post in value.posts:
        console.print(Text(f"── {post.position} ── {weight(post.text)}/{LIMIT}", style="dim"), soft_wrap=True)
        console.print(Text(post.text), soft_wrap=True)
    console.print()


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
            line += Text(f"  {states[key]} already", style=_STYLES.get(states[key], _WAIT))
        elif key not in ready:
            line += Text("  no sound file yet", style=_WAIT)
        console.print(line, soft_wrap=True)
    if empty:
        console.print("  nothing within seven days", style="dim")


def publications(console: Console, values: Iterable[Publication], zone: str) -> None:
    console.print(Text("Publications", style="bold"))
    empty = True
    for value in values:
        empty = False
        publication(console, value, zone, indent="  ")
    if empty:
        console.print("  none yet", style="dim")


def publication(console: Console, value: Publication, zone: str, indent: str = "") -> None:
    sent = [one for one in value.deliveries if one.state is DeliveryState.SENT]
    line = Text(f"{indent}{local(value.slot_at, zone)}  {value.key}  ")
    line += Text(value.state, style=_STYLES.get(value.state, _WAIT))
    line += Text(f"  {len(sent)}/{len(value.deliveries)} posts")
    console.print(line + Text(_first(value, zone), style="dim"), soft_wrap=True)
    if value.state is PublicationState.PUBLISHED:
        return
    if value.reason:
        console.print(Text(f"{indent}  {plain(value.reason)}", style=_WAIT), soft_wrap=True)
    for one in value.deliveries:
        if one.state not in (DeliveryState.SENT, DeliveryState.PENDING):
            about = f": {one.reason}" if one.reason else ""
            console.print(Text(f"{indent}  post {one.position} {one.state}{plain(about)}"), soft_wrap=True)


def _first(value: Publication, zone: str) -> str:
    """When the first post went out: against its slot, or by hand at what time."""
    first = value.deliveries[0] if value.deliveries else None
    late = lateness_ms(first) if first else None
    if first is None or first.post_id is None or late is None:
        return ""
    if first.due_at == value.slot_at:
        return f"  first post {late:+d} ms"
    return f"  sent by hand, {local(created_at(int(first.post_id)), zone)}"


def change_line(publication: Publication, change: Change) -> Text | None:
    """``flashtweet@2020-11-06  3/12  sent  Jack Dorsey reste…``; None for what goes without saying."""
    if not isinstance(change, DeliveryChange):
        about = f": {change.reason}" if change.reason else ""
        return Text(
            f"{publication.key}  {change.after}{plain(about)}", style=_STYLES.get(change.after, _WAIT)
        )
    delivery = change.after
    if delivery.state is DeliveryState.SENDING:
        return None
    line = Text(f"{publication.key}  {delivery.position}/{len(publication.deliveries)}  ")
    if delivery.state is DeliveryState.SENT:
        opening = " ".join(delivery.text.split())
        opening = opening if len(opening) <= OPENING else opening[: OPENING - 1] + "…"
        return line + Text("sent  ", style=_GOOD) + Text(opening)
    return line + Text(f"{delivery.state}: {plain(change.reason or '')}", style=_WAIT)


def sent_table(value: Publication) -> Table:
    """Every post with its state, id and lateness."""
    table = Table(box=None, pad_edge=False)
    for heading in ("post", "state", "id", "late (ms)"):
        table.add_column(heading, justify="right" if heading in ("post", "late (ms)") else "left")
    for one in value.deliveries:
        late = lateness_ms(one)
        table.add_row(
            str(one.position),
            Text(one.state, style=_STYLES.get(one.state, _WAIT)),
            one.post_id or "",
            "" if late is None else f"{late:+d}",
        )
    return table


def count(number: int, noun: str) -> str:
    """``1 post``, ``2 posts``"""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _dollars(amount: Decimal) -> str:
    """Cents, and tenths of them where there are any: X's prices have three decimals."""
    return f"${amount:.2f}" if amount == round(amount, 2) else f"${amount:.3f}"


def remark(text: str) -> Text:
    """Something to notice, not an error."""
    return Text(text, style=_WAIT)
