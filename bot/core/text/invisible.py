"""Invisible and font-specific characters, left by programs in pasted text.

One rule for all of them: each is dropped, or replaced by what it stands for. What readers see is kept: emoji
keep the joiners and tags of their sequences, and scripts that join their letters keep their joiners.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LINE_BREAKS = "\x0b\x0c\u2028\u2029"
"""Soft line breaks of word processors (Word's Shift+Enter is U+000B), and Unicode's own."""

# Default_Ignorable_Code_Point, without the variation selectors, which choose the look of the character before
# them, and without letters (Hangul jamo fillers, Khmer vowels); then U+FFF9–FFFC, private use, and
# noncharacters.
# Source: https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt (a copy of 14.0), 2026-11-29
_INVISIBLE = (
    "\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff"
    "\ufdd0-\ufdef\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
    "\ue000-\uf8ff\U000f0000-\U0010ffff"
)
_PRINTABLE = "\u034f\u3164\uffa0\ufffc"
"""Those that Python calls printable."""
_FOUND = re.compile(
    f"(?P<flag>\U0001f3f4[\U000e0020-\U000e007e]++\U000e007f)"  # 🏴 of England, Scotland, Wales
    f"|[{_LINE_BREAKS}{_INVISIBLE}]"
)

# Word writes characters of symbol fonts (Symbol, Wingdings) as U+F000 plus their code in the font; U+F0B7 is
# a bullet.
# Source: http://unicode.org/mail-arch/unicode-ml/Archives-Old/UML022/0278.html 2026-11-29
# U+F0E0 and U+F0FC are an arrow and a check mark in Wingdings (unverified).
_FONT_SIGNS = range(0xF020, 0xF100)
_SIGNS = {"\uf0b7": "•", "\uf0e0": "→", "\uf0fc": "✓"}
_BULLET = "•"
_BLANK = " \t\xa0\u202f"

_ZWJ = "\u200d"
_JOINERS_AND_MARKS = "\u061c\u200c\u200d\u200e\u200f"


class Edit(NamedTuple):
    """A change of a text: `put` replaces the character at `offset` and, in some cases, a blank after it."""

    offset: int
    char: str
    put: str


def may_hold_some(text: str) -> bool:
    """Return True if `text` may contain some, or controls: all but a few are unprintable.

    It is quick, so that most texts need no closer look.
    """
    shown = text.replace("\n", "")
    if not shown.isprintable():
        for blank in "\t\u00a0\u202f":
            shown = shown.replace(blank, "")
        if not shown.isprintable():
            return True
    return any(char in shown for char in _PRINTABLE)


def edits(text: str) -> Iterator[Edit]:
    """Yield the edits that clean `text`, in order."""
    if not may_hold_some(text):
        return
    opens_line, at = True, 0
    for match in _FOUND.finditer(text):
        between = text[at : match.start()]
        line = between.rpartition("\n")[2]
        opens_line = ("\n" in between or opens_line) and not line.strip(_BLANK)
        at, char = match.end(), match[0]
        put = char if match["flag"] else _read_as(text, match.start(), opens_line=opens_line)
        if not (put or opens_line) and text[match.start() - 1] == text[at : at + 1] == " ":
            at, char = at + 1, f"{char} "  # drop one of the two blanks around it, too
        if put != char:
            yield Edit(match.start(), char, put)
        opens_line = put == "\n" or (opens_line and not put)


def remove_invisible(text: str) -> str:
    """Return `text` without invisible characters; cleaning it again changes nothing."""
    return applied(text, edits(text))


def applied(text: str, changes: Iterable[Edit]) -> str:
    """Return `text` with `changes` applied."""
    kept: list[str] = []
    at = 0
    for offset, char, put in changes:
        kept += [text[at:offset], put]
        at = offset + len(char)
    return "".join([*kept, text[at:]])


def _read_as(text: str, at: int, *, opens_line: bool) -> str:
    char, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if char in _LINE_BREAKS:
        is_doubled = before in ("", "\n") or after in ("", "\n")
        return "" if is_doubled else "\n"
    if ord(char) in _FONT_SIGNS:
        if opens_line and after.strip():
            return f"{_BULLET} "
        return _BULLET if opens_line else _SIGNS.get(char, "")
    if char in _JOINERS_AND_MARKS and (_is_of_joining_script(before) or _is_of_joining_script(after)):
        return char
    return char if char == _ZWJ and _joins_emoji(before, after) else ""


def _is_of_joining_script(char: str) -> bool:
    """Return True if `char` is a letter or mark of Hebrew, Arabic, an Indic script or a neighbour."""
    return (
        "\u0590" <= char <= "\u18af" or "\ufb1d" <= char <= "\ufdff" or "\ufe70" <= char <= "\ufefc"
    ) and (unicodedata.category(char)[0] in "LM")


def _joins_emoji(before: str, after: str) -> bool:
    return (before == "\ufe0f" or _is_pictograph(before)) and _is_pictograph(after)


def _is_pictograph(char: str) -> bool:
    """Return True if `char` may be part of an emoji; those newer than Python's tables have no category."""
    return bool(char) and (
        "\U0001f000" <= char <= "\U0001faff" or unicodedata.category(char) in ("So", "Sm", "Sk")
    )
