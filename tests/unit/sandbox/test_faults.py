"""Faults strike the requests they are meant for, on the connection, and no others."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from datetime import timedelta

import pytest
import requests

from bot.sandbox import Fault, FaultedLimit, FaultKind, Forbidden, Form, RequestKind, When
from tests.processes import until
from tests.unit.sandbox.support import SLOT, TIMEOUT, Client, texts

NO_ANSWER = requests.ConnectionError


def test_a_lost_answer_leaves_the_post_behind(client, sandbox):
    sandbox.faults.add(Fault(FaultKind.ANSWER_LOST))
    with pytest.raises(NO_ANSWER, match="without response"):
        client.post("Bonjour")
    assert texts(sandbox) == ["Bonjour"]


def test_a_dropped_request_leaves_nothing(client, sandbox):
    sandbox.faults.add(Fault(FaultKind.DROPPED))
    with pytest.raises(NO_ANSWER, match="without response"):
        client.post("Bonjour")
    assert texts(sandbox) == []


def test_a_truncated_answer_says_201_and_stops(client, sandbox):
    sandbox.faults.add(Fault(FaultKind.TRUNCATED))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client.post("Bonjour")
    assert texts(sandbox) == ["Bonjour"]


def test_a_truncated_answer_has_a_whole_head(server, sandbox):
    """201 with a Content-Length larger than the body, read from the raw socket."""
    sandbox.faults.add(Fault(FaultKind.TRUNCATED, request=RequestKind.ME))
    host, port = server.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), TIMEOUT) as wire:
        wire.sendall(f"GET /2/users/me HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: wire.recv(65536), b"")).partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")
    )
    assert head.startswith(b"HTTP/1.1 401 Unauthorized\r\n")
    assert 0 < len(body) < length


@pytest.mark.parametrize("again", [True, False], ids=["kept connection", "new connection"])
def test_refused_connections_meet_a_closed_port(client, sandbox, again):
    client.create("un")
    sandbox.faults.add(Fault(FaultKind.REFUSED, seconds=60))
    with Client(client.server) as fresh, pytest.raises(NO_ANSWER, match="Connection refused"):
        (client if again else fresh).post("deux")
    assert texts(sandbox) == ["un"]


def test_the_port_opens_again_after_a_refusal(client, sandbox):
    sandbox.faults.add(Fault(FaultKind.REFUSED, seconds=0.05))
    assert _until_it_listens(client).status_code == 201
    assert texts(sandbox) == ["un"]


def _until_it_listens(client: Client) -> requests.Response:
    def answer() -> tuple[requests.Response] | None:
        with contextlib.suppress(requests.ConnectionError):
            return (client.post("un"),)
        return None

    answered: tuple[requests.Response] = until(answer, "the port is open again")
    return answered[0]


def test_a_refusal_waits_for_its_turn(client, sandbox):
    """ "after: 2": two creates are answered completely, then the port closes."""
    sandbox.faults.add(Fault(FaultKind.REFUSED, after=2, seconds=60))
    client.create("un")
    client.get("/2/users/me")
    client.create("deux")
    with pytest.raises(NO_ANSWER, match="Connection refused"):
        client.get("/2/users/me")


def test_a_refusal_can_be_requested_over_http(client):
    answer = client.control("POST", "faults", json={"fault": "refused", "seconds": 60})
    assert answer.status_code == 201
    with pytest.raises(NO_ANSWER, match="Connection refused"):
        client.post("Bonjour")


REFUSALS = [
    (Fault(FaultKind.UNAUTHORIZED), 401, "Unauthorized", "about:blank"),
    (Fault(FaultKind.CREDITS), 402, "does not have any credits", "/problems/credits"),
    (Fault(FaultKind.FORBIDDEN), 403, "You are not permitted to perform this action.", "about:blank"),
    (Fault(FaultKind.FORBIDDEN, reason=Forbidden.SUSPENDED), 403, "is suspended", "/problems/user-suspended"),
    (
        Fault(FaultKind.FORBIDDEN, reason=Forbidden.READ_ONLY_APP),
        403,
        "permissions",
        "/problems/oauth1-permissions",
    ),
    (Fault(FaultKind.FORBIDDEN, reason=Forbidden.DUPLICATE), 403, "duplicate content", "about:blank"),
    (
        Fault(FaultKind.FORBIDDEN, reason=Forbidden.REPLY_NOT_ALLOWED),
        403,
        "only reply to or quote",
        "about:blank",
    ),
    (
        Fault(FaultKind.FORBIDDEN, reason=Forbidden.NOT_AUTHORIZED),
        403,
        "not been mentioned",
        "/not-authorized-for-resource",
    ),
    (Fault(FaultKind.PARENT_NOT_VISIBLE), 403, "deleted or not visible", "about:blank"),
    (Fault(FaultKind.PARENT_NOT_VISIBLE, status=400), 400, "deleted or not visible", "about:blank"),
    (Fault(FaultKind.RATE_LIMIT), 429, "Too Many Requests", "about:blank"),
    (Fault(FaultKind.UNAVAILABLE), 503, "Service Unavailable", "about:blank"),
]


@pytest.mark.parametrize(("reason", "code"), [(Forbidden.LOCKED, 326), (Forbidden.AUTOMATED, 226)])
def test_refusals_with_one_of_x_s_old_numbers(client, sandbox, reason, code):
    sandbox.faults.add(Fault(FaultKind.FORBIDDEN, reason=reason))
    answer = client.post("Bonjour")
    assert answer.status_code == 403
    assert [one["code"] for one in answer.json()["errors"]] == [code]
    assert texts(sandbox) == []


@pytest.mark.parametrize(("fault", "status", "detail", "kind"), REFUSALS, ids=lambda value: str(value)[:60])
def test_refusals_on_command(client, sandbox, fault, status, detail, kind):
    sandbox.faults.add(fault)
    answer = client.post("Bonjour")
    body = answer.json()
    assert answer.status_code == status
    assert detail in body["detail"]
    assert body["type"].endswith(kind)
    assert texts(sandbox) == []
    assert client.post("Bonjour").status_code == 201


def test_a_429_has_the_configured_reset(client, sandbox):
    epoch = int(SLOT.timestamp())
    sandbox.faults.add(Fault(FaultKind.RATE_LIMIT, reset_seconds=30))
    assert client.post("a").headers["x-rate-limit-reset"] == str(epoch + 30)
    sandbox.faults.add(Fault(FaultKind.RATE_LIMIT, reset_seconds=-5, window=FaultedLimit.USER_DAY))
    headers = client.post("a").headers
    assert headers["x-user-limit-24hour-reset"] == str(epoch - 5)
    assert headers["x-user-limit-24hour-remaining"] == "0"
    assert "x-rate-limit-reset" not in headers


def test_a_429_may_name_no_reset_and_have_the_old_form(client, sandbox):
    sandbox.faults.add(Fault(FaultKind.RATE_LIMIT, reset_seconds=None, form=Form.CODE_88))
    answer = client.post("a")
    assert "x-rate-limit-reset" not in answer.headers
    assert answer.json() == {"errors": [{"code": 88, "message": "Rate limit exceeded"}]}


@pytest.mark.parametrize(
    ("fault", "status", "start", "made"),
    [
        (Fault(FaultKind.UNAVAILABLE, form=Form.HTML), 503, "<!DOCTYPE html>", False),
        (Fault(FaultKind.UNAVAILABLE, when=When.AFTER), 503, "{", True),
        (Fault(FaultKind.ODD), 201, "<!DOCTYPE html>", True),
        (Fault(FaultKind.ODD, when=When.BEFORE), 200, "<!DOCTYPE html>", False),
        (Fault(FaultKind.ODD, form=Form.EMPTY), 201, "", True),
        (Fault(FaultKind.ODD, form=Form.LIST), 400, "[", False),
        (Fault(FaultKind.ODD, form=Form.LIST, status=500, when=When.AFTER), 500, "[", True),
    ],
)
def test_strange_answers(client, sandbox, fault, status, start, made):
    sandbox.faults.add(fault)
    answer = client.post("Bonjour")
    assert answer.status_code == status
    assert answer.text.startswith(start)
    assert bool(answer.text) == bool(start)
    assert bool(sandbox.posts()) == made


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
def test_a_delayed_request_takes_effect_even_if_its_client_has_left(client, sandbox, when, monkeypatch):
    """The worst case for a bot: a read timeout, yet the post is created."""
    delay, over, real = 60, threading.Event(), asyncio.sleep

    async def sleep(seconds: float) -> None:
        while seconds == delay and not over.is_set():
            await real(0.005)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    sandbox.faults.add(Fault(FaultKind.DELAY, seconds=delay, when=when))
    with pytest.raises(requests.ReadTimeout):
        client.request("POST", "/2/tweets", json={"text": "Bonjour"}, timeout=0.1)
    if when is When.AFTER:
        until(sandbox.posts, "it takes effect at once")
    assert bool(sandbox.posts()) == (when is When.AFTER)
    over.set()
    until(lambda: sandbox.requests()[0].status, "it is answered, to nobody")
    assert texts(sandbox) == ["Bonjour"]


def test_a_delay_takes_its_time(client, sandbox):
    sandbox.faults.add(Fault(FaultKind.DELAY, seconds=0.1))
    assert client.post("Bonjour").elapsed >= timedelta(seconds=0.1)


def test_a_fault_counts_only_its_own_kind_of_request(client, sandbox):
    sandbox.faults.add(Fault(FaultKind.UNAVAILABLE, after=1, times=2))
    statuses = []
    for number in range(4):
        client.get("/2/users/me")
        client.timeline()
        statuses.append(client.post(f"post {number}").status_code)
    assert statuses == [201, 503, 503, 201]


@pytest.mark.parametrize(
    ("kind", "method", "path"),
    [
        ("create", "POST", "/2/tweets"),
        ("delete", "DELETE", "/2/tweets/1"),
        ("lookup", "GET", "/2/tweets/1"),
        ("lookup", "GET", "/2/tweets?ids=1"),
        ("me", "GET", "/2/users/me"),
        ("timeline", "GET", "/2/users/1/tweets"),
        ("repost", "POST", "/2/users/1/retweets"),
        ("upload", "POST", "/2/media/upload"),
        ("metadata", "POST", "/2/media/metadata"),
    ],
)
def test_each_kind_of_request_can_be_struck(client, sandbox, kind, method, path):
    sandbox.faults.add(Fault(FaultKind.UNAVAILABLE, request=RequestKind(kind)))
    assert client.request(method, path).status_code == 503
    assert sandbox.requests()[-1].kind == kind
    sandbox.faults.add(Fault(FaultKind.UNAVAILABLE, request=RequestKind.ANY))
    assert client.request(method, path).status_code == 503


def test_faults_strike_in_the_order_in_which_they_were_switched_on(client, sandbox):
    sandbox.faults.add(
        Fault(FaultKind.UNAVAILABLE), Fault(FaultKind.RATE_LIMIT), Fault(FaultKind.CREDITS, after=3)
    )
    assert [client.post(f"post {number}").status_code for number in range(4)] == [503, 429, 201, 402]


def test_the_remaining_faults_are_listed(client, sandbox):
    sandbox.faults.add(Fault(FaultKind.UNAVAILABLE, after=1, times=2))
    client.create("un")
    assert sandbox.faults.active() == (Fault(FaultKind.UNAVAILABLE, after=0, times=2),)
    client.post("deux")
    assert sandbox.faults.active() == (Fault(FaultKind.UNAVAILABLE, after=0, times=1),)
    sandbox.faults.clear()
    assert client.post("trois").status_code == 201


def test_the_log_has_each_request_with_its_time_and_outcome(client, clock, sandbox):
    sandbox.faults.add(Fault(FaultKind.ANSWER_LOST, after=1))
    client.create("un")
    clock.move(seconds=2)
    with pytest.raises(NO_ANSWER):
        client.post("deux")
    client.timeline(max_results=5)
    log = [(r.number, r.method, r.path, r.query, r.kind, r.status, r.fault) for r in sandbox.requests()]
    path = f"/2/users/{sandbox.user_id}/tweets"
    assert log == [
        (1, "POST", "/2/tweets", "", "create", 201, None),
        (2, "POST", "/2/tweets", "", "create", None, "answer-lost"),
        (3, "GET", path, "max_results=5", "timeline", 200, None),
    ]
    assert sandbox.requests()[1].arrived_at - sandbox.requests()[0].arrived_at == timedelta(seconds=2)
