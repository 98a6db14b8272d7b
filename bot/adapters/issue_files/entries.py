"""Items: a block of text, or a list of texts and mappings."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.adapters.issue_files.schema import ItemFile
from bot.core import links
from bot.core.items import read_block, renumbered
from bot.core.model import Item, Mark, Row
from bot.errors import Severity

if TYPE_CHECKING:
    from bot.core.items import Fragment
    from bot.yamldoc.document import Document, Path


_INVISIBLE = ("C", "Z")
"""Unicode's categories of characters that leave no ink."""


def items_of(document: Document, at: Path, value: str | list[str | ItemFile]) -> tuple[Item, ...]:
    """The items in the block or list at `at`; what is wrong with them is reported."""
    if isinstance(value, str):
        items = _from_block(document, at, value)
    else:
        items = _from_list(document, at, value)
        for n, item in enumerate(items):
            if _is_blank(item.text):
                report_empty(document, (*at, n))
    if not items or all(_is_blank(item.text) for item in items):
        report_empty(document, at)
    return items


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


def _from_block(document: Document, at: Path, block: str) -> tuple[Item, ...]:
    reading = read_block(block)
    if report_lost_breaks(document, at, block, Severity.ERROR):
        pass  # whatever else looks wrong comes from that
    elif reading.doubt:
        read = "1 item was" if len(reading.fragments) == 1 else f"{len(reading.fragments)} items were"
        document.report(
            "mixed-items",
            document.place(at),
            f"{reading.doubt}; {read} read.",
            "Check the preview; number every item, or write them as a list (- …).",
            Severity.WARNING,
        )
    marks = _marks(document, at, block, reading.fragments)
    return tuple(
        [
            Item(fragment.text, mark=mark)
            for fragment, mark in zip(reading.fragments, marks, strict=True)
            if not _is_blank(fragment.text)
        ]
    )


def _marks(document: Document, at: Path, block: str, fragments: tuple[Fragment, ...]) -> list[Mark]:
    """Where each of `fragments` of the block at `at` stands, with its pieces."""
    scalar = document.scalars.get(at)
    if scalar is None or not scalar.is_literal:
        rows = document.rows_of(at, block)
        return [replace(document.line_of(at, one.line), rows=_pieces(one, rows)) for one in fragments]
    first, lines, found = scalar.mark.line, block.split("\n"), []
    for fragment in fragments:  # each line of the text is a line of the file, without its indentation
        rows = tuple(
            [
                Row(offset, first + 1 + n, len(document.lines[first + n]) - len(lines[n]) + 1 + start)
                for offset, n, start in fragment.pieces
            ]
        )
        source = document.lines[first + fragment.line]
        found.append(Mark(rows[0].line, len(source) - len(source.lstrip()) + 1, 0, rows))
    return found


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
    name = ".".join(map(str, at))
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


def _is_blank(text: str) -> bool:
    return not text[:1].isalnum() and all(unicodedata.category(char)[0] in _INVISIBLE for char in text)
