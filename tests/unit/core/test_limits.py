"""Tests that more than 100 posts, or 64 KiB of text, are an error before anything is composed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.content import compose as composing
from bot.core.content.validate import examine
from bot.core.model import MAX_POSTS, MAX_TEXT, Edition, Format, Links, Numbering, Wording
from bot.errors import MAX_FINDINGS, Finding, Severity
from bot.services.composing import Desk
from tests.unit.core.newsroom import PROGRAMME, edition, with_replay

KEY = "flashtweet@2020-11-06"
SENTENCE = "Une phrase de quarante signes environ. "


def told(made: Edition) -> list[tuple[str, str, int, str, str]]:
    thread, findings = examine(made, "fr_FR")
    assert thread is None
    return [(one.code, one.severity, one.line, one.message, one.remedy) for one in findings]


def free(text: str) -> Edition:
    made = edition(form=Format(numbering=Numbering.FRACTION))
    return replace(made, chapter=replace(made.chapter, items=(), text=text))


def error(what: str, key: str = KEY) -> list[tuple[str, str, int, str, str]]:
    remedy = "Is it the right text? Split it into several files if so."
    return [("too-long", "error", 2, f"{key}: {what}.", remedy)]


def never_split(monkeypatch: pytest.MonkeyPatch) -> None:
    def split(*_: object) -> None:
        raise AssertionError("it was composed")

    monkeypatch.setattr(composing, "in_parts", split)
    monkeypatch.setattr(composing, "in_fractions", split)


class TestBeforeAnythingIsComposed:
    @pytest.fixture(autouse=True)
    def _nothing_is_composed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        never_split(monkeypatch)

    @pytest.mark.parametrize(
        ("made", "what"),
        [
            (edition(*map(str, range(101))), "it has 101 items, 100 at most"),
            (free("a" * (MAX_TEXT + 1)), "it holds 65,537 bytes of text, 65,536 at most"),
            (free("é" * (MAX_TEXT // 2 + 1)), "it holds 65,538 bytes of text, 65,536 at most"),
            (edition("Un", intro="é" * MAX_TEXT), "it holds 131,077 bytes of text, 65,536 at most"),
            (edition("Un", outro="{date}" * 5000), "it holds 95,032 bytes of text, 65,536 at most"),
            (edition(*["a" * 700] * 90), "it makes 272 posts or more, 100 at most"),
            (free("a" * 40_000), "it makes 143 posts or more, 100 at most"),
        ],
        ids=["items", "text", "bytes, not characters", "intro", "fields", "long items", "long text"],
    )
    def test_it_is_one_error(self, made: Edition, what: str):
        found = told(made)
        assert [(code, severity) for code, severity, *_ in found] == [("too-long", "error")]
        assert (found, what) == (error(what), what)


def test_what_only_its_posts_show():
    """White space is lost at breaks, so its weight cannot be known beforehand."""
    assert told(free(("a" * 200 + " " * 300) * 101)) == error("it makes 101 posts or more, 100 at most")


def test_exactly_the_limits_go_out():
    thread, findings = examine(edition(*map(str, range(98))), "fr_FR")
    assert thread is not None
    assert (len(thread.posts), findings) == (MAX_POSTS, ())


def test_more_posts_than_items():
    assert told(edition(*map(str, range(99)))) == error("it makes 101 posts, 100 at most")


def test_white_space_counts_for_no_post():
    thread, _ = examine(edition("Un." + "\n" * 50_000 + "Deux."), "fr_FR")
    assert thread is not None
    assert len(thread.posts) == 4


def test_a_replay_has_the_error_of_its_original():
    original, replay = with_replay(*map(str, range(101)))
    assert told(replay) == told(original) == error("it has 101 items, 100 at most")


def test_a_replay_does_not_repeat_it():
    original, replay = with_replay(*map(str, range(101)))
    desk = Desk(PROGRAMME, (), (original, replay), ())
    assert [one.code for one in desk.examine_all()] == ["too-long"]
    assert desk.thread(replay)[0] is None


def test_a_replay_that_alone_is_too_long():
    original, replay = with_replay(*map(str, range(98)))
    replay = replace(replay, wording=Wording("Un. " * 150, None))
    assert told(replay) == error("it makes 101 posts, 100 at most", "replay@2020-11-06")
    assert examine(original, "fr_FR")[0] is not None


def test_a_replay_takes_few_rounds():
    """However many marks the editors' own posts begin with, although a round could meet each of them."""
    texts = ["🔁" * n + " Le même texte" for n in range(60)]
    plain = Format(numbering=Numbering.NONE, links=Links.NONE)
    _, replay = with_replay(*texts, morning=plain, evening=plain)
    thread, _ = examine(replay, "fr_FR")
    assert thread is not None
    assert thread.texts[0].startswith("🔁" * 60 + " ")


def test_findings_of_an_edition_are_bounded():
    thread, findings = examine(edition("#a-b " * 1000), "fr_FR")
    assert thread is not None
    assert len(findings) == MAX_FINDINGS
    assert {one.severity for one in findings} == {Severity.WARNING}


def test_an_error_behind_many_warnings_still_counts():
    _, findings = examine(edition(*["#a-b " * 20] * 20, "$ABC $DEF"), "fr_FR")
    assert len(findings) <= MAX_FINDINGS + 1
    assert any(one.severity is Severity.ERROR for one in findings)


def test_a_message_is_of_a_length_that_somebody_reads():
    _, findings = examine(edition("e" + "\u0301" * 2_000), "fr_FR")
    assert [one.code for one in findings] == ["cannot-split"]
    assert len(findings[0].message) == 500 - 1


def longest(findings: tuple[Finding, ...]) -> int:
    return max(len(one.message) for one in findings)


def test_the_same_for_remarks():
    _, findings = examine(edition("#" + "a" * 20_000 + "-b"), "fr_FR")
    assert longest(findings) < 500
