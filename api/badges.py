"""Badges: a repository's verdict as a picture for its README, and as what shields.io draws one from."""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import words
from api.answers import Found, Renamed, find
from api.conditional import conditional
from api.problems import INVALID, NOT_SCANNED, Problem, documented
from api.rest.repositories import HostPath, NamePath, OwnerPath
from api.schemas.parts import ShieldsEndpoint
from api.state import StoreDep
from api.visible import visible
from miner.store import Store

LABEL: Final = "worker seeds"
CACHED_SECONDS: Final = 300
_COLOURS: Final = {"duplicate": "#b3202c", "epoch_repeat": "#875a06", "clean": "#17694b", "unknown": "#5f6a64"}
_NOT_SCANNED: Final = "#8a949e"
# Widths of Verdana at 11 px, to a pixel: what the badge is drawn in wherever it is shown.
_WIDE, _NARROW, _USUAL = 9.2, 3.9, 6.9
_HEIGHT: Final = 20

router = APIRouter(prefix="/badge", tags=["badges"])
_HEADERS: Final = {"cache-control": f"public, max-age={CACHED_SECONDS}"}


@router.get(
    "/{host}/{owner}/{name}.svg",
    summary="The verdict as a badge",
    response_model=None,
    responses={
        200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}, "description": "The badge"},
        **documented(INVALID),
    },
)
def get_badge(request: Request, store: StoreDep, host: HostPath, owner: OwnerPath, name: NamePath) -> Response:
    """Always a picture: what was never scanned has one that says so."""
    message, colour = _said(store, host, owner, name)
    return conditional(request, _svg(LABEL, message, colour).encode(), headers=_HEADERS, media_type="image/svg+xml")


@router.get(
    "/{host}/{owner}/{name}.json",
    summary="The verdict for shields.io",
    response_model=None,
    responses={200: {"model": ShieldsEndpoint}, **documented(INVALID)},
)
def get_shields(request: Request, store: StoreDep, host: HostPath, owner: OwnerPath, name: NamePath) -> Response:
    """As https://shields.io/badges/endpoint-badge reads it."""
    message, colour = _said(store, host, owner, name)
    document = ShieldsEndpoint(
        schemaVersion=1, label=LABEL, message=message, color=colour.removeprefix("#"), cacheSeconds=CACHED_SECONDS
    )
    return conditional(request, document.model_dump_json().encode(), headers=_HEADERS)


def _said(store: Store, host: str, owner: str, name: str) -> tuple[str, str]:
    """The words and the colour."""
    try:
        found = find(store, host, owner, name)
    except Renamed as renamed:
        present = renamed.repository
        return _said(store, present.host, present.owner, present.name)
    except Problem as problem:
        if problem.kind is not NOT_SCANNED:
            raise
        return "not scanned", _NOT_SCANNED
    return _verdict(found)


def _verdict(found: Found) -> tuple[str, str]:
    scan = found.scan
    if scan is None:
        return words.STATE_NAME[found.repository.state], _NOT_SCANNED
    age = f" ({scan.commit_date:%b %Y})" if scan.commit_date else ""
    return words.VERDICT_NAME[scan.verdict] + age, _COLOURS[words.VERDICT_TONE[scan.verdict]]


def _svg(label: str, message: str, colour: str) -> str:
    left, right = (_width(text) + 12 for text in (label, message))
    whole, title = left + right, quoteattr(f"{label}: {message}")
    texts = "".join(
        f'<text x="{x:.1f}" y="14" textLength="{width - 12:.1f}">{escape(visible(text))}</text>'
        for x, width, text in ((6, left, label), (left + 6, right, message))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole:.0f}" height="{_HEIGHT}" role="img" aria-label={title}>'
        f'<rect width="{whole:.0f}" height="{_HEIGHT}" rx="3" fill="#2b3530"/>'
        f'<path d="M{left:.1f} 0h{right - 3:.1f}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right - 3:.1f}z" fill="{colour}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">{texts}</g></svg>'
    )


def _width(text: str) -> float:
    return sum(_NARROW if c in "fijlrt.,:;()[]| " else _WIDE if c in "mwMW" else _USUAL for c in text)
