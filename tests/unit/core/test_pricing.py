"""Tests of the cost of a thread by X's price list."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.core.content.pricing import Price, thread_price


@pytest.mark.parametrize(
    ("texts", "expected", "dollars", "without"),
    [
        ([], Price(0, 0), "0", "0"),
        (["Un", "Deux"], Price(2, 0), "0.030", "0.030"),
        (["Un https://example.com", "Deux"], Price(2, 1), "0.215", "0.030"),
        (["https://a.fr https://b.fr"], Price(1, 1), "0.200", "0.015"),
        (["Booking.com rachète"], Price(1, 1), "0.200", "0.015"),
        (["Cédric O, 2,9 M€"], Price(1, 0), "0.015", "0.015"),
    ],
)
def test_price(texts: list[str], expected: Price, dollars: str, without: str):
    cost = thread_price(texts)
    assert (cost, cost.dollars, cost.without_links) == (expected, Decimal(dollars), Decimal(without))


def test_a_year_of_two_linked_threads_a_weekday():
    """The README's figure, about $1,150: eleven of twelve posts with a link, twice on 260 weekdays."""
    thread = thread_price(["Intro"] + ["Info https://example.com"] * 11)
    assert 2 * 260 * thread.dollars == Decimal("1151.800")
    assert 2 * 260 * thread.without_links == Decimal("93.600")
