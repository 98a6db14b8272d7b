"""Runs of domain characters, and the labels in them that form a domain.

The labels of a run are judged once, from right to left, so a run of any length takes linear time.

Source: https://github.com/twitter/twitter-text (3.1, conformance), 2026-11-23
"""

from __future__ import annotations

import re

from bot.core.text.domains import NONCHARACTERS, OUTSIDE, TopLevel

_DOT = re.compile(r"\.")
_CHUNK = re.compile(f"[^{OUTSIDE}]*")
_EDGE = "-_."  # any other character in a chunk may begin or end a label
_NOT_BEFORE = f"A-Za-z0-9@\uff20$#\uff03{NONCHARACTERS}"
_START = re.compile(f"(?<![{_NOT_BEFORE}])[^{OUTSIDE}._-]")
_PROTOCOL = re.compile(f"(?<![{_NOT_BEFORE}])(?i:https?)://")


class Chunk:
    """A run of domain characters, dots included, and the domains that its labels form.

    Label k ends at ``dots[k]``. ``reach[k]`` is the last dot of the longest domain that begins inside label
    k, or -1 if no domain begins there.
    """

    def __init__(self, text: str, floor: int, dot: int, known: TopLevel) -> None:
        self.text = text
        self.begin = _chunk_begin(text, floor, dot)
        self.end = _CHUNK.match(text, dot).end()  # type: ignore[union-attr]  # it may be empty
        self.dots = [m.start() for m in _DOT.finditer(text, self.begin, self.end)]
        self.tops = [known.end(text, at + 1) for at in self.dots]
        self.reach = [-1] * len(self.dots)
        self.first_whole = self._judge() >= 0
        self.label = 0

    def _judge(self) -> int:
        """Fill ``reach`` and return the reach of the first label taken as a whole."""
        text, whole = self.text, -1
        for k in range(len(self.dots) - 1, -1, -1):
            dot, begin = self.dots[k], self._label_begin(k)
            if dot == begin or text[dot - 1] in _EDGE:
                whole = -1
                continue
            self.reach[k] = whole if whole >= 0 else k if self.tops[k] else -1
            # A label right before the top-level domain has no underscore.
            barred = text[begin] in _EDGE or (self.reach[k] == k and text.find("_", begin, dot) >= 0)
            whole = -1 if barred else self.reach[k]
        return whole

    def _label_begin(self, k: int) -> int:
        return self.dots[k - 1] + 1 if k else self.begin

    def next(self, floor: int) -> tuple[int, int, int] | None:
        """Return the next match at or after `floor`: its start, and the start and end of its domain."""
        if self.label == 0 and self.first_whole and floor <= self.begin:
            protocol = _protocol_begin(self.text, floor, self.begin)
            if protocol >= 0:
                return protocol, self.begin, self._advance(self.reach[0])
        while self.label < len(self.dots):
            k = self.label
            if self.reach[k] >= 0 and (start := self._start(k, floor)) >= 0:
                return start, start, self._advance(self.reach[k])
            self.label += 1
        return None

    def _advance(self, last: int) -> int:
        self.label = last + 1
        return self.tops[last]

    def _start(self, k: int, floor: int) -> int:
        """Return the position at which a domain without protocol may begin inside label k, or -1."""
        begin, dot = self._label_begin(k), self.dots[k]
        if self.reach[k] == k:
            begin = max(begin, self.text.rfind("_", begin, dot) + 1)
        begin = max(begin, floor + 1 if floor else 0)
        found = _START.search(self.text, begin, dot)
        if not found:
            return -1
        if found.start() == 0 and dot > 1 and _START.match(self.text, 1):
            return 1  # X first tries the first character of a text as the one before a link
        return found.start()


def _chunk_begin(text: str, floor: int, dot: int) -> int:
    """Return the start of the run of domain characters around `dot`; search backwards in growing steps."""
    step = 32
    while True:
        low = max(floor, dot - step)
        inside = _CHUNK.match(text[low:dot][::-1]).end()  # type: ignore[union-attr]  # it may be empty
        if low == floor or inside < dot - low:
            return dot - inside
        step *= 8


def _is_protocol(text: str, begin: int, end: int) -> bool:
    found = _PROTOCOL.match(text, begin, end)
    return found is not None and found.end() == end


def _protocol_begin(text: str, floor: int, domain: int) -> int:
    """Return the start of the protocol before `domain`, or -1 if no valid one precedes it."""
    if text[domain - 1 : domain] != "/":
        return -1
    for length in (len("http://"), len("https://")):
        begin = domain - length
        if begin >= floor and (begin > floor or begin == 0) and _is_protocol(text, begin, domain):
            return begin
    return -1
