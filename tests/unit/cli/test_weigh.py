"""Tests of ``flashtweet weigh``: whole outputs, as text and as JSON."""

from __future__ import annotations

import json
import unicodedata
from itertools import accumulate

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.main import cli
from bot.cli.weigh import weighed
from bot.core.text.split import split
from bot.core.text.weight import weight


def output(*arguments: str, stdin: str | bytes = "", env: dict[str, str] | None = None, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["weigh", *arguments], input=stdin, env=env)
    assert done.exit_code == code, done.output
    return done.stdout


class TestForPeople:
    def test_a_text_that_fits(self):
        text = "1️⃣ L’État aide les libraires… 2,9 M€ ⚡️⚡️ https://exemple.fr/a exemple.com"
        assert output(text) == (
            "91 of 280: fits, 189 left\n"
            "     2 × 23  links  https://exemple.fr/a, exemple.com\n"
            "     3 × 2   emoji  1️⃣, ⚡️ × 2\n"
            "     2 × 2   chars  « … », « € »\n"
            "    35 × 1   others\n"
        )

    def test_plain_text_needs_no_reckoning(self):
        assert output("Bonjour") == "7 of 280: fits, 273 left\n"

    def test_a_text_that_is_too_long_shows_where(self):
        assert output("--limit", "12", "Bonjour… à tous", code=3) == (
            "16 of 12: too long by 4; the limit falls at ‖\n"
            "     1 × 2   chars  « … »\n"
            "    14 × 1   others\n"
            "\n"
            "Bonjour… à ‖tous\n"
        )

    def test_exactly_the_limit_fits(self):
        assert output("--limit", "9", "Bonjour…").startswith("9 of 9: fits, 0 left\n")

    def test_nothing_at_all(self):
        assert output(stdin="") == "0 of 280: fits, 280 left\n"

    def test_signs_that_nobody_sees_are_named(self):
        assert output("a\ufeffb\u2066") == (
            "6 of 280: fits, 274 left\n     2 × 2   chars  U+FEFF, U+2066\n     2 × 1   others\n"
        )

    def test_a_long_list_is_cut(self):
        signs = "語言學習書店電影音樂新聞中國"
        assert output(signs) == (
            "28 of 280: fits, 252 left\n"
            "    14 × 2   chars  « 語 », « 言 », « 學 », « 習 », « 書 », « 店 », "
            "« 電 », « 影 », « 音 », « 樂 », « 新 », « 聞 » and 2 more\n"
        )

    def test_on_a_terminal_what_is_too_much_is_red(self):
        assert output("--limit", "3", "Bonjour", env={"FORCE_COLOR": "1", "TERM": "xterm"}, code=3) == (
            "\x1b[1m7 of 3: \x1b[0m\x1b[1;31mtoo long by 4; the limit falls at ‖\x1b[0m\n"
            "\n"
            "Bon\x1b[1;31m‖\x1b[0m\x1b[31mjour\x1b[0m\n"
        )

    def test_the_text_cannot_steer_the_terminal(self):
        assert "\x1b" not in output("--limit", "3", "Bon\x1b[2Jjour", code=3)


class TestArgument:
    @pytest.mark.parametrize("text", ["Un\r\nDeux", "Un\rDeux", "\n Un\nDeux \u00a0", "\tUn\nDeux\r\n\r\n"])
    def test_what_posts_lose_does_not_count(self, text: str):
        assert json.loads(output("--json", text)) == json.loads(output("--json", "Un\nDeux"))

    def test_blanks_inside_are_posted_and_count(self):
        assert output("Un  \n\nDeux").startswith("10 of 280")

    def test_only_blanks_are_nothing(self):
        assert output(" \r\n ") == "0 of 280: fits, 280 left\n"

    def test_broken_utf_8_is_refused(self):
        """As a shell passes it in a terminal with another encoding."""
        done = CliRunner().invoke(cli, ["weigh", b"L'\xe9t\xe9".decode(errors="surrogateescape")])
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == (
            "flashtweet: TEXT is not UTF-8: character 3 is broken. "
            "Set the terminal to UTF-8 and type it again.\n"
        )


class TestStdin:
    def test_the_line_end_of_a_pipe_does_not_count(self):
        assert output(stdin="Bonjour\n") == output("Bonjour")

    def test_line_ends_of_windows_count_once(self):
        assert output(stdin=b"Un\r\nDeux\r\n") == output("Un\nDeux")

    def test_a_byte_order_mark_does_not_count(self):
        assert output(stdin="\ufeffUn".encode()) == output("Un")

    def test_text_in_another_encoding_is_refused(self):
        done = CliRunner().invoke(cli, ["weigh"], input="été".encode("latin-1"))
        assert (done.exit_code, done.stdout) == (2, "")
        assert (
            done.stderr
            == "flashtweet: stdin is not UTF-8: byte 1 is invalid continuation byte. Send it as UTF-8.\n"
        )


def test_a_limit_below_one_is_refused():
    assert CliRunner().invoke(cli, ["weigh", "--limit", "0", "a"]).exit_code == 2


class TestJson:
    def test_whole(self):
        text = unicodedata.normalize("NFD", "Été… 👍🏽 https://exemple.fr")
        assert json.loads(output("--json", "--limit", "9", text, code=3)) == {
            "text": "Été… 👍🏽 https://exemple.fr",
            "weight": 32,
            "limit": 9,
            "remaining": -23,
            "fits": False,
            "parts": [
                {"text": "…", "start": 3, "end": 4, "weight": 2, "kind": "wide"},
                {"text": "👍🏽", "start": 5, "end": 7, "weight": 2, "kind": "emoji"},
                {"text": "https://exemple.fr", "start": 8, "end": 26, "weight": 23, "kind": "url"},
            ],
            "limit_at": 8,
        }

    def test_a_text_that_fits_has_no_limit_in_it(self):
        assert json.loads(output("--json", "Oui")) == {
            "text": "Oui",
            "weight": 3,
            "limit": 280,
            "remaining": 277,
            "fits": True,
            "parts": [],
            "limit_at": None,
        }


@given(st.text(alphabet="aé… \n👍🏽️1⃣.com語/", max_size=60), st.integers(1, 40))
def test_the_limit_falls_where_the_weight_reaches_it(text: str, limit: int):
    """One more stretch would exceed the limit; the text before it does not."""
    found = weighed(text, limit)
    assert [found.text] == list(split(text)) or not found.text
    assert found.weight == weight(found.text)
    weights = [1] * len(found.text)
    for part in found.parts:
        weights[part.start : part.end] = [part.weight] + [0] * (part.end - part.start - 1)
    sums = list(accumulate(weights, initial=0))
    if found.limit_at is None:
        assert found.fits
        return
    assert sums[found.limit_at] <= limit < sums[found.limit_at + 1]
    assert all(not part.start < found.limit_at < part.end for part in found.parts)
