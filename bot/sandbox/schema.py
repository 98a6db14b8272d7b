"""Pydantic's errors in the form that the sandbox's answers need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import MAX_FINDINGS

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


def problems_in(error: ValidationError) -> list[ErrorDetails]:
    """Return the first `MAX_FINDINGS` problems, in the order of the schema."""
    return error.errors(include_url=False)[:MAX_FINDINGS]


def choices(problem: ErrorDetails) -> str:
    """Return the allowed values that pydantic lists in `problem`, separated by commas."""
    return str(problem["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")


def words(problem: ErrorDetails, known: dict[str, str], otherwise: str) -> str:
    """Return the words that `known` has for this type of problem, with its details filled in."""
    details = dict(problem.get("ctx", {}))
    if "expected" in details:
        details["expected"] = choices(problem)
    return known[problem["type"]].format(**details) if problem["type"] in known else otherwise
