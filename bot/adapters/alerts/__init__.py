"""Alerts through apprise, and pings of dead man's switches; their libraries are imported when one is sent."""

from bot.adapters.alerts.alerter import AppriseAlerter
from bot.adapters.alerts.records import AlertHandler
from bot.adapters.alerts.sending import ping, send_alert
from bot.adapters.alerts.sent_alerts import AlertMemory

__all__ = ["AlertHandler", "AlertMemory", "AppriseAlerter", "ping", "send_alert"]
