"""HTTP health, readiness and metrics endpoints for supervisors and Prometheus."""

from bot.adapters.health.checks import Checks, HealthCheck
from bot.adapters.health.server import HealthServer

__all__ = ["Checks", "HealthCheck", "HealthServer"]
