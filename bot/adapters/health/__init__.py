"""Whether the daemon lives and can publish, told over HTTP to supervisors and to Prometheus."""

from bot.adapters.health.checks import Checks, HealthCheck
from bot.adapters.health.server import HealthServer

__all__ = ["Checks", "HealthCheck", "HealthServer"]
