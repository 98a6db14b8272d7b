"""A small newsroom in memory: a programme, and editions made without any file."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

from bot.core.content.editions import editions_of
from bot.core.marks import Mark
from bot.core.model import (
    Chapter,
    Edition,
    Format,
    Issue,
    Item,
    Links,
    Numbering,
    Programme,
    ReplayWishes,
    Series,
    Wording,
)

FRIDAY = date(2020, 11, 6)
SUNDAY = date(2020, 11, 8)
WEEKDAYS = frozenset(range(5))

FLASHTWEET = Series("flashtweet", time(7, 30), WEEKDAYS, Format(intro="Bonjour du {date}", outro="Fin"))
REPLAY = Series(
    "replay", time(19, 30), WEEKDAYS, Format(links=Links.NONE, intro="Le #Replay"), replays="flashtweet"
)
HEBDO = Series(
    "hebdo",
    time(11, 0),
    frozenset({6}),
    Format(grace=timedelta(hours=2), intro="Hebdo #{issue} {period}", outro="RDV pour le #{next_issue}"),
)
PROGRAMME = Programme(
    "Europe/Paris", "fr_FR", (FLASHTWEET, REPLAY, HEBDO), special=Format(numbering=Numbering.FRACTION)
)


def items(*texts: str) -> tuple[Item, ...]:
    return tuple(Item(text, mark=Mark(line, 3)) for line, text in enumerate(texts, 3))


def daily(*texts: str, day: date = FRIDAY, **changes) -> Chapter:
    return replace(Chapter("flashtweet", day, items=items(*texts), mark=Mark(2, 1)), **changes)


def _wording(intro: str | None, outro: str | None) -> Wording:
    return Wording(
        intro, outro, Mark() if intro is None else Mark(20, 1), Mark() if outro is None else Mark(21, 1)
    )


def edition(
    *texts: str,
    form: Format | None = None,
    intro: str | None = None,
    outro: str | None = None,
    **changes,
) -> Edition:
    """Return Friday's FlashTweet with these items."""
    programme = PROGRAMME
    if form:
        programme = replace(programme, series=(replace(FLASHTWEET, format=form), REPLAY, HEBDO))
    chapter = daily(*texts, wording=_wording(intro, outro), **changes)
    return editions_of(Issue("threads/a.yaml", (chapter,)), programme)[0][0]


def with_replay(
    *texts: str,
    morning: Format = FLASHTWEET.format,
    evening: Format = REPLAY.format,
    wording: Wording | None = None,
    wishes: ReplayWishes | None = None,
) -> tuple[Edition, Edition]:
    """Return Friday's FlashTweet with these items, and its Replay."""
    series = (replace(FLASHTWEET, format=morning), replace(REPLAY, format=evening))
    chapter = daily(*texts, wording=wording or Wording(), replay=wishes or ReplayWishes())
    made, findings = editions_of(Issue("threads/a.yaml", (chapter,)), replace(PROGRAMME, series=series))
    assert findings == ()
    return made[0], made[1]
