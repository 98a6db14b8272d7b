"""Editions of issues: the series, the time and the file of each.

Two files that claim one edition, or a day on which the series is not published, are findings: we never guess
which was meant.
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.core.content.cleaning import about_markup, clean_chapter, is_cleaned
from bot.core.model import Edition, EditionKey, Format, ReplayWishes, Wording
from bot.core.schedule.slots import slot_at
from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, time

    from bot.core.marks import Mark
    from bot.core.model import Chapter, Issue, Programme, Series

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def editions_of(issue: Issue, programme: Programme) -> tuple[tuple[Edition, ...], tuple[Finding, ...]]:
    """Return all editions of `issue`, replays included, and the findings on its dates and series."""
    editions: list[Edition] = []
    findings: list[Finding] = []
    chapters = [(chapter, is_cleaned(chapter, programme)) for chapter in issue.chapters]
    findings.extend(about_markup(issue.path, chapters))
    for written, is_clean in chapters:
        chapter = clean_chapter(written) if is_clean else written
        if chapter.is_special:
            editions.extend(_special(issue, chapter, programme, findings))
            continue
        series = programme.get(chapter.series)
        if series is None or series.replays:
            findings.append(_unknown_series(issue, chapter, programme))
        elif not programme.is_due_on(series, chapter.date) and chapter.at is None:
            findings.append(_off_day(issue, chapter, series, programme))
        else:
            original = _edition(issue, chapter, series, programme)
            editions.append(original)
            editions.extend(_replays(original, programme, findings))
    return tuple(editions), tuple(findings)


def without_conflicts(editions: Iterable[Edition]) -> tuple[tuple[Edition, ...], tuple[Finding, ...]]:
    """Return the editions that only one file claims, and a finding for each file of the others."""
    by_key: dict[EditionKey, list[Edition]] = {}
    for edition in editions:
        by_key.setdefault(edition.key, []).append(edition)
    alone = tuple(claims[0] for claims in by_key.values() if len(claims) == 1)
    findings = [
        _finding(
            claim.path,
            claim.chapter.mark,
            "duplicate-edition",
            f"{key} is also in {_where(other)}; neither is published.",
            "Keep one of them; give the other another date, or 'draft: true'.",
        )
        for key, claims in by_key.items()
        if len(claims) > 1 and claims[0].replayed is None
        for claim, other in zip(claims, [*claims[1:], claims[0]], strict=True)
    ]
    return alone, tuple(findings)


MAX_SPECIALS_PER_DAY = 64
"""Maximum number of files with their own time per day. Each makes at least one post, and X accepts 100 posts
per user in 15 minutes. Source: https://docs.x.com/x-api/fundamentals/rate-limits, 2026-11-23."""


def limit_specials(
    editions: Iterable[Edition], programme: Programme
) -> tuple[tuple[Edition, ...], tuple[Finding, ...]]:
    """Return the first `MOST_SPECIALS` specials of each day and every edition of a series, and the findings.

    Thousands of files dropped into a folder must not delay the editions of the series.
    """
    kept: list[Edition] = []
    by_day: dict[date, list[Edition]] = {}
    for edition in editions:
        if programme.get(edition.key.series) is None:
            by_day.setdefault(edition.key.date, []).append(edition)
        else:
            kept.append(edition)
    findings: list[Finding] = []
    for day, specials in by_day.items():
        specials.sort(key=lambda one: (one.slot_at, one.key))
        kept += specials[:MAX_SPECIALS_PER_DAY]
        findings += (_crowded_out(one, day, len(specials)) for one in specials[MAX_SPECIALS_PER_DAY:])
    return tuple(kept), tuple(findings)


def _crowded_out(edition: Edition, day: date, count: int) -> Finding:
    return _finding(
        edition.path,
        edition.chapter.mark,
        "too-many-editions",
        f"{count:,} files have a time of their own on {day}, {MAX_SPECIALS_PER_DAY} are allowed; "
        "this one comes later and is left out.",
        "Move those that are not meant out of the folder, or give them another day.",
    )


def _where(edition: Edition) -> str:
    return f"{edition.path}:{edition.chapter.mark.line}"


def _edition(issue: Issue, chapter: Chapter, series: Series, programme: Programme) -> Edition:
    at = slot_at(chapter.date, chapter.at or series.at, programme.zone)
    key = EditionKey(series.name, chapter.date)
    return Edition(key, at, series.format, chapter, chapter.wording, issue.path)


