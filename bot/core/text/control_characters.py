"""Control and bidirectional characters, made visible."""

from __future__ import annotations

import re

STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters (C0 and C1), line separators, bidirectional marks and overrides, and lone surrogates
(bytes of a file name that are not UTF-8). Joiners inside emoji are not among them.
Source: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters, 2026-11-29."""


def visible(text: str) -> str:
    """Return `text` with control and bidirectional characters escaped, except line feeds and tabs."""
    return STEERING.sub(lambda found: found[0] if found[0] in "\n\t" else repr(found[0])[1:-1], text)


def plain_json(document: str) -> str:
    """Return the JSON text `document` with the control characters of its strings written as JSON escapes.

    Its value stays the same. A line feed can only occur between values, where it is harmless.
    """
    return STEERING.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", document)
