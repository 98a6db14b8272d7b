"""The only place that builds adapters, reads the clock and the environment, and joins them to services.

Each adapter is imported by the function that builds it: a command waits only for the libraries that it uses.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from bot.adapters.processes import DaemonLock, is_gone, this_process
from bot.core.clockwatch import Reading
from bot.errors import ConfigError, LedgerError, UsageError
from bot.ports import Interrupted, Loaded
from bot.services.editorial import never_out, read_desk
from bot.services.publish import PublishRun, silence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.adapters.alerts import AppriseAlerter
    from bot.adapters.folder import FolderSource
    from bot.adapters.health import Check, HealthServer
    from bot.adapters.metrics import Metrics
    from bot.adapters.notify import ServiceManager
    from bot.adapters.sql_ledger import Backup, SqlLedger
    from bot.adapters.x_publisher import Keys, XAccount, XPublisher
    from bot.config import Config, XAccess
    from bot.core.alerts import Alerting
    from bot.core.model import EditionKey
    from bot.sandbox import Sandbox, SandboxServer
    from bot.services.editorial import Desk
    from bot.services.preflight import Preflight
    from bot.services.probe import LiveProbe
    from bot.services.publish import Narrator


LONGEST_LOOK = 1.0
"""Seconds after which a wait reads the clocks anew: an event waits on the monotonic clock, which neither
follows a wall clock that is set nor counts the time that the machine was suspended."""


def real_now() -> datetime:
    """The machine's wall clock."""
    return datetime.now(UTC)


def boot_time() -> float:
    """Seconds since the machine started, suspended time included where the system counts it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class SystemClock:
    """Fulfils `bot.ports.Clock`; `offset` shifts the wall clock in rehearsals."""

    def __init__(
        self,
        offset: timedelta = timedelta(0),
        *,
        wall: Callable[[], datetime] = real_now,
        boot: Callable[[], float] = boot_time,
        stop: threading.Event | None = None,
    ) -> None:
        """`wall`, `boot` and the event that is waited on are the machine's, unless a test gives its own."""
        self.offset = offset
        self._wall, self._boot, self._stop = wall, boot, stop or threading.Event()

    def now(self) -> datetime:
        return self._wall() + self.offset

    def elapsed(self) -> float:
        return self._boot()

    def reading(self) -> Reading:
        """All clocks at once."""
        return Reading(self.now(), time.monotonic(), self.elapsed())

    def wait(self, until: datetime, at_most: timedelta | None = None) -> None:
        end = self.elapsed() + at_most.total_seconds() if at_most is not None else math.inf
        while True:
            left = min((until - self.now()).total_seconds(), end - self.elapsed())
            if self._stop.wait(min(max(left, 0), LONGEST_LOOK)):
                raise Interrupted
            if left <= 0:
                return

    def stop(self) -> None:
        """Make every wait, now and later, raise `Interrupted`. Safe in a signal handler."""
        self._stop.set()


SHOW_CURSOR = b"\r\n\x1b[?25h"
"""A progress bar hides it. On a line of its own, since the bar's is not ended."""

ECHO = 0.2
"""Seconds after a signal in which another one is its echo: supervisors and wrappers often signal a process
and then its whole group. No person asks twice so fast."""


