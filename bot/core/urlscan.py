"""Where X finds links: a scan of a text for addresses, with and without protocol.

X's library reads a text in UTF-16 code units, from left to right: a character that may stand before a link,
a protocol or none, a domain under a top-level domain that it knows, then port, path and query. The rules
below are that library's, as it behaves. The method is our own: only dots that a top-level domain follows are
looked at, and the labels around each are judged once, from right to left, so that no text takes more than
linear time.

Source: https://github.com/twitter/twitter-text (3.1, conformance), 2026-11-23
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from bot.core import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

# Lengths, in UTF-16 code units.
# Source: https://www.npmjs.com/package/twitter-text/v/3.1.0, 2026-11-23
_MAX_URL = 4096
_MAX_LABEL = 63  # also https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
_MAX_TCO_SLUG = 40
_ASSUMED_PROTOCOL = len("https://")

_DIRECTION = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_NONCHARACTERS = "\ufffe\uffff\ufeff"
SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PUNCTUATION = r"!'#%&()*+,\\/:;<=>?@\[\]^{|}~$"  # all but . - _, which domains have inside
_OUTSIDE = f"{_PUNCTUATION}{SPACES}{_NONCHARACTERS}{_DIRECTION}"

_CHUNK = re.compile(f"[^{_OUTSIDE}]*")
_PROMISING_DOT = re.compile(f'\\.(?=[^{_OUTSIDE}._0-9"-])')
_DOT = re.compile(r"\.")
_EDGE = "-_."  # inside a chunk all other characters may begin or end a label
_NOT_BEFORE = f"A-Za-z0-9@\uff20$#\uff03{_NONCHARACTERS}"
_START = re.compile(f"(?<![{_NOT_BEFORE}])[^{_OUTSIDE}._-]")
_PROTOCOL = re.compile(f"(?<![{_NOT_BEFORE}])(?i:https?)://")
# A dot and the ASCII letters after it, if a top-level domain may end there; or a start of another kind.
_PROMISING_DOT = re.compile(rf"\.(?:([A-Za-z]{{2,}}+)(?![0-9@+-])|(?=[Xx][Nn]--)|([^{_OUTSIDE}\x00-\x7f]++))")
_ALNUM = re.compile(r"[A-Za-z0-9]+")
_PUNYCODE = re.compile(r"(?i:xn)--[-0-9A-Za-z]+")

_PATH = f"-A-Za-z0-9!*';:=+,.$/%#\\[\\]\u2013_~@|&{tables.ACCENTED}{tables.CYRILLIC}"
_PARENTHESES = rf"\((?:[{_PATH}]++\)|[{_PATH}]*+\([{_PATH}]++\)[{_PATH}]*+\))"
_TAIL = re.compile(rf"(?::[0-9]+)?(/(?:[{_PATH}]++|{_PARENTHESES})*+)?")
_NOT_LAST_IN_PATH = "!*';:,.$%[]\u2013~@|&"
_QUERY = re.compile(r"\?[-A-Za-z0-9!?*'@();:&=+$/%#\[\]_.,~|]*[-A-Za-z0-9_&=#/]")
_TCO = re.compile(r"(?i:https?://t\.co)/([A-Za-z0-9]+)")

_PLAIN_LABELS = re.compile(f"(?:[-A-Za-z0-9{tables.ACCENTED}]++\\.)++")
_NOT_PRINTABLE_ASCII = re.compile(r"[^ -~]")
_IDEOGRAPHIC_DOTS = re.compile("[\u3002\uff0e\uff61]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class Link(NamedTuple):
    """A link at ``text[start:end]``.

    X's counter resumes at ``resume``: it comes short of `end` where a domain in another script lies between
    an ASCII domain and its path.
    """

    start: int
    end: int
    resume: int


class TopLevel:
    """A list of top-level domains."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self._others: dict[str, list[str]] = {}
        for name in sorted((name for name in names if not name.isascii()), key=len, reverse=True):
            self._others.setdefault(name[0], []).append(name)
        self.initials = frozenset((*(initial for initial in self._others if initial.isascii()), ""))
        """What a domain may begin with that is not all in ASCII letters; nothing stands for punycode."""

    def end(self, text: str, at: int) -> int:
        """Where the top-level domain that begins at `at` ends; 0 if none does."""
        run = _ALNUM.match(text, at)
        if run:
            end, name = run.end(), run[0].lower()
            if name in self.names and text[end : end + 1] not in {"@", "+", "-"}:
                return end
            if name == "xn" and (found := _PUNYCODE.match(text, at)):
                return found.end()
        for name in self._others.get(text[at : at + 1].lower(), ()):
            end = at + len(name)
            if text[at:end].lower() == name and not _continues(text[end : end + 1]):
                return end
        return 0


