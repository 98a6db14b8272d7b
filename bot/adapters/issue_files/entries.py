"""Items: a block of text, or a list of texts and mappings with link, rubric and image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.adapters.issue_files.schema import ItemFile
from bot.core.content.blocks.lines import is_blank
from bot.core.content.blocks.reader import read_block
from bot.core.content.blocks.remarks import of_list
from bot.core.content.items import BlockItems
from bot.core.content.line_numbers import LISTED, listed
from bot.core.content.list_markers import bullet_before, is_minus
from bot.core.marks import Mark, Row
from bot.core.model import MAX_POSTS, MAX_TEXT, Item
from bot.core.text import entities
from bot.core.text.intended_urls import whole
from bot.errors import Severity
from bot.yamldoc.flow import address_in
from bot.yamldoc.mended_lines import remedy_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.content.blocks.reader import BlockItem
    from bot.core.content.blocks.remarks import BlockRemark
    from bot.yamldoc.document import Document, Path


def items_of(document: Document, at: Path, value: str | list[str | ItemFile]) -> Sequence[Item]:
    """Return the items in the block or list at `at`, and report what is wrong with them.

    Return none if they are more, or longer, than an edition may be; they are not examined then.
    """
    if isinstance(value, str):
        if len(value) > MAX_TEXT // 4 and (size := len(value.encode("utf-8", "surrogatepass"))) > MAX_TEXT:
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


def replay_items(
    document: Document, at: Path, value: str | list[str | ItemFile]
) -> tuple[tuple[int, Item], ...]:
    """Return the items at `at` that have a text of their own for the replay, each with its index."""
    if isinstance(value, str):
        return ()
    own: list[tuple[int, Item]] = []
    for n, entry in enumerate(value):
        if isinstance(entry, str) or entry.replay is None:
            continue
        place = (*at, n, "replay")
        if is_blank(entry.replay):
            report_empty(document, place)
        lead = len(entry.replay) - len(entry.replay.lstrip())
        mark = document.mark_of(place, entry.replay).without(lead)
        own.append((n, Item(entry.replay.strip(), entry.rubric, mark)))
    return tuple(own)


def _too_long(document: Document, at: Path, what: str) -> tuple[Item, ...]:
    name = document.quoting.named(at)
    remedy = "Is it the right text? Split it into several files if so."
    document.report("too-long", document.place(at), f"{name}: it has {what} at most.", remedy)
    return ()


def _from_list(document: Document, at: Path, entries: list[str | ItemFile]) -> tuple[Item, ...]:
    """Return the entries as items. They are separate already, so nothing is cut from their texts."""
    items = tuple(
        Item(
            text=_entry_text(document, (*at, n), entry),
            rubric=entry.rubric if isinstance(entry, ItemFile) else None,
            mark=_entry_mark(document, (*at, n), entry),
        )
        for n, entry in enumerate(entries)
    )
    _report_glued(document, at, len(entries))
    if remark := of_list([item.text for item in items]):
        line = items[remark.lines[0]].mark
        document.report(remark.code, line, f"{remark.message}.", remark.remedy, remark.severity)
    return items


def _report_glued(document: Document, at: Path, count: int) -> None:
    """Report the first line with a bullet that YAML reads as the rest of the entry above it."""
    for n in range(count):
        scalar = document.scalars.get((*at, n)) or document.scalars.get((*at, n, "text"))
        if scalar is None or scalar.style is not None or scalar.lines == 1:
            continue
        first = scalar.mark.line
        for number, line in enumerate(document.lines[first : first + scalar.lines - 1], first + 1):
            text = line.strip()
            if bullet_before(text) and not is_minus(text):
                document.report(
                    "joined-lines",
                    Mark(number, len(line) - len(line.lstrip()) + 1),
                    f"'{text[:40]}' is read as the rest of item {n + 1}.",
                    "If it is an item, begin its line like the others: a dash, as far left, and a space.",
                    Severity.WARNING,
                )
                return


def _from_block(document: Document, at: Path, block: str) -> Sequence[Item]:
    reading = read_block(block)
    count = len(reading.texts)
    if not report_lost_breaks(document, at, block, Severity.ERROR):  # the cause of all else that looks wrong
        was_none = document.is_mended and document.has_error_on(document.place(at).line)
        for remark in reading.remarks:
            is_error = remark.severity is Severity.ERROR
            if not document.is_mended or (is_error and not was_none):  # mending may have dropped lines
                _report(document, at, remark, count)
    if not count and not any(remark.severity is Severity.ERROR for remark in reading.remarks):
        report_empty(document, at)
    if not count:
        return ()
    scalar = document.scalars.get(at)
    if scalar is not None and scalar.is_literal:
        return BlockItems(block, scalar.mark.line + 1, document.indent_of(scalar, block), count)
    rows = document.rows_of(at, block)
    fragments = reading.fragments
    marks = (replace(document.line_of(at, one.line), rows=_pieces(one, rows)) for one in fragments)
    return tuple(Item(one.text, mark=mark) for one, mark in zip(fragments, marks, strict=True))


def _report(document: Document, at: Path, remark: BlockRemark, count: int) -> None:
    """Report `remark` on its first line, with its other lines and the number of items read."""
    marks = [document.line_of(at, line) for line in remark.lines[: LISTED + 1]]
    message = remark.message
    lines = [document.written(mark).line for mark in marks]
    if len(set(lines)) > 1:
        message += f" ({listed(lines, len(remark.lines))})"
    if remark.severity is Severity.WARNING:
        message += "; 1 item was read" if count == 1 else f"; {count} items were read"
    place = marks[0] if marks else document.place(at)
    document.report(remark.code, place, f"{message}.", remark.remedy, remark.severity)


def _pieces(fragment: BlockItem, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Return the places of the pieces of `fragment`, from those of its block's lines if they are known."""
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
            "images are not published yet; the text is posted without them.",
            "Remove the image, or publish this item by hand.",
            Severity.WARNING,
        )
    content, link = entry.text.strip(), (entry.link or "").strip()
    if link and not is_link(link):
        report_no_link(document, (*at, "link"), link)
    stands = any(url.text == link for url in entities.urls(content))
    return content if stands else f"{content} {link}".strip()


