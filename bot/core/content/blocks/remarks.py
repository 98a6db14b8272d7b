"""Remarks on blocks of items that could be read differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.core.content.list_markers import bullet_before, counting, is_count, numbers_before
from bot.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence


_SHOWN = 30
"""Numbers quoted in a message, enough to show that they are out of order."""
_QUOTED = 40
"""Characters of a line quoted in a message, enough to find it."""
_IN_REMEDY = 150
"""Characters of a text quoted in a remedy."""

COUNTDOWN = "Write • in place of each number; posts are numbered 1, 2, 3… in the order in which they stand."
BARE_NUMBERS = (
    "If they count the items, write 1. in place of 1, and so on; or delete them, posts are numbered anyway."
)
LOOK = "Check the preview; number every item, or write them as a list (- …)."


class BlockRemark(NamedTuple):
    """A remark for the editor on lines of a block."""

    code: str
    lines: tuple[int, ...]
    """Indices of the lines, from 0; the first is the place of the remark. Empty: the block as a whole."""
    message: str
    """The message, without a full stop, as the number of items is appended to it."""
    remedy: str
    severity: Severity = Severity.WARNING


def doubt(lines: Sequence[int], message: str) -> BlockRemark:
    """Return the remark that other items may be meant."""
    return BlockRemark("mixed-items", tuple(lines), message, LOOK)


def lonely(line: int, sign: str) -> BlockRemark:
    """Return the remark on a `sign` that only one line has."""
    return doubt([line], f"one line starts with a {sign} and no other does")


def numbers_stay(lines: Sequence[int], values: Sequence[int]) -> BlockRemark:
    """Return the remark on numbers that seem to belong to the texts."""
    why = "most lines have none" if is_count(values) else "they do not count 1, 2, 3…"
    remark = doubt(lines[:1], f"the numbers run {_run(values)}; {why}, and they stay in the text")
    is_countdown = len(values) > 1 and is_count(values[::-1])
    return remark._replace(remedy=COUNTDOWN) if is_countdown else remark


def numbers_inside(line: int | None, *, are_bare: bool) -> BlockRemark:
    """Return the remark on numbers that are posted; `are_bare`: nothing stands between each and its text."""
    lines = () if line is None else (line,)
    remark = doubt(lines, "numbers stand inside the items and would be posted with them")
    return remark._replace(remedy=BARE_NUMBERS) if are_bare else remark


def numbers_skip(lines: Sequence[int], values: Sequence[int]) -> BlockRemark:
    """Return the remark on numbers that were removed and do not count without a gap."""
    return doubt(lines[:1], f"the numbers run {_run(values)}")


def number_stays(lines: Sequence[int], text: str) -> BlockRemark:
    """Return the remark on a number that continues the count, but may be a score or part of a date."""
    return BlockRemark(
        "mixed-items",
        tuple(lines),
        f"{quotation(text)} is read as an item, and its number is posted: a figure follows the dash",
        "If it only counts the item, write a dot in place of the dash.",
    )


def _run(values: Sequence[int]) -> str:
    return ", ".join(map(str, values[:_SHOWN])) + (", …" if len(values) > _SHOWN else "")


def of_list(texts: Sequence[str]) -> BlockRemark | None:
    """Return the remark on numbers at the beginning of list entries, which are posted."""
    found = {n: number for n, number in enumerate(numbers_before(texts)) if number}
    if len(found) < 2 or not counting(list(found.values())):  # noqa: PLR2004  (one number may belong to its text)
        return None
    first = next(iter(found))
    return BlockRemark(
        "mixed-items",
        (first,),
        f"{quotation(texts[first])} and other entries of this list begin with a number, which is posted",
        "Remove the numbers: posts are numbered anyway. In a list nothing is cut from a text.",
    )


def no_text(lines: Sequence[int]) -> BlockRemark:
    """Return the remark on a sign without visible text after it."""
    return BlockRemark(
        "left-out",
        tuple(lines),
        "a sign without a text after it is left out",
        "Write a text, or remove the line.",
    )


def bullets_stay(lines: Sequence[int]) -> BlockRemark:
    """Return the remark on bullets that most lines lack."""
    return doubt(lines, "bullets stand before some lines only and would be posted with them")


def opener_taken(lines: Sequence[int], sign: str) -> BlockRemark:
    """Return the remark on an emoji or sign that is read as the bullet of most lines."""
    return BlockRemark(
        "mixed-items",
        tuple(lines),
        f"'{sign}' opens most lines; it is read as a bullet and is not posted",
        'To post it, remove the | above and write the items as a list (- "…").',
    )


def may_be_rest(line: int, text: str) -> BlockRemark:
    """Return the remark on an item that may be the rest of the line above."""
    return BlockRemark(
        "mixed-items",
        (line,),
        f"{quotation(text)} is read as an item and may be the rest of the line above",
        "If it is, move it up to that line; to be sure, put a bullet (•) before every item.",
    )


def links_above(lines: Sequence[int]) -> BlockRemark:
    """Return the remark on links that may stand above their texts: each is read with the text above it."""
    return BlockRemark(
        "mixed-items",
        tuple(lines),
        "a link stands first and is an item of its own, so each other link is read with the text above it",
        "Write every link below its text.",
    )


def one_line(text: str, lines: Sequence[int]) -> BlockRemark:
    """Return the remark on lines that each hold several HTML paragraphs and make one item."""
    message = f"{quotation(text)} holds several paragraphs in HTML, and one line makes one item"
    return BlockRemark("mixed-items", tuple(lines), message, "Put each on a line of its own.")


def cut_remark(line: int, text: str, what: str) -> BlockRemark:
    """Return the remark on `what` that a line break cuts; `text` is its beginning."""
    return BlockRemark(
        "joined-lines",
        (line,),
        f"{what} is cut at the end of a line: {quotation(text)}",
        "Write it whole, on one line.",
    )


def minus_kept(lines: Sequence[int], text: str) -> BlockRemark:
    """Return the remark on dashes that are read as minus signs."""
    return BlockRemark(
        "bullet-or-minus",
        tuple(lines),
        f"the '{text[0]}' of {quotation(text)} is read as a minus and posted: a figure follows each of them",
        "If it is a bullet, write • in its place.",
    )


def minus_taken(lines: Sequence[int], text: str) -> BlockRemark:
    """Return the remark on dashes before figures that are read as bullets."""
    bare = text[1:].lstrip()
    kept = text[0] + bare
    return BlockRemark(
        "bullet-or-minus",
        tuple(lines),
        f"the '{text[0]}' of {quotation(text)} is read as a bullet and is not posted",
        f"If it is a minus, write it without the space, after a bullet: • {_short(kept)}; "
        f"if it is a bullet: • {_short(bare)}",
    )


def heading(lines: Sequence[int], text: str, sign: str) -> BlockRemark:
    """Return the remark on a heading between items that a `sign` opens."""
    return BlockRemark(
        "left-out",
        tuple(lines),
        f"{quotation(text)} has no {sign}; it is left out as a heading",
        f"{_to_post(text, sign)}, or write it into the intro or outro.",
    )


def headings_posted(lines: Sequence[int], text: str) -> BlockRemark:
    """Return the remark on Markdown headings that make items."""
    return doubt(lines, f"{quotation(text)} is a heading in Markdown and is posted as an item")


def separators(lines: Sequence[int], text: str) -> BlockRemark:
    """Return the remark on lines that consist only of signs."""
    return BlockRemark(
        "left-out",
        tuple(lines),
        f"{quotation(text)} is left out: it separates items and is not one itself",
        "Remove it; a blank line will do.",
    )


def quoted(lines: Sequence[int]) -> BlockRemark:
    """Return the remark on lines of a quoted mail, which are read without their ``>``."""
    return BlockRemark(
        "left-out",
        tuple(lines),
        "the > of a quoted mail opens these lines, and is not posted",
        "Delete each >, and check the preview.",
    )


def front_matter(lines: Sequence[int]) -> BlockRemark:
    """Return the remark on a page's front matter."""
    return BlockRemark(
        "left-out",
        tuple(lines),
        "the lines from --- to --- are left out, as the front matter of a page",
        "Remove them.",
    )


