"""Blocks of plain sentences, one a line: most blocks, read in a fraction of the time of all checks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.core.content.blocks.doubts import rest_of_lines
from bot.core.content.blocks.grouping import NEVER_LAST
from bot.core.content.letters import added_by_programs, greets, may_sign, signs_off
from bot.core.content.list_markers import Sign, has_number_inside, number_before
from bot.core.content.mail_heads import head_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPENING = re.compile(r"#?[A-ZÀ-ÖØ-Þ][^\W\d_]*+[ ,'’-](?![0-9])")
"""A capital letter, perhaps of a hashtag, and no label like ``A.``, ``Top 1 :`` or ``Titre :``."""
_LONGEST_HEADING = 40
_EMOJI = re.compile(r"[\U0001f300-\U0001faff]$")
_IN_BRACKETS = re.compile(r"[^\d(]\)$")
_STOPS = frozenset(".!?…»")
_APOSTROPHES = frozenset("'’")
_ENOUGH = 160
"""Characters at the start of a line that show whether a program added it."""


def plain_items(block: str, lines: Sequence[str]) -> list[tuple[int, str]] | None:
    """Return the items of a plain block, of one line each, with the indices of their lines; else None.

    They may be numbered, and then stand apart. There is no remark on a plain block: each check that could
    find something is done, or what it looks for is ruled out by the form of the lines.
    """
    is_numbered = bool(lines) and lines[0][:1].isdigit()
    items = _numbered(lines) if is_numbered else list(enumerate(lines))
    texts = [text for _, text in items]
    is_plain = (
        len(texts) > 1
        and all(map(_is_sentence, texts))
        and "><" not in block
        and ";" not in block
        and not has_number_inside(block)
        and not rest_of_lines(texts)
        and not (greets(texts[0]) or signs_off(texts[-1]) or (is_numbered and may_sign(texts[-1])))
        and next(head_lines(texts), None) is None
        and not any(added_by_programs([text[:_ENOUGH] for text in texts]))
    )
    return items if is_plain else None


def _numbered(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Return the lines that are not empty, without numbers that count 1, 2, 3…; none if there are others."""
    items: list[tuple[int, str]] = []
    for n, line in enumerate(lines):
        if not line:
            continue
        number = None if line[0].isspace() else number_before(line)
        if number is None or number.value != len(items) + 1 or number.sign is Sign.DASH:
            return []
        items.append((n, number.rest))
    return items


def _is_sentence(line: str) -> bool:
    """Return True if `line` opens with a capital letter, is no heading, and may end a sentence."""
    if len(line) <= _LONGEST_HEADING or not _OPENING.match(line):
        return False
    last = line.rpartition(" ")[2]
    if last.replace("-", "").isalnum():
        return last != line and last.lower() not in NEVER_LAST
    if last.startswith("https://"):
        return last[-1].isalnum() and _APOSTROPHES.isdisjoint(last)
    return last[-1:] in _STOPS or _EMOJI.match(last) is not None or _IN_BRACKETS.search(last) is not None
