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
from bot.core.weight import LIMIT, weight
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

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
    line += Text(f"  {local(thread.edition.slot_at, zone)}  {_posts(cost.posts)}  ${cost.dollars:.2f}")
    if cost.linked:
        line += Text(f" ({cost.linked} with a link; without links ${cost.without_links:.2f})", style="dim")
    return line


def thread(console: Console, value: Thread, zone: str) -> None:
    console.print(edition_line(value, zone), soft_wrap=True)
    for post in value.posts:
        console.print(Text(f"── {post.position} ── {weight(post.text)}/{LIMIT}", style="dim"), soft_wrap=True)
        console.print(Text(post.text), soft_wrap=True)
    console.print()


def slots(
    console: Console, upcoming: Iterable[tuple[EditionKey, datetime]], ready: set[EditionKey], zone: str
) -> None:
    console.print(Text("Next", style="bold"))
    empty = True
    for key, at in upcoming:
        empty = False
        line = Text(f"  {local(at, zone)}  {key}")
        if key not in ready:
            line += Text("  no file yet", style=_WAIT)
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
    first = lateness_ms(value.deliveries[0]) if value.deliveries else None
    if first is not None:
        line += Text(f"  first post {first:+d} ms", style="dim")
    console.print(line, soft_wrap=True)
    if value.state is PublicationState.PUBLISHED:
        return
    if value.reason:
        console.print(Text(f"{indent}  {plain(value.reason)}", style=_WAIT), soft_wrap=True)
    for one in value.deliveries:
        if one.state not in (DeliveryState.SENT, DeliveryState.PENDING):
            about = f": {one.reason}" if one.reason else ""
            console.print(Text(f"{indent}  post {one.position} {one.state}{plain(about)}"), soft_wrap=True)


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


def _posts(count: int) -> str:
    return f"{count} post" if count == 1 else f"{count} posts"
