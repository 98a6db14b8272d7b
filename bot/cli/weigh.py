"""weigh: the weight of a text on X, and its parts."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import click
from rich.text import Text

from bot.cli.common import common, out, print_json
from bot.core.text.control_characters import visible
from bot.core.text.entities import urls
from bot.core.text.split import as_posted
from bot.core.text.weight import LIMIT, spans
from bot.errors import ContentError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

MARK = "‖"
_MOST_SHOWN = 12
_FIRST_PICTOGRAPH = "\u2300"  # signs before it are arrows, letters and the like


class WeightReason(StrEnum):
    """The reason why a stretch of a text does not weigh 1 per character."""

    URL = "url"
    EMOJI = "emoji"
    WIDE = "wide"


_LABELS = {WeightReason.URL: "links", WeightReason.EMOJI: "emoji", WeightReason.WIDE: "chars"}
_STYLES = {WeightReason.URL: "blue", WeightReason.EMOJI: "", WeightReason.WIDE: "yellow"}


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch with a weight of its own; ``text[start:end]`` in code points of the posted text."""

    text: str
    start: int
    end: int
    weight: int
    kind: WeightReason


@dataclass(frozen=True, slots=True)
class Weighed:
    """A text as it is posted, its weight against a limit, and its parts."""

    text: str
    weight: int
    limit: int
    remaining: int
    """Negative if the text is over the limit."""
    fits: bool
    parts: tuple[Part, ...]
    """Every stretch that does not weigh 1 per character, in order."""
    limit_at: int | None
    """Number of code points that fit; None if all do."""


def weighed(text: str, limit: int = LIMIT) -> Weighed:
    """Return the weight of `text` and its parts."""
    text = as_posted(text)
    linked = {position for url in urls(text) for position in range(url.start, url.end)}
    parts = tuple(
        Part(stretch, start, end, weight, WeightReason.URL if start in linked else _kind(stretch))
        for start, end, weight in spans(text)
        for stretch in (text[start:end],)
    )
    total = len(text) + sum(part.weight - len(part.text) for part in parts)
    at = _limit_at(parts, limit) if total > limit else None
    return Weighed(text, total, limit, limit - total, total <= limit, parts, at)


def _kind(stretch: str) -> WeightReason:
    pictograph = stretch >= _FIRST_PICTOGRAPH and unicodedata.category(stretch[0]) in {"So", "Sk"}
    return WeightReason.EMOJI if len(stretch) > 1 or pictograph else WeightReason.WIDE


def _limit_at(parts: Sequence[Part], limit: int) -> int:
    """Return the position of the limit in a text that exceeds it; never inside a link or an emoji."""
    at = spent = 0
    for part in parts:
        if spent + part.start - at + part.weight > limit:
            return min(part.start, at + limit - spent)
        spent += part.start - at + part.weight
        at = part.end
    return at + limit - spent


@click.command(context_settings={"ignore_unknown_options": True})  # a text may begin with a dash
@click.argument("text", required=False)
@click.option("--limit", metavar="N", type=click.IntRange(min=1), default=LIMIT, show_default=True)
@click.option("--json", "machine", is_flag=True, help="Print one JSON document.")
@common
def weigh(text: str | None, limit: int, machine: bool) -> None:
    """Show what TEXT weighs on X, what counts as 2 or 23, and where the limit falls.

    Without TEXT, reads it from stdin. It is weighed as it would be posted, without surrounding white space.
    The exit code is 3 if it is over the limit.

    \b
    flashtweet weigh "C'est parti pour le #Top10 ⚡️"
    pbpaste | flashtweet weigh
    """
    found = weighed(_stdin() if text is None else _argument(text), limit)
    if machine:
        print_json(asdict(found))
    else:
        _show(out(), found)
    if not found.fits:
        click.get_current_context().exit(ContentError.exit_code)


def _argument(text: str) -> str:
    """Return `text`; reject broken UTF-8, which Python reads as lone surrogates that no post can contain."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"TEXT is not UTF-8: character {error.start + 1} is broken. "
            "Set the terminal to UTF-8 and type it again."
        ) from None
    return text


def _stdin() -> str:
    """Return all of stdin."""
    stream = sys.stdin.buffer
    if stream.isatty():
        click.echo("Type or paste the text, then press Ctrl-D on a line of its own:", err=True)
    try:
        return stream.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"stdin is not UTF-8: byte {error.start + 1} is {error.reason}. Send it as UTF-8."
        ) from None


def _show(console: Console, found: Weighed) -> None:
    console.print(_verdict(found), soft_wrap=True)
    groups: dict[tuple[WeightReason, int], Counter[str]] = {}
    for kind in WeightReason:
        for part in found.parts:
            if part.kind is kind:
                groups.setdefault((kind, part.weight), Counter())[part.text] += 1
    for (kind, weight), texts in groups.items():
        line = _sum(texts.total(), weight, _LABELS[kind])
        console.print(line + Text(f"  {_listed(texts, kind)}", style=_STYLES[kind]), soft_wrap=True)
    rest = len(found.text) - sum(len(part.text) for part in found.parts)
    if groups and rest:
        console.print(_sum(rest, 1, "others"), soft_wrap=True)
    if found.limit_at is not None:
        console.print()
        before, after = found.text[: found.limit_at], found.text[found.limit_at :]
        line = Text(visible(before)) + Text(MARK, style="bold red") + Text(visible(after), style="red")
        console.print(line, soft_wrap=True)


def _verdict(found: Weighed) -> Text:
    """Return ``211 of 280: fits, 69 left``."""
    verdict = (
        f"fits, {found.remaining} left"
        if found.fits
        else f"too long by {-found.remaining}; the limit falls at {MARK}"
    )
    style = "bold green" if found.fits else "bold red"
    return Text(f"{found.weight} of {found.limit}: ", style="bold") + Text(verdict, style=style)


def _sum(count: int, weight: int, label: str) -> Text:
    """Return ``   3 × 2   emoji``."""
    return Text(f"{count:>6} × {weight:<3} {label}")


def _listed(texts: Counter[str], kind: WeightReason) -> str:
    """Return ``« … » × 3, « € »``."""
    shown = [_named(text, kind) + (f" × {count}" if count > 1 else "") for text, count in texts.items()]
    more = len(shown) - _MOST_SHOWN
    return ", ".join(shown[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _named(text: str, kind: WeightReason) -> str:
    """Return a wide character in quotes, or its code point if it is invisible; other parts as they are."""
    if kind is not WeightReason.WIDE:
        return visible(text)
    unseen = unicodedata.category(text[0])[0] in "CMZ"
    return f"U+{ord(text[0]):04X}" if unseen else f"« {text} »"
