"""The daemon: publishes each edition at its slot, and lets people know in time when it could not."""

from bot.daemon.company import Company, company
from bot.daemon.loop import Daemon

__all__ = ["Company", "Daemon", "company"]