@contextlib.contextmanager
def on_signals(act: Callable[[], None], reload: Callable[[], None] | None = None) -> Iterator[None]:
    """Let SIGTERM and SIGINT do `act` and nothing else; who asks again does not want to wait for that.

    SIGHUP does `reload`, as often as it comes; where nothing can be reloaded, the terminal was closed: `act`.
    On a thread of its own: the main thread may be interrupted inside the very lock that `act` takes.
    """
    asked_at: float | None = None

    def handle(number: int, _: object) -> None:
        nonlocal asked_at
        now = time.monotonic()
        if asked_at is None:
            asked_at = now
            threading.Thread(target=act, daemon=True).start()
        elif now - asked_at > ECHO:
            _leave_at_once(number)

    def again(_: int, __: object) -> None:
        threading.Thread(target=reload, daemon=True).start()

    handlers = {signal.SIGTERM: handle, signal.SIGINT: handle, signal.SIGHUP: again if reload else handle}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_hangups() -> None:
    """Let SIGHUP do nothing until `on_signals` gives it something to do."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _leave_at_once(number: int) -> NoReturn:
    """End the process as a shell expects it after a signal, with nothing cleaned up.

    Safe: what the ledger has returned from is on disk, and a post that is being sent is in doubt at the next
    start. No lock is taken and no buffer flushed, since whoever holds them may be what is waited for.
    """
    line = b"flashtweet: leaving at once; a post without an answer is looked for at the next start\n"
    with contextlib.suppress(OSError):  # nobody may be listening any more
        os.write(2, SHOW_CURSOR + line if os.isatty(2) else line)
    os._exit(128 + number)


def load_config(path: Path) -> Config:
    """The configuration at `path` with this process's environment.

    Raises:
        ConfigError: with every problem found.
    """
    from bot import config

    return config.load(path, os.environ, Path.cwd())


def load_for_ledger(path: Path) -> Config:
    """As `load_config`; of a file with problems, what a decision about the ledger needs (`Config.problems`).

    Raises:
        ConfigError: with every problem found; there is no ledger where the rest of it points to.
    """
    from bot import config

    try:
        return load_config(path)
    except ConfigError as error:
        rescued = config.rescue(path, os.environ, Path.cwd(), error.findings)
        if not ledger_path(rescued, rescued.access).exists():
            raise
        return rescued


def issue_source(config: Config, clock: SystemClock | None = None) -> FolderSource:
    """The configured folder; with a `clock` for a daemon, which looks again and again."""
    return _source([config.threads], clock)


def files_source(paths: Sequence[Path]) -> FolderSource:
    """These files and folders only."""
    return _source(paths)


def _source(roots: Sequence[Path], clock: SystemClock | None = None) -> FolderSource:
    from bot.adapters.folder import FolderSource
    from bot.adapters.issue_files import parse

    if clock is None:
        return FolderSource(roots, parse, shown_from=Path.cwd())
    return FolderSource(roots, parse, shown_from=Path.cwd(), patient=True, now=clock.now, offset=clock.offset)


REMEMBERED = 100
"""How many of the latest publications are asked whether they went out: more than a fortnight of them."""


def desk(config: Config, source: FolderSource) -> Desk:
    """What stands in `source`, and what the ledger, where there is one, knows never went out.

    Nothing, where the configuration does not tell what the files make.
    """
    if config.problems:
        return read_desk(Loaded((), (), config.problems), config.programme)
    path = ledger_path(config, config.access)
    unsaid: frozenset[EditionKey] = frozenset()
    if path.exists():
        with contextlib.suppress(LedgerError), open_ledger(path, SystemClock()) as ledger:
            unsaid = never_out(ledger.recent(REMEMBERED))
    return read_desk(source.load(), config.programme, unsaid)


Within = Callable[[str], bool]
"""Whether a path, as findings show it, is one that was asked for."""


def within(paths: Sequence[Path]) -> Within:
    """Everything, where `paths` is empty; else what is one of them or below one."""
    wanted = [path.resolve() for path in paths]
    return lambda shown: not wanted or any(Path(shown).resolve().is_relative_to(path) for path in wanted)


def shown(path: Path) -> str:
    """`path` as a person here would type it."""
    relative = os.path.relpath(path)
    return str(path.absolute()) if relative.startswith("..") else relative


def need_access(config: Config) -> XAccess:
    """The credentials.

    Raises:
        UsageError: some are missing; it says where they come from and how to rehearse without.
    """
    if config.access is None:
        from bot.config import SECRETS

        what = "no credentials" if len(config.missing) == len(SECRETS) else "the credentials are incomplete"
        raise UsageError(
            f"{what}: {', '.join(config.missing)} not set.\n"
            "Make them in X's developer console (https://developer.x.com: your app, 'Keys and tokens', with "
            "read and write permission) and put them into .env beside config.yaml; .env.example shows how.\n"
            "To rehearse without them: flashtweet run --sandbox, or flashtweet demo, or start "
            "flashtweet sandbox and use the credentials that it prints."
        )
    return config.access


def ledger_path(config: Config, access: XAccess | None) -> Path:
    """Where the ledger is: for each sandbox one of its own, unless FLASHTWEET_LEDGER names it."""
    if access is None or not access.is_rehearsal or config.ledger_is_forced:
        return config.ledger
    return config.ledger.with_name(f"{config.ledger.stem}.sandbox-{access.user_id}.db")


def rehearsal_ledger(config: Config) -> Path:
    """The ledger of ``run --sandbox``; it lives as long as that sandbox."""
    return config.ledger.with_name(f"{config.ledger.stem}.sandbox.db")


def forget(ledger: Path) -> None:
    """Remove a rehearsal's ledger: what it tells of went with its sandbox."""
    from bot.adapters.sql_ledger import Sidecar

    for path in (ledger, ledger.with_name(f"{ledger.name}-journal")):
        path.unlink(missing_ok=True)
    Sidecar(ledger).forget()


