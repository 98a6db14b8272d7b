"""Repair of a file that YAML refuses: it is read as its author meant it, and every slip is reported.

YAML reports one error at a time, at the place where it fails. Here the lines are read one by one, by their
looks, so the line of the cause is named, and the rest of the file can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.yamldoc import quoted_text, strays
from bot.yamldoc.blocks import Blocks
from bot.yamldoc.flow import Flow, made_safe
from bot.yamldoc.indentation import BLANKS, Levels, agreed
from bot.yamldoc.line_shapes import KeySpan, KnownKeys, Shape, has_keys, is_key, key_of, unglued, with_colon
from bot.yamldoc.mended_lines import Sheet, remedy_for, spaces
from bot.yamldoc.plain import GLUED_DASH, glued_colon

if TYPE_CHECKING:
    from bot.yamldoc.document import Document

MOST_LINES = 10_000
"""A file with more lines is not an editor's, and is not mended."""


class _Open(NamedTuple):
    """A key or a dash with nothing after it."""

    line: int
    indent: int
    word: str | None


def proofread(document: Document, keys: KnownKeys) -> bool:
    """Report and mend what prevents the text of `document` from being read; return True if anything did.

    Takes time in proportion to the text.
    """
    if len(document.lines) > MOST_LINES or not has_keys(document.lines, keys):
        return False
    reader = _Proofreader(Sheet(document), keys)
    reader.read()
    if reader.sheet.changes:
        document.rewrite(reader.sheet.mended())
    return reader.sheet.changes > 0


