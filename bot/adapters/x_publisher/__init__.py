"""Our account on X."""

from bot.adapters.x_publisher.account import XAccount
from bot.adapters.x_publisher.publisher import OAuthCredentials, XPublisher

__all__ = ["OAuthCredentials", "XAccount", "XPublisher"]
