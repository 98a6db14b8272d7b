"""Keys of a file inside a text, where they would be posted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.core.content.blocks.lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.core.content.blocks.lines import KeyLine

_NEAR = 20
"""Characters of a line within which a key ends."""
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
"""Forms of the keys' values; a sentence with a colon has another."""
_PROSE = "heure"
"""A key that precedes a time in texts, too."""


def buried_keys(source: Iterable[str]) -> Iterator[KeyLine]:
    """Yield the lines of a text that are keys for certain: both key and value have the right form."""
    for at, line in enumerate(source):
        if line.find(":", 0, _NEAR + len(line) - len(line.lstrip())) < 0:
            continue
        for key in lines_of([line]).keys:
            form = _FORMS.get(key.name)
            is_at_start = line.lstrip().startswith(f"{key.written}:")
            if is_at_start and form and key.written != _PROSE and form.fullmatch(key.value):
                yield key._replace(at=at)
