"""Reading posts back, on which a bot in doubt depends."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox import Fault, FaultKind
from tests.unit.sandbox.support import SLOT


def ids(answer: Any) -> list[str]:
    return [post["id"] for post in answer.get("data", [])]


@pytest.fixture
def posts(client, clock):
    made: list[str] = []
    for number in range(12):
        made.append(client.create(f"post {number}", made[-1] if number % 2 else None))
        clock.move(seconds=1)
    return made


def test_newest_first_ten_at_a_time(client, posts):
    answer = client.timeline()
    assert ids(answer) == posts[:1:-1]
    meta = answer["meta"]
    assert (meta["result_count"], meta["newest_id"], meta["oldest_id"]) == (10, posts[11], posts[2])
    assert "previous_token" not in meta


def test_pages_lead_forth_and_back(client, posts):
    first = client.timeline(max_results=5)
    second = client.timeline(max_results=5, pagination_token=first["meta"]["next_token"])
    third = client.timeline(max_results=5, pagination_token=second["meta"]["next_token"])
    assert ids(first) + ids(second) + ids(third) == posts[::-1]
    assert "next_token" not in third["meta"]
    back = client.timeline(max_results=5, pagination_token=third["meta"]["previous_token"])
    assert ids(back) == ids(second)
    front = client.timeline(max_results=5, pagination_token=back["meta"]["previous_token"])
    assert ids(front) == ids(first)
    assert "previous_token" not in front["meta"]


def test_a_page_stays_put_when_something_new_is_posted(client, posts):
    first = client.timeline(max_results=5)
    client.create("entre-temps")
    second = client.timeline(max_results=5, pagination_token=first["meta"]["next_token"])
    assert ids(second) == posts[6:1:-1]


def test_ids_bound_a_timeline_and_do_not_belong_to_it(client, posts):
    assert ids(client.timeline(since_id=posts[8])) == posts[:8:-1]
    assert ids(client.timeline(until_id=posts[2])) == [posts[1], posts[0]]


def test_times_bound_a_timeline_from_start_to_before_end(client, posts):
    bounds = {"start_time": "2020-11-06T06:30:02Z", "end_time": "2020-11-06T06:30:04Z"}
    assert SLOT.isoformat().startswith("2020-11-06T06:30:00")
    assert ids(client.timeline(**bounds)) == [posts[3], posts[2]]


def test_replies_can_be_left_out(client, posts):
    assert ids(client.timeline(exclude="replies")) == posts[::-1][1::2]


def test_an_empty_timeline_has_a_count_of_zero(client):
    assert client.timeline() == {"meta": {"result_count": 0}}


def test_another_user_does_not_exist(client):
    answer = client.get("/2/users/12345/tweets")
    assert "data" not in answer
    assert answer["errors"][0]["type"].endswith("/resource-not-found")


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_results": 4},
        {"max_results": 101},
        {"max_results": "dix"},
        {"pagination_token": "x"},
        {"since_id": "abc"},
        {"start_time": "hier"},
        {"start_time": "2020-11-06T06:30:02"},
        {"exclude": "quotes"},
        {"tweet.fields": "texte"},
        {"tweet.fields": ""},
        {"expansions": "geo"},
        {"fields": "text"},
    ],
)
def test_a_wrong_parameter_is_refused_by_name(client, parameters):
    answer = client.request("GET", f"/2/users/{client.server.sandbox.user_id}/tweets", params=parameters)
    assert answer.status_code == 400
    assert next(iter(parameters)) in answer.json()["errors"][0]["message"]


def test_text_is_returned_escaped_and_links_shortened(client):
    client.create("R&D <3 : https://example.com/a?b=1&c=2 @FlashTweet #R&D $BABA (example.com) & fin")
    fields = "entities,created_at,referenced_tweets,conversation_id,in_reply_to_user_id"
    post = client.timeline(**{"tweet.fields": fields})["data"][0]
    entities = post["entities"]
    first, second = entities["urls"]
    assert post["text"] == (
        f"R&amp;D &lt;3 : {first['url']} @FlashTweet #R&amp;D $BABA ({second['url']}) &amp; fin"
    )
    assert first["expanded_url"] == "https://example.com/a?b=1&c=2"
    assert (second["expanded_url"], second["display_url"]) == ("http://example.com", "example.com")
    assert all(len(url["url"]) == 23 and url["url"].startswith("https://t.co/") for url in entities["urls"])
    named = [*entities["urls"], *entities["mentions"], *entities["hashtags"], *entities["cashtags"]]
    cut = [post["text"][entity["start"] : entity["end"]] for entity in named]
    assert cut == [first["url"], second["url"], "@FlashTweet", "#R", "$BABA"]
    assert post["created_at"] == "2020-11-06T06:30:00.000Z"
    assert post["conversation_id"] == post["id"]
    assert "referenced_tweets" not in post
    assert "in_reply_to_user_id" not in post


def test_a_reply_names_its_parent(client):
    head = client.create("Bonjour")
    client.create("suite", head)
    post = client.timeline(**{"tweet.fields": "referenced_tweets,in_reply_to_user_id,conversation_id"})[
        "data"
    ][0]
    assert post["referenced_tweets"] == [{"type": "replied_to", "id": head}]
    assert post["in_reply_to_user_id"] == client.server.sandbox.user_id
    assert post["conversation_id"] == head


def test_only_requested_fields_are_returned(client):
    head = client.create("Bonjour")
    assert client.timeline()["data"] == [{"id": head, "text": "Bonjour", "edit_history_tweet_ids": [head]}]


def test_expansions_bring_the_author_and_the_parent(client):
    head = client.create("Bonjour")
    reply = client.create("suite", head)
    answer = client.get(f"/2/tweets/{reply}", expansions="author_id,referenced_tweets.id")
    assert [user["id"] for user in answer["includes"]["users"]] == [client.server.sandbox.user_id]
    assert [post["id"] for post in answer["includes"]["tweets"]] == [head]
    assert answer["data"]["author_id"] == client.server.sandbox.user_id


def test_lookups_name_what_is_missing(client):
    one, two = client.create("un"), client.create("deux")
    assert client.get(f"/2/tweets/{one}")["data"]["text"] == "un"
    many = client.get("/2/tweets", ids=f"{two},1,{one}")
    assert ids(many) == [two, one]
    assert [error["value"] for error in many["errors"]] == ["1"]
    missing = client.get("/2/tweets/1")
    assert (missing["errors"][0]["detail"], "data" in missing) == (
        "Could not find tweet with id: [1].",
        False,
    )
    assert client.request("GET", "/2/tweets", params={"ids": "a"}).status_code == 400


def test_a_new_post_is_invisible_while_the_timeline_lags(client, clock, sandbox):
    """The post exists (a reply to it is accepted), but no read shows it: the reason for a settle window."""
    client.control("PUT", "settings", json={"timeline_lag_seconds": 5})
    head = client.create("Bonjour")
    assert client.timeline()["meta"]["result_count"] == 0
    assert "data" not in client.get(f"/2/tweets/{head}")
    client.create("suite", head)
    assert len(sandbox.posts()) == 2
    clock.move(seconds=5)
    assert client.timeline()["meta"]["result_count"] == 2


def test_one_post_alone_can_lag(client, clock, sandbox):
    sandbox.faults.add(Fault(FaultKind.TIMELINE_LAG, seconds=30, after=1))
    head, hidden, last = client.create("un"), client.create("deux"), client.create("trois")
    assert ids(client.timeline()) == [last, head]
    clock.move(seconds=30)
    assert ids(client.timeline()) == [last, hidden, head]


def test_the_account_has_a_name(client):
    client.create("Bonjour")
    me = client.get("/2/users/me", **{"user.fields": "public_metrics"})["data"]
    assert (me["id"], me["username"]) == (client.server.sandbox.user_id, client.server.sandbox.handle)
    assert me["public_metrics"]["tweet_count"] == 1
