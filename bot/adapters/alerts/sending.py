"""Sending of a single alert or ping. Failure reasons never contain the URL, which is a secret.

Both libraries are imported on first use: apprise costs 12 MB of plugins and half a second.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.core.alerts import Alert, SecretUrl

PING_CONNECT_TIMEOUT = 5.0
"""Seconds to connect to the host of a ping."""
PING_READ_TIMEOUT = 10.0
"""Seconds without a byte of its answer."""

logging.getLogger("urllib3").setLevel(logging.ERROR)  # its other lines contain paths with tokens

_loading = threading.Lock()


def send_alert(alert: Alert, to: SecretUrl, *, sender: str) -> str | None:
    """Send `alert` in the name of `sender`; return the reason of a failure, or None. Never raises."""
    try:
        return _sent(alert, to, sender)
    except Exception as error:  # noqa: BLE001  (any error of a plugin; its text may contain the URL)
        return f"apprise raised {type(error).__name__}"


def _sent(alert: Alert, to: SecretUrl, sender: str) -> str | None:
    with _loading:
        import apprise  # noqa: PLC0415  (late: see above)

    asset = apprise.AppriseAsset(app_id=sender, app_desc=sender, http_redirects=False)
    with _captured() as lines:
        service = apprise.Apprise.instantiate(to.url, asset=asset)
        if service is None:
            return "apprise does not understand this URL"
        sent = service.notify(
            title=f"{sender}: {alert.title}",
            body=alert.body,
            notify_type=_notify_type(alert),
            body_format=apprise.NotifyFormat.TEXT,
        )
    return None if sent else _reason(lines)


def ping(to: SecretUrl) -> str | None:
    """Request `to` without following redirects; return the reason of a failure, or None."""
    import requests  # noqa: PLC0415  (late: see above)

    with requests.Session() as session:
        session.trust_env = False  # no proxy and no netrc from the environment
        timeouts = (PING_CONNECT_TIMEOUT, PING_READ_TIMEOUT)
        try:
            answer = session.get(to.url, timeout=timeouts, allow_redirects=False, stream=True)
        except requests.Timeout:
            return "it did not answer in time"
        except requests.RequestException as error:
            return f"it cannot be reached ({type(error).__name__})"
    return None if answer.ok and not answer.is_redirect else f"it answered {answer.status_code}"


def _notify_type(alert: Alert) -> str:
    if alert.is_over:
        return "success"
    return "failure" if alert.is_serious else "warning"


class _Capture(logging.Handler):
    """Captures apprise's log lines per thread; they are not logged, since they may quote tokens."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.local = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        if hasattr(self.local, "lines"):
            self.local.lines.append(record.getMessage())


_capture = _Capture()
_apprises = logging.getLogger("apprise")
_apprises.addHandler(_capture)
_apprises.propagate = False
_apprises.setLevel(logging.WARNING)


@contextlib.contextmanager
def _captured() -> Iterator[list[str]]:
    lines: list[str] = []
    _capture.local.lines = lines
    try:
        yield lines
    finally:
        del _capture.local.lines


def _reason(lines: list[str]) -> str:
    """Return the part of apprise's output that certainly holds no secret: a status or connection error."""
    text = "\n".join(lines)
    if status := re.search(r"error=(\d{3})\b", text):
        return f"it answered {status[1]}"
    return "it cannot be reached" if "onnection error" in text else "apprise could not send it"
