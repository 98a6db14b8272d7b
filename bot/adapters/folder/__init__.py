"""Repeated scans of the editors' folder."""

from bot.adapters.folder.catalog_source import MAX_BYTES_READ, STABLE_SECONDS, FolderSource

__all__ = ["MAX_BYTES_READ", "STABLE_SECONDS", "FolderSource"]
