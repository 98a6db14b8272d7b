"""What the daemon does, as numbers for Prometheus."""

from bot.adapters.metrics.recorder import Metrics

__all__ = ["Metrics"]
