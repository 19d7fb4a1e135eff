"""Tells whether the contact centre is open, from the number's opening hours and its time zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agents.call_context import CallClock
from agents.tools.results import ToolFailure
from agents.tools.runner import ToolCall
from telephony.contracts import OpeningHoursSpec, OpeningPeriod

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class OpeningHoursTool:
    def __init__(self, hours: OpeningHoursSpec | None, clock: CallClock) -> None:
        self._hours = hours
        self._clock = clock

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        if self._hours is None:
            raise ToolFailure("unavailable", "The opening hours are not known.")
        return describe(self._hours, self._clock.moment(self._clock.now()))


def describe(hours: OpeningHoursSpec, moment: datetime) -> dict[str, Any]:
    """Return ``text`` (sentences that can be spoken), ``open_now``, the local day and time, today's
    periods, the week by day, and the next opening.
    """
    now = moment.astimezone(ZoneInfo(hours.timezone))
    today = _of_date(hours, now)
    open_now = any(p.opens <= now.time() < p.closes for p in today)
    holiday = " Today is a holiday." if now.date() in hours.closed else ""
    state = "open" if open_now else "closed"
    return {
        "text": f"{_week_in_words(hours)}{holiday} Right now we are {state}.",
        "open_now": open_now,
        "local_day": DAYS[now.weekday()],
        "local_time": _spoken_time(now),
        "today": [_spoken(period) for period in today],
        "week": {day: [_spoken(p) for p in _of_day(hours, i)] for i, day in enumerate(DAYS)},
        "next_opening": _next_opening(hours, now),
    }


def _next_opening(hours: OpeningHoursSpec, now: datetime) -> str | None:
    # A week of holidays in a row is passed over.
    for days_ahead in range(15):
        day = now + timedelta(days=days_ahead)
        for period in _of_date(hours, day):
            if days_ahead or period.opens > now.time():
                return f"{DAYS[day.weekday()]} at {_spoken_time(period.opens)}"
    return None


def _week_in_words(hours: OpeningHoursSpec) -> str:
    runs: list[tuple[str, str, str]] = []  # first day, last day, periods
    for index, day in enumerate(DAYS):
        periods = " and ".join(_spoken(period) for period in _of_day(hours, index))
        if runs and runs[-1][2] == periods:
            runs[-1] = (runs[-1][0], day, periods)
        else:
            runs.append((day, day, periods))
    told = [
        f"{first if first == last else f'{first} to {last}'} from {periods}"
        for first, last, periods in runs
        if periods
    ]
    if not told:
        return "We have no opening hours."
    return f"We are open {', and '.join(told)}".rstrip(".") + "."


def _of_date(hours: OpeningHoursSpec, day: datetime) -> list[OpeningPeriod]:
    """``day`` is local time; nobody is there on a holiday."""
    return [] if day.date() in hours.closed else _of_day(hours, day.weekday())


def _of_day(hours: OpeningHoursSpec, weekday: int) -> list[OpeningPeriod]:
    return sorted((p for p in hours.periods if p.weekday == weekday), key=lambda p: p.opens)


def _spoken(period: OpeningPeriod) -> str:
    return f"{_spoken_time(period.opens)} to {_spoken_time(period.closes)}"


def _spoken_time(at: Any) -> str:
    hour = at.hour % 12 or 12
    half = "a.m." if at.hour < 12 else "p.m."
    return f"{hour}:{at.minute:02d} {half}" if at.minute else f"{hour} {half}"
