"""Possible breaks of a text, and the cost of each when read aloud.

All costs share one unit, the loss to a reader. They come in ranks, each greater than a whole text's worth of
the next: separating what must stay together, a cut inside a sentence, one more post, and the choice between
two breaks. A FORBIDDEN break is never taken if another is possible.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bot.core.text import french, graphemes
from bot.core.text.line_kinds import Headings, LineKind, TextLine, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

FORBIDDEN = 1e10
QUOTE_COST = 3e8  # a cut in a quotation that fits a post
_HEADED = 2e8  # a heading without what follows it
_LINKED = 1e8  # a link without the paragraph above it
KEPT_COST = _LINKED  # from this cost on, two sentences stay together
INSIDE = 2e6  # a cut in a sentence
POST_COST = 1e6  # one more post
HEADING_COST = -80.0  # a break before a heading justifies a shorter post
BLANK_LINE = -30.0
LINE = -10.0
LIST_LINE = 8.0
SENTENCE = 12.0
_SENTENCE_IN_ROW = 72.0
FIRST_SENTENCE = 52.0  # the first of several below a heading
_FIRST_ROW = 1.2 * POST_COST  # the first row of a list without the others; not even to save a post
_LAST_ROW = 40.0
_QUESTION = 120.0  # a question in a dialogue, without its answer
_SEMICOLON, _DASH, _COLON, _ELLIPSIS, _COMMA, _QUOTATION = 20.0, 25.0, 25.0, 25.0, 30.0, 35.0
_MARKS = {";": _SEMICOLON, ":": _COLON, "…": _ELLIPSIS, ",": _COMMA}
_LINKING_WORD = 110.0
_WORD = 1.2 * POST_COST  # no natural pause; not even to save a post
_BRACKET = _WORD + 50.0
_WEAK_WORD, _NAME, _NUMBER, _ENCLOSED = 90.0, 80.0, 80.0, 40.0


class Unit(NamedTuple):
    """A sentence, a heading or a row: ``text[start:end]``."""

    start: int
    end: int
    after: float
    """Cost of a break after it."""


class Gap(NamedTuple):
    """White space between two words, and the cost of a break there."""

    start: int
    end: int
    cost: float


_PICTURE = "[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_SIGN = f"(?:{graphemes.SMALL_SEQUENCE}|{graphemes.SEQUENCE}|{_PICTURE})"
_SIGNS = re.compile(f"{_SIGN}++[\ufe0e\ufe0f]?")
_LEADING_SIGN = re.compile(f"[👉👇➡▶►🔗📌🔎📖🎧🎥▪◾◼]|[0-9#*]\ufe0f?{graphemes.KEYCAP}|🔟")
# It begins where a run of signs does, and never backtracks: a run costs at most its length.
_TERMINATOR = re.compile(
    r"[.!?…](?<![.!?…]{2})[.!?…]*+[\"”“’‘)\]«]*+(?:[ \u00a0\u202f]?»(?!\w))?[\"”)\]]*+(?=[ \t\n]++(?=(\S)))"
)
_NO_WORD = re.compile(r"[^\w’'-]")
_SHORTEST_LIST = 3
_ROW_LENGTH = 120
"""Longer rows are paragraphs that begin with a mark."""
_LONGEST_WORD = 64
"""Characters examined before a dot; abbreviations and numbers are far shorter."""


def units(text: str) -> list[Unit]:
    """Return the sentences of `text`: one that a post can hold is never cut."""
    found_lines = lines(text)
    headings = Headings(text, found_lines)
    found: list[Unit] = []
    for n, line in enumerate(found_lines):
        is_heading = n in headings
        *sentences, last = _sentences(text, line.start, line.end)
        above = found[-1].after if found else 0.0
        if is_heading and not sentences and found and above < KEPT_COST:
            found[-1] = found[-1]._replace(after=HEADING_COST)
        usual = _SENTENCE_IN_ROW if line.kind is LineKind.ROW else SENTENCE
        after = FIRST_SENTENCE if above == _HEADED else usual
        for start, end in sentences:
            found.append(Unit(start, end, after))
            after = usual
        after = _HEADED if is_heading else _after(found_lines, n)
        found.append(
            Unit(*last, after + _FIRST_ROW if not sentences and _is_first_row(found_lines, n) else after)
        )
    return found


def _after(found: list[TextLine], n: int) -> float:
    """Return the cost of a break after line `n`."""
    if n + 1 == len(found):
        return BLANK_LINE
    line, following = found[n], found[n + 1]
    if following.kind is LineKind.LINK:
        return _LINKED
    if not line.kind is following.kind is LineKind.ROW:
        return BLANK_LINE if following.opens else LINE
    cost = BLANK_LINE if following.opens else LIST_LINE
    if line.asks:
        return cost + _QUESTION
    is_last_but_one = n + 2 == len(found) or found[n + 2].kind is not LineKind.ROW
    return cost + _LAST_ROW if is_last_but_one else cost


def _is_first_row(found: list[TextLine], n: int) -> bool:
    """Return True if line `n` begins a list of short rows."""
    rows = found[n : n + _SHORTEST_LIST]
    return (
        len(rows) == _SHORTEST_LIST
        and all(row.kind is LineKind.ROW for row in rows)
        and (n == 0 or found[n - 1].kind is not LineKind.ROW)
        and not any(row.opens for row in rows[1:])
        and rows[0].end - rows[0].start <= _ROW_LENGTH
    )


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for m in _TERMINATOR.finditer(text, start, end):
        stop = m.end()
        if not _begins_sentence(text, m.start(1)) or not _ends_sentence(text, start, m):
            continue
        stop, following = _with_signs(text, stop, end)
        if following >= end:
            break
        yield start, stop
        start = following
    yield start, end


def _begins_sentence(text: str, at: int) -> bool:
    character = text[at]
    return not character.islower() and (
        character not in french.NEVER_FIRST or french.opens_german_quote(text[at : at + 2])
    )


def _ends_sentence(text: str, start: int, stop: re.Match[str]) -> bool:
    """Return True unless `stop` is the dot of an abbreviation, an initial, a date or a list number."""
    at, terminator = stop.start(), stop[0]
    if terminator[0] != "." or terminator.startswith("..") or text[at - 1 : at].isspace():
        return True
    begin = max(start, at - _LONGEST_WORD)
    begin = max(text.rfind(" ", begin, at), text.rfind("\u00a0", begin, at), begin - 1) + 1
    word = text[begin:at].lstrip("(«“\"'’[")
    if word.isdigit() and begin == start:
        return False
    next_at = stop.start(1)
    return french.ends_sentence(word, _NO_WORD.split(text[next_at : next_at + _LONGEST_WORD], 1)[0])


def _with_signs(text: str, stop: int, end: int) -> tuple[int, int]:
    """Return the end of a sentence, with its emoji unless they point onward, and the start of the next."""
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
    """Return the white space inside a sentence, with the cost of each break."""
    found: list[Gap] = []
    spaces = [m.span() for m in _GAP.finditer(text, start, end)]
    begins = [start, *(stop for _, stop in spaces)]
    stops = [*(begin for begin, _ in spaces), end]
    tokens = [text[begin:stop] for begin, stop in zip(begins, stops, strict=True)]
    plain = [french.is_plain(token) for token in tokens]
    depth = dashes = 0
    for n, (begin, stop) in enumerate(spaces):
        before, after = tokens[n], tokens[n + 1]
        if plain[n] and plain[n + 1]:
            cost = INSIDE + (_MARKS.get(before[-1]) or _between(before, after))
        else:
            depth = max(0, depth + _opened(before))
            if _is_of_three(tokens, n):
                cost = FORBIDDEN
            else:
                dashes += before in french.DASHES
                cost = _cost(before, after, dashes, first=n == 0)
        found.append(Gap(begin, stop, cost + _ENCLOSED * min(depth, 2)))
    return found


def _is_of_three(tokens: list[str], n: int) -> bool:
    """Return True if the gap after token `n` is in a score (``3 – 2``) or before a company's ``et Cie``."""
    return (
        french.is_score(tokens[n : n + 3])
        or french.is_score(tokens[max(0, n - 1) : n + 2])
        or (tokens[n + 1] in french.JOINING and french.is_firm("".join(tokens[n + 2 : n + 3])))
    )


