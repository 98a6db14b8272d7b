"""Checks of everything that an edition needs before its slot, for the daemon and ``flashtweet doctor``."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.publishing.probe import told_by
from bot.core.publishing.publication import DeliveryState, PublicationState
from bot.core.schedule import account_checks, machine_checks, preflight
from bot.core.schedule.account_checks import DOCUMENTED, Account, Ahead
from bot.core.schedule.calendar import Round
from bot.core.schedule.preflight import EditionFacts
from bot.core.schedule.slots import due_times
from bot.errors import LedgerError, Severity
from bot.services.publish_now import refuse_in_a_pause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.core.edition_source import EditionSource
    from bot.core.model import EditionKey
    from bot.core.publishing.publication import Publication
    from bot.core.schedule.account_checks import ToldLimit, Window
    from bot.core.schedule.calendar import DueChecks, Expected
    from bot.core.schedule.preflight import Check
    from bot.errors import Finding
    from bot.ports import Clock, Greeter, Machine, Pause, ProvenLedger

LIMIT_HISTORY = timedelta(days=2)
"""Age at which publications may still count against X's limits of 24 hours, delays included."""
LATEST = 20
"""Number of publications that are searched for our latest post."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Facts from the ledger."""

    publications: Mapping[EditionKey, Publication] = field(default_factory=dict)
    """Those of the checked editions."""
    recent: tuple[Publication, ...] = ()
    last_post: str | None = None
    pause: Pause | None = None
    limits: Mapping[Window, int] = field(default_factory=lambda: DOCUMENTED)
    """Limits of posts by window."""
    seen: tuple[ToldLimit, ...] = ()
    """Latest limits of posts from X's headers."""
    was_read: bool = False
    """False if the ledger could not be read; then nothing is known."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """All checks. They send nothing, and change nothing but a note in the ledger."""

    machine: Machine
    ledger: ProvenLedger | LedgerError | None
    """An error if it cannot be opened or is not ours; None if there is none yet."""
    greeter: Greeter | None
    """None if credentials are `missing` or `malformed`."""
    missing: tuple[str, ...]
    user_id: str
    """The account's id, from the access token."""
    host: str
    """Name of X in messages."""
    clock: Clock
    malformed: tuple[Finding, ...] = ()
    """Errors in the form of the credentials."""

    def of(self, due: DueChecks, source: EditionSource) -> tuple[Check, ...]:
        """Return the checks of one round."""
        look = self.files if due.round is Round.REMINDER else self
        return look(source, due.editions)

    def __call__(self, source: EditionSource, editions: Sequence[Expected]) -> tuple[Check, ...]:
        """Return all checks for `editions`: files, this machine, the account.

        This takes as long as one request to X may take. Failures are failed checks, not errors.
        """
        known = self._recall(editions)
        seen = _sightings(source, editions, known)
        return (
            *self._files(source, seen),
            *self._machine(seen, known),
            *self._account(seen, known, source.programme.zone),
            *_rate(seen, known, self.clock.now(), source.programme.zone),
        )

    def refuse_in_a_pause(self) -> None:
        """Raise `UsageError` if all publishing is paused: a probe posts too.

        A ledger that cannot be read raises nothing: its own check reports it.
        """
        if self.ledger is not None and not isinstance(self.ledger, LedgerError):
            with contextlib.suppress(LedgerError):
                refuse_in_a_pause(self.ledger)

    def files(self, source: EditionSource, editions: Sequence[Expected]) -> tuple[Check, ...]:
        """Return the checks that editors can act on; no request to X."""
        return self._files(source, _sightings(source, editions, self._recall(editions)))

    def _files(self, source: EditionSource, seen: Iterable[EditionFacts]) -> tuple[Check, ...]:
        strays = [one for one in source.findings if one.severity is Severity.ERROR]
        now, zone = self.clock.now(), source.programme.zone
        return tuple(check for one in seen for check in preflight.of_edition(one, strays, now, zone))

    def _recall(self, editions: Sequence[Expected]) -> _Known:
        """Return the facts from the ledger; none if it cannot be read, which the check `ledger` explains."""
        ledger = self.ledger
        if ledger is None or isinstance(ledger, LedgerError):
            return _Known()
        try:
            limits = account_checks.latest((*told_by(ledger.measurements()), *ledger.limits()))
            found = ((one.key, ledger.get(one.key)) for one in editions)
            return _Known(
                {key: publication for key, publication in found if publication},
                ledger.open_or_since(self.clock.now() - LIMIT_HISTORY),
                _last_post(ledger.recent(LATEST)),
                ledger.paused(),
                {**DOCUMENTED, **{one.allowance.window: one.allowance.limit for one in limits}},
                limits,
                was_read=True,
            )
        except LedgerError:
            return _Known()

    def _machine(self, seen: Sequence[EditionFacts], known: _Known) -> Iterator[Check]:
        threads, ledger = self.machine.threads(), self.machine.ledger()
        yield machine_checks.folder(threads.problem, threads.shown, hangs=threads.hangs)
        yield machine_checks.file_system(ledger.remote, ledger.shown)
        if ledger.problem is None:
            yield machine_checks.disk(ledger.free, ledger.shown)
        yield self._ledger(ledger.shown, ledger.problem)
        yield machine_checks.ntp(self.machine.clock())
        if known.was_read:
            reason = known.pause.reason if known.pause else None
            yield preflight.pause_check(reason, seen, self.clock.now())

    def _ledger(self, shown: str, problem: str | None) -> Check:
        if isinstance(self.ledger, LedgerError):
            return preflight.of_error("ledger", self.ledger)
        if problem is not None:
            todo = "Correct 'ledger' in config.yaml, or the folder's owner and mode."
            return preflight.failure("ledger", f"{shown} cannot be written: {problem}.", todo)
        if self.ledger is None:
            return preflight.ok("ledger", f"{shown} does not exist yet; the first start creates it.")
        try:
            self.ledger.prove_writable(self.clock.now())
        except LedgerError as error:
            return preflight.of_error("ledger", error)
        return preflight.ok("ledger", f"{shown} was written just now.")

    def _account(self, seen: Sequence[EditionFacts], known: _Known, zone: str) -> Iterator[Check]:
        if self.greeter is None:
            for one in self.malformed:
                yield preflight.of_finding("credentials", one)
            if not self.missing:
                return
            observed = f"{', '.join(self.missing)} not set."
            todo = "Set them in .env, as .env.example shows, or in the files that hold the secrets."
            yield preflight.failure("credentials", observed, todo)
            return
        greeting = self.greeter.greet()
        yield account_checks.credentials(greeting, self.user_id, self.host, zone)
        if isinstance(greeting.answer, Account):
            yield account_checks.permission(greeting.access_level, known.last_post, zone)
            yield account_checks.credit([text for one in seen for text in _texts_left(one)])
        if greeting.ahead is not None:
            yield machine_checks.clock(greeting.ahead, greeting.within)


