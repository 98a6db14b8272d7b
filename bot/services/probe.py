"""Live check of behaviour that X does not document: post a thread of two, read it back, delete it.

Each post is in the ledger before it is sent and until it is deleted. A killed run leaves it to the next one,
which finds it by its id or, if its answer never came, by its text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import errors
from bot.core.publishing import probe
from bot.core.publishing.probe import Lag, Measurement
from bot.core.publishing.snowflake import created_at
from bot.core.schedule.preflight import failure, failures, ok, warning
from bot.core.text.matching import is_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.publishing.probe import Probe
    from bot.core.schedule.preflight import Check
    from bot.ports import Clock, ProbeBook, Prober

SEARCH_TIMEOUT = timedelta(minutes=3)
"""Limit of the search for a post in the timeline."""
SEARCH_INTERVALS = tuple(timedelta(seconds=seconds) for seconds in (0.25, 0.5, 1, 2, 5))
"""Waits between readings; the last one repeats."""
TRIES = 5
"""Limit of requests for a reply whose parent X does not see yet, and for a deletion."""
FORGOTTEN = timedelta(hours=1)
"""Time after which a post without an answer that the timeline does not show was never created."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one run."""

    checks: tuple[Check, ...]
    found: Measurement | None = None
    """None if nothing was posted."""


@dataclass(slots=True)
class LiveProbe:
    """One run of the live check; call it once."""

    prober: Prober
    book: ProbeBook
    clock: Clock
    token: str
    """Unique to this run."""
    _found: Measurement = field(init=False)

    def __call__(self) -> Outcome:
        """Run the check, record the measurement and delete the posts, whatever happens.

        Raises:
            Interrupted: a stop was requested; the posts are deleted or left to the next run.
            LedgerError: the ledger cannot be written; it contains every post that was sent.
        """
        checks = [*self._tidy("left by an earlier run")]
        if failures(checks):
            return Outcome(tuple(checks))  # post nothing if earlier posts cannot be deleted
        self._found = Measurement(self.clock.now())
        try:
            self._thread()
        except errors.PublishError as error:
            checks.append(failure("live", f"the live check stopped: {error}", "Fix that, then run it again."))
        finally:
            checks += self._tidy("posted just now")
        if self._found.round_trip is not None:
            self.book.measure(self._found)
        return Outcome((*checks, *_results(self._found)), self._found)

    # -- posting ---------------------------------------------------------------------------------------

    def _thread(self) -> None:
        first, second = probe.texts(self.token)
        head = self._post(first, None)
        self._found = replace(self._found, limits=self.prober.allowances())
        self._watch(head)
        try:
            reply = self._post(second, head.post_id)
        except errors.ReplyRefused:
            self._found = replace(self._found, self_replies=False)
            return
        self._found = replace(self._found, self_replies=True)
        self._watch(reply)

    def _post(self, text: str, parent_id: str | None) -> Probe:
        tries = 0
        while True:
            tries += 1
            one = self.book.begin(text, parent_id, self.clock.now())
            try:
                post_id = self._create(one)
            except errors.InDoubt:
                post_id = self._find(one)
            except errors.PublishError as error:
                self.book.gone(one, self.clock.now())
                if not isinstance(error, errors.ParentNotVisible) or tries == TRIES:
                    raise
                self._rest(SEARCH_INTERVALS[-2])
                continue
            self.book.posted(one, post_id)
            return replace(one, post_id=post_id)

    def _create(self, one: Probe) -> str:
        sent_at, started = self.clock.now(), self.clock.elapsed()
        post_id = self.prober.create(one.text, one.parent_id)
        if self._found.round_trip is None:
            took = timedelta(seconds=self.clock.elapsed() - started)
            ahead = created_at(int(post_id)) - (sent_at + took / 2)
            self._found = replace(self._found, ahead=ahead, round_trip=took)
        return post_id

    def _find(self, one: Probe) -> str:
        """Return the id of a post whose answer was lost.

        Raises:
            InDoubt: the timeline does not show it.
        """
        for _ in self._looks():
            found = self._look(one)
            if found is not None:
                return found
        raise errors.InDoubt("X's answer was lost, and the timeline does not show the post.")

    def _watch(self, one: Probe) -> None:
        """Measure how long the timeline takes to show the post."""
        since = self.clock.elapsed()
        was_seen = any(self._look(one) == one.post_id for _ in self._looks())
        lag = Lag(timedelta(seconds=self.clock.elapsed() - since), was_seen)
        if self._found.lag is None or lag.at_most > self._found.lag.at_most:
            self._found = replace(self._found, lag=lag)

    def _looks(self) -> Iterator[None]:
        """Yield at each time to read the timeline, for `SEARCH_TIMEOUT`."""
        end, pauses = self.clock.elapsed() + SEARCH_TIMEOUT.total_seconds(), iter(SEARCH_INTERVALS)
        while True:
            yield
            if self.clock.elapsed() >= end:
                return
            self._rest(next(pauses, SEARCH_INTERVALS[-1]))

    def _look(self, one: Probe) -> str | None:
        """Return the id of the post if the timeline shows it; None also after a temporary error."""
        try:
            posts = [post for post in self.prober.timeline(one.search_from) if is_text(post, one.text)]
        except (errors.InDoubt, errors.Unavailable, errors.RateLimited):
            return None
        return min((post.post_id for post in posts), key=int, default=None)

    def _rest(self, pause: timedelta) -> None:
        self.clock.wait(self.clock.now() + pause, at_most=pause)

    # -- deleting --------------------------------------------------------------------------------------

    def _tidy(self, whose: str) -> Iterator[Check]:
        """Delete the posts in the book, the latest first: a reply before its parent."""
        for one in self.book.orphans():
            try:
                post_id = one.post_id or self._look(one)
                if post_id is not None:
                    self._delete(post_id)
                elif self.clock.now() - one.at < FORGOTTEN:
                    yield _unknown(one)
                    continue
            except errors.PublishError as error:
                yield _stays(one.post_id, error)
                continue
            self.book.gone(one, self.clock.now())
            if post_id is not None:
                yield ok("cleanup", f"post {post_id}, {whose}, is deleted.")

    def _delete(self, post_id: str) -> None:
        """Delete the post; a second deletion is harmless, so a lost answer does not matter."""
        for _ in range(TRIES - 1):
            try:
                self.prober.delete(post_id)
            except (errors.InDoubt, errors.Unavailable):
                self._rest(SEARCH_INTERVALS[2])
            else:
                return
        self.prober.delete(post_id)


