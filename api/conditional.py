"""Answers that a client can keep: strong ETags over the bytes, and 304 for those that have them."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from fastapi import Request
from fastapi.responses import Response

_ENTITY_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


def conditional(
    request: Request,
    body: bytes,
    *,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> Response:
    """`body` as it is, or 304 without it where `If-None-Match` names it.

    The tag is a digest of the bytes, so that it is right whatever changed: the scan, or the repository's state.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    every = {"etag": tag, "cache-control": "no-cache", **(headers or {})}
    if _matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=every)
    return Response(body, headers=every, media_type=media_type)


def _matches(asked: str | None, tag: str) -> bool:
    return asked is not None and (asked.strip() == "*" or tag in _ENTITY_TAG.findall(asked))
