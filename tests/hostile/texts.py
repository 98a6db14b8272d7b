"""Hostile texts: units to repeat, and the paths of a text through the engine."""
# ruff: noqa: E501 (tables of texts)

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, time
from typing import TYPE_CHECKING

from bot.adapters.issue_files import parse
from bot.core.content.editions import editions_of
from bot.core.content.validate import examine
from bot.core.model import Format, Links, Numbering, Programme, Series

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.errors import Finding

UNITS = (
    # quotations, headings and lines
    "“", "„a. ", "»a« ", "« A. B. » ", "“A. ", "A ?\n\n", "A\nA b.\n\n", "---\n", "- A ?\n", "12. März ", "3 - 2 ",
    "un mot et quelques autres pour finir ici\n",
    # letters and words
    "a", "A", "é", "e\u0301", "ab ", "A. ", "M. ", "etc. ", "1 ", "7", "10 000 ", "2,9 M€ ", "6 novembre ",
    # signs
    "?", "? ", ".", "…", "! ", ",", "; ", ": ", "-", "— ", "(", ") ", "[", "«", "» ", "« a » ", '"', '." ', "’",
    "{", "{a}", "{dat}", "\\", "%", "_", "/", "*",
    # white space
    " ", "a  ", "\u00a0", "a\u00a0", "\u202f", "\t", "\u3000", "\n", "\n\n", "a\n", "a \n", "A\n\n", ".\n",
    # entities and links
    "#", "#a", "#a ", "#a-b ", "#1", "@", "@a ", "@a/b ", "$", "$A ", "$A.B ", "&", "&amp; ",
    "http://", "https://a", "a.", "a.fr", "a.fr ", "a.fr/", "a.fr/ ", "http://a.fr ", "http://t.co/a ", "é.fr ", "xn--",
    "a.fr?", "a.fr?a&", "(a.fr/) ", "a.fr/(", "été.みんな/", "..fr", "_.fr", "rt ",
    # emoji
    "👍", "👍🏻", "❤️", "👨‍👩‍👧‍👦", "🇫🇷", "🇫", "1️⃣ ", "🔟 ", "🔁 ", "☺", "\u200d", "\ufe0f", "\u20e3", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "a 👍 ",
    # scripts
    "中", "한", "ᄀ", "ᄀ\u1161", "ش", "\u0301", "\u0327\u0301", "\u0f71\u0f72", "𝕏", "\U00020021", "\u200b", "ﷺ", "ß",
    # text parsed as something else, and links that are cut
    "\u2028", "a\u2028", "\uf0b7 ", " \ufffc ", "#a#", "a.fr/✓ ", "a.fr/é✓(", "(a.fr/ et a.fr/) ", ": a.fr/ - ",
    # list markers
    "1. ", "1. a\n", "- ", "- a\n", "1/2 ", "•\u00a0a\n", "1️⃣ a\n", "a.fr/\n", "① a\n", "🔁 a\n", "A.\n", "a :\n",
    "---\n", "Presse\n- a\n", "« a\n– a\n", "(1) a\n", "N°1 ", " Lien : a.fr/\n", "link: a\n", "- 5\n", "a de\n", "a-\n", "https://a/\n",
    # Markdown and HTML markup
    "**a** ", "**a ", "[a](", "[a](a.fr/(", "![a](", "[", "](", "`a ", "~~a ", "## ", "<a ", "<b>", "<a href=a ", "<!--", "{{", "{{a}} ", "{%",
)  # fmt: skip
"""Each is repeated, alone and after another."""

COUNTED = (
    "a%d ", "{x%d} ", "{dat%d}", "#a%d-b ", "a%d.fr ", "a%d.fr/ ", "$A%d ", "1%d. a\n", "a%d\n", "@a%d ", "%d%% ", "😀%d ",
    "k%d: v\n", "- k%d: v\n", "- k%d: v #a\n", "%%TAG !a%d! x\n", "[a%d, ", "{a%d, ", "- [a%d]\n", "&a%d ", "- >\n  a%d\n", "- |\n  a%d\n",
    "a%d: |\n  a\n", "? a%d\n", "'a%d' ", "- 'a%d'\n", "- 'a%d\n  b'\n", "#a%d\n", "- a%d\n  b\n", "%d: a\n", "a, %d, ",
)  # fmt: skip
"""Each is repeated with a different number."""

