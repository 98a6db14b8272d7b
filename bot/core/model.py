"""Domain model as frozen types.

All datetimes are timezone-aware; instants are UTC. Positions of posts count from 1. Sequences are immutable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from bot.core.marks import NOWHERE, Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.text.markup import Markup

MAIN_ACCOUNT = "main"
"""Name of the only account. Keys in the ledger contain it, so that several accounts can be added."""

MAX_POSTS = 100
"""Limit of posts in an edition: a Top 10 has 12, and at X's prices 100 with links cost $20. With a gap of 2 s
they take more than 3 minutes."""

MAX_TEXT = 64 * 1024
"""Limit of bytes, in UTF-8, of all texts of an edition: about twice what `MAX_POSTS` posts hold in French.
It is checked before anything is composed, so that no file takes long."""

SERIES_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
"""Form of a series name: it is part of edition keys, which operators type in a shell."""


class Numbering(StrEnum):
    """Style of the numbers on posts."""

    KEYCAP = "keycap"
    """1️⃣ … 🔟 before each item; ``n/N`` when there are more than ten."""
    FRACTION = "fraction"
    """`` 3/12`` at the end of every post."""
    NONE = "none"


class Links(StrEnum):
    """Place of the links of an edition. X bills a post with a link 13 times as much as one without."""

    EACH = "each"
    NONE = "none"


class Clean(StrEnum):
    """Markup that is removed from editors' texts before they are posted."""

    NONE = "none"
    MARKDOWN = "markdown"
    """Marks of Markdown and HTML; a link becomes its text and its address."""


class Chain(StrEnum):
    """Link between the posts of a thread."""

    REPLY = "reply"
    """Each replies to the one before."""
    STANDALONE = "standalone"
    """None but their numbers: for accounts that X does not let reply to themselves."""


class Rubric(StrEnum):
    """Kind of news of an item. Recorded; it does not change the thread yet."""

    HOT = "hot"
    INFOGRAPHIC = "infographic"
    LONGREAD = "longread"
    MUSTREAD = "mustread"


@dataclass(frozen=True, slots=True, order=True)
class EditionKey:
    """One series on one date; its text ``flashtweet@2020-11-06`` is its key everywhere."""

    series: str
    date: date

    def __str__(self) -> str:
        return f"{self.series}@{self.date.isoformat()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key that `text` spells.

        Raises:
            ValueError: `text` is not ``series@YYYY-MM-DD``.
        """
        series, at, day = text.partition("@")
        if not at or not SERIES_NAME.fullmatch(series) or not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
            raise ValueError(
                f"'{text}' is not an edition. Write SERIES@YYYY-MM-DD, for example flashtweet@2020-11-06."
            )
        try:
            return cls(series, date.fromisoformat(day))
        except ValueError:
            raise ValueError(f"'{text}': there is no {day} in the calendar. Correct the date.") from None


@dataclass(frozen=True, slots=True)
class Format:
    """Composition and pace of the editions of a series."""

    numbering: Numbering = Numbering.KEYCAP
    links: Links = Links.EACH
    gap: timedelta = timedelta(seconds=2)
    """Shortest time between two posts: X may refuse a reply whose parent it does not see yet."""
    grace: timedelta = timedelta(minutes=30)
    """Latest time for the first post, after the slot."""
    chain: Chain = Chain.REPLY
    clean: Clean = Clean.NONE
    """Default; a file may set its own."""
    intro: str | None = None
    """Template of the opening post; None or blank for none."""
    outro: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring programme with a fixed time of day."""

    name: str
    at: time
    """Wall time in the configured zone."""
    weekdays: frozenset[int]
    """Monday is 0."""
    format: Format
    replays: str | None = None
    """Name of the series whose editions this one repeats on the same day."""


@dataclass(frozen=True, slots=True, order=True)
class Days:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"


REMINDER = time(18)
"""Before editors leave, so that a missing file can still be written."""


