"""Checks of a text, before X shows it, for slips that X makes visible or bills."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

from bot.core.content.chats import CHAT, NO_SENDERS, stamped_lines
from bot.core.content.free_text import detect_wrapping, doubtful, lone_headings
from bot.core.content.letters import QUOTED, added_by_programs
from bot.core.content.mail_heads import HEAD, head_lines
from bot.core.text import entities, graphemes
from bot.core.text.entities import EntityKind
from bot.core.text.intended_urls import addresses, encoded
from bot.core.text.weight import LIMIT, spans, weight
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.core.text.intended_urls import IntendedUrl

MAX_CASHTAGS = 1
"""Source: X's docs, "Posts are limited to a maximum of one cashtag" on self-serve tiers, 2026-11-23."""

_HASHES = "#\uff03"
_TAG_IS_CUT = re.compile(
    r"[^\s\w,;:!?…/|()\[\]{}«»“”\"#\uff03@—<>*~^=→]\ufe0f?[^\W_]"  # #l'info, #R&D, #Côte‑d’Ivoire
    r"|\+|\([^\W_]{1,4}\)"  # #C++, #salarié(e)s
)
"""Signs after a hashtag that continue its word; a comma or a slash may separate two words."""
_NO_TAG = re.compile(r"(?<![\w&])[#\uff03](\w++)[#\uff03]")
"""``#IA#ML``: X links neither."""
_GLUED_LINK = re.compile(r"(?<=[^\W_])https?://\S", re.IGNORECASE)
_BLANKS_AT_END = re.compile(r"[ \t](?<![ \t]{2})[ \t]*+$", re.MULTILINE)
_TORN = re.compile(
    r"https?://[^\s]{1,300}+(?!\S)[ \t]*+\n[ \t]*+/[\w.-][^\s]{0,40}"  # with /a on the next line
    r"|\b(?:h ?t ?t ?p ?s?(?<= [tps]) ?|https? ): ?//?[^\s]{1,40}|\bhttps?: /?/[^\s]{1,40}",
)
_QUOTED = 80
"""Characters of a text quoted in a message, enough to find it."""
_SHOWN = 5
"""Number of kinds of heavy characters that a message names."""
_REMEDIES = {
    CHAT: NO_SENDERS,
    QUOTED: "Delete the > before the text; or the whole line, if followers shall not read it.",
}


@dataclass(frozen=True, slots=True)
class TextRemark:
    """A remark on a text; `offset` is its place in the text, in code points."""

    code: str
    severity: Severity
    offset: int
    message: str
    remedy: str


def about_text(text: str) -> Iterator[TextRemark]:
    """Yield remarks on an editor's text that do not depend on its posts."""
    for address in addresses(text):
        if address.is_cut:
            yield _cut_link(text, address)
    yield from _glued_links(text)
    if "//" in text:
        yield from _torn_links(text)
    yield from _hashtags(text)
    for match in _BLANKS_AT_END.finditer(text):
        yield TextRemark(
            "trailing-space",
            Severity.WARNING,
            match.start(),
            f"spaces after « {_end(text, match.start())} » end a line; they are posted and counted.",
            "Delete them.",
        )


def _torn_links(text: str) -> Iterator[TextRemark]:
    """Yield web addresses with a blank or a line break in them."""
    for match in _TORN.finditer(text):
        what = "a line break" if "\n" in match[0] else "a blank"
        message = f"{what} stands in the address '{' '.join(match[0].split())}'."
        yield TextRemark(
            "cut-link",
            Severity.WARNING,
            match.start(),
            message,
            "Write the address in one piece, on one line.",
        )


def _cut_link(text: str, address: IntendedUrl) -> TextRemark:
    linked, rest = text[address.start : address.end], text[address.end : address.meant]
    whole = encoded(text[address.start : address.meant])
    instead = f"Write {whole} instead" if whole else "Write a shorter address"
    return TextRemark(
        "cut-link",
        Severity.WARNING,
        address.start,
        f"X links only '{linked}', not '{rest}' after it.",
        f"{instead}; if the rest is not part of the address, put a space before it.",
    )


