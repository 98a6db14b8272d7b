"""The four OAuth 1.0a keys of the sandbox's one account, fresh for each sandbox."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from typing import Self

_ALPHABET = string.ascii_letters + string.digits
_FIRST_USER_ID = 10**18
_USER_IDS = 8 * 10**18
"""Range of fresh user ids: 19 digits, like those of accounts created in 2026. Collisions are negligible."""


@dataclass(frozen=True)
class Credentials:
    """Keys in the form of X's developer portal. They are valid for this sandbox only; `repr` hides them."""

    api_key: str = field(repr=False)
    api_key_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    """``<user id>-<token>``, as on X: clients read the user id from it."""
    access_token_secret: str = field(repr=False)

    @classmethod
    def fresh(cls) -> Self:
        """Return random keys for a random user id, in the lengths that X uses."""
        user_id = _FIRST_USER_ID + secrets.randbelow(_USER_IDS)
        return cls(_random(25), _random(50), f"{user_id}-{_random(40)}", _random(45))

    @property
    def user_id(self) -> str:
        return self.access_token.partition("-")[0]

    def env(self, base_url: str) -> dict[str, str]:
        """Return the environment that points ``flashtweet`` at the sandbox at `base_url`."""
        return {
            "X_API_KEY": self.api_key,
            "X_API_KEY_SECRET": self.api_key_secret,
            "X_ACCESS_TOKEN": self.access_token,
            "X_ACCESS_TOKEN_SECRET": self.access_token_secret,
            "X_API_BASE_URL": base_url,
        }


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
