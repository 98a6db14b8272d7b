"""Signs before the lines of a block: those that open items, and those that belong to the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING

from bot.core.content.blocks import remarks
from bot.core.content.blocks.openers import is_usual, opener, quoted_lines, repeated_openers
from bot.core.content.list_markers import (
    Sign,
    bullet_before,
    counting,
    is_count,
    is_minus,
    number_or_score,
    numbers_before,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from bot.core.content.blocks.lines import BlockLine
    from bot.core.content.blocks.remarks import BlockRemark
    from bot.core.content.list_markers import Number

_LETTER_AS_BULLET = re.compile(r"[o§][ \t]+\S")
"""Word's bullets of the second level, as text."""
_SECOND_LEVEL = "o"
_ENOUGH = 2
"""A sign of one line alone may belong to its text."""
_MANY = 3
"""So many lines with one emoji, for one with another, show that it is their bullet."""
_DETAILS = 3
"""Maximum average number of lines without a sign per numbered item."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The lines that a sign opens: each text without its sign, by line index."""

    name: str = ""
    texts: dict[int, str] = field(default_factory=dict)
    remarks: tuple[BlockRemark, ...] = ()

    def __contains__(self, line: BlockLine) -> bool:
        return line.at in self.texts


def signs_of(lines: Sequence[BlockLine], around: Callable[[], Container[int]] = frozenset) -> Signs:
    """Return the signs that open items in `lines`, or none if the items are lines or paragraphs.

    `around` returns the lines that are hardly news, like the head of a mail: they need no sign.
    """
    if all(line.text[0].isalpha() and line.text[0] != "o" and line.text[1:2] != "°" for line in lines):
        return Signs()  # fast path for most blocks
    aside = around()
    numbers = _numbers(lines, aside)
    if numbers.texts and not _are_inside_bullets(lines, numbers.texts):
        return numbers
    bullets = _bullets(lines, aside)
    if numbers.texts:
        return bullets
    return Signs(bullets.name, bullets.texts, numbers.remarks + bullets.remarks)


def _are_inside_bullets(lines: Sequence[BlockLine], numbered: Container[int]) -> bool:
    """Return True if every number is below the first bullet and deeper than it and another bullet."""
    bullets = [line for line in lines if not line.is_link and bullet_before(line.text)]
    if len(bullets) < _ENOUGH:
        return False
    base = bullets[0].indent
    inner = [line for line in lines if line.at in numbered]
    outer = [line for line in bullets if line.indent <= base]
    is_below = bullets[0].at < inner[0].at and all(line.indent > base for line in inner)
    return is_below and len(outer) >= _ENOUGH


def starts_clearly(line: BlockLine) -> bool:
    """Return whether a bullet or a number opens `line`, so that it is hardly the rest of a sentence."""
    if _LETTER_AS_BULLET.match(line.text):
        return True
    return bool(bullet_before(line.text)) or numbers_before([line.text]) != [None]


def begins_small(text: str) -> bool:
    """Return True if `text` begins with a word in lower case: ``aux hébergeurs``, not ``e-commerce``."""
    if not text[0].islower():  # fast path for most lines
        return False
    word = text[:20].split(" ", 1)[0]
    return word.islower() and word[1:2] != "-"


def _numbers(lines: Sequence[BlockLine], aside: Container[int]) -> Signs:
    pairs = zip(lines, numbers_before([line.text for line in lines]), strict=True)
    found = [(line, number) for line, number in pairs if number is not None]
    if len(found) < _ENOUGH:
        return Signs(remarks=tuple(remarks.lonely(line.at, "number") for line, _ in found))
    outer = [pair for pair in found if pair[0].indent <= found[0][0].indent]
    firm = [pair for pair in found if pair[1].sign is Sign.FIRM]
    for some in (found, outer, firm):
        if len(some) >= _ENOUGH and counting([number for _, number in some]):
            signs = _counted(some, lines)
            if firm or _loose(lines, signs.texts, aside) <= _DETAILS * len(signs.texts):
                return signs
    return Signs(remarks=(remarks.numbers_stay([line.at for line, _ in found], [n.value for _, n in found]),))


