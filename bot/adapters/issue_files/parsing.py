"""Parser of one editor's file: YAML text in, an `Issue` or findings out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from bot import yamldoc
from bot.adapters.issue_files.buried_keys import report_buried_keys
from bot.adapters.issue_files.entries import (
    is_link,
    items_of,
    replay_items,
    report_empty,
    report_lost_breaks,
    report_no_link,
)
from bot.adapters.issue_files.naming import date_of, series_name
from bot.adapters.issue_files.schema import FILE_KEYS, DailyFile, SpecialFile, WeeklyFile
from bot.adapters.issue_files.split_time import report_split_time
from bot.adapters.issue_files.truncation import report_cut_off
from bot.core.content.cleaning import markup_in
from bot.core.marks import NOWHERE, Mark
from bot.core.model import Chapter, Issue, ReplayWishes, Wording
from bot.core.text.markup import may_hold_some
from bot.errors import Severity
from bot.yamldoc import typed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.adapters.issue_files.schema import DayFile, ReplayFile
    from bot.core.model import Clean, Item
    from bot.errors import Finding
    from bot.yamldoc.document import Document, Path

DAILY_SERIES = "flashtweet"
WEEKLY_SERIES = "hebdo"
NO_DAY = date.max
"""Placeholder for a missing date, so that the rest of the file is still checked."""
TOP = 10
"""Number of items in a Top 10."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The content of one file; the issue is None for a draft and for a file with an error."""

    issue: Issue | None
    findings: tuple[Finding, ...]


def parse(path: str, data: bytes) -> ParsedFile:
    """Return the issue in `data`; never raise because of its content. Findings call the file `path`."""
    document = yamldoc.read(path, data, keys=FILE_KEYS)
    value = document.value
    if isinstance(value, dict) and _is_draft(value):
        return ParsedFile(None, _of_draft(document))
    if value is None:
        return ParsedFile(None, tuple(document.findings))
    if isinstance(value, dict):
        report_buried_keys(document, value)
    chapters = _chapters(document, value if isinstance(value, dict) else {})
    report_cut_off(document)
    if document.has_errors():
        return ParsedFile(None, tuple(document.findings))
    if may_hold_some(document.text):
        chapters = [replace(chapter, markup=markup_in(chapter)) for chapter in chapters]
    issue = Issue(path, tuple(chapters))
    issue = document.origins.relocated(issue) if document.origins else issue
    return ParsedFile(issue, _without_repeats(document, issue.chapters))


def _without_repeats(document: Document, chapters: Iterable[Chapter]) -> tuple[Finding, ...]:
    """Return the findings, except those on single marks that the chapters' `markup` lists in full."""
    if not document.findings:
        return ()
    shown = {(mark.line, mark.column) for one in chapters for markup in one.markup for mark in markup.marks}
    found = document.findings
    return tuple(one for one in found if one.code != "garbled-text" or (one.line, one.column) not in shown)


def _is_draft(value: dict[str, Any]) -> bool:
    return str(value.get("draft", "")).strip().lower() in ("true", "yes", "oui")


def _of_draft(document: Document) -> tuple[Finding, ...]:
    """Return the findings on a draft as warnings, including one that it is a draft."""
    document.report(
        "draft",
        document.place(("draft",)),
        "this is a draft; nothing of it is published.",
        "When it is ready, remove 'draft: true' and check it again.",
        Severity.WARNING,
    )
    return tuple(replace(finding, severity=Severity.WARNING) for finding in document.findings)


def _chapters(document: Document, value: dict[str, Any]) -> list[Chapter]:
    if "text" in value:
        report_split_time(document, value)
        return _special(document, typed(document, SpecialFile, salvage=True))
    if value.keys() & {"top10", "issue", "days", "article"}:
        return _weekly(document, typed(document, WeeklyFile, salvage=True))
    return _daily(document, typed(document, DailyFile, salvage=True))


def _special(document: Document, file: SpecialFile | None) -> list[Chapter]:
    if file is None:
        return []
    if not file.text.strip():
        report_empty(document, ("text",))
    _check_line_breaks(document, ("text",), file.text)
    mark = document.mark_of(("text",), file.text)
    return [
        Chapter(
            series=series_name(document.path),
            date=file.at.date(),
            at=file.at.time(),
            text=file.text,
            wording=_wording(document, file, ()),
            clean=file.clean,
            mark=mark,
            date_mark=document.place(("at",)),
        )
    ]


