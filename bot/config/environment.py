"""Secrets and settings by name: from the environment, files that it names, systemd, and ``.env``."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv.parser import parse_stream

from bot.config.file_permissions import unreadable_file
from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""systemd's name for the folder of ``LoadCredential=``.
Source: https://systemd.io/CREDENTIALS/, 2026-11-23."""
ENVIRONMENT = "environment"
"""How findings call the environment of the process."""
MAX_SECRET_BYTES = 64 * 1024
"""Of a file with a secret in it; a longer one is another file."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A value and its source, as a person would name it; the repr does not show the value."""

    value: str = field(repr=False)
    source: str
    """``environment``, a path, or ``.env`` with a line."""
    line: int = 0


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
    dotenv: Mapping[str, Variable] = field(default_factory=dict, repr=False)
    findings: list[Finding] = field(default_factory=list)
    """What is wrong with the places that were looked at."""
    files: list[Path] = field(default_factory=list)
    """The files with secrets that were looked for and are there."""

    def get(self, name: str) -> str | None:
        """Return the value of `name`; a file that cannot be read is a finding."""
        found = self.find(name)
        return found.value if found else None

    def find(self, name: str) -> Variable | None:
        """Return the value of `name` with its source."""
        return (
            self._file_or(self._of_environment, name)
            or self._credential(name)
            or self._file_or(self.dotenv.get, name)
        )

    def _of_environment(self, name: str) -> Variable | None:
        value = self.environment.get(name)
        return Variable(value, ENVIRONMENT) if value else None

    def _file_or(self, lookup: Callable[[str], Variable | None], name: str) -> Variable | None:
        """Return `name` as `lookup` has it, or the content of the file that it names."""
        if value := lookup(name):
            return value
        path = lookup(f"{name}_FILE")
        return self._named_file(path, f"{name}_FILE") if path else None

    def _named_file(self, named: Variable, name: str) -> Variable | None:
        """Read the file at the path in `named`, which may be a secret that somebody put in its place."""
        path = self.folder / named.value
        try:
            is_there = path.exists()
        except (OSError, ValueError):  # longer than a path may be, or with a NUL
            is_there = False
        if is_there:
            return self._content(path, name)
        folder = path.parent
        where = f" in {folder}" if Path(named.value).parent != Path() and _is_folder(folder) else ""
        self._report(
            Finding(
                named.source,
                named.line,
                min(named.line, 1),
                Severity.ERROR,
                "secret-file",
                f"{name}: there is no file{where} by this name, which has {len(named.value)} characters.",
                f"Write the path of a file that holds the value; the value itself belongs into "
                f"{name.removesuffix('_FILE')}.",
            )
        )
        return None

    def _credential(self, name: str) -> Variable | None:
        folder = self.environment.get(CREDENTIALS)
        path = self.folder / folder / name if folder else None
        return self._content(path, name) if path and _is_file(path) else None

    def _content(self, path: Path, name: str) -> Variable | None:
        """Return the text of `path` without the line break that editors end it with."""
        if path not in self.files:
            self.files.append(path)
        try:
            with path.open("rb") as file:
                data = file.read(MAX_SECRET_BYTES + 1)
            text = data.decode("utf-8-sig").strip()
        except OSError as error:
            what, remedy = unreadable_file(path, shown_as(path, self.shown_from), error)
            self._unreadable(name, path, what.removesuffix("."), remedy)
        except UnicodeDecodeError:
            self._unreadable(name, path, "is not UTF-8 text")
        else:
            if len(data) <= MAX_SECRET_BYTES:
                return Variable(text, shown_as(path, self.shown_from)) if text else None
            self._unreadable(name, path, f"is longer than {MAX_SECRET_BYTES // 1024} KiB")
        return None

    def _unreadable(
        self, name: str, path: Path, what: str, remedy: str = "Name a file that holds the value alone."
    ) -> None:
        shown, message = shown_as(path, self.shown_from), f"the file of {name} {what}."
        self._report(Finding(shown, 0, 0, Severity.ERROR, "secret-file", message, remedy))

    def _report(self, found: Finding) -> None:
        if found not in self.findings:
            self.findings.append(found)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path != path.parent and path.is_dir()
    except (OSError, ValueError):
        return False


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
    found.files.append(path)
    shown, mode = shown_as(path, shown_from), path.stat().st_mode
    if mode & 0o077:
        found.findings.append(_open(shown, mode & 0o777))
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Windows' editors put a mark before the first name
    except OSError as error:
        what, remedy = unreadable_file(path, shown, error)
        found.findings.append(_error(shown, "unreadable", f"it {what}", remedy))
    except UnicodeDecodeError:
        found.findings.append(_error(shown, "encoding", "this is not UTF-8 text.", _ANEW))
    else:
        found.dotenv = dict(_assignments(shown, text, found.findings))
    return found


def _assignments(shown: str, text: str, findings: list[Finding]) -> Iterator[tuple[str, Variable]]:
    """Yield what ``.env`` sets. A line that sets nothing may be half a secret, and is not quoted."""
    for binding in parse_stream(io.StringIO(text)):
        written = binding.original.string
        line = binding.original.line + len(written) - len(written.lstrip("\n"))
        if binding.key is not None and binding.value:
            yield binding.key, Variable(binding.value, shown, line)
        elif binding.error or (binding.key is not None and binding.value is None):
            message = f"this line does not set a variable ({len(written.strip())} characters)."
            remedy = "Write NAME=VALUE, and close each quote that you open."
            findings.append(Finding(shown, line, 1, Severity.WARNING, "stray-line", message, remedy))


def _open(shown: str, mode: int) -> Finding:
    message = f"others on this machine can read it (mode {mode:o})."
    return Finding(shown, 0, 0, Severity.WARNING, "open-secrets", message, "Run: chmod 600 .env")


_ANEW = "Make it anew from .env.example."


def _error(shown: str, code: str, message: str, remedy: str) -> Finding:
    return Finding(shown, 0, 0, Severity.ERROR, code, message, remedy)