def _counted(found: Sequence[tuple[BlockLine, Number]], lines: Sequence[BlockLine]) -> Signs:
    texts = {line.at: number.rest for line, number in found}
    values = {line.at: number.value for line, number in found}
    said: list[BlockRemark] = []
    if any(number.sign is Sign.DASH for _, number in found):
        kept = {line.at: line for line in lines if line.at not in texts and number_or_score(line.text)}
        all_values = values | {at: number_or_score(line.text) for at, line in kept.items()}
        if kept and is_count([all_values[at] for at in sorted(all_values)]):
            texts |= {at: line.text for at, line in kept.items()}
            said.append(remarks.number_stays(list(kept), next(iter(kept.values())).text))
    if not is_count(list(values.values())) and not said:
        said.append(remarks.numbers_skip(list(texts), list(values.values())))
    return Signs("number", texts, tuple(said))


def _bullets(lines: Sequence[BlockLine], aside: Container[int]) -> Signs:
    spoken = quoted_lines(lines)
    found = [
        (line, sign)
        for line in lines
        if not line.is_link and line.at not in spoken and (sign := bullet_before(line.text))
    ]
    if (openers := _openers(lines, [line for line, _ in found])) is not None:
        return openers
    if len(found) < _ENOUGH:
        lonely = (line for line, _ in found if not is_minus(line.text))
        return Signs(remarks=tuple(remarks.lonely(line.at, "bullet") for line in lonely))
    base = found[0][0].indent
    if not found[0][1].startswith(_SECOND_LEVEL):
        found = [(line, sign) for line, sign in found if not sign.startswith(_SECOND_LEVEL)]
    outer = [line for line, _ in found if line.indent <= base]
    minus = [line.at for line in outer if is_minus(line.text)]
    shown = next((line.text for line in outer if is_minus(line.text)), "")
    if len(minus) == len(outer) > 1:
        return Signs(remarks=(remarks.minus_kept(minus, shown),))
    texts = {line.at: line.text[len(sign) :] for line, sign in found if line.indent <= base}
    if len(texts) < max(_ENOUGH, _loose(lines, texts, aside)):
        return Signs(remarks=(remarks.bullets_stay([line.at for line, _ in found]),))
    return Signs("bullet", texts, (remarks.minus_taken(minus, shown),) if minus else ())


def _openers(lines: Sequence[BlockLine], bullets: Sequence[BlockLine]) -> Signs | None:
    """Return the emoji or sign that opens most lines as their bullet, unless bullets stand as far left.

    A line that another emoji opens is an item as well, and keeps it.
    """
    found = repeated_openers(lines)
    base = next((line.indent for line in lines if line.at in found), 0)
    texts = {
        line.at: line.text[len(found[line.at]) :]
        for line in lines
        if line.at in found and line.indent <= base
    }
    others = [line for line in lines if line.at not in texts and line.indent <= base and not line.is_link]
    odd = [line for line in others if opener(line.text)]
    if len(texts) < _ENOUGH or len(texts) <= len(others):
        return None
    if odd and not is_usual(found[min(texts)]) and len(texts) < _MANY * len(odd):
        return None
    if len(bullets) >= _ENOUGH and any(line.indent <= base for line in bullets):
        return None
    sign = found[min(texts)]
    texts |= {line.at: line.text for line in odd}  # such a sign is meant to be seen
    return Signs(
        "bullet", texts, () if is_usual(sign) else (remarks.opener_taken(list(texts), sign.strip()),)
    )


def _loose(lines: Sequence[BlockLine], signed: Container[int], aside: Container[int]) -> int:
    """Return the number of lines that have no sign, precede no line with one, and continue no other line.

    Lines `aside` do not count.
    """
    base = next((line.indent for line in lines if line.at in signed), 0)
    return sum(
        not (
            line.at in signed
            or line.at in aside
            or (below is not None and below.at in signed)
            or line.is_link
            or line.indent > base
            or begins_small(line.text)
        )
        for line, below in zip_longest(lines, lines[1:])
    )
