"""Findings and threads as text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.text import Text

from bot.cli.consoles import Verbatim
from bot.core.content.pricing import dollars, thread_price
from bot.core.text.control_characters import visible
from bot.core.text.weight import LIMIT, weight
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from rich.console import Console

    from bot.core.model import Edition, Thread
    from bot.errors import Finding

_BAD, _WAIT = "bold red", "yellow"


def findings(console: Console, found: Iterable[Finding]) -> None:
    for one in found:
        style = _BAD if one.severity is Severity.ERROR else _WAIT
        where = one.path + (f":{one.line}:{one.column}" if one.line else "")
        line = Text(f"{one.severity}", style=style)
        line += Text(f" {visible(where)}: ", style="bold") + Text(visible(one.message))
        console.print(line, soft_wrap=True)
        console.print(Text(f"      → {visible(one.remedy)}  [{one.code}]", style="dim"), soft_wrap=True)


def local_time(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


def edition_line(thread: Thread, zone: str) -> Text:
    """Return ``flashtweet@2020-11-06  Fri 2020-11-06 07:30  12 posts  $0.55 (2 with a link; …)``."""
    line = Text(str(thread.edition.key), style="bold cyan")
    line += Text(f"  {local_time(thread.edition.slot_at, zone)}  {count(len(thread.posts), 'post')}")
    return line + _price(thread)


def reading_line(edition: Edition, thread: Thread | None, zone: str) -> Text:
    """Return ``threads/a.yaml → flashtweet@2020-11-06, 10 items, 12 posts  Fri 2020-11-06 07:30  $0.55 (…)``.

    `thread` is None if an error prevents `edition` from being published.
    """
    line = Text(f"{visible(edition.path)} → ", style="bold") + Text(str(edition.key), style="bold cyan")
    if edition.chapter.text is None:
        line += Text(f", {count(len(edition.chapter.items), 'item')}")
    if thread is None:
        return line + Text("  not published: it has an error", style=_BAD)
    line += Text(f", {count(len(thread.posts), 'post')}  {local_time(edition.slot_at, zone)}")
    return line + _price(thread)


def _price(thread: Thread) -> Text:
    cost = thread_price(thread.texts)
    line = Text(f"  {dollars(cost.dollars)}")
    if cost.linked:
        without = dollars(cost.without_links)
        line += Text(f" ({cost.linked} with a link; without links {without})", style="dim")
    if cut := sum(post.cuts_sentence for post in thread.posts):
        line += remark(f"  {count(cut, 'post')} {'ends' if cut == 1 else 'end'} in mid-sentence")
    return line


def print_thread(console: Console, value: Thread, zone: str) -> None:
    console.print(edition_line(value, zone), soft_wrap=True)
    for post in value.posts:
        console.print(Text(f"── {post.position} ── {weight(post.text)}/{LIMIT}", style="dim"), soft_wrap=True)
        console.print(Verbatim(post.text), soft_wrap=True)
    console.print()


def count(number: int, noun: str) -> str:
    """Return ``1 post`` or ``2 posts``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def remark(text: str) -> Text:
    """Return `text` highlighted; it is not an error."""
    return Text(text, style=_WAIT)
