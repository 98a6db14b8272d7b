"""The editors' folder, looked at again and again."""

from bot.adapters.folder.catalog_source import MAX_BYTES_READ, STANDS, FolderSource

__all__ = ["MAX_BYTES_READ", "STANDS", "FolderSource"]
