"""Compressed answers, with entity tags of their own: a strong tag stands for bytes, and compressed ones are others."""

import re
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SMALLEST: Final = 1_000
_LEVEL: Final = 5
_SUFFIX: Final = "+gzip"
_TAG: Final = re.compile(r'"([^"]*)"')


class Compression:
    """gzip for whoever takes it, from 1,000 bytes on, but not for event streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = GZipMiddleware(app, minimum_size=_SMALLEST, compresslevel=_LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Headers(scope=scope)
        asked = request.get("if-none-match", "")
        has_compressed = _SUFFIX in asked or (asked.strip() == "*" and "gzip" in request.get("accept-encoding", ""))
        if _SUFFIX in asked:
            scope = {**scope, "headers": _without_suffix(scope["headers"])}

        async def send_tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                tag = headers.get("etag")
                compressed = headers.get("content-encoding") == "gzip"
                if tag and (compressed or (message["status"] == 304 and has_compressed)):
                    headers["etag"] = _TAG.sub(rf'"\1{_SUFFIX}"', tag)
            await send(message)

        await self._app(scope, receive, send_tagged)


def _without_suffix(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The request's headers as the routes know them: tags of the answer before it is compressed."""
    suffix = f'{_SUFFIX}"'.encode()
    return [(name, value.replace(suffix, b'"') if name == b"if-none-match" else value) for name, value in headers]
