"""Chapters without Markdown and HTML marks, if file or series request it, and findings on marks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.content.items import CleanItems
from bot.core.content.line_numbers import LISTED, listed
from bot.core.model import Clean
from bot.core.text.markup import CLEANED, LEFT_OUT, Markup, MarkupKind, sightings, without_markup
from bot.errors import Finding, Severity, clipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.core.marks import Mark
    from bot.core.model import Chapter, Programme, ReplayWishes, Wording


def is_cleaned(chapter: Chapter, programme: Programme) -> bool:
    """Return True if marks are removed from the texts of `chapter`."""
    return (chapter.clean or programme.format_of(chapter.series).clean) is Clean.MARKDOWN


def clean_chapter(chapter: Chapter) -> Chapter:
    """Return `chapter` without marks; each of its texts keeps its place."""
    text, mark = chapter.text, chapter.mark
    if text is not None:
        text, mark = _clean(text, mark)
    return replace(
        chapter,
        items=CleanItems(chapter.items) if chapter.items else (),
        text=text,
        mark=mark,
        wording=_clean_wording(chapter.wording),
        replay=_clean_wishes(chapter.replay),
    )


def _clean_wishes(wishes: ReplayWishes) -> ReplayWishes:
    items = CleanItems([item for _, item in wishes.items])
    own = tuple((index, item) for (index, _), item in zip(wishes.items, items, strict=True))
    return replace(wishes, wording=_clean_wording(wishes.wording), items=own)


def _clean_wording(wording: Wording) -> Wording:
    intro, intro_mark = _clean(wording.intro or "", wording.intro_mark)
    outro, outro_mark = _clean(wording.outro or "", wording.outro_mark)
    return replace(
        wording,
        intro=None if wording.intro is None else intro,
        outro=None if wording.outro is None else outro,
        intro_mark=intro_mark,
        outro_mark=outro_mark,
    )


def _clean(text: str, mark: Mark) -> tuple[str, Mark]:
    """Return `text` without marks, and its `mark`, which locates its lines but no longer its characters."""
    plain = without_markup(text)
    if plain == text:
        return text, mark
    lines = plain.split("\n")
    if len(lines) != len(mark.rows):
        return plain, replace(mark, rows=())
    offset, rows = 0, []
    for line, row in zip(lines, mark.rows, strict=True):
        rows.append(row._replace(offset=offset))
        offset += len(line) + 1
    return plain, replace(mark, rows=tuple(rows))


def markup_in(chapter: Chapter) -> tuple[Markup, ...]:
    """Return the marks in all texts of `chapter`, ordered by kind."""
    found: dict[MarkupKind, list[tuple[Mark, str]]] = {}
    for text, mark in _texts(chapter):
        for kind, offset, sample in sightings(text):
            found.setdefault(kind, []).append((replace(mark.at(offset), rows=()), sample))
    return tuple(
        Markup(kind, min(found[kind])[1], tuple(sorted(mark for mark, _ in found[kind])))
        for kind in MarkupKind
        if kind in found
    )


def _texts(chapter: Chapter) -> Iterator[tuple[str, Mark]]:
    yield from ((item.text, item.mark) for item in chapter.items)
    yield from ((item.text, item.mark) for _, item in chapter.replay.items)
    if chapter.text is not None:
        yield chapter.text, chapter.mark
    for wording in (chapter.wording, chapter.replay.wording):
        yield wording.intro or "", wording.intro_mark
        yield wording.outro or "", wording.outro_mark


def about_markup(path: str, chapters: Sequence[tuple[Chapter, bool]]) -> Iterator[Finding]:
    """Yield a warning for each kind of marks that are posted or left out; True: the chapter is cleaned."""
    found: dict[tuple[MarkupKind, bool], list[Markup]] = {}
    for chapter, is_clean in chapters:
        for markup in chapter.markup:
            if not is_clean or markup.kind in LEFT_OUT:
                found.setdefault((markup.kind, is_clean), []).append(markup)
        if is_clean and chapter.markup:
            for markup in _left(chapter):
                found.setdefault((markup.kind, False), []).append(markup)
    is_any_cleaned = any(is_clean for _, is_clean in chapters)
    for (kind, is_left_out), several in found.items():
        yield _finding(path, kind, several, is_left_out=is_left_out, is_cleaned=is_any_cleaned)


def _left(chapter: Chapter) -> Iterator[Markup]:
    """Yield the marks that cleaning leaves in `chapter`; at their written places if all of a kind stay."""
    written = {markup.kind: markup for markup in chapter.markup}
    for markup in markup_in(clean_chapter(chapter)):
        before = written.get(markup.kind)
        yield before if before and len(before.marks) == len(markup.marks) else markup


def _finding(
    path: str, kind: MarkupKind, several: list[Markup], *, is_left_out: bool, is_cleaned: bool
) -> Finding:
    first = min(several, key=lambda markup: markup.marks)
    lines = sorted({mark.line for markup in several for mark in markup.marks})
    where = f" ({listed(lines[:LISTED], len(lines))})" if len(lines) > 1 else ""
    message = (
        f"'{first.sample}' is {kind}; it is {'left out' if is_left_out else 'posted as it stands'}{where}."
    )
    mark = first.marks[0]
    remedy = _remedy(kind, is_left_out=is_left_out, is_cleaned=is_cleaned)
    return Finding(path, mark.line, mark.column, Severity.WARNING, "markup", clipped(message), remedy)


def _remedy(kind: MarkupKind, *, is_left_out: bool, is_cleaned: bool) -> str:
    if is_left_out:
        is_image = kind in (MarkupKind.IMAGE, MarkupKind.PICTURE)
        return "Remove it; images are not published yet." if is_image else "Remove it, or write it as text."
    if kind is MarkupKind.FRONT_MATTER:
        return "Remove it, with the two lines '---'."
    if kind is MarkupKind.TABLE:
        return "Write each row as a sentence, without bars."
    if kind not in CLEANED:
        return "Write out what it stands for."
    if is_cleaned:
        return "Write what followers shall read."
    return "Write what followers shall read, or 'clean: markdown' in this file to take all marks out."