def _daily(document: Document, file: DailyFile | None) -> list[Chapter]:
    if file is None:
        return []
    day = date_of(document, file.date)
    chapter = _day(document, (), file, day or NO_DAY, file.series or DAILY_SERIES, file.clean)
    return [chapter] if day else []


def _weekly(document: Document, file: WeeklyFile | None) -> list[Chapter]:
    if file is None:
        return []
    day = date_of(document, file.date)
    items = items_of(document, ("top10",), file.top10)
    if len(items) != TOP:
        document.report(
            "not-ten",
            document.place(("top10",)),
            f"a Top {TOP} has {TOP} items, this one {len(items)}.",
            "Check that none is missing, and that none became two.",
            Severity.WARNING,
        )
    top10 = Chapter(
        series=file.series or WEEKLY_SERIES,
        date=day or NO_DAY,
        at=file.at,
        items=items,
        wording=_wording(document, file, ()),
        replay=_replay(document, file.replay, (), replay_items(document, ("top10",), file.top10)),
        issue=file.issue,
        article=_article(document, file.article),
        clean=file.clean,
        mark=document.place(("top10",)),
        date_mark=_key(document, "date"),
        series_mark=_key(document, "series"),
    )
    days = [
        _day(document, ("days", day.isoformat()), content, day, DAILY_SERIES, file.clean)
        for day, content in file.days.items()
    ]
    return [top10, *days] if day else []


def _day(document: Document, at: Path, file: DayFile, day: date, series: str, clean: Clean | None) -> Chapter:
    return Chapter(
        series=series,
        date=day,
        at=file.at,
        items=items_of(document, (*at, "items"), file.items),
        wording=_wording(document, file, at),
        replay=_replay(document, file.replay, at, replay_items(document, (*at, "items"), file.items)),
        clean=clean,
        mark=document.place((*at, "items")),
        date_mark=document.places.get(at or ("date",), NOWHERE),
        series_mark=_key(document, "series"),
    )


def _key(document: Document, name: str) -> Mark:
    """Return the place of the file's key `name`, if it is there."""
    return document.places.get((name,), NOWHERE)


def _article(document: Document, article: str | None) -> str | None:
    if article and not is_link(article.strip()):
        report_no_link(document, ("article",), article)
    return article.strip() if article else None


_NO_WORDING = Wording()
_NO_WISHES = ReplayWishes()


def _wording(document: Document, file: DayFile | WeeklyFile | SpecialFile | ReplayFile, at: Path) -> Wording:
    if file.intro is None and file.outro is None:
        return _NO_WORDING
    for name, value in (("intro", file.intro), ("outro", file.outro)):
        _check_wording(document, (*at, name), value)
    return Wording(
        file.intro,
        file.outro,
        _mark(document, (*at, "intro"), file.intro),
        _mark(document, (*at, "outro"), file.outro),
    )


def _check_wording(document: Document, at: Path, value: str | None) -> None:
    scalar = document.scalars.get(at)
    if value is None or scalar is None:
        return
    line = document.written(document.place(at)).line
    # `intro:`, with nothing after it, or with a hashtag that was lost
    if not value and scalar.style is None and not document.has_error_on(line):
        document.report(
            "blank-wording",
            document.place(at),
            f"{at[-1]} is left blank: the thread goes out without one.",
            f"Remove '{at[-1]}:' for the words of the series, or write {at[-1]}: \"\" for none.",
            Severity.WARNING,
        )
    _check_line_breaks(document, at, value)


def _check_line_breaks(document: Document, at: Path, value: str) -> None:
    scalar = document.scalars.get(at)
    if scalar and scalar.style != ">":  # these are meant to fold
        report_lost_breaks(document, at, value, Severity.WARNING)


def _mark(document: Document, at: Path, value: str | None) -> Mark:
    return NOWHERE if value is None else document.mark_of(at, value)


def _replay(
    document: Document, file: ReplayFile, at: Path, items: tuple[tuple[int, Item], ...]
) -> ReplayWishes:
    if (*at, "replay") not in document.places:
        return ReplayWishes(items=items) if items else _NO_WISHES
    return ReplayWishes(_wording(document, file, (*at, "replay")), file.at, items)
