"""Creating posts: accepted and refused as on X."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.core.publishing import snowflake
from bot.sandbox import Sandbox, SandboxServer, SandboxSettings
from tests.unit.sandbox.support import SLOT, Client, real_now, texts

if TYPE_CHECKING:
    import requests

PARENT = "You attempted to reply to a Tweet that is deleted or not visible to you."


def forbidden(detail: str) -> dict[str, object]:
    return {"title": "Forbidden", "type": "about:blank", "status": 403, "detail": detail}


def refused(answer: requests.Response) -> tuple[int, object]:
    return answer.status_code, answer.json()


def test_a_thread_keeps_its_order_and_parents(client, sandbox):
    head = client.create("Bonjour ! ☕️")
    second = client.create("1️⃣ L'État dévoile un appel à projet", head)
    third = client.create("C'est tout !", second)
    assert [(post.id, post.replied_to, post.conversation_id) for post in sandbox.posts()] == [
        (head, None, head),
        (second, head, head),
        (third, second, head),
    ]
    assert texts(sandbox)[1] == "1️⃣ L'État dévoile un appel à projet"


def test_ids_carry_x_s_clock(client, clock, sandbox):
    clock.move(milliseconds=1234)
    post_id = client.create("Bonjour")
    assert snowflake.created_at(int(post_id)) == SLOT + timedelta(milliseconds=1234)
    assert sandbox.posts()[0].created_at == SLOT + timedelta(milliseconds=1234)


def test_ids_grow_even_when_the_clock_is_moved_back(client, clock):
    """The demo moves the clock between its runs; ids must still sort newest first."""
    first = client.create("un")
    second = client.create("deux")
    clock.move(days=-2)
    third = client.create("trois")
    assert int(first) < int(second) < int(third)


def test_the_limit_is_weighed_not_counted(client):
    """280 by X's weight: a link counts 23 whatever its length, an emoji sequence 2."""
    long_link = "https://example.com/" + "a" * 300
    assert client.post(long_link + " " + "x" * 256).status_code == 201
    assert refused(client.post(long_link + " " + "x" * 257)) == (
        403,
        forbidden("Your Tweet text is too long."),
    )
    assert client.post("👩‍👩‍👧‍👦" * 140).status_code == 201
    assert client.post("👩‍👩‍👧‍👦" * 140 + "x").status_code == 403


def test_the_limit_is_a_setting(client):
    client.control("PUT", "settings", json={"text_limit": 25_000})
    assert client.post("x" * 25_000).status_code == 201


@pytest.mark.parametrize(
    "again",
    [
        "Intermarché lance sa marketplace",
        "  intermarché   LANCE\nsa marketplace ",
        "Intermarche\u0301 lance sa marketplace",
        "Intermarché lance sa marketplace https://example.com/autre",
    ],
)
def test_the_same_text_is_a_duplicate(client, again, sandbox):
    client.create("Intermarché lance sa marketplace https://example.com/a")
    detail = "You are not allowed to create a Tweet with duplicate content."
    assert refused(client.post(again)) == (403, forbidden(detail))
    assert len(sandbox.posts()) == 1


def test_a_mark_makes_another_text(client):
    """The Replay mark relies on this."""
    client.create("Intermarché lance sa marketplace")
    client.create("🔁 Intermarché lance sa marketplace")


def test_posts_that_are_links_only_differ_by_their_links(client):
    client.create("https://example.com/a")
    client.create("https://example.com/b")
    assert client.post("https://example.com/a").status_code == 403


def test_a_duplicate_is_allowed_after_the_window(client, clock):
    client.create("Bonjour")
    clock.move(hours=17.9)
    assert client.post("Bonjour").status_code == 403
    clock.move(hours=0.2)
    assert client.post("Bonjour").status_code == 201


