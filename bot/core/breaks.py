"""Where a French text may be broken, and how much each break hurts when read aloud.

Costs are in one unit: what a reader loses. A break between paragraphs is welcome, one at the end of a
sentence costs next to nothing, one inside a sentence the more the closer the words belong together.
FORBIDDEN is never taken where another break does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bot.core import glyphs, words

if TYPE_CHECKING:
    from collections.abc import Iterator

FORBIDDEN = 10_000.0
HEADING = -140.0  # a break before a heading is worth a shorter post
BLANK_LINE = -30.0
LINE = -10.0
LIST_LINE = 8.0
SENTENCE = 12.0
_INSIDE = 100.0  # more than any number of breaks between sentences would save
_SEMICOLON, _DASH, _COLON, _ELLIPSIS, _COMMA, _BRACKET = 20.0, 25.0, 25.0, 25.0, 30.0, 35.0
_MARKS = {";": _SEMICOLON, ":": _COLON, "…": _ELLIPSIS, ",": _COMMA}
_LINKING_WORD, _WORD = 110.0, 190.0
_WEAK_WORD, _NAME, _NUMBER, _ENCLOSED = 90.0, 80.0, 80.0, 40.0


class Unit(NamedTuple):
    """A sentence, or a heading with the sentence that it announces: ``text[start:end]``."""

    start: int
    end: int
    after: float
    """What a break after it costs."""


class Gap(NamedTuple):
    """White space between two words, and what a break there costs."""

    start: int
    end: int
    cost: float


_PICTURE = "[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_SIGN = f"(?:{glyphs.SMALL_SEQUENCE}|{glyphs.SEQUENCE}|{_PICTURE})"
_SIGNS = re.compile(f"{_SIGN}++[\ufe0e\ufe0f]?")
_LEADING_SIGN = re.compile(f"[👉👇➡▶►🔗📌🔎📖🎧🎥▪◾◼]|[0-9#*]\ufe0f?{glyphs.KEYCAP}|🔟")
# It begins where a run of signs does, and gives none of them back: a run costs no more than its length.
_TERMINATOR = re.compile(
    r"[.!?…](?<![.!?…]{2})[.!?…]*+[\"”“’)\]]*+(?:[ \u00a0\u202f]?»)?[\"”)\]]*+(?=[ \t\n]++(?=(\S)))"
)
_LIST_MARK = re.compile(rf"[-–—•·*▪◾◼►▶➡👉✅✔]|\(?\d{{1,3}}[.)/]\s|[0-9]\ufe0f?{glyphs.KEYCAP}|🔟|[①-⑳]")
_ENDS_PROSE = re.compile(r"[.!?…][\"”“’)\]»\s\u00a0\u202f]*$")
_TAIL = 16  # enough to see how a line ends
_HEADING_LENGTH = 100
_MOST_HEADINGS = 3
_LONGEST_WORD = 64
"""So much before a dot is looked at: what it may abbreviate, or number, is shorter by far."""


def units(text: str) -> list[Unit]:
    """The sentences of `text`, headings joined to what follows them."""
    lines = _lines(text)
    found: list[Unit] = []
    held = -1  # where headings that wait for their text begin
    for n, (start, end) in enumerate(lines):
        line = text[start:end]
        following = lines[n + 1][0] if n + 1 < len(lines) else -1
        if following >= 0 and _announces(text, line, lines, n):
            held = start if held < 0 else held
            continue
        if held >= 0 and found:
            found[-1] = found[-1]._replace(after=HEADING)
        after = _line_cost(text, line, end, following)
        for begin, stop in _sentences(text, start, end):
            found.append(Unit(begin if held < 0 else held, stop, after if stop == end else SENTENCE))
            held = -1
    return found


def _lines(text: str) -> list[tuple[int, int]]:
    """Where the lines of `text` are, without the white space around; wrapped lines are one."""
    lines: list[tuple[int, int]] = []
    following = 0
    for line in text.split("\n"):
        bare, begin = line.strip(), following
        following += len(line) + 1
        if not bare:
            continue
        start = begin + len(line) - len(line.lstrip())
        end = start + len(bare)
        if lines and text[start].islower() and _goes_on(text, *lines[-1], start):
            lines[-1] = (lines[-1][0], end)
        else:
            lines.append((start, end))
    return lines


def _goes_on(text: str, start: int, end: int, following: int) -> bool:
    tail = text[max(start, end - _TAIL) : end]
    return text.count("\n", end, following) == 1 and not _ENDS_PROSE.search(tail) and tail[-1] != ":"


def _announces(text: str, line: str, lines: list[tuple[int, int]], n: int) -> bool:
    """Whether line n is a heading or an introduction that must not end a post."""
    if line.endswith(":"):
        return True
    if not _heads(line):
        return False
    run = n + 1
    while run < len(lines) and run - n <= _MOST_HEADINGS and _heads(text[slice(*lines[run])]):
        run += 1
    return run - n <= _MOST_HEADINGS and run < len(lines)


def _heads(line: str) -> bool:
    """Whether a line looks like a heading: short, without a final stop, not an item of a list."""
    return len(line) <= _HEADING_LENGTH and not _ENDS_PROSE.search(line) and not _LIST_MARK.match(line)


def _line_cost(text: str, line: str, end: int, following: int) -> float:
    if following < 0:
        return BLANK_LINE
    if text.count("\n", end, following) > 1:
        return BLANK_LINE
    if _LIST_MARK.match(line) and _LIST_MARK.match(text, following):
        return LIST_LINE
    return LINE


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for m in _TERMINATOR.finditer(text, start, end):
        stop = m.end()
        if not _begins_sentence(m[1]) or not _ends_sentence(text, start, m.start(), m[0]):
            continue
        stop, following = _with_signs(text, stop, end)
        if following >= end:
            break
        yield start, stop
        start = following
    yield start, end


def _begins_sentence(character: str) -> bool:
    return not character.islower() and character not in words.NEVER_FIRST


def _ends_sentence(text: str, start: int, at: int, terminator: str) -> bool:
    """Whether the stop at `at` is more than the dot of an abbreviation, an initial or a list number."""
    if terminator[0] != "." or terminator.startswith("..") or text[at - 1 : at].isspace():
        return True
    begin = max(start, at - _LONGEST_WORD)
    begin = max(text.rfind(" ", begin, at), text.rfind("\u00a0", begin, at), begin - 1) + 1
    word = text[begin:at].lstrip("(«“\"'’[")
    if word.isdigit() and begin == start:
        return False
    if words.is_initials(word):
        return False
    return word.rpartition("’")[2].rpartition("'")[2] not in words.ABBREVIATIONS


def _with_signs(text: str, stop: int, end: int) -> tuple[int, int]:
    """Emoji after a sentence belong to it, unless they point onward: (its end, the start of the next)."""
    while True:
        following = stop
        while following < end and text[following] in " \t\n":
            following += 1
        signs = _SIGNS.match(text, following, end)
        if not signs or _LEADING_SIGN.match(text, following) or not _ends_word(text, signs.end()):
            return stop, following
        stop = signs.end()


def _ends_word(text: str, at: int) -> bool:
    return at >= len(text) or text[at].isspace()


# ---- inside a sentence -----------------------------------------------------------------------------

_SPACE = r"[ \t\n\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]"
_GAP = re.compile(rf"{_SPACE}(?<=\S{_SPACE}){_SPACE}*+(?=\S)")
_OPENERS, _CLOSERS = '«“("[', '»”“)"]'


def gaps(text: str, start: int, end: int) -> list[Gap]:
    """The white space inside a sentence with what a break there costs."""
    found: list[Gap] = []
    spaces = [m.span() for m in _GAP.finditer(text, start, end)]
    begins = [start, *(stop for _, stop in spaces)]
    stops = [*(begin for begin, _ in spaces), end]
    tokens = [text[begin:stop] for begin, stop in zip(begins, stops, strict=True)]
    plain = [words.is_plain(token) for token in tokens]
    depth = dashes = 0
    for n, (begin, stop) in enumerate(spaces):
        before, after = tokens[n], tokens[n + 1]
        if plain[n] and plain[n + 1]:
            cost = _INSIDE + (_MARKS.get(before[-1]) or _between(before, after))
        else:
            depth = max(0, depth + _opened(before))
            dashes += before in words.DASHES
            cost = _cost(before, after, dashes, first=n == 0)
        if text[begin] != " " and "\n" in text[begin:stop] and not after[0].islower():
            cost = FORBIDDEN
        found.append(Gap(begin, stop, cost + _ENCLOSED * min(depth, 2)))
    return found


def _opened(word: str) -> int:
    """How many brackets or quotes `word` leaves open: 1, 0 or -1."""
    bare = word.rstrip(".,;:!?…%")
    opens = word[0] in _OPENERS and not (len(word) == 1 and word in _CLOSERS)
    closes = bool(bare) and bare[-1] in _CLOSERS and not (opens and len(bare) == 1)
    return opens - closes


def _cost(before: str, after: str, dashes: int, *, first: bool) -> float:
    """What a break between two words costs."""
    if words.inseparable(before, after) or (first and _SIGNS.fullmatch(before)) or _SIGNS.fullmatch(after):
        return FORBIDDEN
    if before in words.DASHES:
        return FORBIDDEN if dashes % 2 else _INSIDE + _DASH
    if after in words.DASHES:
        return FORBIDDEN if dashes % 2 else _INSIDE + _DASH
    return _INSIDE + _by_mark(before, after)


def _by_mark(before: str, after: str) -> float:
    last = before.rstrip('"”“»)]’')[-1:]
    if last in {".", "!", "?"} and before not in words.DOTTED:
        return _ELLIPSIS
    if last in _MARKS:
        return _MARKS[last]
    if after[0] in "(«“[":
        return _BRACKET + (_WEAK_WORD if words.weak(before) else 0)
    cost = _between(before, after)
    if before[0].isupper() and after[0].isupper():
        cost += _NAME
    if before[-1].isdigit():
        cost += _NUMBER
    return cost


def _between(before: str, after: str) -> float:
    return (_LINKING_WORD if words.links(after) else _WORD) + (_WEAK_WORD if words.weak(before) else 0)
