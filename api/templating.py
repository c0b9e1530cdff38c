"""The pages' template environment: everything escaped, every stranger's character visible, no script."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from api import glyphs, words
from api.visible import clipped, visible

STATIC: Final = Path(__file__).parent / "static"
_JOINTS: Final = re.compile(r"([./]|_+)(?=[A-Za-z])")


def _shown(value: object) -> str:
    """What `{{ ... }}` prints: everything goes through `visible`, whoever wrote it, but markup of our own making."""
    return value if isinstance(value, Markup) else visible(str(value))


def _code_spans(text: str) -> Markup:
    """Prose in which words between backticks are code. An odd backtick at the end stays what it is."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    pieces = [Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)]
    return Markup("").join(pieces)


def _breakable(text: object) -> Markup:
    """A name or a path that a narrow column may break after its dots, slashes and underscores."""
    return Markup(_JOINTS.sub(r"\1<wbr>", str(escape(visible(str(text))))))  # noqa: S704 - escaped, then joints are marked


def _day(value: datetime | date | str | None) -> str:
    """A date as people write it: `11 April 2021`. ISO text is understood too."""
    if value is None:
        return "unknown"
    moment = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{moment.day} {moment:%B %Y}"


def _iso(value: datetime) -> str:
    """A moment for `<time datetime>`, in UTC."""
    return value.astimezone(UTC).isoformat(timespec="seconds")


def _clock(value: datetime) -> str:
    """A moment of today or another day, in UTC: `21 November 2026, 14:05`."""
    return f"{_day(value.astimezone(UTC))}, {value.astimezone(UTC):%H:%M} UTC"


_PAGES: Final = (
    (re.compile(r"^/api/v1/repos(?=\?|$)"), "/explore"),
    (re.compile(r"^/api/v1/stats/history/(lives|repositories)(?=\?|$)"), r"/history/\1"),
    (re.compile(r"^/api/v1/stats/fixes/commits(?=\?|$)"), "/history/commits"),
    (re.compile(r"^/api/v1/stats/trend/(\d+)/rows(?=\?|$)"), r"/history/\1"),
    (re.compile(r"^/api/v1/stats/estimates/([^/?]+/[^/?]+)/rows(?=\?|$)"), r"/estimates/\1"),
)
"""The API's lists, and where people see them."""


def listed(address: str) -> str:
    """Where people see the list that the API has at `address`."""
    for pattern, page in _PAGES:
        if pattern.match(address):
            return pattern.sub(page, address, count=1)
    return address


def _count(value: int) -> str:
    """`12,345`."""
    return f"{value:,}"


def _percent(share: float | None) -> str:
    """A share as a percentage with one decimal but for none and all; a dash where there is nothing to divide by."""
    if share is None:
        return "\N{EN DASH}"
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def _fingerprint() -> str:
    """Changes whenever a static file does, so that those can be cached for ever."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class Pages:
    """Renders templates into responses. One per application."""

    def __init__(self, *, contact: str | None = None) -> None:
        self._environment = Environment(
            loader=PackageLoader("api"),
            autoescape=True,
            finalize=_shown,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            day=_day,
            clock=_clock,
            iso=_iso,
            count=_count,
            percent=_percent,
            clipped=clipped,
            code_spans=_code_spans,
            breakable=_breakable,
            listed=listed,
        )
        self._environment.globals.update(words=words, glyph=glyphs.outcome, fingerprint=_fingerprint(), contact=contact)

    def render(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        """The page, with `context` as its variables. A variable that a template misses is an error, not a blank."""
        html = self._environment.get_template(template).render(context)
        return HTMLResponse(html, status_code=status, headers=dict(headers or {}))
