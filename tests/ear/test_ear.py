"""Real prose is broken where a French reader breathes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.core.text.split import split
from tests.ear import reading, styles

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

    def test_headings_stand_with_what_they_announce(self):
        posts = [post for one in reading.newsletter() for post in one.posts]
        headings = (
            "⚡️ LE FOCUS DE LA SEMAINE\nC’est",
            "Intermarché et Carrefour à la rescousse\nUne",
            "Des initiatives à la pelle depuis mai\nPour",
            "⚡️ LES 3 GRANDES TRANSFORMATIONS À RETENIR\n👍 Réseaux sociaux : Jack Dorsey, Reset et Data",
            "🧠 IA : Reconnaissance faciale et Alicem\nCette",
            "💻 Tech : GAFA, VR, Pasqal et Mappy\nOn",
        )
        assert [h for h in headings if not any(h in post for post in posts)] == []


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


class TestStyles:
    """Texts of our own, each the kind of thing that a newsroom pastes."""

    @pytest.fixture
    def found(self) -> list[styles.Style]:
        return styles.styles()

    def test_there_are_enough(self, found: list[styles.Style]):
        assert len(found) >= 10
        assert sum(len(one.posts) for one in found) >= 50

    def test_no_cut_inside_a_sentence_can_be_avoided(self, found: list[styles.Style]):
        assert [one.name for one in found if one.avoidable] == []

    def test_no_quotation_that_fits_is_cut(self, found: list[styles.Style]):
        assert [quote for one in found for quote in one.quotes_cut] == []

    def test_no_heading_ends_a_post(self, found: list[styles.Style]):
        assert [heading for one in found for heading in one.headings_last] == []

    def test_there_are_hardly_any_orphans(self, found: list[styles.Style]):
        """One in a hundred posts, at most."""
        orphans = [orphan for one in found for orphan in one.orphans]
        assert len(orphans) * 100 <= sum(len(one.posts) for one in found), orphans

    def test_nothing_is_lost(self, found: list[styles.Style]):
        for one in found:
            text = yaml.safe_load((styles.FOLDER / f"{one.name}.yaml").read_text("utf-8"))["text"]
            assert " ".join(" ".join(one.posts).split()) == " ".join(text.split())

    def test_the_measure_sees_what_it_is_there_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        """Posts that an editor would strike count as such."""
        text = "Un titre\n\nIl dit : « Oui. Non. » Voilà une phrase. Et une autre."
        cut = ("Un titre", "Il dit : « Oui.", "Non. » Voilà une", "phrase. Et une autre.")
        file = tmp_path / "a.yaml"
        file.write_text(yaml.safe_dump({"headings": ["Un titre"], "text": text}), "utf-8")
        monkeypatch.setattr(styles, "in_fractions", lambda *_: (tuple(f"{one} 1/4" for one in cut),))
        found = styles._style(file)
        assert (found.mid_sentence, found.avoidable) == (1, 1)
        assert (found.quotes_cut, found.headings_last) == (("« Oui. Non. »",), ("Un titre",))
        assert len(found.orphans) == 4
