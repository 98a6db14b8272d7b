from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.publishing import snowflake


def test_an_id_of_x_contains_its_time():
    """The example of X's spec 2.167, a post of 6 January 2021."""
    made = datetime(2021, 1, 6, 18, 40, 40, 344000, tzinfo=UTC)
    assert snowflake.created_at(1346889436626259968) == made


@given(st.datetimes(datetime(2010, 11, 5), datetime(2079, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC)))  # noqa: DTZ001
def test_the_first_id_of_an_instant_leads_back_to_its_millisecond(instant):
    lost = instant - snowflake.created_at(snowflake.first_id_at(instant))
    assert timedelta(0) <= lost < timedelta(milliseconds=1)


def test_before_the_epoch_there_are_no_ids():
    with pytest.raises(ValueError, match="2010-11-04"):
        snowflake.first_id_at(datetime(2010, 11, 4, tzinfo=UTC))