def alone(lines: Sequence[int], text: str, sign: str) -> BlockRemark:
    """Return the remark on a text before the first sign."""
    return BlockRemark(
        "joined-lines",
        tuple(lines),
        f"{quotation(text)} has no {sign}; it is read as an item of its own",
        f"If it is one, put a {sign} before it; if it opens the thread, write it into the intro.",
    )


def joined_remark(lines: Sequence[int], text: str, item: int, why: str, remedy: str) -> BlockRemark:
    """Return the remark on lines, `text` the first, that became parts of `item` or of several items."""
    which, rest = f"{quotation(text)} is", f"item {item}"
    if len(lines) > 1:
        which, rest = f"{quotation(text)} and other lines are", "the items above them"
    return BlockRemark("joined-lines", tuple(lines), f"{which} read as the rest of {rest}{why}", remedy)


def move_up(sign: str, *, is_most: bool) -> str:
    """Return the remedy for joined lines; where they are the most of the text, they are hardly to delete."""
    remedy = (
        f"If it is an item, {_before_every(sign)}; if it belongs to the item above, move it up to that line"
    )
    return f"{remedy}." if is_most else f"{remedy}; if to neither, delete it."


def no_letter(sign: str) -> str:
    """Return the remedy for joined lines that are around a letter."""
    return f"Delete it, or write it into the outro; if it is an item, {_before_every(sign)}."


def _before_every(sign: str) -> str:
    return f"put {f'a {sign}' if sign else 'a bullet'} before it and every other"


def _to_post(text: str, sign: str) -> str:
    bullet = bullet_before(text).strip()
    return f"To post it, put a {sign} " + (f"in place of its {bullet}" if bullet else "before it")


def _short(text: str) -> str:
    return text[:_IN_REMEDY]


def quotation(text: str) -> str:
    return f"'{text}'" if len(text) <= _QUOTED else f"'{text[: _QUOTED - 1]}…'"
