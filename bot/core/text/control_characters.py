"""Characters that steer a terminal or turn the direction of writing, made visible."""

from __future__ import annotations

import re

STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters of both sets, line separators, marks and overrides of the direction of writing, and half
characters (bytes of a file's name that are no UTF-8). What joins an emoji's parts is none of these.
Source: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters, 2026-11-29."""


def visible(text: str) -> str:
    """Return `text` with steering characters made visible, but for line feeds and tabs."""
    return STEERING.sub(lambda found: found[0] if found[0] in "\n\t" else repr(found[0])[1:-1], text)


def plain_json(document: str) -> str:
    """Return the JSON text `document` with the steering characters of its strings as JSON's own escapes.

    It is read as the same value. A line feed can only stand between values, where it steers nothing.
    """
    return STEERING.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", document)
