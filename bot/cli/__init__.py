"""Command line: click commands → services → exit code."""

from bot.cli.main import main

__all__ = ["main"]
