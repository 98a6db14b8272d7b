"""Real prose is broken where a French reader breathes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.split import split
from tests.ear import reading

GOLDEN = Path(__file__).with_name("focus-053.txt")


@pytest.mark.shared
@pytest.mark.skipif(not reading.NEWSLETTER.is_file(), reason=f"needs {reading.NEWSLETTER}")
class TestNewsletter:
    def test_no_forbidden_break(self):
        assert [one.forbidden for one in reading.newsletter()] == [(), ()]

    def test_posts_end_with_their_sentences(self):
        """Three sentences are longer than a post."""
        mid = [post for one in reading.newsletter() for post in one.mid_sentence]
        assert len(mid) <= 5, mid

    def test_headings_begin_posts(self):
        posts = [post for one in reading.newsletter() for post in one.posts]
        headings = (
            "⚡️ LE FOCUS DE LA SEMAINE\nC’est",
            "Intermarché et Carrefour à la rescousse\nUne",
            "Des initiatives à la pelle depuis mai\nPour",
            "⚡️ LES 3 GRANDES TRANSFORMATIONS À RETENIR\n👍 Réseaux sociaux : Jack Dorsey, Reset et Data",
            "🧠 IA : Reconnaissance faciale et Alicem\nCette",
            "💻 Tech : GAFA, VR, Pasqal et Mappy\nOn",
        )
        assert [h for h in headings if not any(post.startswith(h) for post in posts)] == []


def test_the_sample_long_read():
    """Where the new split reads better: python -m tests.ear sample > tests/ear/focus-053.txt"""
    assert str(reading.sample()) == GOLDEN.read_text("utf-8")


def test_the_sample_ends_every_post_with_a_sentence():
    found = reading.sample()
    assert (found.mid_sentence, found.forbidden) == ((), ())


def test_a_forbidden_break_would_be_told():
    """The check itself sees what it is there for."""
    text = "Le mot est dit. " * 3 + "Ils ont levé 2,9 M€ hier. Voilà."
    at = text.index("M€")
    assert reading._forbidden(text, [text[:at].rstrip(), text[at:]]) == (
        "it. Ils ont levé 2,9 | M€ hier. Voilà.",
    )
    assert reading._forbidden(text, list(split(text, 40))) == ()
