"""Problems of editions, from the facts of a turn."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from bot.core.model import EditionKey
from bot.core.problems import Problem, ProblemKind, problem
from bot.core.publishing.progress import LATE, overdue
from bot.core.publishing.publication import PublicationState
from bot.core.publishing.states import OPEN
from bot.core.schedule.local_times import in_log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.core.edition_source import EditionSource
    from bot.core.model import Edition
    from bot.core.publishing.known_texts import Twin
    from bot.core.publishing.publication import Delivery, Publication
    from bot.core.schedule.slots import Agenda, Late
    from bot.core.turn import Facts
    from bot.errors import Finding

NEWS = timedelta(days=1)
"""Time for which a missed edition counts as a problem: nobody can end it."""


def fields_of(facts: Facts, edition: Edition) -> list[tuple[str, object]]:
    return [("edition", str(edition.key)), ("slot", in_log(edition.slot_at, facts.programme.zone))]


def unfit(facts: Facts, edition: Edition, findings: Sequence[Finding]) -> Problem:
    about = [*fields_of(facts, edition), ("path", edition.path)]
    action = f"flashtweet check {edition.path}"
    return problem(ProblemKind.UNFIT, edition.key, about, action, version=repr(findings))


def text_version(texts: frozenset[str]) -> str:
    return sha256("\0".join(sorted(texts)).encode()).hexdigest()


def same_text(facts: Facts, edition: Edition, texts: frozenset[str], twin: Twin, *, is_fit: bool) -> Problem:
    """Return the problem of a copy; ``publish`` would post it if it `is_fit`."""
    about = [
        *fields_of(facts, edition),
        ("path", edition.path),
        ("same", str(twin.key)),
        ("state", twin.state),
    ]
    action = f"flashtweet publish {edition.key}" if is_fit else f"flashtweet check {edition.path}"
    return problem(ProblemKind.SAME_TEXT, edition.key, about, action, text_version(texts))


def about_files(facts: Facts, source: EditionSource, plan: Agenda) -> Iterator[Problem]:
    """Yield the problems of editions whose files came late, or whose slots precede the ledger."""
    late = {one.key: one for one in plan.late}
    for edition in source.editions:
        if edition.key in late:
            yield _file_late(facts, edition, late[edition.key])
        elif edition.key in plan.past:
            action = f"flashtweet publish {edition.key}"
            yield problem(ProblemKind.BEFORE_LEDGER, edition.key, fields_of(facts, edition), action)


def _file_late(facts: Facts, edition: Edition, late: Late) -> Problem:
    zone = facts.programme.zone
    about: list[tuple[str, object]] = [
        *fields_of(facts, edition),
        ("changed", in_log(late.changed_at, zone)),
    ]
    kind, action = ProblemKind.FILE_TOO_LATE, f"flashtweet publish {edition.key}"
    if late.rested_at <= edition.slot_at + edition.format.grace:
        about.append(("goes", in_log(late.rested_at, zone)))
        kind, action = ProblemKind.FILE_LATE, "To prevent it, set draft: true in the file"
    return problem(kind, edition.key, about, action, version=str(late.changed_at))


LASTING = frozenset(
    {ProblemKind.UNFIT, ProblemKind.MISSED_UNFIT, ProblemKind.BEFORE_LEDGER, ProblemKind.SAME_TEXT}
)
"""Problems of editions that no turn ends by not seeing them: a file may be away for a while."""


def lasting(facts: Facts, found: Iterable[Problem]) -> Iterator[Problem]:
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
    return one.kind is not ProblemKind.SAME_TEXT or one.version == text_version(source.texts(edition))


def about_publications(facts: Facts, now: datetime) -> Iterator[Problem]:
    for key, one in facts.publications.items():
        if one.state in OPEN:
            yield from _late_post(facts, one, now)
        elif one.state is PublicationState.HELD:
            yield problem(ProblemKind.HELD, key, [("edition", str(key)), ("reason", one.reason or "")])
        elif one.state is PublicationState.MISSED and now - one.slot_at <= NEWS:
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
