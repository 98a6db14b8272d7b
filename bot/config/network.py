"""Checks of the network settings for X: its address, a proxy, a file of certificate authorities.

An invalid address is never quoted: it may contain a password.
"""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

from bot.core.network import AUTHORITIES, PROXIES
from bot.errors import Finding, Severity
from bot.yamldoc.invalid import Invalid
from bot.yamldoc.typed import Model
from bot.yamldoc.values import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.yamldoc.document import Document

PORTS = range(1, 65536)

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<user>[^\s/?#@]+@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)(?P<port>:[0-9]*)?(?P<rest>.*)",
    re.ASCII | re.DOTALL,
)


def fault(url: str, *, may_have_user: bool = False) -> str | None:
    """Return why `url` is not the address of a server; None if it is valid."""
    found = _ADDRESS.match(url)
    if found is None:
        if url[:1] in "\"'“”‘’«":
            return "it begins with a quotation mark; write no quotes around it"
        odd = re.search(r"[^!-~]", url)
        if odd is not None:
            return f"character {odd.start() + 1} of {len(url)} is not allowed in an address"
        return "it does not begin with https:// and the name of a server"
    if found["user"] and not may_have_user:
        return "it contains a user name or a password"
    port = found["port"]
    if port is not None and not (port[1:] and len(port) <= len(":65535") and int(port[1:]) in PORTS):
        return f"its port is not a number from {PORTS[0]} to {PORTS[-1]}"
    if found["rest"] not in ("", "/"):
        return f"unexpected text after the server's name and port, from character {found.start('rest') + 1}"
    return None


def network_keys(value: object) -> object:
    """Reject a text in place of a mapping, without quoting it: it may contain a password."""
    if isinstance(value, str):
        if not value.strip():
            return {}
        remedy = "Write below it: proxy: … or ca_file: …"
        raise Invalid(None, "a text where keys with values are expected", remedy)
    return value


class NetworkFile(Model):
    """The ``network`` mapping: proxy and certificate authorities."""

    ca_file: Text | None = None
    proxy: Text | None = None


def check_ca_file(document: Document, file: NetworkFile, folder: Path) -> Iterator[Finding]:
    """Yield a finding if `ca_file` cannot be used."""
    path = ca_path(file, folder)
    if path is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        why = "the file contains no PEM certificate"
    except OSError as error:
        why = f"the file cannot be read: {error.strerror}"
    else:
        return
    mark = document.place(("network", "ca_file"))
    yield Finding(
        document.path,
        mark.line,
        mark.column,
        Severity.ERROR,
        "wrong-value",
        f"network.ca_file: {why}.",
        "Name a PEM file of certificate authorities that flashtweet's user can read; "
        "the path is relative to config.yaml.",
    )


def ca_path(file: NetworkFile, folder: Path) -> str | None:
    """Return the path of the file of certificate authorities; None if it is not set."""
    return str(folder / file.ca_file) if file.ca_file and file.ca_file.strip() else None


def unused_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the proxy and CA variables that are set: other programs obey them, flashtweet does not."""
    names = (spelled for name in (*PROXIES, *AUTHORITIES) for spelled in (name, name.lower()))
    return tuple(name for name in names if environment.get(name))
