"""Log warnings as lines on stderr, for commands that write no log."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Remarks(logging.Handler):
    """A handler that prints ``warning: the wall clock was set; the thread keeps its pace edition=…``."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        from rich.text import Text

        from bot.cli.common import err
        from bot.cli.logging_output import with_fields

        line = Text(f"{record.levelname.lower()}: {with_fields(record)}", style="yellow")
        if record.exc_info and record.exc_info[1] is not None:
            line += Text(f": {record.exc_info[1]!r}")
        err().print(line, soft_wrap=True)


@contextlib.contextmanager
def remarks() -> Iterator[None]:
    """Print warnings and errors inside the block; a command that writes a log replaces the handler."""
    handler = Remarks()
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
