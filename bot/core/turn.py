"""One turn of the daemon: what to do and what is wrong, from facts alone."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bot.core.edition_problems import (
    about_files,
    about_publications,
    fields_of,
    lasting,
    same_text,
    text_version,
    unfit,
)
from bot.core.problems import Problem, ProblemKind, failure, problem
from bot.core.publishing.known_texts import KnownTexts
from bot.core.publishing.progress import has_begun
from bot.core.schedule.calendar import due_checks
from bot.core.schedule.slots import FREEZE_LEAD, agenda

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    from bot.core.edition_source import EditionSource
    from bot.core.model import Edition, EditionKey, Programme, Thread
    from bot.core.problems import Identity
    from bot.core.publishing.publication import Publication
    from bot.core.schedule.calendar import DueChecks, Slot


class Checked(NamedTuple):
    """Preflight checks that were begun."""

    since: datetime | None = None
    """Time of the last turn that began the due checks; None before the first."""
    slots: Mapping[Slot, bool] = {}
    """Checked slots; True if a file existed for the edition."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Observations of ledger, files and workers at one instant."""

    programme: Programme
    source: EditionSource | None
    """None if the threads folder was not read yet."""
    publications: Mapping[EditionKey, Publication]
    """The open ones, and those of the last days."""
    born_at: datetime
    """Instant at which the ledger was created."""
    started_at: datetime
    """Start of the daemon. Editions missed before it were reported by an earlier one."""
    has_predecessor: bool = False
    """True if an earlier ledger may have begun editions that are within their grace."""
    pause: str | None = None
    """Reason of the pause of all publishing; None if there is none."""
    lead: timedelta = FREEZE_LEAD
    """Time before its slot at which an edition is frozen."""
    delays: Mapping[EditionKey, str] = field(default_factory=dict)
    """Why editions were not published at the last attempt."""
    checked: Checked | None = None
    """None if no checks can begin: files that are still to be read would be reported as missing."""
    before: Mapping[Identity, Problem] = field(default_factory=dict)
    """Problems that held after the last turn."""


@dataclass(frozen=True, slots=True)
class Start:
    """An edition to be published."""

    key: EditionKey
    thread: Thread | None = None
    """Its text in the files; None if only the frozen text counts."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Decisions of one turn."""

    starts: tuple[Start, ...] = ()
    """Editions to freeze and publish: those of series first, then in order of their slots."""
    missed: tuple[Thread, ...] = ()
    """Editions to record as MISSED."""
    checks: tuple[DueChecks, ...] = ()
    problems: tuple[Problem, ...] = ()
    wake_at: datetime | None = None
    """Time of the next freeze; None if nothing is ahead."""


@dataclass(slots=True)
class _Decisions:
    before: Mapping[Identity, Problem]
    starts: list[Start] = field(default_factory=list)
    missed: list[Thread] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @contextmanager
    def isolated(self, key: EditionKey) -> Iterator[None]:
        """Turn a bug about edition `key` into a problem, so that it does not block the others."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  (returned)
            self.problems.append(failure(ProblemKind.UNDECIDED, error, key))


def decide(facts: Facts, now: datetime) -> Turn:
    """Return what the daemon does at `now`, and the problems of editions that hold now."""
    source = facts.source
    plan = agenda(
        source.editions if source else (),
        facts.publications,
        facts.born_at,
        now,
        has_predecessor=facts.has_predecessor,
        changed_at=source.changed_at if source else lambda _: None,
        lead=facts.lead,
    )
    made = _Decisions(facts.before)
    texts = KnownTexts(facts.publications, facts.programme.duplicate_window)
    for key in sorted(plan.publish, key=lambda key: is_special(facts.programme, key)):
        with made.isolated(key):
            _start(facts, key, texts, made)
    if source is not None:
        missed = frozenset(plan.missed)
        for edition in source.editions if missed else ():
            if edition.key in missed:
                with made.isolated(edition.key):
                    _miss(facts, source, edition, texts, made)
        made.problems += about_files(facts, source, plan)
    made.problems += about_publications(facts, now)
    made.problems += lasting(facts, made.problems)
    if facts.pause is not None:
        about = [("reason", facts.pause)]
        made.problems.append(problem(ProblemKind.PAUSED, "", about, "flashtweet resume"))
    checks: tuple[DueChecks, ...] = ()
    if source is not None and facts.checked is not None:
        since, slots = facts.checked
        checks = due_checks(source.programme, source.editions, now, since, slots)
    return Turn(tuple(made.starts), tuple(made.missed), checks, tuple(made.problems), plan.wake_at)


def is_special(programme: Programme, key: EditionKey) -> bool:
    """Return True if edition `key` belongs to no series."""
    return programme.get(key.series) is None


# -- editions to publish -------------------------------------------------------------------------------


def _start(facts: Facts, key: EditionKey, texts: KnownTexts, made: _Decisions) -> None:
    """Decide about a due edition."""
    source, known = facts.source, facts.publications.get(key)
    edition = source.find(key) if source else None
    if source is None or edition is None or (known is not None and has_begun(known)):
        made.starts.append(Start(key))
        return
    if known is not None:
        made.starts.append(Start(key, source.composed(edition)[0]))
        return
    own = source.texts(edition)
    twin = texts.twin_of(edition, own)
    thread, findings = source.composed(edition)
    if twin is not None:
        made.problems.append(same_text(facts, edition, own, twin, is_fit=thread is not None))
    elif _was_copy(facts, edition, own):
        return
    elif thread is None:
        made.problems.append(unfit(facts, edition, findings))
    else:
        texts.add(edition, own)
        made.starts.append(Start(key, thread))


def _was_copy(facts: Facts, edition: Edition, texts: frozenset[str]) -> bool:
    """Return True if these texts were reported as those of another edition: that is final."""
    known = facts.before.get((ProblemKind.SAME_TEXT, str(edition.key)))
    return known is not None and known.version == text_version(texts)


def _miss(facts: Facts, source: EditionSource, edition: Edition, texts: KnownTexts, made: _Decisions) -> None:
    """Decide about an edition whose slot and grace have passed; a copy of another one is not missed."""
    own = source.texts(edition)
    if texts.twin_of(edition, own) is not None or _was_copy(facts, edition, own):
        return
    thread, findings = source.composed(edition)
    if thread is not None:
        made.missed.append(thread)
    elif edition.slot_at + edition.format.grace >= facts.started_at:
        reason = f"its file has an error. Fix it: flashtweet check {edition.path}"
        about = [*fields_of(facts, edition), ("reason", reason)]
        action = f"flashtweet publish {edition.key}"
        made.problems += (
            problem(ProblemKind.MISSED_UNFIT, edition.key, about, action),
            unfit(facts, edition, findings),
        )