def _glued_links(text: str) -> Iterator[TextRemark]:
    """Yield web addresses right after a letter, which X links not or together with it."""
    found = list(_GLUED_LINK.finditer(text))
    if not found:
        return
    inside = {n for url in entities.urls(text) for n in range(url.start, url.end)}
    for match in found:
        if match.start() not in inside:
            address = text[match.start() : match.start() + _QUOTED].split(maxsplit=1)[0]
            message = f"a letter stands right before '{address}'; X makes no link of it."
            remedy = "Put a space before the address."
            yield TextRemark("glued-link", Severity.WARNING, match.start(), message, remedy)


def _hashtags(text: str) -> Iterator[TextRemark]:
    """Yield remarks on hashtags that end in the middle of a word, or that a second # breaks."""
    if not any(sign in text for sign in _HASHES):
        return
    words = list(text)
    for entity in entities.extract(text):
        if entity.kind is EntityKind.HASHTAG and _TAG_IS_CUT.match(text, entity.end):
            word = text[entity.start : entity.end + _QUOTED].split(maxsplit=1)[0]
            message = f"the hashtag of '{word}' ends after '{entity.text}'."
            remedy = "Write the hashtag in one word, or put a space after it."
            yield TextRemark("broken-hashtag", Severity.WARNING, entity.start, message, remedy)
        elif entity.kind is EntityKind.URL:
            words[entity.start : entity.end] = " " * (entity.end - entity.start)
    for match in _NO_TAG.finditer("".join(words)):
        if any(char.isalpha() for char in match[1]):
            message = f"X makes no hashtag of '{match[0]}'."
            remedy = "Put a space before the second #, or leave it out."
            yield TextRemark("broken-hashtag", Severity.WARNING, match.start(), message, remedy)


def accidental_links(text: str, posts: Iterable[str]) -> tuple[entities.Entity, ...]:
    """Return the unintended links of `text` for which X bills one of the `posts` it makes.

    X bills a post with a link once, whatever links it has: beside an intended link, another costs nothing.
    """
    found = _bare_domains(text)
    if not found:
        return ()
    is_billed: list[bool] = []
    for post in posts:
        is_billed += [not addresses(post)] * len(_bare_domains(post))
    if len(is_billed) != len(found):
        return found
    return tuple(compress(found, is_billed))


def _bare_domains(text: str) -> tuple[entities.Entity, ...]:
    return tuple(url for url in entities.urls(text) if "/" not in url.text)


def about_accidental_link(url: entities.Entity) -> TextRemark:
    """Return the remark on an unintended link."""
    return TextRemark(
        "accidental-link",
        Severity.WARNING,
        url.start,
        f"X makes a link of '{url.text}', and bills the post as one with a link.",
        "If no link is meant, put a space after the dot or leave the ending out.",
    )


def about_wrapping(text: str) -> Iterator[TextRemark]:
    """Yield remarks on a free text whose lines another program wrapped."""
    if wrapping := detect_wrapping(text):
        lines = len(wrapping.breaks)
        yield TextRemark(
            "hard-wrapped",
            Severity.WARNING,
            wrapping.offset,
            f"the lines are wrapped at {wrapping.columns} characters; "
            f"{lines} line {'break is' if lines == 1 else 'breaks are'} read as spaces.",
            "Leave a blank line where a paragraph ends; the preview shows how it is read.",
        )
    for one in doubtful(text):
        if one.hyphenated:
            yield TextRemark(
                "hyphenated-line",
                Severity.WARNING,
                one.offset,
                f"'{one.before}' ends a line and '{one.after}' begins the next; both are posted like that.",
                "Write the word on one line, with its hyphen if it has one.",
            )
    kept = [one for one in doubtful(text) if not one.hyphenated]
    if kept:
        count = "this line breaks" if len(kept) == 1 else f"{len(kept)} lines break"
        yield TextRemark(
            "broken-sentence",
            Severity.WARNING,
            kept[0].offset,
            f"{count} in mid-sentence, after '{kept[0].before}'; the text is posted like that.",
            "Join the lines if no line break is meant.",
        )


