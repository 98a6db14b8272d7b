"""What the services need from the outside, and what they may rely on.

Every adapter keeps the promises in these docstrings; tests/contract runs one suite against each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.core.alerts import Alert
    from bot.core.model import EditionKey, Issue, Publication, RemotePost, Thread
    from bot.core.publishing.probe import Measurement, Probe
    from bot.core.publishing.states import Change
    from bot.core.schedule.account_checks import Allowance, Greeting, ToldLimit
    from bot.core.schedule.clock_skew import ClockState
    from bot.errors import Finding


@dataclass(frozen=True, slots=True)
class Version:
    """One state of an editors' file."""

    changed_at: datetime
    """Since when its content is as it is now, as far as was seen."""
    identity: object = None
    """Equal for two paths where they are the same file, not written to in between: it was renamed."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What stands in the threads folder now."""

    paths: tuple[str, ...]
    """The files that were read, drafts and broken ones included."""
    issues: tuple[Issue, ...]
    """The issues of all files without an error, drafts left out, in order of their paths."""
    findings: tuple[Finding, ...]
    versions: Mapping[str, Version] = field(default_factory=dict, compare=False, repr=False)
    """For each of `paths` since when it is as it is."""
    is_whole: bool = True
    """Whether every file that counts was read; else later looks read on."""

    def changed_at(self, path: str) -> datetime | None:
        """Since when the content of the file at `path` is as it is; None where nobody saw it change."""
        version = self.versions.get(path)
        return version.changed_at if version else None


class IssueSource(Protocol):
    """The editors' files."""

    def load(self) -> Loaded:
        """Everything that can be read now. Never raises for what is in a file: that is a finding.

        Cheap to call again: unchanged files are not parsed twice, and where nothing at all has changed it
        gives the very same object.
        """
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write to one publication, until `valid_until`."""

    key: EditionKey
    fence: int
    valid_until: float
    """On the clock that `Clock.elapsed` reads, in seconds. Conservative: the ledger's lease ends later."""
    vouched_since: datetime
    """The ledger knows of everything that was sent since this instant: its birth, or when it was noticed
    that it is not the continuation of what was last used here (a backup put back, a copy on a new host)."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A person stopped all publishing."""

    since: datetime
    reason: str
    by: str
    """The process that wrote it."""
    until: datetime | None = None
    """When it was over; None while it lasts."""
    ended_by: str | None = None
    """The process that wrote that."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of a publication's story."""

    at: datetime
    key: EditionKey
    position: int | None
    """None: the publication as a whole."""
    event: str
    before: str
    after: str
    reason: str | None
    by: str
    """The process that wrote it."""


