"""Checks of config.yaml beyond its schema: values that must agree with each other."""

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
    """Yield a finding if `url` is not a server's address, or would transmit keys unencrypted."""
    why = fault(url)
    if why is not None:
        message = f"this is not the address of a server: {why}"
        yield _variable("X_API_BASE_URL", message, "Write it as https://api.x.com.")
    elif url.startswith("http:") and not is_loopback(urlsplit(url).hostname or ""):
        yield _variable("X_API_BASE_URL", "keys would be sent unencrypted", "Use https.")


def _variable(name: str, message: str, remedy: str) -> Finding:
    return Finding("environment or .env", 0, 0, Severity.ERROR, "wrong-value", f"{name}: {message}.", remedy)


def check_series(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """Yield findings about untypable names, replays before their originals, and keycaps without items."""
    if not file.series:
        yield _in_file(document, ("series",), "none configured", "Add one as config.yaml's comments show.")
    if file.special.numbering is Numbering.KEYCAP:
        message = "keycaps number items, and a free text has none"
        yield _in_file(document, ("special", "numbering"), message, "Use fraction or none.")
    for name, series in file.series.items():
        if not SERIES_NAME.fullmatch(name):
            remedy = "Use a-z, 0-9, '-' and '_'."
            yield _in_file(document, ("series", name), "not a valid series name", remedy)
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
            message = "a replay reuses the texts of the series that it replays"
            remedy = "Set it in that series."
            yield _in_file(document, ("series", name, "clean"), message, remedy)


def check_zone(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """Yield a finding if the time zone is unknown: a written value was validated, the default was not."""
    if not is_zone(file.timezone):
        yield _in_file(document, ("timezone",), NO_ZONES, INSTALL_ZONES)


def check_health(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """Yield a warning if health and metrics, which need no password, are open to other machines."""
    if file.health is not None and not file.health.is_loopback:
        mark = document.place(("health",))
        message = f"health: {file.health} lets other machines read health and metrics, without a password."
        remedy = "Limit access by a firewall or the container's network; on one machine, write 127.0.0.1."
        yield Finding(document.path, mark.line, mark.column, Severity.WARNING, "open-health", message, remedy)


FORCED_LEDGER = "FLASHTWEET_LEDGER"
_NO_LEDGER = "{} is not a ledger that this version can use"
_A_LEDGER = "Write a SQLite file: sqlite:///flashtweet.db (relative to the config file)."


def check_ledger(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """Yield a finding if the file's ledger is not a SQLite file."""
    if not _is_sqlite(file.ledger):
        yield _in_file(document, ("ledger",), _NO_LEDGER.format(describe_kind(file.ledger)), _A_LEDGER)


def check_forced(url: str | None) -> Iterator[Finding]:
    """Yield a finding if the environment's ledger is not a SQLite file."""
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
"""A value with a scheme or a password, which is not a path; messages show paths."""


def check_threads(document: Document, file: ConfigFile) -> Iterator[Finding]:
    """Yield a finding if the threads folder is not a path."""
    if _OF_A_SERVER.search(file.threads):
        message = f"{describe_kind(file.threads)} is not the path of a folder"
        yield _in_file(document, ("threads",), message, "Write a path relative to the config file: threads.")


def sqlite_path(url: str, folder: Path) -> Path:
    """Return the ledger file that `url` names, relative to `folder`; the default file if `url` is invalid."""
    return (folder / (url.removeprefix("sqlite:///") if _is_sqlite(url) else "flashtweet.db")).resolve()
