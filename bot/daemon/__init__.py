"""The daemon: publishes each edition at its slot and alerts in time if it cannot."""

from bot.daemon.loop import Daemon
from bot.daemon.sinks import Sinks, build_sinks

__all__ = ["Daemon", "Sinks", "build_sinks"]
