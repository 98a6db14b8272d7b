"""X as seen by publishing: posts, a duplicate rule, a lagging timeline, and every fault of the sandbox's list
(docs/sandbox.md) as `XPublisher` reports it.
"""

from __future__ import annotations

import functools
import html
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import errors
from bot.core.publishing.publication import RemotePost
from bot.core.publishing.snowflake import created_at, first_id_at
from bot.core.text.matching import comparable
from tests.simulation.conditions import FLIGHT
from tests.simulation.hub import BASE, MICROSECOND, MINUTE, SECOND, Hub, Process, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from bot.core.model import EditionKey
    from bot.core.schedule.account_checks import Allowance
    from tests.simulation.conditions import Conditions

_comparable = functools.lru_cache(256)(comparable)

DUPLICATE_WINDOW = 18 * 60 * MINUTE
CLOCK_SET_WHILE_READING = 0.05
"""Probability of setting a wall clock during a read: a settle window is where it would do most harm."""
REQUEST_DEADLINE = 25 * SECOND
"""Timeout of the client: XPublisher's."""


@dataclass(slots=True, eq=False)
class XPost:
    """A post on X, with data for the simulator only."""

    remote: RemotePost
    text: str
    at: int
    """Time of creation, in true time."""
    visible_at: int
    key: EditionKey | None
    """The edition; None for a post by hand."""
    position: int = 0


@dataclass(slots=True)
class SimX:
    """The account on X."""

    hub: Hub
    conditions: Conditions
    on_created: Callable[[XPost], None]
    kill: Callable[[Process], None]
    jump: Callable[[], None]
    posts: list[XPost] = field(default_factory=list)
    by_id: dict[str, XPost] = field(default_factory=dict)
    in_flight: int = 0
    """Requests sent that X does not have yet."""
    unreachable_until: int = 0
    parents_hidden_until: int = 0
    refuses: set[str] = field(default_factory=set)
    """Texts that X rejects."""
    deleted: set[str] = field(default_factory=set)
    """Ids of posts deleted by hand."""
    recorded: Mapping[str, object] = field(default_factory=dict)
    """Ids in the ledger."""
    is_calm: bool = False
    _said: dict[str, int] = field(default_factory=dict)

    def now(self) -> datetime:
        """Return X's time."""
        return BASE + (self.hub.t + self.conditions.x_offset) * MICROSECOND

    def arrive(
        self, text: str, parent: str | None, key: EditionKey | None, position: int = 0
    ) -> str | errors.PublishError:
        """Handle a request; return the id of the new post, or the reason for creating none."""
        if text in self.refuses:
            return errors.Rejected("X answered 403: this text is not taken.")
        is_gone = parent in self.deleted or parent not in self.by_id
        if parent is not None and (is_gone or self.hub.t < self.parents_hidden_until):
            return errors.ParentNotVisible("X answered 403: deleted or not visible to you.")
        same = _comparable(text)
        if self.conditions.strict is False and self.hub.t - self._said.get(same, -DUPLICATE_WINDOW) < (
            DUPLICATE_WINDOW
        ):
            self.hub.count("X refused a duplicate")
            return errors.Duplicate("X answered 403: duplicate content.")
        return self._create(text, parent, key, position, same).remote.post_id

    def _create(
        self, text: str, parent: str | None, key: EditionKey | None, position: int, same: str
    ) -> XPost:
        dice, hub = self.hub.dice, self.hub
        last = int(self.posts[-1].remote.post_id) if self.posts else 0
        post_id = max(first_id_at(self.now()), last + 1)
        lag = int(dice.random() * self.conditions.longest_lag) if dice.random() < 0.5 else 0
        remote = RemotePost(str(post_id), html.escape(text, quote=False), created_at(post_id), parent)
        post = XPost(remote, text, hub.t, hub.t + lag, key, position)
        self.posts.append(post)
        self.by_id[remote.post_id] = post
        self._said[same] = hub.t
        if hub.trace is not None:
            hub.note("X", f"creates {remote.post_id}: {text!r} under {parent}")
        self.on_created(post)
        return post

    def page(self, before: int, since: datetime, size: int) -> list[XPost]:
        """Return the newest `size` visible posts among the first `before`; each with its place in `posts`."""
        found: list[XPost] = []
        for post in reversed(self.posts[:before]):
            if len(found) == size or post.remote.created_at < since:
                break
            if post.visible_at <= self.hub.t and post.remote.post_id not in self.deleted:
                found.append(post)
        return found


