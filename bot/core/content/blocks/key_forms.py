"""Forms of the values of keys, which distinguish a key in a text from a sentence with a colon."""

from __future__ import annotations

import re

_TIME = r"[0-9]{1,2}(?::[0-9]{2}|[hH](?:[0-9]{2})?)"
_DAY = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_ADDRESS = r"[\"'“]?https?://\S+"
_PICTURE = r"\S.*\.(?:jpe?g|png|gif|webp|svg|heic|avif|mp4|mov)[\"'”]?"
_HEADER = r"[|>][+-]?"
_FORMS = {
    name: re.compile(form, re.IGNORECASE)
    for name, form in {
        "draft": "true|yes|oui|false|no|non",
        "at": rf"[\"']?(?:{_DAY}[ T])?{_TIME}[\"']?",
        "date": rf"[\"']?{_DAY}[\"']?",
        "clean": "markdown|none",
        "link": _ADDRESS,
        "article": _ADDRESS,
        "image": _PICTURE,
        "images": _PICTURE,
        "rubric": "hot|infographic|longread|mustread",
        "issue": "[0-9]+",
        "series": "flashtweet|replay|hebdo",
        "text": _HEADER,
        "items": f"(?:{_HEADER})?",
        "top10": f"(?:{_HEADER})?",
        "intro": ".+",
        "outro": ".+",
    }.items()
}
"""Forms of the values of keys; a sentence with a colon does not match them."""
_PROSE = "heure"
"""Stands before a time in a text, too."""
_OF_A_BLOCK = re.compile(_HEADER)
_FREE = frozenset({"intro", "outro"})
"""Keys that take any text as their value."""
_SPACED = frozenset({*_FORMS, "url", "brouillon"})
"""Keys that are surely meant before a value of their form, also with the space of French before the colon."""
_DOUBTFUL = frozenset({"intro", "outro", "rubric", "items", "top10"})


def fits(written: str, name: str, value: str) -> bool:
    """Return whether `value` has the form that the key `name` wants, by whatever word it is `written`."""
    form = _FORMS.get(name)
    return written != _PROSE and form is not None and form.fullmatch(value) is not None


def is_sure_with_space(written: str, name: str, value: str) -> bool:
    """Return whether the key `written`, with a space before its colon, is no word of a text."""
    if written not in _SPACED or not fits(written, name, value):
        return False
    return name not in _FREE or _OF_A_BLOCK.fullmatch(value) is not None


def is_doubtful_with_space(written: str) -> bool:
    """Return whether the key `written`, with a space before its colon, may be meant as well as text."""
    return written in _DOUBTFUL
