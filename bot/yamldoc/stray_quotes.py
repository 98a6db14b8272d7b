"""Quotes around a text that are not YAML's, or do not match, and the text between them."""

from __future__ import annotations

CURLY = {"“": "”", "„": "“", "‘": "’", "”": "”"}
"""Typographic quotes and those that close them: letters to YAML."""

_DOUBLE = '"“”„'


def unwrapped(text: str) -> str:
    """Return `text` without quotes around the whole of it, even if one is missing or of another kind."""
    inner = text[1:-1]
    if len(text) > 2 and CURLY.get(text[0]) == text[-1] and not {text[0], CURLY[text[0]]} & set(inner):  # noqa: PLR2004
        return inner
    if any(quote in inner for quote in _DOUBLE):
        return text
    begun = text[:1] in _DOUBLE and len(text) > 1
    ended = len(text) > 1 and text[-1] in _DOUBLE and (begun or not text[-2].isdigit())  # 5" are inches
    return text[begun : len(text) - ended]


def closed_otherwise(text: str) -> str:
    """Return `text`, which a YAML quote opens, without a typographic quote that was meant to close it."""
    closing, opening = ("”", "“") if text[:1] == '"' else ("’", "‘")
    return text[:-1] if text.endswith(closing) and opening not in text else text
