"""Account check: real tweepy over real HTTP against the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.adapters.x_publisher import OAuthCredentials, XAccount
from bot.adapters.x_publisher.rate_limits import allowances
from bot.core.schedule.account_checks import Account, Allowance, Window
from bot.sandbox import Fault, FaultKind, RequestKind, Sandbox, SandboxServer, SandboxSettings

if TYPE_CHECKING:
    from collections.abc import Iterator


def now() -> datetime:
    return datetime.now(UTC)


class ClockOfX:
    ahead = timedelta(0)

    def __call__(self) -> datetime:
        return now() + self.ahead


@pytest.fixture
def clock() -> ClockOfX:
    return ClockOfX()


@pytest.fixture
def sandbox(clock: ClockOfX) -> Sandbox:
    return Sandbox(now=clock, real_now=now)


@pytest.fixture
def x(sandbox: Sandbox) -> Iterator[XAccount]:
    with SandboxServer(sandbox) as server:
        yield make_account(server.base_url, sandbox)


def make_account(base_url: str, sandbox: Sandbox, secret: str | None = None) -> XAccount:
    own = sandbox.credentials
    keys = OAuthCredentials(
        own.api_key, own.api_key_secret, own.access_token, secret or own.access_token_secret
    )
    return XAccount(base_url, sandbox.user_id, keys, now, timeouts=(1.0, 60.0))


def test_who_we_are(x: XAccount, sandbox: Sandbox) -> None:
    greeting = x.greet()
    assert greeting.answer == Account(sandbox.user_id, sandbox.handle)
    assert (greeting.status, greeting.access_level) == (200, "read-write")
    assert greeting.ahead is not None
    assert abs(greeting.ahead) <= greeting.within < timedelta(seconds=3)


@pytest.mark.parametrize("seconds", [-90, 45])
def test_how_far_our_clock_is_off(x: XAccount, clock: ClockOfX, seconds: int) -> None:
    clock.ahead = timedelta(seconds=seconds)
    greeting = x.greet()
    assert greeting.ahead is not None
    assert abs(greeting.ahead - clock.ahead) <= greeting.within


def test_a_refusal_tells_the_time_too(sandbox: Sandbox, clock: ClockOfX) -> None:
    clock.ahead = timedelta(minutes=10)
    with SandboxServer(sandbox) as server:
        greeting = make_account(server.base_url, sandbox, secret="wrong").greet()
    assert isinstance(greeting.answer, errors.AccountRefused)
    assert (greeting.status, greeting.access_level) == (401, None)
    assert greeting.ahead is not None
    assert greeting.ahead > timedelta(minutes=9)


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        (FaultKind.CREDITS, errors.AccountRefused, 402),
        (FaultKind.FORBIDDEN, errors.AccountRefused, 403),
        (FaultKind.RATE_LIMIT, errors.RateLimited, 429),
        (FaultKind.UNAVAILABLE, errors.InDoubt, 503),
        (FaultKind.ODD, errors.InDoubt, 200),
        (FaultKind.DROPPED, errors.InDoubt, None),
    ],
)
def test_what_x_can_answer_instead(
    x: XAccount, sandbox: Sandbox, fault: FaultKind, error: type[errors.PublishError], status: int | None
) -> None:
    sandbox.faults.add(Fault(fault, request=RequestKind.ME))
    greeting = x.greet()
    assert type(greeting.answer) is error
    assert greeting.status == status


def test_x_is_out_of_reach(sandbox: Sandbox) -> None:
    greeting = make_account("http://127.0.0.1:9", sandbox).greet()
    assert isinstance(greeting.answer, errors.Unavailable)
    assert (greeting.status, greeting.ahead) == (None, None)


def test_a_token_that_may_only_read(clock: ClockOfX) -> None:
    sandbox = Sandbox(now=clock, real_now=now, settings=SandboxSettings(access_level="read"))
    with SandboxServer(sandbox) as server:
        assert make_account(server.base_url, sandbox).greet().access_level == "read"


def test_a_post_that_is_deleted(x: XAccount, sandbox: Sandbox) -> None:
    post_id = x.create("Bonjour", None)
    x.delete(post_id)
    assert sandbox.posts() == ()
    x.delete(post_id)  # no error if it does not exist


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (FaultKind.UNAUTHORIZED, errors.AccountRefused),
        (FaultKind.ANSWER_LOST, errors.InDoubt),
        (FaultKind.RATE_LIMIT, errors.RateLimited),
    ],
)
def test_a_deletion_that_x_does_not_confirm(
    x: XAccount, sandbox: Sandbox, fault: FaultKind, error: type[errors.PublishError]
) -> None:
    post_id = x.create("Bonjour", None)
    sandbox.faults.add(Fault(fault, request=RequestKind.DELETE))
    with pytest.raises(error):
        x.delete(post_id)


def test_what_an_answer_says_of_limits(clock: ClockOfX) -> None:
    settings = SandboxSettings(posts_per_15min=3, user_posts_per_day=50, app_posts_per_day=500)
    sandbox = Sandbox(now=clock, real_now=now, settings=settings)
    with SandboxServer(sandbox) as server:
        x = make_account(server.base_url, sandbox)
        assert x.allowances() == ()
        before = now()
        x.create("Bonjour", None)
        found = {one.window: (one.limit, one.remaining) for one in x.allowances()}
        resets = [one.reset_at for one in x.allowances() if one.reset_at]
        x.greet()
        read = [one.window for one in x.allowances()]
    assert found == {Window.QUARTER: (3, 2), Window.USER_DAY: (50, 49), Window.APP_DAY: (500, 499)}
    assert [round((at - before) / timedelta(minutes=15)) for at in resets] == [1, 96, 96]
    assert read == list(found)  # the limits of posts: reads have their own window


def test_headers_that_are_no_numbers() -> None:
    headers = {"x-rate-limit-limit": "many", "x-user-limit-24hour-limit": "50"}
    assert allowances(headers) == (Allowance(Window.USER_DAY, 50),)
    assert allowances({"x-rate-limit-limit": "1", "x-rate-limit-reset": "9" * 20}) == (
        Allowance(Window.QUARTER, 1),
    )
