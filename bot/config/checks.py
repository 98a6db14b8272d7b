"""What a schema cannot say of config.yaml: values that must agree with each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.config.network import fault
from bot.config.redaction import describe_kind
from bot.config.schema import INSTALL_ZONES, NO_ZONES, is_zone
from bot.core.address import is_loopback
from bot.core.model import SERIES_NAME, Clean, Numbering
from bot.errors import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.config.schema import ConfigFile
    from bot.yamldoc.document import Document


def check_base_url(url: str) -> Iterator[Finding]:
    """X is a server, and keys go there encrypted."""
    why = fault(url)
    if why is not None:
        message = f"this is not the address of a server: {why}"
        yield _variable("X_API_BASE_URL", message, "Write it so: https://api.x.com")
    elif url.startswith("http:") and not is_loopback(urlsplit(url).hostname or ""):
        yield _variable("X_API_BASE_URL", "it would send keys in the clear", "Use https.")


def _variable(name: str, message: str, remedy: str) -> Finding:
    return Finding("environment or .env", 0, 0, Severity.ERROR, "wrong-value", f"{name}: {message}.", remedy)


def check_series(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """Names that can be typed, replays after what they replay, keycaps where there are items."""
    if not file.series:
        yield _in_file(document, ("series",), "there is none", "Add one; config.yaml's comments say how.")
    if file.special.numbering is Numbering.KEYCAP:
        message = "keycaps number items, and a free text has none"
        yield _in_file(document, ("special", "numbering"), message, "Use fraction or none.")
    for name, series in file.series.items():
        if not SERIES_NAME.fullmatch(name):
            remedy = "Use a-z, 0-9, '-' and '_'."
            yield _in_file(document, ("series", name), "not a name for a series", remedy)
        original = file.series.get(series.replays or "")
        if series.replays and (original is None or original.replays):
            place = ("series", name, "replays")
            shown = document.quoting.quote(series.replays, place)
            if original is not None:
                shown = f"'{series.replays}'"  # a name that the file has, too
            remedy = "Name one that is not itself a replay."
            yield _in_file(document, place, f"{shown} is not a series with files of its own", remedy)
        elif original and series.at <= original.at:
            message = (
                f"the replay is due at {series.at:%H:%M}, not after {series.replays} at {original.at:%H:%M}"
            )
            yield _in_file(document, ("series", name, "at"), message, "Choose a later time.")
        if series.replays and series.clean is not Clean.NONE:
            message = "a replay has the texts of what it replays"
            remedy = "Write it in the series that it replays."
            yield _in_file(document, ("series", name, "clean"), message, remedy)


def check_zone(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """Yield a finding where even the default time zone is unknown: one that is written was validated."""
    if not is_zone(file.timezone):
        yield _in_file(document, ("timezone",), NO_ZONES, INSTALL_ZONES)


def check_health(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """What is served without a password stays on this machine, unless it is meant otherwise."""
    if file.health is not None and not file.health.is_loopback:
        mark = document.place(("health",))
        message = f"health: {file.health} lets other machines read health and metrics, without a password."
        remedy = "Let a firewall or the container's network bound who can; on one machine, write 127.0.0.1."
        yield Finding(document.path, mark.line, mark.column, Severity.WARNING, "open-health", message, remedy)


FORCED_LEDGER = "FLASHTWEET_LEDGER"
_NO_LEDGER = "{} is not a ledger that this version can use"
_A_LEDGER = "Write a SQLite file: sqlite:///flashtweet.db (relative to the config file)."


def check_ledger(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """The ledger is a SQLite file."""
    if not _is_sqlite(file.ledger):
        yield _in_file(document, ("ledger",), _NO_LEDGER.format(describe_kind(file.ledger)), _A_LEDGER)


def check_forced(url: str | None) -> Iterator[Finding]:
    """The ledger that the environment names is a SQLite file as well."""
    if url and not _is_sqlite(url):
        yield _variable(FORCED_LEDGER, _NO_LEDGER.format(describe_kind(url)), _A_LEDGER)


def _in_file(document: Document, keys: tuple[str, ...], message: str, remedy: str) -> Finding:
    mark, text = document.place(keys), f"{document.quoting.named(keys)}: {message}."
    return Finding(document.path, mark.line, mark.column, Severity.ERROR, "wrong-value", text, remedy)


def _is_sqlite(url: str) -> bool:
    prefix, name = url[: len("sqlite:///")], url[len("sqlite:///") :]
    is_named = bool(name.strip("/")) and ":memory:" not in name
    return prefix == "sqlite:///" and is_named and not _OF_A_SERVER.search(name)


_OF_A_SERVER = re.compile(r"://|:[^/]*@")
"""The path of a file is shown in messages; what has a scheme or a password in it is none."""


def check_threads(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """Yield a finding where the threads folder is no path, which messages show."""
    if _OF_A_SERVER.search(file.threads):
        message = f"{describe_kind(file.threads)} is not the path of a folder"
        yield _in_file(document, ("threads",), message, "Write it so: threads (relative to the config file).")


def sqlite_path(url: str, folder: Path) -> Path:
    """Return the file that a ledger's `url` names, relative to `folder`; the default where it names none."""
    return (folder / (url.removeprefix("sqlite:///") if _is_sqlite(url) else "flashtweet.db")).resolve()
