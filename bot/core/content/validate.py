"""Findings on an edition once it is composed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from bot.core.content import templates, text_checks
from bot.core.content.compose import TooLong, compose, relinked, template_values
from bot.core.model import Links, Numbering
from bot.core.text.fragments import CannotSplit
from bot.core.text.matching import comparable
from bot.core.text.strip_links import remains
from bot.core.text.weight import LIMIT
from bot.errors import Finding, Severity, bounded, clipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.marks import Mark
    from bot.core.model import Edition, Thread


def examine(
    edition: Edition, locale: str, original: Thread | None = None
) -> tuple[Thread | None, tuple[Finding, ...]]:
    """Return the thread of `edition` and its findings; the thread is None if it cannot be composed.

    `original` is the thread of the edition that a replay repeats; None composes it here.
    """
    try:
        if original is None and edition.replayed is not None:
            original = compose(edition.replayed, locale)
        thread = compose(edition, locale, original)
    except TooLong as error:
        return None, (_too_long(error),)
    except CannotSplit as error:
        return None, (_unsplittable(edition, error),)
    findings = chain(
        _nothing(thread),
        _templates(edition, locale),
        _stray_fields(edition),
        _empty_items(edition),
        _tabs(edition),
        _odd_without_links(edition),
        _repeated(thread),
        _repeated_items(edition),
        _prose(thread, original),
    )
    return thread, bounded(findings)


def _nothing(thread: Thread) -> Iterator[Finding]:
    if not thread.posts:
        edition, message = thread.edition, f"{thread.edition.key} has nothing to post."
        yield _finding(edition, edition.chapter.mark, "no-posts", message, "Write an item or a text.")


def _too_long(error: TooLong) -> Finding:
    """Return the finding on an edition that is too long; a replay has the same one as its original."""
    return _finding(
        error.edition,
        error.edition.chapter.mark,
        "too-long",
        f"{error.edition.key}: {error}.",
        "Is it the right text? Split it into several files if so.",
    )


def _unsplittable(edition: Edition, error: CannotSplit) -> Finding:
    return _finding(
        edition,
        edition.chapter.mark,
        "cannot-split",
        f"{edition.key}: {error}; a post, its number included, takes {LIMIT}.",
        "Shorten what must stay in one piece.",
    )


def _templates(edition: Edition, locale: str) -> Iterator[Finding]:
    values, own = template_values(edition, locale), edition.wording
    for name, text, template, mark in (
        ("intro", own.intro, edition.format.intro, own.intro_mark),
        ("outro", own.outro, edition.format.outro, own.outro_mark),
    ):
        for field, close in templates.unfilled(template or "" if text is None else text, values):
            place = mark.at((text or "").find(f"{{{field}}}"))
            known = field in templates.FIELDS
            what = "has no value here" if known else "is not a field"
            hint = f"Did you mean {{{close}}}?" if close else f"Fields are {', '.join(values)}."
            yield Finding(
                edition.path,
                place.line or edition.chapter.mark.line,
                place.column or edition.chapter.mark.column,
                Severity.ERROR if known else Severity.WARNING,
                "unknown-field",
                f"{edition.key}: {{{field}}} in the {name} {what}"
                + ("." if known else "; it is posted as written."),
                hint,
            )


def _stray_fields(edition: Edition) -> Iterator[Finding]:
    """Yield findings on fields in items and free texts, which are posted as written, even in the replay."""
    if edition.replayed is not None:
        return
    chapter = edition.chapter
    texts = [(item.text, item.mark) for item in chapter.items] or [(chapter.text or "", chapter.mark)]
    for text, mark in texts:
        for field in templates.stray_fields(text):
            finding = _finding(
                edition,
                mark.at(text.find(f"{{{field}}}")),
                "unknown-field",
                f"{edition.key}: {{{field}}} is filled in intros and outros only; here it stays as written.",
                "Write out what it stands for.",
            )
            yield replace(finding, severity=Severity.WARNING)


def _empty_items(edition: Edition) -> Iterator[Finding]:
    for number, item in enumerate(edition.chapter.items, 1):
        if not relinked(item.text, edition.format.links):
            what = "a link, and this series posts no links" if item.text else "marks, and those are taken out"
            remedy = "Write a sentence with it." if item.text else "Delete the line."
            message = f"{edition.key}: item {number} is only {what}."
            yield _finding(edition, item.mark, "empty-item", message, remedy)


def _tabs(edition: Edition) -> Iterator[Finding]:
    """Yield one warning on the tabs in all texts: they come from a table, most often."""
    if edition.replayed is not None:
        return
    chapter = edition.chapter
    texts = [*((item.text.strip(), item.mark) for item in chapter.items), (chapter.text or "", chapter.mark)]
    found = [(text, mark) for text, mark in texts if "\t" in text]
    if found:
        text, mark = found[0]
        rows = f"; {len(found)} items hold some: was a table pasted?" if len(found) > 1 else "."
        message = f"{edition.key}: a tab stands here and is read as a space{rows}"
        remedy = "Write each item as a sentence; the preview shows how it is read."
        finding = _finding(edition, mark.at(text.find("\t")), "tab-in-text", message, remedy)
        yield replace(finding, severity=Severity.WARNING)


def _odd_without_links(edition: Edition) -> Iterator[Finding]:
    """Yield findings on places that may read oddly, in a series that posts no links."""
    if edition.format.links is not Links.NONE:
        return
    chapter, replayed = edition.chapter, edition.replayed
    mornings = replayed.chapter.items if replayed else ()
    for number, item in enumerate(chapter.items, 1):
        has_own_text = not replayed or item is not mornings[number - 1]
        remedy = _NEEDS_NO_LINK if has_own_text else _OWN_TEXT
        yield from _odd(edition, item.text, item.mark, f"item {number}", remedy)
    for text, mark, what in _framing(edition):
        yield from _odd(edition, text, mark, what, _NEEDS_NO_LINK)
    yield from _odd(edition, chapter.text or "", chapter.mark, "the text", _NEEDS_NO_LINK)


_NEEDS_NO_LINK = "If it reads oddly, write it so that it needs no link."
_OWN_TEXT = (
    "If it reads oddly, give the item a text of its own for the replay: in a list, "
    "'replay: \"…\"' below its 'text: …'."
)


def _odd(edition: Edition, text: str, mark: Mark, what: str, remedy: str) -> Iterator[Finding]:
    lead = len(text) - len(text.lstrip())
    for odd in remains(text.strip()).odd:
        message = f"{edition.key}: {what} reads « {odd.words} » without its link."
        finding = _finding(edition, mark.at(lead + odd.offset), "odd-without-link", message, remedy)
        yield replace(finding, severity=Severity.WARNING)


def _framing(edition: Edition) -> Iterator[tuple[str, Mark, str]]:
    """Yield intro and outro, if the file has them, and their names in findings."""
    own = edition.wording
    for text, mark, what in ((own.intro, own.intro_mark, "intro"), (own.outro, own.outro_mark, "outro")):
        if text and text.strip() and mark.line:
            yield text, mark, what


def _repeated(thread: Thread) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for post in thread.posts:
        first = seen.setdefault(comparable(post.text), post.position)
        if first != post.position:
            yield _finding(
                thread.edition,
                post.mark,
                "duplicate-post",
                f"{thread.edition.key}: post {post.position} says the same as post {first}; "
                "X refuses duplicates.",
                "Change one of them.",
            )


def _repeated_items(edition: Edition) -> Iterator[Finding]:
    """Yield findings on items that an edition has twice: their numbers differ, so X would accept both."""
    if edition.replayed is not None or edition.format.numbering is Numbering.NONE:
        return
    seen: dict[str, int] = {}
    for number, item in enumerate(edition.chapter.items, 1):
        text = comparable(item.text)
        first = seen.setdefault(text, number)
        if first != number and text:
            finding = _finding(
                edition,
                item.mark,
                "repeated-item",
                f"{edition.key}: item {number} says the same as item {first}.",
                "Remove one of them, or change it.",
            )
            yield replace(finding, severity=Severity.WARNING)


def _prose(thread: Thread, original: Thread | None) -> Iterator[Finding]:
    """Yield findings on the texts; of a replay, only on what its own words add."""
    edition = thread.edition
    for post in thread.posts:
        for remark in text_checks.about_post(post.text):
            yield _remark(edition, post.mark, f"post {post.position}: ", remark)
    if original is not None:
        yield from _of_replay(thread, original)
        return
    posts, chapter = _posts_by_mark(thread), edition.chapter
    texts = [(item.text, item.mark, f"item {n}") for n, item in enumerate(chapter.items, 1)]
    for text, mark, what in (*texts, *_framing(edition)):
        if text.strip() and mark.line:
            yield from _slips(edition, text, mark, f"{what}: ", posts[mark])
            for remark in text_checks.about_length(text.strip(), len(posts[mark])):
                yield _remark(edition, mark, f"{what}: ", remark)
    framing = (edition.wording.intro_mark, edition.wording.outro_mark)
    free = [post.text for post in thread.posts if post.mark not in framing]
    yield from _slips(edition, chapter.text or "", chapter.mark, "", free)
    about_lines = (text_checks.about_wrapping, text_checks.about_lone_headings, text_checks.about_letters)
    for remark in chain.from_iterable(about(chapter.text or "") for about in about_lines):
        yield _remark(edition, chapter.mark.at(remark.offset), "", remark)


def _posts_by_mark(thread: Thread) -> dict[Mark, list[str]]:
    """Return the posts that each text made, by its place."""
    posts: dict[Mark, list[str]] = defaultdict(list)
    for post in thread.posts:
        posts[post.mark].append(post.text)
    return posts


def _slips(edition: Edition, text: str, mark: Mark, what: str, posts: list[str]) -> Iterator[Finding]:
    """Yield findings on slips in the words of a text that made `posts`, each at its place."""
    lead = len(text) - len(text.lstrip())
    links = map(text_checks.about_accidental_link, text_checks.accidental_links(text.strip(), posts))
    for remark in chain(links, text_checks.about_text(text.strip())):
        yield _remark(edition, mark.at(lead + remark.offset), what, remark)


def _of_replay(thread: Thread, original: Thread) -> Iterator[Finding]:
    """Yield findings on what only the replay adds: its own texts, its mark, and posts without their links."""
    edition, morning = thread.edition, original.edition.chapter.items
    posts, mornings = _posts_by_mark(thread), _posts_by_mark(original)
    for number, (item, before) in enumerate(zip(edition.chapter.items, morning, strict=True), 1):
        text, what = item.text.strip(), f"item {number}: "
        if item is not before:
            yield from _slips(edition, item.text, item.mark, what, posts[item.mark])
        elif billed := text_checks.accidental_links(text, posts[item.mark]):
            known = text_checks.accidental_links(text, mornings[item.mark])
            for url in (url for url in billed if url not in known):
                place = item.mark.at(item.text.find(text) + url.start)
                yield _remark(edition, place, what, text_checks.about_accidental_link(url))
        if len(posts[item.mark]) > max(len(mornings[before.mark]), 1):
            for remark in text_checks.about_length(text, len(posts[item.mark])):
                yield _remark(edition, item.mark, what, remark)


def _remark(edition: Edition, mark: Mark, what: str, remark: text_checks.TextRemark) -> Finding:
    return replace(
        _finding(edition, mark, remark.code, f"{edition.key}: {what}{remark.message}", remark.remedy),
        severity=remark.severity,
    )


def _finding(edition: Edition, mark: Mark, code: str, message: str, remedy: str) -> Finding:
    place = mark if mark.line else edition.chapter.mark
    return Finding(edition.path, place.line, place.column, Severity.ERROR, code, clipped(message), remedy)