def _stays(post_id: str | None, error: errors.PublishError) -> Check:
    observed = f"post {post_id or '(unknown id)'} could not be deleted: {error}"
    where = f" (https://x.com/i/status/{post_id})" if post_id else ""
    return failure("cleanup", observed, f"Delete it on X{where}, or run: flashtweet doctor --live")


def _unknown(one: Probe) -> Check:
    observed = f"unknown whether this post exists: « {one.text} »"
    todo = "Delete it on X if it is there, or run this again to search for it."
    return warning("cleanup", observed, todo)


# -- results -------------------------------------------------------------------------------------------


def _results(found: Measurement) -> Iterator[Check]:
    if found.self_replies is not None:
        yield _replies(accepted=found.self_replies)
    if found.lag is not None:
        yield _lag(found.lag)
    if found.round_trip is not None and found.ahead is not None:
        ahead, trip = (round(one / timedelta(milliseconds=1)) for one in (found.ahead, found.round_trip))
        observed = f"{trip} ms for the first post; X's clock minus ours: {ahead} ms (± {trip / 2:.0f} ms)."
        yield ok("round-trip", observed)
    if found.limits:
        limits = ", ".join(f"{one.window}: {one.remaining} of {one.limit}" for one in found.limits)
        yield ok("limits", f"left after the first post: {limits}.")


def _replies(*, accepted: bool) -> Check:
    if accepted:
        return ok("self-replies", "X lets this account reply to its own posts.")
    todo = "Set 'chain: standalone' for each series in config.yaml, or ask X's support which plan allows it."
    return failure("self-replies", "X does not let this account reply to its own posts.", todo)


def _lag(lag: Lag) -> Check:
    seconds = f"{lag.at_most.total_seconds():.1f} s"
    if lag.was_seen:
        return ok("lag", f"the timeline showed each post within {seconds}.")
    todo = "Unless 'settle' in config.yaml is auto, set it to three times X's lag."
    return warning("lag", f"the timeline did not show a post within {seconds}.", todo)
