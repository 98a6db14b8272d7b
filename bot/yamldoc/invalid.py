"""Error for a value that does not read as its type."""

from __future__ import annotations


class Invalid(ValueError):
    """A value that does not read as its type.

    A finding quotes `found` before `what`, as far as its file allows; `what` and `remedy` never contain it.
    """

    def __init__(self, found: str | None, what: str, remedy: str) -> None:
        super().__init__(what)
        self.found, self.what, self.remedy = found, what, remedy
