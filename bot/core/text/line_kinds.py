"""The lines of a text as readers see them: headings, list rows, standalone links, prose."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from bot.core.text import graphemes


class LineKind(Enum):
    """Kinds of lines, each line judged by itself."""

    PROSE = auto()
    SHORT = auto()
    """A short line without a final stop: a heading, a signature, a row without a mark."""
    QUESTION = auto()
    """A single short question or exclamation."""
    ROW = auto()
    """A line that begins with a list mark."""
    LINK = auto()


class TextLine(NamedTuple):
    """A line that is not blank, ``text[start:end]``, without surrounding white space."""

    start: int
    end: int
    kind: LineKind
    opens: bool
    """True if it is the first line or follows a blank one."""
    colon: bool
    """True if it ends in a colon."""
    asks: bool
    """True if it ends in a question mark."""


ENDS_PROSE = re.compile(r"[.!?…][\"”“’‘)\]»«\s\u00a0\u202f]*$")
_LIST_MARK = re.compile(rf"[-–—•·*▪◾◼►▶➡👉✅✔]|\(?\d{{1,3}}[.)/]\s|[0-9]\ufe0f?{graphemes.KEYCAP}|🔟|[①-⑳]")
_NUMBER_MARK = re.compile(r"\(?\d{1,3}[.)/]\s")
_LINK = re.compile(r"(?:[👉➡▶►🔗→]\ufe0f?[ \u00a0]*)?(?:https?://|www\.)\S+", re.IGNORECASE)
_TAGS = re.compile(r"[#@]\w+(?:\s+[#@]\w+)*+")
_TAIL = 16  # enough to see how a line ends
_HEADING_LENGTH = 100
_QUESTION_LENGTH = 80
_MOST_HEADINGS = 3
_SPOKEN = "«“„\"'‘"


def lines(text: str) -> list[TextLine]:
    """Return the lines of `text`; a line that continues the sentence above is merged with it."""
    found: list[TextLine] = []
    following, opens = 0, True
    for raw in text.split("\n"):
        bare, begin = raw.strip(), following
        following += len(raw) + 1
        if not bare:
            opens = True
            continue
        start = begin + len(raw) - len(raw.lstrip())
        end = start + len(bare)
        kind = classify(bare)
        if not opens and kind is not LineKind.LINK and bare[0].islower() and _continues(text, found[-1]):
            start, _, kind, opens, _, _ = found.pop()
            kind = kind if kind is LineKind.ROW else LineKind.PROSE
        found.append(TextLine(start, end, kind, opens, bare[-1] == ":", bare[-1] == "?"))
        opens = False
    return found


def _continues(text: str, above: TextLine) -> bool:
    """Return True if the line `above` ends inside a sentence."""
    tail = text[max(above.start, above.end - _TAIL) : above.end]
    return above.kind is not LineKind.LINK and not ENDS_PROSE.search(tail) and tail[-1] != ":"


def classify(line: str) -> LineKind:
    """Return the kind of `line`, which has no surrounding white space."""
    if _LINK.fullmatch(line):
        return LineKind.LINK
    if _LIST_MARK.match(line):
        return LineKind.ROW
    if len(line) > _HEADING_LENGTH:
        return LineKind.PROSE
    if not ENDS_PROSE.search(line[-_TAIL:]):
        return LineKind.PROSE if line[-1] in ",;" or _TAGS.fullmatch(line) else LineKind.SHORT
    if line.rstrip('"”“’)]» \u00a0\u202f')[-1:] in {"?", "!"} and _is_one_call(line):
        return LineKind.QUESTION
    return LineKind.PROSE


def _is_one_call(line: str) -> bool:
    return len(line) <= _QUESTION_LENGTH and line[0] not in _SPOKEN and ". " not in line


class Headings:
    """The lines that belong to what follows them."""

    def __init__(self, text: str, found: list[TextLine]) -> None:
        self._text = text
        self._lines = found
        self._runs = self._runs_of_short_lines()

    def _runs_of_short_lines(self) -> list[tuple[int, int]]:
        """Return for each line the bounds of its run of short lines; blank lines end a run, too."""
        runs: list[tuple[int, int]] = []
        begin = 0
        for n, line in enumerate((*self._lines, None)):
            if line is None or line.kind is not LineKind.SHORT or line.opens:
                runs += [(begin, n)] * (n - begin)
                begin = n
                if line is not None and line.kind is not LineKind.SHORT:
                    runs.append((n, n))
                    begin = n + 1
        return runs

    def __contains__(self, n: int) -> bool:
        """Return True if line `n` is a heading or an introduction, which must not end a post."""
        line = self._lines[n]
        if n + 1 == len(self._lines) or line.kind is LineKind.LINK:
            return False
        if line.colon:
            return True
        if line.kind is LineKind.SHORT:
            return self._is_heading(n)
        following = self._lines[n + 1]
        if line.kind is LineKind.QUESTION:
            is_tail = following.opens and not line.opens
            return following.kind in (LineKind.PROSE, LineKind.ROW) and not is_tail
        if line.kind is LineKind.ROW and following.kind is LineKind.PROSE:
            return self._is_numbered_heading(n)
        return False

    def _is_heading(self, n: int) -> bool:
        begin, end = self._runs[n]
        ends_block = end == len(self._lines) or self._lines[end].opens
        if not ends_block:
            return end - begin <= _MOST_HEADINGS or self._is_loud(n)
        if not self._lines[begin].opens:
            return self._is_loud(n) and n + 1 < end
        if end - begin > 1 and n == begin:
            return True  # the heading of rows without marks
        if n + 1 < end:
            return self._is_loud(n)
        if n > begin:
            return n - begin == 1 and self._is_loud(begin)  # a title in capitals and a second one
        return self._is_alone_among_few(n)

    def _is_loud(self, n: int) -> bool:
        """Return True if line `n` is in capitals and the next one is not."""
        line, following = self._lines[n], self._lines[n + 1]
        return (
            self._text[line.start : line.end].isupper()
            and not self._text[following.start : following.end].isupper()
        )

    def _is_alone_among_few(self, n: int) -> bool:
        """Return True if only a few short lines like `n`, each its own paragraph, follow each other."""
        first = last = n
        while first and n - first <= _MOST_HEADINGS and self._is_alone(first - 1):
            first -= 1
        while self._is_alone(last + 1) and last - n <= _MOST_HEADINGS:
            last += 1
        return last - first < _MOST_HEADINGS and last + 1 < len(self._lines)

    def _is_alone(self, n: int) -> bool:
        return (
            n < len(self._lines)
            and self._runs[n] == (n, n + 1)
            and self._lines[n].opens
            and (n + 1 == len(self._lines) or self._lines[n + 1].opens)
        )

    def _is_numbered_heading(self, n: int) -> bool:
        line = self._lines[n]
        text = self._text[line.start : line.end]
        above = self._lines[n - 1] if n else None
        return (
            (above is None or above.kind is not LineKind.ROW)
            and len(text) <= _HEADING_LENGTH
            and _NUMBER_MARK.match(text) is not None
            and not ENDS_PROSE.search(text[-_TAIL:])
        )
