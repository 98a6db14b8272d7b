"""Hostile folders: everything found, or feared, to make a daemon miss its morning."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.core.content.editions import MAX_SPECIALS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MIB = 1024 * 1024
MANY = 20_000


def _special(text: str) -> str:
    return "at: 2020-11-06 09:00\ntext: |\n  " + text + "\n"


def _whole(unit: str) -> str:
    """Return a free text of just under 1 MiB."""
    return _special(unit * ((MIB - 100) // len(unit.encode())))


def _one(text: str) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        (folder / "bad.yaml").write_text(text, "utf-8")

    return fill


def _many(make: Callable[[int], str], count: int = MANY) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        for n in range(count):
            (folder / f"f{n:05}.yaml").write_text(make(n), "utf-8")

    return fill


def _zoo(folder: Path) -> None:
    """Write FIFOs, loops, bombs, broken files, deep folders and strange names: `MANY` of them."""
    bomb = "a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nitems: [*b, *b, *b, *b]\n"
    each = (
        os.mkfifo,
        lambda path: path.symlink_to(path),
        lambda path: path.write_text(bomb, "utf-8"),
        lambda path: path.write_bytes(b"\xff\xfe\x00items"),
        lambda path: path.write_text("items: [" * 30, "utf-8"),
        lambda path: path.write_text("items: |\n  Une info\n", "utf-8"),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.write_text('items: "\n', "utf-8"),
    )
    for n in range(MANY):
        each[n % len(each)](folder / f"z{n:05}\u202e.yaml")
    deep = folder
    for _ in range(60):
        deep /= "d"
        deep.mkdir()
    (folder / "loop").symlink_to(folder)
    (deep / "a.yaml").write_text("items: |\n  Une info\n", "utf-8")


def _large(folder: Path) -> None:
    """Write 200 MiB of valid files."""
    text = "items: |\n" + "  Une info de plus\n" * 52_000
    for n in range(200):
        (folder / f"2020-12-{n % 31 + 1:02}-{n}.yaml").write_text(text, "utf-8")


def _long(count: int, at: str) -> Callable[[Path], None]:
    """Return a writer of free texts of 95 paragraphs, each with its own words, all due at one instant."""

    def fill(folder: Path) -> None:
        for n in range(count):
            text = "\n\n".join(
                f"  Paragraphe {m} du texte {n}, qui dit ceci. " + "mot " * 40 for m in range(95)
            )
            (folder / f"a{n:02}.yaml").write_text(f"at: 2020-11-06 {at}\ntext: |\n{text}\n", "utf-8")

    return fill


def _days(first: date, count: int) -> Callable[[Path], None]:
    """Return a writer of valid 20 KB files for `count` days from `first` on, the allowed number per day."""

    def fill(folder: Path) -> None:
        for n in range(count * MAX_SPECIALS_PER_DAY):
            day = first + timedelta(days=n // MAX_SPECIALS_PER_DAY)
            text = "\n\n".join(f"  Paragraphe {m} du texte {n}. " + "mot " * 60 for m in range(75))
            (folder / f"b{n:03}.yaml").write_text(f"at: {day} 09:00\ntext: |\n{text}\n", "utf-8")

    return fill


_CROWD = "64 texts of 95 posts at the first slot"
AT_THE_SLOT = {_CROWD: 64}
"""Number of a folder's specials due at the first slot."""

FOLDERS: dict[str, Callable[[Path], None]] = {
    "1 MiB of ?": _one(_whole("?")),
    "1 MiB of «A. »": _one(_whole("A. ")),
    "1 MiB of #": _one(_whole("#")),
    "a word of 1 MiB": _one(_whole("a")),
    "1 MiB of links": _one(_whole("https://a.fr/ ")),
    "1 MiB of items": _one("date: 2020-11-09\nitems: |\n" + "  a\n" * 260_000),
    "1 MiB of keys": _one("".join(f"k{n}: v\n" for n in range(100_000))),
    "64 KiB of ?, 16 editions": _many(lambda _: _special("?" * 64_000), 16),
    f"{MANY:,} FIFOs, loops, bombs": _zoo,
    f"{MANY:,} small files, one slot": _many(lambda n: _special(f"Une info, la {n}e.")),
    f"{MANY:,} small files, one text": _many(lambda _: _special("La même info.")),
    f"{MANY:,} files for one edition": _many(lambda n: f"date: 2020-11-09\nitems: |\n  Info {n}\n"),
    "200 files of 1 MiB": _large,
    _CROWD: _long(AT_THE_SLOT[_CROWD], "07:30"),
    "256 files of 20 KB ahead": _days(date(2020, 11, 7), 4),
    "448 files of 20 KB in the days before": _days(date(2020, 10, 30), 7),
}
