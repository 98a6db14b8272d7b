"""Texts of many styles as posts, and what an editor would strike in them.

Nothing here asks the engine where a sentence, a quotation or a heading is, so that it cannot agree with
itself: headings stand in the files, quotations and ends of sentences are looked for anew, and the least
number of cuts inside sentences comes from a search of its own over every white space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.core.content.free_text import sections
from bot.core.content.numbering import in_fractions
from bot.core.text.weight import LIMIT, weight

FOLDER = Path(__file__).with_name("styles")
ORPHAN = 40
"""Characters; a post of fewer is a few words that would better stand elsewhere."""

_NUMBER = re.compile(r" \d+/\d+$")
_QUOTE = re.compile(r"«[^«»]*»|“[^“”]*[”“]|„[^„“]*“|(?<!\S)»\w[^«»]*«")
_SENTENCE_END = re.compile(r"[.!?…][.!?…\s'\"“”’»«)\]🐋]*$")
_NO_END = re.compile(r"\b(?:\d{1,2}|Dr|Mr|M|z|janv|déc|[Ss]ept|Inc|Cie|U\.S)\.$")
_NEVER = 1000


@dataclass(frozen=True)
class Style:
    """What came of a text."""

    name: str
    posts: tuple[str, ...]
    """Without their numbers."""
    mid_sentence: int
    """How many posts end inside a sentence."""
    avoidable: int
    """How many of these a split into as many posts does without, and without cutting a quotation."""
    quotes_cut: tuple[str, ...]
    """Those that a post could hold."""
    headings_last: tuple[str, ...]
    """Headings that end a post."""
    orphans: tuple[str, ...]

    def row(self) -> str:
        """Return a row of the table."""
        figures = (
            len(self.posts),
            self.mid_sentence,
            self.avoidable,
            len(self.quotes_cut),
            len(self.headings_last),
            len(self.orphans),
        )
        return "| " + " | ".join((self.name, *map(str, figures))) + " |"


@cache
def styles() -> list[Style]:
    """Return every style."""
    return [_style(path) for path in sorted(FOLDER.glob("*.yaml"))]


def table(found: list[Style]) -> list[str]:
    """Return the figures of `found` as a table."""
    head = "| style | posts | end mid-sentence | avoidable | quotes cut | headings last | orphans |"
    return [head, "|---|--:|--:|--:|--:|--:|--:|", *(one.row() for one in found), _total(found).row()]


def _total(found: list[Style]) -> Style:
    return Style(
        "all",
        tuple(post for one in found for post in one.posts),
        sum(one.mid_sentence for one in found),
        sum(one.avoidable for one in found),
        tuple(quote for one in found for quote in one.quotes_cut),
        tuple(heading for one in found for heading in one.headings_last),
        tuple(orphan for one in found for orphan in one.orphans),
    )


def _style(path: Path) -> Style:
    file = yaml.safe_load(path.read_text("utf-8"))
    parts = sections(file["text"])
    numbered = [post for group in in_fractions(parts, LIMIT) for post in group]
    posts = tuple(_NUMBER.sub("", post) for post in numbered)
    text = "\n\n".join(parts)
    room = LIMIT - (weight(" 99/99" if len(posts) > 9 else " 9/9") if len(posts) > 1 else 0)
    held = _held(text, file["headings"], room)
    ends = _ends(text, posts)
    mid = sum(_is_inside(text, end) for end in ends[:-1])
    quotes = [m.span() for m in _QUOTE.finditer(text) if weight(m[0]) <= room]
    return Style(
        path.stem,
        posts,
        mid,
        mid - _least(text, held, len(posts), room),
        tuple(text[a:b] for a, b in quotes if any(a < end < b for end in ends)),
        tuple(post for post in posts if post.rpartition("\n")[2] in file["headings"]),
        tuple(post for post in posts if len(post) < ORPHAN),
    )


def _ends(text: str, posts: tuple[str, ...]) -> list[int]:
    ends: list[int] = []
    at = 0
    for post in posts:
        at = text.index(post, at) + len(post)
        ends.append(at)
    return ends


def _is_inside(text: str, end: int) -> bool:
    """Return whether a cut at `end`, where white space follows, is inside a sentence."""
    before = text[max(0, end - ORPHAN) : end]
    following = text[end:].lstrip()
    if re.match(r"[ \t]*\n", text[end:]):
        return (
            following[:1].islower() and not following.startswith("http") and not _SENTENCE_END.search(before)
        )
    return not _SENTENCE_END.search(before) or bool(_NO_END.search(before)) or following[:1].islower()


def _held(text: str, headings: list[str], room: int) -> set[int]:
    """Return where a cut is out of the question: in a quotation that fits, after a heading, before a link."""
    held = {
        m.end() for heading in headings for m in re.finditer(f"^{re.escape(heading)}$", text, re.MULTILINE)
    }
    held |= {m.start() for m in re.finditer(r"(?<=\S)\n+https?://\S+$", text, re.MULTILINE)}
    for m in _QUOTE.finditer(text):
        if weight(m[0]) <= room:
            held |= set(range(m.start() + 1, m.end()))
    return held


def _least(text: str, held: set[int], posts: int, room: int) -> int:
    """Return the least number of cuts inside sentences with which `text` makes so many posts, or fewer."""
    gaps = [m.span() for m in re.finditer(r"\s+", text) if m.start() not in held]
    begins = [0, *(end for _, end in gaps)]
    stops = [*(start for start, _ in gaps), len(text)]
    cost = [0, *(int(_is_inside(text, start)) for start, _ in gaps)]
    best = [[0] + [_NEVER] * len(stops)]
    for _ in range(posts):
        last = best[-1]
        row = [_NEVER] * (len(stops) + 1)
        for n, stop in enumerate(stops):
            for k in range(n, -1, -1):
                if stop - begins[k] > 2 * room or weight(text[begins[k] : stop]) > room:
                    break
                row[n + 1] = min(row[n + 1], last[k] + cost[k])
        best.append(row)
    return min(row[-1] for row in best)
