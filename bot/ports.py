"""Ports: the interfaces through which the services reach the outside world.

Every adapter keeps the promises in these docstrings; tests/contract runs the same suite against each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from bot.core.alerts import Alert
    from bot.core.model import EditionKey, Issue, Thread
    from bot.core.publishing.probe import Measurement, Probe
    from bot.core.publishing.publication import Publication, RemotePost
    from bot.core.publishing.states import Change
    from bot.core.schedule.account_checks import Allowance, Greeting, ToldLimit
    from bot.core.schedule.clock_skew import ClockState
    from bot.errors import Finding


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an editors' file."""

    changed_at: datetime
    """Time of the last change of content that was observed."""
    identity: object = None
    """Equal for two paths if the file was renamed from one to the other without being written to."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The current contents of the threads folder."""

    paths: tuple[str, ...]
    """The files that were read, including drafts and invalid files."""
    issues: tuple[Issue, ...]
    """The issues of all valid files except drafts, ordered by path."""
    findings: tuple[Finding, ...]
    versions: Mapping[str, Version] = field(default_factory=dict, compare=False, repr=False)
    """The current version of each of `paths`."""
    is_whole: bool = True
    """True if every relevant file was read; otherwise later loads read the rest."""

    def changed_at(self, path: str) -> datetime | None:
        """Return when the content of the file at `path` last changed; None if no change was observed."""
        version = self.versions.get(path)
        return version.changed_at if version else None


class IssueSource(Protocol):
    """The editors' files."""

    def load(self) -> Loaded:
        """Return everything that can be read now. Never raises because of file content: that is a finding.

        Cheap to call again: unchanged files are not parsed twice, and if nothing has changed, the same
        object is returned.
        """
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """The exclusive right to write to one publication, until `valid_until`."""

    key: EditionKey
    fence: int
    valid_until: float
    """Seconds on the clock of `Clock.elapsed`. Conservative: the ledger's lease ends later."""
    vouched_since: datetime
    """Time since which the ledger has a record of every post sent: its creation, or the detection that it
    does not continue the ledger last used here (a restored backup, a copy on a new host)."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of all publishing by an operator."""

    since: datetime
    reason: str
    by: str
    """The process that recorded the pause."""
    until: datetime | None = None
    """The end of the pause; None while it lasts."""
    ended_by: str | None = None
    """The process that recorded the end."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One journal entry of a publication."""

    at: datetime
    key: EditionKey
    position: int | None
    """None for the publication as a whole."""
    event: str
    before: str
    after: str
    reason: str | None
    by: str
    """The process that wrote the entry."""


