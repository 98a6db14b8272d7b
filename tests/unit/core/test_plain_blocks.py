"""Blocks of plain sentences are read as all others are: the texts of other tests, both ways."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.core.content.blocks.plain import plain_items
from bot.core.content.blocks.reader import examine_block, read_block

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]
ONE = "Le maire de Lyon ouvre la nouvelle ligne de tramway à la presse https://example.com/a"
OTHER = "Intermarché lance sa place de marché : les commerces espèrent contrer Amazon."
LONG = "et le reste de la phrase, qui est assez longue"


@cache
def texts() -> tuple[str, ...]:
    """Return the lines of all texts in the tests of blocks, texts and files."""
    found: dict[str, None] = {}
    for path in sorted([*TESTS.glob("core/*.py"), *TESTS.glob("adapters/*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= dict.fromkeys(line.strip() for line in node.value.splitlines())
    return tuple(found)


def is_plain(block: str) -> bool:
    return plain_items(block, tuple(block.splitlines())) is not None


def blocks(line: str) -> Iterator[str]:
    """Yield blocks of sentences with `line`, or with sentences that it opens or ends."""
    for text in (line, f"{line} {LONG}", f"Une phrase longue {LONG} {line}", f"{line[:1].upper()}{line[1:]}"):
        for lines in ([text, ONE, OTHER], [OTHER, ONE, text]):
            yield "\n".join(lines)
        yield f"1. {ONE}\n2. {text}\n3. {OTHER}"
        yield f"1️⃣ {ONE}\n\n2️⃣ {OTHER}\n\n3️⃣ {text}"
    yield "\n".join([f"Une phrase longue {LONG} {line}"] * 4)


def test_a_plain_block_has_nothing_to_remark_on() -> None:
    plain = [block for line in texts() for block in blocks(line) if is_plain(block)]
    assert [block for block in plain if read_block(block) != examine_block(tuple(block.splitlines()))] == []
    assert len(plain) > len(texts())


@pytest.mark.parametrize(
    "block",
    [f"{ONE}\n{OTHER}\n", "\n".join([OTHER, ONE] * 5), f"1. {ONE}\n2. {OTHER}", f"1️⃣ {ONE}\n\n2️⃣ {OTHER}"],
)
def test_most_blocks_are_plain(block: str) -> None:
    assert is_plain(block)


@pytest.mark.parametrize(
    "line",
    [
        "",
        f"• {OTHER}",
        f"1. {OTHER}",
        f"  {OTHER}",
        f"{OTHER}\t",
        "Un titre",
        f"Bonjour à tous, voici la revue du jour et {LONG}",
        f"https://example.com/{'a' * 40}",
        "Le groupe a été racheté hier par Emmanuel de la",
        f"Top 1 : {OTHER}",
        f"A. {OTHER}",
        f"{OTHER} (1)",
        f"Le parc rouvre</p><p>{OTHER}",
        f"Agnès-{'a' * 40}",
        f"{ONE},",
        f"{ONE}'la",
    ],
)
def test_others_are_not(line: str) -> None:
    assert not is_plain(f"{line}\n{ONE}")


@pytest.mark.parametrize(
    "block",
    [
        f"1. {ONE}\n3. {OTHER}",
        f"1 - {ONE}\n2 - {OTHER}",
        f"1. {ONE}\n{OTHER}",
        f"1. {ONE}\n  2. {OTHER}",
        f"{ONE}\n\n{OTHER}",
        f"1. {ONE}\n\n2. PS : {OTHER}",
        "",
    ],
)
def test_other_numbers_are_not(block: str) -> None:
    assert not is_plain(block)


def test_a_farewell_is_not() -> None:
    line = "Excellente semaine à tous et à bientôt, Jean-Baptiste Lefèvre"
    assert not is_plain(f"{ONE}\n{line}")


def test_one_sentence_is_not() -> None:
    assert not is_plain(OTHER)
