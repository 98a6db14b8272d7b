"""Tests of status, log and decisions: their output on editions, posts, pauses and other ledgers."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from bot import errors, wiring
from bot.cli import render
from bot.cli.history import _EVENTS
from bot.cli.main import cli
from bot.core.model import EditionKey
from bot.core.publishing.policy import Policy
from bot.core.publishing.states import DeliveryEvent, PublicationEvent
from bot.core.schedule.slots import due_times
from bot.ports import Interrupted
from bot.services.operator_actions import Decisions
from bot.services.publish import PublishRun
from tests.fakes.clock import START, FakeClock
from tests.fakes.threads import KEY, make_ledger, make_thread
from tests.fakes.x import FakeX

if TYPE_CHECKING:
    from pathlib import Path

    from bot.core.publishing.publication import Publication

TEXTS = ("Bonjour !", "1️⃣ Un appel à projets pour équiper les petits commerces", "2️⃣ Deux", "À demain !")
CREDENTIALS = {
    name: f"1-{name.lower().replace('_', '')}"
    for name in ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
}


A_SUNDAY = datetime(2026, 11, 29, 15, tzinfo=UTC)


class Newsroom:
    """A configured folder and its real ledger; X is in memory, and threads are posted in 2020."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.x = FakeX(self.clock)
        self.ledger = make_ledger(folder / "flashtweet.db", self.clock)

    def publish(self, *texts: str, key: EditionKey = KEY, slot_at: datetime = START) -> Publication:
        """Plan an edition and publish it as far as possible."""
        self.plan(*texts, key=key, slot_at=slot_at)
        return PublishRun(self.ledger, self.x, self.clock, Policy(settle=timedelta(seconds=90)))(key)

    def plan(self, *texts: str, key: EditionKey = KEY, slot_at: datetime = START) -> None:
        thread = make_thread(*texts, key=key, slot_at=slot_at)
        self.ledger.plan(thread, due_times(slot_at, timedelta(seconds=2), len(texts)), self.clock.now())

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, list(arguments), env=CREDENTIALS)

    def told(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.exit_code == 0, done.output
        return done.stdout


@pytest.fixture
def newsroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(wiring.SystemClock, "now", lambda _: A_SUNDAY)  # nothing is due
    (tmp_path / "threads").mkdir()
    (tmp_path / "config.yaml").write_text(
        "series:\n  flashtweet: {at: 07:30, weekdays: mon-fri, intro: Bonjour !, outro: À demain !}\n",
        "utf-8",
    )
    return Newsroom(tmp_path)


@pytest.fixture
def stopped(newsroom: Newsroom) -> Newsroom:
    """Return a newsroom whose edition is HELD at post 2, since X answered 402."""
    newsroom.x.outcomes.extend([None, errors.AccountRefused("X answered 402.")])
    assert newsroom.publish(*TEXTS).state == "HELD"
    return newsroom


@pytest.fixture
def refused(newsroom: Newsroom) -> Newsroom:
    """Return a newsroom in which X refused the text of post 2."""
    newsroom.x.outcomes.extend([None, errors.Rejected("X answered 400.")])
    assert newsroom.publish(*TEXTS).state == "HELD"
    return newsroom


POST_2 = "post 2 of 4 « 1️⃣ Un appel à projets pour équiper les… »"


class TestWhatIsAsked:
    """Without a terminal, the error contains the question."""

    @pytest.mark.parametrize(
        ("command", "question"),
        [
            ("release", f"Release {KEY} (next: {POST_2})?"),
            ("cancel", f"Cancel {KEY} for good (next: {POST_2})?"),
            ("hold", f"Hold {KEY} (next: {POST_2})?"),
        ],
    )
    def test_it_names_the_post_and_its_first_words(
        self, stopped: Newsroom, command: str, question: str
    ) -> None:
        done = stopped.run(command, str(KEY))
        assert (done.exit_code, question in done.stderr) == (2, True), done.output

    def test_it_names_the_first_post_of_what_is_still_a_file(self, newsroom: Newsroom) -> None:
        path = newsroom.folder / "threads" / "2020-11-06.yaml"
        path.write_text("items: |\n  Un appel\n  Deux\n", "utf-8")
        assert f"Hold {KEY} (next: post 1 of 4 « Bonjour ! »)?" in newsroom.run("hold", str(KEY)).stderr

    @pytest.mark.parametrize(
        ("verdict", "question"),
        [
            (("--skip",), f"Leave {POST_2} of {KEY} out?"),
            (("--posted", "17"), f"Record {POST_2} of {KEY} as sent, with id 17?"),
            (("--resend",), f"Send {POST_2} of {KEY} again?"),
            (("--skip", "--post", "3"), f"Leave post 3 of 4 « 2️⃣ Deux » of {KEY} out?"),
            (("--skip", "--post", "9"), f"Leave post 9 of {KEY} out?"),
        ],
    )
    def test_resolve_names_the_post_that_it_would_take(
        self, refused: Newsroom, verdict: tuple[str, ...], question: str
    ) -> None:
        assert question in refused.run("resolve", str(KEY), *verdict).stderr

    def test_what_was_done_names_it_too(self, refused: Newsroom) -> None:
        assert f"Left out: {POST_2}." in refused.told("resolve", str(KEY), "--skip", "--yes")
        told = refused.told("release", str(KEY), "--yes")
        assert "Next: post 3 of 4 « 2️⃣ Deux »." in told
        told = refused.told("hold", str(KEY), "--yes")
        assert "Next: post 3 of 4 « 2️⃣ Deux »." in told
        told = refused.told("cancel", str(KEY), "--yes")
        assert "Not sent: post 3 of 4 « 2️⃣ Deux » and all after it." in told


def test_a_hold_that_the_end_of_the_thread_crosses_says_so(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision returns the current publication: it was finished before the hold took effect."""
    done = newsroom.publish(*TEXTS)
    monkeypatch.setattr(Decisions, "hold", lambda *_: done)
    held = newsroom.run("hold", str(KEY), "--yes")
    assert held.exit_code == 4
    assert f"{KEY}: every post is sent; there is nothing to hold." in held.stderr


class TestPauses:
    def pause_for(self, newsroom: Newsroom, duration: timedelta) -> None:
        newsroom.ledger.pause("Deuil national.", newsroom.clock.now())
        newsroom.clock.advance(duration)
        newsroom.ledger.resume(newsroom.clock.now())

    def test_the_story_tells_the_pauses_in_which_the_edition_waited(self, newsroom: Newsroom) -> None:
        self.pause_for(newsroom, timedelta(minutes=1))  # over before the edition existed
        newsroom.clock.advance(timedelta(minutes=1))
        newsroom.plan(*TEXTS)
        self.pause_for(newsroom, timedelta(minutes=5))
        newsroom.clock.advance(timedelta(seconds=1))
        newsroom.publish(*TEXTS)
        newsroom.clock.advance(timedelta(minutes=1))
        self.pause_for(newsroom, timedelta(minutes=1))  # after its end
        lines = [line[27:] for line in newsroom.told("log", str(KEY)).splitlines() if line.startswith("  20")]
        assert lines[:4] == [
            "text frozen from its file  PLANNED",
            "all publishing paused  Deuil national.",
            "publishing resumed",
            "publishing started  PUBLISHING",
        ]
        assert lines[-1] == "every post sent  PUBLISHED"
        [pause] = json.loads(newsroom.told("log", str(KEY), "--json"))["pauses"]
        assert (pause["since"], pause["until"]) == ("2020-11-06T06:32:00Z", "2020-11-06T06:37:00Z")

    def test_a_story_without_a_pause(self, stopped: Newsroom) -> None:
        assert "paused" not in stopped.told("log", str(KEY))
        assert json.loads(stopped.told("log", str(KEY), "--json"))["pauses"] == []

    def test_a_pause_that_lasts_is_told(self, stopped: Newsroom) -> None:
        stopped.ledger.pause("Deuil national.", stopped.clock.now())
        assert "all publishing paused  Deuil national.\n" in stopped.told("log", str(KEY))
        [pause] = json.loads(stopped.told("log", str(KEY), "--json"))["pauses"]
        assert pause["until"] is None

    def test_resume_says_what_waits_and_what_was_missed(self, newsroom: Newsroom) -> None:
        newsroom.publish("avant", key=EditionKey.parse("hier@2020-11-05"))
        newsroom.ledger.pause("Deuil national.", newsroom.clock.now())
        newsroom.plan(*TEXTS)
        newsroom.publish("manqué", key=EditionKey.parse("focus@2020-11-06"))
        assert newsroom.told("resume", "--yes") == (
            "Publishing resumed.\n"
            f"  {KEY}, next: post 1 of 4 « Bonjour ! »\n"
            "  focus@2020-11-06 MISSED, 0/1 posts out: nothing can be sent within 30 minutes after the slot. "
            "Publishing is paused: Deuil national. → To post it late, type: "
            "flashtweet publish focus@2020-11-06\n"
            "No daemon runs: start one, or type: flashtweet publish EDITION\n"
        )

    def test_resume_says_that_nothing_waited(self, newsroom: Newsroom) -> None:
        newsroom.ledger.pause("Deuil national.", newsroom.clock.now())
        assert newsroom.told("resume", "--yes") == "Publishing resumed.\n  No edition was waiting.\n"


class TestPublishBeforeTheSlot:
    @pytest.fixture
    def ahead(self, newsroom: Newsroom) -> str:
        """Return an edition whose slot is two days away."""
        day = (wiring.real_now() + timedelta(days=2)).date()
        (newsroom.folder / "threads" / "a.yaml").write_text(f"date: {day}\nat: 12:00\nitems: Un.\n", "utf-8")
        return f"flashtweet@{day}"

    def test_nothing_is_sent_where_nobody_can_be_asked(self, newsroom: Newsroom, ahead: str) -> None:
        done = newsroom.run("publish", ahead)
        assert done.exit_code == 2
        assert f"Publish {ahead} now, though its slot is " in done.stderr
        assert "There is no terminal to ask on: add --yes. Nothing was changed." in done.stderr

    def test_a_script_says_yes(self, newsroom: Newsroom, ahead: str) -> None:
        newsroom.ledger.pause("election night", START)  # checked next
        done = newsroom.run("publish", "--yes", ahead)
        assert "There is no terminal" not in done.stderr
        assert "publishing is paused: election night." in done.stderr


def test_every_event_is_told_in_words() -> None:
    assert set(_EVENTS) >= {*PublicationEvent, *DeliveryEvent}


def test_what_went_out_at_another_time_is_told_with_that_time(newsroom: Newsroom) -> None:
    """A daemon may have sent it after a release, or an operator by hand."""
    newsroom.plan(*TEXTS, slot_at=START - timedelta(hours=1))
    claim = newsroom.ledger.claim(KEY, timedelta(minutes=2), START)
    newsroom.ledger.reschedule(claim, due_times(START, timedelta(seconds=2), len(TEXTS)), START)
    newsroom.ledger.release(claim)
    PublishRun(newsroom.ledger, newsroom.x, newsroom.clock, Policy(by_hand=True))(KEY)
    [line] = [line for line in newsroom.told("status").splitlines() if "PUBLISHED" in line]
    assert line.split("  ")[-1] == f"first post {render.local_time(START, 'Europe/Paris')}"


@pytest.mark.parametrize(("chain", "parents"), [("reply", [None, 1, 2]), ("standalone", [None, None, None])])
def test_a_preview_names_the_parents(newsroom: Newsroom, chain: str, parents: list[int | None]) -> None:
    (newsroom.folder / "config.yaml").write_text(
        f"series:\n  flashtweet: {{at: 07:30, weekdays: mon-fri, numbering: none, chain: {chain}}}\n", "utf-8"
    )
    (newsroom.folder / "threads" / "a.yaml").write_text(
        "date: 2020-11-06\nitems: [Un., Deux., Trois.]\n", "utf-8"
    )
    [edition] = json.loads(newsroom.told("preview", "--json", "flashtweet@2020-11-06"))["editions"]
    assert [post["reply_to"] for post in edition["posts"]] == parents


class TestStatus:
    def test_what_needs_a_person_is_listed_first_however_old(self, stopped: Newsroom) -> None:
        for days in range(1, 30):
            key = EditionKey("flashtweet", KEY.date + timedelta(days=days))
            stopped.publish(f"jour {days}", key=key, slot_at=stopped.clock.now())
        told = stopped.told("status").splitlines()
        assert told[0].startswith(f"{KEY} HELD, 1/4 posts out: post 2: X answered 402.")
        assert sum("PUBLISHED" in line for line in told) == 20
        editions = [one["edition"] for one in json.loads(stopped.told("status", "--json"))["publications"]]
        assert (editions[0], len(editions)) == (str(KEY), 21)

    def test_a_script_asks_whether_anything_needs_a_person(self, newsroom: Newsroom) -> None:
        assert newsroom.run("status", "--check").exit_code == 0
        newsroom.x.outcomes.extend([None, errors.AccountRefused("X answered 402.")])
        newsroom.publish(*TEXTS)
        shown = newsroom.run("status", "--check")
        assert (shown.exit_code, shown.stdout) == (4, newsroom.told("status"))
        assert newsroom.run("status", "--check", "--json").exit_code == 4
        newsroom.told("cancel", str(KEY), "--yes")
        assert newsroom.run("status", "--check").exit_code == 0

    def test_a_pause_needs_a_person(self, newsroom: Newsroom) -> None:
        newsroom.ledger.pause("deuil national", START)
        assert newsroom.run("status", "--check").exit_code == 4

    def test_what_was_interrupted_has_no_reason(self, newsroom: Newsroom) -> None:
        newsroom.clock.interrupt_at = START + timedelta(seconds=1)
        with pytest.raises(Interrupted):
            newsroom.publish(*TEXTS)
        told = newsroom.told("status").splitlines()[0]
        assert told == (
            f"{KEY} PUBLISHING, 1/4 posts out → No daemon runs: start one, or type: flashtweet publish {KEY}"
        )

    def test_what_is_published_by_hand_needs_no_daemon(self, newsroom: Newsroom) -> None:
        newsroom.clock.interrupt_at = START + timedelta(seconds=1)
        with pytest.raises(Interrupted):
            newsroom.publish(*TEXTS)
        claim = newsroom.ledger.claim(KEY, timedelta(seconds=60), START)
        told = newsroom.told("status", "--check")
        by_hand = f"Process 1 on here publishes {KEY} by hand. To stop it, type: flashtweet hold {KEY}\n"
        assert (told.count(by_hand), "daemon runs: start one" in told) == (1, False)
        document = json.loads(newsroom.told("status", "--json"))
        assert document["by_hand"] == [{"edition": str(KEY), "process": "1 on here"}]
        newsroom.ledger.pause("Deuil national.", newsroom.clock.now())
        assert "No daemon runs" not in newsroom.told("resume", "--yes")
        newsroom.ledger.release(claim)
        assert "by hand" not in newsroom.told("status")

    def test_where_it_is_held_no_next_try_is_shown(self, newsroom: Newsroom) -> None:
        """A retry of the post was planned when an operator held it."""
        newsroom.x.outcomes.extend([None, errors.Unavailable("X answered 503.")])
        newsroom.clock.interrupt_at = START + timedelta(seconds=2)
        with pytest.raises(Interrupted):
            newsroom.publish(*TEXTS)
        assert "post 2 PENDING: X answered 503. Next attempt at " in newsroom.told("status")
        newsroom.told("hold", str(KEY), "--yes")
        told = newsroom.told("status")
        assert ("post 2 PENDING: X answered 503." in told, "Next attempt" in told) == (True, False)

    def test_what_was_decided_is_not_told_as_trouble(self, newsroom: Newsroom) -> None:
        newsroom.x.outcomes.extend([None, errors.Rejected("X answered 403.")])
        assert newsroom.publish(*TEXTS).state == "HELD"
        assert newsroom.run("resolve", str(KEY), "--skip", "--yes").exit_code == 0
        told = newsroom.told("status").splitlines()[0]
        assert told == (
            f"{KEY} HELD, 1/4 posts out → The post is resolved. To resume, type: flashtweet publish {KEY}"
        )

    def test_the_slots_of_two_days_are_shown_and_what_has_no_file(
        self, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wiring.SystemClock, "now", lambda _: START - timedelta(hours=1, days=2))
        (newsroom.folder / "threads" / "2020-11-04.yaml").write_text("items: |\n  Un\n  Deux\n", "utf-8")
        told = newsroom.told("status")
        assert "  Wed 2020-11-04 07:30  flashtweet@2020-11-04\n" in told
        assert "  Thu 2020-11-05 07:30  flashtweet@2020-11-05  no valid file yet\n" in told
        slots = json.loads(newsroom.told("status", "--json"))["next"]
        assert [(one["edition"], one["has_file"]) for one in slots] == [
            ("flashtweet@2020-11-04", True),
            ("flashtweet@2020-11-05", False),
        ]

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("07:45", {"edition": str(KEY), "slot_at": "2020-11-06T06:45:00Z", "has_file": True}),
            (
                "07:15",
                {"edition": "flashtweet@2020-11-09", "slot_at": "2020-11-09T06:30:00Z", "has_file": False},
            ),
        ],
    )
    def test_a_slot_is_shown_at_the_time_that_its_file_gives_it(
        self, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, at: str, expected: dict[str, object]
    ) -> None:
        """At 07:20 an edition moved to 07:15 is over: it is not shown at 07:30."""
        monkeypatch.setattr(wiring.SystemClock, "now", lambda _: START - timedelta(minutes=10))
        (newsroom.folder / "threads" / f"{KEY.date}.yaml").write_text(f"items: |\n  Un\nat: {at}\n", "utf-8")
        assert json.loads(newsroom.told("status", "--json"))["next"] == [expected]

    def test_a_script_reads_how_each_post_went(
        self, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The whole document of a thread that stopped at its second post; X's clock is 3 s ahead."""
        monkeypatch.setattr(wiring.SystemClock, "now", lambda _: START + timedelta(hours=1))
        newsroom.x.offset = timedelta(seconds=3)
        newsroom.x.before_create = lambda: newsroom.clock.advance(timedelta(milliseconds=40))
        newsroom.x.outcomes.extend([None, errors.AccountRefused("X answered 402.")])
        post_id = newsroom.publish("un", "deux").deliveries[0].post_id
        assert json.loads(newsroom.told("status", "--json")) == {
            "daemon": None,
            "by_hand": [],
            "other_ledgers": [],
            "folder_problem": None,
            "paused": None,
            "not_out": [],
            "next": [
                {"edition": "flashtweet@2020-11-09", "slot_at": "2020-11-09T06:30:00Z", "has_file": False}
            ],
            "publications": [
                {
                    "edition": str(KEY),
                    "account": "main",
                    "state": "HELD",
                    "reason": "post 2: X answered 402.",
                    "remedy": f"Once that is fixed, type: flashtweet publish {KEY}",
                    "slot_at": "2020-11-06T06:30:00Z",
                    "posts": [
                        {
                            "position": 1,
                            "state": "SENT",
                            "id": post_id,
                            "deleted": False,
                            "lateness_ms": 3040,
                            "clock_offset_ms": 3020,
                            "round_trip_ms": 40,
                        },
                        {
                            "position": 2,
                            "state": "PENDING",
                            "id": None,
                            "deleted": False,
                            "lateness_ms": None,
                            "clock_offset_ms": None,
                            "round_trip_ms": None,
                        },
                    ],
                }
            ],
        }

    def test_a_daemon_is_told_with_where_it_can_be_asked(self, newsroom: Newsroom) -> None:
        with wiring.daemon_lock(newsroom.folder / "flashtweet.db"):
            told = newsroom.told("status")
        assert f"the daemon runs (process {os.getpid()}, health at http://127.0.0.1:9464/readyz)\n" in told

    def test_other_ledgers_in_the_folder_are_named(self, stopped: Newsroom) -> None:
        assert "Other ledgers" not in stopped.told("status")
        for number in range(1, 6):
            other = make_ledger(stopped.folder / f"flashtweet.sandbox-{number}.db", stopped.clock)
            other.plan(make_thread("un"), [START], START)
            other.release(other.claim(KEY, timedelta(seconds=60), START))
            other.close()
        [told] = [line for line in stopped.told("status").splitlines() if line.startswith("Other ledgers")]
        assert " and 2 more; those of sandboxes can be deleted" in told
        others = json.loads(stopped.told("status", "--json"))["other_ledgers"]
        assert sorted(others) == [f"flashtweet.sandbox-{number}.db" for number in range(1, 6)]


BROKEN = {
    "no YAML": "timezone: America/New_York\nseries: [\n  never closed\nledger: sqlite:///elsewhere.db\n",
    "no key of ours": "ledger: sqlite:///elsewhere.db\nseries: {}\nlegder: x\ntimezone: America/New_York\n",
    "not UTF-8": b"# \xff\nledger: sqlite:///elsewhere.db\ntimezone: America/New_York\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_person_stops_and_looks_where_the_configuration_is_broken(
    stopped: Newsroom, text: str | bytes
) -> None:
    """A daemon keeps its configuration, so an operator who broke the file must be able to stop it."""
    (stopped.folder / "flashtweet.db").rename(stopped.folder / "elsewhere.db")
    config = stopped.folder / "config.yaml"
    config.write_bytes(text if isinstance(text, bytes) else text.encode())
    status = stopped.run("status")
    assert status.exit_code == 0
    assert "01:30" in status.stdout  # New York, five hours behind UTC
    assert f"flashtweet publish {KEY}" in status.stdout
    assert status.stderr.count("config.yaml or .env is invalid.") == 1
    assert "config.yaml:" in status.stderr
    assert "Next" not in status.stdout
    for command in (
        ("log", str(KEY)),
        ("backup", "copy.db"),
        ("pause", "--yes"),
        ("resume", "--yes"),
        ("cancel", str(KEY), "--yes"),
    ):
        done = stopped.run(*command)
        assert (done.exit_code, done.stderr.count("config.yaml or .env is invalid.")) == (0, 1), done.output
    assert "CANCELLED" in stopped.run("status").stdout


@pytest.mark.parametrize("command", [("release", str(KEY), "--yes"), ("check",), ("publish", str(KEY))])
def test_what_needs_the_whole_configuration_says_what_is_wrong_with_it(
    stopped: Newsroom, command: tuple[str, ...]
) -> None:
    with (stopped.folder / "config.yaml").open("a") as config:
        config.write("legder: x\n")
    done = stopped.run(*command)
    assert done.exit_code == 2
    assert "'legder' is not a key that stands here. Did you mean 'ledger'?" in done.stderr


def test_a_broken_configuration_that_leads_to_no_ledger_is_told_and_no_more(newsroom: Newsroom) -> None:
    """A ledger other than the daemon's would show that all is well."""
    (newsroom.folder / "config.yaml").write_text("ledger: sqlite:///elsewhere.db\nseries: [\n")
    done = newsroom.run("pause", "--yes")
    assert done.exit_code == 2
    assert "config.yaml" in done.stderr
    assert not (newsroom.folder / "elsewhere.db").exists()


def test_where_the_environment_has_an_error_the_ledger_of_config_yaml_is_shown(stopped: Newsroom) -> None:
    """The environment may name another ledger: the output names the one shown, and the error."""
    (stopped.folder / ".env").write_bytes(b"FLASHTWEET_LEDGER=\xff")
    done = stopped.run("status")
    assert (done.exit_code, "Ledger: flashtweet.db" in done.stdout) == (0, True)
    assert ".env: this is not UTF-8 text" in done.stderr


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (60, "at its slot, Fri 2020-11-06 07:30. Its file can be edited until 30 s before."),
        (20, "at its slot, Fri 2020-11-06 07:30."),
        (-60, "within seconds."),
    ],
)
def test_a_release_says_when_it_goes_on(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, before: int, told: str
) -> None:
    (newsroom.folder / "threads" / "2020-11-06.yaml").write_text("items: |\n  Un\n  Deux\n", "utf-8")
    monkeypatch.setattr(wiring.SystemClock, "now", lambda _: START - timedelta(seconds=before))
    newsroom.told("hold", str(KEY), "--yes")
    with wiring.daemon_lock(newsroom.folder / "flashtweet.db"):
        done = newsroom.run("release", str(KEY), "--yes")
    assert done.stderr == f"The daemon (process {os.getpid()}) resumes it {told}\n"


