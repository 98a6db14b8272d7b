"""YAML files with places: read as text, then typed by a schema; every problem is a finding."""

from bot.yamldoc.document import MAX_BYTES, Document, read
from bot.yamldoc.typed import Model, typed

__all__ = ["MAX_BYTES", "Document", "Model", "read", "typed"]
