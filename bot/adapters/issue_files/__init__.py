"""Editors' files as issues: the parser that `bot.adapters.folder` requires."""

from bot.adapters.issue_files.naming import series_name
from bot.adapters.issue_files.parsing import DAILY_SERIES, WEEKLY_SERIES, ParsedFile, parse

__all__ = ["DAILY_SERIES", "WEEKLY_SERIES", "ParsedFile", "parse", "series_name"]