class TestDryRun:
    """`--dry-run` shows what `publish` would send."""

    @pytest.fixture
    def edited(self, stopped: Newsroom) -> Newsroom:
        path = stopped.folder / "threads" / "2020-11-06.yaml"
        path.write_text("items: |\n  Un appel\n  Corrigé\n", "utf-8")
        return stopped

    def test_of_what_has_begun_the_frozen_rest(self, edited: Newsroom) -> None:
        told = edited.told("publish", str(KEY), "--dry-run")
        assert "HELD" in told
        assert "X answered 402." in told
        assert told.splitlines()[-6:] == [
            *("── 2 ── 55/280", TEXTS[1], "── 3 ── 7/280", TEXTS[2], "── 4 ── 10/280", TEXTS[3]),
        ]
        (one,) = json.loads(edited.told("publish", str(KEY), "--dry-run", "--json"))["editions"]
        assert [(post["position"], post["text"]) for post in one["posts"]] == list(enumerate(TEXTS, 1))[1:]

    def test_what_was_given_up_sends_nothing(self, edited: Newsroom) -> None:
        edited.told("cancel", str(KEY), "--yes")
        told = edited.told("publish", str(KEY), "--dry-run")
        assert "CANCELLED" in told
        assert "──" not in told

    def test_a_refused_post_is_taken_from_its_file(self, refused: Newsroom) -> None:
        path = refused.folder / "threads" / "2020-11-06.yaml"
        path.write_text("items: |\n  Un appel\n  Deux\n", "utf-8")
        told = refused.told("publish", str(KEY), "--dry-run")
        assert "1️⃣ Un appel\n" in told
        assert TEXTS[1] not in told.partition("──")[2]


