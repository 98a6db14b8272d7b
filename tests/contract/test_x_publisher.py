"""Real tweepy over real HTTP against the sandbox: our conclusion from each behaviour of X."""

from __future__ import annotations

import logging
import os
import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.adapters.x_publisher import OAuthCredentials, XPublisher
from bot.adapters.x_publisher.refusals import Response, refusal
from bot.core.publishing.publication import Delivery, DeliveryState
from bot.core.text.matching import is_ours
from bot.sandbox import (
    Fault,
    FaultedLimit,
    FaultKind,
    Forbidden,
    Form,
    RequestKind,
    Sandbox,
    SandboxServer,
    SandboxSettings,
    When,
)
from tests.processes import until

if TYPE_CHECKING:
    from collections.abc import Iterator


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(now=now)


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[SandboxServer]:
    with SandboxServer(sandbox) as server:
        yield server


@pytest.fixture
def x(sandbox: Sandbox, server: SandboxServer) -> XPublisher:
    return make_publisher(server.base_url, sandbox)


def make_publisher(base_url: str, sandbox: Sandbox, read_timeout: float = 60.0) -> XPublisher:
    own = sandbox.credentials
    keys = OAuthCredentials(own.api_key, own.api_key_secret, own.access_token, own.access_token_secret)
    return XPublisher(base_url, sandbox.user_id, keys, now, timeouts=(1.0, read_timeout))


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (Forbidden.LOCKED, "X has locked the account for now: log in to X with it"),
        (Forbidden.AUTOMATED, "the account is not locked. Wait at least half an hour"),
    ],
)
def test_what_x_wants_of_a_person_is_said(
    x: XPublisher, sandbox: Sandbox, reason: Forbidden, remedy: str
) -> None:
    sandbox.faults.add(Fault(FaultKind.FORBIDDEN, reason=reason))
    with pytest.raises(errors.AccountRefused, match=remedy):
        x.create("Bonjour", None)


def test_a_post_and_its_reply(x: XPublisher, sandbox: Sandbox) -> None:
    head = x.create("Bonjour ☕️ & <b> « à tous »", None)
    reply = x.create("Suite", head)
    assert [(post.id, post.text, post.replied_to) for post in sandbox.posts()] == [
        (head, "Bonjour ☕️ & <b> « à tous »", None),
        (reply, "Suite", head),
    ]


def test_our_posts_are_recognised_in_the_timeline(x: XPublisher) -> None:
    text = "L'État & <Bercy> https://example.com/a?b=1&c=2 et https://example.com/d"
    started = now()
    head = x.create("Bonjour", None)
    reply = x.create(text, head)
    newest, oldest = x.timeline(started - timedelta(seconds=5))
    assert (newest.post_id, newest.replied_to, oldest.post_id) == (reply, head, head)
    delivery = Delivery(2, DeliveryState.IN_DOUBT, text, started, intent_at=started, parent_id=head)
    assert is_ours(newest, delivery)
    assert not is_ours(oldest, delivery)


def test_the_timeline_is_read_to_its_last_page() -> None:
    started = now() - timedelta(seconds=5)
    roomy = Sandbox(now=now, settings=SandboxSettings(posts_per_15min=1000))
    with SandboxServer(roomy) as server:
        publisher = make_publisher(server.base_url, roomy)
        ids = [publisher.create(f"post {n}", None) for n in range(120)]
        assert [post.post_id for post in publisher.timeline(started)] == ids[::-1]
        assert list(publisher.timeline(now() + timedelta(minutes=1))) == []