class SimPublisher:
    """`bot.ports.Publisher` for one task and one edition."""

    def __init__(
        self, x: SimX, task: Task, key: EditionKey, on_request: Callable[[Task, EditionKey, str], int]
    ) -> None:
        """Create the publisher. `on_request` is called before each request is sent and returns the post's
        position.
        """
        self._x, self._task, self._key, self._on_request = x, task, key, on_request
        self._hub, self._dice = x.hub, x.hub.dice

    def warm_up(self, within: timedelta) -> None:  # noqa: ARG002  (takes no time here)
        self._hub.point(self._task, "warm_up")

    # -- creating --------------------------------------------------------------------------------------

    def create(self, text: str, reply_to: str | None) -> str:
        task, hub, x = self._task, self._hub, self._x
        if task.process.is_dead:
            raise_killed()
        task.at = "in flight"  # and no other task runs between the last look at the clock and this: A1
        task.polls = 0
        position = self._on_request(task, self._key, reply_to or "")
        if hub.trace is not None:
            hub.note(task, f"POST {text!r} under {reply_to}")
        if hub.t < x.unreachable_until:
            return self._fail("refused", errors.Unavailable("X cannot be reached."), SECOND // 50)
        fault = None
        if not x.is_calm and self._dice.random() < x.conditions.create_faults:
            fault = self._dice.choice(_CREATE_FAULTS)
            hub.count(f"fault {fault.__name__.strip('_')}")
            return fault(self, text, reply_to, position)
        return self._request(text, reply_to, position)

    def _request(
        self,
        text: str,
        reply_to: str | None,
        position: int,
        *,
        way: int | None = None,
        back: int | None = None,
        lost: str | errors.PublishError | None = None,
    ) -> str:
        """Send a request that arrives after `way`; answer after `back` more, or with `lost`."""
        dice, hub, x = self._dice, self._hub, self._x
        way = int((0.02 + dice.random() * 0.5) * SECOND) if way is None else way
        back = int((0.02 + dice.random() * 0.5) * SECOND) if back is None else back
        answers: list[str | errors.PublishError] = []
        key = self._key
        x.in_flight += 1

        def arrive() -> None:
            x.in_flight -= 1
            if self._task.process.is_dead:
                hub.count("arrived after its sender was killed")
            answers.append(x.arrive(text, reply_to, key, position))

        hub.after(way, arrive)
        if not x.is_calm and dice.random() < x.conditions.deaths * 2:
            hub.after(int(dice.random() * (way + back)), self._suffer)
        hub.block(self._task, hub.t + min(way + back, REQUEST_DEADLINE))
        if way + back > REQUEST_DEADLINE:
            lost = errors.InDoubt("X's answer was not complete within 25 s.")
        answer = lost or answers[0]
        if hub.trace is not None:
            hub.note(self._task, f"receives {answer!r}")
        if isinstance(answer, errors.PublishError):
            raise answer
        return answer

    def _suffer(self) -> None:
        """Perhaps kill or suspend the process while a request is in flight."""
        task, dice = self._task, self._dice
        if self._x.is_calm or task.is_over or task.at != "in flight":
            return
        if dice.random() < 0.5:
            self._hub.count("killed at in flight")
            self._x.kill(task.process)
        else:
            self._hub.count("frozen in flight")
            self._hub.freeze(task.process, dice.choice((30, 70, 200)) * SECOND)

    def _fail(self, name: str, error: errors.PublishError, after: int) -> str:
        """Fail without the request arriving."""
        self._hub.count(f"answer {name}")
        self._hub.block(self._task, self._hub.t + after)
        self._hub.note(self._task, f"receives {error!r}")
        raise error

    def _retry_at(self) -> datetime:
        """Return the time that bot/adapters/x_publisher/refusals.py reads from the headers."""
        reset = self._dice.choice((5, 30, 120, 900, -30, None, 86400))
        now = BASE + (self._hub.t + self._task.process.host.offset) * MICROSECOND
        at = now if reset is None else self._x.now() + timedelta(seconds=reset)
        return at if at > now else now + timedelta(minutes=1)

    def allowances(self) -> tuple[Allowance, ...]:
        return ()

    # -- reading ---------------------------------------------------------------------------------------

    def timeline(self, since: datetime) -> Iterator[RemotePost]:
        x, hub, dice, task = self._x, self._hub, self._dice, self._task
        hub.point(task, "timeline")
        task.polls = 0
        hub.count("timeline read")
        if not x.is_calm and dice.random() < CLOCK_SET_WHILE_READING:
            x.jump()
        fails_at = -1
        if not x.is_calm and dice.random() < x.conditions.read_faults:
            fails_at = dice.randrange(3)
        size = dice.choice((1, 3, 100))
        before, pages = len(x.posts), 0
        while True:
            hub.block(task, hub.t + int(dice.random() * SECOND))
            if hub.t < x.unreachable_until:
                raise errors.Unavailable("X cannot be reached.")
            if pages == fails_at:
                hub.count(f"timeline failed on page {pages + 1}")
                raise self._read_error()
            found = x.page(before, since, size)
            for post in found:
                yield post.remote
            if len(found) < size:
                if fails_at > pages:
                    hub.count("timeline failed after its last page")
                    raise self._read_error()
                return
            before, pages = x.posts.index(found[-1]), pages + 1
            hub.point(task, "next page")

    def find(self, post_id: str, within: timedelta | None = None) -> RemotePost | None:  # noqa: ARG002  (a second at most)
        x, hub = self._x, self._hub
        hub.point(self._task, "find")
        hub.count("post looked up")
        hub.block(self._task, hub.t + int(self._dice.random() * SECOND))
        if hub.t < x.unreachable_until:
            raise errors.Unavailable("X cannot be reached.")
        if not x.is_calm and self._dice.random() < x.conditions.read_faults:
            raise self._read_error()
        post = x.by_id.get(post_id)
        return post.remote if post is not None and post_id not in x.deleted else None

    def _read_error(self) -> errors.PublishError:
        kind = self._dice.randrange(8)
        if kind == 0:
            return errors.RateLimited("X answered 429.", self._retry_at())
        if kind == 1:
            return errors.AccountRefused("X answered 401.")
        if kind < 4:
            return errors.Unavailable("X cannot be reached.")
        return errors.InDoubt("X answered 503.")


def raise_killed() -> None:
    from tests.simulation.hub import Killed  # noqa: PLC0415

    raise Killed


# Every fault of docs/sandbox.md, and a repeated id, as the client sees them.


def _answer_lost(p: SimPublisher, text: str, parent: str | None, position: int) -> str:
    return p._request(text, parent, position, lost=errors.InDoubt("the connection broke."))


def _dropped(p: SimPublisher, _text: str, _parent: str | None, _position: int) -> str:
    return p._fail("dropped", errors.InDoubt("the connection broke."), SECOND)


def _refused(p: SimPublisher, _text: str, _parent: str | None, _position: int) -> str:
    p._x.unreachable_until = p._hub.t + p._dice.choice((1, 10, 120, 1200)) * SECOND
    return p._fail("refused", errors.Unavailable("X cannot be reached."), SECOND // 50)


def _rate_limit(p: SimPublisher, _text: str, _parent: str | None, _position: int) -> str:
    return p._fail("rate-limit", errors.RateLimited("X answered 429.", p._retry_at()), SECOND // 5)


def _account(p: SimPublisher, _text: str, _parent: str | None, _position: int) -> str:
    """credits, unauthorized, forbidden: not-permitted, suspended, read-only-app, not-authorized."""
    return p._fail("account", errors.AccountRefused("X answered 402."), SECOND // 5)


def _reply_not_allowed(p: SimPublisher, _text: str, _parent: str | None, _position: int) -> str:
    return p._fail("reply-not-allowed", errors.ReplyRefused("X answered 403."), SECOND // 5)


def _false_duplicate(p: SimPublisher, _text: str, _parent: str | None, _position: int) -> str:
    return p._fail("duplicate", errors.Duplicate("X answered 403: duplicate content."), SECOND // 5)


def _unavailable_before(p: SimPublisher, _text: str, _parent: str | None, _position: int) -> str:
    return p._fail("unavailable", errors.InDoubt("X answered 503."), SECOND // 5)


def _unavailable_after(p: SimPublisher, text: str, parent: str | None, position: int) -> str:
    return p._request(text, parent, position, lost=errors.InDoubt("X answered 503."))


def _delay(p: SimPublisher, text: str, parent: str | None, position: int) -> str:
    way, back = int(p._dice.random() * FLIGHT), int(p._dice.random() * FLIGHT)
    return p._request(text, parent, position, way=way, back=back)


def _delay_past_the_deadline(p: SimPublisher, text: str, parent: str | None, position: int) -> str:
    way = int(p._dice.random() * FLIGHT)
    return p._request(text, parent, position, way=way, back=REQUEST_DEADLINE)


def _truncated(p: SimPublisher, text: str, parent: str | None, position: int) -> str:
    return p._request(text, parent, position, lost=errors.InDoubt("X's answer holds no id."))


def _repeated_id(p: SimPublisher, text: str, parent: str | None, position: int) -> str:
    again = p._dice.choice(list(p._x.recorded) or [None])
    if again is None or p._dice.random() < 0.5:
        return p._request(text, parent, position, lost=again)
    p._hub.block(p._task, p._hub.t + SECOND // 5)
    return again


def _odd_refusal(p: SimPublisher, _text: str, _parent: str | None, _position: int) -> str:
    return p._fail("odd", errors.Rejected("X answered 400."), SECOND // 5)


def _refused_text(p: SimPublisher, text: str, parent: str | None, position: int) -> str:
    p._x.refuses.add(text)
    return p._request(text, parent, position)


def _parent_not_visible(p: SimPublisher, text: str, parent: str | None, position: int) -> str:
    p._x.parents_hidden_until = p._hub.t + p._dice.choice((1, 5, 30, 400)) * SECOND
    return p._request(text, parent, position)


_CREATE_FAULTS = (
    _answer_lost,
    _answer_lost,
    _dropped,
    _dropped,
    _refused,
    _rate_limit,
    _account,
    _reply_not_allowed,
    _false_duplicate,
    _unavailable_before,
    _unavailable_after,
    _delay,
    _delay,
    _delay_past_the_deadline,
    _truncated,
    _repeated_id,
    _odd_refusal,
    _refused_text,
    _parent_not_visible,
)
FAULTS = tuple(fault.__name__.strip("_") for fault in _CREATE_FAULTS)
