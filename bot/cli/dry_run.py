"""``publish --dry-run``: the posts still to be sent, and why an edition is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from bot.cli import json_output, render, render_publications
from bot.cli.common import out, print_json
from bot.cli.consoles import Verbatim
from bot.core.publishing.progress import is_untouched
from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.core.schedule.preflight import remaining
from bot.core.text.weight import LIMIT, weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.core.model import Thread
    from bot.core.publishing.publication import Publication
    from bot.errors import Finding


def show(
    thread: Thread | None, known: Publication | None, found: Iterable[Finding], zone: str, *, machine: bool
) -> None:
    """Show what `publish` would send: the frozen texts of a thread that has begun, else those of the file.

    `thread` is made from the file; None if the file makes none.
    """
    rest = None if known is None or (is_untouched(known) and not _is_over(known)) else _rest(known, thread)
    if machine:
        document = json_output.preview_json([thread] if thread and rest is None else [], found, zone)
        if known is not None and rest is not None:
            document["editions"] = [_document(known, rest)]
        print_json(document)
        return
    if known is not None and known.state is not PublicationState.PUBLISHED:
        render_publications.print_publication(out(), known, zone)
    if rest is None and thread is not None:
        render.print_thread(out(), thread, zone)
    for position, text in rest or ():
        out().print(Text(f"── {position} ── {weight(text)}/{LIMIT}", style="dim"), soft_wrap=True)
        out().print(Verbatim(text), soft_wrap=True)


def _is_over(known: Publication) -> bool:
    return known.state in (PublicationState.PUBLISHED, PublicationState.CANCELLED)


def _rest(known: Publication, thread: Thread | None) -> list[tuple[int, str]]:
    """Return positions and texts still to be sent; the text of a post that X refused comes from the file."""
    if _is_over(known):
        return []
    texts = thread.texts if thread is not None else ()
    return [
        (one.position, (texts[one.position - 1 : one.position] or (one.text,))[0])
        if one.state is DeliveryState.REJECTED
        else (one.position, one.text)
        for one in remaining(known)
    ]


def _document(known: Publication, rest: list[tuple[int, str]]) -> dict[str, Any]:
    posts = [{"position": position, "text": text, "weight": weight(text)} for position, text in rest]
    return json_output.publication_json(known) | {"posts": posts}