def test_one_cashtag_is_allowed_and_two_are_not(client):
    assert client.post("$BABA chute").status_code == 201
    detail = "Posts are limited to a maximum of one cashtag."
    assert refused(client.post("$BABA et $TWTR chutent")) == (403, forbidden(detail))


def test_a_reply_needs_its_parent(client):
    assert refused(client.post("suite", "1234567890")) == (403, forbidden(PARENT))
    head = client.create("Bonjour")
    client.request("DELETE", f"/2/tweets/{head}")
    assert refused(client.post("suite", head)) == (403, forbidden(PARENT))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"text": "a", "texte": "b"}, "$.texte"),
        ({"text": 7}, "$.text"),
        ({"text": "a", "reply": {"in_reply_to_tweet_id": "1", "to": "2"}}, "$.reply.to"),
        ({"text": "a", "reply": {"in_reply_to_tweet_id": 1}}, "$.reply.in_reply_to_tweet_id"),
        ({"text": "a", "reply": {}}, "$.reply.in_reply_to_tweet_id"),
        ({"text": "a", "reply": None}, "$.reply: null"),
        ({"text": "a", "media": {"media_ids": []}}, "$.media.media_ids"),
        ({"text": "a", "media": {"media_ids": ["1", "x"]}}, "$.media.media_ids[1]: does not match"),
        ({"text": "a", "poll": {}}, "does not support"),
        ({"text": " \n"}, "$.text"),
        ({"text": "a\ufffe"}, "$.text"),
        ({}, "$.text"),
        ([], "$"),
        ("a", "$"),
    ],
)
def test_a_malformed_request_is_refused_with_its_problem(client, sandbox, body, message):
    answer = client.request("POST", "/2/tweets", json=body)
    assert answer.status_code == 400
    assert answer.json()["type"] == "https://api.twitter.com/2/problems/invalid-request"
    assert message in answer.json()["errors"][0]["message"]
    assert sandbox.posts() == ()


def test_a_body_that_is_not_json_is_refused(client):
    assert (
        client.request(
            "POST", "/2/tweets", data=b"{", headers={"Content-Type": "application/json"}
        ).status_code
        == 400
    )


def test_quoting_is_for_enterprise_apps(client):
    head = client.create("Bonjour")
    answer = client.post("Relisez", quote_tweet_id=head)
    assert refused(answer) == (403, forbidden("You are not permitted to perform this action."))


def test_deleting_reports_whether_the_post_existed(client, sandbox):
    head = client.create("Bonjour")
    deleted = [client.request("DELETE", f"/2/tweets/{head}").json()["data"]["deleted"] for _ in range(2)]
    assert deleted == [True, False]
    assert sandbox.posts() == ()


def test_a_repost_is_in_the_timeline_once(client):
    head = client.create("Bonjour")
    path = f"/2/users/{client.server.sandbox.user_id}/retweets"
    answer = client.request("POST", path, json={"tweet_id": head})
    assert answer.json() == {"data": {"retweeted": True, "rest_id": head}}
    newest = client.timeline(**{"tweet.fields": "referenced_tweets"})["data"][0]
    assert newest["referenced_tweets"] == [{"type": "retweeted", "id": head}]
    assert client.request("POST", path, json={"tweet_id": head}).status_code == 403
    assert client.request("POST", path, json={"tweet_id": "1"}).status_code == 403
    assert client.request("POST", "/2/users/1/retweets", json={"tweet_id": head}).status_code == 403
    assert client.request("POST", path, json={}).status_code == 400
    assert client.request("POST", path, json={"tweet_id": "un"}).status_code == 400


def test_latency_applies_on_both_sides_of_the_effect(clock):
    """Half before, half after: the post exists in the middle of a slow request."""
    settings = SandboxSettings(latency=timedelta(milliseconds=80))
    sandbox = Sandbox(now=clock, real_now=real_now, settings=settings)
    with SandboxServer(sandbox) as server, Client(server) as client:
        assert client.post("Bonjour").elapsed >= timedelta(milliseconds=80)
