"""Senders and times that a chat program puts beside its messages, in pasted texts."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.core.content.list_markers import bullet_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHAT = "a message of a chat"
NO_SENDERS = "Delete the names and the times, and keep the texts."
"""The remedy for messages of a chat."""
_MOST = 80
"""Characters of a line that show who wrote it, and when."""
_DIRECTIONS = "\u200e\u200f\u202a\u202c"
"""Marks that WhatsApp writes before a line."""
_BLANKS = str.maketrans("\u202f\xa0", "  ")
_ENOUGH = 2
"""Lines of a name and a time that show a chat; one alone may be of a programme: ``Koh-Lanta, 21:10``."""
_TIME = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?(?: ?[AaPp]\.?[Mm]\.?)?"
_DATE = r"(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2})"
_DAY = (
    r"(?i:aujourd['’]hui|hier|today|yesterday|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|(?:lun|mar|mer|jeu|ven|sam|dim)\.|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
)
_DAY_AND_TIME = rf"(?:{_DATE}|[0-9]{{1,2}}/[0-9]{{1,2}}|{_DAY})(?:,| à| at)? {_TIME}"
_WHEN = rf"(?:{_DAY_AND_TIME}|{_TIME}(?:, {_DATE})?)"
_WORD = r"[A-ZÀ-ÖØ-Þ][\w.'’-]*"
_PHONE = r"\+?[0-9](?:[ .-]?[0-9]){7,14}"
_SENDER = rf"(?:{_WORD}(?: {_WORD}){{0,3}}|{_PHONE})"
_TEAM = r"[A-ZÀ-ÖØ-Þ][\w.'’-]*(?: [\w.'’-]+){0,3}"
_STAMP = re.compile(
    rf"\[{_WHEN}\] ?(?:[^:\n]{{0,40}}[^:\s]:(?:\s|$)|{_WORD}(?: {_WORD})?, {_WORD})"  # WhatsApp, Teams
    rf"|\[?{_DATE},?(?: à)? {_TIME}(?:\]| [-–]) ?[^:\n]{{1,40}}:\s"  # WhatsApp, exported
    rf"|{_TEAM},? *\[{_WHEN}\]$"  # Slack, Telegram
    rf"|{_TEAM} [—–-] {_DAY_AND_TIME}$"  # Discord
)
_NAME_AND_TIME = re.compile(rf"{_TEAM}(?:,| —)? +{_TIME}$|{_SENDER},? +{_DAY_AND_TIME}$")
_FULL_NAME = re.compile(rf"{_WORD}(?: {_WORD}){{1,2}},? +{_TIME}$")
_NAME = re.compile(rf"{_SENDER}$")
_SHORT_NAME = 30
_WHEN_ALONE = re.compile(rf"(?:{_WHEN}|\[{_WHEN}\])$")
_DAY_ALONE = re.compile(rf"{_DAY_AND_TIME}$")
_TIME_ALONE = re.compile(
    rf"(?:(?:publié|mis à jour|posté|updated|posted)(?: à| at)? )?(?:{_WHEN}|\[{_WHEN}\]"
    r"|(?:[01]?[0-9]|2[0-3]) ?h(?: ?[0-5][0-9])?)$",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    rf"{_DATE}, {_TIME} - "  # what the program writes itself, without a sender
    r"|.{1,40} (?:a quitté|a rejoint|a créé) (?:le|ce) groupe$"
    r"|.{1,40} (?:left|joined|created) (?:the )?group$"
    r"|(?:vous avez supprimé ce|ce) message(?: a été supprimé)?\.?$|transféré$|<médias omis>$"
    r"|\((?:modifié|edited)\)$|[0-9]{1,3} (?:réponses?|repl(?:y|ies))$|dernière lecture$",
    re.IGNORECASE,
)


def stamped_lines(lines: Sequence[str]) -> Iterator[int]:
    """Yield, in order, the indices of those of the stripped `lines` that name a sender or a time of a chat.

    Notices of the program and times alone count only beside lines that show a chat.
    """
    shown = [_shown(line) for line in lines]
    sure = {n for n, line in enumerate(shown) if line and _STAMP.match(line)}
    sure |= _names_and_times(shown)
    sure |= _names_above_times(shown)
    if sure:
        sure |= {n for n, line in enumerate(shown) if _WHEN_ALONE.match(line) or _NOTICE.match(line)}
    yield from sorted(sure)


def _shown(line: str) -> str:
    """Return the beginning of `line`, without bullet and mark of direction, and with plain blanks."""
    line = line.lstrip(_DIRECTIONS)
    return line[len(bullet_before(line)) :][:_MOST].translate(_BLANKS)


def is_time(text: str) -> bool:
    """Return True if a time of a day is all that `text` is: ``09:15``, ``[08:44]``, ``Publié à 18 h 04``."""
    return _TIME_ALONE.match(text[:_MOST]) is not None


def _names_and_times(lines: Sequence[str]) -> set[int]:
    """Return the lines of a name and a time, each above a message: several, or a full name at the top."""
    texts = [n for n, line in enumerate(lines) if line]
    found = {n for n in texts if _NAME_AND_TIME.match(lines[n])}
    above = {n for n, below in pairwise(texts) if n in found and below not in found}
    opens = bool(found) and _FULL_NAME.match(lines[texts[0]]) is not None
    return found if len(found) == len(above) and (opens or len(found) >= _ENOUGH) else set()


def _names_above_times(lines: Sequence[str]) -> set[int]:
    """Return the lines of a name above a line of a time, with these."""
    pairs = [
        (n, n + 1)
        for n, (one, other) in enumerate(pairwise(lines))
        if len(one) <= _SHORT_NAME and _NAME.match(one) and _WHEN_ALONE.match(other)
    ]
    is_chat = len(pairs) >= _ENOUGH or any(
        _DAY_ALONE.match(lines[time]) or " " in lines[name] for name, time in pairs
    )
    return {n for pair in pairs for n in pair} if is_chat else set()