class Ledger(Protocol):
    """The durable record. When a method returns, its changes are on disk.

    Thread-safe. All methods raise `LedgerError` if the store cannot be read or written; nothing is changed
    then.
    """

    @property
    def born_at(self) -> datetime:
        """The time this ledger was created: earlier slots are past."""
        ...

    @property
    def has_predecessor(self) -> bool:
        """True if an earlier ledger was used at this path and was gone when this one was created."""
        ...

    def serve(self, origin: str, user_id: str) -> None:
        """Bind the ledger to an API host and an account on X.

        The binding becomes permanent with the first post that X has, or may have because the answer to the
        request is unknown. It also holds while a live process has a claim on a publication.

        Raises:
            LedgerError: the ledger is bound to another host or account, which needs its own ledger.
        """
        ...

    def get(self, key: EditionKey) -> Publication | None:
        """Return the publication of an edition, if it has one."""
        ...

    def recent(self, limit: int) -> tuple[Publication, ...]:
        """Return the `limit` publications with the latest slots, ordered by slot."""
        ...

    def open_or_since(self, since: datetime) -> tuple[Publication, ...]:
        """Return all PLANNED and PUBLISHING publications, and all with slots at or after `since`."""
        ...

    def plan(self, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        """Freeze `thread` as PLANNED; if the edition already has a publication, return that unchanged."""
        ...

    def record_missed(self, thread: Thread, due: Sequence[datetime], reason: str, now: datetime) -> bool:
        """Store `thread` as MISSED; if the edition already has a publication, change nothing, return False.

        `due` are the due times its posts had, and will have again if only the clock was wrong.
        """
        ...

    def claim(self, key: EditionKey, lease: timedelta, now: datetime) -> Claim:
        """Claim exclusive write access to a publication for `lease`.

        The claim of a dead process is taken over at once, any other after its lease.

        Raises:
            ClaimLost: another live process holds the claim.
        """
        ...

    def holders(self) -> Mapping[EditionKey, str]:
        """Return each publication with a current claim and the live process that holds it."""
        ...

    def renew(self, claim: Claim, lease: timedelta) -> Claim:
        """Extend the claim to `lease` from now, and return it.

        Raises:
            ClaimLost: another process took over the claim.
        """
        ...

    def release(self, claim: Claim) -> None:
        """Release the claim; no error if it was already lost."""
        ...

    def record(
        self, claim: Claim, publication: Publication, changes: Iterable[Change], now: datetime
    ) -> Publication:
        """Store all of `changes`, in order, and their journal entries in one transaction.

        `publication` was read under this claim. Return it updated, with hold and pause requests as of the
        commit.

        Raises:
            ClaimLost: another process took over the publication; nothing was stored.
            LedgerChanged: a post or the edition is not in the state from which a change starts; nothing was
                stored. The changes were decided on stale data: read it again.
            IdTaken: a change sets a post id that another post of any edition already has; nothing was
                stored.
        """
        ...

    def reschedule(
        self, claim: Claim, due: Sequence[datetime], now: datetime, slot_at: datetime | None = None
    ) -> Publication:
        """Set the due time of every delivery, and reset the attempts of those not posted; journalled.

        `slot_at` is the new slot, if the slot has moved too.
        """
        ...

    def shift(self, claim: Claim, by: timedelta, now: datetime) -> Publication:
        """Move the due times and not-before times of unposted deliveries by `by`, as the wall clock was set.

        Journalled.
        """
        ...

    def refreeze(self, claim: Claim, thread: Thread, due: Sequence[datetime], now: datetime) -> Publication:
        """Replace the frozen text and the slot of a publication without posts on X; journalled.

        Raises:
            LedgerError: a post is on X, or may be.
        """
        ...

    def ask_hold(self, key: EditionKey, reason: str, now: datetime) -> None:
        """Request that the holder of the claim hold the publication before its next post; journalled.

        Any later transition of the publication except its start clears the request.
        """
        ...

    def pause(self, reason: str, now: datetime) -> None:
        """Stop all publishing by any process until `resume`; kept in a history of its own."""
        ...

    def resume(self, now: datetime) -> None:
        """End the pause."""
        ...

    def paused(self) -> Pause | None:
        """Return the current pause, if any."""
        ...

    def keep_limits(self, reported: Collection[Allowance], now: datetime) -> None:
        """Store the post limits that X reported at `now`, replacing earlier ones of the same windows."""
        ...

    def recorded(self, post_ids: Collection[str]) -> frozenset[str]:
        """Return those of `post_ids` that are recorded as our posts."""
        ...

    def journal(self, key: EditionKey) -> tuple[JournalEntry, ...]:
        """Return the journal of a publication, oldest entry first."""
        ...


class Finder(Protocol):
    """Lookup of posts by id."""

    def find(self, post_id: str, within: timedelta | None = None) -> RemotePost | None:
        """Return the post of our account with that id; None if X reports that there is none.

        Takes no longer than `within` or the timeout of a request, whichever is shorter.

        Raises:
            PublishError: the lookup failed.
        """
        ...


class Publisher(Finder, Protocol):
    """Our account on X."""

    def warm_up(self, within: timedelta) -> None:
        """Have a connection ready for the next request: open, including TLS, and recently used.

        Takes no longer than `within`, and does nothing if a connection is ready. Never raises: the next
        request reports the problem.
        """
        ...

    def create(self, text: str, reply_to: str | None) -> str:
        """Create one post and return its id. Sends at most one request, within a fixed timeout.

        Raises:
            PublishError: one of its subclasses, depending on what is known about the post.
        """
        ...

    def timeline(self, since: datetime) -> Iterator[RemotePost]:
        """Yield all our posts and replies created at or after `since`, newest first, across all pages.

        All pages together take no longer than the timeout of one request.

        Raises:
            PublishError: reading failed, perhaps midway; the result proves nothing then.
        """
        ...

    def allowances(self) -> tuple[Allowance, ...]:
        """Return the limits that X reported in its answer to the latest `create`, even if it was refused."""
        ...


class Interrupted(Exception):
    """A stop was requested."""


class Clock(Protocol):
    """The only time source of the services."""

    def now(self) -> datetime:
        """Return the wall clock time, aware UTC; may be shifted in rehearsals."""
        ...

    def elapsed(self) -> float:
        """Return the seconds on a clock that never jumps and counts suspended time; never shifted."""
        ...

    def wait(self, until: datetime, at_most: timedelta | None = None) -> None:
        """Return at `until`, never earlier, or once `at_most` has passed on `elapsed`.

        A change of the wall clock in either direction is noticed within a second. Setting it back moves
        `until` far away: callers that must report or renew a lease meanwhile pass `at_most`.

        Raises:
            Interrupted: a stop was requested before or during the wait.
        """
        ...


class Alerter(Protocol):
    """Sends alerts. No method blocks or raises: publishing never waits for an alert."""

    def alert(self, alert: Alert) -> None:
        """Send `alert` to every address subscribed to its kind, unless it was sent recently."""
        ...

    def ping_published(self, series: str) -> None:
        """Ping the monitors of `series`: an edition is PUBLISHED. No ping in rehearsals."""
        ...

    def ping_hourly(self, now: datetime) -> None:
        """Ping once per hour of `now` that the loop is alive, no matter how often it is called.

        Call it often: it also sends the summary of alerts that were held back. No ping in rehearsals.
        """
        ...


class Greeter(Protocol):
    """Checks of our credentials against X."""

    def greet(self) -> Greeting:
        """Return X's answer about our account, or the error. Never raises; takes no longer than a post."""
        ...


@dataclass(frozen=True, slots=True)
class Location:
    """A file or folder in use."""

    shown: str
    """The path as an operator would type it here."""
    problem: str | None = None
    """The reason it cannot be used."""
    hangs: bool = False
    """True if it does not respond at all; `problem` then describes a disk or a file server."""
    free: int = 0
    """Free bytes."""
    remote: str | None = None
    """The type of the network file system it is on."""


class Machine(Protocol):
    """The paths and the clock of this machine. No method raises: problems are part of the result."""

    def clock(self) -> ClockState | None:
        """Return the synchronization state of the wall clock; None if the system does not report it."""
        ...

    def ledger(self) -> Location:
        """Return the location of the ledger, existing or to be created."""
        ...

    def threads(self) -> Location:
        """Return the location of the editors' folder."""
        ...


class ProvenLedger(Ledger, Protocol):
    """A ledger that can be tested."""

    def prove_writable(self, now: datetime) -> None:
        """Commit a write without consequences.

        Raises:
            LedgerError: nothing can be recorded now.
        """
        ...

    def measurements(self) -> tuple[Measurement, ...]:
        """Return the results of ``flashtweet doctor --live``, oldest first."""
        ...

    def limits(self) -> tuple[ToldLimit, ...]:
        """Return the post limits that X last reported."""
        ...


class Prober(Publisher, Protocol):
    """Our account on X, for temporary posts."""

    def delete(self, post_id: str) -> None:
        """Delete the post; no error if it does not exist.

        Raises:
            PublishError: the post may still exist.
        """
        ...


class ProbeBook(Protocol):
    """A record of probe posts until they are deleted. All methods raise `LedgerError` like a ledger."""

    def begin(self, text: str, parent_id: str | None, now: datetime) -> Probe:
        """Record that a post is about to be sent."""
        ...

    def posted(self, one: Probe, post_id: str) -> None:
        """Record the id of the post."""
        ...

    def gone(self, one: Probe, now: datetime) -> None:
        """Record that the post was deleted, or never created."""
        ...

    def orphans(self) -> tuple[Probe, ...]:
        """Return the posts not recorded as gone, of this process and of dead ones, latest first."""
        ...

    def measure(self, found: Measurement) -> None:
        """Store a measurement."""
        ...
