"""Real tweepy against each fault: the bodies and errors that x-platform.md lists."""

from __future__ import annotations

import json
import re
import time

import pytest
import requests
import tweepy

from bot.sandbox import Fault, FaultedLimit, FaultKind, Forbidden, Form, When

PROBLEMS = "https://api.twitter.com/2/problems/"


def plain(status: int, title: str, detail: str) -> dict[str, object]:
    return {"title": title, "type": "about:blank", "status": status, "detail": detail}


def forbidden(detail: str) -> dict[str, object]:
    return plain(403, "Forbidden", detail)


def problem(kind: str, detail: str, **more: object) -> dict[str, object]:
    return {"title": "Forbidden", "type": PROBLEMS + kind, "status": 403, "detail": detail, **more}


OAUTH1 = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."
MENTIONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by "
    "the author of the post you are replying to."
)
REFUSALS = [
    # fault, exception of tweepy, body
    (Fault(FaultKind.UNAUTHORIZED), tweepy.Unauthorized, plain(401, "Unauthorized", "Unauthorized")),
    (
        Fault(FaultKind.FORBIDDEN, reason=Forbidden.DUPLICATE),
        tweepy.Forbidden,
        forbidden("You are not allowed to create a Tweet with duplicate content."),
    ),
    (
        Fault(FaultKind.FORBIDDEN, reason=Forbidden.SUSPENDED),
        tweepy.Forbidden,
        problem("user-suspended", "The user used for authentication is suspended"),
    ),
    (
        Fault(FaultKind.FORBIDDEN, reason=Forbidden.READ_ONLY_APP),
        tweepy.Forbidden,
        problem("oauth1-permissions", OAUTH1),
    ),
    (
        Fault(FaultKind.FORBIDDEN, reason=Forbidden.NOT_AUTHORIZED),
        tweepy.Forbidden,
        problem("not-authorized-for-resource", MENTIONED, resource_type="tweet"),
    ),
    (
        Fault(FaultKind.FORBIDDEN, reason=Forbidden.REPLY_NOT_ALLOWED),
        tweepy.Forbidden,
        forbidden("You can only reply to or quote posts where you are mentioned or are the author"),
    ),
    (
        Fault(FaultKind.FORBIDDEN),
        tweepy.Forbidden,
        forbidden("You are not permitted to perform this action."),
    ),
    (
        Fault(FaultKind.PARENT_NOT_VISIBLE),
        tweepy.Forbidden,
        forbidden("You attempted to reply to a Tweet that is deleted or not visible to you."),
    ),
    (
        Fault(FaultKind.PARENT_NOT_VISIBLE, status=400),
        tweepy.BadRequest,
        plain(400, "Bad Request", "You attempted to reply to a Tweet that is deleted or not visible to you."),
    ),
    (
        Fault(FaultKind.RATE_LIMIT),
        tweepy.TooManyRequests,
        plain(429, "Too Many Requests", "Too Many Requests"),
    ),
    (
        Fault(FaultKind.RATE_LIMIT, form=Form.CODE_88),
        tweepy.TooManyRequests,
        {"errors": [{"code": 88, "message": "Rate limit exceeded"}]},
    ),
    (
        Fault(FaultKind.UNAVAILABLE),
        tweepy.TwitterServerError,
        plain(503, "Service Unavailable", "Service Unavailable"),
    ),
]


@pytest.mark.parametrize(("fault", "raised", "body"), REFUSALS, ids=lambda value: str(value)[:50])
def test_refusals(x, server, fault, raised, body):
    server.sandbox.faults.add(fault)
    with pytest.raises(raised) as caught:
        x.create_tweet(text="Bonjour")
    assert caught.type is raised
    assert caught.value.response.json() == body
    assert server.sandbox.posts() == ()


def test_no_credits(x, server):
    """tweepy has no exception class for 402."""
    server.sandbox.faults.add(Fault(FaultKind.CREDITS))
    with pytest.raises(tweepy.HTTPException) as caught:
        x.create_tweet(text="Bonjour")
    user_id = server.sandbox.user_id
    assert caught.type is tweepy.HTTPException
    assert caught.value.response.json() == {
        "account_id": int(user_id),
        "title": "CreditsDepleted",
        "detail": f"Your enrolled account [{user_id}] does not have any credits to fulfill this request.",
        "type": "https://api.twitter.com/2/problems/credits",
    }


