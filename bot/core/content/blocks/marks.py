"""Numbers and bullets inside Markdown and HTML marks: ``**1. Vinted**`` is read as ``1. **Vinted**``.

A block is read before it is known whether its series removes marks from its texts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.core.content.list_markers import bullet_before, is_count, is_minus, number_before

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = "*_~`<#"
_TAG = r"(?:p|div|li|h[1-6]|b|i|em|strong|u|span|font)"
_OPENING = re.compile(
    rf"#{{1,6}}[ \t]+|\*{{1,3}}(?=[^\s*])|_{{1,3}}(?=[^\s_])|~~|`|<{_TAG}(?:\s[^<>]*)?>\s*", re.IGNORECASE
)
_CLOSING = re.compile(rf"\*{{1,3}}|_{{1,3}}|~~|`|</{_TAG}\s*>", re.IGNORECASE)
_SIGN = re.compile(
    r"[0-9]{1,2}[.)°/]|(?:[0-9]\ufe0f?\u20e3){1,2}|🔟|[\u2460-\u2473]"  # 1. 1️⃣ 🔟 ①
    r"|[-*•–—▪◦·➡▶►→]\ufe0f?"
)
_NUMBER_ALONE = re.compile(
    r"\s*(?:[(#]?(?P<digits>[0-9]{1,2})(?:[.)°/:]|\s?[-–—]|\ufe0f?\u20e3)?|(?P<ten>🔟))\s*"
)
_MOST = 8
"""Maximum number of marks around one sign."""
_ENOUGH = 2
"""Minimum number of such lines: the sign of a single line may belong to its text."""
_QUOTE = re.compile(r"\s{0,4}(?:>[ \t]?)+(?P<rest>.*)")
_FIGURE = re.compile(r"[+−-]?\s?[€$£]?[0-9]")
HEADING_MARK = re.compile(r"#{1,6}[ \t]+\S")


def signs_first(lines: Sequence[str]) -> Sequence[str]:
    """Return `lines` with the numbers and bullets inside marks before them, where two lines have some.

    Numbers that stand alone on their lines and count 1, 2, 3… are before the lines below them.
    """
    if "".join([line.lstrip()[:1] for line in lines]).isalpha():  # fast path for most blocks
        return lines
    lines = _numbers_joined(lines)
    moved = {n: found for n, line in enumerate(lines) if (found := _sign_first(line))}
    if len(moved) < _ENOUGH:
        return lines
    return [moved.get(n, line) for n, line in enumerate(lines)]


def unquoted(lines: Sequence[str]) -> tuple[Sequence[str], Sequence[int]]:
    """Return `lines` without the ``>`` of a quoted mail, and the indices of those that had one.

    Something else than words follows some of these signs; before words alone they are bullets, and before a
    figure "more than".
    """
    found = {n: match["rest"] for n, line in enumerate(lines) if (match := _QUOTE.match(line))}
    if len(found) < _ENOUGH or not any(map(_shows_a_quote, found.values())):
        return lines, ()
    if any(_FIGURE.match(rest) and not number_before(rest) for rest in found.values()):
        return lines, ()
    return [found.get(n, line) for n, line in enumerate(lines)], tuple(found)


def _shows_a_quote(rest: str) -> bool:
    """Return True if `rest`, after a ``>``, is blank, indented, a link, or begins with a number or bullet."""
    if not rest or rest[0].isspace() or rest.startswith(("http://", "https://")):
        return True
    return bool(bullet_before(rest)) or number_before(rest) is not None


def _numbers_joined(lines: Sequence[str]) -> Sequence[str]:
    """Return `lines` with each number that has a line for itself at the beginning of the next text."""
    alone = {n: match for n, line in enumerate(lines) if (match := _NUMBER_ALONE.fullmatch(line))}
    if len(alone) < _ENOUGH or not is_count([_value(match) for match in alone.values()]):
        return lines
    joined = list(lines)
    waiting: int | None = None
    for n, line in enumerate(lines):
        if n in alone:
            if waiting is not None:
                return lines
            waiting = n
        elif waiting is not None and line.strip():
            text = line.lstrip()
            joined[waiting] = ""
            joined[n] = f"{line[: len(line) - len(text)]}{_value(alone[waiting])}. {text}"
            waiting = None
    return lines if waiting is not None else joined


def _value(match: re.Match[str]) -> int:
    return 10 if match["ten"] else int(match["digits"])


def _sign_first(line: str) -> str | None:
    """Return `line` with its sign before its marks, or None if no sign is inside marks."""
    text = line.lstrip()
    if text[:1] not in _MARKS:
        return None
    opened, at = _all(_OPENING, text, 0)
    sign = _SIGN.match(text, at) if opened else None
    if sign is None:
        return None
    closed, end = _all(_CLOSING, text, sign.end())
    rest = text[end:]
    bare = f"{sign[0]}{rest}"
    if not (bullet_before(bare) or number_before(bare)) or is_minus(bare):
        return None
    opening = "".join(opened[: max(len(opened) - len(closed), 0)])
    return f"{line[: len(line) - len(text)]}{sign[0]} {opening}{rest.lstrip()}"


def _all(pattern: re.Pattern[str], text: str, at: int) -> tuple[list[str], int]:
    """Return the consecutive matches of `pattern` from `at` on, and their end."""
    found: list[str] = []
    while len(found) < _MOST and (match := pattern.match(text, at)):
        found.append(match[0])
        at = match.end()
    return found, at
