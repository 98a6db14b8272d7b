"""Secrets and settings by name, from the environment, the files it names, systemd, and ``.env``."""

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
"""systemd's variable for the folder of ``LoadCredential=``.
Source: https://systemd.io/CREDENTIALS/, 2026-11-23."""
ENVIRONMENT = "environment"
"""Name of the process's environment in findings."""
MAX_SECRET_BYTES = 64 * 1024
"""Largest size of a secret file; anything longer is the wrong file."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A value and its source. The repr does not show the value."""

    value: str = field(repr=False)
    source: str
    """``environment``, a path, or ``.env`` with a line."""
    line: int = 0


@dataclass(slots=True)
class Variables:
    """Values by name, each from the first source that has it. An empty value counts as unset.

    Sources, in order: ``NAME`` and the file ``NAME_FILE`` of the environment, systemd's credential ``NAME``,
    ``NAME`` and ``NAME_FILE`` of ``.env``. No repr shows a value.
    """

    folder: Path
    """Folder of ``.env``, and base of relative paths."""
    shown_from: Path
    environment: Mapping[str, str] = field(repr=False)
    dotenv: Mapping[str, Variable] = field(default_factory=dict, repr=False)
    findings: list[Finding] = field(default_factory=list)
    """Errors of the sources read so far."""
    files: list[Path] = field(default_factory=list)
    """The existing secret files read so far."""

    def get(self, name: str) -> str | None:
        """Return the value of `name`; an unreadable file is reported in `findings`."""
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
        """Return `name` from `lookup`, or the content of the file that ``NAME_FILE`` names."""
        if value := lookup(name):
            return value
        path = lookup(f"{name}_FILE")
        return self._named_file(path, f"{name}_FILE") if path else None

    def _named_file(self, named: Variable, name: str) -> Variable | None:
        """Return the content of the file at `named`, which is not quoted: it may be a misplaced secret."""
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
                f"{name}: there is no file{where} by this name ({len(named.value)} characters).",
                f"Write the path of a file that contains the value; the value itself belongs in "
                f"{name.removesuffix('_FILE')}.",
            )
        )
        return None

    def _credential(self, name: str) -> Variable | None:
        folder = self.environment.get(CREDENTIALS)
        path = self.folder / folder / name if folder else None
        return self._content(path, name) if path and _is_file(path) else None

    def _content(self, path: Path, name: str) -> Variable | None:
        """Return the text of `path` without the final line break that editors add."""
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
        self, name: str, path: Path, what: str, remedy: str = "Name a file that contains only the value."
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
    """Return `path` relative to `shown_from`; the absolute path if it is outside."""
    relative = os.path.relpath(path, shown_from)
    return str(path.absolute()) if relative.startswith("..") else relative


def variables(folder: Path, shown_from: Path, environment: Mapping[str, str]) -> Variables:
    """Return the variables of `environment` and of ``.env`` in `folder`."""
    found = Variables(folder, shown_from, environment)
    path = folder / ".env"
    if not path.is_file():
        return found
    found.files.append(path)
    shown, mode = shown_as(path, shown_from), path.stat().st_mode
    if mode & 0o077:
        found.findings.append(_open(shown, mode & 0o777))
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Windows editors write a byte order mark
    except OSError as error:
        what, remedy = unreadable_file(path, shown, error)
        found.findings.append(_error(shown, "unreadable", f"it {what}", remedy))
    except UnicodeDecodeError:
        found.findings.append(_error(shown, "encoding", "this is not UTF-8 text.", _ANEW))
    else:
        found.dotenv = dict(_assignments(shown, text, found.findings))
    return found


def _assignments(shown: str, text: str, findings: list[Finding]) -> Iterator[tuple[str, Variable]]:
    """Yield the variables of ``.env``. A line that sets nothing is not quoted: it may be half a secret."""
    for binding in parse_stream(io.StringIO(text)):
        written = binding.original.string
        line = binding.original.line + len(written) - len(written.lstrip("\n"))
        if binding.key is not None and binding.value:
            yield binding.key, Variable(binding.value, shown, line)
        elif binding.error or (binding.key is not None and binding.value is None):
            message = f"this line does not set a variable ({len(written.strip())} characters)."
            remedy = "Write NAME=VALUE, and close every quote."
            findings.append(Finding(shown, line, 1, Severity.WARNING, "stray-line", message, remedy))


def _open(shown: str, mode: int) -> Finding:
    message = f"other users of this machine can read it (mode {mode:o})."
    return Finding(shown, 0, 0, Severity.WARNING, "open-secrets", message, "Run: chmod 600 .env")


_ANEW = "Create it again from .env.example."


def _error(shown: str, code: str, message: str, remedy: str) -> Finding:
    return Finding(shown, 0, 0, Severity.ERROR, code, message, remedy)
