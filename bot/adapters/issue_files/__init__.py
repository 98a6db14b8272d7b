"""Editors' files as issues; fulfils what `bot.adapters.folder` asks of a parser."""

from bot.adapters.issue_files.naming import series_name
from bot.adapters.issue_files.parsing import DAILY_SERIES, WEEKLY_SERIES, ParsedFile, parse

__all__ = ["DAILY_SERIES", "WEEKLY_SERIES", "ParsedFile", "parse", "series_name"]
