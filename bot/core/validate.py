"""What is wrong with an edition once it is composed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from bot.core import prose, wording
from bot.core.compose import TooLong, compose, relinked, template_values
from bot.core.fragments import CannotSplit
from bot.core.identity import comparable
from bot.core.weight import LIMIT
from bot.errors import Finding, Severity, bounded, clipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.model import Edition, Mark, Thread


def examine(edition: Edition, locale: str) -> tuple[Thread | None, tuple[Finding, ...]]:
    """The thread of `edition`, and all that is wrong with it; None where it cannot be composed."""
    try:
        original = compose(edition.replayed, locale) if edition.replayed else None
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
        _repeated(thread),
        _prose(thread, original),
    )
    return thread, bounded(findings)


def _nothing(thread: Thread) -> Iterator[Finding]:
    if not thread.posts:
        edition, message = thread.edition, f"{thread.edition.key} has nothing to post."
        yield _finding(edition, edition.chapter.mark, "no-posts", message, "Write an item or a text.")


def _too_long(error: TooLong) -> Finding:
    """Return the finding of the edition that is too long: a replay has the one of its original, the same."""
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
        for field, close in wording.unfilled(template or "" if text is None else text, values):
            place = mark.at((text or "").find(f"{{{field}}}"))
            known = field in wording.FIELDS
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
    """Fields in items and free texts: these are posted as written, in the replay as well."""
    if edition.replayed is not None:
        return
    chapter = edition.chapter
    texts = [(item.text, item.mark) for item in chapter.items] or [(chapter.text or "", chapter.mark)]
    for text, mark in texts:
        for field in wording.stray_fields(text):
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
            yield _finding(
                edition,
                item.mark,
                "empty-item",
                f"{edition.key}: item {number} is only a link, and this series posts no links.",
                "Write a sentence with the link.",
            )


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


def _prose(thread: Thread, original: Thread | None) -> Iterator[Finding]:
    """What can be said of the texts; of a replay only what its own words bring, the rest was said before."""
    edition = thread.edition
    for post in thread.posts:
        for remark in prose.about_post(post.text):
            yield _remark(edition, post.mark, f"post {post.position}: ", remark)
    if original is not None:
        yield from _lengths_of_replay(thread, original)
        return
    parts = Counter(post.mark for post in thread.posts)
    chapter, own = edition.chapter, edition.wording
    texts = [(item.text, item.mark, f"item {n}: ") for n, item in enumerate(chapter.items, 1)]
    texts += [(own.intro or "", own.intro_mark, "intro: "), (own.outro or "", own.outro_mark, "outro: ")]
    for text, mark, what in (one for one in texts if one[0].strip() and one[1].line):
        yield from _slips(edition, text, mark, what)
        for remark in prose.about_length(text.strip(), parts[mark]):
            yield _remark(edition, mark, what, remark)
    yield from _slips(edition, chapter.text or "", chapter.mark, "")
    for remark in prose.about_wrapping(chapter.text or ""):
        yield _remark(edition, chapter.mark.at(remark.offset), "", remark)


def _slips(edition: Edition, text: str, mark: Mark, what: str) -> Iterator[Finding]:
    """What the words of a text have in them, each where it stands."""
    lead = len(text) - len(text.lstrip())
    for remark in prose.about_text(text.strip()):
        yield _remark(edition, mark.at(lead + remark.offset), what, remark)


def _lengths_of_replay(thread: Thread, original: Thread) -> Iterator[Finding]:
    """Items that only the mark of the replay puts over the limit."""
    edition = thread.edition
    said = Counter(post.mark for post in original.posts)
    parts = Counter(post.mark for post in thread.posts)
    for number, item in enumerate(edition.chapter.items, 1):
        if parts[item.mark] > max(said[item.mark], 1):
            for remark in prose.about_length(item.text.strip(), parts[item.mark]):
                yield _remark(edition, item.mark, f"item {number}: ", remark)


def _remark(edition: Edition, mark: Mark, what: str, remark: prose.Remark) -> Finding:
    return replace(
        _finding(edition, mark, remark.code, f"{edition.key}: {what}{remark.message}", remark.remedy),
        severity=remark.severity,
    )


def _finding(edition: Edition, mark: Mark, code: str, message: str, remedy: str) -> Finding:
    place = mark if mark.line else edition.chapter.mark
    return Finding(edition.path, place.line, place.column, Severity.ERROR, code, clipped(message), remedy)
