"""The words of the project as frozen types.

All datetimes are timezone-aware; instants are UTC. Positions of posts count from 1. Sequences are tuples,
or do as they do.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.core.text.markup import Markup

MAIN_ACCOUNT = "main"
"""The account when there is one. The ledger's keys carry it, for the day there are several."""

MAX_POSTS = 100
"""An edition of more posts is a mistake: a Top 10 makes 12, and at X's prices 100 with links are $20.
With a gap of 2 s they take more than 3 minutes of a morning that nobody watches."""

MAX_TEXT = 64 * 1024
"""Bytes, in UTF-8, of all the texts of an edition: about twice what `MAX_POSTS` hold in French. They are
counted before anything is composed, so that no file takes more than a moment."""

SERIES_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
"""What a series may be called: it stands in edition keys, which people type in a shell."""


class Numbering(StrEnum):
    """How posts are numbered."""

    KEYCAP = "keycap"
    """1️⃣ … 🔟 before each item; ``n/N`` when there are more than ten."""
    FRACTION = "fraction"
    """`` 3/12`` at the end of every post."""
    NONE = "none"


class Links(StrEnum):
    """Where the links of an edition's items go. X bills a post with a link 13 times one without."""

    EACH = "each"
    NONE = "none"


class Clean(StrEnum):
    """What is taken out of editors' texts before they are posted."""

    NONE = "none"
    MARKDOWN = "markdown"
    """Marks of Markdown and HTML; a link becomes its text and its address."""


class Chain(StrEnum):
    """How the posts of a thread hang together."""

    REPLY = "reply"
    """Each replies to the one before."""
    STANDALONE = "standalone"
    """They are numbered and not linked: for accounts that X does not let reply to themselves."""


class Rubric(StrEnum):
    """What kind of news an item is. Recorded; it does not change the thread yet."""

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
        """The key that `text` spells.

        Raises:
            ValueError: `text` is not ``series@YYYY-MM-DD``.
        """
        series, at, day = text.partition("@")
        if not at or not SERIES_NAME.fullmatch(series) or not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
            raise ValueError(
                f"'{text}' is not an edition. Write SERIES@YYYY-MM-DD, flashtweet@2020-11-06 say."
            )
        try:
            return cls(series, date.fromisoformat(day))
        except ValueError:
            raise ValueError(f"'{text}': there is no {day} in the calendar. Correct the date.") from None


@dataclass(frozen=True, slots=True)
class Format:
    """How the editions of a series are composed and paced."""

    numbering: Numbering = Numbering.KEYCAP
    links: Links = Links.EACH
    gap: timedelta = timedelta(seconds=2)
    """Least time between two posts: X may refuse a reply whose parent it does not see yet."""
    grace: timedelta = timedelta(minutes=30)
    """No first post is sent later than this after the slot."""
    chain: Chain = Chain.REPLY
    clean: Clean = Clean.NONE
    """Unless a file says otherwise."""
    intro: str | None = None
    """Template of the opening post; None or blank for none."""
    outro: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring programme with a time of its own."""

    name: str
    at: time
    """Wall time in the configured zone."""
    weekdays: frozenset[int]
    """Monday is 0."""
    format: Format
    replays: str | None = None
    """The name of the series whose editions this one gives again on the same day."""


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
"""Before the desk goes home; what is missing tomorrow can still be written."""


@dataclass(frozen=True, slots=True)
class Programme:
    """All that the config says about what goes out when."""

    zone: str
    """IANA name."""
    locale: str
    series: tuple[Series, ...]
    special: Format
    """For files with a date and time of their own."""
    duplicate_window: timedelta = timedelta(hours=18)
    """How long X refuses a text that it has. Unverified: 30 minutes to 24 hours are reported (2026-11-23)."""
    pauses: tuple[Days, ...] = ()
    """Days on which no series goes out, but for a file that names its own time."""
    reminder: time | None = REMINDER
    """The wall time at which the editions of the next day are looked at; None: never."""

    def goes_out(self, series: Series, day: date) -> bool:
        """Whether an edition of `series` is due on `day`, as far as the config tells."""
        return day.weekday() in series.weekdays and not any(day in pause for pause in self.pauses)

    def get(self, name: str) -> Series | None:
        """The series called `name`, if there is one."""
        return next((series for series in self.series if series.name == name), None)

    def format_of(self, name: str) -> Format:
        """How editions of series `name` go out; what the config does not name is a special."""
        series = self.get(name)
        return series.format if series else self.special

    def replays_of(self, name: str) -> tuple[Series, ...]:
        """The series that give the editions of series `name` again."""
        return tuple(series for series in self.series if series.replays == name)


class Row(NamedTuple):
    """A line of a text, as it stands in a file: from `offset` of the text on, at `line` and `column`."""

    offset: int
    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file. Lines and columns count from 1."""

    line: int = 0
    column: int = 0
    nth: int = 0
    """Tells texts apart that start at one place: items in quotes have no lines of their own."""
    rows: tuple[Row, ...] = field(default=(), compare=False, repr=False)
    """Of the text that starts here: where its lines stand. None where the file shows it otherwise."""

    def at(self, offset: int) -> Mark:
        """Where the character at `offset` of the text stands; where that cannot be known, its start."""
        n = bisect_right(self.rows, offset, key=_offset)
        if not n:
            return self
        row = self.rows[n - 1]
        return Mark(row.line, row.column + offset - row.offset)

    def without(self, lead: int) -> Mark:
        """The same place, of the text without its first `lead` characters."""
        rows = tuple(row._replace(offset=row.offset - lead) for row in self.rows)
        return replace(self, rows=rows)