class Ledger(Protocol):
    """The durable record. What a method has returned from is on disk.

    Instances may be used by several threads at once. All methods raise `LedgerError` when the store
    cannot be read or written; nothing was changed then.
    """

    @property
    def born_at(self) -> datetime:
        """When this ledger was made: slots before it are past."""
        ...

    @property
    def succeeds(self) -> bool:
        """Whether another ledger was used at this place before this one was made, and is gone."""
        ...

    def serve(self, origin: str, user_id: str) -> None:
        """Note the one X origin and account that the ledger serves.

        The note binds from the first post on that X has, or may have of a request whose answer is unknown;
        and while a publication is claimed by a live process.

        Raises:
            LedgerError: it serves another one. Use a ledger of its own for that.
        """
        ...

    def get(self, key: EditionKey) -> Publication | None:
        """The publication of an edition, if it has one."""
        ...

    def recent(self, limit: int) -> tuple[Publication, ...]:
        """The `limit` publications with the latest slots, in order of their slots."""
        ...

    def open_or_since(self, since: datetime) -> tuple[Publication, ...]:
        """All that are PLANNED or PUBLISHING, and all with slots from `since` on."""
        ...

    def plan(self, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        """Freeze `thread` as PLANNED; if the edition has a publication already, give that unchanged."""
        ...

    def record_missed(self, thread: Thread, due: Sequence[datetime], reason: str, now: datetime) -> bool:
        """Store `thread` as MISSED; False, changing nothing, if the edition has a publication already.

        `due` says when its posts would have been, and will be where only the clock was wrong.
        """
        ...

    def claim(self, key: EditionKey, lease: timedelta, now: datetime) -> Claim:
        """Become the only writer of a publication for `lease`.

        A claim whose process is dead is taken over at once; any other only after its lease.

        Raises:
            ClaimLost: another living process holds it.
        """
        ...

    def holders(self) -> Mapping[EditionKey, str]:
        """Return the publications that are claimed now, each with its process, unless that is dead."""
        ...

    def renew(self, claim: Claim, lease: timedelta) -> Claim:
        """The same claim, its lease counted from now.

        Raises:
            ClaimLost: another process took it over.
        """
        ...

    def release(self, claim: Claim) -> None:
        """Give the claim up. A claim that was lost already is left alone."""
        ...

    def record(
        self, claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
    ) -> Publication:
        """Store all of `changes`, in order, and their journal entries in one transaction.

        Gives `publication`, which was read under this claim, as it is after them, with what persons want (a
        hold, a pause) as of the commit.

        Raises:
            ClaimLost: another process took the publication over; nothing was stored.
            LedgerChanged: a post or the edition is not in the state that a change of it begins with; nothing
                was stored. The changes follow from what is not so any more: look again.
            IdTaken: a change gives a post an id that another post has, of whatever edition; nothing was
                stored.
        """
        ...

    def reschedule(
        self, claim: Claim, due: Sequence[datetime], now: datetime, slot_at: datetime | None = None
    ) -> Publication:
        """Give every delivery a new due time, and those not out a clean slate of attempts; journalled.

        `slot_at`: the slot too has been moved, to this instant.
        """
        ...

    def shift(self, claim: Claim, by: timedelta, now: datetime) -> Publication:
        """Move the times of what is not out, due or not before, by `by`: so far was the wall clock set.

        Journalled.
        """
        ...

    def refreeze(self, claim: Claim, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        """Replace the frozen text and the slot of a publication of which nothing is out; journalled.

        Raises:
            LedgerError: a post is out, or may be.
        """
        ...

    def ask_hold(self, key: EditionKey, reason: str, now: datetime) -> None:
        """Ask whoever has the claim of a publication to hold it before the next post; journalled.

        Any later move of the publication but its start settles the wish.
        """
        ...

    def pause(self, reason: str, now: datetime) -> None:
        """Stop all publishing, by whatever process, until `resume`; kept as a story of its own."""
        ...

    def resume(self, now: datetime) -> None:
        """End the pause."""
        ...

    def paused(self) -> Pause | None:
        """The pause, while there is one."""
        ...

    def keep_limits(self, told: Collection[Allowance], now: datetime) -> None:
        """Remember what X said of the limits of posts at `now`, of each window the latest."""
        ...

    def recorded(self, post_ids: Collection[str]) -> frozenset[str]:
        """Those of `post_ids` that are recorded as posts of ours."""
        ...

    def journal(self, key: EditionKey) -> tuple[JournalEntry, ...]:
        """The story of a publication, oldest first."""
        ...


class Finder(Protocol):
    """Looks up a post by its id."""

    def find(self, post_id: str, within: timedelta | None = None) -> RemotePost | None:
        """The post of our account with that id; None if X says that there is none.

        Takes no longer than `within`, nor than any request.

        Raises:
            PublishError: X could not be asked.
        """
        ...


class Publisher(Finder, Protocol):
    """Our account on X."""

    def warm_up(self, within: timedelta) -> None:
        """Have a connection ready for the next request: open, TLS included, and not long unused.

        Takes no longer than `within`, and costs nothing where one is ready. Never raises: the next request
        tells what is wrong.
        """
        ...

    def create(self, text: str, reply_to: str | None) -> str:
        """Create one post and give its id. At most one request is sent; it never takes longer than a
        stated timeout.

        Raises:
            PublishError: one of its subclasses, according to what is known about the post.
        """
        ...

    def timeline(self, since: datetime) -> Iterator[RemotePost]:
        """Our own posts and replies created at or after `since`, newest first, all pages of them.

        All pages together take no longer than one request may.

        Raises:
            PublishError: the reading failed, maybe midway; it proves nothing then.
        """
        ...

    def allowances(self) -> tuple[Allowance, ...]:
        """What the answer to the latest `create` said of X's limits, also where that was a refusal."""
        ...


class Interrupted(Exception):
    """Someone asked us to stop."""


class Clock(Protocol):
    """Time, as far as services may know it."""

    def now(self) -> datetime:
        """The wall clock, aware UTC; in rehearsals it may be shifted."""
        ...

    def elapsed(self) -> float:
        """Seconds on a clock that never jumps and counts suspended time; never shifted."""
        ...

    def wait(self, until: datetime, at_most: timedelta | None = None) -> None:
        """Return at `until`, never before it; or sooner, once `at_most` has gone by on `elapsed`.

        A wall clock that is set, forward or back, is noticed within a second. One that is set back makes
        `until` far away: who has to be heard of meanwhile, or to keep a lease alive, says `at_most`.

        Raises:
            Interrupted: a stop was requested, before or while waiting.
        """
        ...


class Alerter(Protocol):
    """Tells people far away. Nothing here blocks, and nothing raises: publishing never waits for it."""

    def alert(self, alert: Alert) -> None:
        """Tell `alert` to everybody who wants to hear of its kind, unless it was told just now."""
        ...

    def ping_published(self, series: str) -> None:
        """Say to whoever watches `series` that an edition of it is PUBLISHED. Not in rehearsals."""
        ...

    def ping_hourly(self, now: datetime) -> None:
        """Say that the loop is alive: once in each hour of `now`, however often it is called.

        Call it often: what was held back is told from here too. No ping in rehearsals.
        """
        ...


class Greeter(Protocol):
    """Asks X who we are."""

    def greet(self) -> Greeting:
        """What X answers, or why it does not. Never raises for what X says; takes no longer than a post."""
        ...


@dataclass(frozen=True, slots=True)
class Location:
    """A file or folder that we use."""

    shown: str
    """As a person here would type it."""
    problem: str | None = None
    """Why it cannot be used."""
    hangs: bool = False
    """Whether it does not answer at all: its `problem` is then that of a disk or a file server."""
    free: int = 0
    """Bytes left there."""
    remote: str | None = None
    """The type of the network file system that it is on."""


class Machine(Protocol):
    """The machine: its places and its clock. Nothing here raises: what is wrong is told."""

    def clock(self) -> ClockState | None:
        """Whether something keeps the wall clock right; None where the system does not tell."""
        ...

    def ledger(self) -> Location:
        """Where the ledger is, or is to be made."""
        ...

    def threads(self) -> Location:
        """The editors' folder."""
        ...


class ProvenLedger(Ledger, Protocol):
    """A ledger that can be tried out."""

    def prove_writable(self, now: datetime) -> None:
        """Commit something of no consequence.

        Raises:
            LedgerError: nothing can be recorded now.
        """
        ...

    def measurements(self) -> tuple[Measurement, ...]:
        """What ``flashtweet doctor --live`` found, oldest first."""
        ...

    def limits(self) -> tuple[ToldLimit, ...]:
        """What X last said of the limits of posts."""
        ...


class Prober(Publisher, Protocol):
    """Our account on X, for posts that do not stay."""

    def delete(self, post_id: str) -> None:
        """Let the post be gone; one that is gone already may be so.

        Raises:
            PublishError: it may still be there.
        """
        ...


class ProbeBook(Protocol):
    """Remembers the posts of a probe until they are gone. All methods raise `LedgerError`, as a ledger's."""

    def begin(self, text: str, parent_id: str | None, now: datetime) -> Probe:
        """A post is about to be sent."""
        ...

    def posted(self, one: Probe, post_id: str) -> None:
        """It is out, under this id."""
        ...

    def gone(self, one: Probe, now: datetime) -> None:
        """It is deleted, or was never created."""
        ...

    def orphans(self) -> tuple[Probe, ...]:
        """What is not gone, of this process and of processes that are dead, latest first."""
        ...

    def measure(self, found: Measurement) -> None:
        """Keep what was found."""
        ...