def _entry_mark(document: Document, at: Path, entry: str | ItemFile) -> Mark:
    at, text = (at, entry) if isinstance(entry, str) else ((*at, "text"), entry.text)
    return document.mark_of(at, text).without(len(text) - len(text.lstrip()))


_QUOTES = "“”„‘’«»\"' \u00a0\u202f"
"""Around an address these are letters, unless YAML removes them."""


def is_link(text: str) -> bool:
    """Return True if `text` is a whole web address that X links."""
    is_address = text.lower().startswith(("http://", "https://"))
    return is_address and [url.text for url in entities.urls(text)] == [text]


def report_no_link(document: Document, at: Path, found: str) -> None:
    """Report that the value at `at` is not a link."""
    name, bare = at[-1], found.strip(_QUOTES)
    mark = document.place(at)
    line = document.lines[mark.line - 1]
    if bare != found.strip() and is_link(bare) and found in line:
        message = f"{name}: the quotes around the address are letters to YAML."
        document.report("wrong-value", mark, message, remedy_for(line.rstrip().replace(found, bare, 1)))
        return
    if (address := address_in(found.strip())) and is_link(address) and found in line:
        message = f"{name}: a link of Markdown stands where an address is expected."
        document.report("wrong-value", mark, message, remedy_for(line.rstrip().replace(found, address, 1)))
        return
    copy = whole(found.strip())
    what = f"'{found}' is not a link." if copy is None else f"X links only a part of '{found}'."
    remedy = "Write the whole address, https:// included, and nothing else."
    if copy:
        remedy = f"Write it percent-encoded: {copy if '://' in copy else f'https://{copy}'}"
    document.report("wrong-value", document.place(at), f"{name}: {what}", remedy)


def report_empty(document: Document, at: Path) -> None:
    """Report that there is nothing to post at `at`."""
    name = document.quoting.named(at)
    document.report(
        "empty", document.place(at), f"{name}: there is nothing to post.", "Write a text, or remove it."
    )


def report_lost_breaks(document: Document, at: Path, value: str, severity: Severity) -> bool:
    """Report that folding joined lines of the text at `at`; return True if it did."""
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
