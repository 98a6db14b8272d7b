"""Tests of X's answers about our account, and of the checks that follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.core.model import EditionKey
from bot.core.publishing.publication import Delivery, DeliveryState, Publication, PublicationState
from bot.core.publishing.snowflake import first_id_at
from bot.core.schedule.account_checks import (
    DOCUMENTED,
    Account,
    Ahead,
    Allowance,
    Greeting,
    ToldLimit,
    Window,
    counted,
    credentials,
    headroom,
    permission,
)
from bot.core.schedule.slots import due_times
from tests.unit.core.newsroom import FRIDAY

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = EditionKey("flashtweet", FRIDAY)
SLOT = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
KEYS = "X does not accept the keys: check the four X_… variables."
UNAUTHORIZED = errors.AccountRefused(f"X answered 401 Unauthorized. {KEYS}")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        pytest.param(
            Greeting(Account("1", "flash"), 200),
            ("credentials", "ok", "accepted by api.x.com: @flash (1).", ""),
            id="ours",
        ),
        pytest.param(
            Greeting(Account("2", "other"), 200),
            (
                "credentials",
                "failure",
                "api.x.com calls this account 2 (@other), the access token 1.",
                "Copy the four X_… variables again, all from one app.",
            ),
            id="another account's",
        ),
        pytest.param(
            Greeting(UNAUTHORIZED, 401, ahead=timedelta(seconds=61), within=timedelta(seconds=1)),
            ("credentials", "failure", "X answered 401 Unauthorized.", KEYS),
            id="not accepted",
        ),
        pytest.param(
            Greeting(errors.InDoubt("X could not be asked: 403 came with an HTML page. Not X."), 403),
            ("x", "failure", "X could not be asked: 403 came with an HTML page.", "Not X."),
            id="not X",
        ),
        pytest.param(
            Greeting(errors.AccountRefused("X answered 402 Payment Required. Buy credits."), 402),
            ("credits", "failure", "X answered 402 Payment Required.", "Buy credits."),
            id="no credits",
        ),
        pytest.param(
            Greeting(errors.AccountRefused("X answered 403 Forbidden: suspended. Log in."), 403),
            ("credentials", "failure", "X answered 403 Forbidden: suspended.", "Log in."),
            id="suspended",
        ),
        pytest.param(
            Greeting(errors.RateLimited("X answered 429.", SLOT), 429),
            (
                "credentials",
                "warning",
                "X is limiting our requests until Fri 2020-11-06 06:30; the account was not checked.",
                "Try again then; posting is limited separately.",
            ),
            id="too many questions",
        ),
        pytest.param(
            Greeting(errors.Unavailable("X cannot be reached at api.x.com: refused. Is it right?")),
            ("x", "failure", "X cannot be reached at api.x.com: refused.", "Is it right?"),
            id="out of reach",
        ),
        pytest.param(
            Greeting(errors.InDoubt("X answered 503 Service Unavailable."), 503),
            ("x", "failure", "X answered 503 Service Unavailable.", ""),
            id="not itself",
        ),
    ],
)
def test_credentials(greeting: Greeting, expected: tuple[str, str, str, str]):
    check = credentials(greeting, "1", "api.x.com")
    assert (check.name, check.verdict, check.observed, check.remedy) == expected


@pytest.mark.parametrize(
    ("level", "last_post", "verdict", "told"),
    [
        ("read-write", None, "ok", "the access token may write (read-write)."),
        ("read-write-directmessages", None, "ok", "the access token may write (read-write-directmessages)."),
        ("read", str(first_id_at(SLOT)), "failure", "the access token may not write (read)."),
        (None, None, "warning", "X does not report whether the access token may write."),
        (
            None,
            str(first_id_at(SLOT)),
            "ok",
            "X does not report it, but accepted a post of ours at Fri 2020-11-06 06:30.",
        ),
    ],
)
def test_permission(level: str | None, last_post: str | None, verdict: str, told: str):
    check = permission(level, last_post)
    assert (check.verdict, check.observed) == (verdict, told)
    assert bool(check.remedy) == (verdict != "ok")


def whole(due: Sequence[datetime]) -> Ahead:
    return Ahead(dict(enumerate(due, 1)), len(due))


class TestHeadroom:
    def test_what_remains_of_a_thread_is_counted_by_its_place_in_it(self):
        rest = Ahead({5: SLOT, 6: SLOT + HOUR, 8: SLOT + 2 * HOUR}, 8)
        said = self.said(1, 23 * HOUR + timedelta(seconds=1))
        told = headroom(KEY, rest, (), DOCUMENTED, said, "Europe/Paris").observed
        assert told.startswith("post 6 of 8 must wait until Sat 2020-11-07 06:31: ")
        limits = {Window.USER_DAY: 2}
        assert headroom(KEY, rest, (), limits).observed.startswith("post 8 of 8 exceeds the 2 posts")

    def room(self, count: int, others=(), limits=DOCUMENTED, gap: timedelta = timedelta(seconds=2)):
        check = headroom(KEY, whole(due_times(SLOT, gap, count)), others, limits)
        return check.verdict, check.observed

    def test_a_thread_of_every_day(self):
        assert self.room(12) == (
            "ok",
            "12 posts fit into X's limits (100 in 15 min, 10,000 in 24 h by all users of the app).",
        )

    def test_a_quarter_of_an_hour_is_waited_out(self):
        assert self.room(100)[0] == "ok"
        told = "post 101 of 101 exceeds the 100 posts that X accepts in 15 min: it waits."
        assert self.room(101) == ("warning", told)
        assert self.room(101, gap=timedelta(seconds=9))[0] == "ok"  # 15 min after the first

    def test_what_went_out_before_counts(self):
        morning = [SLOT - timedelta(minutes=14)] * 90
        assert self.room(10, morning)[0] == "ok"
        assert self.room(11, morning)[1].startswith("post 11 of 11 exceeds the 100")
        assert self.room(11, [SLOT - timedelta(minutes=15)] * 90)[0] == "ok"

    def test_what_is_due_later_does_not(self):
        assert self.room(100, [SLOT + HOUR])[0] == "ok"

    def test_a_day_is_not_waited_out(self):
        limits = {**DOCUMENTED, Window.USER_DAY: 20}
        before = [SLOT - 23 * HOUR] * 10
        assert self.room(10, before, limits)[0] == "ok"
        told = "post 11 of 12 exceeds the 20 posts that X accepts in 24 h: the thread stops there."
        assert self.room(12, before, limits) == ("failure", told)
        assert self.room(12, [SLOT - 24 * HOUR] * 10, limits)[0] == "ok"

    def said(self, remaining: int | None, reset: timedelta | None, window: Window = Window.USER_DAY):
        reset_at = None if reset is None else SLOT + reset
        return [ToldLimit(SLOT - HOUR, Allowance(window, 50, remaining, reset_at))]

    def told(self, count: int, said, others=()):
        due = due_times(SLOT, timedelta(seconds=2), count)
        check = headroom(KEY, whole(due), others, DOCUMENTED, said, "Europe/Paris")
        return check.verdict, check.observed, check.remedy

    def test_a_limit_that_is_used_up_by_whomever(self):
        """Other apps also post as the account."""
        assert self.told(12, self.said(0, 23 * HOUR)) == (
            "failure",
            (
                "post 1 of 12 must wait until Sat 2020-11-07 06:30: of 50 posts in 24 h X had 0 left on "
                "Fri 2020-11-06 06:30. The thread is held there."
            ),
            "Publish less before, or when that is over: flashtweet publish flashtweet@2020-11-06",
        )

    def test_a_limit_that_ends_in_the_midst(self):
        assert self.told(12, self.said(11, 23 * HOUR))[1].startswith("post 12 of 12 must wait until")
        assert self.told(12, self.said(12, 23 * HOUR))[0] == "ok"

    def test_what_went_out_since_x_said_it_counts(self):
        since = [SLOT - HOUR / 2] * 5
        assert self.told(12, self.said(17, 23 * HOUR), since)[0] == "ok"
        assert self.told(12, self.said(16, 23 * HOUR), since)[0] == "failure"
        assert self.told(12, self.said(12, 23 * HOUR), [SLOT - 2 * HOUR] * 5)[0] == "ok"

    def test_a_window_that_is_over_by_then_says_nothing(self):
        assert self.told(12, self.said(0, timedelta(0)))[0] == "ok"
        assert self.told(12, self.said(0, None))[0] == "ok"
        assert self.told(12, self.said(None, 23 * HOUR))[0] == "ok"

    def test_a_quarter_that_is_used_up_is_waited_out(self):
        assert self.told(3, self.said(0, HOUR / 6, Window.QUARTER))[0] == "warning"

    def test_posts_count_when_they_went_out_or_are_due(self):
        out = Delivery(
            1, DeliveryState.SENT, "Un", SLOT, post_id=str(first_id_at(SLOT + timedelta(seconds=40)))
        )
        ahead = Delivery(2, DeliveryState.PENDING, "Deux", SLOT + timedelta(seconds=2))
        known = Publication("main", KEY, PublicationState.PUBLISHING, SLOT, (out, ahead))
        assert counted([known]) == (SLOT + timedelta(seconds=40), SLOT + timedelta(seconds=2))
