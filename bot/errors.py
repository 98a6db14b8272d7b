"""Every error that flashtweet raises on purpose.

::

    BotError
    ├── ConfigError(findings)        config.yaml or the environment cannot be used     exit 2
    ├── UsageError                   the command cannot be carried out                 exit 2
    │   ├── AlreadyRuns              another daemon is running on the ledger
    │   ├── RestartRequired          the change requires a restart
    │   └── StateRefused             what the ledger or X has forbids it              exit 4
    ├── ContentError(findings)       an issue file has an error                        exit 3
    ├── LedgerError                  the durable record cannot be used                 exit 4
    │   ├── ClaimLost                another process owns the publication now
    │   ├── LedgerChanged            the ledger has changed since it was read
    │   ├── IdTaken                  another post already has this id
    │   ├── LedgerFull               the disk of the ledger is full
    │   └── LedgerLocked             another program has locked the ledger
    └── PublishError                 X did not confirm a post                          exit 4
        ├── Rejected                 X refuses this text; not created
        ├── AccountRefused           X refuses this account or app; not created
        │   └── ReplyRefused         X does not let this account reply to its own post
        ├── RateLimited(retry_at)    not created; retry at ``retry_at`` or later
        ├── Unavailable              proven not created: safe to send again
        │   └── ParentNotVisible     the parent post is not visible on X
        └── InDoubt                  unknown if created: read the timeline
            └── Duplicate            X reports that the text already exists

The reaction depends on the type, never on the message. A message has the form *where: what, observed against
allowed. Next step.*
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Severity(StrEnum):
    """Severity of a finding: ERROR blocks publishing, WARNING does not."""

    ERROR = "error"
    WARNING = "warning"


MAX_FINDINGS = 100
"""Maximum number of findings about one file or edition; more are of no use."""

_MAX_MESSAGE = 500
"""Maximum characters of a message. Messages quote input, which may be a megabyte without a space."""


def clipped(message: str) -> str:
    """Return `message`, reduced to its beginning and end if it is very long."""
    if len(message) <= _MAX_MESSAGE:
        return message
    half = (_MAX_MESSAGE - 1) // 2
    return f"{message[:half]}…{message[-half:]}"


def bounded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the first `MAX_FINDINGS` findings, plus the first later error if they contain none."""
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

    ``path`` is as a user would type it. ``line`` and ``column`` count from 1; 0 means the whole file.
    """

    path: str
    line: int
    column: int
    severity: Severity
    code: str
    """A stable kebab-case name, listed in docs/findings.md."""
    message: str
    """The observed value against the allowed one."""
    remedy: str
    """The next step, in the imperative."""

    def __str__(self) -> str:
        where = self.path
        if self.line:
            where += f":{self.line}:{self.column}"
        return f"{where}: {self.message} {self.remedy}"


class BotError(Exception):
    """Base class of all our errors; the text is meant for people."""

    exit_code: ClassVar[int] = 1


class _WithFindings(BotError):
    def __init__(self, findings: Iterable[Finding], title: str = "") -> None:
        """`title` is the first line: the action that the findings prevented."""
        self.findings = tuple(sorted(findings))
        lines = [str(finding) for finding in self.findings]
        super().__init__("\n".join([title, *lines] if title else lines))


class ConfigError(_WithFindings):
    """config.yaml, ``.env`` or the environment cannot be used; all problems at once."""

    exit_code = 2


class UsageError(BotError):
    """The command is valid but cannot be carried out."""

    exit_code = 2


class AlreadyRuns(UsageError):
    """Another daemon is running and publishing on the ledger."""


class RestartRequired(UsageError):
    """The configuration names another ledger or account, which requires a restart."""


class StateRefused(UsageError):
    """The command is right, but the state of an edition, or a pause, forbids it; nothing was changed."""

    exit_code = 4


class ContentError(_WithFindings):
    """An issue file has an error; nothing from it is published."""

    exit_code = 3


class FolderUnread(BotError):
    """The editors' folder could not be read or composed this time; a later attempt may succeed."""

    exit_code = 3

    def __init__(self, reason: str, remedy: str = "flashtweet check") -> None:
        """`remedy` is the operator's next step, a sentence without its full stop."""
        super().__init__(reason)
        self.remedy = remedy


class LedgerError(BotError):
    """The ledger cannot be opened, read or written, or is bound to another account."""

    exit_code = 4


class ClaimLost(LedgerError):
    """Another process has claimed this publication; nothing was written."""

    def __init__(self, message: str, holder: str | None = None) -> None:
        super().__init__(message)
        self.holder = holder
        """The process that holds the claim, if known."""


class IdTaken(LedgerError):
    """The ledger already has this id for another post; nothing was written."""

    def __init__(self, post_id: str, owner: str) -> None:
        """`owner` is the other post: "post 3 of flashtweet@2020-11-06"."""
        super().__init__(f"{post_id} is already the id of {owner} in the ledger.")
        self.post_id, self.owner = post_id, owner


class LedgerFull(LedgerError):
    """The disk of the ledger is full; nothing was written."""


class LedgerLocked(LedgerError):
    """Another program has locked the ledger; nothing was written."""


class LedgerChanged(LedgerError):
    """The ledger changed after it was read to decide a change; nothing was written. Read it again."""

    def __init__(self, what: str, found: str | None, expected: str) -> None:
        """`found` and `expected` are states of `what`; `found` is None if it no longer exists."""
        super().__init__(
            f"{what} is {found or 'missing'} in the ledger, expected {expected}. Nothing was recorded; "
            "the daemon reads it again. If no daemon is running, type: flashtweet status"
        )
        self.found, self.expected = found, expected


class PublishError(BotError):
    """X did not confirm a post."""

    exit_code = 4


class Rejected(PublishError):
    """X refuses this text; the post was not created. The text must change."""


class AccountRefused(PublishError):
    """X refuses this account, app or token; the post was not created. An operator must act."""


class ReplyRefused(AccountRefused):
    """X does not let this account reply to its own post; an edition without replies may still be posted."""


class RateLimited(PublishError):
    """Too many requests; the post was not created."""

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message)
        self.retry_at = retry_at
        """The latest of the reset times that X reported, aware UTC."""


class Unavailable(PublishError):
    """X was unavailable and the post is proven not created: sending again is safe."""


class ParentNotVisible(Unavailable):
    """The parent post is not yet, or no longer, visible on X; the reply was not created."""


class InDoubt(PublishError):
    """The request may or may not have created a post: read the timeline first."""


class Duplicate(InDoubt):
    """X refuses the text as a duplicate of this post or another. Read the timeline."""
