"""The daemon: publishes each edition at its slot, and lets people know in time when it could not."""

from bot.daemon.loop import Daemon
from bot.daemon.sinks import Sinks, build_sinks

__all__ = ["Daemon", "Sinks", "build_sinks"]
