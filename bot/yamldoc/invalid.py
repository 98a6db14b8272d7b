"""The error of a value that does not read as its type."""

from __future__ import annotations


class Invalid(ValueError):
    """A value that does not read as its type.

    `found` is quoted before `what` in a finding, as far as its file allows that; `what` and `remedy` never
    hold it.
    """

    def __init__(self, found: str | None, what: str, remedy: str) -> None:
        super().__init__(what)
        self.found, self.what, self.remedy = found, what, remedy
