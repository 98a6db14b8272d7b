"""Heads of mails in pasted texts: sender, time, receivers and subject, a line each."""

from __future__ import annotations

import re
from enum import Enum, auto
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bot.core.content.letters import bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEAD = "the head of a mail"
_MOST = 40
"""Characters within which the colon of a field stands, including marks before it."""
_GAP = 2
"""Lines from one field to the next, at most: one may be blank, or hold more receivers."""


class _Field(Enum):
    FROM = auto()
    TO = auto()
    COPY = auto()
    SUBJECT = auto()
    SENT = auto()
    OTHER = auto()


_FIELDS = {
    **dict.fromkeys(("De", "From", "Expéditeur"), _Field.FROM),
    **dict.fromkeys(("À", "A", "To", "Destinataire", "Destinataires"), _Field.TO),
    **dict.fromkeys(("Cc", "Cci", "Bcc"), _Field.COPY),  # CCI is a chamber of commerce
    **dict.fromkeys(("Objet", "Subject", "Sujet"), _Field.SUBJECT),
    **dict.fromkeys(("Envoyé", "Envoyé le", "Sent"), _Field.SENT),
    **dict.fromkeys(("Date", "Répondre à", "Reply-To", "Pièce jointe", "Pièces jointes"), _Field.OTHER),
    **dict.fromkeys(("Attachment", "Attachments", "Importance"), _Field.OTHER),
}
_NAMES = "|".join(sorted(_FIELDS, key=len, reverse=True))
_LINE = re.compile(rf"(?P<name>{_NAMES}) ?:\s*(?P<value>\S.*)")
_INITIALS = frozenset({name[0] for name in _FIELDS} | set("*_`[<"))
"""First letters of fields, and of marks before them."""
_PERSONS = (_Field.FROM, _Field.TO)
_OPENS_ALONE = frozenset(["Objet", "Subject"])
"""Fields that, at the top of a text, are hardly anything but the rest of a head."""
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]{2}", re.IGNORECASE)
_TIME = re.compile(r"[0-9]{1,2} ?[:h] ?[0-9]{2}\b")


class _HeadLine(NamedTuple):
    at: int
    name: str
    value: str

    @property
    def field(self) -> _Field:
        return _FIELDS[self.name]


def head_lines(lines: Sequence[str]) -> Iterator[int]:
    """Yield the indices of those of the stripped `lines` that are the head of a mail, or the rest of one."""
    found = list(_fields(lines))
    top = next((n for n, line in enumerate(lines) if line), 0)
    ends = [n for n, (one, other) in enumerate(pairwise(found), 1) if other.at - one.at > _GAP]
    for start, end in pairwise([0, *ends, len(found)]):
        run = found[start:end]
        if run and _is_head(run, is_first=run[0].at == top):
            yield from (line.at for line in run)


def _fields(lines: Sequence[str]) -> Iterator[_HeadLine]:
    for n, line in enumerate(lines):
        if line[:1] not in _INITIALS or ":" not in line[:_MOST]:  # fast path for most lines
            continue
        if match := _LINE.match(bare(line)):
            yield _HeadLine(n, match["name"], match["value"])


def _is_head(run: Sequence[_HeadLine], *, is_first: bool) -> bool:
    """Return whether the fields in `run` are of a mail; ``De : Paris``, ``À : Lyon`` may be of a text."""
    fields = {line.field for line in run}
    for line in run:
        if line.field is _Field.COPY or (line.field is _Field.SENT and _TIME.search(line.value)):
            return True
        if line.field in _PERSONS and _ADDRESS.search(line.value):
            return True
    if len(fields) == 1:
        return is_first and run[0].name in _OPENS_ALONE
    return _Field.SENT in fields or (_Field.SUBJECT in fields and not fields.isdisjoint(_PERSONS))
