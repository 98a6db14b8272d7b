"""Reconciliation of posts in doubt with our own timeline.

The settle window is the time that the timeline may take to show a post. It is measured on a monotonic clock
from the moment this process first saw the doubt: a step of the wall clock must not end it early, and a
restarted process waits for a whole window again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import errors
from bot.core.outage import LOG_INTERVAL
from bot.core.publishing import states
from bot.core.publishing.attempts import is_old
from bot.core.publishing.policy import OnUnknown
from bot.core.publishing.states import DeliveryEvent, PublicationEvent
from bot.core.text.matching import is_ours, search_from
from bot.services import known_posts

if TYPE_CHECKING:
    from datetime import datetime

    from bot.core.publishing.policy import Policy
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.publishing.states import Change
    from bot.ports import Clock, Ledger, Publisher

LOOK_PAUSE = timedelta(seconds=10)
"""Longest wait between two readings of the timeline."""
LEAST_PAUSE = timedelta(milliseconds=100)
UNREAD_PAUSE = timedelta(seconds=30)
"""Longest wait after consecutive failed readings. After the first that succeeds a whole settle window has to
pass before anything is sent, so there is no hurry."""

MOST_REPEATS = 2
"""Limit of requests for one post that X answers with the id of another; then the post is held."""


@dataclass(frozen=True, slots=True)
class Insight:
    """Result of one reading of the timeline."""

    changes: tuple[Change, ...]
    pause: timedelta = timedelta(0)
    """Wait before the next reading."""


@dataclass(slots=True)
class _Trouble:
    """Failed readings since a post came into doubt."""

    failed: int = 0
    in_a_row: int = 0
    reported_at: float | None = None
    """Time of the last report, on `Clock.elapsed`."""

    def is_news(self, elapsed: float) -> bool:
        """Return True if the failures should be reported now: the first at once, then at intervals."""
        return self.reported_at is None or elapsed - self.reported_at >= LOG_INTERVAL.total_seconds()


@dataclass(frozen=True, slots=True)
class Reconciler:
    """One run's view of the timeline."""

    ledger: Ledger
    publisher: Publisher
    clock: Clock
    policy: Policy
    vouched_since: datetime
    """That of `bot.ports.Claim`."""
    _opened: dict[object, float] = field(default_factory=dict)
    """Beginnings of the settle windows, on `Clock.elapsed`."""
    _trouble: dict[int, _Trouble] = field(default_factory=dict)
    """Failed readings by position of the post."""

    def look(self, publication: Publication, position: int, deadline: datetime) -> Insight:
        """Read the timeline for the post at `position`, which is IN_DOUBT.

        `deadline` is that of `bot.core.publishing.steps.Reconcile`.
        """
        delivery = publication.delivery(position)
        settled = self._is_settled(delivery)  # before the reading, which may miss a post created meanwhile
        try:
            found = self.find(delivery)
        except errors.AccountRefused as error:
            return Insight((_hold(publication, delivery, error),))
        except errors.PublishError as error:
            return self._unread(publication, delivery, error, deadline)
        self._trouble_of(delivery).in_a_row = 0
        if found is not None:
            about = self._past_trouble(delivery)
            adopted = states.deliver(delivery, DeliveryEvent.FOUND, about, post_id=found, not_before=None)
            return Insight((adopted,))
        if not settled:
            return Insight((), self._pause())
        return Insight((self._absent(publication, delivery),))

    def find(self, delivery: Delivery) -> str | None:
        """Return the id of the post that an attempt at `delivery` created; None if the timeline shows none.

        Ids in the ledger belong to other posts: none is adopted twice.

        Raises:
            PublishError: the timeline could not be read to its end; that proves nothing.
        """
        own = [
            post.post_id for post in self.publisher.timeline(search_from(delivery)) if is_ours(post, delivery)
        ]
        return min(set(own) - self.ledger.recorded(own), key=int, default=None) if own else None

    def _is_settled(self, delivery: Delivery) -> bool:
        # Posts never attempted share one window: it covers the time before this run.
        untried = delivery.intent_at is None
        if untried and is_old(self.vouched_since, self.policy, self.clock.now()):
            return True
        window = None if untried else (delivery.position, delivery.doubt_since)
        opened = self._opened.setdefault(window, self.clock.elapsed())
        return self.clock.elapsed() - opened >= self.policy.settle.total_seconds()

    def _unread(
        self, publication: Publication, delivery: Delivery, error: errors.PublishError, deadline: datetime
    ) -> Insight:
        trouble, now = self._trouble_of(delivery), self.clock.now()
        trouble.failed += 1
        trouble.in_a_row += 1
        pause = self._longer_pause(trouble, deadline - now)
        if isinstance(error, errors.RateLimited):
            pause = max(error.retry_at - now, self._pause())
        if now + pause > deadline:
            return Insight((_hold(publication, delivery, error),))
        self._opened.clear()
        if not trouble.is_news(self.clock.elapsed()):
            return Insight((), pause)
        trouble.reported_at = self.clock.elapsed()
        return Insight((_unread(delivery, trouble, error, now),), pause)

    def _trouble_of(self, delivery: Delivery) -> _Trouble:
        return self._trouble.setdefault(delivery.position, _Trouble())

    def _past_trouble(self, delivery: Delivery) -> str | None:
        """Return a remark on failed readings, and reset their counts but not the time of the last report."""
        trouble = self._trouble_of(delivery)
        failed, trouble.failed, trouble.in_a_row = trouble.failed, 0, 0
        if not failed:
            return None
        return f"{failed} readings failed before" if failed > 1 else "a reading failed before"

    def _longer_pause(self, trouble: _Trouble, left: timedelta) -> timedelta:
        """Return a pause that doubles with each failure; a settle window must still fit into `left`."""
        longer: timedelta = self._pause() * 2 ** min(trouble.in_a_row - 1, 10)
        return max(min(longer, UNREAD_PAUSE, left - self.policy.settle), self._pause())

    def _absent(self, publication: Publication, delivery: Delivery) -> Change:
        """Return the change for a post that the settled timeline does not show."""
        if delivery.duplicate:
            now = self.clock.now()
            twin = known_posts.with_text(self.ledger, delivery.text, publication.key, delivery.position, now)
            reason = f"{delivery.reason} {twin} has this text, and is out." if twin else delivery.reason
            return states.deliver(delivery, DeliveryEvent.REFUSED, reason, not_before=None)
        repeats = self._repeats(publication, delivery)
        is_held = delivery.intent_at is not None and self.policy.on_unknown is OnUnknown.HOLD
        if is_held or len(repeats) >= MOST_REPEATS:
            times = f" ({len(repeats)} times)" if len(repeats) > 1 else ""
            why = repeats[-1].rstrip(".") + times if repeats else "X's answer was lost"
            reason = f"{why}, and your timeline does not show the post."
            return states.deliver(delivery, DeliveryEvent.GIVEN_UP, reason, not_before=None)
        reason = "; ".join(filter(None, ("the timeline does not show it", self._past_trouble(delivery))))
        return states.deliver(delivery, DeliveryEvent.NOT_FOUND, reason, not_before=None)

    def _repeats(self, publication: Publication, delivery: Delivery) -> list[str]:
        """Return the reason of each answer to a request for `delivery` that had another post's id."""
        story = (one for one in self.ledger.journal(publication.key) if one.position == delivery.position)
        return [one.reason or "" for one in story if one.event == DeliveryEvent.REPEATED]

    def _pause(self) -> timedelta:
        return min(max(self.policy.settle / 10, LEAST_PAUSE), LOOK_PAUSE)


def _unread(delivery: Delivery, trouble: _Trouble, error: errors.PublishError, now: datetime) -> Change:
    times = f", {trouble.failed} times so far" if trouble.failed > 1 else ""
    reason = f"the timeline could not be read{times}: {error}"
    change = states.deliver(delivery, DeliveryEvent.UNREAD, reason, doubt_since=now, not_before=None)
    if delivery.duplicate:  # X's message stays the reason of a refusal that may follow
        return replace(change, after=replace(change.after, reason=delivery.reason))
    return change


def _hold(publication: Publication, delivery: Delivery, error: errors.PublishError) -> Change:
    reason = (
        f"post {delivery.position}: unknown whether it was posted, and the timeline cannot be read: {error}"
    )
    return states.move(publication, PublicationEvent.HOLD, reason)