def _continues(character: str) -> bool:
    return character.isascii() and (character.isalnum() or (character != "" and character in "@+-"))


X = TopLevel(tables.TLDS | tables.TLDS_OF_X)
ICANN = TopLevel(tables.TLDS | tables.TLDS_OF_ICANN)
EITHER = TopLevel(tables.TLDS | tables.TLDS_OF_X | tables.TLDS_OF_ICANN)
_DISPUTED = TopLevel(tables.TLDS_OF_X | tables.TLDS_OF_ICANN)


class Candidates(NamedTuple):
    """The dots of a text that a top-level domain follows; without one, there is no link."""

    dots: list[int]
    disputed: bool
    """Whether only X's library or only ICANN knows one of those domains."""


_NO_CANDIDATES = Candidates([], disputed=False)


def candidates(text: str) -> Candidates:
    """Where links may be; cheap for texts without any."""
    if "." not in text:
        return _NO_CANDIDATES
    dots: list[int] = []
    disputed = False
    for m in _PROMISING_DOT.finditer(text):
        name, dot = (m[1] or m[2] or "").lower(), m.start()
        if name in EITHER.names:
            dots.append(dot)
            disputed = disputed or name in _DISPUTED.names
        elif not name.isascii() or name[:1] in EITHER.initials:
            if EITHER.end(text, dot + 1):
                dots.append(dot)
                disputed = disputed or _DISPUTED.end(text, dot + 1) > 0
    return Candidates(dots, disputed) if dots else _NO_CANDIDATES


def scan(text: str, dots: list[int], known: TopLevel = EITHER) -> list[Link]:
    """The links of `text`, in order. `dots`: its :func:`candidates`."""
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
        Link(*(unit - bisect_left(units, unit) for unit in link))
        for link in _links(_in_units(text), dots, known)
    ]


# A link as most are: with protocol, in ASCII up to its path, after white space or a bracket.
_COMMON = re.compile(
    rf"https?://((?:[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+\.)+([A-Za-z]++|[^\x00-\x7f{_OUTSIDE}]++))(?=[\s/?:)\]»”,;!]|\Z)"
    rf"(?::[0-9]+)?(/(?:[{_PATH}]++|{_PARENTHESES})*+)?"
)
_COMMON_BEFORE = " \n\t\xa0\u202f(«“:"
_COMMON_LENGTH = 2_000


def _common(text: str, dots: list[int], known: TopLevel) -> list[Link] | None:
    """The links of `text`, if all of them are of the common kind."""
    links: list[Link] = []
    n = end = 0
    for m in _COMMON.finditer(text):
        start = m.start()
        if (
            n == len(dots)
            or dots[n] < start
            or (start and (start == end or text[start - 1] not in _COMMON_BEFORE))
        ):
            return None
        host, top = m.group(1, 2)
        end = m.end()
        if m[3] and text[end - 1] in _NOT_LAST_IN_PATH:
            end = m.start(3) + len(m[3].rstrip(_NOT_LAST_IN_PATH))
        elif query := _QUERY.match(text, end):
            end = query.end()
        if (
            top.lower() not in known.names
            or len(host) > _MAX_LABEL
            or host.lower() == "t.co"
            or end - start > _COMMON_LENGTH
        ):
            return None
        links.append(Link(start, end, end))
        while n < len(dots) and dots[n] < end:
            n += 1
    return links if n == len(dots) else None


def _in_units(text: str) -> str:
    """`text` with one character per UTF-16 code unit."""
    units = array(
        "H", text.encode("utf-16-le" if sys.byteorder == "little" else "utf-16-be", "surrogatepass")
    )
    return "".join(map(chr, units))


def _links(text: str, dots: list[int], known: TopLevel) -> Iterator[Link]:
    """The links of `text`, whose characters are code units."""
    floor = 0  # all before it is behind us, also as the character before a link
    seen = 0
    for dot in dots:
        if dot < max(floor, seen):
            continue
        chunk = _Chunk(text, floor, dot, known)
        while found := chunk.next(floor):
            floor, links = _accept(text, *found, known)
            yield from links
        seen = chunk.end


