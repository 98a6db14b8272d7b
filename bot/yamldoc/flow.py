"""Texts that begin on the line of their key or dash: in quotes, in brackets, or without either."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.yamldoc import quoted_text
from bot.yamldoc.line_shapes import requoted, yaml_quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.yamldoc.line_shapes import Shape
    from bot.yamldoc.mended_lines import Sheet

    IsStructure = Callable[[Shape], bool]

QUOTE_REMEDY = 'Put the whole text in double quotes ("…"), or on lines of its own after "|".'
COLON = re.compile(r":(?=[ \t]|$)")
YAML_INDICATOR = re.compile(r"[@`%&*!\[\]{}|>,\"']|[?-](?= |$)")
MOST_LINES_IN_BRACKETS = 10
_COMMENT = re.compile(r"[ \t]#")
_BRACKETS = re.compile(r"""[\[\]{}]|"(?:[^"\\]|\\.)*+"|'[^']*+'""")
_MARKDOWN_LINK = re.compile(r"\[[^\[\]\n]*\]\((https?://[^\s()]+)\)|<(https?://[^\s<>]+)>")


def made_safe(text: str) -> str:
    """Return `text`, which is on one line, so that YAML reads the whole of it."""
    if text[0] in "\"'":
        found = quoted_text.look(text)
        if found.end is None:
            return quoted_text.closed(text)
        return quoted_text.without_bad_escapes(text) if found.is_alone else quoted_text.meant(text)
    is_hostile = YAML_INDICATOR.match(text) or COLON.search(text) or _COMMENT.search(text)
    return yaml_quoted(text) if is_hostile else text


def address_in(text: str) -> str | None:
    """Return the address of `text` if that is a link of Markdown and nothing else."""
    match = _MARKDOWN_LINK.fullmatch(text)
    return (match[1] or match[2]) if match else None


class Flow:
    """Reader of such texts from a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    def read_plain(self, column: int, end: int, *, is_entry: bool) -> None:
        """Read a text without quotes that ends before the line `end`."""
        sheet = self._sheet
        text = sheet.lines[sheet.at][column:].strip(" \t")
        special = YAML_INDICATOR.match(text) if not (is_entry and text[0] == "-") else None
        begun = sheet.at
        if special:
            message = f"a text that begins with {text[0]} has a meaning of its own in YAML."
            self._requote("special-start", column, column, message, end)
        elif colon := COLON.search(_COMMENT.split(text, maxsplit=1)[0]):
            message = "the colon in this text reads as a new key."
            self._requote("colon-mapping", column, column + colon.start(), message, end)
        else:
            self._look_for_colon_below(column, end)
        sheet.at = max(end, begun + 1)

    def _requote(self, code: str, column: int, place: int, message: str, end: int) -> None:
        sheet = self._sheet
        line = sheet.lines[sheet.at]
        mended = requoted(line, column)
        if sheet.next_filled(sheet.at + 1) >= end:
            sheet.mend(code, place, message, mended)
            return
        sheet.report(code, sheet.at, place, message, QUOTE_REMEDY)
        sheet.rewrite(sheet.at, mended)
        sheet.drop(*range(sheet.at + 1, end))

    def _look_for_colon_below(self, column: int, end: int) -> None:
        sheet = self._sheet
        for at in range(sheet.at + 1, end):
            if colon := COLON.search(sheet.lines[at]):
                message = "the colon in this text reads as a new key."
                sheet.report("colon-mapping", at, colon.start(), message, QUOTE_REMEDY)
                line = sheet.lines[sheet.at]
                sheet.rewrite(sheet.at, requoted(line, column))
                sheet.drop(*range(sheet.at + 1, end))
                return

    def read_address(self, column: int) -> bool:
        """Read a link of Markdown where an address is expected; return False where there is none."""
        sheet = self._sheet
        line = sheet.lines[sheet.at]
        address = address_in(line[column:].strip(" \t"))
        if address:
            message = "a link of Markdown stands where an address is expected."
            sheet.mend("special-start", column, message, line[:column] + address)
            sheet.at += 1
        return address is not None

    def read_quoted(self, column: int, is_structure: IsStructure) -> None:
        sheet = self._sheet
        line = sheet.lines[sheet.at]
        text = line[column:].strip(" \t")
        found = quoted_text.look(text)
        if found.end is None:
            self._read_open_quote(column, text, is_structure)
            return
        if not found.is_alone:
            message = f"these quotes close after {text[: found.end]}, and text follows."
            mended = line[:column] + quoted_text.meant(text)
            sheet.mend("inner-quote", column + found.end - 1, message, mended)
        elif text[0] == '"' and (mended := quoted_text.without_bad_escapes(text)) != text:
            place = (
                column
                + next(n for n, (one, other) in enumerate(zip(text, mended, strict=False)) if one != other)
                - 1
            )
            message = "a backslash has a meaning of its own in double quotes."
            sheet.mend("backslash", place, message, line[:column] + mended)
        sheet.at += 1

    def _read_open_quote(self, column: int, text: str, is_structure: IsStructure) -> None:
        """Read a text in quotes that do not close on its line."""
        sheet = self._sheet
        at = sheet.at + 1
        while at < len(sheet.lines):
            shape = sheet.shape(at)
            if not shape.is_blank:
                if is_structure(shape):
                    break
                if quoted_text.closes(sheet.lines[at], text[0]) is not None:
                    sheet.at = at + 1
                    return
            at += 1
        is_cut = at == len(sheet.lines) and sheet.lines[-1] != ""
        message = "this quote is not closed"
        message += ", and the file does not end in a line break: it may be cut off." if is_cut else "."
        mended = sheet.lines[sheet.at][:column] + quoted_text.closed(text)
        below = [n for n in range(sheet.at + 1, at) if sheet.lines[n].strip()]
        if below:
            remedy = f"Close it at the end of the text, on line {below[-1] + 1}."
            sheet.report("unclosed-quote", sheet.at, column, message, remedy)
            sheet.rewrite(sheet.at, mended)
            sheet.drop(*below)
        else:
            how = "Look whether the text is whole. Write" if is_cut else "Write"
            sheet.mend("unclosed-quote", column, message, mended, how=how)
        sheet.at = at

    def read_brackets(self, column: int, is_structure: IsStructure) -> bool:
        """Read a list or a mapping in brackets; return False if it is neither."""
        sheet = self._sheet
        depth, at, last = 0, sheet.at, sheet.at + MOST_LINES_IN_BRACKETS
        text = sheet.lines[at][column:]
        while True:
            for match in _BRACKETS.finditer(text):
                depth += (match[0] in "[{") - (match[0] in "]}")
                if not depth:
                    if text[match.end() :].strip(" \t,") and not _COMMENT.match(text, match.end()):
                        return False
                    sheet.at = at + 1
                    return True
            at += 1
            if at >= min(last, len(sheet.lines)) or is_structure(sheet.shape(at)):
                return False
            text = sheet.lines[at]
