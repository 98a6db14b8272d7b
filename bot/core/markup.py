"""Markdown and HTML in texts that are posted as they stand: where it is, and texts without it."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.model import Mark


class Kind(StrEnum):
    """What a mark is for, in words of findings."""

    EMPHASIS = "emphasis in Markdown"
    LINK = "a link in Markdown"
    HEADING = "a heading in Markdown"
    IMAGE = "an image in Markdown"
    TAG = "a tag of HTML"
    ENTITY = "a character in HTML"
    FIELD = "a field of another program"
    FRONT_MATTER = "the front matter of a page"


CLEANED = frozenset(Kind) - {Kind.FIELD}
"""What `without_markup` takes out or puts into plain words."""


@dataclass(frozen=True, slots=True)
class Markup:
    """All marks of one kind in the texts of an edition."""

    kind: Kind
    sample: str
    """The first of them."""
    marks: tuple[Mark, ...]
    """Where each stands."""


class Sighting(NamedTuple):
    """A mark in a text."""

    kind: Kind
    offset: int
    sample: str


_BLOCKS = r"p|div|li|[ou]l|h[1-6]|tr|table|blockquote|hr|pre|figure|figcaption"
_INLINE = r"b|i|em|strong|u|s|a|span|img|sup|sub|small|code|t[dh]|font|center|iframe|script|style"

_OPENS = r"(?<![^\s(\[«\"'’“>~_*-])"
# The text of an emphasis has no mark of its own kind in it: so each search ends at the next mark.
_EMPHASIS = re.compile(
    r"(?P<url>https?://\S+)"
    rf"|{_OPENS}(?<!\*)(?P<stars>\*{{1,3}})(?=[^\s*])(?P<starred>[^*\n]+)(?<=[^\s*])(?P=stars)(?!\*)"
    r"(?:(?<=\*\*)|(?!\w))"
    rf"|{_OPENS}(?<!_)(?P<lines>_{{1,3}})(?=[^\s_])(?P<lined>[^_\n]+)(?<=[^\s_])(?P=lines)(?!\w)"
    r"|~~(?=\S)(?P<struck>[^~\n]+)~~"
    r"|`(?P<code>[^`\n]+)`"
)
_LINK = re.compile(
    r"(?<!!)\[(?P<text>[^\[\]\n]*)\]"
    r'\((?P<target>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+"[^"\n]*")?\)'
    r"|<(?P<auto>https?://[^\s<>]++)>"
)
_TARGET = re.compile(r"(?:https?://|www\.|mailto:|/|#)\S|\S*\.")
_IMAGE = re.compile(r"!\[[^\[\]\n]*\]\([^()\n]*\)")
_HEADING = re.compile(r"#(?<!\S#)#{0,5}[ \t]++(?=\S)")
_TAG = re.compile(rf"</?(?:{_BLOCKS}|{_INLINE}|br)\b[^<>\n]*+>|<!--[^<>\n]*+>", re.IGNORECASE)
_ANCHOR = re.compile(r"<a\b(?P<attributes>[^<>\n]*+)>(?P<text>[^<\n]*+)</a\s*>", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*["']?([^"'\s]++)""", re.IGNORECASE)
_NEW_LINE = re.compile(rf"<br\b[^<>\n]*+>|</?(?:{_BLOCKS})\b[^<>\n]*+>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-z][a-z0-9]{1,9}|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_FIELD = re.compile(r"\{\{[^{}\n]++\}\}|\{%[^{}%\n]++%\}")
_FRONT_MATTER = re.compile(
    r"\s*+---[ \t]*\n(?:[A-Za-z][\w-]*:[^\n]*\n|[ \t][^\n]*\n|- [^\n]*\n)++---[ \t]*(?:\n|\Z)"
)

_INDENT = 8
"""Spaces that may stand before a heading."""
_SAMPLE = 40
"""Characters of a mark that are enough to find it by."""
_NESTED = 3
"""Emphasis inside emphasis, at most."""


def sightings(text: str) -> Iterator[Sighting]:
    """Yield the marks in `text`, one kind after the other."""
    if "---" in text and (match := _FRONT_MATTER.match(text)):
        yield _sighting(Kind.FRONT_MATTER, match)
    if any(sign in text for sign in "*_~`"):
        found = (match for match in _EMPHASIS.finditer(text) if match["url"] is None)
        yield from (_sighting(Kind.EMPHASIS, match) for match in found)
    if "](" in text or "<http" in text:
        yield from (_sighting(Kind.LINK, match) for match in _LINK.finditer(text) if _is_link(match))
        yield from (_sighting(Kind.IMAGE, match) for match in _IMAGE.finditer(text))
    if "# " in text or "#\t" in text:
        yield from (_sighting(Kind.HEADING, match) for match in _HEADING.finditer(text) if _is_heading(match))
    if "<" in text:
        yield from (_sighting(Kind.TAG, match) for match in _TAG.finditer(text))
    if "&" in text:
        found = (match for match in _ENTITY.finditer(text) if html.unescape(match[0]) != match[0])
        yield from (_sighting(Kind.ENTITY, match) for match in found)
    if "{{" in text or "{%" in text:
        yield from (_sighting(Kind.FIELD, match) for match in _FIELD.finditer(text))


def may_hold_some(file: str) -> bool:
    """Return whether the text of a YAML file may hold marks, its comments at the left edge left aside."""
    return any(
        one.kind is not Kind.HEADING or file[one.offset - 1 : one.offset].strip("\n")
        for one in sightings(file)
    )


def _sighting(kind: Kind, match: re.Match[str]) -> Sighting:
    text = match.string
    end = text.find("\n", match.end()) if kind is Kind.HEADING else match.end()
    lead = len(match[0]) - len(match[0].lstrip())
    sample = text[match.start() + lead : end if end >= 0 else len(text)]
    shown = " ".join(sample[:_SAMPLE].split()) + ("…" if len(sample) > _SAMPLE else "")
    return Sighting(kind, match.start() + lead, shown)


def _is_link(match: re.Match[str]) -> bool:
    return match["target"] is None or _TARGET.match(match["target"]) is not None


def _is_heading(match: re.Match[str]) -> bool:
    """Return whether ``#`` stands where a line begins; ``##`` is no sign of a text anywhere."""
    before = match.string[max(0, match.start() - _INDENT - 1) : match.start()]
    if match[0].startswith("##"):
        return True
    is_first = match.start() <= _INDENT or "\n" in before
    return is_first and not before.rpartition("\n")[2].strip()


def without_markup(text: str) -> str:
    """Return `text` without marks: links as ``text https://…``, images and front matter left out.

    Each line stays one line, but for ``<br>`` and the like, which break it.
    """
    match = _FRONT_MATTER.match(text) if "---" in text else None
    if match is not None:
        text = "\n" * match[0].count("\n") + text[match.end() :]
    return "\n".join(map(_cleaned_line, text.split("\n")))


def _cleaned_line(line: str) -> str:
    plain = line
    for apply in (_without_links, _without_tags, _without_emphasis, _without_entities):
        plain = apply(plain)
    if plain == line:
        return line
    indent = line[: len(line) - len(line.lstrip())] if plain.strip() else ""
    return indent + "\n".join(part.strip() for part in plain.split("\n") if part.strip())


def _without_links(line: str) -> str:
    if "](" in line or "<http" in line:
        line = _LINK.sub(_spelled_out, _IMAGE.sub("", line))
    return _ANCHOR.sub(_spelled_out_anchor, line) if "</" in line else line


def _spelled_out(match: re.Match[str]) -> str:
    if match["auto"]:
        return match["auto"]
    return _with_target(match["text"], match["target"]) if _is_link(match) else match[0]


def _spelled_out_anchor(match: re.Match[str]) -> str:
    target = _HREF.search(match["attributes"])
    return _with_target(match["text"], target[1] if target else "")


def _with_target(text: str, target: str) -> str:
    target = target.removeprefix("mailto:")
    return target if text.strip() == target else f"{text} {target}".strip()


def _without_tags(line: str) -> str:
    if "<" in line:
        line = _TAG.sub("", _NEW_LINE.sub("\n", line))
    return _HEADING.sub(_unheaded, line) if "# " in line or "#\t" in line else line


def _unheaded(match: re.Match[str]) -> str:
    return "" if _is_heading(match) else match[0]


def _without_emphasis(line: str) -> str:
    for _ in range(_NESTED):
        if not any(sign in line for sign in "*_~`"):
            break
        line = _EMPHASIS.sub(_unmarked, line)
    return line


def _unmarked(match: re.Match[str]) -> str:
    return match["url"] or match["starred"] or match["lined"] or match["struck"] or match["code"]


def _without_entities(line: str) -> str:
    return _ENTITY.sub(_character, line) if "&" in line else line


def _character(match: re.Match[str]) -> str:
    """Return the character of an entity; nothing for those that nobody sees and X may refuse."""
    found = html.unescape(match[0])
    return found if all(unicodedata.category(char)[0] != "C" for char in found) else ""