def was_used(ledger: Path) -> bool:
    """Whether a ledger was used at this place, be it there or not."""
    from bot.adapters.sql_ledger import Sidecar

    return Sidecar(ledger).read() is not None


def ledgers_beside(path: Path) -> tuple[Path, ...]:
    """The other ledgers that were used in the folder of `path`: sandboxes', other accounts'. Latest first."""
    found = (witness.with_suffix("") for witness in path.parent.glob("*.generation"))
    others = [one for one in found if one != path and one.is_file()]
    return tuple(sorted(others, key=lambda one: one.stat().st_mtime, reverse=True))


@contextlib.contextmanager
def open_ledger(path: Path, clock: SystemClock) -> Iterator[SqlLedger]:
    """The ledger at `path`, made if it is not there.

    Raises:
        LedgerError: it cannot be used.
    """
    from bot.adapters.sql_ledger import Sidecar, SqlLedger, connect

    ledger = SqlLedger(
        connect(path),
        name=shown(path),
        now=clock.now(),
        owner=this_process(),
        is_dead=is_gone,
        elapsed=clock.elapsed,
        witness=Sidecar(path),
    )
    try:
        yield ledger
    finally:
        ledger.close()


def back_up(ledger: Path, target: Path) -> Backup:
    """Copy the ledger to the new file `target`, also while a daemon writes it.

    Raises:
        UsageError: there is no ledger, or something is at `target` already.
        LedgerError: it cannot be copied; nothing is left of the copy.
    """
    from bot.adapters import sql_ledger

    return sql_ledger.back_up(ledger, target)


def x_account(access: XAccess, clock: SystemClock) -> XAccount:
    """The account on X with all that is asked about it, on connections of its own."""
    from bot.adapters.x_publisher import XAccount

    return XAccount(access.base_url, access.user_id, _keys(access), clock.now)


def x_publisher(access: XAccess, clock: SystemClock) -> XPublisher:
    """The account on X, on connections of its own."""
    from bot.adapters.x_publisher import XPublisher

    return XPublisher(access.base_url, access.user_id, _keys(access), clock.now)


def _keys(access: XAccess) -> Keys:
    from bot.adapters.x_publisher import Keys

    return Keys(access.api_key, access.api_key_secret, access.access_token, access.access_token_secret)


@contextlib.contextmanager
def preflight(config: Config, clock: SystemClock) -> Iterator[Preflight]:
    """What looks at everything before a slot, with the ledger as far as there is one. Makes none."""
    path = ledger_path(config, config.access)
    with contextlib.ExitStack() as opened:
        ledger: SqlLedger | LedgerError | None = None
        try:
            if path.exists():
                ledger = opened.enter_context(open_ledger(path, clock))
        except LedgerError as error:
            ledger = error
        yield _preflight(config, config.access, clock, ledger, path)


