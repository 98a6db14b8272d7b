"""Signatures: a request signed by our clients is accepted once, now, and unchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from bot.sandbox import Sandbox, SandboxServer
from bot.sandbox.oauth import base_string
from tests.unit.sandbox.support import TIMEOUT, Client, real_now

UNAUTHORIZED = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}


def test_the_base_string_is_that_of_the_rfc():
    """The worked example of RFC 5849, section 3.4.1.1, independent of any library of ours."""
    oauth = {
        "realm": "Example",
        "oauth_consumer_key": "9djdj82h48djs9d2",
        "oauth_token": "kkk9d7dh3k39sjv7",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131201",
        "oauth_nonce": "7d8f3e4a",
        "oauth_signature": "bYT5CMsGcbgUdFHObYMEfcx6bsw=",
    }
    query, form = "b5=%3D%253D&a3=a&c%40=&a2=r%20b", "c2&a3=2+q"
    assert base_string("POST", "http://example.com/request", query, form, oauth) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540"
        "%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3D"
        "HMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_a_signed_request_is_served(client):
    assert client.get("/2/users/me")["data"]["id"] == client.server.sandbox.user_id


@pytest.mark.parametrize("key", ["api_key", "api_key_secret", "access_token", "access_token_secret"])
def test_each_of_the_four_keys_counts(server, key):
    keys = server.sandbox.credentials
    wrong = replace(keys, **{key: getattr(keys, key)[:-1] + "!"})
    with Client(server, wrong) as client:
        answer = client.post("Bonjour")
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
    assert server.sandbox.posts() == ()


def test_without_a_signature_nothing_is_served(client):
    answer = client.request("POST", "/2/tweets", json={"text": "Bonjour"}, auth=None)
    assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def _signed(client: Client, path: str, base_url: str = "") -> requests.PreparedRequest:
    keys = client.keys
    auth = OAuth1(keys.api_key, keys.api_key_secret, keys.access_token, keys.access_token_secret)
    return requests.Request("GET", (base_url or client.server.base_url) + path, auth=auth).prepare()


def test_a_changed_query_breaks_the_signature(client):
    request = _signed(client, "/2/users/me?user.fields=name")
    request.url = str(request.url).replace("name", "created_at")
    assert client.http.send(request, timeout=TIMEOUT).status_code == 401


def test_a_host_rewritten_after_signing_breaks_the_signature(client):
    """A pitfall from x-platform.md: the signature covers the original host."""
    request = _signed(client, "/2/users/me")
    request.url = str(request.url).replace("127.0.0.1", "localhost")
    assert client.http.send(request, timeout=TIMEOUT).status_code == 401


def test_the_usual_port_is_not_signed(client):
    """RFC 5849, section 3.4.1.2: port 80 is not part of the signed URL, even if Host names it."""
    request = _signed(client, "/2/users/me", "http://127.0.0.1")
    request.url = client.server.base_url + "/2/users/me"
    request.headers["Host"] = "127.0.0.1:80"
    assert client.http.send(request, timeout=TIMEOUT).status_code == 200


def test_a_request_sent_again_is_refused(client):
    request = _signed(client, "/2/users/me")
    assert [client.http.send(request, timeout=TIMEOUT).status_code for _ in range(2)] == [200, 401]


def test_a_refused_signature_does_not_use_up_its_nonce(client):
    """Otherwise a stranger could use up the nonces of requests still in transit."""
    request = _signed(client, "/2/users/me")
    forged = request.copy()
    forged.url = str(forged.url) + "?user.fields=name"
    assert client.http.send(forged, timeout=TIMEOUT).status_code == 401
    assert client.http.send(request, timeout=TIMEOUT).status_code == 200


@pytest.mark.parametrize(("off", "status"), [(-299, 200), (299, 200), (-302, 401), (302, 401)])
def test_a_clock_may_be_five_minutes_off(clock, off, status):
    sandbox = Sandbox(now=clock, real_now=lambda: real_now() + timedelta(seconds=off))
    with SandboxServer(sandbox) as server, Client(server) as client:
        assert client.request("GET", "/2/users/me").status_code == status


def test_x_s_clock_does_not_matter_to_signatures(client, clock):
    """The demo's clock is in 2020; its signatures carry today's date."""
    clock.move(days=900)
    client.get("/2/users/me")


@pytest.mark.parametrize("stamp", ["", "soon", "-1", "²"])
def test_a_timestamp_that_is_no_number_is_refused(client, stamp):
    signed: Any = _signed(client, "/2/users/me").headers["Authorization"]
    header = signed.decode()  # requests-oauthlib leaves bytes in the headers
    start = header.index('oauth_timestamp="') + len('oauth_timestamp="')
    broken = header[:start] + stamp.encode().decode("latin-1") + header[header.index('"', start) :]
    answer = client.request("GET", "/2/users/me", auth=None, headers={"Authorization": broken})
    assert answer.status_code == 401


def test_form_parameters_are_signed(client):
    """RFC 5849, section 3.4.1.3.1: a form body is part of the signature, JSON is not."""
    answer = client.request("POST", "/2/tweets", data={"text": "Bonjour"})
    assert answer.status_code == 400  # genuine, but not JSON


def test_keys_are_fresh_and_hidden(clock):
    one, two = Sandbox(now=clock), Sandbox(now=clock)
    assert one.user_id != two.user_id
    assert one.credentials.access_token.split("-")[0] == one.user_id
    shown = repr(one.credentials)
    assert not any(secret in shown for secret in one.credentials.env("").values() if secret)
