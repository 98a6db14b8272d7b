"""Scan of a text for links, with and without protocol, as X finds them.

X's library reads a text in UTF-16 code units, from left to right: a character that may precede a link, an
optional protocol, a domain under a top-level domain that it knows, then port, path and query. The rules below
are the observed behaviour of that library. The method is our own: only dots that a top-level domain follows
are examined, and the labels around each are judged once, from right to left, so every text takes linear time.

Source: https://github.com/twitter/twitter-text (3.1, conformance), 2026-11-23
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

from bot.core.text import tables
from bot.core.text.domain_candidates import Chunk
from bot.core.text.domains import EITHER, MAX_LABEL, OUTSIDE, TopLevel, labels_are_legal

if TYPE_CHECKING:
    from collections.abc import Iterator

# Lengths, in UTF-16 code units.
# Source: https://github.com/twitter/twitter-text (twitter-text 3.1.0), 2026-11-23
_MAX_URL = 4096
_MAX_TCO_SLUG = 40
_ASSUMED_PROTOCOL = len("https://")

_DOT = re.compile(r"\.")

# A path ends in a letter, a digit or one of a few signs, or in parentheses right after those; after other
# signs it continues only if such an end follows.
_ENDING = f"-A-Za-z0-9+=_#/{tables.ACCENTED}{tables.CYRILLIC}"
_INNER = "!*';:,.$%\\[\\]\u2013~@|&"
_PARENTHESES = (
    rf"\((?:[{_ENDING}{_INNER}]++\)|[{_ENDING}{_INNER}]*+\([{_ENDING}{_INNER}]++\)[{_ENDING}{_INNER}]*+\))"
)
_PATH = rf"(?:[{_ENDING}]++|{_PARENTHESES}|[{_INNER}]++(?:{_PARENTHESES}[{_INNER}]*+)*+(?=[{_ENDING}]))*+"
_TAIL = re.compile(rf"(?::[0-9]+)?(/{_PATH})?")
_QUERY = re.compile(r"\?[-A-Za-z0-9!?*'@();:&=+$/%#\[\]_.,~|]*[-A-Za-z0-9_&=#/]")
_TCO = re.compile(r"(?i:https?://t\.co)/([A-Za-z0-9]+)")

# The second branch skips a run of such characters that no dot ends and that is no label: see its use.
_PLAIN = f"[-A-Za-z0-9{tables.ACCENTED}]"
_PLAIN_LABELS = re.compile(f"(?:{_PLAIN}++\\.)++|{_PLAIN}++")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


Link = tuple[int, int, int]
"""A link at ``text[start:end]``, and the position where X's counter resumes.

