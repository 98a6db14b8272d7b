"""One alert or ping, sent at once. What failed is said without the URL: it is a secret.

Both libraries are imported here, when they are needed: apprise brings 12 MB of plugins and half a second.
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
"""Seconds to reach the host of a ping."""
PING_READ_TIMEOUT = 10.0
"""Seconds without a byte of its answer."""

logging.getLogger("urllib3").setLevel(logging.ERROR)  # its other lines print paths, which hold tokens

_loading = threading.Lock()


def send_alert(alert: Alert, to: SecretUrl, *, sender: str) -> str | None:
    """Send `alert` in the name of `sender`; why it failed, None if it did not. Never raises."""
    try:
        return _sent(alert, to, sender)
    except Exception as error:  # noqa: BLE001  (whatever a plugin raises; its words may hold the URL)
        return f"apprise ended in {type(error).__name__}"


def _sent(alert: Alert, to: SecretUrl, sender: str) -> str | None:
    with _loading:
        import apprise  # noqa: PLC0415  (late: see above)

    asset = apprise.AppriseAsset(app_id=sender, app_desc=sender, http_redirects=False)
    with _overheard() as said:
        service = apprise.Apprise.instantiate(to.url, asset=asset)
        if service is None:
            return "apprise does not understand this URL"
        sent = service.notify(
            title=f"{sender}: {alert.title}",
            body=alert.body,
            notify_type=_notify_type(alert),
            body_format=apprise.NotifyFormat.TEXT,
        )
    return None if sent else _reason(said)


def ping(to: SecretUrl) -> str | None:
    """Ask for `to`, and for nothing that it redirects to; why it failed, None if it did not."""
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


class _Ear(logging.Handler):
    """Keeps what apprise says on the thread that listens; it goes nowhere else, since it may quote tokens."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        if hasattr(self.said, "lines"):
            self.said.lines.append(record.getMessage())


_ear = _Ear()
_apprises = logging.getLogger("apprise")
_apprises.addHandler(_ear)
_apprises.propagate = False
_apprises.setLevel(logging.WARNING)


@contextlib.contextmanager
def _overheard() -> Iterator[list[str]]:
    lines: list[str] = []
    _ear.said.lines = lines
    try:
        yield lines
    finally:
        del _ear.said.lines


def _reason(said: list[str]) -> str:
    """What of apprise's words holds no secret for certain: the status, or that there was no connection."""
    text = "\n".join(said)
    if status := re.search(r"error=(\d{3})\b", text):
        return f"it answered {status[1]}"
    return "it cannot be reached" if "onnection error" in text else "apprise could not send it"
