"""
Dates as HTTP writes them (RFC 9110 section 5.6.7).
"""

from __future__ import annotations

from time import gmtime, time

weekdayname = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
monthname = [None, "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
weekdayname_lower = [name.lower() for name in weekdayname]
monthname_lower = [name and name.lower() for name in monthname]

_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def datetimeToString(msSinceEpoch: float | None = None) -> bytes:
    """
    Write a date: ``Sun, 06 Nov 1994 08:49:37 GMT``.

    Args:
        msSinceEpoch: Seconds since the epoch, whatever the name says; now if `None`.
    """
    year, month, day, hour, minute, second, weekday, _, _ = gmtime(msSinceEpoch)
    return (
        f"{weekdayname[weekday]}, {day:02} {monthname[month]} {year:4} {hour:02}:{minute:02}:{second:02} GMT"
    ).encode("ascii")


# Of files, for example, which are asked for again.
_MOST_WRITTEN = 256
_written: dict[int, bytes] = {}


def write_date(second: int) -> bytes:
    """Write a date as `datetimeToString` does. The latest ones are remembered."""
    date = _written.get(second)
    if date is None:
        if len(_written) >= _MOST_WRITTEN:
            _written.clear()
        date = _written[second] = datetimeToString(second)
    return date


def datetimeToLogString(msSinceEpoch: float | None = None) -> str:
    """
    Write a date as access logs have it: ``[06/Nov/1994:08:49:37 +0000]``.

    Args:
        msSinceEpoch: Seconds since the epoch, whatever the name says; now if `None`.
    """
    year, month, day, hour, minute, second, _, _, _ = gmtime(msSinceEpoch)
    return f"[{day:02}/{monthname[month]}/{year:4}:{hour:02}:{minute:02}:{second:02} +0000]"


def timegm(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """
    Count the seconds from the epoch to a moment in UTC.

    Raises:
        ValueError: It is before 1970, or there is no such month.
    """
    if year < 1970:
        raise ValueError(f"Years prior to 1970 not supported: {year}")
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month}")
    before = year - 1
    days = (year - 1970) * 365 + (before // 4 - before // 100 + before // 400) - 477
    days += _DAYS_BEFORE[month - 1] + day - 1
    if month > 2 and year % 4 == 0 and (year % 100 or year % 400 == 0):
        days += 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def stringToDatetime(dateString: bytes) -> int:
    """
    Read a date, in any of the three formats that have been in use.

    Returns:
        Seconds since the epoch.

    Raises:
        ValueError: It is no date.
    """
    words = dateString.decode("latin-1").split()
    if words and not words[0].isdigit() and len(words) in (4, 5, 6) and "-" not in words[0]:
        # The name of the day says nothing that the others do not.
        del words[0]
    try:
        if len(words) in (2, 3) and "-" in words[0]:
            # Sunday, 06-Nov-94 08:49:37 GMT
            day, month, year = words[0].split("-")
            clock = words[1]
        elif len(words) == 4 and words[0].isalpha():
            # Sun Nov  6 08:49:37 1994
            month, day, clock, year = words
        elif len(words) in (4, 5):
            # Sun, 06 Nov 1994 08:49:37 GMT
            day, month, year, clock = words[:4]
        else:
            raise ValueError
        hour, minute, second = map(int, clock.split(":"))
        return timegm(_full_year(year), monthname_lower.index(month.lower()), int(day), hour, minute, second)
    except ValueError as error:
        raise ValueError(f"Unknown datetime format {dateString!r}") from error


def _full_year(year: str) -> int:
    """Find the century of a year that was written without."""
    number = int(year)
    if len(year) > 2:
        return number
    return number + 1900 if number > 69 else number + 2000


# Now, as a header has it, and the second that it stands for.
_now: tuple[int, bytes] = (0, b"")


def now() -> bytes:
    """Give the date of now. It is written once a second."""
    global _now
    second = int(time())
    if second != _now[0]:
        _now = (second, datetimeToString(second))
    return _now[1]


_log_now: tuple[int, str] = (0, "")


def log_now() -> str:
    """Give the date of now as access logs have it. It is written once a second."""
    global _log_now
    second = int(time())
    if second != _log_now[0]:
        _log_now = (second, datetimeToLogString(second))
    return _log_now[1]
