"""The ledger in a SQL database."""

from bot.adapters.sql_ledger.backup import Backup, back_up
from bot.adapters.sql_ledger.generation import Sidecar
from bot.adapters.sql_ledger.ledger import SqlLedger
from bot.adapters.sql_ledger.sqlite import connect

__all__ = ["Backup", "Sidecar", "SqlLedger", "back_up", "connect"]
