"""What every answer carries: a request id, and the headers that keep a page from loading or running anything."""

import re
import uuid
from typing import Final
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_SECURITY: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_SLASH = re.compile(r"%2f", re.IGNORECASE)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def add_headers(headers: MutableHeaders, request_id: str) -> None:
    """What every answer carries, added to `headers`."""
    headers["x-request-id"] = request_id
    for name, value in _SECURITY.items():
        headers.setdefault(name, value)
    # Asked again each time, where nothing says how long an answer holds.
    headers.setdefault("cache-control", "no-cache")


class AnswerHeaders:
    """Adds these headers to every answer but that to an error which nobody expected: it is made outside.

    A caller's own `X-Request-ID` is kept where it is a plain token. Pure ASGI, so that it costs no task per request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message), request_id)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class HeadAsGet:
    """Answers HEAD as GET, without the body (RFC 9110, section 9.3.2), for all routes at once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)


class KeptSlashes:
    """Keeps an escaped slash from parting a path: `/repos/gitlab.com/group%2Fsub/name` has the owner `group/sub`.

    The server takes a path's escapes apart before it is looked at; here a slash stays escaped until its part is read
    (`api.filters.unslashed`).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path") or b"" if scope["type"] == "http" else b""
        if b"%2f" in raw.lower():
            path = "%2F".join(map(unquote, _SLASH.split(raw.decode("latin-1"))))
            scope = {**scope, "path": path}
        await self._app(scope, receive, send)
