"""Problems that hold now: one type for log, alerts, readiness and metrics, and the difference of two sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from bot.core.alerts import BUG_ADVICE, AlertKind
from bot.errors import BotError, LedgerFull, LedgerLocked, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class _Wording:
    """Code and log sentences of a kind of problem."""

    code: str
    begin: str
    """Sentence when it begins; empty if another log line reports it."""
    end: str = ""
    """Sentence when it ends; empty if nobody needs to know."""
    alert: AlertKind | None = None
    """None if it is only logged, or if the alert depends on the error."""
    severity: Severity = Severity.ERROR


class ProblemKind(Enum):
    """Kinds of problems, each with its log sentences."""

    # Editions
    UNFIT = _Wording(
        "edition-unfit",
        "edition cannot be published: its file has an error",
        "the edition's file no longer has errors",
        AlertKind.FINDING,
    )
    MISSED_UNFIT = _Wording("missed-unfit", "edition missed", alert=AlertKind.MISSED)
    """Slot and grace passed while its file had an error; the ledger cannot record an edition without
    posts."""
    BEFORE_LEDGER = _Wording(
        "before-ledger",
        "edition not posted: its slot was before the creation of this ledger",
        alert=AlertKind.MISSED,
        severity=Severity.WARNING,
    )
    SAME_TEXT = _Wording(
        "same-text",
        "edition not posted: the ledger has the same text as another edition",
        alert=AlertKind.FOLDER,
        severity=Severity.WARNING,
    )
    FILE_LATE = _Wording(
        "file-late",
        "edition will be late: its file appeared or changed after its slot",
        alert=AlertKind.FOLDER,
        severity=Severity.WARNING,
    )
    FILE_TOO_LATE = _Wording(
        "file-too-late",
        "edition not posted: its file appeared or changed at the end of its grace",
        alert=AlertKind.FOLDER,
        severity=Severity.WARNING,
    )
    OVERDUE = _Wording(
        "post-late",
        "post is late and not yet sent",
        "thread no longer late",
        AlertKind.LATE,
        Severity.WARNING,
    )
    HELD = _Wording("edition-held", "", "edition no longer held", AlertKind.HELD)
    """Reported by the line about the change of its state, as is `MISSED`."""
    MISSED = _Wording("edition-missed", "", alert=AlertKind.MISSED)
    PAUSED = _Wording("paused", "publishing paused", "publishing resumed", severity=Severity.WARNING)
    # Before a slot
    CHECK_FAILED = _Wording(
        "check-failed",
        "preflight: a check failed",
        "preflight: a check passes again",
        AlertKind.PREFLIGHT,
    )
    CHECK_WARNED = _Wording("check-warned", "preflight: a check gave a warning", severity=Severity.WARNING)
    CHECKS_FAILED = _Wording(
        "checks-failed", "preflight could not run", "preflight works again", AlertKind.PREFLIGHT
    )
    # The daemon itself
    LOOK_FAILED = _Wording(
        "look-failed", "check for due editions failed", "check for due editions works again"
    )
    EDITION_FAILED = _Wording(
        "edition-failed", "edition cannot be processed", "edition can be processed again"
    )
    UNDECIDED = _Wording(
        "edition-undecided", "decision about an edition failed", "decision about the edition works again"
    )
    PUBLISHING_FAILED = _Wording(
        "publishing-failed", "publishing failed; retrying soon", "publishing no longer fails"
    )
    DECISION_FAILED = _Wording(
        "decision-failed",
        "decisions about the files failed; frozen editions are posted",
        "decisions about the files work again",
    )
    RELOAD_FAILED = _Wording(
        "reload-failed", "reload failed; keeping the previous configuration", "reload works again"
    )
    RELOAD_DELAYED = _Wording(
        "reload-delayed",
        "reload delayed until the ledger can be read; keeping the previous configuration",
        "reload works again",
    )
    CONFIG_INVALID = _Wording(
        "config-invalid",
        "reload failed; keeping the previous configuration",
        alert=AlertKind.CONFIG,
    )
    """The line about the next reload ends it."""
    STALLED = _Wording("stalled", "daemon loop stalled", "daemon loop running again", AlertKind.LEDGER)
    FOLDER_UNREAD = _Wording(
        "folder-unread", "threads folder cannot be read", "threads folder can be read again", AlertKind.FOLDER
    )
    FOLDER_SILENT = _Wording(
        "folder-silent", "threads folder is not responding", "threads folder responds again", AlertKind.FOLDER
    )

    @property
    def code(self) -> str:
        """The stable name, for metrics."""
        return self.value.code


OUTAGES = frozenset(
    {
        ProblemKind.LOOK_FAILED,
        ProblemKind.DECISION_FAILED,
        ProblemKind.EDITION_FAILED,
        ProblemKind.UNDECIDED,
        ProblemKind.PUBLISHING_FAILED,
        ProblemKind.RELOAD_FAILED,
        ProblemKind.RELOAD_DELAYED,
        ProblemKind.FOLDER_UNREAD,
    }
)
"""Kinds that failing attempts raise: they are logged from time to time while they last."""

_WORSE = {ProblemKind.OVERDUE: frozenset({ProblemKind.HELD, ProblemKind.MISSED})}
"""Kinds that replace another without reporting it as ended: a held thread is not "no longer late"."""

Identity = tuple[ProblemKind, str]
"""Kind and subject of a problem."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong now. Kind and subject identify it."""

    kind: ProblemKind
    subject: str = ""
    """The edition, or the name of the check; empty for the whole installation."""
    about: tuple[tuple[str, object], ...] = ()
    """Fields of its log line."""
    action: str = ""
    """Advice for the operator, usually a command; empty if there is none."""
    version: str = ""
    """A problem with another version is reported again."""
    alert: AlertKind | None = None
    """Kind of its alert; None if it is only logged."""
    error: Exception | None = field(default=None, compare=False)
    """The exception of a bug, until it is logged."""

    @property
    def identity(self) -> Identity:
        """Kind and subject."""
        return self.kind, self.subject

    @property
    def severity(self) -> Severity:
        """The severity of its kind."""
        return self.kind.value.severity

    @property
    def message(self) -> str:
        """The sentence when it begins; empty if another log line reports it."""
        return self.kind.value.begin + (": a bug" if self.alert is AlertKind.BUG else "")

    @property
    def reason(self) -> str:
        """The reason; not the text of a bug, which may contain confidential data."""
        if self.alert is AlertKind.BUG:
            return "a bug; the log has its traceback"
        return str(dict(self.about).get("reason", ""))


