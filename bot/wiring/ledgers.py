"""The ledgers of this machine: their paths, locks and processes."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

from bot.adapters.host.processes import DaemonLock, is_gone, this_process
from bot.errors import Finding, Severity, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.adapters.sql_ledger import Backup, SqlLedger
    from bot.config import Config, XAccess
    from bot.wiring.clock import SystemClock


def shown(path: Path) -> str:
    """Return `path` relative to the working directory; the absolute path if it is outside."""
    relative = os.path.relpath(path)
    return str(path.absolute()) if relative.startswith("..") else relative


def ledger_path(config: Config, access: XAccess | None) -> Path:
    """Return the ledger's path: a separate ledger for each sandbox, unless FLASHTWEET_LEDGER names it."""
    if access is None or not access.is_rehearsal or config.ledger_is_forced:
        return config.ledger
    return config.ledger.with_name(f"{config.ledger.stem}.sandbox-{access.user_id}.db")


_NAME_IT = "type: FLASHTWEET_LEDGER=sqlite:////PATH/TO/LEDGER.db flashtweet …"


def found_ledger(config: Config) -> tuple[Path, Finding | None]:
    """Return the ledger for operator commands, and a warning if it may be the wrong one.

    Keys are wrong or missing while the operator renews them, and ``pause`` must work then: the ledger is the
    one that the environment or config.yaml names.

    Raises:
        UsageError: no ledger can be found; the message shows how to name it.
    """
    path = ledger_path(config, config.access)
    if config.ledger_is_forced or (config.access is not None and config.ledger_is_known):
        return path, None
    if config.access is None:
        from bot.config import is_sandbox

        if is_sandbox(config.base_url):
            raise UsageError(
                "X_API_BASE_URL: a sandbox's ledger is named after its account, and no valid access token "
                "gives the account. Set the credentials that the sandbox printed, or "
                f"{_NAME_IT}{_named(config, path)}"
            )
    return path, _doubt(config, path)


def _doubt(config: Config, path: Path) -> Finding:
    if not path.exists():
        raise UsageError(str(no_ledger(config)))
    daemon = daemon_lock(path).holder()
    message = (
        f"using this ledger from {shown(config.path)}, without valid credentials to confirm it; "
        f"{'no daemon' if daemon is None else 'a daemon'} runs on it"
    )
    if daemon is not None:
        message, remedy = f"{message} (process {daemon}).", "The command applies to that daemon."
    else:
        message, remedy = f"{message}.", f"If yours is another ledger, {_NAME_IT}{_named(config, path)}"
    return Finding(shown(path), 0, 0, Severity.WARNING, "ledger-in-doubt", message, remedy)


def no_ledger(config: Config) -> Finding:
    """Return the finding for a missing ledger, with the way to name another."""
    path = ledger_path(config, config.access)
    message = f"{shown(config.path)} names this ledger, but it does not exist. Nothing was changed."
    if config.missing and not config.problems:
        message += f" No other ledger can be found without {', '.join(config.missing)}."
    remedy = f"To name the daemon's ledger, {_NAME_IT}{_named(config, path)}"
    return Finding(shown(path), 0, 0, Severity.ERROR, "no-ledger", message, remedy)


def _named(config: Config, path: Path) -> str:
    """Return a list of the other ledgers in the same folder, for a message."""
    others = [one for one in (config.ledger, *ledgers_beside(path)) if one != path and one.is_file()]
    names = ", ".join(dict.fromkeys(map(shown, others)))
    return f" (others here: {names})" if names else ""


def rehearsal_ledger(config: Config) -> Path:
    """Return the path of the ledger of ``run --sandbox``, which lives as long as that sandbox."""
    return config.ledger.with_name(f"{config.ledger.stem}.sandbox.db")


def forget(ledger: Path) -> None:
    """Remove a rehearsal's ledger, whose posts ended with the sandbox."""
    from bot.adapters.sql_ledger import Sidecar

    for path in (ledger, ledger.with_name(f"{ledger.name}-journal")):
        path.unlink(missing_ok=True)
    Sidecar(ledger).forget()


def was_used(ledger: Path) -> bool:
    """Return True if a ledger was ever used at this path, even if it is gone."""
    from bot.adapters.sql_ledger import Sidecar

    return Sidecar(ledger).read() is not None


def ledgers_beside(path: Path) -> tuple[Path, ...]:
    """Return the other ledgers (of sandboxes or other accounts) in the folder of `path`, latest first."""
    found = (witness.with_suffix("") for witness in path.parent.glob("*.generation"))
    others = [one for one in found if one != path and one.is_file()]
    return tuple(sorted(others, key=lambda one: one.stat().st_mtime, reverse=True))


@contextlib.contextmanager
def open_ledger(path: Path, clock: SystemClock) -> Iterator[SqlLedger]:
    """Yield the ledger at `path`; create it if it does not exist.

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
        UsageError: there is no ledger, or `target` already exists.
        LedgerError: it cannot be copied; no partial copy remains.
    """
    from bot.adapters import sql_ledger

    return sql_ledger.copy_database(ledger, target)


def process_of(owner: str) -> str:
    """Return the process id from a ledger's `owner`, with the host if it is another one."""
    host, pid, *_ = f"{owner}:".split(":")
    here, *_ = this_process().split(":")
    return pid if host == here else f"{pid} on {host}"


def daemon_lock(ledger: Path) -> DaemonLock:
    """Return the lock that allows one daemon per ledger."""
    return DaemonLock(ledger)


def ask_to_reload(ledger: Path) -> str:
    """Make the daemon of `ledger` reload its configuration; return its process id.

    Raises:
        UsageError: no daemon runs here, or another user owns it; no signal was sent.
    """
    holder = daemon_lock(ledger).signal_holder(signal.SIGHUP)
    if holder is None:
        raise UsageError(f"no daemon runs on {shown(ledger)}: it reads its configuration when it starts.")
    return holder
