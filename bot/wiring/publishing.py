"""Assembly of everything that publishing needs."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.errors import LedgerError, RestartRequired
from bot.services.publish import PublishRun, silence
from bot.wiring.files import load_config
from bot.wiring.ledgers import ledger_path, open_ledger, shown
from bot.wiring.x import need_access, x_account, x_publisher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.adapters.sql_ledger import SqlLedger
    from bot.config import Config, XAccess
    from bot.services.preflight import Preflight
    from bot.services.probe import LiveProbe
    from bot.services.publish import Narrator
    from bot.wiring.clock import SystemClock


@contextlib.contextmanager
def preflight(config: Config, clock: SystemClock) -> Iterator[Preflight]:
    """Yield the preflight checks, with the account's ledger if there is one; create none."""
    access, path = config.access, ledger_path(config, config.access)
    with contextlib.ExitStack() as opened:
        ledger: SqlLedger | LedgerError | None = None
        try:
            if path.exists():
                ledger = opened.enter_context(open_ledger(path, clock))
                if access is not None:
                    ledger.refuse_another(access.base_url, access.user_id)
        except LedgerError as error:
            ledger = error
        yield _preflight(config, access, clock, ledger, path)


def _preflight(
    config: Config,
    access: XAccess | None,
    clock: SystemClock,
    ledger: SqlLedger | LedgerError | None,
    path: Path,
) -> Preflight:
    from bot.adapters.host.machine import LocalMachine
    from bot.adapters.host.ntp import clock_state
    from bot.adapters.sql_ledger.location import network_file_system
    from bot.services.preflight import Preflight

    # A sandbox runs on this machine's clock, which cannot differ from itself.
    state = (lambda: None) if access is not None and access.is_rehearsal else clock_state
    return Preflight(
        machine=LocalMachine(path, config.threads, shown, network_file_system, state),
        ledger=ledger,
        greeter=x_account(access, clock) if access else None,
        missing=config.missing,
        malformed=config.malformed,
        user_id=access.user_id if access else "",
        host=urlsplit(access.base_url).netloc if access else "",
        clock=clock,
    )


@dataclass(slots=True)
class Newsroom:
    """Everything that publishing needs, for one configuration, one X and one clock."""

    config: Config
    access: XAccess
    clock: SystemClock
    ledger: SqlLedger

    def publish_run(self, narrate: Narrator = silence) -> PublishRun:
        """Return a publisher with its own connections, so that editions can be posted in parallel."""
        return PublishRun(
            ledger=self.ledger,
            publisher=x_publisher(self.access, self.clock),
            clock=self.clock,
            policy=self.config.policy,
            lease=self.config.lease,
            narrate=narrate,
        )

    def live_probe(self) -> LiveProbe:
        """Return the probe that measures X's behaviour on the account by posting and deleting."""
        from bot.services.probe import LiveProbe

        account = x_account(self.access, self.clock)
        return LiveProbe(account, self.ledger.probes, self.clock, secrets.token_hex(4))

    def preflight(self) -> Preflight:
        """Return the preflight checks, with their own connection to X."""
        return _preflight(self.config, self.access, self.clock, self.ledger, self.ledger.path)


@contextlib.contextmanager
def newsroom(config: Config, access: XAccess, clock: SystemClock, ledger: Path) -> Iterator[Newsroom]:
    """Open the ledger for this account only, and yield the newsroom.

    Raises:
        LedgerError: it cannot be used, or belongs to another account.
    """
    import_module("bot.adapters.x_publisher")  # now, so that no due post waits for the import
    with open_ledger(ledger, clock) as opened:
        opened.serve(access.base_url, access.user_id)
        yield Newsroom(_settled(config, opened), access, clock, opened)


def reread(newsroom: Newsroom, *, keep_access: bool = False) -> Newsroom:
    """Return `newsroom` with its configuration reloaded; a rehearsal keeps its sandbox (`keep_access`).

    Raises:
        ConfigError: with every problem found.
        UsageError: credentials are missing.
        RestartRequired: it names another ledger or account.
        LedgerError: the measurements cannot be read now; the configuration may be valid.
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
        raise RestartRequired(f"another {' and '.join(changed)}: this requires a restart of the daemon.")
    config = _settled(replace(config, access=access), newsroom.ledger)
    return replace(newsroom, config=config, access=access)


def _settled(config: Config, ledger: SqlLedger) -> Config:
    """Return `config` with the settle window from the ledger's measurements if it is ``auto``."""
    from bot.core.publishing.probe import settle_for

    if not config.settle_is_auto:
        return config
    return replace(config, policy=replace(config.policy, settle=settle_for(ledger.measurements())))
