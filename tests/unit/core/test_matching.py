"""Tests of matching: our posts, and texts that X treats as the same."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.publishing.publication import Delivery, DeliveryState, RemotePost
from bot.core.publishing.snowflake import created_at
from bot.core.text.matching import CLOCK_ALLOWANCE, comparable, is_ours

NOW = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Bonjour  à\ntous", "bonjour à tous", True),
        ("L'État https://example.com/a", "L'État https://example.com/b", True),
        (unicodedata.normalize("NFD", "Épicerie"), "épicerie", True),
        ("1️⃣ L'État", "🔁 1️⃣ L'État", False),
        ("un", "deux", False),
    ],
)
def test_texts_that_x_may_take_for_duplicates(one: str, other: str, same: bool) -> None:
    assert (comparable(one) == comparable(other)) is same


def in_doubt(
    text: str = "Intermarché & Carrefour https://example.com/a", parent: str | None = "7"
) -> Delivery:
    return Delivery(2, DeliveryState.IN_DOUBT, text, NOW, intent_at=NOW, parent_id=parent)


def remote(**changed: object) -> RemotePost:
    """Return the post that X shows if `in_doubt` was created."""
    values: dict[str, object] = {
        "post_id": "8",
        "text": "Intermarché &amp; Carrefour https://t.co/abcdefghij",
        "created_at": NOW,
        "replied_to": "7",
        "expanded_urls": (("https://t.co/abcdefghij", "https://example.com/a"),),
    }
    return RemotePost(**{**values, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("post", "ours"),
    [
        pytest.param(remote(), True, id="links expanded, HTML unescaped"),
        pytest.param(remote(text=unicodedata.normalize("NFD", remote().text)), True, id="decomposed accents"),
        pytest.param(remote(created_at=created_at(7)), True, id="a reply is younger than its parent"),
        pytest.param(remote(created_at=created_at(7) - timedelta(seconds=1)), False, id="older"),
        pytest.param(remote(replied_to=None), False, id="a person's post with the same text"),
        pytest.param(remote(replied_to="6"), False, id="under another parent"),
        pytest.param(remote(text="Merci !"), False, id="a person's own reply"),
    ],
)
def test_what_is_ours(post: RemotePost, ours: bool) -> None:
    assert is_ours(post, in_doubt()) is ours


@pytest.mark.parametrize(
    ("early", "ours"), [(CLOCK_ALLOWANCE, True), (CLOCK_ALLOWANCE + timedelta(seconds=1), False)]
)
def test_a_head_is_not_older_than_the_first_attempt(early: timedelta, ours: bool) -> None:
    again = replace(in_doubt("Bonjour", parent=None), first_intent_at=NOW, intent_at=NOW + timedelta(hours=1))
    assert is_ours(remote(text="Bonjour", replied_to=None, created_at=NOW - early), again) is ours


@pytest.mark.parametrize(
    ("own", "told", "original"),
    [
        ("A https://x.fr/?id=1&section=tech", "A https://t.co/abcdefghij", "https://x.fr/?id=1&section=tech"),
        ("Booking.com rachète", "https://t.co/abcdefghij rachète", "http://Booking.com"),
        ("A https://x.fr/é", "A https://t.co/abcdefghij", "https://x.fr/%C3%A9"),
        ("R&D &lt; https://x.fr", "R&amp;D &amp;lt; https://t.co/abcdefghij", "https://x.fr"),
    ],
)
def test_links_come_back_in_other_forms(own: str, told: str, original: str) -> None:
    post = remote(text=told, expanded_urls=(("https://t.co/abcdefghij", original),))
    assert is_ours(post, in_doubt(own))
    assert not is_ours(post, in_doubt(own + " et plus"))


def test_a_head_is_never_a_reply() -> None:
    head = in_doubt("Bonjour", parent=None)
    assert is_ours(remote(text="Bonjour", replied_to=None), head)
    assert not is_ours(remote(text="Bonjour", replied_to="7"), head)
