"""Tests of the daemon's log, for people and for machines: the complete output."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import platform
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import pytest

from bot.cli.logging_output import to_stderr
from bot.core.model import EditionKey
from bot.wiring import SystemClock, stderr_is_journal
from tests.processes import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AT = datetime(2020, 11, 6, 6, 30, 0, 12_345, tzinfo=UTC)
HOST = platform.node()
STAMP = "2020-11-06 07:30:00.012+0100"
HOSTILE = 'threads/a\n2020-11-06 ERROR "edition" \x1b[2J\x07\x9b2J\u202e\u2028\udcff👩‍🚀.yaml'

log = logging.getLogger("flashtweet.test")


class Said(Protocol):
    """Return the log output of `act`, configured by `how`."""

    def __call__(self, act: Callable[[], object], **how: Any) -> str: ...


@pytest.fixture
def as_it_was() -> Iterator[None]:
    """Restore the logging configuration afterwards."""
    root, own = logging.getLogger(), logging.getLogger("flashtweet")
    before = root.level, root.handlers[:], own.level
    yield
    logging.basicConfig(level=before[0], handlers=before[1], force=True)
    own.setLevel(before[2])


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_it_was: None) -> Said:  # noqa: ARG001

    def hear(act: Callable[[], object], **how: Any) -> str:
        heard = tmp_path / "heard"
        with heard.open("w", encoding="utf-8") as stream:
            monkeypatch.setattr(sys, "stderr", stream)
            with to_stderr(SystemClock(wall=lambda: AT), "Europe/Paris", **how):
                act()
        return heard.read_text("utf-8")

    return hear


def an_event() -> None:
    log.info("post sent", extra={"edition": "flashtweet@2020-11-06", "post": "1/12", "late_ms": 12})


def a_reason() -> None:
    log.error("edition held", extra={"reason": 'X says "no". Wait.', "next": "retry é", "of": ""})


def raise_(error: Exception) -> None:
    raise error


def a_bug() -> None:
    try:
        raise_(ValueError(HOSTILE))
    except ValueError:
        log.exception("a bug stopped publishing", extra={"edition": "e@2020-11-06"})


def a_hostile_name() -> None:
    log.warning("file changed", extra={"path": HOSTILE})


def test_lines_for_people(said: Said) -> None:
    assert said(an_event) == (
        f"{STAMP} INFO    post sent edition=flashtweet@2020-11-06 post=1/12 late_ms=12\n"
    )
    assert said(a_reason) == (
        rf'{STAMP} ERROR   edition held reason="X says \"no\". Wait." next="retry é" of=""' "\n"
    )


def test_an_instant_is_in_the_newsroom_s_zone_for_people_and_utc_for_machines(said: Said) -> None:
    def a_doubt() -> None:
        log.warning("post in doubt", extra={"until": datetime(2020, 11, 6, 6, 31, 30, tzinfo=UTC)})

    assert said(a_doubt) == f'{STAMP} WARNING post in doubt until="2020-11-06 07:31:30+0100"\n'
    assert json.loads(said(a_doubt, machine=True))["until"] == "2020-11-06T06:31:30.000Z"


def test_a_hostile_name_is_one_line_and_steers_nothing(said: Said) -> None:
    assert said(a_hostile_name) == (
        rf'{STAMP} WARNING file changed path="threads/a\n2020-11-06 ERROR \"edition\" '
        r'\x1b[2J\x07\x9b2J\u202e\u2028\udcff👩‍🚀.yaml"'
        "\n"
    )
    assert said(lambda: log.info(HOSTILE)).count("\n") == 1


def test_a_traceback_cannot_look_like_an_event(said: Said) -> None:
    first, *rest = said(a_bug).splitlines()
    assert first == f"{STAMP} ERROR   a bug stopped publishing edition=e@2020-11-06"
    assert rest[0] == "  Traceback (most recent call last):"
    assert rest[-2] == "  ValueError: threads/a"
    assert rest[-1] == r'  2020-11-06 ERROR "edition" \x1b[2J\x07\x9b2J\u202e\u2028\udcff👩‍🚀.yaml'
    assert all(line.startswith("  ") for line in rest)


def test_objects_for_machines(said: Said) -> None:
    assert said(an_event, machine=True) == (
        '{"at": "2020-11-06T06:30:00.012Z", "level": "INFO", "event": "post sent", '
        f'"host": "{HOST}", '
        '"edition": "flashtweet@2020-11-06", "post": "1/12", "late_ms": 12}\n'
    )
    assert said(a_reason, machine=True) == (
        '{"at": "2020-11-06T06:30:00.012Z", "level": "ERROR", "event": "edition held", '
        f'"host": "{HOST}", '
        r'"reason": "X says \"no\". Wait.", "next": "retry é", "of": ""}'
        "\n"
    )
    assert said(a_hostile_name, machine=True) == (
        '{"at": "2020-11-06T06:30:00.012Z", "level": "WARNING", "event": "file changed", '
        f'"host": "{HOST}", '
        r'"path": "threads/a\n2020-11-06 ERROR \"edition\" '
        r'\u001b[2J\u0007\u009b2J\u202e\u2028\udcff👩‍🚀.yaml"}'
        "\n"
    )


def test_a_machine_reads_back_what_was_said(said: Said) -> None:
    assert json.loads(said(a_hostile_name, machine=True))["path"] == HOSTILE
    line = said(a_bug, machine=True)
    assert line.count("\n") == 1
    told = json.loads(line)
    exception = told.pop("exception")
    assert told == {
        "at": "2020-11-06T06:30:00.012Z",
        "level": "ERROR",
        "event": "a bug stopped publishing",
        "host": HOST,
        "edition": "e@2020-11-06",
    }
    assert exception.startswith("Traceback (most recent call last):\n")
    assert exception.endswith(f"\nValueError: {HOSTILE}")


def test_a_field_takes_no_name_that_every_line_has(said: Said) -> None:
    names = ("at", "level", "event", "host")
    line = said(lambda: log.info("post sent", extra=dict.fromkeys(names, "x")), machine=True)
    told = {"at": "2020-11-06T06:30:00.012Z", "level": "INFO", "event": "post sent", "host": HOST}
    assert json.loads(line) == told


def test_values_keep_their_kinds_where_json_has_them(said: Said) -> None:
    extra = {"a": None, "b": True, "c": 1.5, "d": ["é"], "e": EditionKey("flashtweet", AT.date())}
    told = json.loads(said(lambda: log.info("x", extra=extra), machine=True))
    assert [told[name] for name in extra] == [None, True, 1.5, ["é"], "flashtweet@2020-11-06"]


@pytest.mark.parametrize(
    ("level", "priority"),
    [(logging.INFO, 6), (logging.WARNING, 4), (logging.ERROR, 3), (logging.CRITICAL, 2), (35, 6)],
)
def test_the_journal_is_told_the_priority(said: Said, level: int, priority: int) -> None:
    line = said(lambda: log.log(level, "x"), machine=True, for_journal=True)
    assert line.startswith(f'<{priority}>{{"at": ')


def test_of_libraries_only_warnings_are_told(said: Said) -> None:
    def speak() -> None:
        for logger in (logging.getLogger("library"), log):
            logger.info("information")
            logger.warning("a warning")

    assert [line.split()[3] for line in said(speak).splitlines()] == ["a", "information", "a"]
    assert said(speak, quiet=True).count("\n") == 2


@contextlib.contextmanager
def full(monkeypatch: pytest.MonkeyPatch) -> Iterator[BinaryIO]:
    """Make stderr a full pipe; yield its read end."""
    ours, theirs = os.pipe()
    os.write(theirs, b"." * fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096))
    with os.fdopen(theirs, "w", encoding="utf-8") as stream, os.fdopen(ours, "rb") as reader:
        monkeypatch.setattr(sys, "stderr", stream)
        yield reader


@pytest.mark.usefixtures("as_it_was")
def test_what_nobody_reads_is_bounded_and_its_loss_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest lines are kept: they show the cause."""
    monkeypatch.setattr("bot.cli.logging_output.MAX_QUEUED_LINES", 3)
    with full(monkeypatch) as reader, to_stderr(SystemClock(wall=lambda: AT), "Europe/Paris"):
        log.info("one")
        [handler] = logging.getLogger().handlers
        until(handler.queue.empty, "it is about to be written")  # type: ignore[attr-defined]
        for word in ("two", "three", "four", "lost", "lost"):
            log.info(word)
        reader.read(4096)
        heard = [reader.readline().decode() for _ in range(4)]
        log.info("five")
        heard += [reader.readline().decode() for _ in range(2)]
    assert [line.removeprefix(f"{STAMP} ") for line in heard] == [
        *(f"INFO    {word}\n" for word in ("one", "two", "three", "four")),
        "WARNING log lines lost: stderr was not read lines=2\n",
        "INFO    five\n",
    ]


