"""Our account on X."""

from bot.adapters.x_publisher.account import XAccount
from bot.adapters.x_publisher.publisher import Keys, XPublisher

__all__ = ["Keys", "XAccount", "XPublisher"]