BROKEN = [
    # fault, exception of tweepy, whether the post exists
    (Fault(FaultKind.ANSWER_LOST), requests.ConnectionError, True),
    (Fault(FaultKind.DROPPED), requests.ConnectionError, False),
    (Fault(FaultKind.TRUNCATED), requests.exceptions.ChunkedEncodingError, True),
    (Fault(FaultKind.ODD), requests.JSONDecodeError, True),
    (Fault(FaultKind.ODD, form=Form.EMPTY), requests.JSONDecodeError, True),
    (Fault(FaultKind.ODD, form=Form.LIST), AttributeError, False),
    (Fault(FaultKind.ODD, form=Form.LIST, status=500, when=When.AFTER), AttributeError, True),
    (Fault(FaultKind.UNAVAILABLE, form=Form.HTML), tweepy.TwitterServerError, False),
    (Fault(FaultKind.UNAVAILABLE, when=When.AFTER), tweepy.TwitterServerError, True),
    (Fault(FaultKind.REFUSED, seconds=60), requests.ConnectionError, False),
]


@pytest.mark.parametrize(("fault", "raised", "created"), BROKEN, ids=lambda value: str(value)[:50])
def test_answers_that_are_none(x, server, fault, raised, created):
    server.sandbox.faults.add(fault)
    with pytest.raises(raised):
        x.create_tweet(text="Bonjour")
    assert bool(server.sandbox.posts()) == created


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
def test_a_slow_answer_is_a_read_timeout(x, server, when):
    """Whatever the outcome of the request: the client cannot know it."""
    server.sandbox.faults.add(Fault(FaultKind.DELAY, seconds=60, when=when))
    with pytest.raises(requests.ReadTimeout):
        x.session.request("POST", f"{server.base_url}/2/tweets", json={"text": "a"}, timeout=0.1)


def test_a_refused_port_is_told_from_a_broken_connection(x, server):
    """The only connection error that proves that nothing was created."""
    x.create_tweet(text="un")
    server.sandbox.faults.add(Fault(FaultKind.REFUSED, seconds=60))
    with pytest.raises(requests.ConnectionError) as caught:
        x.create_tweet(text="deux")
    assert "NewConnectionError" in repr(caught.value.args[0].reason)


def test_the_reset_reaches_tweepy(x, server):
    server.sandbox.faults.add(Fault(FaultKind.RATE_LIMIT, reset_seconds=30))
    asked = time.time()
    with pytest.raises(tweepy.TooManyRequests) as caught:
        x.create_tweet(text="Bonjour")
    assert int(asked) + 30 <= caught.value.reset_time <= time.time() + 31
    server.sandbox.faults.add(Fault(FaultKind.RATE_LIMIT, reset_seconds=None))
    with pytest.raises(tweepy.TooManyRequests) as caught:
        x.create_tweet(text="Bonjour")
    assert caught.value.reset_time is None
    server.sandbox.faults.add(Fault(FaultKind.RATE_LIMIT, window=FaultedLimit.APP_DAY))
    with pytest.raises(tweepy.TooManyRequests) as caught:
        x.create_tweet(text="Bonjour")
    assert "x-app-limit-24hour-reset" in caught.value.response.headers


def test_the_natural_refusals_have_the_bodies_of_x(x):
    """Without any fault: a violation of X's rules is refused with X's message."""
    x.create_tweet(text="Bonjour")
    rows = [
        ({"text": "bonjour"}, forbidden("You are not allowed to create a Tweet with duplicate content.")),
        ({"text": "x" * 281}, forbidden("Your Tweet text is too long.")),
        ({"text": "$A et $B"}, forbidden("Posts are limited to a maximum of one cashtag.")),
        (
            {"text": "suite", "in_reply_to_tweet_id": "1"},
            forbidden("You attempted to reply to a Tweet that is deleted or not visible to you."),
        ),
    ]
    for options, body in rows:
        with pytest.raises(tweepy.Forbidden) as caught:
            x.create_tweet(**options)
        assert caught.value.response.json() == body


def test_unknown_fields_are_a_bad_request(x):
    with pytest.raises(tweepy.BadRequest) as caught:
        x.create_tweet(text="a", poll_options=["a", "b"], poll_duration_minutes=5)
    body = json.loads(caught.value.response.text)
    assert re.search("poll", body["errors"][0]["message"])
    assert (body["type"], body["title"]) == (PROBLEMS + "invalid-request", "Invalid Request")


def test_a_missing_post_is_no_error_and_no_data(x):
    answer = x.get_tweet("1", user_auth=True)
    assert answer.data is None
    assert answer.errors[0]["type"].endswith("/problems/resource-not-found")


def test_wrong_keys(x):
    x.access_token_secret += "!"
    with pytest.raises(tweepy.Unauthorized):
        x.create_tweet(text="Bonjour")