@pytest.mark.usefixtures("as_it_was")
def test_the_end_does_not_wait_for_who_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.logging_output.FLUSH_TIMEOUT", 0.05)
    with full(monkeypatch), to_stderr(SystemClock(wall=lambda: AT), "Europe/Paris"):
        log.info("one")


@pytest.mark.usefixtures("as_it_was")
def test_a_stderr_that_is_closed_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with to_stderr(SystemClock(wall=lambda: AT), "Europe/Paris"):
        log.info("one")


@pytest.mark.parametrize(
    ("stream", "expected"),
    [("{dev}:{ino}", True), ("{dev}:{ino}1", False), ("8:{ino}", False), ("", False), (None, False)],
)
def test_the_journal_is_known_by_its_device_and_inode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stream: str | None, expected: bool
) -> None:
    """JOURNAL_STREAM is inherited even if stderr was redirected since."""
    with (tmp_path / "stderr").open("w", encoding="utf-8") as file:
        stat = os.fstat(file.fileno())
        kept = os.dup(2)
        try:
            os.dup2(file.fileno(), 2)
            monkeypatch.delenv("JOURNAL_STREAM", raising=False)
            if stream is not None:
                monkeypatch.setenv("JOURNAL_STREAM", stream.format(dev=stat.st_dev, ino=stat.st_ino))
            assert stderr_is_journal() is expected
        finally:
            os.dup2(kept, 2)
            os.close(kept)