class TestWhatAnswersSay:
    def test_a_release_before_the_first_post_says_that_the_text_is_another(self, newsroom: Newsroom) -> None:
        slot = A_SUNDAY + timedelta(days=1, hours=2)
        key = EditionKey("flashtweet", slot.date())
        newsroom.plan("Bonjour !", "Ancien", key=key, slot_at=slot)
        path = newsroom.folder / "threads" / f"{key.date}.yaml"
        path.write_text("at: 18:00\nitems: |\n  Nouveau\n  Deux\n", "utf-8")
        newsroom.told("hold", str(key), "--yes")
        done = newsroom.run("release", str(key), "--yes")
        assert done.exit_code == 0, done.output
        assert "Its text was read from its file again and differs from the held one (4 posts)." in done.stderr
        assert f"flashtweet preview {key}" in done.stderr
        assert f"{key}  PLANNED  0/4 posts  begins at Mon 2026-11-30 18:00" in newsroom.told("status")

    def test_preview_of_an_edition_without_a_file_says_that_first(self, newsroom: Newsroom) -> None:
        (newsroom.folder / "threads" / "2020-11-05.yaml").write_text("itms: |\n  Un\n", "utf-8")
        done = newsroom.run("preview", str(KEY))
        assert done.exit_code == 3
        first = done.stderr.splitlines()[0]
        assert first == f"flashtweet: {KEY}: no file makes this edition. Errors that may be why:"

    def test_a_later_post_is_not_left_out_before_it_is_reached(self, refused: Newsroom) -> None:
        done = refused.run("resolve", str(KEY), "--post", "3", "--skip", "--yes")
        assert "post 3 is PENDING; the post to resolve is 2. A post can be skipped only when" in done.stderr
        assert f"flashtweet cancel {KEY}" in done.stderr

    def test_what_was_cancelled_ends_in_one_full_stop(self, stopped: Newsroom) -> None:
        stopped.told("cancel", str(KEY), "--yes")
        assert stopped.run("publish", str(KEY)).stderr.splitlines()[-1].endswith("cancelled by an operator.")

    def test_bad_faults_are_no_configuration(self, newsroom: Newsroom) -> None:
        (newsroom.folder / "bad.json").write_text("{", "utf-8")
        done = newsroom.run("sandbox", "--faults", "bad.json")
        assert done.exit_code == 2
        assert done.stderr.startswith("flashtweet: the faults cannot be used:\nbad.json")

    @pytest.mark.parametrize(
        ("command", "code"),
        [
            (("hold", "--yes"), 4),
            (("resolve", "--post", "3", "--skip", "--yes"), 4),
            (("resolve", "--skip", "--resend", "--yes"), 2),
            (("release",), 2),
        ],
        ids=["a state", "a post's state", "two answers", "nobody to ask"],
    )
    def test_what_a_state_forbids_is_no_wrong_usage(
        self, refused: Newsroom, command: tuple[str, ...], code: int
    ) -> None:
        assert refused.run(command[0], str(KEY), *command[1:]).exit_code == code
