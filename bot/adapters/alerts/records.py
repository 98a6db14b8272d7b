"""Log records that are alerts: ``extra={"alert": AlertKind…}``, or ``"alert_over"`` at its end."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.core.alerts import Alert, AlertKind
from bot.core.typed_commands import GlobalOptions

if TYPE_CHECKING:
    from bot.ports import Alerter

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "alert",
    "alert_over",
}


class AlertHandler(logging.Handler):
    """Passes such records to `alerter`, with the same message and fields. Never raises."""

    def __init__(self, alerter: Alerter, typed: GlobalOptions | None = None) -> None:
        """`typed`: the options that commands in alerts must have."""
        super().__init__()
        self._alerter, self._typed = alerter, typed or GlobalOptions()

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):  # the record itself is logged even if its alert fails
            alert = alert_of(record)
            if alert is not None:
                fields = tuple((name, self._typed.put_into(value)) for name, value in alert.fields)
                self._alerter.alert(replace(alert, fields=fields))


def alert_of(record: logging.LogRecord) -> Alert | None:
    """Return `record` as an alert, if it is one.

    An exception is reduced to its type: its text may contain confidential data.
    """
    fields = vars(record)
    over = fields.get("alert_over")
    kind = fields.get("alert") or over
    if kind is None:
        return None
    about = [(name, str(value)) for name, value in fields.items() if name not in _STANDARD]
    about.append(("at", datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
    if record.exc_info and record.exc_info[0]:
        about.append(("error", f"{record.exc_info[0].__name__}; the log has its traceback"))
    return Alert(
        kind=AlertKind(kind),
        sentence=record.getMessage(),
        fields=tuple(about),
        is_serious=record.levelno >= logging.ERROR,
        is_over=fields.get("alert") is None,
    )
