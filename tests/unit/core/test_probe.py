"""Tests of the posts of a live probe, and of the checks that follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.core.publishing.probe import Lag, Measurement, Probe, probe_price, settle_for, texts, told_by
from bot.core.publishing.publication import Delivery, DeliveryState, RemotePost
from bot.core.publishing.snowflake import first_id_at
from bot.core.schedule.account_checks import Allowance, Window, latest
from bot.core.text import entities
from bot.core.text.matching import CLOCK_ALLOWANCE, comparable, is_ours
from bot.core.text.weight import LIMIT, weight

NOW = datetime(2020, 11, 6, 6, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def measured(*lags: float) -> list[Measurement]:
    return [Measurement(NOW, lag=Lag(lag * SECOND, was_seen=True)) for lag in lags]


def test_its_texts_are_cheap_short_and_nobody_elses():
    first, second = texts("3f9a1c2e")
    assert entities.urls(first) == entities.urls(second) == ()
    assert max(weight(first), weight(second)) <= LIMIT
    assert len({comparable(text) for token in ("3f9a1c2e", "3f9a1c2f") for text in texts(token)}) == 4


def test_no_edition_adopts_its_posts():
    """Neither a head being searched for nor a reply: the text decides."""
    first, _ = texts("3f9a1c2e")
    post = RemotePost(str(first_id_at(NOW + SECOND)), first, NOW + SECOND)
    head = Delivery(1, DeliveryState.IN_DOUBT, "Bonjour", NOW, first_intent_at=NOW, intent_at=NOW)
    assert not is_ours(post, head)
    assert is_ours(post, replace(head, text=first))


def test_its_price():
    assert probe_price() == Decimal("0.050")


@pytest.mark.parametrize(
    ("lags", "seconds"), [((), 90), ((0.4,), 90), ((30,), 90), ((31,), 93), ((1, 180, 2), 540)]
)
def test_the_settle_window_follows_the_longest_lag(lags: tuple[float, ...], seconds: int):
    assert settle_for(measured(*lags)) == seconds * SECOND


def test_a_run_without_a_lag_changes_nothing():
    assert settle_for([Measurement(NOW), *measured(40)]) == 120 * SECOND


def test_the_limits_are_those_of_the_latest_run_that_has_any():
    old = Measurement(NOW, limits=(Allowance(Window.USER_DAY, 50),))
    new = Measurement(NOW, limits=(Allowance(Window.QUARTER, 100, 99, NOW), Allowance(Window.USER_DAY, 17)))
    told = latest(told_by([old, new, Measurement(NOW)]))
    assert [(one.allowance.window, one.allowance.limit) for one in told] == [
        (Window.USER_DAY, 17),
        (Window.QUARTER, 100),
    ]
    assert latest(told_by([])) == ()


def test_where_it_is_looked_for():
    head = Probe(1, NOW, "un")
    post_id = str(first_id_at(NOW + SECOND))
    assert head.search_from == NOW - CLOCK_ALLOWANCE
    assert replace(head, post_id=post_id).search_from == NOW + SECOND
    assert Probe(2, NOW, "deux", parent_id=post_id).search_from == NOW + SECOND
