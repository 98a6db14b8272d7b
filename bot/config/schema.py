"""The pydantic schema of config.yaml; its defaults are those of the shipped file."""

from __future__ import annotations

import contextlib
import ipaddress
from datetime import time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from pydantic import BeforeValidator

from bot.config.alerting import AlertsFile, keys
from bot.config.network import PORTS, NetworkFile, network_keys
from bot.core.address import ListenAddress
from bot.core.content.editions import DAYS
from bot.core.model import REMINDER, Chain, Clean, Days, Format, Links, Numbering, Programme, Series
from bot.core.publishing.policy import LEAST_LEASE, OnDeleted, OnUnknown
from bot.yamldoc.invalid import Invalid
from bot.yamldoc.typed import Model
from bot.yamldoc.values import Duration, Text, WallTime, day, duration, one_of, scalar_text, wall_time

DEFAULT_ZONE = "Europe/Paris"
NO_ZONES = (
    "this machine has no time zone data: neither the system's nor the Python package tzdata is installed"
)
INSTALL_ZONES = "Reinstall flashtweet, which includes tzdata, or run: apt-get install tzdata."


def _weekdays(value: object) -> frozenset[int]:
    entries = value if isinstance(value, list) else scalar_text(value).split(",")
    days: set[int] = set()
    for entry in entries:
        first, dash, last = (part.strip().lower() for part in str(entry).partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            raise Invalid(str(entry), "is not a weekday", f"Write {', '.join(DAYS)}, or a range: mon-fri.")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    if not days:
        raise Invalid(None, "no weekday given", f"Write {', '.join(DAYS)}, or a range: mon-fri.")
    return frozenset(days)


def _zone(value: object) -> str:
    name = scalar_text(value)
    if is_zone(name):
        return name
    if is_zone(DEFAULT_ZONE):
        raise Invalid(str(value), "is not a time zone", "Write an IANA name: Europe/Paris.")
    raise Invalid(None, NO_ZONES, INSTALL_ZONES)


def is_zone(name: str) -> bool:
    """Return True if this machine has data for the time zone `name`."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _locale(value: object) -> str:
    try:
        return str(Locale.parse(scalar_text(value).replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        raise Invalid(str(value), "is not a locale", "Write language and country: fr_FR.") from None


def _days(value: object) -> Days:
    first, dots, last = (part.strip() for part in scalar_text(value).partition(".."))
    days = Days(day(first), day(last if dots else first))
    if days.last < days.first:
        remedy = f"Write the earlier date first: {days.last}..{days.first}."
        raise Invalid(str(value), "ends before it begins", remedy)
    return days


def _alone(value: object) -> object:
    """Return a list as it is; wrap a single entry; return an empty list for an empty text."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    return value


def _reminder(value: object) -> time | None:
    return None if scalar_text(value).strip() == "never" else wall_time(value)


def _settle(value: object) -> timedelta | None:
    return None if scalar_text(value).strip() == "auto" else duration(value)


def _lease(value: object) -> timedelta:
    lease = duration(value)
    if lease < LEAST_LEASE:
        raise Invalid(
            str(value),
            "is shorter than two requests may take",
            f"Write at least {LEAST_LEASE.total_seconds():g}s; 60s is a good lease.",
        )
    return lease


def _health(value: object) -> ListenAddress | None:
    written = scalar_text(value).strip()
    if written == "off":
        return None
    host, colon, port = written.rpartition(":")
    if not colon:
        meant = f"Did you mean 127.0.0.1:{port}?" if _is_port(port) else "Write 127.0.0.1:9464, or off."
        raise Invalid(str(value), "is not an address with a port", meant)
    if not _is_port(port):
        raise Invalid(port, "is not a port", "Write a number up to 65535: 127.0.0.1:9464.")
    return ListenAddress(_ip(host), int(port))


def _is_port(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= len(str(PORTS.stop)) and int(word) in PORTS


def _ip(host: str) -> str:
    """Return the IP address `host`. Names are rejected: one may resolve to a more exposed address later."""
    if host == "localhost":
        return "127.0.0.1"
    bare = host.removeprefix("[").removesuffix("]")
    with contextlib.suppress(ValueError):
        if isinstance(ipaddress.ip_address(bare), ipaddress.IPv6Address) == (bare != host):
            return bare
    remedy = 'Write 127.0.0.1, or "[::1]:9464" in quotes; 0.0.0.0 means every address of the machine.'
    raise Invalid(host, "is not an IP address", remedy)


class FormatFile(Model):
    """Posting settings of an edition."""

    grace: Duration = timedelta(minutes=30)
    numbering: Annotated[Numbering, one_of(Numbering)] = Numbering.KEYCAP
    gap: Duration = timedelta(seconds=2)
    chain: Annotated[Chain, one_of(Chain)] = Chain.REPLY
    links: Annotated[Links | None, one_of(Links)] = None
    clean: Annotated[Clean, one_of(Clean)] = Clean.NONE
    intro: Text | None = None
    outro: Text | None = None


class SeriesFile(FormatFile):
    """A recurring programme."""

    at: WallTime
    weekdays: Annotated[frozenset[int], BeforeValidator(_weekdays)]
    replays: Text | None = None
    ping: Text | None = None


class SpecialFormatFile(FormatFile):
    """Posting settings of specials."""

    numbering: Annotated[Numbering, one_of(Numbering)] = Numbering.FRACTION


class ConfigFile(Model):
    """config.yaml."""

    timezone: Annotated[str, BeforeValidator(_zone)] = DEFAULT_ZONE
    locale: Annotated[str, BeforeValidator(_locale)] = "fr_FR"
    threads: Text = "threads"
    ledger: Text = "sqlite:///flashtweet.db"
    settle: Annotated[timedelta | None, BeforeValidator(_settle)] = None
    on_unknown: Annotated[OnUnknown, one_of(OnUnknown)] = OnUnknown.RESEND
    on_deleted: Annotated[OnDeleted, one_of(OnDeleted)] = OnDeleted.CONTINUE
    lease: Annotated[timedelta, BeforeValidator(_lease)] = timedelta(seconds=60)
    finish_within: Duration = timedelta(hours=2)
    duplicate_window: Duration = timedelta(hours=18)
    health: Annotated[ListenAddress | None, BeforeValidator(_health)] = ListenAddress("127.0.0.1", 9464)
    reminder: Annotated[time | None, BeforeValidator(_reminder)] = REMINDER
    pauses: Annotated[tuple[Annotated[Days, BeforeValidator(_days)], ...], BeforeValidator(_alone)] = ()
    series: dict[str, SeriesFile]
    special: SpecialFormatFile = SpecialFormatFile()
    alerts: Annotated[AlertsFile, BeforeValidator(keys)] = AlertsFile()
    network: Annotated[NetworkFile, BeforeValidator(network_keys)] = NetworkFile()


def programme(file: ConfigFile) -> Programme:
    """Return the programme that the file configures."""
    return Programme(
        zone=file.timezone,
        locale=file.locale,
        series=tuple(
            Series(name, one.at, one.weekdays, _format(one, is_replay=bool(one.replays)), one.replays)
            for name, one in file.series.items()
        ),
        special=_format(file.special, is_replay=False),
        duplicate_window=file.duplicate_window,
        pauses=file.pauses,
        reminder=file.reminder,
    )


def _format(file: FormatFile, *, is_replay: bool) -> Format:
    return Format(
        numbering=file.numbering,
        links=file.links or (Links.NONE if is_replay else Links.EACH),
        gap=file.gap,
        chain=file.chain,
        clean=file.clean,
        grace=file.grace,
        intro=file.intro,
        outro=file.outro,
    )
