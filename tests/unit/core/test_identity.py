"""Which post is ours, and which two texts are one to X."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.identity import CLOCK_ALLOWANCE, comparable, is_ours
from bot.core.model import Delivery, DeliveryState, RemotePost

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
    """The post that X shows after `in_doubt` was created."""
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
        pytest.param(remote(created_at=NOW - CLOCK_ALLOWANCE), True, id="X's clock is behind"),
        pytest.param(remote(created_at=NOW - CLOCK_ALLOWANCE - timedelta(seconds=1)), False, id="older"),
        pytest.param(remote(replied_to=None), False, id="a person's post with the same text"),
        pytest.param(remote(replied_to="6"), False, id="under another parent"),
        pytest.param(remote(text="Merci !"), False, id="a person's own reply"),
        pytest.param(remote(post_id="5"), False, id="recorded as another of our posts"),
    ],
)
def test_what_is_ours(post: RemotePost, ours: bool) -> None:
    assert is_ours(post, in_doubt(), frozenset({"5"})) is ours


def test_a_head_is_never_a_reply() -> None:
    head = in_doubt("Bonjour", parent=None)
    assert is_ours(remote(text="Bonjour", replied_to=None), head)
    assert not is_ours(remote(text="Bonjour", replied_to="7"), head)
