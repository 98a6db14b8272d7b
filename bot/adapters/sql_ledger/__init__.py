"""The ledger in a SQL database."""

from bot.adapters.sql_ledger.ledger import SqlLedger, connect

__all__ = ["SqlLedger", "connect"]