class _Proofreader:
    def __init__(self, sheet: Sheet, keys: KnownKeys) -> None:
        self.sheet, self._keys = sheet, keys
        self._levels = Levels(self._left(), keys)
        self._open: _Open | None = None
        self._blocks = Blocks(sheet)
        self._flow = Flow(sheet)

    def _left(self) -> int:
        """Return the indentation of the file's keys."""
        shapes = (self.sheet.shape(at) for at in range(len(self.sheet.lines)))
        found = (one.indent for one in shapes if not one.dash and is_key(key_of(one.body), self._keys))
        return min(found, default=0)

    def read(self) -> None:
        sheet = self.sheet
        strays.drop_fences(sheet)
        while sheet.at < len(sheet.lines):
            shape = sheet.shape()
            if shape.is_blank or shape.is_comment or shape.body in ("---", "..."):
                sheet.at += 1
            else:
                self._line(shape)

    def _line(self, shape: Shape) -> None:
        above = self._open
        if above and self._is_text_below(shape, above):
            self._text_below(above)
            return
        key = key_of(shape.body)
        if not is_key(key, self._keys) and (mended := unglued(shape.body, self._keys)):
            shape = self._unglue(shape, mended)
            key = key_of(shape.body)
        if shape.dash:
            self._entry(shape)
        elif key and (is_key(key, self._keys) or self._levels.has_keys_at(shape.indent)):
            self._key(shape, key)
        elif self._levels.has_keys_at(shape.indent) and (mended := with_colon(shape.body, self._keys)):
            message = f"the colon is missing after '{mended.partition(':')[0]}'."
            self.sheet.mend("missing-colon", len(shape.blanks), message, shape.blanks + mended)
        else:
            self._stray(shape)

    def _unglue(self, shape: Shape, mended: str) -> Shape:
        is_dash = shape.body[0] == "-"
        code, message = ("glued-dash", GLUED_DASH) if is_dash else ("glued-colon", glued_colon(mended))
        self.sheet.mend(code, len(shape.blanks), message, shape.blanks + mended)
        return self.sheet.shape()

    # -- texts below a key --------------------------------------------------------------------------

    def _is_text_below(self, shape: Shape, above: _Open) -> bool:
        if shape.indent <= above.indent or shape.dash:
            return False
        if self._holds_text(above):
            return True
        return not is_key(key_of(shape.body), self._keys) and unglued(shape.body, self._keys) is None

    def _holds_text(self, above: _Open) -> bool:
        return above.word is not None and self._keys.meant(above.word) in self._keys.texts

    def _text_below(self, above: _Open) -> None:
        """Read lines of text below `above` that lack the sign of a text."""
        sheet, self._open = self.sheet, None
        if self._holds_text(above) and self._blocks.needs_a_sign(above.indent):
            line = f"{sheet.lines[above.line].rstrip()} |"
            column = len(sheet.shape(above.line).blanks)
            sheet.report(
                "lost-line-breaks",
                above.line,
                column,
                f"'|' is missing after '{above.word}:'; without it the lines below are no text.",
                remedy_for(line),
            )
            sheet.rewrite(above.line, line)
            sheet.at = above.line
            self._blocks.read(above.indent, self._ends_block)
        else:
            sheet.at = self._end_of_text(sheet.at, above.indent)

    def _end_of_text(self, at: int, parent: int) -> int:
        """Return the first line from `at` on that does not continue a text without quotes."""
        lines = self.sheet.lines
        while (at := self.sheet.next_filled(at)) < len(lines):
            shape = self.sheet.shape(at)
            is_key_line = is_key(key_of(shape.body), self._keys) or unglued(shape.body, self._keys)
            if shape.indent <= parent or self._is_near_a_list(shape) or (is_key_line and not shape.dash):
                break
            at += 1
        return at

    def _ends_block(self, shape: Shape, parent: int, base: int) -> bool:
        """Return True if a line that is indented less than a block's text ends the block."""
        if shape.body == "---":
            return shape.indent <= parent
        if shape.dash:
            return any(shape.indent <= max(indent, parent) for indent in self._levels.lists)
        key = key_of(shape.body)
        if key is None or key.looks_like_prose:
            return False
        if shape.indent <= parent:
            return is_key(key, self._keys)
        return shape.indent < base and self._keys.knows(key.word)

    # -- keys ---------------------------------------------------------------------------------------

    def _key(self, shape: Shape, key: KeySpan) -> None:
        above, self._open, beside = self._open, None, "above"
        if above and shape.indent > above.indent:
            target, beside = agreed(self.sheet, shape, above.indent, self._keys), "below"
        else:
            target = self._levels.indent_of_key(shape.indent, key.word)
        self._place(shape, target, "keys", beside=beside)
        self._levels.enter_keys(target)
        self._value(target + key.end, target, key.word)

    def _place(self, shape: Shape, target: int, fellows: str, *, beside: str = "above") -> None:
        """Report and mend a line that is not indented by `target` spaces, as its `fellows` are."""
        if shape.blanks == " " * target:
            return
        line = " " * target + shape.body
        how = f"Align it with the line {beside}" if target else "Write it at the very left"
        for code, blank, name in BLANKS:
            if blank in shape.blanks:
                column = shape.blanks.index(blank)
                self.sheet.mend(code, column, f"a {name} indents this line; YAML wants spaces.", line)
                return
        theirs = target or "none"
        message = f"this line is indented by {spaces(shape.indent)}, the {fellows} beside it by {theirs}."
        self.sheet.mend("indentation", shape.indent, message, line, how=how)

    # -- entries of lists ---------------------------------------------------------------------------

    def _entry(self, shape: Shape) -> None:
        above, self._open, beside = self._open, None, "above"
        if above and shape.indent >= above.indent:
            target, beside = agreed(self.sheet, shape, above.indent, self._keys), "below"
        elif self._levels.lists:
            target = self._levels.indent_of_entry(shape.indent)
        elif not self._levels.are_nested and self.sheet.next_filled(0) == self.sheet.at:
            target = shape.indent  # a file that is a list
        else:
            self._open = above
            self._stray(shape)
            return
        self._place(shape, target, "dashes", beside=beside)
        self._levels.enter_list(target)
        self._after_dash(target)

    def _after_dash(self, indent: int) -> None:
        sheet = self.sheet
        shape = sheet.shape()
        body = shape.body[shape.dash :]
        lead = shape.body[: shape.dash]
        if body and lead.strip(" -"):
            code, _, name = next(one for one in BLANKS if one[1] in lead)
            line = f"{' ' * indent}- {body}"
            sheet.mend(code, len(shape.blanks) + 1, f"a {name} follows the dash; YAML wants a space.", line)
            lead = "- "
        column = indent + len(lead)
        key = key_of(body)
        if (
            body
            and not is_key(key, self._keys)
            and not body.startswith("-")
            and (mended := unglued(body, self._keys))
        ):
            sheet.mend("glued-colon", column, glued_colon(mended), f"{' ' * indent}{lead}{mended}")
            key = key_of(mended)
        if key and is_key(key, self._keys):
            self._levels.enter_entry(column)
            self._value(column + key.end, column, key.word)
        elif body.startswith("- ") or body == "-":
            sheet.at += 1  # a list in a list
        else:
            self._entry_text(column, indent)

    def _entry_text(self, column: int, indent: int) -> None:
        """Read an entry that is a text; if keys follow, it becomes the first of them."""
        sheet = self.sheet
        below = sheet.next_filled(sheet.at + 1)
        text = sheet.lines[sheet.at][column:].strip()
        is_open = text[:1] in ("'", '"') and quoted_text.look(text).end is None
        if text and text[0] not in "|>" and not is_open and below < len(sheet.lines):
            shape = sheet.shape(below)
            key = key_of(unglued(shape.body, self._keys) or shape.body)
            if shape.indent > indent and not shape.dash and key and self._is_of_an_entry(key):
                line = f"{' ' * indent}- text: {made_safe(text)}"
                message = f"'{key.word}:' follows on line {below + 1}, so the text needs a key as well."
                sheet.mend("colon-mapping", column, message, line)
                self._levels.enter_entry(indent + 2)
                sheet.at = below
                return
        self._value(column, indent, None)

    def _is_of_an_entry(self, key: KeySpan) -> bool:
        return is_key(key, self._keys) and self._keys.meant(key.word) in self._keys.entries

    # -- values -------------------------------------------------------------------------------------

    def _value(self, column: int, parent: int, word: str | None) -> None:
        """Read the text from `column` on, and below, as the value of a key or of a dash at `parent`."""
        sheet = self.sheet
        text = sheet.lines[sheet.at][column:].strip(" \t")
        if not text or text.startswith("# "):
            self._open = _Open(sheet.at, parent, word)
            sheet.at += 1
        elif text[0] in "|>":
            below = sheet.next_filled(sheet.at + 1)
            is_block = below < len(sheet.lines) and sheet.shape(below).indent > parent
            if self._blocks.read_header(column, is_block=is_block):
                self._blocks.read(parent, self._ends_block)
        elif word and self._keys.meant(word) in self._keys.addresses and self._flow.read_address(column):
            return
        elif text[0] in "\"'":
            self._flow.read_quoted(column, self._is_structure)
        elif text[0] in "[{" and self._flow.read_brackets(column, self._is_structure):
            return
        else:
            end = self._end_of_text(sheet.at + 1, parent)
            self._flow.read_plain(column, end, is_entry=word is None)

    def _is_structure(self, shape: Shape) -> bool:
        """Return True if a line inside quotes or brackets clearly begins something else."""
        if shape.dash:
            return self._is_near_a_list(shape)
        is_end = shape.body.endswith(("'", '"'))  # of the text in quotes, perhaps
        key = key_of(shape.body if is_end else unglued(shape.body, self._keys) or shape.body)
        if key is None or key.gap or key.word not in self._keys.top | self._keys.entries:
            return False
        return any(self._levels.has_keys_at(shape.indent + step) for step in (-1, 0, 1))

    def _is_near_a_list(self, shape: Shape) -> bool:
        """Return True if a line is an entry of an open list, within one space; further in, it is text."""
        return shape.dash > 0 and any(abs(indent - shape.indent) <= 1 for indent in self._levels.lists)

    # -- stray lines -----------------------------------------------------------------------------------

    def _stray(self, shape: Shape) -> None:
        sheet, column = self.sheet, len(shape.blanks)
        message = "this line is neither a key with its value nor part of the text above it."
        lists = self._levels.lists
        if lists and (outro := strays.outro_of(sheet, sheet.at)):
            how = f"Put '- ' and {spaces(lists[-1])} before it; or, to end the thread with it, write"
            sheet.mend("stray-line", column, message, outro, how=how)
        elif lists and not shape.dash:
            sheet.mend(
                "stray-line", column, message, f"{' ' * lists[-1]}- {strays.without_bullet(shape.body)}"
            )
        else:
            remedy = 'Indent it by two spaces under its "|", or write it as KEY: VALUE.'
            sheet.report("stray-line", sheet.at, column, message, remedy)
            sheet.drop(sheet.at)
            sheet.at += 1