_DAY = date(2020, 11, 6)
_EVERY_DAY = frozenset(range(7))
PROGRAMME = Programme(
    "Europe/Paris",
    "fr_FR",
    (
        Series("flashtweet", time(7, 30), _EVERY_DAY, Format(intro="Le {date}", outro="Fin")),
        Series(
            "replay", time(19, 30), _EVERY_DAY, Format(links=Links.NONE, intro="🔁"), replays="flashtweet"
        ),
        Series("hebdo", time(11), _EVERY_DAY, Format(numbering=Numbering.FRACTION)),
    ),
    special=Format(numbering=Numbering.FRACTION),
)
BARE = replace(PROGRAMME, special=Format(numbering=Numbering.FRACTION, links=Links.NONE))


def repeated(unit: str, size: int) -> str:
    """Return `unit` repeated to about `size` bytes of UTF-8."""
    return unit * max(1, size // len(unit.encode()))


def counted(unit: str, size: int) -> str:
    """Return `unit` with the numbers from 100,000 on, in about `size` bytes."""
    count = max(1, size // len((unit % 100_000).encode()))
    return "".join(unit % n for n in range(100_000, 100_000 + count))


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.split("\n"))


def free(text: str) -> str:
    return f"at: 2020-11-06 18:00\ntext: |\n{_indented(text)}"


def block(text: str) -> str:
    return f"date: 2020-11-06\nitems: |\n{_indented(text)}"


def folded(text: str) -> str:
    return f"date: 2020-11-06\nitems: >\n{_indented(text)}"


def quoted(text: str) -> str:
    return f"date: 2020-11-06\nitems: [{json.dumps(text, ensure_ascii=False)}]\n"


def _entries(text: str, most: int) -> list[str]:
    """Split `text` into at most `most` double-quoted pieces: the reader limits the number of YAML tokens."""
    step = max(10, len(text) // most + 1)
    return [json.dumps(text[at : at + step], ensure_ascii=False) for at in range(0, len(text), step)]


def listed(text: str) -> str:
    return "date: 2020-11-06\nitems:\n" + "".join(f"  - {one}\n" for one in _entries(text, 24_000))


def mappings(text: str) -> str:
    entries = enumerate(_entries(text, 5_000))
    return "date: 2020-11-06\nitems:\n" + "".join(
        f"  - text: {one}\n    link: http://a.fr/{n}\n" for n, one in entries
    )


def flow(text: str) -> str:
    """Return a list on one line, after much white space."""
    return f"date: 2020-11-06\nitems: {' ' * (len(text) // 2)}[{', '.join(_entries(text, 24_000))}]"


def week(text: str) -> str:
    """Return the lists of a week on one line, followed by much invisible text."""
    entries = _entries(text, 99)
    days = ", ".join(f"2020-11-{n:02}: {{items: [{', '.join(entries)}]}}" for n in range(2, 8))
    unseen = "\u200b" * min(len(text), 9_000)
    return f"date: 2020-11-06\nissue: 53\ntop10: Un\ndays: {{{days}}} # {unseen}\n"


def intro(text: str) -> str:
    return f"date: 2020-11-06\nitems: Un\nintro: |\n{_indented(text)}"


def bare(text: str) -> str:
    return text


def mended(text: str) -> str:
    """Return a file that YAML rejects but that can be mended."""
    return f"date: 2020-11-06\nitems:\n  - @jack\n{text}"


FILES: dict[str, Callable[[str], str]] = {
    "free": free,
    "block": block,
    "folded": folded,
    "quoted": quoted,
    "listed": listed,
    "mappings": mappings,
    "flow": flow,
    "week": week,
    "intro": intro,
    "bare": bare,
    "mended": mended,
}
"""Files that contain a text, by its place."""


def file_of(form: Callable[[str], str], spell: Callable[[int], str], size: int) -> bytes:
    """Return a file of at most about `size` bytes, filled with as much spelled text as fits."""
    share = size
    while len(data := form(spell(share)).encode()) > size:
        share = min(int(share * size / len(data)), share - 1)
    return data


def findings_of(data: bytes, programme: Programme = PROGRAMME) -> list[Finding]:
    """Return the findings of a file, from its bytes through all stages."""
    parsed = parse("threads/2020-11-06.yaml", data)
    found = list(parsed.findings)
    if parsed.issue:
        editions, more = editions_of(parsed.issue, programme)
        found += more
        for edition in editions:
            found += examine(edition, programme.locale)[1]
    return found