def _preflight(
    config: Config,
    access: XAccess | None,
    clock: SystemClock,
    ledger: SqlLedger | LedgerError | None,
    path: Path,
) -> Preflight:
    from bot.adapters.machine import Machine
    from bot.adapters.sql_ledger.place import network_file_system
    from bot.services.preflight import Preflight

    return Preflight(
        premises=Machine(path, config.threads, shown, network_file_system),
        ledger=ledger,
        greeter=x_account(access, clock) if access else None,
        missing=config.missing,
        user_id=access.user_id if access else "",
        host=urlsplit(access.base_url).netloc if access else "",
        clock=clock,
    )


@dataclass(slots=True)
class Newsroom:
    """Everything that publishing needs, built for one configuration, one X and one clock."""

    config: Config
    access: XAccess
    clock: SystemClock
    ledger: SqlLedger

    def publish_run(self, narrate: Narrator = silence) -> PublishRun:
        """A publisher on connections of its own, so that editions can go out side by side."""
        return PublishRun(
            ledger=self.ledger,
            publisher=x_publisher(self.access, self.clock),
            clock=self.clock,
            policy=self.config.policy,
            lease=self.config.lease,
            narrate=narrate,
        )

    def live_probe(self) -> LiveProbe:
        """What settles on the account how X behaves; it posts, and deletes."""
        from bot.services.probe import LiveProbe

        account = x_account(self.access, self.clock)
        return LiveProbe(account, self.ledger.probes, self.clock, secrets.token_hex(4))

    def preflight(self) -> Preflight:
        """What looks at everything before a slot; asks X on a connection of its own."""
        return _preflight(self.config, self.access, self.clock, self.ledger, self.ledger.path)


@contextlib.contextmanager
def newsroom(config: Config, access: XAccess, clock: SystemClock, ledger: Path) -> Iterator[Newsroom]:
    """Open the ledger for this account, and no other.

    Raises:
        LedgerError: it cannot be used, or serves another account.
    """
    import_module("bot.adapters.x_publisher")  # now: a daemon shall not wait for it when a post is due
    with open_ledger(ledger, clock) as opened:
        opened.serve(access.base_url, access.user_id)
        yield Newsroom(_settled(config, opened), access, clock, opened)


def reread(newsroom: Newsroom, *, keep_access: bool = False) -> Newsroom:
    """`newsroom` by its configuration as it is now; in a rehearsal X stays the sandbox (`keep_access`).

    Raises:
        ConfigError: with every problem found.
        UsageError: it names another ledger or account, which takes a new start.
    """
    before, config = newsroom.config, load_config(newsroom.config.path)
    access = newsroom.access if keep_access else need_access(config)
    named = {
        "ledger": (before.ledger, config.ledger),
        "X_API_BASE_URL": (newsroom.access.base_url, access.base_url),
        "account": (newsroom.access.user_id, access.user_id),
    }
    changed = [name for name, (old, new) in named.items() if old != new]
    if changed:
        raise UsageError(f"another {' and '.join(changed)}: stop the daemon and start it again for that.")
    config = _settled(replace(config, access=access), newsroom.ledger)
    return replace(newsroom, config=config, access=access)


def _settled(config: Config, ledger: SqlLedger) -> Config:
    """`config` with the settle window that follows from what was measured, where it leaves that to us."""
    from bot.core.probe import settle_for

    if not config.settle_is_auto:
        return config
    return replace(config, policy=replace(config.policy, settle=settle_for(ledger.measurements())))


def metrics(config: Config) -> Metrics:
    """Counts what a daemon does; hand it to `health`, which shows it."""
    from bot.adapters.metrics import Metrics

    return Metrics((series.name for series in config.programme.series), time.monotonic)


@contextlib.contextmanager
def health(
    newsroom: Newsroom, metrics: Metrics, checks: Mapping[str, Check]
) -> Iterator[HealthServer | None]:
    """/healthz, /readyz with `checks`, and /metrics, while a block lasts; None where they are off.

    A rehearsal takes any free port: the daemon's own shall be free when that one starts.
    """
    from bot.adapters.health import Checks, HealthServer

    address = newsroom.config.health
    if address is None:
        yield None
        return
    if newsroom.access.is_rehearsal:
        address = replace(address, port=0)
    with HealthServer(address, age=metrics.age, checks=Checks(checks), metrics=metrics.page) as server:
        yield server


