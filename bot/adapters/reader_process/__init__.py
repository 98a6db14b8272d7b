"""A separate process that reads and composes editors' files within limits; implements `FolderReader`."""

from bot.adapters.reader_process.child import Setup, serve
from bot.adapters.reader_process.guarded import Guarded
from bot.adapters.reader_process.limits import Limits
from bot.adapters.reader_process.parent import ReaderProcess

__all__ = ["Guarded", "Limits", "ReaderProcess", "Setup", "serve"]