K, R = FaultKind, errors
FAULTS = [
    # fault, our conclusion, whether the post exists
    (Fault(K.ANSWER_LOST), R.InDoubt, True),
    (Fault(K.DROPPED), R.InDoubt, False),
    (Fault(K.TRUNCATED), R.InDoubt, True),
    (Fault(K.ODD, form=Form.HTML), R.InDoubt, True),
    (Fault(K.ODD, form=Form.EMPTY), R.InDoubt, True),
    (Fault(K.ODD, form=Form.LIST), R.InDoubt, False),
    (Fault(K.ODD, form=Form.LIST, status=403), R.InDoubt, False),
    (Fault(K.ODD, form=Form.HTML, status=403), R.InDoubt, False),
    (Fault(K.ODD, form=Form.EMPTY, status=404), R.InDoubt, False),
    (Fault(K.ODD, form=Form.LIST, status=500, when=When.AFTER), R.InDoubt, True),
    (Fault(K.UNAVAILABLE), R.InDoubt, False),
    (Fault(K.UNAVAILABLE, when=When.AFTER, form=Form.HTML), R.InDoubt, True),
    (Fault(K.RATE_LIMIT), R.RateLimited, False),
    (Fault(K.RATE_LIMIT, form=Form.CODE_88, reset_seconds=None), R.RateLimited, False),
    (Fault(K.CREDITS), R.AccountRefused, False),
    (Fault(K.UNAUTHORIZED), R.AccountRefused, False),
    (Fault(K.FORBIDDEN, reason=Forbidden.SUSPENDED), R.AccountRefused, False),
    (Fault(K.FORBIDDEN, reason=Forbidden.LOCKED), R.AccountRefused, False),
    (Fault(K.FORBIDDEN, reason=Forbidden.AUTOMATED), R.AccountRefused, False),
    (Fault(K.FORBIDDEN, reason=Forbidden.READ_ONLY_APP), R.AccountRefused, False),
    (Fault(K.FORBIDDEN, reason=Forbidden.REPLY_NOT_ALLOWED), R.ReplyRefused, False),
    (Fault(K.FORBIDDEN, reason=Forbidden.NOT_AUTHORIZED), R.AccountRefused, False),
    (Fault(K.FORBIDDEN, reason=Forbidden.NOT_PERMITTED), R.AccountRefused, False),
    (Fault(K.FORBIDDEN, reason=Forbidden.DUPLICATE), R.Duplicate, False),
    (Fault(K.PARENT_NOT_VISIBLE), R.ParentNotVisible, False),
    (Fault(K.PARENT_NOT_VISIBLE, status=400), R.ParentNotVisible, False),
    (Fault(K.TIMELINE_LAG), None, True),
    (Fault(K.DELAY, seconds=0.05), None, True),
]


@pytest.mark.parametrize(
    ("fault", "expected", "exists"),
    FAULTS,
    ids=[" ".join(str(value) for value in fault.to_json().values()) for fault, *_ in FAULTS],
)
def test_what_we_conclude_from_each_fault(
    x: XPublisher, sandbox: Sandbox, fault: Fault, expected: type[errors.PublishError] | None, exists: bool
) -> None:
    head = x.create("Bonjour", None)
    sandbox.faults.add(fault)
    if expected is None:
        x.create("Suite", head)
    else:
        with pytest.raises(errors.PublishError) as caught:
            x.create("Suite", head)
        assert type(caught.value) is expected
    assert [post.text for post in sandbox.posts()] == ["Bonjour", *(["Suite"] if exists else [])]


def test_every_kind_of_fault_is_in_the_table() -> None:
    assert {fault.fault for fault, *_ in FAULTS} | {K.REFUSED} == set(FaultKind)


def test_connection_refused_is_proven_not_created(x: XPublisher, sandbox: Sandbox) -> None:
    x.create("Bonjour", None)
    sandbox.faults.add(Fault(K.REFUSED, seconds=30))
    said = r"X cannot be reached at 127\.0\.0\.1:\d+: Connection refused\. Is .flashtweet sandbox. running"
    with pytest.raises(errors.Unavailable, match=said):
        x.create("Suite", None)


def test_an_unknown_host_is_proven_not_created(sandbox: Sandbox) -> None:
    said = r"cannot be reached at nowhere\.invalid: [\w ]+\. Is X_API_BASE_URL right\?$"
    with pytest.raises(errors.Unavailable, match=said):
        make_publisher("http://nowhere.invalid", sandbox).create("Bonjour", None)


def test_an_answer_that_does_not_come_is_in_doubt(server: SandboxServer, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(K.DELAY, seconds=60, when=When.AFTER))
    impatient = make_publisher(server.base_url, sandbox, read_timeout=0.2)
    with pytest.raises(errors.InDoubt, match="the connection broke before X's answer came"):
        impatient.create("Bonjour", None)
    until(lambda: [post.text for post in sandbox.posts()] == ["Bonjour"], "X has created it all the same")


