"""Redaction of values from config.yaml and the environment: nothing that may be a secret is quoted.

A wrong value is quoted if it is short or very close to a known key. Anything else may be half a token on the
wrong line: the message gives its kind and length, and the finding's place shows it to those who may read the
file.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.config.x_keys import KEY_NAMES
from bot.core.model import SERIES_NAME
from bot.yamldoc.document import Quoting

if TYPE_CHECKING:
    from bot.yamldoc.document import Path

SHORT = 7
"""Length up to which any text is quoted: no secret is so short."""
CLOSE = 0.8
"""Similarity to a known key that a longer text needs to be quoted: four fifths of it are then that key."""

_URL = re.compile(r"([a-z][a-z0-9+]{0,9})://")
_NAME = re.compile(r"[A-Z]{1,12}[0-9]?(?:_[A-Z0-9]{1,12}){0,5}")
_SECRETS = re.compile(r"alerts|url|ping|key|secret|token|pass|pwd|auth|hook|credential", re.IGNORECASE)
_OF_A_URL = re.compile(r"[@/\\]")


@dataclass(frozen=True, slots=True)
class Redaction(Quoting):
    """Quoting of config.yaml in findings; `ours` are its known keys."""

    ours: tuple[str, ...]

    def quote(self, text: str, path: Path | None = None) -> str:
        if text in self.ours or text in KEY_NAMES:
            return f"'{text}'"
        is_slip = len(text) <= SHORT or self._is_almost_ours(text)
        if path is None or _is_of_a_secret(path) or not is_slip or _OF_A_URL.search(text):
            return describe_kind(text)
        return f"'{text}'"

    def named(self, path: Path) -> str:
        return ".".join(self._segment(path, at) for at in range(len(path)))

    def corrected(self, line: str) -> None:
        del line

    def _segment(self, path: Path, at: int) -> str:
        key = path[at]
        is_series = path[:at] == ("series",) and SERIES_NAME.fullmatch(str(key))
        if isinstance(key, int):
            return str(key + 1)
        if key in self.ours or is_series:
            return key
        return describe_kind(key)

    def _is_almost_ours(self, text: str) -> bool:
        return bool(difflib.get_close_matches(text.lower(), self.ours, n=1, cutoff=CLOSE))


def describe_kind(text: str) -> str:
    """Return the kind and length of `text`."""
    characters = f"{len(text)} character{'' if len(text) == 1 else 's'}"
    scheme = _URL.match(text)
    return f"a URL of {characters} ({scheme[1]}://…)" if scheme else f"a text of {characters}"


def reference(name: str) -> str:
    """Return `name` if it looks like a variable's name, else its length: it may be a misplaced token."""
    return name if _NAME.fullmatch(name) else f"a name of {len(name)} characters"


def _is_of_a_secret(path: Path) -> bool:
    return any(_SECRETS.search(str(key)) for key in path)
