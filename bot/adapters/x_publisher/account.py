"""Account check and deletion of posts."""

from __future__ import annotations

from datetime import timedelta

from bot import errors
from bot.adapters.x_publisher import parsing
from bot.adapters.x_publisher.deadline import elapsed
from bot.adapters.x_publisher.foreign_body import legible
from bot.adapters.x_publisher.publisher import XPublisher
from bot.adapters.x_publisher.refusals import HALF_A_SECOND, dated
from bot.core.schedule.account_checks import Account, Greeting


class XAccount(XPublisher):
    """Implementation of `bot.ports.Greeter` and `bot.ports.Prober`."""

    def greet(self) -> Greeting:
        """Send one request to ``GET /2/users/me``, $0.010 once per UTC day.

        Source: X's price list of 2026-04-16, https://docs.x.com/x-api/getting-started/pricing, 2026-11-23.
        """
        asked_at, started = self._now(), elapsed()
        answer: Account | errors.PublishError
        try:
            answer = self._call(lambda: self._client.get_me(user_auth=True), parsing.account)
        except errors.PublishError as error:
            answer = error
        self._session.close()  # a single request
        half = timedelta(seconds=elapsed() - started) / 2
        got = self._session.answer
        if got is None:
            return Greeting(answer)
        x_now, level = dated(got.headers), got.headers.get("x-access-level")
        return Greeting(
            answer,
            status=got.status_code,
            access_level=None if level is None else legible(level, _LEVEL),
            ahead=x_now - (asked_at + half) if x_now else None,
            within=HALF_A_SECOND + half,
        )

    def delete(self, post_id: str) -> None:
        self._call(lambda: self._client.delete_tweet(post_id, user_auth=True), parsing.check_deleted)


_LEVEL = 40
"""Characters of an access level quoted in messages; X's have about ten."""
