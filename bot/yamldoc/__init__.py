"""YAML files with places: read as text, then typed by a schema; every problem is a finding."""

from bot.yamldoc.document import Document, Quoting
from bot.yamldoc.line_shapes import KnownKeys
from bot.yamldoc.reader import MAX_BYTES, read
from bot.yamldoc.typed import Model, typed

__all__ = ["MAX_BYTES", "Document", "KnownKeys", "Model", "Quoting", "read", "typed"]
