"""Loader of config.yaml, ``.env`` and the environment into frozen objects; reports all problems at once."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import ValidationError

from bot import yamldoc
from bot.config.alerting import References
from bot.config.checks import (
    FORCED_LEDGER,
    check_base_url,
    check_forced,
    check_health,
    check_ledger,
    check_series,
    check_threads,
    check_zone,
    sqlite_path,
)
from bot.config.environment import shown_as
from bot.config.environment import variables as read_variables
from bot.config.file_permissions import no_config
from bot.config.network import ca_path, check_ca_file, unused_variables
from bot.config.redaction import Redaction
from bot.config.schema import ConfigFile, is_zone, programme
from bot.config.x_keys import KEY_NAMES, check_keys
from bot.core.address import is_loopback
from bot.core.alerts import Alerting
from bot.core.network import DIRECT, Network
from bot.core.publishing.policy import Policy
from bot.core.publishing.probe import DEFAULT_SETTLE
from bot.errors import ConfigError, Finding, Severity
from bot.yamldoc import typed
from bot.yamldoc.unknown_keys import keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import timedelta

    from bot.config.environment import Variables
    from bot.core.address import ListenAddress
    from bot.core.model import Programme

DEFAULT_API = "https://api.x.com"
SECRETS = KEY_NAMES


@dataclass(frozen=True, slots=True)
class XAccess:
    """Address and credentials of the account on X. The repr shows no secret."""

    base_url: str
    api_key: str = field(repr=False)
    api_key_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)
    network: Network = field(default=DIRECT, compare=False)
    """Network settings for X; always direct for a sandbox on this machine."""

    @property
    def user_id(self) -> str:
        """The account's id on X: with OAuth 1.0a, the first part of the access token."""
        return self.access_token.split("-")[0]

    @property
    def is_rehearsal(self) -> bool:
        """True if X is a sandbox on this machine."""
        return is_sandbox(self.base_url)


def is_sandbox(base_url: str) -> bool:
    """Return True if `base_url` is a sandbox on this machine."""
    return is_loopback(urlsplit(base_url).hostname or "")


@dataclass(frozen=True, slots=True)
class Config:
    """The complete configuration."""

    path: Path
    programme: Programme
    threads: Path
    ledger: Path
    """The SQLite file."""
    ledger_is_forced: bool
    """True if FLASHTWEET_LEDGER named the ledger; rehearsals then use it as well."""
    policy: Policy
    lease: timedelta
    """Time for which a silent host keeps its claim on a publication."""
    access: XAccess | None
    """None if credentials are missing or malformed."""
    missing: tuple[str, ...]
    """The credentials that are not set."""
    malformed: tuple[Finding, ...] = ()
    """Errors in the form of the credentials; only commands that use X reject them."""
    warnings: tuple[Finding, ...] = ()
    settle_is_auto: bool = False
    """True if `policy.settle` is derived from the ledger's measurements."""
    alerting: Alerting = field(default_factory=Alerting)
    """Alert and ping destinations whose variables are set."""
    unset: tuple[Finding, ...] = ()
    """Unset ``${NAME}`` references; only commands that send alerts reject them."""
    health: ListenAddress | None = None
    """The address that serves /healthz, /readyz and /metrics; None if it is off."""
    problems: tuple[Finding, ...] = ()
    """Errors that make the file unusable. Only ledger, zone, lease and alerts are then known."""
    secret_files: tuple[Path, ...] = ()
    """The files read for secrets."""
    network: Network = DIRECT
    """Network settings for X, unless it is on this machine."""
    ledger_is_known: bool = True
    """True if `ledger` is certainly the intended ledger, whatever the `problems` are."""
    ledger_is_named: bool = True
    """True if the environment or the file names `ledger` without an error."""
    base_url: str = DEFAULT_API
    """X's address, also without credentials; the default if the configured address has an error."""

    def differences(self, other: Config) -> tuple[str, ...]:
        """Return the keys whose values differ in `other`; credentials count as the key ``credentials``."""
        return tuple(key for key, value in self._by_key().items() if value != other._by_key()[key])

    def _by_key(self) -> dict[str, object]:
        programme = self.programme
        return {
            "timezone": programme.zone,
            "locale": programme.locale,
            "threads": self.threads,
            "settle": (self.settle_is_auto, self.policy.settle),
            "on_unknown": self.policy.on_unknown,
            "on_deleted": self.policy.on_deleted,
            "lease": self.lease,
            "finish_within": self.policy.finish_within,
            "duplicate_window": programme.duplicate_window,
            "health": self.health,
            "reminder": programme.reminder,
            "pauses": programme.pauses,
            "series": programme.series,
            "special": programme.special,
            "alerts": self.alerting,
            "network": self.network,
            "credentials": self.access,
        }


def load(path: Path, environment: Mapping[str, str], shown_from: Path) -> Config:
    """Return the configuration from the file at `path`, the ``.env`` beside it, and `environment`.

    `environment` takes precedence over ``.env``.

    Raises:
        ConfigError: with every problem found.
    """
    document = yamldoc.read(shown_as(path, shown_from), _bytes(path, shown_from), _REDACTION)
    file = typed(document, ConfigFile) if document.value is not None else None
    variables = read_variables(path.parent, shown_from, environment)
    references = References(document, variables)
    config = _config(path, file or _NOTHING, variables, references)
    alerting = references.alerting(file.alerts, _pings(file)) if file is not None else Alerting()
    found = [*document.findings, *references.problems, *_of_environment(variables)]
    if file is not None:
        checks = (check_series, check_health, check_ledger, check_threads, check_zone)
        found += [finding for check in checks for finding in check(document, file)]
        found += check_ca_file(document, file.network, path.parent)
    problems = [finding for finding in found if finding.severity is Severity.ERROR]
    if problems or file is None:
        raise ConfigError(problems)
    return replace(
        config,
        warnings=tuple(sorted({*config.warnings, *found} - set(problems))),
        alerting=alerting,
        unset=tuple(sorted(references.unset)),
        secret_files=tuple(variables.files),
    )


