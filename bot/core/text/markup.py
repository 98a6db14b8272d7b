"""Markdown and HTML in texts that are posted verbatim: its places, and the texts without it."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bot.core.text import invisible, stray_marks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.marks import Mark


class MarkupKind(StrEnum):
    """Kinds of markup, in the words of findings."""

    EMPHASIS = "emphasis in Markdown"
    LINK = "a link in Markdown"
    HEADING = "a heading in Markdown"
    IMAGE = "an image in Markdown"
    FOOTNOTE = "a footnote in Markdown"
    TABLE = "the rule of a table in Markdown"
    PICTURE = "an image in HTML"
    COMMENT = "a comment in HTML"
    EMBEDDED = "what HTML embeds"
    TAG = "a tag of HTML"
    ENTITY = "a character in HTML"
    FIELD = "a field of another program"
    FRONT_MATTER = "the front matter of a page"


CLEANED = frozenset(MarkupKind) - {
    MarkupKind.FIELD,
    MarkupKind.FOOTNOTE,
    MarkupKind.TABLE,
    MarkupKind.FRONT_MATTER,
}
"""What `without_markup` takes out or puts into plain words."""
LEFT_OUT = (MarkupKind.IMAGE, MarkupKind.PICTURE, MarkupKind.COMMENT, MarkupKind.EMBEDDED)
"""Kinds that it removes together with their content."""


@dataclass(frozen=True, slots=True)
class Markup:
    """All marks of one kind in the texts of an edition."""

    kind: MarkupKind
    sample: str
    """The first of them."""
    marks: tuple[Mark, ...]
    """The place of each."""


class MarkupSighting(NamedTuple):
    """A mark in a text."""

    kind: MarkupKind
    offset: int
    sample: str


_BLOCKS = r"p|div|li|[ou]l|h[1-6]|tr|table|blockquote|hr|pre|figure|figcaption"
_INLINE = r"b|i|em|strong|u|s|a|span|img|sup|sub|small|code|t[dh]|font|center|iframe|script|style"
# Words after a less-than sign are no attributes: `si 3 <i et y> 4`.
_ATTRIBUTE = (
    r"(?:async|defer|hidden|allowfullscreen|controls|loop|muted|autoplay|nowrap|reversed|data-[\w-]++(?=[\s>])"
    r"|[a-z][\w:.-]*+\s*+=\s*+(?:\"[^\"\n]*+\"|'[^'\n]*+'|[^\s\"'<>]++))"
)
_REST = rf"(?P<attributes>(?:\s++{_ATTRIBUTE})*+)\s*+/?>"

_BEFORE = r"[^\s(\[«\"'’“>~_*-]"
_OPENS = rf"(?<!{_BEFORE})"
# Emphasized text contains no mark of its own kind, so each search ends at the next mark.
# A search is quick if each alternative begins with a literal. Many addresses contain a low line.
_EMPHASIZING = re.compile(rf"\*|~|`|==|_(?<!{_BEFORE}_)")
"""The beginning of emphasis."""
_EMPHASIS = re.compile(
    r"(?=[h*_~`])(?:"  # for speed: most characters open none of these
    r"(?P<url>https?://\S+)"
    rf"|{_OPENS}(?<!\*)(?P<stars>\*{{1,3}})(?=[^\s*])(?P<starred>[^*\n]+)(?:(?<=[^\s*])|(?=\*\*))(?P=stars)(?!\*)"
    r"(?:(?<=\*\*)|(?!\w))"
    rf"|{_OPENS}(?<!_)(?P<lines>_{{1,3}})(?=[^\s_])(?P<lined>[^_\n]+)(?<=[^\s_])(?P=lines)(?!\w)"
    r"|~~(?=\S)(?P<struck>[^~\n]+)~~"
    r"|`(?P<code>[^`\n]+)`)"
)
_OVER_LINES = re.compile(r"(?<!\S)\*\*(?=[^\s*])[^*\n]+\n[^*\n]+(?<=\S)\*\*(?![\w*])")
"""Emphasis that is kept, as each line is cleaned on its own."""
_LINK = re.compile(
    r"(?<!!)\[(?P<text>(?:[^\[\]\n]++|\n(?![ \t]*\n)|\[[^\[\]\n]*+\])*+)\]"
    r'\((?P<target>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:[ \t]+"[^"\n]*")?\)'
    r"|<(?P<auto>https?://[^\s<>]++)>"
)
_TARGET = re.compile(r"(?:https?://|www\.|mailto:|/|#)\S|\S*\.|$")
_GLUED = re.compile(r"[^\W_]|[/\[(#@&=%+-]|<(?!/)")
"""Characters that would become part of a link right before them."""
_IMAGE = re.compile(r"!\[[^\[\]\n]*\]\([^()\n]*\)")
_HEADING = re.compile(r"#(?<!\S#)#{0,5}[ \t]++(?=\S)")
_TAG = re.compile(rf"</?(?P<name>{_BLOCKS}|{_INLINE}|br){_REST}|<!--[^<>\n]*+>", re.IGNORECASE)
_ANCHOR = re.compile(rf"<a{_REST}|</a[ \t]*+>", re.IGNORECASE)
_HREF = re.compile(
    r"""\bhref\s*=\s*(?:"\s*([^"<>\n]*[^"\s])|'\s*([^'<>\n]*[^'\s])|([^"'\s<>]+))""", re.IGNORECASE
)
_NEW_LINE = re.compile(rf"</?(?:br|{_BLOCKS}){_REST}", re.IGNORECASE)
_KINDS = {
    "img": MarkupKind.PICTURE,
    "iframe": MarkupKind.EMBEDDED,
    "script": MarkupKind.EMBEDDED,
    "style": MarkupKind.EMBEDDED,
}
_FOOTNOTE = re.compile(r"\[\^[^\[\]\s]{1,20}\]")
_ESCAPE = re.compile(r"\\([*\[\]#`])")
_ENTITY = re.compile(r"&(?:[a-z][a-z0-9]{1,9}|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_SIGN = re.compile(rf"{_EMPHASIZING.pattern}|<|\\|\]\(|\[\^|--|#(?<=[^\n]#)\s|\{{[{{%]|&#?\w{{1,10}};")
"""Every mark has one of these, before or after lines are joined."""
_FIELD = re.compile(r"\{\{[^{}\n]++\}\}|\{%[^{}%\n]++%\}")
_FRONT_MATTER = re.compile(
    r"\s*+---[ \t]*\n(?P<keys>(?:[A-Za-z][\w-]*:[^\n]*\n|[ \t][^\n]*\n|- [^\n]*\n)++)---[ \t]*(?:\n|\Z)"
)
_PAGE_KEY = re.compile(
    r"^(?:(?:sub)?title|layout|tags|categor(?:y|ies)|authors?|slug|permalink|description):", re.MULTILINE
)
"""Keys that identify the front matter of a page: a free text has ``---`` between its posts."""

_LOOKED_AT = 80
"""Characters before a link that show what it stands behind."""
_INDENT = 8
"""Spaces allowed before a heading."""
_SAMPLE = 40
"""Characters of a mark that suffice to find it."""
_NESTED = 3
"""Maximum depth of nested emphasis."""


def sightings(text: str) -> Iterator[MarkupSighting]:
    """Yield the marks in `text`, kind by kind."""
    if "---" in text and (match := _FRONT_MATTER.match(text)) and _PAGE_KEY.search(match["keys"]):
        yield _sighting(MarkupKind.FRONT_MATTER, match)
    if _EMPHASIZING.search(text):
        pairs = [*_EMPHASIS.finditer(text)]
        yield from (_sighting(MarkupKind.EMPHASIS, match) for match in pairs if match["url"] is None)
        yield from (_sighting(MarkupKind.EMPHASIS, match) for match in _OVER_LINES.finditer(text))
        yield from (_sighting(MarkupKind.EMPHASIS, one) for one in stray_marks.open_emphasis(text, pairs))
    if "](" in text or "<http" in text:
        yield from (_sighting(MarkupKind.LINK, match) for match in _LINK.finditer(text) if _is_link(match))
        yield from (_sighting(MarkupKind.IMAGE, match) for match in _IMAGE.finditer(text))
    if "[^" in text:
        yield from (_sighting(MarkupKind.FOOTNOTE, match) for match in _FOOTNOTE.finditer(text))
    yield from (_sighting(MarkupKind.TABLE, match) for match in stray_marks.table_rules(text))
    if "# " in text or "#\t" in text:
        yield from (
            _sighting(MarkupKind.HEADING, match) for match in _HEADING.finditer(text) if _is_heading(match)
        )
    if "<" in text:
        yield from (_sighting(_kind_of(match), match) for match in _TAG.finditer(text))
    if "&" in text:
        found = (match for match in _ENTITY.finditer(text) if html.unescape(match[0]) != match[0])
        yield from (_sighting(MarkupKind.ENTITY, match) for match in found)
    if "{{" in text or "{%" in text:
        yield from (_sighting(MarkupKind.FIELD, match) for match in _FIELD.finditer(text))


def may_hold_some(file: str) -> bool:
    """Return True if the text of a YAML file may contain markup, not counting comments at the left edge.

    YAML, or a block of items, may join its lines, and escapes may encode marks.
    """
    if not _SIGN.search(file):  # fast path for most files
        return False
    joined = " ".join(file.split())
    return "\\" in file or any(
        one.kind is not MarkupKind.HEADING or text[one.offset - 1 : one.offset].strip("\n")
        for text in (file, joined)
        for one in sightings(text)
    )


def _kind_of(match: re.Match[str]) -> MarkupKind:
    if match["name"] is None:
        return MarkupKind.COMMENT
    return _KINDS.get(match["name"].lower(), MarkupKind.TAG)


def _sighting(kind: MarkupKind, match: re.Match[str]) -> MarkupSighting:
    text = match.string
    end = text.find("\n", match.end()) if kind is MarkupKind.HEADING else match.end()
    lead = len(match[0]) - len(match[0].lstrip())
    sample = text[match.start() + lead : end if end >= 0 else len(text)]
    shown = " ".join(sample[:_SAMPLE].split()) + ("…" if len(sample) > _SAMPLE else "")
    return MarkupSighting(kind, match.start() + lead, shown)


def _is_link(match: re.Match[str]) -> bool:
    return match["target"] is None or _TARGET.match(match["target"]) is not None


def _is_heading(match: re.Match[str]) -> bool:
    """Return True if ``#`` begins a line; ``##`` is markup anywhere."""
    before = match.string[max(0, match.start() - _INDENT - 1) : match.start()]
    if match[0].startswith("##"):
        return True
    is_first = match.start() <= _INDENT or "\n" in before
    return is_first and not before.rpartition("\n")[2].strip()


def without_markup(text: str) -> str:
    """Return `text` without markup: links as ``text https://…``, images removed.

    Each line stays one line, except at ``<br>`` and the like, which break it.
    """
    lines = zip(text.split("\n"), _without_links(text).split("\n"), strict=True)
    return "\n".join([_cleaned_line(written, line) for written, line in lines])


def _cleaned_line(written: str, plain: str) -> str:
    for apply in (_without_tags, _without_emphasis, _without_entities, invisible.remove_invisible):
        plain = apply(plain)
    if plain == written:
        return plain
    indent = written[: len(written) - len(written.lstrip())] if plain.strip() else ""
    return indent + "\n".join(part.strip() for part in plain.split("\n") if part.strip())


def _without_links(text: str) -> str:
    if "](" in text or "<http" in text:
        text = _LINK.sub(_spelled_out, _IMAGE.sub("", text))
    return _without_anchors(text) if "<a" in text or "<A" in text else text


def _spelled_out(match: re.Match[str]) -> str:
    if match["auto"]:
        return _apart_before(match, match["auto"]) + match["auto"] + _apart_behind(match)
    is_elsewhere = match["target"][:1] not in ("/", "#")  # else X could not follow it
    if not (_is_link(match) and is_elsewhere):
        return match[0]
    text = _with_target(match["text"], match["target"], match)
    return _apart_before(match, text) + text


def _without_anchors(text: str) -> str:
    """Return `text` with the target of each ``<a>`` after its words, or before them if it is unclosed."""
    parts: list[str] = []
    target, opened, at = "", 0, 0
    opening: re.Match[str] | None = None
    for match in _ANCHOR.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
        if match["attributes"] is None:
            words = "".join(parts[opened:])
            if target and opening:
                words = _with_target(words, target, match)
                words = _apart_before(opening, words) + words
            parts[opened:] = [words]
            target, opened = "", len(parts)
            continue
        if target and opening:
            parts.insert(opened, f"{_apart_before(opening, target)}{target} ")
        opening = match
        found = _HREF.search(match["attributes"])
        target = next(filter(None, found.groups())) if found else ""
        parts.append("\n" * match[0].count("\n"))
        opened = len(parts)
    if target and opening:
        parts.insert(opened, f"{_apart_before(opening, target)}{target} ")
    return "".join((*parts, text[at:]))


def _with_target(text: str, target: str, before: re.Match[str]) -> str:
    """Return `text` and `target`, separated from what follows the link `before`."""
    target = html.unescape(target).removeprefix("mailto:")
    words = _TAG.sub("", text).strip()
    spelled = target if words == target else f"{text.rstrip()} {target}" if words else target
    spelled = spelled.rstrip() + "\n" * (text.count("\n") - spelled.count("\n"))
    return spelled + _apart_behind(before)


def _apart_before(match: re.Match[str], words: str) -> str:
    """Return the space that parts `words`, which stand for `match`, from a letter right before them."""
    before = match.string[max(0, match.start() - _LOOKED_AT) : match.start()]
    before = _TAG.sub("", _NEW_LINE.sub("\n", before)).rstrip("*_~`")
    begun = _TAG.sub("", words[:_LOOKED_AT]).lstrip("*_~`")
    return " " if before[-1:].isalnum() and begun[:1].isalnum() else ""


def _apart_behind(match: re.Match[str]) -> str:
    return " " if _GLUED.match(match.string, match.end()) else ""


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
    line = _ESCAPE.sub(r"\1", line) if "\\" in line else line
    return _ENTITY.sub(_character, line) if "&" in line else line


def _character(match: re.Match[str]) -> str:
    """Return the character of an entity, or "" if it is invisible, as X may refuse it."""
    found = html.unescape(match[0])
    return found if all(unicodedata.category(char)[0] != "C" for char in found) else ""