def about_letters(text: str) -> Iterator[TextRemark]:
    """Yield a remark for each kind of lines that programs for mail and chat added to a free text."""
    lines = text.split("\n")
    found: dict[str, list[int]] = {}
    stripped = [line.strip() for line in lines]
    kinds = dict(added_by_programs(stripped))
    kinds |= dict.fromkeys(stamped_lines(stripped), CHAT) | dict.fromkeys(head_lines(stripped), HEAD)
    for n in sorted(kinds):
        found.setdefault(kinds[n], []).append(n)
    for kind, numbers in found.items():
        first = numbers[0]
        offset = sum(len(line) + 1 for line in lines[:first])
        more = f" ({len(numbers)} lines)" if len(numbers) > 1 else ""
        message = f"'{lines[first].strip()[:_QUOTED]}' looks like {kind}; it is posted{more}."
        remedy = _REMEDIES.get(kind, "Delete it, if followers shall not read it.")
        yield TextRemark("mail-remains", Severity.WARNING, offset, message, remedy)


def about_lone_headings(text: str) -> Iterator[TextRemark]:
    """Yield remarks on headings that a line like ``---`` separates from their text."""
    for offset in lone_headings(text):
        yield TextRemark(
            "lone-heading",
            Severity.WARNING,
            offset,
            "the line of signs below this heading begins a new post.",
            "Remove it, if the heading shall stand with the text below.",
        )


def about_length(text: str, parts: int) -> Iterator[TextRemark]:
    """Yield a remark on a text meant for one post that makes several, and on what weighs double in it."""
    heavy = weight(text)
    if parts > 1:
        over = f"{heavy - LIMIT} over" if heavy > LIMIT else "with its number or prefix over"
        yield TextRemark(
            "over-limit",
            Severity.WARNING,
            0,
            f"it weighs {heavy}, {over} the {LIMIT} of a post, and is posted as {parts} posts."
            + _double(text),
            "Shorten it if one post is meant.",
        )


def about_post(text: str) -> Iterator[TextRemark]:
    """Yield remarks on a composed post that X or its readers would not take as intended."""
    found = entities.extract(text)
    cashtags = list(
        {one.text.casefold(): one.text for one in found if one.kind is EntityKind.CASHTAG}.values()
    )
    if len(cashtags) > MAX_CASHTAGS:
        yield TextRemark(
            "cashtags",
            Severity.ERROR,
            0,
            f"{' and '.join(cashtags)} stand in one post; X refuses more than {MAX_CASHTAGS} cashtag.",
            "Write all but one without the $ (US$ or dollars, for a price).",
        )
    if found and found[0].start == 0 and found[0].kind in (EntityKind.MENTION, EntityKind.LIST):
        yield TextRemark(
            "mention-first",
            Severity.WARNING,
            0,
            f"the post begins with {found[0].text}: X shows it to few of your followers, as a reply.",
            "Begin with another word.",
        )


def _end(text: str, at: int) -> str:
    """Return the last words of `text` before `at`."""
    return " ".join(text[max(0, at - _QUOTED) : at].split()[-3:])


def _double(text: str) -> str:
    """Return a sentence for the end of a remark, such as `` « … », « € » weigh 2 each.``."""
    text = graphemes.nfc(text)
    kinds = Counter(text[span.start : span.end] for span in spans(text) if span.weight == 2)  # noqa: PLR2004
    if not kinds:
        return ""
    named = ", ".join(_named(glyph) for glyph, _ in kinds.most_common(_SHOWN))
    named = named[0].upper() + named[1:]
    return f" {named} {'weighs 2' if len(kinds) == 1 else 'weigh 2 each'}."


def _named(glyph: str) -> str:
    """Return a name for `glyph`, since a blank in quotes is invisible."""
    if glyph[0].isprintable():
        return f"« {glyph} »"
    name = unicodedata.name(glyph[0], "character").lower()
    return f"the {name} U+{ord(glyph[0]):04X}"
