"""What the splits of real prose look like, and how many of their breaks hurt."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import yaml

from bot.core.content.numbering import in_fractions
from bot.core.text.graphemes import nfc
from bot.core.text.line_breaks import FORBIDDEN, gaps
from bot.core.text.weight import LIMIT, weight

REPOSITORY = Path(__file__).resolve().parents[2]
NEWSLETTER = REPOSITORY.parent / "shared" / "data" / "newsletter-053.txt"
SAMPLE = REPOSITORY / "threads" / "focus-053.yaml"

_FOCUS, _TRANSFORMATIONS, _AFTER = "⚡️ LE FOCUS", "⚡️ LES 3 GRANDES", "Besoin d’une petite session"
# Not the engine's own idea of a sentence, so that it cannot agree with itself.
_SENTENCE_END = re.compile(r"[.!?…][.!?…\s\"'“”’»)\]]*$")
_NUMBER = re.compile(r" \d+/\d+$")


@dataclass(frozen=True)
class Reading:
    """A text as the posts of a thread."""

    title: str
    posts: tuple[str, ...]
    mid_sentence: tuple[str, ...]
    """The posts that end inside a sentence."""
    forbidden: tuple[str, ...]
    """``end of a post | beginning of the next`` where typography or sense forbids a break."""

    def __str__(self) -> str:
        lines = [f"==== {self.title}", ""]
        for n, post in enumerate(self.posts, start=1):
            lines += [f"---- {n} of {len(self.posts)}, {weight(post)} of {LIMIT}", post, ""]
        return "\n".join(lines)


def read(title: str, text: str) -> Reading:
    """`text` split and numbered, as a thread of free text is."""
    posts = in_fractions((text,), LIMIT)[0]
    bare = [_NUMBER.sub("", post) for post in posts]
    mid = tuple(post for post in bare if not _SENTENCE_END.search(post))
    return Reading(title, posts, mid, _forbidden(nfc(text).strip(), bare))


def _forbidden(text: str, posts: list[str]) -> tuple[str, ...]:
    found = []
    at = 0
    for post, following in pairwise(posts):
        end = text.index(post, at) + len(post)
        at = text.index(following, end)
        begin = text.rfind("\n", 0, end) + 1
        line = text[begin : text.find("\n", at) if "\n" in text[at:] else len(text)]
        costs = [gap.cost for gap in gaps(line, 0, len(line)) if begin + gap.start == end]
        if "\n" not in text[end:at] and (not costs or costs[0] >= FORBIDDEN):
            found.append(f"{post[-20:]} | {following[:20]}")
    return tuple(found)


def newsletter() -> list[Reading]:
    """The Focus and the three transformations of issue 53."""
    text = NEWSLETTER.read_text("utf-8")
    focus, transformations, after = map(text.index, (_FOCUS, _TRANSFORMATIONS, _AFTER))
    return [
        read("Le Focus", text[focus:transformations]),
        read("Les trois transformations", text[transformations:after]),
    ]


def sample() -> Reading:
    """The long read that ships with the repository."""
    return read(SAMPLE.name, yaml.safe_load(SAMPLE.read_text("utf-8"))["text"])


def summary(readings: list[Reading]) -> str:
    """``43 posts, 3 end mid-sentence, no forbidden break``"""
    posts = sum(len(reading.posts) for reading in readings)
    mid = sum(len(reading.mid_sentence) for reading in readings)
    forbidden = [one for reading in readings for one in reading.forbidden]
    told = f"{len(forbidden)} forbidden breaks: {forbidden}" if forbidden else "no forbidden break"
    return f"{posts} posts, {mid} end mid-sentence, {told}"