def _replays(original: Edition, programme: Programme, findings: list[Finding]) -> Iterable[Edition]:
    wishes, day = original.chapter.replay, original.key.date
    replaying = [
        series
        for series in programme.replays_of(original.key.series)
        if programme.is_due_on(series, day) or wishes.at
    ]
    for series in replaying:
        replay = _replay(original, series, programme)
        if replay.slot_at > original.slot_at:
            yield replay
        else:
            findings.append(_early_replay(original, replay, wishes.at or series.at))
    if not replaying and wishes != ReplayWishes():
        findings.append(_no_replay(original))


def _replay(original: Edition, series: Series, programme: Programme) -> Edition:
    wishes, day = original.chapter.replay, original.key.date
    return Edition(
        key=EditionKey(series.name, day),
        slot_at=slot_at(day, wishes.at or series.at, programme.zone),
        format=series.format,
        chapter=_with_own_items(original.chapter),
        wording=_inherited(wishes.wording, original.wording, series.format),
        path=original.path,
        replayed=original,
    )


def _with_own_items(chapter: Chapter) -> Chapter:
    """Return `chapter` with the texts that its items have for the replay."""
    if not chapter.replay.items:
        return chapter
    own = dict(chapter.replay.items)
    return replace(chapter, items=tuple(own.get(n, item) for n, item in enumerate(chapter.items)))


def _early_replay(original: Edition, replay: Edition, at: time) -> Finding:
    return _finding(
        original.path,
        original.chapter.mark,
        "early-replay",
        f"{replay.key} would go out at {at:%H:%M}, not after {original.key}.",
        "Give it a later time: replay: with 'at: HH:MM' below it.",
    )


def _no_replay(original: Edition) -> Finding:
    finding = _finding(
        original.path,
        original.chapter.mark,
        "no-replay",
        f"nothing replays {original.key}; what the file says under 'replay' has no effect.",
        "Remove it; or on a day without a replay, give it a time: 'at: HH:MM' under 'replay'.",
    )
    return replace(finding, severity=Severity.WARNING)


def _inherited(replay: Wording, original: Wording, own: Format) -> Wording:
    """Return the file's wording of the replay, else the series' templates, else the original's wording."""
    wording = replay
    if wording.intro is None and own.intro is None:
        wording = replace(wording, intro=original.intro, intro_mark=original.intro_mark)
    if wording.outro is None and own.outro is None:
        wording = replace(wording, outro=original.outro, outro_mark=original.outro_mark)
    return wording


def _special(
    issue: Issue, chapter: Chapter, programme: Programme, findings: list[Finding]
) -> Iterable[Edition]:
    if programme.get(chapter.series) is not None:
        findings.append(
            _finding(
                issue.path,
                chapter.mark,
                "unknown-series",
                f"this file would be a series called '{chapter.series}', which the config has already.",
                "Rename the file.",
            )
        )
    elif chapter.at is not None:
        yield Edition(
            key=EditionKey(chapter.series, chapter.date),
            slot_at=slot_at(chapter.date, chapter.at, programme.zone),
            format=programme.special,
            chapter=chapter,
            wording=chapter.wording,
            path=issue.path,
        )


def _unknown_series(issue: Issue, chapter: Chapter, programme: Programme) -> Finding:
    own = [series.name for series in programme.series if not series.replays]
    close = difflib.get_close_matches(chapter.series, own, n=1)
    return _finding(
        issue.path,
        chapter.series_mark if chapter.series_mark.line else chapter.mark,
        "unknown-series",
        f"there is no series '{chapter.series}' that takes files; the config has {', '.join(own)}.",
        f"Write: series: {close[0]}" if close else "Correct 'series', or add the series to config.yaml.",
    )


def _off_day(issue: Issue, chapter: Chapter, series: Series, programme: Programme) -> Finding:
    mark = chapter.date_mark if chapter.date_mark.line else chapter.mark
    pause = next((pause for pause in programme.pauses if chapter.date in pause), None)
    if pause is not None and chapter.date.weekday() in series.weekdays:
        return _finding(
            issue.path,
            mark,
            "paused-day",
            f"{chapter.date} is in the pause {pause} of config.yaml: no {series.name} goes out.",
            f"Correct the date or the pause, or add 'at: {series.at:%H:%M}' to publish it all the same.",
        )
    days = ", ".join(DAYS[day] for day in sorted(series.weekdays))
    return _finding(
        issue.path,
        mark,
        "off-day",
        f"{chapter.date} is a {chapter.date:%A}; {series.name} goes out on {days}.",
        f"Correct the date, or add 'at: {series.at:%H:%M}' to publish it on that day all the same.",
    )


def _finding(path: str, mark: Mark, code: str, message: str, remedy: str) -> Finding:
    return Finding(path, mark.line, mark.column, Severity.ERROR, code, message, remedy)
