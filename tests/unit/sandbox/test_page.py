"""The page: every text exactly as written, and no outside content."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bot.sandbox import Fault, FaultKind
from bot.sandbox.timeline import segments
from tests.unit.sandbox.support import TIMEOUT

if TYPE_CHECKING:
    import requests

    from tests.unit.sandbox.support import Client


def page(client: Client, path: str = "/") -> requests.Response:
    answer = client.http.get(client.server.base_url + path, timeout=TIMEOUT)
    assert answer.status_code in {200, 204}
    return answer


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[/archive] [infographie]", "[/archive] [infographie]"),
        (r"\e[31m {date.__class__} {{ 7 * 7 }}", r"\e[31m {date.__class__} {{ 7 * 7 }}"),
        ("rouge \x1b[31m", 'rouge <span class="control">\\x1b</span>[31m'),
        ("10️⃣ 1️⃣ 🔟 & deux\nlignes", "10️⃣ 1️⃣ 🔟 &amp; deux\nlignes"),
        ("voir #R&D", 'voir <span class="hashtag">#R</span>&amp;D'),
        ('a"onx=1 @FlashTweet', 'a&#34;onx=1 <span class="mention">@FlashTweet</span>'),
    ],
)
def test_texts_appear_as_written(client, text, shown):
    client.create(text)
    assert shown in page(client).text


def test_links_look_short_and_lead_nowhere(client):
    client.create("Lisez https://www.example.com/un/chemin/assez/long/pour/etre/coupe?b=1&c=2")
    html = page(client).text
    assert ">example.com/un/chemin/assez/l…</span>" in html
    targets = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert targets
    assert all(target.startswith(("/", "#")) and not target.startswith("//") for target in targets)


def test_nothing_is_lost_between_the_segments():
    text = "Un\x00 #Deux @trois\n\nhttps://example.com/a $BABA \x1b fin"
    whole = "".join(segment.full for segment in segments(text))
    assert whole == text.replace("\x00", r"\x00").replace("\x1b", r"\x1b")


def test_newest_thread_first_and_posts_in_reading_order(client, clock):
    first = client.create("matin un")
    client.create("matin deux", first)
    clock.move(hours=12)
    evening = client.create("soir un")
    client.create("soir deux", evening)
    client.create("matin trois", first)
    order = re.findall(r"(matin|soir) (un|deux|trois)", page(client).text)
    assert [" ".join(words) for words in order] == [
        "soir un",
        "soir deux",
        "matin un",
        "matin deux",
        "matin trois",
    ]


def test_times_are_those_of_the_newsroom(client):
    client.create("Bonjour")
    assert re.search(r'<time datetime="2020-11-06T06:30:00.000Z">07:30:00</time>', page(client).text)
    assert "vendredi 6 novembre 2020" in page(client).text


def test_invisible_posts_are_counted_but_not_shown(client, sandbox):
    sandbox.faults.add(Fault(FaultKind.TIMELINE_LAG, seconds=60))
    hidden = client.create("plus tard")
    client.create("suite", hidden)
    html = page(client).text
    assert "plus tard" not in html
    assert "En réponse à un post supprimé ou pas encore visible" in html
    assert "<dt>Pas encore visibles</dt><dd>1</dd>" in html


def test_the_panel_shows_bill_and_faults(client, sandbox):
    client.create("Lisez https://example.com/a")
    sandbox.faults.add(Fault(FaultKind.ANSWER_LOST, after=4))
    html = page(client).text
    assert "0,200\N{NO-BREAK SPACE}$" in html
    assert "<strong>answer-lost</strong> <span>create</span><small>after 4, times 1</small>" in html


def test_an_empty_page_explains_how_to_start(client):
    assert "flashtweet publish" in page(client).text


def test_a_fragment_comes_only_when_something_changed(client):
    (version,) = re.findall(r'data-version="(\w+)"', page(client).text)
    assert page(client, f"/_sandbox/page?seen={version}").status_code == 204
    client.create("Bonjour")
    changed = page(client, f"/_sandbox/page?seen={version}")
    assert "Bonjour" in changed.text
    assert page(client, f"/_sandbox/page?seen={changed.headers['X-Page-Version']}").status_code == 204


def test_the_policy_forbids_everything_from_elsewhere(client):
    policy = page(client).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert not re.search(r"https?:|\*|unsafe|data:", policy)
    for name in ("page.css", "page.js", "icon.svg"):
        assert page(client, f"/_sandbox/static/{name}").text
    elsewhere = client.http.get(f"{client.server.base_url}/_sandbox/static/..%2f__init__.py", timeout=TIMEOUT)
    assert elsewhere.status_code == 404


def test_a_long_timeline_is_cut(client):
    client.control("PUT", "settings", json={"posts_per_15min": 1000})
    for number in range(205):
        client.create(f"post {number}")
    html = page(client).text
    assert html.count('class="post"') == 200
    assert "et 5 posts plus anciens" in html


def test_a_repost_shows_its_original(client):
    head = client.create("Bonjour")
    client.request("POST", f"/2/users/{client.server.sandbox.user_id}/retweets", json={"tweet_id": head})
    html = page(client).text
    assert "🔁 Reposté" in html
    assert html.count(">Bonjour</p>") == 2
