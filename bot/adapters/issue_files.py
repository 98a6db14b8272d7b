"""One editor's file: YAML text in, an `Issue` or findings out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from bot import yamldoc
from bot.core.items import read_block, renumbered
from bot.core.model import Chapter, Issue, Item, Mark, ReplayWishes, Rubric, Wording
from bot.errors import Severity
from bot.yamldoc.typed import Count, Day, Flag, LocalTime, Model, Text, WallTime, one_of, text, typed

if TYPE_CHECKING:
    from bot.errors import Finding
    from bot.yamldoc.document import Document, Path

DAILY_SERIES = "flashtweet"
WEEKLY_SERIES = "hebdo"


class ItemFile(Model):
    """One piece of news, written as keys."""

    text: Text
    link: Text | None = None
    image: Text | None = None
    images: tuple[Text, ...] = ()
    alt: Text | None = None
    rubric: Annotated[Rubric | None, one_of(Rubric)] = None


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        if not set(value) & set(ItemFile.model_fields):
            raise PydanticCustomError("colon_mapping", "a colon made a mapping")
        return "mapping"
    return "list" if isinstance(value, list) else "text"


Entry = Annotated[Annotated[Text, Tag("text")] | Annotated[ItemFile, Tag("mapping")], Discriminator(_kind)]
Items = Annotated[Annotated[Text, Tag("text")] | Annotated[list[Entry], Tag("list")], Discriminator(_kind)]


class ReplayFile(Model):
    """What the replay does differently."""

    intro: Text | None = None
    outro: Text | None = None
    at: WallTime | None = None


class DayFile(Model):
    """A day's items inside a weekly issue."""

    at: WallTime | None = None
    intro: Text | None = None
    items: Items
    outro: Text | None = None
    replay: ReplayFile = ReplayFile()


class DailyFile(DayFile):
    """A daily issue."""

    date: Day | None = None
    series: Text | None = None
    draft: Flag = False


class WeeklyFile(Model):
    """A weekly issue."""

    issue: Count
    date: Day | None = None
    at: WallTime | None = None
    intro: Text | None = None
    top10: Items
    outro: Text | None = None
    article: Text | None = None
    days: dict[Day, DayFile] = Field(default_factory=dict)
    replay: ReplayFile = ReplayFile()
    series: Text | None = None
    draft: Flag = False


