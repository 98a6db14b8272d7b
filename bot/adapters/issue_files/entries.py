"""Items: a block of text, or a list of texts and mappings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.adapters.issue_files.schema import ItemFile
from bot.core import links
from bot.core.items import BlockItems, is_blank, read_block, renumbered
from bot.core.model import MAX_POSTS, MAX_TEXT, Item, Mark, Row
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.items import Fragment
    from bot.yamldoc.document import Document, Path


def items_of(document: Document, at: Path, value: str | list[str | ItemFile]) -> Sequence[Item]:
    """The items in the block or list at `at`; what is wrong with them is reported.

    None where they are more, or longer, than an edition may be: then they are not looked at.
    """
    if isinstance(value, str):
        size = len(value.encode("utf-8", "surrogatepass"))
        if size > MAX_TEXT:
            return _too_long(document, at, f"{size:,} bytes of text, {MAX_TEXT:,}")
        return _from_block(document, at, value)
    if len(value) > MAX_POSTS:
        return _too_long(document, at, f"{len(value):,} items, {MAX_POSTS}")
    items = _from_list(document, at, value)
    for n, item in enumerate(items):
        if is_blank(item.text):
            report_empty(document, (*at, n))
    if all(is_blank(item.text) for item in items):
        report_empty(document, at)
    return items


def _too_long(document: Document, at: Path, what: str) -> tuple[Item, ...]:
    name = document.quoting.named(at)
    remedy = "Is it the right text? Split it into several files if so."
    document.report("too-long", document.place(at), f"{name}: it has {what} at most.", remedy)
    return ()


def _from_list(document: Document, at: Path, entries: list[str | ItemFile]) -> tuple[Item, ...]:
    texts = tuple(_entry_text(document, (*at, n), entry) for n, entry in enumerate(entries))
    return tuple(
        Item(
            text=content,
            rubric=entry.rubric if isinstance(entry, ItemFile) else None,
            mark=_entry_mark(document, (*at, n), entry, len(text) - len(content)),
        )
        for n, (content, text, entry) in enumerate(zip(renumbered(texts), texts, entries, strict=True))
    )


def _from_block(document: Document, at: Path, block: str) -> Sequence[Item]:
    reading = read_block(block)
    if report_lost_breaks(document, at, block, Severity.ERROR):
        pass  # whatever else looks wrong comes from that
    elif reading.doubt:
        read = "1 item was" if len(reading.texts) == 1 else f"{len(reading.texts)} items were"
        document.report(
            "mixed-items",
            document.place(at),
            f"{reading.doubt}; {read} read.",
            "Check the preview; number every item, or write them as a list (- …).",
            Severity.WARNING,
        )
    count = sum(not is_blank(text) for text in reading.texts)
    if not count:
        report_empty(document, at)
        return ()
    scalar = document.scalars.get(at)
    if scalar is not None and scalar.is_literal:
        return BlockItems(block, scalar.mark.line + 1, document.indent_of(scalar, block), count)
    fragments = [one for one in reading.fragments if not is_blank(one.text)]
    rows = document.rows_of(at, block)
    marks = (replace(document.line_of(at, one.line), rows=_pieces(one, rows)) for one in fragments)
    return tuple(Item(one.text, mark=mark) for one, mark in zip(fragments, marks, strict=True))


def _pieces(fragment: Fragment, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Where the pieces of `fragment` stand, from where the lines of its block do, if that is known."""
    return tuple(
        Row(offset, rows[n].line, rows[n].column + start)
        for offset, n, start in fragment.pieces
        if n < len(rows)
    )


def _entry_text(document: Document, at: Path, entry: str | ItemFile) -> str:
    if isinstance(entry, str):
        return entry.strip()
    if entry.image or entry.images:
        document.report(
            "no-images-yet",
            document.place((*at, "image" if entry.image else "images")),
            "images are not published yet; the text goes out without it.",
            "Remove the image, or publish this item by hand.",
            Severity.WARNING,
        )
    content, link = entry.text.strip(), (entry.link or "").strip()
    if link and not is_link(link):
        report_no_link(document, (*at, "link"), link)
    stands = any(url.text == link for url in links.urls(content))
    return content if stands else f"{content} {link}".strip()


def _entry_mark(document: Document, at: Path, entry: str | ItemFile, number: int) -> Mark:
    """Where an entry stands whose text lost a `number` of so many characters."""
    at, text = (at, entry) if isinstance(entry, str) else ((*at, "text"), entry.text)
    return document.mark_of(at, text).without(len(text) - len(text.lstrip()) + number)


def is_link(text: str) -> bool:
    """Whether `text` is a whole web address that X makes a link of."""
    return text.lower().startswith(("http://", "https://")) and [u.text for u in links.urls(text)] == [text]


def report_no_link(document: Document, at: Path, found: str) -> None:
    """Say that what stands at `at` is no link."""
    document.report(
        "wrong-value",
        document.place(at),
        f"{at[-1]}: '{found}' is not a link.",
        "Write the whole address, https:// included, and nothing else.",
    )


def report_empty(document: Document, at: Path) -> None:
    """Say that nothing stands at `at`."""
    name = document.quoting.named(at)
    document.report(
        "empty", document.place(at), f"{name}: there is nothing to post.", "Write a text, or remove it."
    )


def report_lost_breaks(document: Document, at: Path, value: str, severity: Severity) -> bool:
    """Report, and say, whether folding made fewer lines of the text at `at` than its author wrote."""
    scalar = document.scalars.get(at)
    if scalar is None or scalar.is_literal:
        return False
    kept = sum(1 for line in value.splitlines() if line.strip())
    if not 0 < kept < scalar.lines:
        return False
    document.report(
        "lost-line-breaks",
        document.place(at),
        f"{at[-1]}: {scalar.lines} lines read as {kept}; YAML joins them here.",
        f"Write '{at[-1]}: |', and the text on the lines below it, indented by two spaces.",
        severity,
    )
    return True
