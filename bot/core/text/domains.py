"""Domain names as X's library recognizes them: top-level domains and legal labels.

Source: https://github.com/twitter/twitter-text (3.1, conformance), 2026-11-23
"""

from __future__ import annotations

import re

from bot.core.text import tables

# Source: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4, 2026-11-23
MAX_LABEL = 63

_DIRECTION = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
NONCHARACTERS = "\ufffe\uffff\ufeff"
SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PUNCTUATION = r"!'#%&()*+,\\/:;<=>?@\[\]^{|}~$"  # all but . - _, which domains may contain
OUTSIDE = f"{_PUNCTUATION}{SPACES}{NONCHARACTERS}{_DIRECTION}"
"""Characters, as part of a regex class, that no domain contains, not even as a dot."""

# A dot and the letters of a possible top-level domain, or the start of one in punycode.
_PROMISING_DOT = re.compile(rf"\.(?:([A-Za-z]{{2,}}+)(?![0-9@+-])|(?=[Xx][Nn]--)|([^{OUTSIDE}\x00-\x7f]++))")
_ALNUM = re.compile(r"[A-Za-z0-9]+")
_PUNYCODE = re.compile(r"(?i:xn)--[-0-9A-Za-z]+")
_NOT_PRINTABLE_ASCII = re.compile(r"[^ -~]")
_MOST_DIGITS = 8  # more than punycode ever spends on one character of a label
_IDEOGRAPHIC_DOTS = re.compile("[\u3002\uff0e\uff61]")


class TopLevel:
    """A list of top-level domains."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self._others: dict[str, list[str]] = {}
        for name in sorted((name for name in names if not name.isascii()), key=len, reverse=True):
            self._others.setdefault(name[0], []).append(name)
        self.initials = frozenset((*(initial for initial in self._others if initial.isascii()), ""))
        """ASCII letters that begin a top-level domain with other letters in it; "" stands for punycode."""

    def end(self, text: str, at: int) -> int:
        """Return the end of the top-level domain that begins at `at`, or 0 if none begins there."""
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


def candidates(text: str) -> tuple[list[int], bool]:
    """Return the dots that a top-level domain follows, and whether X's library or ICANN lacks one of these.

    Without such a dot there is no link.
    """
    dots: list[int] = []
    disputed = False
    if "." not in text:
        return dots, disputed
    names = EITHER.names
    for m in _PROMISING_DOT.finditer(text):
        name, dot = (m[m.lastindex] if m.lastindex else "").lower(), m.start()
        if name in names:
            dots.append(dot)
            disputed = disputed or name in _DISPUTED.names
        elif (not name.isascii() or name[:1] in EITHER.initials) and EITHER.end(text, dot + 1):
            dots.append(dot)
            disputed = disputed or _DISPUTED.end(text, dot + 1) > 0
    return dots, disputed


def labels_are_legal(domain: str) -> bool:
    """Return True if each label of `domain`, which is in code units, has a legal length in punycode."""
    return all(0 < _encoded_length(label) <= MAX_LABEL for label in domain.split("."))


def _encoded_length(label: str) -> int:
    """Return the length of a label in punycode, or its own length if that is legal by a wide margin."""
    foreign = len(_NOT_PRINTABLE_ASCII.findall(label))
    if not foreign or len(label) + foreign * _MOST_DIGITS < MAX_LABEL - len("xn---"):
        return len(label)
    points = label.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if len(points) > MAX_LABEL:
        return len(points)  # punycode is never shorter, and slow to compute
    parts = _IDEOGRAPHIC_DOTS.split(points)
    encoded = (
        part.encode("punycode") + b"xn--" if _NOT_PRINTABLE_ASCII.search(part) else part.encode()
        for part in parts
    )
    return sum(map(len, encoded)) + len(parts) - 1
