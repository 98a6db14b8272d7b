"""Requests of tweepy and answers of the sandbox, validated against X's own spec."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bot.sandbox.bodies import Create, parse
from bot.sandbox.refusals import Refusal
from tests.contract.session import Exchange, signature
from tests.contract.spec import Spec, document

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tweepy

    from bot.sandbox import SandboxServer

pytestmark = pytest.mark.shared

ALL_FIELDS = [
    "attachments",
    "author_id",
    "conversation_id",
    "created_at",
    "edit_history_tweet_ids",
    "entities",
    "in_reply_to_user_id",
    "lang",
    "possibly_sensitive",
    "public_metrics",
    "referenced_tweets",
    "reply_settings",
    "text",
]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture(scope="module")
def spec():
    return Spec(document())


def judged(spec: Spec, exchange: Exchange) -> list[str]:
    problems = spec.answer(exchange.method, exchange.path, exchange.status, exchange.body)
    if exchange.method == "GET":
        problems += spec.query(exchange.method, exchange.path, exchange.query)
    elif exchange.sent is not None:
        problems += spec.request(exchange.method, exchange.path, exchange.sent)
    return problems


def thread(x: tweepy.Client) -> tuple[str, str]:
    head = x.create_tweet(text="Bonjour à tous & bienvenue ! #FlashTweet @FlashTweet $BABA").data["id"]
    text = "1️⃣ Intermarché lance sa marketplace https://example.com/a?b=1&c=2"
    return head, x.create_tweet(text=text, in_reply_to_tweet_id=head).data["id"]


def test_creating_a_thread(spec, x):
    thread(x)
    assert [(exchange.status, judged(spec, exchange)) for exchange in x.session.exchanges] == [
        (201, []),
        (201, []),
    ]


def test_reading_a_timeline_with_every_field(spec, x, server):
    thread(x)
    options = {
        "tweet_fields": ALL_FIELDS,
        "expansions": ["author_id", "referenced_tweets.id"],
        "max_results": 5,
    }
    x.get_users_tweets(
        server.sandbox.user_id, user_auth=True, user_fields=["created_at", "public_metrics"], **options
    )
    x.get_users_tweets(
        server.sandbox.user_id,
        user_auth=True,
        since_id="1",
        until_id="9223372036854775807",
        start_time="2020-11-06T06:30:00Z",
        end_time="2100-11-06T06:30:00Z",
        exclude=["retweets", "replies"],
    )
    full, bounded = x.session.exchanges[-2:]
    assert (judged(spec, full), judged(spec, bounded)) == ([], [])
    assert set(full.body) == {"data", "includes", "meta"}
    assert len(bounded.body["data"]) == 1


def test_paging(spec, x, server):
    for number in range(12):
        x.create_tweet(text=f"post {number}")
    pages = list(x_pages(x, server))
    assert [len(page.data) for page in pages] == [5, 5, 2]
    assert [judged(spec, exchange) for exchange in x.session.exchanges[-3:]] == [[], [], []]
    assert {"previous_token", "next_token"} <= set(x.session.exchanges[-2].body["meta"])


def x_pages(x: tweepy.Client, server: SandboxServer) -> Iterator[Any]:
    token = None
    while True:
        page = x.get_users_tweets(
            server.sandbox.user_id, user_auth=True, max_results=5, pagination_token=token
        )
        yield page
        token = page.meta.get("next_token")
        if token is None:
            return


def test_looking_up_posts_that_are_there_and_not(spec, x):
    head, reply = thread(x)
    x.get_tweet(reply, user_auth=True, tweet_fields=ALL_FIELDS)
    x.get_tweets([head, "1"], user_auth=True)
    x.get_tweet("1", user_auth=True)
    one, many, none = x.session.exchanges[-3:]
    assert [judged(spec, exchange) for exchange in (one, many, none)] == [[], [], []]
    assert (set(many.body), set(none.body)) == ({"data", "errors"}, {"errors"})


def test_an_empty_timeline_and_another_user(spec, x, server):
    x.get_users_tweets(server.sandbox.user_id, user_auth=True)
    x.get_users_tweets("12345", user_auth=True)
    assert [judged(spec, exchange) for exchange in x.session.exchanges] == [[], []]


def test_me(spec, x):
    x.get_me(
        user_auth=True, user_fields=["created_at", "description", "protected", "public_metrics", "verified"]
    )
    assert judged(spec, x.session.exchanges[-1]) == []


def test_deleting_and_reposting(spec, x):
    head, reply = thread(x)
    x.retweet(head)
    x.delete_tweet(reply)
    x.delete_tweet(reply)
    assert [judged(spec, exchange) for exchange in x.session.exchanges[-3:]] == [[], [], []]


def test_media(spec, x, server):
    """tweepy has no media v2: the endpoints are called through its session and signature."""
    form = {"media_category": "tweet_image"}
    url, auth = "https://api.twitter.com/2/media", signature(server)
    uploaded = x.session.request(
        "POST", f"{url}/upload", data=form, files={"media": ("a.png", PNG)}, auth=auth
    ).json()
    body = {"id": uploaded["data"]["id"], "metadata": {"alt_text": {"text": "Bruno Le Maire à Bercy"}}}
    x.session.request("POST", f"{url}/metadata", json=body, auth=auth)
    x.create_tweet(text="Bonjour", media_ids=[uploaded["data"]["id"]])
    assert [judged(spec, exchange) for exchange in x.session.exchanges] == [[], [], []]
    assert [exchange.status for exchange in x.session.exchanges] == [200, 200, 201]


@pytest.mark.parametrize(
    "body",
    [
        {"text": "a", "texte": "b"},
        {"text": "a", "reply": {"in_reply_to_tweet_id": "1", "to": "2"}},
        {"text": "a", "reply": {}},
        {"text": "a", "reply": {"in_reply_to_tweet_id": "x"}},
        {"text": "a", "media": {"media_ids": []}},
        {"text": "a", "media": {"media_ids": ["1", "2", "3", "4", "5"]}},
        {"text": "a", "media": {"media_ids": ["1"], "tagged_user_ids": ["1"] * 11}},
        {"text": 7},
        {"text": "a", "reply_settings": "nobody"},
    ],
)
def test_what_the_spec_forbids_in_a_create_the_sandbox_refuses(spec, x, server, body):
    answer = x.session.request("POST", "https://api.twitter.com/2/tweets", json=body, auth=signature(server))
    assert spec.request("POST", "/2/tweets", body)
    assert answer.status_code == 400


ODD = st.sampled_from(["a", "", "1", 7, None, True, [], ["1"], ["x"], ["1"] * 5, {}, {"id": "1"}])


def often(*good: object) -> st.SearchStrategy[object]:
    return st.sampled_from(good) | st.sampled_from(good) | st.sampled_from(good) | ODD


REPLY = st.fixed_dictionaries(
    {"in_reply_to_tweet_id": often("1", "1346889436626259968")},
    optional={
        "exclude_reply_user_ids": often(["1"], []),
        "auto_populate_reply_metadata": often(True),
        "to": ODD,
    },
)
MEDIA = st.fixed_dictionaries(
    {"media_ids": often(["1"], ["1", "2", "3", "4"])},
    optional={"tagged_user_ids": often([], ["1"] * 10, ["1"] * 11), "alt": ODD},
)
CREATE = st.fixed_dictionaries(
    {"text": often("Bonjour")},
    optional={
        "reply": often({"in_reply_to_tweet_id": "1"}) | REPLY,
        "media": MEDIA | ODD,
        "reply_settings": often("verified", "following", "nobody"),
        "nullcast": often(False),
        "made_with_ai": often(True),
        "paid_partnership": often(True),
        "for_super_followers_only": often(False),
        "quote_tweet_id": ODD,
        "poll": ODD,
        "texte": ODD,
    },
)


@settings(max_examples=1000)
@given(CREATE)
def test_no_create_that_the_spec_forbids_passes(spec, body):
    """The sandbox may be stricter than the spec, never laxer: X's schema allows any request it accepts."""
    try:
        parse(Create, json.dumps(body).encode())
    except Refusal:
        event("refused")
        return
    event("taken")
    assert spec.request("POST", "/2/tweets", body) == []


def test_the_judge_sees_what_is_wrong(spec):
    """The spec's schemas allow unknown properties; ours must not, or these tests would prove nothing."""
    good = {"data": {"id": "1", "text": "a", "edit_history_tweet_ids": ["1"]}}
    assert spec.answer("POST", "/2/tweets", 201, good) == []
    for wrong in (
        {"data": {**good["data"], "texte": "a"}},
        {"data": {**good["data"], "id": 1}},
        {"data": {"id": "1"}},
        {**good, "meta": {}},
        {"errors": [{"title": "Not Found Error"}]},
    ):
        assert spec.answer("POST", "/2/tweets", 201, wrong)
    assert spec.answer("POST", "/2/tweets", 200, good)
    assert spec.query("GET", "/2/users/1/tweets", "tweet.fields=texte")
    assert spec.query("GET", "/2/users/1/tweets", "max_results=101")
    assert spec.query("GET", "/2/users/1/tweets", "fields=text")
