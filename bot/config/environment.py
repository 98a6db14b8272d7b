"""The environment, and ``.env`` beside the config; the environment wins."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import dotenv

from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def variables(
    folder: Path, shown_from: Path, environment: Mapping[str, str]
) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """What is set, and what is wrong with ``.env``; a variable that is set to nothing is not set."""
    own = {name: value for name, value in environment.items() if value}
    path = folder / ".env"
    if not path.is_file():
        return own, ()
    shown = os.path.relpath(path, shown_from)
    found = [] if path.stat().st_mode & 0o077 == 0 else [_open(shown, path.stat().st_mode & 0o777)]
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Windows' editors put a mark before the first name
    except OSError as error:
        return own, (*found, _error(shown, "unreadable", f"it cannot be read: {error.strerror}."))
    except UnicodeDecodeError:
        return own, (*found, _error(shown, "encoding", "this is not UTF-8 text."))
    values = dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False)
    return {name: value for name, value in values.items() if value} | own, tuple(found)


def _open(shown: str, mode: int) -> Finding:
    message = f"others on this machine can read it (mode {mode:o})."
    return Finding(shown, 0, 0, Severity.WARNING, "open-secrets", message, "Run: chmod 600 .env")


def _error(shown: str, code: str, message: str) -> Finding:
    remedy = "Make it anew from .env.example."
    return Finding(shown, 0, 0, Severity.ERROR, code, message, remedy)
