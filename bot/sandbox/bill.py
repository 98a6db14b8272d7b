"""X's pay-per-use prices and the meter that applies them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime

BILLED_FROM = "2026-04-16"
"""First day of the prices below. Source: X's docs on pay-per-use, snapshot 2026-08-22."""


class Charge(Enum):
    """One line of X's price list: a label and a unit price in US dollars."""

    POST = ("post created", Decimal("0.015"))
    POST_WITH_URL = ("post with a URL created", Decimal("0.200"))
    # Source: X's price list of 2026-08-05; an earlier one had $0.010.
    DELETE = ("post deleted", Decimal("0.005"))
    ALT_TEXT = ("alt text", Decimal("0.005"))
    READ = ("post read", Decimal("0.005"))
    READ_OWN = ("own post read (own app)", Decimal("0.001"))
    READ_USER = ("user read", Decimal("0.010"))
    REPOST = ("repost (price unconfirmed)", Decimal("0.015"))

    def __init__(self, label: str, price: Decimal) -> None:
        self.label = label
        self.price = price


@dataclass(frozen=True)
class BillLine:
    """The number of charges of one kind."""

    charge: Charge
    count: int

    @property
    def amount(self) -> Decimal:
        """The amount in US dollars."""
        return self.count * self.charge.price


@dataclass(frozen=True)
class Bill:
    """All charges since the sandbox was created, in the order of the price list."""

    lines: tuple[BillLine, ...]

    @property
    def total(self) -> Decimal:
        """The total in US dollars."""
        return sum((line.amount for line in self.lines), Decimal(0))

    def to_json(self) -> dict[str, Any]:
        """Return the bill as JSON values; amounts are strings, to avoid floating-point errors."""
        lines = [
            {
                "what": line.charge.label,
                "count": line.count,
                "price": str(line.charge.price),
                "amount": str(line.amount),
            }
            for line in self.lines
        ]
        return {"currency": "USD", "prices_from": BILLED_FROM, "lines": lines, "total": str(self.total)}


class Meter:
    """Counter of charges. Charges one read per resource and UTC day. Thread-safe."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(Charge, 0)
        self._day: date | None = None
        self._read: set[tuple[Charge, str]] = set()
        self._lock = Lock()

    def charge(self, charge: Charge) -> None:
        with self._lock:
            self._counts[charge] += 1

    def read(self, charge: Charge, resource_id: str, now: datetime) -> None:
        """Charge a read unless the resource was already read on this UTC day of X's clock (`now`)."""
        with self._lock:
            if now.date() != self._day:
                self._day = now.date()
                self._read.clear()
            if (charge, resource_id) not in self._read:
                self._read.add((charge, resource_id))
                self._counts[charge] += 1

    def bill(self) -> Bill:
        with self._lock:
            return Bill(tuple(BillLine(charge, count) for charge, count in self._counts.items() if count))