def _opened(word: str) -> int:
    """Return the number of brackets or quotes that `word` leaves open: 1, 0 or -1."""
    bare = word.rstrip(".,;:!?…%")
    opens = word[0] in _OPENERS and not (len(word) == 1 and word in _CLOSERS)
    closes = bool(bare) and bare[-1] in _CLOSERS and not (opens and len(bare) == 1)
    return opens - closes


def _cost(before: str, after: str, dashes: int, *, first: bool) -> float:
    """Return the cost of a break between two words."""
    if french.inseparable(before, after) or (first and _SIGNS.fullmatch(before)) or _SIGNS.fullmatch(after):
        return FORBIDDEN
    if before in french.DASHES:
        return FORBIDDEN if dashes % 2 else INSIDE + _DASH
    if after in french.DASHES:
        return FORBIDDEN if dashes % 2 else INSIDE + _DASH
    return INSIDE + _by_mark(before, after)


def _by_mark(before: str, after: str) -> float:
    last = before.rstrip('"”“»)]’')[-1:]
    if last in {".", "!", "?"} and not french.is_dotted(before):
        return _ELLIPSIS
    if last in _MARKS:
        return _MARKS[last]
    if after[0] in "«“„":
        return _QUOTATION + (_WEAK_WORD if french.weak(before) else 0)
    if after[0] in "([":
        return _BRACKET
    cost = _between(before, after)
    if before[0].isupper() and after[0].isupper():
        cost += _NAME
    if before[-1].isdigit():
        cost += _NUMBER
    return cost


def _between(before: str, after: str) -> float:
    return (_LINKING_WORD if french.links(after) else _WORD) + (_WEAK_WORD if french.weak(before) else 0)