def rescue(
    path: Path, environment: Mapping[str, str], shown_from: Path, problems: Iterable[Finding]
) -> Config:
    """Return the usable part of a file with `problems`: ledger, time zone, lease, alerts and network.

    A running daemon keeps its configuration, and the operator must still be able to stop it; an alert must
    still report that no daemon can start with this file. An error in the environment may leave even less.

    Raises:
        ConfigError: there is no file, or no time zone data, without which no time can be shown.
    """
    data = _bytes(path, shown_from)
    document = yamldoc.read(shown_as(path, shown_from), data, _REDACTION)
    values = document.value if isinstance(document.value, dict) else dict(_lines(data))
    file = _NOTHING.model_copy(update=dict(_essentials(values)))
    if not is_zone(file.timezone):
        raise ConfigError(problems)
    variables = read_variables(path.parent, shown_from, environment)
    references = References(document, variables)
    config = _config(path, file, variables, references)
    alerting = references.alerting(file.alerts, _pings(file))
    of_names = (*check_forced(variables.get(FORCED_LEDGER)), *check_ledger(document, file))
    found = (*of_names, *_of_environment(variables))
    is_known = not any(finding.severity is Severity.ERROR for finding in found)
    return replace(
        config,
        problems=tuple(problems),
        alerting=alerting,
        ledger_is_known=is_known,
        ledger_is_named=not of_names,
    )


_NOTHING = ConfigFile(series={})
_REDACTION = Redaction(keys_of(ConfigFile))
_ESSENTIAL = ("ledger", "timezone", "lease", "alerts", "network")


def _essentials(values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield the valid essential keys of `values`, whatever errors the other keys have."""
    for key in values.keys() & set(_ESSENTIAL):
        with contextlib.suppress(ValidationError):
            yield key, getattr(ConfigFile.model_validate({"series": {}, key: values[key]}), key)


def _lines(data: bytes) -> Iterator[tuple[str, object]]:
    """Yield the essential keys and values of a file that is not YAML, from lines that parse on their own."""
    for line in data.splitlines():
        if line.partition(b":")[0].decode(errors="replace") in _ESSENTIAL:
            value = yamldoc.read("", line).value
            if isinstance(value, dict):
                yield from value.items()


def _bytes(path: Path, shown_from: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([no_config(path, shown_as(path, shown_from), error)]) from error


def _of_environment(variables: Variables) -> Iterator[Finding]:
    """Yield the problems of the environment. Call it after all lookups: files are read, and fail, lazily."""
    yield from check_base_url(_base_url(variables))
    yield from check_forced(variables.get(FORCED_LEDGER))
    yield from variables.findings


def _base_url(variables: Variables) -> str:
    return variables.get("X_API_BASE_URL") or DEFAULT_API


def _pings(file: ConfigFile) -> dict[str, str | None]:
    return {name: one.ping for name, one in file.series.items()}


def _config(path: Path, file: ConfigFile, variables: Variables, references: References) -> Config:
    keys = {name: variable for name in KEY_NAMES if (variable := variables.find(name))}
    odd = tuple(check_keys(keys))
    malformed = tuple(one for one in odd if one.severity is Severity.ERROR)
    is_usable = len(keys) == len(KEY_NAMES) and not malformed
    base_url, forced = _base_url(variables).rstrip("/"), variables.get(FORCED_LEDGER)
    if any(check_base_url(base_url)):
        base_url = DEFAULT_API  # rejected anyway; the bad address may hold a password
    proxy, unset = references.proxy(file.network)
    network = Network(ca_path(file.network, path.parent), proxy, unused_variables(variables.environment))
    access = None
    if is_usable:
        key, key_secret, token, token_secret = (keys[name].value for name in KEY_NAMES)
        access = XAccess(base_url, key, key_secret, token, token_secret, network)
        if access.is_rehearsal:
            access = replace(access, network=DIRECT)
    return Config(
        path=path,
        programme=programme(file),
        # Not resolved: a folder on a hanging file server would block every reader of the configuration.
        threads=Path(os.path.abspath(path.parent / file.threads)),  # noqa: PTH100
        ledger=sqlite_path(forced or file.ledger, path.parent),
        ledger_is_forced=bool(forced),
        policy=Policy(
            settle=DEFAULT_SETTLE if file.settle is None else file.settle,
            finish_within=file.finish_within,
            on_unknown=file.on_unknown,
            on_deleted=file.on_deleted,
            zone=file.timezone,
        ),
        settle_is_auto=file.settle is None,
        lease=file.lease,
        health=file.health,
        network=network,
        base_url=base_url,
        access=access if not unset else None,
        missing=(*(name for name in KEY_NAMES if name not in keys), *unset),
        malformed=malformed,
        warnings=tuple(one for one in odd if one not in malformed),
    )