@dataclass(frozen=True, slots=True)
class Programme:
    """The series of the configuration, with their calendar."""

    zone: str
    """IANA name."""
    locale: str
    series: tuple[Series, ...]
    special: Format
    """Format of files with their own date and time."""
    duplicate_window: timedelta = timedelta(hours=18)
    """Time in which X refuses a repeated text. Unverified; 30 minutes to 24 hours reported (2026-11-23)."""
    pauses: tuple[Days, ...] = ()
    """Days without editions, except those of files that name their own time."""
    reminder: time | None = REMINDER
    """Wall time at which the editions of the next day are checked; None for never."""

    def is_due_on(self, series: Series, day: date) -> bool:
        """Return True if the configuration expects an edition of `series` on `day`."""
        return day.weekday() in series.weekdays and not any(day in pause for pause in self.pauses)

    def get(self, name: str) -> Series | None:
        """Return the series called `name`, or None."""
        return next((series for series in self.series if series.name == name), None)

    def format_of(self, name: str) -> Format:
        """Return the format of series `name`; one that the configuration does not name is a special."""
        series = self.get(name)
        return series.format if series else self.special

    def replays_of(self, name: str) -> tuple[Series, ...]:
        """Return the series that repeat the editions of series `name`."""
        return tuple(series for series in self.series if series.replays == name)


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news, without its number."""

    text: str
    """As it will be posted, including its link."""
    rubric: Rubric | None = None
    mark: Mark = NOWHERE


@dataclass(frozen=True, slots=True)
class Wording:
    """A file's own intro and outro. None keeps the template of the series; blank means no such post."""

    intro: str | None = None
    outro: str | None = None
    intro_mark: Mark = NOWHERE
    outro_mark: Mark = NOWHERE


@dataclass(frozen=True, slots=True)
class ReplayWishes:
    """A file's own settings for the replay of its edition."""

    wording: Wording = Wording()
    at: time | None = None
    items: tuple[tuple[int, Item], ...] = ()
    """Items with their own text for the replay, each with its index, in order."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The part of an issue that makes one edition: a day's items, a Top 10, or a free text."""

    series: str
    date: date
    at: time | None = None
    """The file's own wall time; None for the time of the series."""
    items: Sequence[Item] = ()
    text: str | None = None
    """The free text of a special, which has no items."""
    wording: Wording = Wording()
    replay: ReplayWishes = ReplayWishes()
    issue: int | None = None
    """The number of a weekly issue."""
    article: str | None = None
    """Link to the whole issue, at the end of the outro."""
    clean: Clean | None = None
    """The file's own setting; None for that of the series."""
    markup: tuple[Markup, ...] = ()
    """Markdown and HTML found in its texts, each kind once."""
    mark: Mark = NOWHERE
    date_mark: Mark = field(default=NOWHERE, compare=False)
    """Place of the date, if the file contains it."""
    series_mark: Mark = field(default=NOWHERE, compare=False)

    @property
    def is_special(self) -> bool:
        """True if it is its own series, named after its file."""
        return self.text is not None


@dataclass(frozen=True, slots=True)
class Issue:
    """The content of one file."""

    path: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One series on one date with its slot, ready to be composed."""

    key: EditionKey
    slot_at: datetime
    """UTC."""
    format: Format
    chapter: Chapter
    wording: Wording
    """The file's own intro and outro, before those of the format."""
    path: str
    """The issue file."""
    replayed: Edition | None = None
    """The edition that this one repeats."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post, as it is sent."""

    position: int
    text: str
    mark: Mark = field(default=NOWHERE, compare=False)
    """Its place in the issue file."""
    cuts_sentence: bool = field(default=False, compare=False)
    """True if it ends inside a sentence, because that is longer than a post."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The posts of an edition, in order; each replies to the one before."""

    edition: Edition
    posts: tuple[Post, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(post.text for post in self.posts)
