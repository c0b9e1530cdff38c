"""Lengths of time in words."""

from datetime import timedelta


def span(time: timedelta) -> str:
    """Roughly how long: `3 hours`."""
    seconds = max(0, int(time.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"