def _offset(row: Row) -> int:
    return row.offset


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of news, without a number of its own."""

    text: str
    """As it will be posted, its link included where it has one."""
    rubric: Rubric | None = None
    mark: Mark = Mark()


@dataclass(frozen=True, slots=True)
class Wording:
    """What a file says instead of the series' templates. None: as the series does; blank: nothing."""

    intro: str | None = None
    outro: str | None = None
    intro_mark: Mark = Mark()
    outro_mark: Mark = Mark()


@dataclass(frozen=True, slots=True)
class ReplayWishes:
    """What a file says about the replay of its edition."""

    wording: Wording = Wording()
    at: time | None = None
    items: tuple[tuple[int, Item], ...] = ()
    """Items that have a text of their own for the replay, each with its index, in order."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """The part of an issue that makes one edition: a day's items, a Top 10, or a free text."""

    series: str
    date: date
    at: time | None = None
    """The file's own wall time; None: the series' time."""
    items: Sequence[Item] = ()
    text: str | None = None
    """A special's free text; then there are no items."""
    wording: Wording = Wording()
    replay: ReplayWishes = ReplayWishes()
    issue: int | None = None
    """The number of a weekly issue."""
    article: str | None = None
    """Link to the whole issue; it ends the outro."""
    clean: Clean | None = None
    """What the file says instead of the series."""
    markup: tuple[Markup, ...] = ()
    """Marks of Markdown and HTML in its texts, each kind once."""
    mark: Mark = Mark()
    date_mark: Mark = field(default=Mark(), compare=False)
    """Where its date stands, if not in the name of its file."""
    series_mark: Mark = field(default=Mark(), compare=False)

    @property
    def is_special(self) -> bool:
        """Whether it is a series of its own, named by its file."""
        return self.text is not None


@dataclass(frozen=True, slots=True)
class Issue:
    """What an editor wrote in one file."""

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
    """What the file says instead of the format's intro and outro."""
    path: str
    """The issue file."""
    replayed: Edition | None = None
    """The edition that this one gives again."""