class _Chunk:
    """A run of characters that domains may consist of, dots included, and which domains its labels make.

    Label k ends at ``dots[k]``. ``reach[k]`` is the last dot of the longest domain that begins inside label
    k; -1: no domain begins there.
    """

    def __init__(self, text: str, floor: int, dot: int, known: TopLevel) -> None:
        self.text = text
        self.begin = _chunk_begin(text, floor, dot)
        self.end = _CHUNK.match(text, dot).end()  # type: ignore[union-attr]  # it matches nothing, too
        self.dots = [m.start() for m in _DOT.finditer(text, self.begin, self.end)]
        self.tops = [known.end(text, at + 1) for at in self.dots]
        self.reach = [-1] * len(self.dots)
        self.first_whole = self._judge() >= 0
        self.label = 0

    def _judge(self) -> int:
        """Fill ``reach``; give the reach of the first label taken as a whole."""
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
        """The next match at or after `floor`: where it, its domain and the end of its domain are."""
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
        """Where a domain without protocol may begin inside label k; -1 if nowhere."""
        begin, dot = self._label_begin(k), self.dots[k]
        if self.reach[k] == k:
            begin = max(begin, self.text.rfind("_", begin, dot) + 1)
        begin = max(begin, floor + 1 if floor else 0)
        found = _START.search(self.text, begin, dot)
        if not found:
            return -1
        if found.start() == 0 and dot > 1 and _START.match(self.text, 1):
            return 1  # the first character of a text is tried as the one before a link first
        return found.start()


def _chunk_begin(text: str, floor: int, dot: int) -> int:
    """Where the run of domain characters around `dot` begins: looked for backwards, in growing steps."""
    step = 32
    while True:
        low = max(floor, dot - step)
        inside = _CHUNK.match(text[low:dot][::-1]).end()  # type: ignore[union-attr]  # it matches nothing, too
        if low == floor or inside < dot - low:
            return dot - inside
        step *= 8


def _is_protocol(text: str, begin: int, end: int) -> bool:
    found = _PROTOCOL.match(text, begin, end)
    return found is not None and found.end() == end


def _protocol_begin(text: str, floor: int, domain: int) -> int:
    """Where the protocol before `domain` begins; -1 without one that counts."""
    if text[domain - 1 : domain] != "/":
        return -1
    for length in (len("http://"), len("https://")):
        begin = domain - length
        if begin >= floor and (begin > floor or begin == 0) and _is_protocol(text, begin, domain):
            return begin
    return -1


def _accept(text: str, start: int, domain: int, domain_end: int, known: TopLevel) -> tuple[int, list[Link]]:
    """How far a match goes, and the links that X makes of it: none where it is not valid."""
    tail = _TAIL.match(text, domain_end)
    end, path = domain_end, False
    if tail:
        end, path = tail.end(), tail[1] is not None
        if path:
            while text[end - 1] in _NOT_LAST_IN_PATH:
                end -= 1
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
    """The link itself; of a t.co link only its slug and query."""
    short = _TCO.match(text, start, end)
    if not short:
        return [Link(start, end, end)]
    if len(short[1]) > _MAX_TCO_SLUG:
        return []
    query = _QUERY.match(text, short.end(), end)
    end = query.end() if query else short.end()
    return [Link(start, end, end)]


def _ascii_domains(domain: str, start: int, end: int, known: TopLevel, *, with_path: bool) -> list[Link]:
    """Without protocol, only domains in Latin script count; the last one takes the path."""
    links: list[Link] = []
    at = taken = 0
    while run := _PLAIN_LABELS.search(domain, at):
        at = run.end()
        for m in reversed(list(_DOT.finditer(domain, run.start(), run.end()))):
            if top := known.end(domain, m.end()):
                at = top
                name = domain[run.start() : top]
                taken = domain.find(name, taken) + len(name)  # as X: the first occurrence
                links.append(Link(start + taken - len(name), start + taken, start + taken))
                break
    if links and with_path:
        last = links[-1]
        links[-1] = Link(last.start, end, last.end + end - start - len(domain))
    return links


def _is_valid(domain: str, known: TopLevel) -> bool:
    """Whether each label, in punycode, has a legal length."""
    if domain.startswith("xn--") and not _ascii_domains(domain, 0, 0, known, with_path=False):
        return False
    return all(0 < _encoded_length(label) <= _MAX_LABEL for label in domain.split("."))


def _encoded_length(label: str) -> int:
    if not _NOT_PRINTABLE_ASCII.search(label):
        return len(label)
    points = label.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if len(points) > _MAX_LABEL:
        return len(points)  # punycode is never shorter, and slow to reckon
    parts = _IDEOGRAPHIC_DOTS.split(points)
    encoded = (
        part.encode("punycode") + b"xn--" if _NOT_PRINTABLE_ASCII.search(part) else part.encode()
        for part in parts
    )
    return sum(map(len, encoded)) + len(parts) - 1
