"""Secrets and settings by name: from the environment, files that it names, systemd, and ``.env``."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import dotenv

from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""systemd's name for the folder of ``LoadCredential=``.
Source: https://systemd.io/CREDENTIALS/, 2026-11-23."""
MOST_BYTES = 64 * 1024
"""Of a file with a secret in it; a longer one is another file."""


@dataclass(slots=True)
class Variables:
    """Values by name, each from the first place that has it; what is set to nothing is not set.

    Places: ``NAME`` and the file ``NAME_FILE`` of the environment, the file ``NAME`` among systemd's
    credentials, ``NAME`` and ``NAME_FILE`` of ``.env``. No repr shows a value.
    """

    folder: Path
    """Where ``.env`` is, and where relative paths of files begin."""
    shown_from: Path
    environment: Mapping[str, str] = field(repr=False)
    dotenv: Mapping[str, str] = field(default_factory=dict, repr=False)
    findings: list[Finding] = field(default_factory=list)
    """What is wrong with the places that were looked at."""

    def get(self, name: str) -> str | None:
        """The value of `name`; a file that cannot be read is a finding."""
        return (
            self._set(self.environment, name)
            or self._credential(name)
            or self._set(self.dotenv, name)
            or None
        )

    def _set(self, source: Mapping[str, str], name: str) -> str | None:
        if value := source.get(name):
            return value
        path = source.get(f"{name}_FILE")
        return self._content(self.folder / path, f"{name}_FILE") if path else None

    def _credential(self, name: str) -> str | None:
        folder = self.environment.get(CREDENTIALS)
        path = self.folder / folder / name if folder else None
        return self._content(path, name) if path and path.is_file() else None

    def _content(self, path: Path, name: str) -> str | None:
        """The text of `path` without the line break that editors end it with."""
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
            text = data.decode("utf-8-sig").strip()
        except OSError as error:
            self._unreadable(
                name, path, f"cannot be read: {error.strerror}", "Check its path, owner and mode."
            )
        except UnicodeDecodeError:
            self._unreadable(name, path, "is not UTF-8 text")
        else:
            if len(data) <= MOST_BYTES:
                return text
            self._unreadable(name, path, f"is longer than {MOST_BYTES // 1024} KiB")
        return None

    def _unreadable(
        self, name: str, path: Path, what: str, remedy: str = "Name a file that holds the value alone."
    ) -> None:
        shown, message = shown_as(path, self.shown_from), f"the file of {name} {what}."
        found = Finding(shown, 0, 0, Severity.ERROR, "secret-file", message, remedy)
        if found not in self.findings:
            self.findings.append(found)


def shown_as(path: Path, shown_from: Path) -> str:
    """`path` as somebody in `shown_from` would type it; in full where it is elsewhere."""
    relative = os.path.relpath(path, shown_from)
    return str(path.absolute()) if relative.startswith("..") else relative


def variables(folder: Path, shown_from: Path, environment: Mapping[str, str]) -> Variables:
    """What is set in `environment` and in ``.env`` of `folder`."""
    found = Variables(folder, shown_from, environment)
    path = folder / ".env"
    if not path.is_file():
        return found
    shown, mode = shown_as(path, shown_from), path.stat().st_mode
    if mode & 0o077:
        found.findings.append(_open(shown, mode & 0o777))
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Windows' editors put a mark before the first name
    except OSError as error:
        found.findings.append(_error(shown, "unreadable", f"it cannot be read: {error.strerror}."))
    except UnicodeDecodeError:
        found.findings.append(_error(shown, "encoding", "this is not UTF-8 text."))
    else:
        values = dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False)
        found.dotenv = {name: value for name, value in values.items() if value}
    return found


def _open(shown: str, mode: int) -> Finding:
    message = f"others on this machine can read it (mode {mode:o})."
    return Finding(shown, 0, 0, Severity.WARNING, "open-secrets", message, "Run: chmod 600 .env")


def _error(shown: str, code: str, message: str) -> Finding:
    remedy = "Make it anew from .env.example."
    return Finding(shown, 0, 0, Severity.ERROR, code, message, remedy)
