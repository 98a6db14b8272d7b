"""config.yaml, ``.env`` and the environment, read once into frozen objects; all problems at once."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import dotenv
from babel import Locale, UnknownLocaleError
from pydantic import BeforeValidator

from bot import yamldoc
from bot.core.editions import DAYS
from bot.core.model import SERIES_NAME, Format, Links, Numbering, Programme, Series
from bot.core.publication import Policy
from bot.errors import ConfigError, Finding, Severity
from bot.yamldoc.typed import Duration, Invalid, Model, Text, WallTime, one_of, text, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.yamldoc.document import Document

DEFAULT_API = "https://api.x.com"
SECRETS = ("X_API_KEY", "X_API_KEY_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_TOKEN_SECRET")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _weekdays(value: object) -> frozenset[int]:
    entries = value if isinstance(value, list) else text(value).split(",")
    days: set[int] = set()
    for entry in entries:
        first, dash, last = (part.strip().lower() for part in str(entry).partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise Invalid(f"'{entry}' names no weekday", f"Write {', '.join(DAYS)}, or a range: mon-fri.")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(days)


def _zone(value: object) -> str:
    try:
        return ZoneInfo(text(value)).key
    except (KeyError, ValueError, OSError):
        raise Invalid(f"'{value}' is not a time zone", "Write an IANA name: Europe/Paris.") from None


def _locale(value: object) -> str:
    try:
        return str(Locale.parse(text(value).replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise Invalid(f"'{value}' is not a locale", "Write language and country: fr_FR.") from None


class FormatFile(Model):
    """How editions go out."""

    grace: Duration = timedelta(minutes=30)
    numbering: Annotated[Numbering, one_of(Numbering)] = Numbering.KEYCAP
    gap: Duration = timedelta(seconds=2)
    links: Annotated[Links | None, one_of(Links)] = None
    intro: Text | None = None
    outro: Text | None = None


class SeriesFile(FormatFile):
    """A recurring programme."""

    at: WallTime
    weekdays: Annotated[frozenset[int], BeforeValidator(_weekdays)]
    replays: Text | None = None


class SpecialFormatFile(FormatFile):
    """How free texts with a time of their own go out."""

    numbering: Annotated[Numbering, one_of(Numbering)] = Numbering.FRACTION


class ConfigFile(Model):
    """config.yaml."""

    timezone: Annotated[str, BeforeValidator(_zone)] = "Europe/Paris"
    locale: Annotated[str, BeforeValidator(_locale)] = "fr_FR"
    threads: Text = "threads"
    ledger: Text = "sqlite:///flashtweet.db"
    settle: Duration = timedelta(seconds=90)
    finish_within: Duration = timedelta(hours=2)
    series: dict[str, SeriesFile]
    special: SpecialFormatFile = SpecialFormatFile()


@dataclass(frozen=True, slots=True)
class XAccess:
    """Where X is and who we are there. Its repr shows no secret."""

    base_url: str
    api_key: str = field(repr=False)
    api_key_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)

    @property
    def user_id(self) -> str:
        """X's id of the account: with OAuth 1.0a it is the access token's first part."""
        return self.access_token.split("-")[0]

    @property
    def is_rehearsal(self) -> bool:
        """Whether X is a sandbox on this machine."""
        return urlsplit(self.base_url).hostname in LOOPBACK


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
    access: XAccess | None
    """None where credentials are missing."""
    missing: tuple[str, ...]
    """The credentials that are not set."""
    warnings: tuple[Finding, ...] = ()


def load(path: Path, environment: Mapping[str, str], shown_from: Path) -> Config:
    """The configuration in the file at `path` and in `environment`, which wins over ``.env`` beside the file.

    Raises:
        ConfigError: with every problem that was found.
    """
    shown = os.path.relpath(path, shown_from)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([_no_config(shown, error)]) from error
    document = yamldoc.read(shown, data)
    file = typed(document, ConfigFile) if document.value is not None else None
    warnings: list[Finding] = []
    variables = _with_dotenv(path.parent, shown_from, environment, warnings)
    problems = [f for f in document.findings if f.severity is Severity.ERROR]
    base_url = variables.get("X_API_BASE_URL") or DEFAULT_API
    problems += _check_base_url(base_url)
    forced = variables.get("FLASHTWEET_LEDGER")
    if file is not None:
        problems += _check_series(document, file)
        problems += _check_ledger(document, file, forced)
    if problems or file is None:
        raise ConfigError(problems)
    return Config(
        path=path,
        programme=_programme(file),
        threads=(path.parent / file.threads).resolve(),
        ledger=_sqlite_path(forced or file.ledger, path.parent),
        ledger_is_forced=bool(forced),
        policy=Policy(settle=file.settle, finish_within=file.finish_within),
        access=_access(base_url, variables),
        missing=tuple(name for name in SECRETS if not variables.get(name)),
        warnings=tuple(warnings),
    )


def _no_config(shown: str, error: OSError) -> Finding:
    return Finding(
        shown,
        0,
        0,
        Severity.ERROR,
        "no-config",
        f"it cannot be read: {error.strerror}.",
        "Run this in the project's folder, or name the file: flashtweet --config PATH …",
    )


def _with_dotenv(
    folder: Path, shown_from: Path, environment: Mapping[str, str], warnings: list[Finding]
) -> dict[str, str]:
    path = folder / ".env"
    if not path.is_file():
        return dict(environment)
    if path.stat().st_mode & 0o077:
        warnings.append(
            Finding(
                os.path.relpath(path, shown_from),
                0,
                0,
                Severity.WARNING,
                "open-secrets",
                f"others on this machine can read it (mode {path.stat().st_mode & 0o777:o}).",
                "Run: chmod 600 .env",
            )
        )
    values = {name: value for name, value in dotenv.dotenv_values(path, interpolate=False).items() if value}
    return values | {name: value for name, value in environment.items() if value}


def _check_base_url(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    sound = (
        parts.hostname and parts.path in ("", "/") and not (parts.query or parts.fragment or parts.username)
    )
    if not sound or parts.scheme not in ("https", "http"):
        yield _variable(
            "X_API_BASE_URL", f"'{url}' is not the address of a server", "Write it so: https://api.x.com"
        )
    elif parts.scheme == "http" and parts.hostname not in LOOPBACK:
        yield _variable("X_API_BASE_URL", f"'{url}' would send keys in the clear", "Use https.")


def _variable(name: str, message: str, remedy: str) -> Finding:
    return Finding("environment or .env", 0, 0, Severity.ERROR, "wrong-value", f"{name}: {message}.", remedy)


def _check_series(document: Document, file: ConfigFile) -> Iterator[Finding]:
    def problem(keys: tuple[str, ...], message: str, remedy: str) -> Finding:
        mark = document.place(keys)
        name = ".".join(keys)
        return Finding(
            document.path,
            mark.line,
            mark.column,
            Severity.ERROR,
            "wrong-value",
            f"{name}: {message}.",
            remedy,
        )

    if file.special.numbering is Numbering.KEYCAP:
        yield problem(
            ("special", "numbering"),
            "keycaps number items, and a free text has none",
            "Use fraction or none.",
        )
    for name, series in file.series.items():
        if not SERIES_NAME.fullmatch(name):
            yield problem(("series", name), "not a name for a series", "Use a-z, 0-9, '-' and '_'.")
        original = file.series.get(series.replays or "")
        if series.replays and (original is None or original.replays):
            yield problem(
                ("series", name, "replays"),
                f"'{series.replays}' is not a series with files of its own",
                "Name one that is not itself a replay.",
            )
        elif original and series.at <= original.at:
            yield problem(
                ("series", name, "at"),
                f"the replay is due at {series.at:%H:%M}, not after {series.replays} at {original.at:%H:%M}",
                "Choose a later time.",
            )


def _check_ledger(document: Document, file: ConfigFile, forced: str | None) -> Iterator[Finding]:
    message = "'{}' is not a ledger that this version can use"
    remedy = "Write a SQLite file: sqlite:///flashtweet.db (relative to the config file)."
    if not _is_sqlite(file.ledger):
        mark = document.place(("ledger",))
        yield Finding(
            document.path,
            mark.line,
            mark.column,
            Severity.ERROR,
            "wrong-value",
            f"ledger: {message.format(file.ledger)}.",
            remedy,
        )
    if forced and not _is_sqlite(forced):
        yield _variable("FLASHTWEET_LEDGER", message.format(forced), remedy)


def _is_sqlite(url: str) -> bool:
    prefix, name = url[: len("sqlite:///")], url[len("sqlite:///") :]
    return prefix == "sqlite:///" and bool(name.strip("/")) and ":memory:" not in name


def _sqlite_path(url: str, folder: Path) -> Path:
    return (folder / url.removeprefix("sqlite:///")).resolve()


def _programme(file: ConfigFile) -> Programme:
    return Programme(
        zone=file.timezone,
        locale=file.locale,
        series=tuple(
            Series(name, one.at, one.weekdays, _format(one, is_replay=bool(one.replays)), one.replays)
            for name, one in file.series.items()
        ),
        special=_format(file.special, is_replay=False),
    )


def _format(file: FormatFile, *, is_replay: bool) -> Format:
    return Format(
        numbering=file.numbering,
        links=file.links or (Links.NONE if is_replay else Links.EACH),
        gap=file.gap,
        grace=file.grace,
        intro=file.intro,
        outro=file.outro,
    )


def _access(base_url: str, variables: Mapping[str, str]) -> XAccess | None:
    values = [variables.get(name, "") for name in SECRETS]
    return XAccess(base_url.rstrip("/"), *values) if all(values) else None
