"""How long a server that refuses for now asks us to wait, read from its headers."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds from now, None where the headers do not say.

    `Retry-After` comes first; else, with nothing remaining, `X-RateLimit-Reset`, plus the second in which it falls.
    """
    wished = headers.get("Retry-After")
    if wished is not None:
        return _retry_after(wished)
    reset = headers.get("X-RateLimit-Reset", "")
    if headers.get("X-RateLimit-Remaining") == "0" and reset.isascii() and reset.isdigit():
        return max(0.0, float(reset) - time.time()) + 1
    return None


def _retry_after(wished: str) -> float | None:
    """Either a number of seconds or a date (RFC 9110, section 10.2.3)."""
    try:
        return max(0.0, float(wished))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(wished).timestamp() - time.time())
    except ValueError:
        return None
