"""The ledger in a SQL database."""

from bot.adapters.sql_ledger.backup import Backup, copy_database
from bot.adapters.sql_ledger.generation import Sidecar
from bot.adapters.sql_ledger.ledger import SqlLedger
from bot.adapters.sql_ledger.sqlite import connect

__all__ = ["Backup", "Sidecar", "SqlLedger", "connect", "copy_database"]