def daemon_lock(ledger: Path) -> DaemonLock:
    """The lock that one daemon to a ledger holds."""
    return DaemonLock(ledger)


def ask_to_reload(ledger: Path) -> str:
    """Let the daemon of `ledger` read its configuration again; gives its process id.

    Raises:
        UsageError: none runs here, or it is another user's.
    """
    holder = daemon_lock(ledger).holder()
    if holder is None or not holder.isdigit():
        raise UsageError(f"no daemon runs on {shown(ledger)}: it reads its configuration when it starts.")
    try:
        os.kill(int(holder), signal.SIGHUP)
    except OSError as error:
        raise UsageError(
            f"process {holder} cannot be asked: {error.strerror}. Type this where the daemon runs, "
            "as its user or as root; or: systemctl reload flashtweet"
        ) from error
    return holder


def stderr_is_journal() -> bool:
    """Whether systemd's journal reads stderr, and nothing was put in between.

    Source: https://www.freedesktop.org/software/systemd/man/258/systemd.exec.html ($JOURNAL_STREAM),
    2026-11-24.
    """
    try:
        file = os.fstat(2)
    except OSError:  # closed
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{file.st_dev}:{file.st_ino}"


def service_manager() -> ServiceManager:
    """Whoever started this process and wants to hear of it: systemd, or nobody."""
    from bot.adapters.notify import ServiceManager

    return ServiceManager(os.environ, os.getpid())


def need_alerting(config: Config) -> Alerting:
    """Who hears of what, all of them.

    Raises:
        ConfigError: config.yaml refers to variables that are not set.
    """
    if config.unset:
        raise ConfigError(config.unset)
    return config.alerting


@contextlib.contextmanager
def alerting(config: Config, ledger: Path | None = None) -> Iterator[AppriseAlerter]:
    """Make alerts of the log's lines that have a kind, and give what pings; its end is waited for briefly.

    What was told is remembered beside `ledger`, if there is one for more than this process.

    Raises:
        ConfigError: variables are not set; a rehearsal does without what they would give.
    """
    from bot.adapters.alerts import AlertHandler, AlertMemory, AppriseAlerter

    is_rehearsal = config.access is not None and config.access.is_rehearsal
    plan = config.alerting if is_rehearsal else need_alerting(config)
    memory = AlertMemory(ledger.with_name(f"{ledger.name}.alerts"), real_now) if ledger else None
    alerter = AppriseAlerter(plan, boot_time, rehearsal=is_rehearsal, memory=memory)
    handler, log = AlertHandler(alerter), logging.getLogger("flashtweet")
    log.addHandler(handler)
    try:
        yield alerter
    finally:
        log.removeHandler(handler)
        alerter.close()


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an alert to one address."""

    to: str
    """How to speak of the address, without its secrets."""
    trouble: str | None
    """Why it could not be sent; None if it was."""


def try_alerts(config: Config) -> Iterator[Told]:
    """Send a test alert to one address after the other.

    Raises:
        ConfigError: variables are not set.
    """
    from bot.adapters.alerts import send_alert
    from bot.core.alerts import TEST

    for to in need_alerting(config).urls:
        yield Told(to.name, send_alert(TEST, to, sender="flashtweet"))


def make_sandbox(now: Callable[[], datetime] = real_now) -> Sandbox:
    """A sandbox whose X runs on the clock `now`; signatures are checked on the real one."""
    from bot.sandbox import Sandbox

    return Sandbox(now=now, real_now=real_now)


def rehearse(config: Config, server: SandboxServer) -> tuple[Config, XAccess]:
    """`config` and credentials for publishing to the sandbox that `server` serves."""
    from bot.config import XAccess

    keys = server.sandbox.credentials
    access = XAccess(
        server.base_url, keys.api_key, keys.api_key_secret, keys.access_token, keys.access_token_secret
    )
    return replace(config, access=access, missing=()), access
