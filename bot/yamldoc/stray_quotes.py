"""Quotes around a text that are not those of YAML, or do not match: what they were meant to hold."""

from __future__ import annotations

CURLY = {"“": "”", "„": "“", "‘": "’", "”": "”"}
"""Quotes of typography, by what closes them: to YAML they are letters."""

_DOUBLE = '"“”„'


def unwrapped(text: str) -> str:
    """Return `text` without quotes around the whole of it, also where one of them is missing or another."""
    inner = text[1:-1]
    if len(text) > 2 and CURLY.get(text[0]) == text[-1] and not {text[0], CURLY[text[0]]} & set(inner):  # noqa: PLR2004
        return inner
    if any(quote in inner for quote in _DOUBLE):
        return text
    begun = text[:1] in _DOUBLE and len(text) > 1
    ended = len(text) > 1 and text[-1] in _DOUBLE and (begun or not text[-2].isdigit())  # 5" are inches
    return text[begun : len(text) - ended]


def closed_otherwise(text: str) -> str:
    """Return `text`, which a quote of YAML opens, without one of typography that was meant to close it."""
    closing, opening = ("”", "“") if text[:1] == '"' else ("’", "‘")
    return text[:-1] if text.endswith(closing) and opening not in text else text
