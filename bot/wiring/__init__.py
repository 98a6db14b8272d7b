"""The only place that builds adapters, reads the clock and the environment, and joins them to services.

Each adapter is imported by the function that builds it: a command waits only for the libraries that it uses.
"""

from bot.wiring.clock import LONGEST_LOOK, SystemClock, boot_time, real_now
from bot.wiring.files import (
    REMEMBERED,
    Within,
    bare_desk,
    desk,
    desk_beside,
    exposure,
    files_source,
    issue_source,
    load_as_far,
    load_config,
    load_for_ledger,
    within,
)
from bot.wiring.hearing import (
    Told,
    alerting,
    health,
    metrics,
    need_alerting,
    service_manager,
    stderr_is_journal,
    try_alerts,
    who_hears,
)
from bot.wiring.ledgers import (
    ask_to_reload,
    back_up,
    daemon_lock,
    forget,
    ledger_path,
    ledgers_beside,
    open_ledger,
    rehearsal_ledger,
    shown,
    was_used,
)
from bot.wiring.publishing import Newsroom, newsroom, preflight, reread
from bot.wiring.reading import files_reader, folder_reader
from bot.wiring.rehearsal import joined, reachable
from bot.wiring.signals import ECHO, SHOW_CURSOR, ignore_hangups, on_signals
from bot.wiring.x import make_sandbox, need_access, rehearse, x_account, x_publisher

__all__ = [
    "ECHO",
    "LONGEST_LOOK",
    "REMEMBERED",
    "SHOW_CURSOR",
    "Newsroom",
    "SystemClock",
    "Told",
    "Within",
    "alerting",
    "ask_to_reload",
    "back_up",
    "bare_desk",
    "boot_time",
    "daemon_lock",
    "desk",
    "desk_beside",
    "exposure",
    "files_reader",
    "files_source",
    "folder_reader",
    "forget",
    "health",
    "ignore_hangups",
    "issue_source",
    "joined",
    "ledger_path",
    "ledgers_beside",
    "load_as_far",
    "load_config",
    "load_for_ledger",
    "make_sandbox",
    "metrics",
    "need_access",
    "need_alerting",
    "newsroom",
    "on_signals",
    "open_ledger",
    "preflight",
    "reachable",
    "real_now",
    "rehearsal_ledger",
    "rehearse",
    "reread",
    "service_manager",
    "shown",
    "stderr_is_journal",
    "try_alerts",
    "was_used",
    "who_hears",
    "within",
    "x_account",
    "x_publisher",
]
