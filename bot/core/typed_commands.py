"""Commands of flashtweet in messages, with the options by which they reach the same ledger."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

CONFIG = "config.yaml"
"""Configuration file that a command reads without ``--config``."""

ON_A_LEDGER = frozenset(
    {
        *("alert", "backup", "cancel", "check", "doctor", "hold", "log", "pause", "preview", "publish"),
        *("release", "reload", "resolve", "resume", "status"),
    }
)
"""Commands that can act on a rehearsal."""
ON_NONE = frozenset({"demo", "run", "sandbox", "weigh"})
"""Commands that ``--rehearsal`` does not apply to."""

_COMMAND = re.compile(rf"\bflashtweet (?=({'|'.join(sorted(ON_A_LEDGER | ON_NONE))})\b)")


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """Options between ``flashtweet`` and the name of a command."""

    config: str = CONFIG
    rehearsal: bool = False

    def put_into(self, text: str) -> str:
        """Return `text` with these options in each command in it."""
        return "".join(self.pieces(text))

    def pieces(self, text: str) -> list[str]:
        """Return the pieces that `put_into` joins: the text's own and, between them, the added options."""
        found, begin = [], 0
        for match in _COMMAND.finditer(text):
            found += [text[begin : match.end()], self._before(match[1])]
            begin = match.end()
        return [*found, text[begin:]]

    def _before(self, command: str) -> str:
        options = ["--config", self.config] if self.config != CONFIG else []
        if self.rehearsal and command in ON_A_LEDGER:
            options.append("--rehearsal")
        return "".join(f"{shlex.quote(one)} " for one in options)
