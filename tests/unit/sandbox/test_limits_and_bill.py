from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from bot.sandbox import Sandbox, SandboxServer, SandboxSettings
from tests.unit.sandbox.support import SLOT, Client, real_now

if TYPE_CHECKING:
    import requests

EPOCH = int(SLOT.timestamp())


@pytest.fixture
def narrow(clock):
    """Limits of two posts per 15 minutes and three per day."""
    settings = SandboxSettings(posts_per_15min=2, user_posts_per_day=3, app_posts_per_day=10)
    sandbox = Sandbox(now=clock, real_now=real_now, settings=settings)
    with SandboxServer(sandbox) as server, Client(server) as client:
        yield client


def limits(answer: requests.Response, prefix: str = "x-rate-limit") -> tuple[int, ...]:
    return tuple(int(answer.headers[f"{prefix}-{name}"]) for name in ("limit", "remaining", "reset"))


def test_every_answer_has_the_remaining_requests(narrow):
    assert limits(narrow.post("un")) == (2, 1, EPOCH + 900)
    refused = narrow.post("un")
    assert (refused.status_code, limits(refused)) == (403, (2, 0, EPOCH + 900))
    assert limits(refused, "x-user-limit-24hour") == (3, 1, EPOCH + 86_400)
    assert limits(refused, "x-app-limit-24hour") == (10, 8, EPOCH + 86_400)
    assert limits(narrow.request("GET", "/2/users/me")) == (900, 899, EPOCH + 900)


def test_every_genuine_request_gets_its_access_level(narrow):
    answers = [
        narrow.request("GET", "/2/users/me"),
        narrow.post("un"),
        narrow.post("un"),
        narrow.post("deux"),
    ]
    assert [answer.status_code for answer in answers] == [200, 201, 403, 429]
    assert {answer.headers["x-access-level"] for answer in answers} == {"read-write"}
    assert "x-access-level" not in narrow.request("GET", "/2/users/me", auth=None).headers


def test_a_token_that_may_only_read(client):
    client.control("PUT", "settings", json={"access_level": "read"})
    answer = client.post("Bonjour")
    assert (answer.status_code, answer.headers["x-access-level"]) == (403, "read")
    assert answer.json()["type"].endswith("/oauth1-permissions")
    assert client.request("GET", "/2/users/me").headers["x-access-level"] == "read"


def test_answers_are_dated_by_the_clock_of_x(client, clock):
    """Refusals have a date too, so that a client with a wrong clock can find out why it is refused."""
    clock.move(minutes=3, seconds=0.9)
    answers = [client.request("GET", "/2/users/me"), client.request("GET", "/2/users/me", auth=None)]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert {answer.headers["date"] for answer in answers} == {"Fri, 06 Nov 2020 06:33:00 GMT"}


def test_requests_over_the_limit_create_nothing(narrow, clock):
    narrow.create("un")
    clock.move(minutes=5)
    narrow.create("deux")
    answer = narrow.post("trois")
    body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    assert (answer.status_code, answer.json(), limits(answer)) == (429, body, (2, 0, EPOCH + 900))
    assert len(narrow.server.sandbox.posts()) == 2


def test_the_window_reopens_at_its_reset(narrow, clock):
    narrow.create("un")
    narrow.create("deux")
    clock.move(seconds=899)
    assert narrow.post("trois").status_code == 429
    clock.move(seconds=1)
    assert narrow.post("trois").status_code == 201


def test_the_day_has_a_limit_of_its_own(narrow, clock):
    """The 429 of the daily limit: the 15-minute window has room; only the 24-hour header has the reset."""
    narrow.create("un")
    narrow.create("deux")
    clock.move(minutes=20)
    narrow.create("trois")
    answer = narrow.post("quatre")
    assert (answer.status_code, limits(answer)[1]) == (429, 1)
    assert limits(answer, "x-user-limit-24hour") == (3, 0, EPOCH + 86_400)


def test_a_clock_moved_back_opens_new_windows(narrow, clock):
    narrow.create("un")
    narrow.create("deux")
    clock.move(hours=-30)
    assert narrow.post("trois").status_code == 201


def total(client: Client) -> Decimal:
    return client.server.sandbox.bill().total


def test_a_post_with_a_link_costs_thirteen_times_one_without(client):
    client.create("Bonjour")
    assert total(client) == Decimal("0.015")
    client.create("Lisez example.com")
    assert total(client) == Decimal("0.215")


def test_refusals_are_free(client):
    client.create("Bonjour")
    client.post("Bonjour")
    client.post("x" * 281)
    client.get("/2/tweets/1")
    assert total(client) == Decimal("0.015")


def test_a_post_is_read_once_a_day_by_the_bill(client, clock):
    head = client.create("Bonjour")
    for _ in range(3):
        client.timeline()
        client.get(f"/2/tweets/{head}")
    assert total(client) == Decimal("0.020")
    clock.move(hours=18)  # 00:30 UTC
    client.timeline()
    assert total(client) == Decimal("0.025")


def test_own_posts_are_cheaper_for_the_owner_of_the_app(client):
    client.control("PUT", "settings", json={"own_app": True})
    client.create("Bonjour")
    client.timeline()
    assert total(client) == Decimal("0.016")


def test_the_other_prices(client):
    head = client.create("Bonjour")
    client.get("/2/users/me")
    client.get("/2/users/me")
    client.request("POST", f"/2/users/{client.server.sandbox.user_id}/retweets", json={"tweet_id": head})
    for _ in range(2):
        client.request("DELETE", f"/2/tweets/{head}")
    assert total(client) == Decimal("0.015") + Decimal("0.010") + Decimal("0.015") + Decimal("0.005")
    bill = client.control("GET", "bill").json()
    assert (bill["total"], bill["currency"], bill["prices_from"]) == ("0.045", "USD", "2026-04-16")
    assert bill["lines"][0] == {"what": "post created", "count": 1, "price": "0.015", "amount": "0.015"}
