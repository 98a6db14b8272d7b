"""X in memory: posts, a timeline that may lag, and answers that may be lost."""

from __future__ import annotations

import html
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import errors
from bot.core.publishing.publication import RemotePost
from bot.core.publishing.snowflake import created_at, first_id_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from bot.core.schedule.account_checks import Allowance
    from tests.fakes.clock import FakeClock

Outcome = errors.PublishError | None


class FakeX:
    """`bot.ports.Publisher` in memory.

    It refuses duplicate texts, as X does. Each create takes one entry of `outcomes`: None succeeds, an error
    is raised and nothing is created. Wrap an error in `lost(…)` to have the post created anyway. An empty
    queue succeeds.
    """

    def __init__(self, clock: FakeClock, *, lag: timedelta = timedelta(0)) -> None:
        self.clock, self.lag = clock, lag
        self.offset = timedelta(0)
        """Lead of X's clock over ours."""
        self.takes_duplicates = False
        """True if X accepts duplicate texts: only the bot prevents doubles then."""
        self.outcomes: deque[Outcome | tuple[errors.PublishError]] = deque()
        self.read_errors: deque[errors.PublishError] = deque()
        self.posts: list[RemotePost] = []
        self.told: tuple[Allowance, ...] = ()
        """The limits it reports with each answer to a create."""
        self.gone: set[str] = set()
        """Ids of posts deleted by hand."""
        self.find_errors: deque[errors.PublishError] = deque()
        self.lookups: list[str] = []
        """Ids that were looked up."""
        self.lookup_takes = timedelta(0)
        self.reads = 0
        self.warmed: list[tuple[datetime, timedelta]] = []
        """Times at which a connection was requested in advance, with the time allowed for it."""
        self.repeats: dict[int, str] = {}
        """Ids of other posts to answer requests with, by the number of the request; none is created."""
        self.requests = 0
        self.before_create: Callable[[], None] = lambda: None
        """Called when a request arrives, before its outcome is decided."""

    def warm_up(self, within: timedelta) -> None:
        self.warmed.append((self.clock.now(), within))

    def create(self, text: str, reply_to: str | None) -> str:
        self.before_create()
        self.requests += 1
        if self.requests in self.repeats:
            return self.repeats[self.requests]
        outcome = self.outcomes.popleft() if self.outcomes else None
        if isinstance(outcome, errors.PublishError):
            raise outcome
        if reply_to in self.gone:
            raise errors.ParentNotVisible("X answered 403: deleted or not visible to you.")
        if text in self.texts and not self.takes_duplicates:
            raise errors.Duplicate("X answered 403: duplicate content.")
        post = self.add(text, reply_to)
        if isinstance(outcome, tuple):
            raise outcome[0]
        return post.post_id

    def add(self, text: str, reply_to: str | None) -> RemotePost:
        """Add an existing post by any author."""
        last = int(self.posts[-1].post_id) if self.posts else 0
        now = self.clock.now() + self.offset
        post_id = max(first_id_at(now), last + 1)
        post = RemotePost(str(post_id), html.escape(text, quote=False), created_at(post_id), reply_to)
        self.posts.append(post)
        return post

    def allowances(self) -> tuple[Allowance, ...]:
        return self.told

    def delete_by_hand(self, position: int) -> str:
        """Delete by hand the post created as the `position`th, and return its id."""
        post_id = self.posts[position - 1].post_id
        self.gone.add(post_id)
        return post_id

    def find(self, post_id: str, within: timedelta | None = None) -> RemotePost | None:
        self.lookups.append(post_id)
        if within is not None and within < self.lookup_takes:
            self.clock.advance(within)
            raise errors.InDoubt("X's answer was not complete in time.")
        self.clock.advance(self.lookup_takes)
        if self.find_errors:
            raise self.find_errors.popleft()
        shown = (post for post in self.posts if self._shows(post))
        return next((post for post in shown if post.post_id == post_id), None)

    def _shows(self, post: RemotePost) -> bool:
        is_young = post.created_at + self.lag > self.clock.now() + self.offset
        return post.post_id not in self.gone and not is_young

    def timeline(self, since: datetime) -> Iterator[RemotePost]:
        self.reads += 1
        if self.read_errors:
            raise self.read_errors.popleft()
        for post in reversed(self.posts):
            if self._shows(post) and post.created_at >= since:
                yield post

    @property
    def texts(self) -> list[str]:
        return [html.unescape(post.text) for post in self.posts]


def lost(error: errors.PublishError | None = None) -> tuple[errors.PublishError]:
    """Return an outcome in which the post is created but the caller gets no answer."""
    return (error or errors.InDoubt("the answer was lost"),)
