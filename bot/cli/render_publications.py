"""Slots and publications as text: what happened, and what to type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bot.cli.json_output import lateness_ms
from bot.cli.render import local_time
from bot.core.publishing.next_actions import beginning, is_decided, next_action
from bot.core.publishing.progress import first_unsettled, is_deleted, is_untouched
from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.core.publishing.snowflake import created_at
from bot.core.publishing.states import OPEN, DeliveryChange, DeliveryEvent
from bot.core.schedule.local_times import clock_time
from bot.core.text.control_characters import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from rich.console import Console

    from bot.core.model import EditionKey, Post
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change
    from bot.core.schedule.not_out import NotOut
    from bot.ports import Pause

OPENING = 60
"""Characters of a post shown in one line of progress."""

_GOOD, _BAD, WAIT = "green", "bold red", "yellow"
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
    """Print the next slots, each with its state in the ledger, or with a note if it has no valid file."""
    console.print(Text("Next", style="bold"))
    empty = True
    for key, at in upcoming:
        empty = False
        line = Text(f"  {local_time(at, zone)}  {key}")
        if key in states:
            line += Text(f"  {states[key]}", style=style_of(states[key]))
        elif key not in ready:
            line += Text("  no valid file yet", style=WAIT)
        console.print(line, soft_wrap=True)
    if empty:
        console.print("  nothing within seven days", style="dim")


MAX_NAMED_LEDGERS = 3
"""Other ledgers listed by name at most."""


def ledgers(console: Console, others: Sequence[str]) -> None:
    """Print the other ledgers beside the one being read: the operator may be looking at the wrong one."""
    if not others:
        return
    more = f" and {len(others) - MAX_NAMED_LEDGERS} more" if len(others) > MAX_NAMED_LEDGERS else ""
    text = f"Other ledgers here, not shown: {', '.join(others[:MAX_NAMED_LEDGERS])}{more}"
    if any(".sandbox" in name for name in others):
        text += "; those of sandboxes can be deleted, with the files beside them, while nothing is running"
    console.print(Text(visible(text), style="dim"), soft_wrap=True)


def by_hand(console: Console, processes: Mapping[EditionKey, str]) -> None:
    """Print the processes that publish by hand, and how to stop them."""
    for key, process in processes.items():
        text = f"Process {process} publishes {key} by hand. To stop it, type: flashtweet hold {key}"
        console.print(Text(visible(text), style=WAIT), soft_wrap=True)


def not_out(console: Console, values: Iterable[NotOut], zone: str) -> None:
    """Print one line for each edition that is not out after its slot: the reason, and what to type."""
    for one in values:
        line = Text(f"{one.key} is NOT OUT", style=_BAD)
        line += Text(f", due {local_time(one.slot_at, zone)}: {visible(one.reason)} → {visible(one.remedy)}")
        console.print(line, soft_wrap=True)


def attention(
    console: Console,
    values: Iterable[Publication],
    pause: Pause | None,
    needs: Mapping[EditionKey, str],
    zone: str,
    now: datetime,
) -> None:
    """Print one line for each thing that needs an operator: what happened, and what to type (`needs`)."""
    values = tuple(values)
    if pause is not None:
        under_way = [one for one in values if one.state in OPEN and one.slot_at <= now]
        line = Text(f"PAUSED since {local_time(pause.since, zone)}", style=_BAD)
        stopped = "".join(f"; {one.key} is at {_sent(one)} posts" for one in under_way)
        reason = visible(pause.reason).rstrip(".") if stopped else visible(pause.reason)
        line += Text(f": {reason}{stopped} → To resume, type: flashtweet resume")
        console.print(line, soft_wrap=True)
    for value in values:
        _needs_you(console, value, needs.get(value.key))


def _needs_you(console: Console, value: Publication, what: str | None, indent: str = "") -> None:
    if what is not None:
        line = Text(f"{indent}{value.key} {value.state}", style=_BAD)
        why = "" if value.reason is None or is_decided(value) else f": {visible(value.reason)}"
        line += Text(f", {_sent(value)} posts out{why} → {visible(what)}")
        console.print(line, soft_wrap=True)


def publications(console: Console, values: Iterable[Publication], zone: str, now: datetime) -> None:
    """Print one line for each, and all posts of the most relevant one."""
    values = tuple(values)
    console.print(Text("Publications", style="bold"))
    for value in values:
        console.print(publication_line(value, zone, indent="  ", now=now), soft_wrap=True)
        _troubles(console, value, zone, now, indent="  ")
    if values:
        shown = _most_relevant(values)
        console.print(Text(f"Posts of {shown.key}", style="bold"))
        posts(console, shown)
    else:
        console.print("  none yet", style="dim")


def _most_relevant(values: tuple[Publication, ...]) -> Publication:
    """Return the latest that is PUBLISHING or HELD, else the latest with a post on X, else the latest."""
    groups = (
        [one for one in values if one.state in (PublicationState.PUBLISHING, PublicationState.HELD)],
        [one for one in values if any(post.post_id for post in one.deliveries)],
        values,
    )
    return next(group[-1] for group in groups if group)


def which(posts: Sequence[Delivery | Post], position: int) -> str:
    """Return ``post 7 of 12 « 6️⃣ Jack Dorsey reste… »``: the number, and words to recognise it by."""
    return f"post {position} of {len(posts)} {visible(beginning(posts[position - 1]))}"


def next_post(value: Publication) -> str | None:
    """Return the first post neither sent nor skipped, as `which` formats it; None if there is none."""
    one = first_unsettled(value)
    return which(value.deliveries, one.position) if one is not None else None


def resumed(
    console: Console, waiting: Iterable[Publication], stopped: Iterable[Publication], *, needs_daemon: bool
) -> None:
    """Print the editions that continue after a pause, and those that it stopped."""
    console.print("Publishing resumed.")
    waits = False
    for value in waiting:
        waits = True
        console.print(Text(f"  {value.key}, next: {next_post(value)}"), soft_wrap=True)
    if not waits:
        console.print("  No edition was waiting.")
    for value in stopped:
        _needs_you(console, value, next_action(value), indent="  ")
    if needs_daemon:
        console.print("No daemon runs: start one, or type: flashtweet publish EDITION", soft_wrap=True)


def print_publication(console: Console, value: Publication, zone: str) -> None:
    """Print state, reason and what to type."""
    console.print(publication_line(value, zone), soft_wrap=True)
    if value.state is PublicationState.PUBLISHED:
        return
    if value.reason and not is_decided(value):
        console.print(Text(f"  {visible(value.reason)}", style=WAIT), soft_wrap=True)
    _troubles(console, value, zone)
    what = next_action(value)
    if what is not None:
        console.print(Text(f"  → {visible(what)}"), soft_wrap=True)


def publication_line(value: Publication, zone: str, indent: str = "", now: datetime | None = None) -> Text:
    """Return one line; with `now`, an untouched edition before its slot is shown as PLANNED."""
    line = Text(f"{indent}{local_time(value.slot_at, zone)}  {value.key}  ")
    waits = now is not None and now < value.slot_at and value.state in OPEN and is_untouched(value)
    line += Text("PLANNED" if waits else value.state, style=style_of(value.state))
    deleted = sum(map(is_deleted, value.deliveries))
    left_out = sum(one.state is DeliveryState.SKIPPED for one in value.deliveries) - deleted
    line += Text(f"  {_sent(value)} posts" + (f", {left_out} left out" if left_out else ""))
    line += Text(f", {deleted} deleted on X" if deleted else "")
    return line + Text(_first(value, zone), style="dim")


def _sent(value: Publication) -> str:
    sent = sum(one.state is DeliveryState.SENT for one in value.deliveries)
    return f"{sent}/{len(value.deliveries)}"


def _troubles(
    console: Console, value: Publication, zone: str, now: datetime | None = None, indent: str = ""
) -> None:
    """Print the reasons of posts that are not sent, unless the publication's own reason contains them.

    Pass `now` if another process may be publishing it; only retries after `now` are then announced.
    """
    for one in value.deliveries:
        is_over = one.state is DeliveryState.SENT or is_deleted(one)
        if not is_over and one.reason and one.reason not in (value.reason or ""):
            is_ahead = now is not None and one.not_before is not None and one.not_before > now
            waits = value.state in OPEN and (one.state is DeliveryState.PENDING or is_ahead)
            what = _next_act(one, zone) if waits else ""
            line = f"{indent}  post {one.position} {one.state}: {visible(one.reason).rstrip('.')}.{what}"
            console.print(Text(line), soft_wrap=True)


def _first(value: Publication, zone: str) -> str:
    """Return the delay of the first post, or its time if it was rescheduled; before it, the begin."""
    first = value.deliveries[0] if value.deliveries else None
    late = lateness_ms(first) if first else None
    if first is None or first.post_id is None or late is None:
        waits = value.state in OPEN
        return (
            f"  begins at {local_time(first.due_at, zone)}" if first and waits and is_untouched(value) else ""
        )
    if first.due_at == value.slot_at:
        return f"  first post {late:+d} ms"
    return f"  first post {local_time(created_at(int(first.post_id)), zone)}"


def change_line(publication: Publication, change: Change, zone: str) -> Text | None:
    """Return ``flashtweet@2020-11-06  3/12  sent  Jack Dorsey reste…``; None for changes not worth a line."""
    if not isinstance(change, DeliveryChange):
        about = f": {change.reason}" if change.reason else ""
        return Text(f"{publication.key}  {change.after}{visible(about)}", style=style_of(change.after))
    delivery = change.after
    line = Text(f"{publication.key}  {delivery.position}/{len(publication.deliveries)}  ")
    if delivery.state is DeliveryState.SENT:
        found = change.event is DeliveryEvent.FOUND
        opening = " ".join(delivery.text.split())
        opening = opening if len(opening) <= OPENING else opening[: OPENING - 1] + "…"
        return line + Text("found on X  " if found else "sent  ", style=_GOOD) + Text(opening)
    if not change.reason:
        return None
    text = f"{delivery.state}: {visible(change.reason).rstrip('.')}.{_next_act(delivery, zone)}"
    return line + Text(text, style=WAIT)


def _next_act(delivery: Delivery, zone: str) -> str:
    """Return a sentence on the next request for `delivery`, or an empty text."""
    until = delivery.not_before
    at = until and clock_time(until, zone, delivery.intent_at or until)
    match delivery.state:
        case DeliveryState.PENDING if at:
            return f" Next attempt at {at}; Ctrl-C is safe."
        case DeliveryState.IN_DOUBT if at:
            return f" Reading your timeline; waiting until {at} for it to settle."
        case DeliveryState.IN_DOUBT:
            return " Reading your timeline."
        case _:
            return ""


def posts(console: Console, value: Publication) -> None:
    """Print every post of `value` with its state, id and lateness."""
    table = Table(box=None, pad_edge=False)
    for heading in ("post", "state", "id", "late (ms)"):
        table.add_column(heading, justify="right" if heading in ("post", "late (ms)") else "left")
    for one in value.deliveries:
        late = lateness_ms(one)
        table.add_row(
            str(one.position),
            Text(one.state, style=style_of(one.state)),
            one.post_id or "",
            "" if late is None else f"{late:+d}",
        )
    console.print(table)


def style_of(state: str) -> str:
    return _STYLES.get(state, WAIT)