That is before the end if a domain in another script lies between an ASCII domain and its path.
"""


def scan(text: str, dots: list[int], known: TopLevel = EITHER) -> list[Link]:
    """Return the links of `text`, in order; `dots` are those of :func:`~bot.core.text.domains.candidates`."""
    if not dots:
        return []
    common = _common(text, dots, known)
    if common is not None:
        return common
    astral = [] if text.isascii() else [m.start() for m in _ASTRAL.finditer(text)]
    if not astral:
        return list(_links(text, dots, known))
    units = [point + n for n, point in enumerate(astral)]
    dots = [dot + bisect_left(astral, dot) for dot in dots]
    return [
        (
            start - bisect_left(units, start),
            end - bisect_left(units, end),
            resume - bisect_left(units, resume),
        )
        for start, end, resume in _links(_in_units(text), dots, known)
    ]


# The common kind of link: ASCII up to its top-level domain, after white space or, with protocol, a bracket.
_COMMON = re.compile(
    rf"(?:https?://)?((?:[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+\.)+([A-Za-z]++|[^\x00-\x7f{OUTSIDE}]++))"
    rf"(?=[\s/?:)\]»”,;!]|\.?(?:\s|\Z))(?::[0-9]+)?(/{_PATH})?"
)
_COMMON_BEFORE = " \n\t\xa0\u202f(«“:"
_COMMON_LENGTH = 2_000


def _common(text: str, dots: list[int], known: TopLevel) -> list[Link] | None:
    """Return the links of `text` if all of them are of the common kind, else None."""
    links: list[Link] = []
    end = 0
    for dot in dots:
        if dot < end:
            continue
        start = _common_start(text, end, dot)
        m = _COMMON.match(text, start) if start >= 0 else None
        if not m or m.end(1) < dot:
            return None
        host, top, path = m.group(1, 2, 3)
        end = m.end()
        if text[end : end + 1] == "?" and (query := _QUERY.match(text, end)):
            end = query.end()
        if top.lower() not in known.names or len(host) > MAX_LABEL or end - start > _COMMON_LENGTH:
            return None
        protocol = m.start(1) > start
        if not protocol and path is None and end > m.end(1):
            return None
        if protocol and len(host) == len("t.co"):
            links += _with_protocol(text, start, end)
        else:
            links.append((start, end, end))
    return links


def _common_start(text: str, floor: int, dot: int) -> int:
    """Return the start of a link of the common kind around `dot`, or -1 if it is of another kind."""
    slashes = text.rfind("://", floor, dot)
    if slashes < 0:
        start = max(text.rfind(" ", floor, dot), text.rfind("\n", floor, dot)) + 1
        return start if start or not floor else -1
    start = slashes - (5 if text[slashes - 1] == "s" else 4)
    return start if start == 0 or (start > floor and text[start - 1] in _COMMON_BEFORE) else -1


def _in_units(text: str) -> str:
    """Return `text` with one character per UTF-16 code unit."""
    units = array(
        "H", text.encode("utf-16-le" if sys.byteorder == "little" else "utf-16-be", "surrogatepass")
    )
    return "".join(map(chr, units))


def _links(text: str, dots: list[int], known: TopLevel) -> Iterator[Link]:
    """Yield the links of `text`, whose characters are code units."""
    floor = 0  # everything before it is consumed, even as the character before a link
    seen = 0
    for dot in dots:
        if dot < max(floor, seen):
            continue
        chunk = Chunk(text, floor, dot, known)
        while found := chunk.next(floor):
            floor, links = _accept(text, *found, known)
            yield from links
        seen = chunk.end


def _accept(text: str, start: int, domain: int, domain_end: int, known: TopLevel) -> tuple[int, list[Link]]:
    """Return the end of a match, and the links that X makes of it: none if it is invalid."""
    tail = _TAIL.match(text, domain_end)
    end, path = domain_end, False
    if tail:
        end, path = tail.end(), tail[1] is not None
    if query := _QUERY.match(text, end):
        end = query.end()
    protocol = domain - start
    if (protocol or _ASSUMED_PROTOCOL) + end - start > _MAX_URL or not _is_valid(
        text[domain:domain_end], known
    ):
        return end, []
    if protocol:
        return end, _with_protocol(text, start, end)
    if start and text[start - 1] in "-_./":
        return end, []
    return end, _ascii_domains(text[start:domain_end], start, end, known, with_path=path)


def _with_protocol(text: str, start: int, end: int) -> list[Link]:
    """Return the link itself; of a t.co link, only its slug and query."""
    short = _TCO.match(text, start, end)
    if not short:
        return [(start, end, end)]
    if len(short[1]) > _MAX_TCO_SLUG:
        return []
    query = _QUERY.match(text, short.end(), end)
    end = query.end() if query else short.end()
    return [(start, end, end)]


def _ascii_domains(domain: str, start: int, end: int, known: TopLevel, *, with_path: bool) -> list[Link]:
    """Return the domains in Latin script, as only they count without protocol; the last takes the path."""
    links: list[Link] = []
    at = taken = 0
    while run := _PLAIN_LABELS.search(domain, at):
        at = run.end()
        if domain[at - 1] != ".":
            continue
        for m in reversed(list(_DOT.finditer(domain, run.start(), run.end()))):
            if top := known.end(domain, m.end()):
                at = top
                name = domain[run.start() : top]
                taken = domain.find(name, taken) + len(name)  # like X: the first occurrence
                links.append((start + taken - len(name), start + taken, start + taken))
                break
    if links and with_path:
        first, last, _ = links[-1]
        links[-1] = (first, end, last + end - start - len(domain))
    return links


def _is_valid(domain: str, known: TopLevel) -> bool:
    if domain.startswith("xn--") and not _ascii_domains(domain, 0, 0, known, with_path=False):
        return False
    return labels_are_legal(domain)
