"""What X tells of our account, beside publishing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from bot import errors
from bot.adapters.x_publisher.deadline import elapsed
from bot.adapters.x_publisher.publisher import XPublisher
from bot.core.account import Account, Greeting

_HALF_A_SECOND = timedelta(milliseconds=500)
"""X's header ``date`` has whole seconds: what it leaves off is half a second in the mean."""


class XAccount(XPublisher):
    """Fulfils `bot.ports.Greeter` and `bot.ports.Prober`."""

    def greet(self) -> Greeting:
        """One request to ``GET /2/users/me``, $0.010 once a UTC day.

        Source: X's price list of 2026-04-16, https://docs.x.com/x-api/getting-started/pricing, 2026-11-23.
        """
        asked_at, started = self._now(), elapsed()
        answer: Account | errors.PublishError
        try:
            answer = _account(self._call(lambda: self._client.get_me(user_auth=True)))
        except errors.PublishError as error:
            answer = error
        self._session.close()  # it was one question
        half = timedelta(seconds=elapsed() - started) / 2
        got = self._session.answer
        if got is None:
            return Greeting(answer)
        x_now = _dated(got.headers.get("date", ""))
        return Greeting(
            answer,
            status=got.status_code,
            access_level=got.headers.get("x-access-level"),
            ahead=x_now - (asked_at + half) if x_now else None,
            within=_HALF_A_SECOND + half,
        )

    def delete(self, post_id: str) -> None:
        self._call(lambda: self._client.delete_tweet(post_id, user_auth=True))


def _account(answer: Any) -> Account:
    try:
        return Account(str(answer["data"]["id"]), str(answer["data"]["username"]))
    except (KeyError, TypeError) as error:
        raise errors.InDoubt("X's answer does not say who we are.") from error


def _dated(header: str) -> datetime | None:
    """The middle of the second that `header` names."""
    try:
        return parsedate_to_datetime(header).astimezone(UTC) + _HALF_A_SECOND
    except ValueError:
        return None
