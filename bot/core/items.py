"""From what an editor pasted to the items that it holds.

A block is read so: two or more numbered starts (1️⃣, ``1.``, ``1/``, ``1)``, ①) → each starts an item; else
a blank line anywhere → paragraphs are items, their inner line breaks become spaces; else lines are items.
A line that is only a URL belongs to the item above it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from bot.core import links

_KEYCAPS = {f"{digit}\ufe0f\u20e3": digit for digit in range(10)} | {
    f"{digit}\u20e3": digit for digit in range(10)
}
_KEYCAPS["🔟"] = 10
_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)}
_NUMBER = re.compile(
    r"\s*(?:"
    r"(?P<keycap>(?:[0-9]\ufe0f?\u20e3){1,2}|🔟)\s*"  # 1️⃣, and 1️⃣1️⃣ as people write eleven
    r"|(?P<circled>[\u2460-\u2473])\s*"
    r"|(?P<digits>[0-9]{1,2})(?:[.)]|/(?![0-9]))\s+"  # "1. ", "1) ", "1/ "; never "2,9 M€" or "1/3 des"
    r")(?=\S)"
)
_SENTENCE_END = re.compile(r"[.!?…»”\"]$")


@dataclass(frozen=True, slots=True)
class Fragment:
    """The text of one item and the line of the block, from 0, on which it starts."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Reading:
    """How a block was understood; `doubt` says in one sentence why it could be read otherwise."""

    fragments: tuple[Fragment, ...]
    doubt: str | None = None


def own_number(text: str) -> tuple[int, str] | None:
    """The number that an editor put before `text`, and `text` without it; None where it has none.

    Numbers that belong to the text stay: ``3 Français sur 4``, ``2,9 M€ levés``, ``5G : …``.
    """
    match = _NUMBER.match(text)
    if match is None:
        return None
    rest = text[match.end() :]
    if match["keycap"]:
        caps = re.findall(r"[0-9]\ufe0f?\u20e3|🔟", match["keycap"])
        return int("".join(str(_KEYCAPS[cap]) for cap in caps)), rest
    if match["circled"]:
        return _CIRCLED[match["circled"]], rest
    return int(match["digits"]), rest


def read_block(block: str) -> Reading:
    """The items of `block`, without their numbers, in order."""
    lines = [(index, line.strip()) for index, line in enumerate(block.splitlines())]
    numbered = [line for _, line in lines if own_number(line)]
    if len(numbered) > 1:
        return _by_number(lines)
    doubt = "one line starts with a number and no other does" if numbered else None
    filled = [index for index, line in lines if line]
    if filled and any(not line for index, line in lines if filled[0] < index < filled[-1]):
        reading = _by_paragraph(lines)
    else:
        reading = Reading(_joined([[pair] for pair in lines if pair[1]]))
    return Reading(reading.fragments, doubt or reading.doubt)


def renumbered(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts of a list of items without the editor's numbers: where two or more carry one, all do."""
    numbers = [own_number(text) for text in texts]
    if sum(number is not None for number in numbers) < 2:  # noqa: PLR2004  (one number may belong to its text)
        return texts
    return tuple(number[1] if number else text for text, number in zip(texts, numbers, strict=True))


def _by_number(lines: list[tuple[int, str]]) -> Reading:
    groups: list[list[tuple[int, str]]] = []
    numbers: list[int] = []
    doubt = None
    for index, line in lines:
        number = own_number(line)
        if number:
            numbers.append(number[0])
            groups.append([(index, number[1])])
        elif line and groups:
            groups[-1].append((index, line))
        elif line:
            groups.append([(index, line)])
            doubt = "a line before the first number became an item of its own"
    if numbers != list(range(1, len(numbers) + 1)):
        doubt = doubt or f"the numbers run {', '.join(map(str, numbers))}"
    return Reading(tuple(_fragment(group) for group in groups), doubt)


def _by_paragraph(lines: list[tuple[int, str]]) -> Reading:
    paragraphs = [list(group) for filled, group in groupby(lines, key=lambda pair: bool(pair[1])) if filled]
    doubt = None
    for paragraph in paragraphs:
        inner = [line for _, line in paragraph[:-1]]
        if any(_SENTENCE_END.search(line) or _ends_in_url(line) for line in inner) and not _is_url(
            paragraph[-1][1]
        ):
            doubt = (
                "a blank line makes each paragraph one item, but a paragraph holds lines that end like items"
            )
    return Reading(_joined(paragraphs), doubt)


def _joined(groups: list[list[tuple[int, str]]]) -> tuple[Fragment, ...]:
    """One fragment a group; a group that is only a URL goes to the one above it."""
    whole: list[list[tuple[int, str]]] = []
    for group in groups:
        if whole and all(_is_url(line) for _, line in group):
            whole[-1] = whole[-1] + group
        else:
            whole.append(group)
    return tuple(_fragment(group) for group in whole)


def _fragment(group: list[tuple[int, str]]) -> Fragment:
    return Fragment(" ".join(line for _, line in group), group[0][0])


def _is_url(line: str) -> bool:
    found = links.urls(line)
    return len(found) == 1 and (found[0].start, found[0].end) == (0, len(line))


def _ends_in_url(line: str) -> bool:
    found = links.urls(line)
    return bool(found) and found[-1].end == len(line)