class SpecialFile(Model):
    """Free text at a time of its own."""

    at: LocalTime
    intro: Text | None = None
    text: Text
    outro: Text | None = None
    draft: Flag = False


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What one file holds; the issue is None for a draft and for a file with an error."""

    issue: Issue | None
    findings: tuple[Finding, ...]


def parse(path: str, data: bytes) -> ParsedFile:
    """The issue in `data`; never raises for what is in it. `path` is how findings call the file."""
    document = yamldoc.read(path, data)
    value = document.value
    if not isinstance(value, dict) or document.has_errors():
        if value is not None and not document.has_errors():
            typed(document, DailyFile)  # says what a file must be
        return ParsedFile(None, tuple(document.findings))
    if _is_draft(value):
        return ParsedFile(None, ())
    chapters = _chapters(document, value)
    if document.has_errors():
        return ParsedFile(None, tuple(document.findings))
    return ParsedFile(Issue(path, tuple(chapters)), tuple(document.findings))


def _is_draft(value: dict[str, Any]) -> bool:
    return str(value.get("draft", "")).strip().lower() in ("true", "yes", "oui")


def _chapters(document: Document, value: dict[str, Any]) -> list[Chapter]:
    if "text" in value:
        return _special(document, typed(document, SpecialFile))
    if value.keys() & {"top10", "issue", "days", "article"}:
        return _weekly(document, typed(document, WeeklyFile))
    return _daily(document, typed(document, DailyFile))


def _special(document: Document, file: SpecialFile | None) -> list[Chapter]:
    if file is None:
        return []
    if not file.text.strip():
        _report_empty(document, ("text",))
    mark = document.line_of(("text",), 0)
    return [
        Chapter(
            series=series_name(document.path),
            date=file.at.date(),
            at=file.at.time(),
            text=file.text,
            wording=_wording(document, file, ()),
            mark=mark,
        )
    ]


def _daily(document: Document, file: DailyFile | None) -> list[Chapter]:
    if file is None:
        return []
    day = _date(document, file.date)
    return [_day(document, (), file, day, file.series or DAILY_SERIES)] if day else []


def _weekly(document: Document, file: WeeklyFile | None) -> list[Chapter]:
    if file is None:
        return []
    day = _date(document, file.date)
    if day is None:
        return []
    top10 = Chapter(
        series=file.series or WEEKLY_SERIES,
        date=day,
        at=file.at,
        items=_items(document, ("top10",), file.top10),
        wording=_wording(document, file, ()),
        replay=_replay(document, file.replay, ()),
        issue=file.issue,
        article=file.article,
        mark=document.place(("top10",)),
    )
    days = [
        _day(document, ("days", day.isoformat()), content, day, DAILY_SERIES)
        for day, content in file.days.items()
    ]
    return [top10, *days]


def _day(document: Document, at: Path, file: DayFile, day: date, series: str) -> Chapter:
    return Chapter(
        series=series,
        date=day,
        at=file.at,
        items=_items(document, (*at, "items"), file.items),
        wording=_wording(document, file, at),
        replay=_replay(document, file.replay, at),
        mark=document.place((*at, "items")),
    )


def _wording(document: Document, file: DayFile | WeeklyFile | SpecialFile | ReplayFile, at: Path) -> Wording:
    return Wording(
        file.intro,
        file.outro,
        _mark(document, (*at, "intro"), file.intro),
        _mark(document, (*at, "outro"), file.outro),
    )


def _mark(document: Document, at: Path, value: str | None) -> Mark:
    return Mark() if value is None else document.line_of(at, 0)


def _replay(document: Document, file: ReplayFile, at: Path) -> ReplayWishes:
    return ReplayWishes(_wording(document, file, (*at, "replay")), file.at)


def _items(document: Document, at: Path, value: str | list[str | ItemFile]) -> tuple[Item, ...]:
    if isinstance(value, str):
        items = _from_block(document, at, value)
    else:
        texts = renumbered(tuple(_entry_text(document, (*at, n), entry) for n, entry in enumerate(value)))
        items = tuple(
            Item(
                text=content,
                rubric=entry.rubric if isinstance(entry, ItemFile) else None,
                mark=_entry_mark(document, (*at, n), entry),
            )
            for n, (content, entry) in enumerate(zip(texts, value, strict=True))
        )
        for n, item in enumerate(items):
            if not item.text:
                _report_empty(document, (*at, n))
    if not items:
        _report_empty(document, at)
    return items


def _from_block(document: Document, at: Path, block: str) -> tuple[Item, ...]:
    reading = read_block(block)
    if reading.doubt:
        document.report(
            "mixed-items",
            document.place(at),
            f"{reading.doubt}; {len(reading.fragments)} items were read.",
            "Check the preview; number every item, or write them as a list (- …).",
            Severity.WARNING,
        )
    return tuple(
        Item(fragment.text, mark=document.line_of(at, fragment.line)) for fragment in reading.fragments
    )


def _entry_text(document: Document, at: Path, entry: str | ItemFile) -> str:
    if isinstance(entry, str):
        return text(entry).strip()
    if entry.image or entry.images:
        document.report(
            "no-images-yet",
            document.place((*at, "image")),
            "images are not published yet; the text goes out without it.",
            "Remove the image, or publish this item by hand.",
            Severity.WARNING,
        )
    content = entry.text.strip()
    link = (entry.link or "").strip()
    if link and not re.fullmatch(r"https?://[^\s]+", link):
        document.report(
            "wrong-value",
            document.place((*at, "link")),
            f"link: '{link}' is not a link.",
            "Write the whole address, https:// included.",
        )
    return f"{content} {link}".strip() if link and link not in content else content


def _entry_mark(document: Document, at: Path, entry: str | ItemFile) -> Mark:
    return document.line_of(at, 0) if isinstance(entry, str) else document.line_of((*at, "text"), 0)


def _report_empty(document: Document, at: Path) -> None:
    name = ".".join(map(str, at))
    document.report(
        "empty", document.place(at), f"{name}: there is nothing to post.", "Write a text, or remove it."
    )


def _date(document: Document, written: date | None) -> date | None:
    """The date of the issue: from the file, from its name, or both where they agree."""
    name = PurePath(document.path).name
    named = _date_in_name(name)
    if written and named and written != named:
        document.report(
            "date-mismatch",
            document.place(("date",)),
            f"the file says {written}, its name says {named}.",
            "Make them agree.",
        )
        return None
    if not written and not named:
        document.report(
            "missing-key",
            Mark(1, 1),
            "there is no date, in the file or in its name.",
            "Add one: date: 2020-11-06.",
        )
    return written or named


def _date_in_name(name: str) -> date | None:
    match = re.search(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)", name)
    try:
        return date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


def series_name(path: str) -> str:
    """The name of the series that a special file makes: its own, as it can be typed in a shell."""
    stem = unicodedata.normalize("NFKD", PurePath(path).stem).lower()
    ascii_only = "".join(char for char in stem if char.isascii())
    return re.sub(r"[^a-z0-9_]+", "-", ascii_only).strip("-_") or "special"
