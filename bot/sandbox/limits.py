"""X's rate limits: fixed windows that open with the first request, and their response headers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.sandbox.refusals import too_many_requests

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.settings import SandboxSettings

QUARTER = timedelta(minutes=15)
DAY = timedelta(hours=24)


@dataclass
class _Window:
    """Requests counted since `opened`; moving the clock back opens a new window."""

    length: timedelta
    opened: datetime | None = None
    used: int = 0

    def remaining(self, limit: int, now: datetime) -> int:
        if self.opened is None or not self.opened <= now < self.opened + self.length:
            self.opened, self.used = now, 0
        return max(0, limit - self.used)

    def reset(self, now: datetime) -> int:
        """Return the window's end in seconds since 1970, rounded up so that it is open again by then."""
        return -int(-((self.opened or now) + self.length).timestamp() // 1)


class RateLimits:
    """Request counters by endpoint. For the event loop only."""

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}

    def admit(self, kind: str, settings: SandboxSettings, now: datetime) -> dict[str, str]:
        """Count one request of `kind` and return the rate-limit headers of its answer.

        Raises:
            Refusal: 429, with the same headers; the request was not counted.

        """
        windows = [
            (prefix, self._window(kind, prefix, length), limit)
            for prefix, length, limit in _rules(kind, settings)
        ]
        left = [window.remaining(limit, now) for _, window, limit in windows]
        refused = min(left) == 0
        headers: dict[str, str] = {}
        for (prefix, window, limit), remaining in zip(windows, left, strict=True):
            if not refused:
                window.used += 1
            headers[f"{prefix}-limit"] = str(limit)
            headers[f"{prefix}-remaining"] = str(remaining if refused else remaining - 1)
            headers[f"{prefix}-reset"] = str(window.reset(now))
        if refused:
            raise too_many_requests(headers)
        return headers

    def _window(self, kind: str, prefix: str, length: timedelta) -> _Window:
        return self._windows.setdefault(f"{kind} {prefix}", _Window(length))


def _rules(kind: str, settings: SandboxSettings) -> list[tuple[str, timedelta, int]]:
    quarter = {
        "create": settings.posts_per_15min,
        "delete": settings.deletes_per_15min,
        "timeline": settings.timelines_per_15min,
    }.get(kind, settings.others_per_15min)
    rules = [("x-rate-limit", QUARTER, quarter)]
    if kind == "create":
        rules.append(("x-user-limit-24hour", DAY, settings.user_posts_per_day))
        rules.append(("x-app-limit-24hour", DAY, settings.app_posts_per_day))
    return rules
