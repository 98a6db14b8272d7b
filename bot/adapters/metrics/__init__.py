"""Prometheus metrics of the daemon."""

from bot.adapters.metrics.recorder import Metrics

__all__ = ["Metrics"]
