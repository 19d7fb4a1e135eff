"""Holidays in the opening hours, as the model hears of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from agents.tools.opening_hours import describe
from telephony.contracts import OpeningHoursSpec, OpeningPeriod


def test_on_a_holiday_nobody_is_there_and_the_next_opening_is_after_it() -> None:
    hours = OpeningHoursSpec(
        timezone="UTC",
        periods=tuple(
            OpeningPeriod(weekday=day, opens=time(9), closes=time(17)) for day in range(7)
        ),
        closed=tuple(date(2026, 12, day) for day in (24, 25, 26)),
    )
    told = describe(hours, datetime(2026, 12, 24, 12, tzinfo=UTC))
    assert told["open_now"] is False
    assert told["today"] == []
    assert told["next_opening"] == "Sunday at 9 a.m."
    assert "Today is a holiday." in told["text"]
