"""config.yaml, ``.env`` and the environment, read once into frozen objects; all problems at once."""

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
    """Where X is and who we are there. Its repr shows no secret."""

    base_url: str
    api_key: str = field(repr=False)
    api_key_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)
    network: Network = field(default=DIRECT, compare=False)
    """How X is reached; not by a proxy where it is a sandbox on this machine."""

    @property
    def user_id(self) -> str:
        """X's id of the account: with OAuth 1.0a it is the access token's first part."""
        return self.access_token.split("-")[0]

    @property
    def is_rehearsal(self) -> bool:
        """Whether X is a sandbox on this machine."""
        return is_sandbox(self.base_url)


def is_sandbox(base_url: str) -> bool:
    """Return whether X at `base_url` is a sandbox on this machine."""
    return is_loopback(urlsplit(base_url).hostname or "")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that was configured."""

    path: Path
    programme: Programme
    threads: Path
    ledger: Path
    """The SQLite file."""
    ledger_is_forced: bool
    """Whether FLASHTWEET_LEDGER named it: then rehearsals use it as well."""
    policy: Policy
    lease: timedelta
    """How long a host that falls silent keeps its claim on a publication."""
    access: XAccess | None
    """None where credentials are missing, or cannot be keys of X."""
    missing: tuple[str, ...]
    """The credentials that are not set."""
    malformed: tuple[Finding, ...] = ()
    """What is wrong with the form of the credentials; an editor does not need them."""
    warnings: tuple[Finding, ...] = ()
    settle_is_auto: bool = False
    """Whether `policy.settle` follows what was measured: the ledger tells."""
    alerting: Alerting = field(default_factory=Alerting)
    """Who hears of what, as far as the variables are set."""
    unset: tuple[Finding, ...] = ()
    """References to variables that are not set: who alerts needs them, an editor does not."""
    health: ListenAddress | None = None
    """Where /healthz, /readyz and /metrics are served; None for nowhere."""
    problems: tuple[Finding, ...] = ()
    """What keeps the file from being used; no series is known then, only ledger, zone, lease and alerts."""
    secret_files: tuple[Path, ...] = ()
    """The files that hold secrets, as far as these were looked for."""
    network: Network = DIRECT
    """How X is reached, unless it is on this machine."""
    ledger_is_known: bool = True
    """Whether `ledger` is the one that is meant, whatever the `problems` are."""
    ledger_is_named: bool = True
    """Whether `ledger` is what the environment or the file names, without an error in the name."""
    base_url: str = DEFAULT_API
    """Where X is, also without credentials; X's own where the address has an error."""

    def differences(self, other: Config) -> tuple[str, ...]:
        """The keys of the file whose values are others in `other`, and ``credentials``."""
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
    """The configuration in the file at `path` and in `environment`, which wins over ``.env`` beside the file.

    Raises:
        ConfigError: with every problem that was found.
    """
    document = yamldoc.read(shown_as(path, shown_from), _bytes(path, shown_from), _REDACTION)
    file = typed(document, ConfigFile) if document.value is not None else None
    variables = read_variables(path.parent, shown_from, environment)
    references = References(document, variables)
    config = _config(path, file or _NOTHING, variables, references)
    alerting = references.alerting(file) if file is not None else Alerting()
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
    """What can be used of a file with `problems`: where the ledger is, how times are shown, who is alerted.

    A running daemon goes on with the configuration that it has, and a person must be able to stop it; and
    somebody has to hear that none can start by this file. Where the environment has an error as well, this is
    all that can be relied on.

    Raises:
        ConfigError: there is no file, or no data of time zones, without which no time can be shown.
    """
    data = _bytes(path, shown_from)
    document = yamldoc.read(shown_as(path, shown_from), data, _REDACTION)
    values = document.value if isinstance(document.value, dict) else dict(_lines(data))
    file = _NOTHING.model_copy(update=dict(_essentials(values)))
    if not is_zone(file.timezone):
        raise ConfigError(problems)
    variables = read_variables(path.parent, shown_from, environment)
    references = References(document, variables)
    config, alerting = _config(path, file, variables, references), references.alerting(file)
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
    """What of `values` is right, whatever is wrong beside it."""
    for key in values.keys() & set(_ESSENTIAL):
        with contextlib.suppress(ValidationError):
            yield key, getattr(ConfigFile.model_validate({"series": {}, key: values[key]}), key)


def _lines(data: bytes) -> Iterator[tuple[str, object]]:
    """Keys and values of a file that is no YAML, where a line can be read by itself."""
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
    """After all that is needed was asked for: a file that cannot be read shows when it is."""
    yield from check_base_url(_base_url(variables))
    yield from check_forced(variables.get(FORCED_LEDGER))
    yield from variables.findings


def _base_url(variables: Variables) -> str:
    return variables.get("X_API_BASE_URL") or DEFAULT_API


def _config(path: Path, file: ConfigFile, variables: Variables, references: References) -> Config:
    keys = {name: variable for name in KEY_NAMES if (variable := variables.find(name))}
    odd = tuple(check_keys(keys))
    malformed = tuple(one for one in odd if one.severity is Severity.ERROR)
    is_usable = len(keys) == len(KEY_NAMES) and not malformed
    base_url, forced = _base_url(variables).rstrip("/"), variables.get(FORCED_LEDGER)
    if any(check_base_url(base_url)):
        base_url = DEFAULT_API  # of a configuration that cannot be used; the other may hold a password
    proxy, unset = references.proxy(file)
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
        # Not resolved: a folder on a file server that hangs would keep whoever reads the configuration.
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