@dataclass(frozen=True, slots=True)
class Post:
    """One tweet-length text, as it is sent."""

    position: int
    text: str
    mark: Mark = field(default=Mark(), compare=False)
    """Where in the issue file it comes from."""
    cuts_sentence: bool = field(default=False, compare=False)
    """Whether it ends inside a sentence, because that is longer than a post."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The ordered posts that an edition was composed into; each replies to the one before."""

    edition: Edition
    posts: tuple[Post, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(post.text for post in self.posts)


class PublicationState(StrEnum):
    """The life of an edition in the ledger; core/publishing/states.py has the table of moves."""

    PLANNED = "PLANNED"
    PUBLISHING = "PUBLISHING"
    PUBLISHED = "PUBLISHED"
    HELD = "HELD"
    MISSED = "MISSED"
    CANCELLED = "CANCELLED"


class DeliveryState(StrEnum):
    """The life of a post in the ledger; core/publishing/states.py has the table of moves."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    IN_DOUBT = "IN_DOUBT"
    REJECTED = "REJECTED"
    HELD = "HELD"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One post in the ledger."""

    position: int
    state: DeliveryState
    text: str
    due_at: datetime
    first_intent_at: datetime | None = None
    """When the first attempt at this text was recorded: what any attempt created is not older. Where the
    ledger cannot vouch that there was none, the slot."""
    intent_at: datetime | None = None
    """When the latest attempt was recorded, before its request was sent."""
    parent_id: str | None = None
    """What the latest attempt replied to."""
    post_id: str | None = None
    """X's id, once SENT."""
    attempts: int = 0
    """Requests sent since a person or a new run last took it up."""
    doubt_since: datetime | None = None
    """When an IN_DOUBT delivery fell into doubt, or it was last told that the timeline cannot be read."""
    duplicate: bool = False
    """Whether X called the latest attempt a duplicate: if the timeline has none, the text is refused."""
    not_before: datetime | None = None
    """Earliest instant of the next attempt, after a refusal that passes. Of an IN_DOUBT delivery for people
    alone: when the timeline has settled, if it can be read until then."""
    reason: str | None = None
    """What X or we said about the latest attempt, in words for a person; nothing is decided by them."""
    decided: bool = False
    """Whether the latest event was a person's word about it."""
    offset_ms: int | None = None
    """By how many milliseconds X's clock was ahead of ours, give or take half of `round_trip_ms`; where the
    post's answer came."""
    round_trip_ms: int | None = None
    """How long the request took that created the post."""


class Cause(StrEnum):
    """Why a publication stopped, as far as what to do about it depends on that."""

    PERSON = "person"
    """A person stopped it, and nothing is wrong."""
    DELETED = "deleted"
    """A person deleted posts of it on X."""
    LIMIT = "limit"
    """One of X's limits lasts longer than it may wait."""
    PARENT = "parent"
    """X refuses a reply to a post that is there."""
    LATE = "late"
    """Its time is over."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One edition in the ledger."""

    account: str
    key: EditionKey
    state: PublicationState
    slot_at: datetime
    deliveries: tuple[Delivery, ...]
    path: str = ""
    reason: str | None = None
    """Why it is held, missed or cancelled, in words for a person; nothing is decided by them."""
    cause: Cause | None = None
    """The same where something is decided by it."""
    fence: int = 0
    """Grows with every claim; a writer with an older one is refused."""
    hold_asked: str | None = None
    """Why a person wants it held: whoever has the claim does that before the next post."""
    paused: str | None = field(default=None, compare=False)
    """Why a person stopped all publishing, as of when this was read."""

    def delivery(self, position: int) -> Delivery:
        """The delivery at `position`, which counts from 1."""
        return self.deliveries[position - 1]

    def parent_of(self, position: int) -> Delivery | None:
        """The nearest earlier post that is out: the one that `position` replies to."""
        earlier = self.deliveries[: position - 1]
        return next((d for d in reversed(earlier) if d.state is DeliveryState.SENT), None)


@dataclass(frozen=True, slots=True)
class RemotePost:
    """A post as X gives it back: HTML-escaped, its links rewritten."""

    post_id: str
    text: str
    created_at: datetime
    """From the snowflake: X's clock."""
    replied_to: str | None = None
    expanded_urls: tuple[tuple[str, str], ...] = ()
    """(t.co link as it stands in `text`, original) pairs."""
