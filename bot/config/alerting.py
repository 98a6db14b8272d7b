"""The ``alerts`` part of config.yaml. URLs are secrets: no finding quotes one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from bot.config.network import fault
from bot.config.redaction import describe_kind, reference
from bot.core.address import is_loopback
from bot.core.alerts import Alerting, AlertKind, SecretUrl
from bot.errors import Finding, Severity
from bot.yamldoc.invalid import Invalid
from bot.yamldoc.typed import Model
from bot.yamldoc.values import Text, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.config.environment import Variables
    from bot.config.network import NetworkFile
    from bot.yamldoc.document import Document


def _several(value: object) -> object:
    """Return a list as it is; split a text at its commas."""
    if isinstance(value, str):
        return [entry.strip() for entry in value.split(",") if entry.strip()]
    return value


def _alone(value: object) -> object:
    """Return a list as it is; wrap a single URL, which may contain commas."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    return value


def keys(value: object) -> object:
    """Reject a text in place of a mapping, without quoting it: it may be a secret."""
    if isinstance(value, str):
        raise Invalid(None, "a text where keys with values are expected", "Write below it: urls: …")
    return value


class AlertsFile(Model):
    """The ``alerts`` mapping: destinations, kinds and the hourly ping."""

    urls: Annotated[tuple[Text, ...], BeforeValidator(_alone)] = ()
    on: Annotated[tuple[Annotated[AlertKind, one_of(AlertKind)], ...], BeforeValidator(_several)] = tuple(
        AlertKind
    )
    hourly_ping: Text | None = None


@dataclass(slots=True)
class References:
    """Resolver of ``${NAME}`` references in a document; collects their errors."""

    document: Document
    variables: Variables
    problems: list[Finding] = field(default_factory=list)
    unset: list[Finding] = field(default_factory=list)
    """References to unset variables. Only commands that need them reject them: an editor has no secrets."""

    def alerting(self, alerts: AlertsFile, series_pings: Mapping[str, str | None]) -> Alerting:
        """Return the alert and ping destinations, without URLs that are unset or invalid."""
        urls = (self._alert_url(number, text) for number, text in enumerate(alerts.urls))
        pings = ((name, self._ping(("series", name, "ping"), url)) for name, url in series_pings.items())
        return Alerting(
            urls=tuple(url for url in urls if url),
            on=frozenset(alerts.on),
            hourly_ping=self._ping(("alerts", "hourly_ping"), alerts.hourly_ping),
            pings=tuple((name, url) for name, url in pings if url),
        )

    def proxy(self, network: NetworkFile) -> tuple[str | None, tuple[str, ...]]:
        """Return the proxy's URL and the unset variables that it needs."""
        written, place = (network.proxy or "").strip(), ("network", "proxy")
        names = tuple(name for name in _NAME.findall(written) if self.variables.get(name) is None)
        if not written or names:
            return None, names
        url = self._resolved(place, written, is_secret="@" in written)
        why = None if url is None else fault(url, may_have_user=True)
        if why is not None:
            self._wrong(
                place, written, f"is not the address of a proxy: {why}", "Write it as http://HOST:PORT."
            )
        return (url if why is None else None), ()

    def _alert_url(self, number: int, text: str) -> SecretUrl | None:
        place = ("alerts", "urls", number)
        url = self._resolved(place, text)
        if url is None:
            return None
        scheme = _scheme(url)
        if scheme is None:
            remedy = "Write an apprise URL: slack://…, mailto://…, json://HOST/…"
            self._wrong(place, text, "is not the URL of an alert service", remedy)
            return None
        return SecretUrl(f"alerts.urls {number + 1} ({', '.join([scheme, *_references(text)])})", url)

    def _ping(self, place: tuple[str, ...], text: str | None) -> SecretUrl | None:
        url = self._resolved(place, text) if text else None
        if url is None or text is None:
            return None
        if _scheme(url) not in ("http", "https"):
            self._wrong(place, text, "is not the address of a web page", "Write it as https://HOST/…")
            return None
        return SecretUrl(".".join(place), url)

    def _resolved(self, place: tuple[str | int, ...], text: str, *, is_secret: bool = True) -> str | None:
        """Return `text` with its references replaced; None if one is malformed or unset."""
        if _REFERENCE.sub("", text).count("${"):
            remedy = "Write ${NAME}, with letters, digits and '_' in its name."
            self._wrong(place, text, "contains a malformed reference", remedy)
            return None
        values = {name: self.variables.get(name) for name in _NAME.findall(text)}
        for name, value in values.items():
            if value is None:
                self._unset(place, name)
        if None in values.values():
            return None
        if is_secret and not values and text.strip() and not _is_local(text):
            self._bare(place)
        return _NAME.sub(lambda match: values[match[1]] or "", text).strip()

    def _wrong(self, place: tuple[str | int, ...], text: str, what: str, remedy: str) -> None:
        names = ", ".join(_references(text))
        message = f"{f'the value of {names}' if names else describe_kind(text)} {what}"
        self.problems.append(self._finding(place, Severity.ERROR, "wrong-value", message, remedy))

    def _unset(self, place: tuple[str | int, ...], name: str) -> None:
        shown = reference(name)
        remedy = "Set it in .env beside this file: NAME=… (or NAME_FILE, or a systemd credential)."
        if shown == name:
            remedy = remedy.replace("NAME", name)
        self.unset.append(
            self._finding(place, Severity.ERROR, "unset-variable", f"{shown} is not set", remedy)
        )

    def _bare(self, place: tuple[str | int, ...]) -> None:
        message = "this URL is a secret in plain text: anyone who can read this file can use it"
        remedy = "Put it in .env under a name, and write ${NAME} here."
        self.problems.append(self._finding(place, Severity.WARNING, "bare-secret", message, remedy))

    def _finding(
        self, place: tuple[str | int, ...], severity: Severity, code: str, message: str, remedy: str
    ) -> Finding:
        known = place if place in self.document.places else place[:-1]  # a single URL, not in a list
        mark, key = self.document.place(known), self.document.quoting.named(known)
        return Finding(
            self.document.path, mark.line, mark.column, severity, code, f"{key}: {message}.", remedy
        )


_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def _references(text: str) -> list[str]:
    """Return the references in `text` as findings show them."""
    shown = ((name, reference(name)) for name in _NAME.findall(text))
    return [f"${{{name}}}" if one == name else one for name, one in shown]


def _scheme(url: str) -> str | None:
    """Return the scheme of `url`; None if it is not a URL."""
    match = re.fullmatch(r"([a-z][a-z0-9+.-]*)://[^\s/?#]\S*", url, re.IGNORECASE)
    try:
        urlsplit(url)
    except ValueError:
        return None
    return match[1].lower() if match else None


def _is_local(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False
