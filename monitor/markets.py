"""Stock exchanges: in which zone they trade, from when to when, and on which days.

A session runs from the opening to the close of an ordinary day: breaks at noon (Shanghai, Hong Kong,
Tokyo) are part of it, and half days are taken as whole. Hours are those that the exchanges publish:
https://www.nyse.com/trade/hours-calendars, https://www.asx.com.au/markets/market-resources/trading-hours-calendar,
https://english.sse.com.cn/start/trading/schedule/, https://www.hkex.com.hk/Services/Trading-hours-and-Severe-Weather-Arrangements,
https://www.jpx.co.jp/english/equities/trading/domestic/01.html, https://www.londonstockexchange.com/trade/market-hours.

Holidays are those of the library `holidays`. China decides each November which days off the next year
exchanges for working weekends; until the library has them, its holidays are the days that the law names.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Longer than any exchange stays closed: the Lunar New Year takes ten days at most.
LONGEST_CLOSURE = timedelta(days=20)
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Market:
    """An exchange. `name` is what it is called in a sentence, `code` its ISO 10383 code; the hours are
    local time in `zone`."""

    name: str
    code: str
    zone: str
    opens: time
    closes: time


MARKETS = {
    "NYSE": Market("the NYSE", "XNYS", "America/New_York", time(9, 30), time(16)),
    "ASX": Market("the ASX", "XASX", "Australia/Sydney", time(10), time(16)),
    "SSE": Market("the Shanghai exchange", "XSHG", "Asia/Shanghai", time(9, 30), time(15)),
    "HKEX": Market("the Hong Kong exchange", "XHKG", "Asia/Hong_Kong", time(9, 30), time(16)),
    "TSE": Market("the Tokyo exchange", "XJPX", "Asia/Tokyo", time(9), time(15, 30)),
    "LSE": Market("the London exchange", "XLON", "Europe/London", time(8), time(16, 30)),
}


@lru_cache(maxsize=64)
def _holidays(code: str, year: int) -> Collection[date]:
    """The days of a year on which an exchange is closed, beside weekends."""
    from holidays import financial_holidays

    return frozenset(financial_holidays(code, years=year))


def session(market: Market, day: date) -> tuple[datetime, datetime] | None:
    """From when to when (UTC, the end excluded) it trades on a local day; None where it is closed.

    No exchange here trades on a weekend, not even where China works on it.
    """
    if day.weekday() >= _SATURDAY or day in _holidays(market.code, day.year):
        return None
    zone = ZoneInfo(market.zone)
    opens, closes = (datetime.combine(day, hour, zone) for hour in (market.opens, market.closes))
    return opens.astimezone(UTC), closes.astimezone(UTC)


def opening(market: Market, now: datetime) -> datetime:
    """The first moment from now on at which it trades: now itself while it does.

    Should a calendar have no session within LONGEST_CLOSURE, it is the end of that time.
    """
    day = now.astimezone(ZoneInfo(market.zone)).date()
    for ahead in range(LONGEST_CLOSURE.days):
        found = session(market, day + ahead * _DAY)
        if found and now < found[1]:
            return max(now, found[0])
    return now + LONGEST_CLOSURE
