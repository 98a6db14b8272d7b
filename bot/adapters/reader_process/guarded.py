"""Parsing and composing within limits: a file that exceeds them is a finding."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.adapters.reader_process.limits import Limits, OverLimit
from bot.adapters.reader_process.progress import Job
from bot.core.content.validate import examine
from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.core.edition_source import Composed
    from bot.core.model import Edition, Issue, Thread


class GuardedFile(Protocol):
    """A parsed file."""

    @property
    def issue(self) -> Issue | None: ...

    @property
    def findings(self) -> tuple[Finding, ...]: ...


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A file that could not be parsed within the limits."""

    findings: tuple[Finding, ...]
    issue: None = None


class Guarded:
    """Runs `parse` for each file, and the composition of each edition, within `limits`."""

    def __init__(self, limits: Limits, parse: Callable[[str, bytes], GuardedFile]) -> None:
        self._limits, self._parse = limits, parse
        self._digests: dict[str, str] = {}

    def parse(self, path: str, data: bytes) -> GuardedFile:
        """Return the issue in `data`, or its findings."""
        digest = self._digests[path] = hashlib.blake2b(data, digest_size=16).hexdigest()
        try:
            return self._limits.run(Job(path, digest), lambda: self._parse(path, data))
        except OverLimit as error:
            return Unparsed((_too_costly(path, 0, 0, error),))

    def examine(self, edition: Edition, locale: str, original: Thread | None) -> Composed:
        """Return the thread of `edition`, and what is wrong with it."""
        job = Job(edition.path, self._digests.get(edition.path, ""))
        try:
            return self._limits.run(job, lambda: examine(edition, locale, original))
        except OverLimit as error:
            mark = edition.chapter.mark
            return None, (_too_costly(edition.path, mark.line, mark.column, error),)


def _too_costly(path: str, line: int, column: int, error: OverLimit) -> Finding:
    return Finding(
        path,
        line,
        column,
        Severity.ERROR,
        "too-costly",
        f"{error}; nothing from it is published.",
        "Is it the right file? Shorten or split it. If it looks ordinary, report it as a bug.",
    )
