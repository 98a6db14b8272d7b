"""One turn of the daemon: what to do and what is wrong, from facts alone."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from bot.core.model import EditionKey
from bot.core.problems import Problem, ProblemKind, failure, problem
from bot.core.publishing.known_texts import KnownTexts
from bot.core.publishing.progress import LATE, has_begun, overdue
from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import OPEN
from bot.core.schedule.calendar import due_checks
from bot.core.schedule.local_times import in_log
from bot.core.schedule.slots import FREEZE_LEAD, agenda

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.core.edition_source import EditionSource
    from bot.core.model import Edition, Programme, Thread
    from bot.core.problems import Identity
    from bot.core.publishing.known_texts import Twin
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.schedule.calendar import DueChecks, Slot
    from bot.core.schedule.slots import Agenda, Late
    from bot.errors import Finding


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


_NEWS = timedelta(days=1)
"""Time for which a missed edition counts as a problem: nobody can end it."""


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
        made.problems += _about_files(facts, source, plan)
    made.problems += _about_publications(facts, now)
    made.problems += _lasting(facts, made.problems)
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
        made.problems.append(_same_text(facts, edition, own, twin, is_fit=thread is not None))
    elif _was_copy(facts, edition, own):
        return
    elif thread is None:
        made.problems.append(_unfit(facts, edition, findings))
    else:
        texts.add(edition, own)
        made.starts.append(Start(key, thread))


def _was_copy(facts: Facts, edition: Edition, texts: frozenset[str]) -> bool:
    """Return True if these texts were reported as those of another edition: that is final."""
    known = facts.before.get((ProblemKind.SAME_TEXT, str(edition.key)))
    return known is not None and known.version == _version(texts)


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
        about = [*_of(facts, edition), ("reason", reason)]
        action = f"flashtweet publish {edition.key}"
        made.problems += (
            problem(ProblemKind.MISSED_UNFIT, edition.key, about, action),
            _unfit(facts, edition, findings),
        )


# -- problems ------------------------------------------------------------------------------------------


def _of(facts: Facts, edition: Edition) -> list[tuple[str, object]]:
    return [("edition", str(edition.key)), ("slot", in_log(edition.slot_at, facts.programme.zone))]


def _unfit(facts: Facts, edition: Edition, findings: Sequence[Finding]) -> Problem:
    about = [*_of(facts, edition), ("path", edition.path)]
    action = f"flashtweet check {edition.path}"
    return problem(ProblemKind.UNFIT, edition.key, about, action, version=repr(findings))


def _version(texts: frozenset[str]) -> str:
    return sha256("\0".join(sorted(texts)).encode()).hexdigest()


def _same_text(facts: Facts, edition: Edition, texts: frozenset[str], twin: Twin, *, is_fit: bool) -> Problem:
    """Return the problem of a copy; ``publish`` would post it if it `is_fit`."""
    about = [*_of(facts, edition), ("path", edition.path), ("same", str(twin.key)), ("state", twin.state)]
    action = f"flashtweet publish {edition.key}" if is_fit else f"flashtweet check {edition.path}"
    return problem(ProblemKind.SAME_TEXT, edition.key, about, action, _version(texts))


def _about_files(facts: Facts, source: EditionSource, plan: Agenda) -> Iterator[Problem]:
    """Yield the problems of editions whose files came late, or whose slots precede the ledger."""
    late = {one.key: one for one in plan.late}
    for edition in source.editions:
        if edition.key in late:
            yield _file_late(facts, edition, late[edition.key])
        elif edition.key in plan.past:
            action = f"flashtweet publish {edition.key}"
            yield problem(ProblemKind.BEFORE_LEDGER, edition.key, _of(facts, edition), action)


def _file_late(facts: Facts, edition: Edition, late: Late) -> Problem:
    zone = facts.programme.zone
    about: list[tuple[str, object]] = [*_of(facts, edition), ("changed", in_log(late.changed_at, zone))]
    kind, action = ProblemKind.FILE_TOO_LATE, f"flashtweet publish {edition.key}"
    if late.rested_at <= edition.slot_at + edition.format.grace:
        about.append(("goes", in_log(late.rested_at, zone)))
        kind, action = ProblemKind.FILE_LATE, "To prevent it, set draft: true in the file"
    return problem(kind, edition.key, about, action, version=str(late.changed_at))


LASTING = frozenset(
    {ProblemKind.UNFIT, ProblemKind.MISSED_UNFIT, ProblemKind.BEFORE_LEDGER, ProblemKind.SAME_TEXT}
)
"""Problems of editions that no turn ends by not seeing them: a file may be away for a while."""


def _lasting(facts: Facts, found: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems of the last turn that still hold, besides those `found`."""
    now = {one.identity for one in found}
    for identity, one in facts.before.items():
        if one.kind in LASTING and identity not in now and _still_holds(facts, one):
            yield one


def _still_holds(facts: Facts, one: Problem) -> bool:
    key, source = EditionKey.parse(one.subject), facts.source
    if key in facts.publications:
        return False
    edition = source.find(key) if source is not None else None
    if source is None or edition is None:
        return True
    if one.kind is ProblemKind.UNFIT:
        return source.composed(edition)[0] is None
    return one.kind is not ProblemKind.SAME_TEXT or one.version == _version(source.texts(edition))


def _about_publications(facts: Facts, now: datetime) -> Iterator[Problem]:
    for key, one in facts.publications.items():
        if one.state in OPEN:
            yield from _late_post(facts, one, now)
        elif one.state is PublicationState.HELD:
            yield problem(ProblemKind.HELD, key, [("edition", str(key)), ("reason", one.reason or "")])
        elif one.state is PublicationState.MISSED and now - one.slot_at <= _NEWS:
            yield problem(ProblemKind.MISSED, key, [("edition", str(key)), ("reason", one.reason or "")])


def _late_post(facts: Facts, one: Publication, now: datetime) -> Iterator[Problem]:
    """Yield the problem of a thread whose next post is late: readers see half a thread, or none."""
    due, was_late = overdue(one, now), (ProblemKind.OVERDUE, str(one.key)) in facts.before
    if due is not None and due[1] > LATE and (one.paused is None or was_late):
        yield problem(
            ProblemKind.OVERDUE,
            one.key,
            _about_late_post(one, *due, facts.delays.get(one.key)),
            f"It is retried automatically. For the history: flashtweet log {one.key}",
        )


def _about_late_post(
    one: Publication, delivery: Delivery, late: timedelta, why: str | None
) -> list[tuple[str, object]]:
    return [
        ("edition", str(one.key)),
        ("post", f"{delivery.position}/{len(one.deliveries)}"),
        ("state", delivery.state),
        ("late_s", round(late.total_seconds())),
        ("reason", why or delivery.reason or "reason not yet known"),
    ]