def _sightings(
    source: EditionSource, editions: Iterable[Expected], known: _Known
) -> tuple[EditionFacts, ...]:
    return tuple(_sighting(source, one, known.publications.get(one.key)) for one in editions)


def _sighting(source: EditionSource, one: Expected, publication: Publication | None) -> EditionFacts:
    edition = source.find(one.key)
    if edition is None:
        return EditionFacts(one, publication=publication)
    thread, findings = source.composed(edition)
    return EditionFacts(one, edition.path, thread, findings, publication)


def _rate(seen: Sequence[EditionFacts], known: _Known, now: datetime, zone: str) -> Iterator[Check]:
    ahead = {one.expected.key: _ahead(one, now) for one in seen if not _is_over(one)}
    counted = account_checks.counted(known.recent, ahead.keys())
    for key, thread in ahead.items():
        others = [at for other, one in ahead.items() if other != key for at in one.due.values()]
        if thread.due:
            yield account_checks.headroom(key, thread, [*counted, *others], known.limits, known.seen, zone)


def _is_over(seen: EditionFacts) -> bool:
    over = (PublicationState.PUBLISHED, PublicationState.CANCELLED)
    return seen.publication is not None and seen.publication.state in over


def _texts_left(seen: EditionFacts) -> tuple[str, ...]:
    """Return the texts that are still to be posted."""
    if _is_over(seen):
        return ()
    if seen.publication is not None:
        return tuple(one.text for one in preflight.remaining(seen.publication))
    return seen.thread.texts if seen.thread is not None else ()


def _ahead(seen: EditionFacts, now: datetime) -> Ahead:
    """Return the due times of the posts of an edition, `now` at the earliest; none if it has errors."""
    if seen.publication is not None:
        left = preflight.remaining(seen.publication)
        due = {one.position: max(one.due_at, now) for one in left}
        return Ahead(due, len(seen.publication.deliveries))
    if seen.thread is None:
        return Ahead({}, 0)
    count = len(seen.thread.posts)
    times = due_times(seen.expected.slot_at, seen.thread.edition.format.gap, count)
    return Ahead(dict(enumerate(times, 1)), count)


def _last_post(publications: Iterable[Publication]) -> str | None:
    """Return X's id of our latest post in `publications`."""
    sent = (
        int(one.post_id)
        for publication in publications
        for one in publication.deliveries
        if one.state is DeliveryState.SENT and one.post_id
    )
    latest = max(sent, default=None)
    return None if latest is None else str(latest)