def test_a_connection_that_is_not_accepted_is_proven_not_created(sandbox: Sandbox) -> None:
    """A full backlog: the kernel drops our SYN, and no part of the request can have arrived."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        with pytest.raises(errors.Unavailable, match=r":\d+: Connection to [\d.]+ timed out"):
            make_publisher(f"http://127.0.0.1:{address[1]}", sandbox).create("Bonjour", None)
        for one in waiting:
            one.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mot " * 100, errors.Rejected),
        ("$AAPL $GOOG", errors.Rejected),
        ("Bonjour", errors.Duplicate),
    ],
)
def test_what_x_refuses_of_a_text(x: XPublisher, text: str, expected: type[errors.PublishError]) -> None:
    x.create("Bonjour", None)
    with pytest.raises(errors.PublishError) as caught:
        x.create(text, None)
    assert type(caught.value) is expected


def test_a_parent_that_is_gone(x: XPublisher) -> None:
    with pytest.raises(errors.ParentNotVisible):
        x.create("Suite", "20")


def test_wrong_keys(server: SandboxServer, sandbox: Sandbox) -> None:
    own = sandbox.credentials
    keys = OAuthCredentials(own.api_key, "wrong", own.access_token, own.access_token_secret)
    publisher = XPublisher(server.base_url, sandbox.user_id, keys, now)
    with pytest.raises(errors.AccountRefused, match="X does not accept the keys"):
        publisher.create("Bonjour", None)


def test_a_rate_limit_ends_at_the_last_reset_of_what_is_used_up(x: XPublisher, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(K.RATE_LIMIT, window=FaultedLimit.USER_DAY, reset_seconds=5000))
    with pytest.raises(errors.RateLimited) as caught:
        x.create("Bonjour", None)
    assert abs(caught.value.retry_at - now() - timedelta(seconds=5000)) < timedelta(seconds=5)


NOW = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
LATER = int(NOW.timestamp()) + 300
MUCH_LATER = LATER + 80_000


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, 60, id="no header"),
        pytest.param({"x-rate-limit-reset": str(LATER)}, 300, id="one"),
        pytest.param({"x-rate-limit-reset": str(LATER - 400)}, 60, id="past"),
        pytest.param({"x-rate-limit-reset": "soon"}, 60, id="nonsense"),
        pytest.param(
            {
                "x-rate-limit-reset": str(LATER),
                "x-rate-limit-remaining": "0",
                "x-user-limit-24hour-reset": str(MUCH_LATER),
                "x-user-limit-24hour-remaining": "0",
            },
            80_300,
            id="both used up: the last",
        ),
        pytest.param(
            {
                "x-rate-limit-reset": str(LATER),
                "x-rate-limit-remaining": "0",
                "x-user-limit-24hour-reset": str(MUCH_LATER),
                "x-user-limit-24hour-remaining": "88",
            },
            300,
            id="the day's is not used up",
        ),
    ],
)
def test_until_when_a_rate_limit_holds(headers: dict[str, str], seconds: int) -> None:
    body = b'{"title": "Too Many Requests", "type": "about:blank", "status": 429}'
    error = refusal(Response.of(429, body, headers), NOW)
    assert isinstance(error, errors.RateLimited)
    assert error.retry_at - NOW == timedelta(seconds=seconds)


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 405, 409, 410, 418, 422, 429, 451])
@pytest.mark.parametrize(
    "body",
    [b"<html>", b"", b"{}", b"[]", b'{"message": "Forbidden"}', b'{"type": "https://cdn.example/403"}'],
)
def test_an_answer_that_is_not_x_proves_nothing(status: int, body: bytes) -> None:
    assert type(refusal(Response.of(status, body, {}), NOW)) is errors.InDoubt


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599])
def test_an_answer_that_leaves_it_open_is_in_doubt(status: int) -> None:
    assert type(refusal(Response.of(status, b"", {}), NOW)) is errors.InDoubt


def test_a_reading_that_fails_says_so(x: XPublisher, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(K.UNAVAILABLE, request=RequestKind.TIMELINE))
    with pytest.raises(errors.InDoubt):
        list(x.timeline(now()))


def test_keys_never_show(
    x: XPublisher, sandbox: Sandbox, server: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "urllib3")  # alerts silence it once they are imported
    x.create("Bonjour", None)
    sandbox.faults.add(Fault(K.UNAUTHORIZED))
    with pytest.raises(errors.AccountRefused) as caught:
        x.create("Suite", None)
    own = sandbox.credentials
    keys = OAuthCredentials(own.api_key, own.api_key_secret, own.access_token, own.access_token_secret)
    shown = f"{caplog.text} {caught.value} {caught.value.__cause__} {keys} {x!r}"
    assert server.base_url.rpartition(":")[2] in caplog.text  # urllib3 did log the request
    for secret in (own.api_key, own.api_key_secret, own.access_token, own.access_token_secret):
        assert secret not in shown


def test_the_environment_cannot_redirect_us(
    x: XPublisher, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "http_proxy", "http://127.0.0.1:9")
    monkeypatch.setitem(os.environ, "HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delitem(os.environ, "no_proxy", raising=False)
    x.create("Bonjour", None)
    assert len(sandbox.posts()) == 1


def test_a_post_of_ours_is_found_by_its_id(x: XPublisher) -> None:
    head = x.create("Bonjour", None)
    reply = x.create("Suite", head)
    found = x.find(reply)
    assert found is not None
    assert (found.post_id, found.text, found.replied_to) == (reply, "Suite", head)
    assert x.find(str(int(reply) + 1)) is None
