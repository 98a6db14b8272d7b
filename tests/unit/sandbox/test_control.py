"""The control endpoint: open to programs on this machine, closed to web pages."""

from __future__ import annotations

import pytest
import requests

from bot.sandbox import Fault, FaultKind
from tests.unit.sandbox.support import TIMEOUT, texts


def test_faults_are_switched_on_listed_and_off(client, sandbox):
    one = {"fault": "delay", "seconds": 2, "after": 1}
    answer = client.control("POST", "faults", json=one)
    assert answer.status_code == 201
    shown = [{"fault": "delay", "request": "create", "after": 1, "times": 1, "seconds": 2}]
    assert answer.json() == shown == client.control("GET", "faults").json()
    client.control("POST", "faults", json=[{"fault": "credits"}, {"fault": "dropped"}])
    assert [fault.fault for fault in sandbox.faults.active()] == ["delay", "credits", "dropped"]
    assert client.control("DELETE", "faults").json() == []
    assert sandbox.faults.active() == ()


def test_a_wrong_fault_switches_nothing_on(client, sandbox):
    answer = client.control("POST", "faults", json=[{"fault": "credits"}, {"fault": "credit"}])
    assert answer.status_code == 400
    assert "credit" in answer.json()["findings"][0]
    assert sandbox.faults.active() == ()


def test_posts_and_requests_can_be_read(client, sandbox):
    head = client.create("Bonjour & <bienvenue> https://example.com/a")
    shown = client.control("GET", "posts").json()
    assert shown == [
        {
            "id": head,
            "text": "Bonjour & <bienvenue> https://example.com/a",
            "created_at": "2020-11-06T06:30:00.000Z",
            "replied_to": None,
            "conversation_id": head,
            "repost_of": None,
            "urls": ["https://example.com/a"],
            "media_ids": [],
            "visible_from": "2020-11-06T06:30:00.000Z",
        }
    ]
    log = client.control("GET", "requests").json()
    assert [(entry["kind"], entry["status"], entry["arrived_at"]) for entry in log] == [
        ("create", 201, "2020-11-06T06:30:00.000Z")
    ]
    assert len(sandbox.requests()) == 1  # the control endpoint's own requests are not logged


def test_a_post_is_deleted_by_hand(client, sandbox):
    head = client.create("un")
    assert client.control("DELETE", f"posts/{head}").status_code == 204
    assert (sandbox.posts(), sandbox.requests()[1:]) == ((), ())
    assert client.control("DELETE", f"posts/{head}").status_code == 404


def test_settings_are_read_and_changed(client, sandbox):
    settings = client.control("GET", "settings").json()
    assert (settings["text_limit"], settings["duplicate_window_seconds"]) == (280, 18 * 3600)
    changed = client.control("PUT", "settings", json={"latency_seconds": 0.25, "own_app": True}).json()
    assert changed == {**settings, "latency_seconds": 0.25, "own_app": True}
    assert sandbox.settings.latency.total_seconds() == 0.25


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"text_limits": 1}, "'text_limits' is not a setting"),
        ({"text_limit": -1}, "a whole number from 0"),
        ({"text_limit": 2.5}, "a whole number from 0"),
        ({"text_limit": True}, "a whole number from 0"),
        ({"latency_seconds": "slow"}, "seconds from 0"),
        ({"latency_seconds": -0.5}, "latency_seconds is -0.5; expected seconds from 0."),
        ({"text_limit": -1, "own_app": 1}, "from 0.\nsettings: own_app is 1; expected true or false."),
        ({"own_app": 1}, "true or false"),
        ({"timezone": 1}, "an IANA time zone"),
        ({"timezone": "Europe/Pariss"}, "IANA"),
        ({"access_level": "write"}, "one of read, read-write, read-write-directmessages"),
        ([], "a JSON object"),
    ],
)
def test_a_wrong_setting_changes_nothing(client, sandbox, values, problem):
    before = sandbox.settings
    answer = client.control("PUT", "settings", json=values)
    assert answer.status_code == 400
    assert problem in answer.json()["error"]
    assert sandbox.settings == before


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "10.0.0.1", "[::2]"]
)
def test_a_foreign_host_is_turned_away(client, sandbox, host):
    """DNS rebinding: a page of evil.example, a name that now resolves to this machine."""
    for path in ("/_sandbox/faults", "/", "/2/users/me"):
        answer = requests.get(client.server.base_url + path, headers={"Host": host}, timeout=TIMEOUT)
        assert answer.status_code in {400, 403}
    assert sandbox.requests() == ()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_a_page_of_another_origin_cannot_switch_faults(client, sandbox, origin):
    answer = client.control("POST", "faults", json={"fault": "credits"}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert sandbox.faults.active() == ()


def test_our_own_page_can_switch_faults(client, sandbox):
    client.control("POST", "faults", json={"fault": "credits"}, headers={"Origin": client.server.base_url})
    assert sandbox.faults.active() == (Fault(FaultKind.CREDITS),)


def test_localhost_is_loopback_too(client):
    url = client.server.base_url.replace("127.0.0.1", "localhost") + "/_sandbox/faults"
    assert requests.get(url, timeout=TIMEOUT).json() == []


def test_an_unknown_address_is_answered_in_the_form_of_its_api(client):
    missing = client.request("GET", "/2/lists/1")
    body = {"title": "Not Found", "type": "about:blank", "status": 404, "detail": "Not Found"}
    assert (missing.status_code, missing.json()) == (404, body)
    assert "docs/sandbox.md" in client.control("GET", "nothing").json()["error"]
    assert texts(client.server.sandbox) == []
