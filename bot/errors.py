"""Every error that flashtweet raises on purpose.

::

    BotError
    ├── ConfigError(findings)        config.yaml or the environment cannot be used     exit 2
    ├── UsageError                   the command cannot do what was asked              exit 2
    │   ├── AlreadyRuns              another daemon runs on the ledger
    │   ├── TakesAStart              a running daemon cannot take this over
    │   └── StateRefused             what the ledger or X has forbids it              exit 4
    ├── ContentError(findings)       an issue file has an error                        exit 3
    ├── LedgerError                  the durable record cannot be used                 exit 4
    │   ├── ClaimLost                another process owns the publication now
    │   ├── LedgerChanged            the ledger is not as it was read: look again
    │   ├── IdTaken                  an id belongs to another post already
    │   ├── LedgerFull               its disk has no room
    │   └── LedgerLocked             another program has it open, and locked
    └── PublishError                 X did not confirm a post                          exit 4
        ├── Rejected                 X refuses this text; it was not created
        ├── AccountRefused           X refuses this account or app; it was not created
        │   └── ReplyRefused         X does not let this account reply to its own post
        ├── RateLimited(retry_at)    not created; not before ``retry_at``
        ├── Unavailable              proven not created: safe to send again
        │   └── ParentNotVisible     X does not see the parent post yet
        └── InDoubt                  created or not, nobody knows: read the timeline
            └── Duplicate            X says that the text exists already

Reaction follows the type, never the message. A message says *where: what, observed against allowed.
Next step.*
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Severity(StrEnum):
    """ERROR keeps an edition from being published; WARNING does not."""

    ERROR = "error"
    WARNING = "warning"


MAX_FINDINGS = 100
"""More than this about one file, or one edition, help nobody."""

_MAX_MESSAGE = 500
"""A message quotes what it is about, and somebody may have written a megabyte without a space."""


def clipped(message: str) -> str:
    """Return `message`; of a very long one its beginning and its end."""
    if len(message) <= _MAX_MESSAGE:
        return message
    half = (_MAX_MESSAGE - 1) // 2
    return f"{message[:half]}…{message[-half:]}"


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the first `MAX_FINDINGS` of `findings`, and the first error after them if they have none."""
    kept: list[Finding] = []
    has_error = False
    for finding in findings:
        is_error = finding.severity is Severity.ERROR
        if len(kept) < MAX_FINDINGS or (is_error and not has_error):
            kept.append(finding)
            has_error = has_error or is_error
        elif has_error:
            break
    return tuple(kept)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One problem in a file, and what to do about it.

    ``path`` is as the reader would type it. ``line`` and ``column`` count from 1; 0 means the whole file.
    """

    path: str
    line: int
    column: int
    severity: Severity
    code: str
    """A stable kebab-case name, listed in docs/findings.md."""
    message: str
    """What was observed against what is allowed."""
    remedy: str
    """What to do next, in the imperative."""

    def __str__(self) -> str:
        where = self.path
        if self.line:
            where += f":{self.line}:{self.column}"
        return f"{where}: {self.message} {self.remedy}"


class BotError(Exception):
    """Base of all errors that are ours; its text is meant for a person."""

    exit_code: ClassVar[int] = 1


class _WithFindings(BotError):
    def __init__(self, findings: Iterable[Finding], title: str = "") -> None:
        """`title` is a first line: what was not done because of the findings."""
        self.findings = tuple(sorted(findings))
        lines = [str(finding) for finding in self.findings]
        super().__init__("\n".join([title, *lines] if title else lines))


class ConfigError(_WithFindings):
    """config.yaml, ``.env`` or the environment cannot be used; all problems at once."""

    exit_code = 2


class UsageError(BotError):
    """The command was understood, but cannot do what was asked."""

    exit_code = 2


class AlreadyRuns(UsageError):
    """Another daemon runs on the ledger: that one publishes."""


class TakesAStart(UsageError):
    """The configuration names another ledger or account: for a new start, not for a daemon that runs."""


class StateRefused(UsageError):
    """The command is right, but the state of an edition, or a pause, forbids it; nothing was changed."""

    exit_code = 4


class ContentError(_WithFindings):
    """An issue file has an error; nothing of it is published."""

    exit_code = 3


class FolderUnread(BotError):
    """The editors' folder could not be read or composed now; a later look may succeed."""

    exit_code = 3

    def __init__(self, reason: str, remedy: str = "flashtweet check") -> None:
        """`remedy` is what a person can do, as a sentence without its full stop."""
        super().__init__(reason)
        self.remedy = remedy


class LedgerError(BotError):
    """The ledger cannot be opened, read or written, or serves another account."""

    exit_code = 4


class ClaimLost(LedgerError):
    """Another process holds this publication; nothing was written."""

    def __init__(self, message: str, holder: str | None = None) -> None:
        super().__init__(message)
        self.holder = holder
        """The process, where it is known."""


class IdTaken(LedgerError):
    """The ledger has an id for another post already; nothing was written."""

    def __init__(self, post_id: str, owner: str) -> None:
        """`owner` is the other post: "post 3 of flashtweet@2020-11-06"."""
        super().__init__(f"{post_id} is the id of {owner} in the ledger, not of another post too.")
        self.post_id, self.owner = post_id, owner


class LedgerFull(LedgerError):
    """There is no room on the disk of the ledger; nothing was written."""


class LedgerLocked(LedgerError):
    """Another program has the ledger open, and locked; nothing was written."""


class LedgerChanged(LedgerError):
    """The ledger is not as it was read when a change was decided; nothing was written. Look again."""

    def __init__(self, what: str, found: str | None, expected: str) -> None:
        """`found` and `expected` are states of `what`; None: it is not there any more."""
        super().__init__(
            f"{what} is {found or 'not there'} in the ledger, expected {expected}. Nothing was recorded; "
            "the daemon looks at it again. Without one, type: flashtweet status"
        )
        self.found, self.expected = found, expected


class PublishError(BotError):
    """X did not confirm a post."""

    exit_code = 4


class Rejected(PublishError):
    """X refuses this text; it was not created. The text must change."""


class AccountRefused(PublishError):
    """X refuses this account, app or token; the post was not created. A person must act."""


class ReplyRefused(AccountRefused):
    """X does not let this account reply to its own post; a thread without replies may still go."""


class RateLimited(PublishError):
    """Too many requests; the post was not created."""

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at
        """Aware UTC: the last of all reset times that X named."""


class Unavailable(PublishError):
    """X could not be reached, and the post was proven not created: sending again is safe."""


class ParentNotVisible(Unavailable):
    """X does not see the parent post, yet or any more; the reply was not created."""


class InDoubt(PublishError):
    """The request may or may not have created a post: read the timeline before anything else."""


class Duplicate(InDoubt):
    """X refuses the text as a duplicate: of this very post, or of another one. Read the timeline."""
