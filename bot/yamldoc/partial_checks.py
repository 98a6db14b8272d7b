"""Checks of a document that its schema refuses. Nothing of it is published."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from bot.errors import MAX_FINDINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic_core import ErrorDetails

    from bot.yamldoc.document import Document, Path

_MOST_PLACES = 5_000
"""A file with more keys and entries is not an editor's, and is not checked further."""

_FILLER = "…"
"""Placeholder for a missing or invalid text; no check finds fault with it."""
_FILLED = {"text": _FILLER, "issue": "0"}


def salvaged(
    document: Document,
    value: dict[str, Any],
    problems: Sequence[ErrorDetails],
    meant: Callable[[ErrorDetails], str | None],
) -> dict[str, Any] | None:
    """Return `value`, that of `document`, with all `problems` removed, or None if that is impossible.

    `meant` returns the key that an unknown one stands for.
    """
    if len(problems) > MAX_FINDINGS or len(document.places) > _MOST_PLACES:
        return None
    value = deepcopy(value)
    for problem in sorted(
        problems, key=lambda one: one["type"] == "missing"
    ):  # it may exist under another name
        path = tuple(part for part in problem["loc"] if not str(part).startswith(("=", "[")))
        around = _at(value, path[:-1])
        if not path or around is None or not _is_removed(document, around, path, problem, meant(problem)):
            return None
    document.is_mended = True
    return value


def _at(value: Any, path: Path) -> Any:
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _is_removed(
    document: Document, around: Any, path: Path, problem: ErrorDetails, meant: str | None
) -> bool:
    """Remove the subject of `problem` from `around`; return False if nothing remains to be checked."""
    last = path[-1]
    if problem["type"] == "missing":
        if isinstance(around, dict) and last in _FILLED:
            around.setdefault(last, _FILLED[str(last)])
        return isinstance(around, dict) and last in around
    if isinstance(around, list) and isinstance(last, int):
        around[last] = _FILLER
        return True
    if not isinstance(around, dict):
        return False
    found = around.pop(last, None)
    if found is not None and meant is not None and meant not in around:
        around[meant] = found
        _move(document, path, (*path[:-1], meant))
    return True


def _move(document: Document, old: Path, new: Path) -> None:
    """Make the places at and below `old` available at `new`."""
    size = len(old)
    for places in (document.places, document.scalars):
        moved = {(*new, *path[size:]): place for path, place in places.items() if path[:size] == old}
        places.update(moved)  # type: ignore[arg-type]  # each is updated with its own places
