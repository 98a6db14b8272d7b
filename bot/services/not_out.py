"""Facts of the desk about editions that should be out by now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.core.schedule.not_out import DeskFacts, FileFacts
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bot.core.model import EditionKey
    from bot.services.composing import Desk

_NEAR = timedelta(days=3)


def desk_facts(
    desk: Desk,
    now: datetime,
    recorded: Collection[EditionKey],
    *,
    daemon: str | None,
    pause: str | None,
    born_at: datetime | None,
) -> DeskFacts:
    """Return the facts at `now`; only editions near it are composed."""
    near = [one for one in desk.editions if abs(one.slot_at - now) <= _NEAR]
    files = {}
    for one in near:
        is_due = one.slot_at <= now and one.key not in recorded
        thread, findings = desk.composed(one) if is_due else (None, ())
        files[one.key] = FileFacts(one, () if thread else findings, desk.changed_at(one.path))
    strays = [one for one in desk.findings if one.severity is Severity.ERROR]
    return DeskFacts(desk.programme, files, recorded, strays, daemon, pause, born_at)