def problem(
    kind: ProblemKind,
    subject: object = "",
    about: Iterable[tuple[str, object]] = (),
    action: str = "",
    version: str = "",
) -> Problem:
    """Return a problem with the alert of its kind."""
    return Problem(kind, str(subject), tuple(about), action, version, kind.value.alert)


def failure(kind: ProblemKind, error: Exception, subject: object = "") -> Problem:
    """Return the problem of an attempt that ended with `error`: one of the ledger, or a bug."""
    name, version = str(subject), repr(error)
    about: tuple[tuple[str, object], ...] = (("edition", name),) if name else ()
    if not isinstance(error, BotError):
        return Problem(kind, name, about, BUG_ADVICE, version, AlertKind.BUG, error)
    return Problem(kind, name, (*about, ("reason", str(error))), _remedy(error), version, AlertKind.LEDGER)


def _remedy(error: BotError) -> str:
    if isinstance(error, LedgerLocked):
        return "Close the program that has the ledger open (sqlite3, a backup); publishing continues then"
    return "df -h ." if isinstance(error, LedgerFull) else "flashtweet doctor"


Problems = dict[Identity, Problem]
"""A set of problems by identity."""


def by_identity(problems: Iterable[Problem]) -> Problems:
    """Return `problems` by identity; of several with the same one, the last."""
    return {one.identity: one for one in problems}


@dataclass(frozen=True, slots=True)
class Transitions:
    """Differences between two sets of problems."""

    raised: tuple[Problem, ...] = ()
    cleared: tuple[Problem, ...] = ()
    replaced: tuple[Problem, ...] = ()
    """Those that are over because something worse has happened to their subject."""


def diff(before: Mapping[Identity, Problem], now: Mapping[Identity, Problem]) -> Transitions:
    """Return the transitions from `before` to `now`."""
    over = [one for identity, one in before.items() if identity not in now]
    replaced = [one for one in over if any((kind, one.subject) in now for kind in _WORSE.get(one.kind, ()))]
    return Transitions(
        raised=tuple(one for identity, one in now.items() if identity not in before),
        cleared=tuple(one for one in over if one not in replaced),
        replaced=tuple(replaced),
    )
