"""Repeated texts: an index of each edition's posts, and the earlier edition that a post repeats."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.core.text.matching import comparable
from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from bot.core.model import Edition, EditionKey, Thread
    from bot.core.publishing.publication import Publication

REPEAT_HORIZON = timedelta(days=7)
"""Warn when a text repeats within this period, even if X would accept it."""


@dataclass(frozen=True, slots=True)
class EditionTexts:
    """The texts of one edition, for comparison with later ones."""

    key: EditionKey
    slot_at: datetime
    positions: Mapping[str, int]
    """Each text as X compares it, and the position of its post."""
    texts: frozenset[str]
    """The exact texts, links included."""


def texts_of_thread(edition: Edition, thread: Thread | None) -> EditionTexts:
    """Return the texts of `edition`, none without a thread that may be published."""
    posts = thread.posts if thread is not None else ()
    return EditionTexts(
        edition.key,
        edition.slot_at,
        {comparable(post.text): post.position for post in posts},
        frozenset(post.text for post in posts),
    )


def texts_of_publication(publication: Publication) -> EditionTexts:
    """Return the texts of `publication`, posted or still to be posted."""
    return EditionTexts(
        publication.key,
        publication.slot_at,
        {comparable(one.text): one.position for one in publication.deliveries},
        frozenset(one.text for one in publication.deliveries),
    )


class _Entry(NamedTuple):
    """One text of one edition; entries sort by slot, and the ledger's come first at the same slot."""

    slot_at: datetime
    is_in_a_file: bool
    key: EditionKey
    said: EditionTexts


@dataclass(slots=True)
class TextIndex:
    """Index of texts that finds the latest earlier edition with a text, in logarithmic time."""

    _entries: dict[str, list[_Entry]] = field(default_factory=dict)

    def add(self, said: EditionTexts, *, is_in_a_file: bool) -> None:
        """Add the texts of one edition; add each edition once."""
        entry = _Entry(said.slot_at, is_in_a_file, said.key, said)
        for text in said.positions:
            insort(self._entries.setdefault(text, []), entry, key=_order)

    def latest_before(self, edition: Edition, text: str) -> EditionTexts | None:
        """Return the latest edition before `edition` within `REPEAT_HORIZON` that has `text`."""
        entries = self._entries.get(text, [])
        at = bisect_left(entries, (edition.slot_at, True, edition.key), key=_order)
        while at and entries[at - 1].key == edition.key:  # itself, at an earlier slot in the ledger
            at -= 1
        if not at or entries[at - 1].slot_at < edition.slot_at - REPEAT_HORIZON:
            return None
        return entries[at - 1].said


def _order(entry: _Entry) -> tuple[datetime, bool, EditionKey]:
    return entry.slot_at, entry.is_in_a_file, entry.key


def repeats(thread: Thread, earlier: TextIndex, window: timedelta) -> Iterator[Finding]:
    """Yield a finding for each post that an earlier edition already has; X refuses it within `window`."""
    edition = thread.edition
    for post in thread.posts:
        text = comparable(post.text)
        other = earlier.latest_before(edition, text)
        if other is None:
            continue
        refused = edition.slot_at - other.slot_at < window and post.text in other.texts
        if not refused and (edition.replayed is not None or not post.mark.line):
            continue  # templates repeat by design, and a replay's repeats are its original's
        place = post.mark if post.mark.line else edition.chapter.mark
        yield replace(
            Finding(
                edition.path,
                place.line,
                place.column,
                Severity.ERROR,
                "repeated-post",
                f"{edition.key}: post {post.position} says the same as post {other.positions[text]} of "
                f"{other.key}" + ("; X refuses a text that it has." if refused else "."),
                "Change one of them." if refused else "Change it, if followers shall read something new.",
            ),
            severity=Severity.ERROR if refused else Severity.WARNING,
        )
