"""How the console writes times, amounts and spans."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8), "CST")
_NEVER: Final = "—"
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86400
_SIZE: Final = 1024


def when(seconds: float | None) -> str:
    """``2026-09-22 12:00:00``, in China; seconds since 1970."""
    return _NEVER if seconds is None else _local(seconds).strftime("%Y-%m-%d %H:%M:%S")


def day(seconds: float | None) -> str:
    return _NEVER if seconds is None else _local(seconds).strftime("%Y-%m-%d")


def clock(seconds: float | None) -> str:
    """``09-22 12:00``"""
    return _NEVER if seconds is None else _local(seconds).strftime("%m-%d %H:%M")


def ago(seconds: float | None, now: float) -> str:
    """``3 分钟前``, ``2 小时后``"""
    if seconds is None:
        return _NEVER
    away = now - seconds
    if abs(away) < _MINUTE:
        return "刚刚"
    return f"{span(abs(away))}{'前' if away > 0 else '后'}"


def span(seconds: float) -> str:
    """The largest unit that fits, rounded down: a limit is never said to be farther off than it is."""
    for unit, word in ((_DAY, "天"), (_HOUR, "小时"), (_MINUTE, "分钟")):
        if seconds >= unit:
            return f"{math.floor(seconds / unit)} {word}"
    return f"{math.floor(seconds)} 秒"


def number(value: float | None) -> str:
    """``12,345``; up to two places of what is no whole number."""
    if value is None:
        return _NEVER
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def percent(share: float | None) -> str:
    """Of a share from 0 to 1. 100 % only when it is: 99.996 % is 99.99 %."""
    if share is None:
        return _NEVER
    return f"{number(math.floor(share * 10000) / 100)}%"


def size(count: float | None) -> str:
    """Of so many bytes."""
    if count is None:
        return _NEVER
    amount, unit = float(count), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if amount < _SIZE:
            break
        amount, unit = amount / _SIZE, larger
    return f"{number(round(amount, 1))} {unit}"


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(CHINA)
