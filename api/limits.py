"""How many requests a client may make: a quota for each minute and address, told in every answer.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10, as structured fields.
"""

import time
from collections.abc import Callable
from typing import Final

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import TOO_MANY, Problem

WINDOW_SECONDS: Final = 60
# Checks of health and the pages' own files are asked for by machines and browsers, not by choice.
_FREE: Final = ("/static/", "/healthz", "/metrics")


class RequestLimit:
    """Answers 429 to whoever asks for more than `quota` in a minute; 0 is no limit.

    Counted in this process, by the address of the peer or, behind a proxy that the server trusts, of its client.
    `answer` makes the problem into what the request is answered with: a page for people, a document for programs.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        quota: Callable[[], int],
        answer: Callable[[Request, Problem], Response],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._quota = quota
        self._answer = answer
        self._clock = clock
        self._window = 0
        self._asked: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        quota = self._quota() if scope["type"] == "http" else 0
        if not quota or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        window, passed = divmod(self._clock(), WINDOW_SECONDS)
        if window != self._window:
            self._window, self._asked = int(window), {}
        client = scope["client"][0] if scope.get("client") else ""
        asked = self._asked[client] = self._asked.get(client, 0) + 1
        wait = max(1, round(WINDOW_SECONDS - passed))
        told = {
            "ratelimit-policy": f'"default";q={quota};w={WINDOW_SECONDS}',
            "ratelimit": f'"default";r={max(0, quota - asked)};t={wait}',
        }

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        if asked <= quota:
            await self._app(scope, receive, send_told)
            return
        seconds = "1 second" if wait == 1 else f"{wait} seconds"
        detail = f"More than {quota:,} requests in a minute came from this address. It may ask again in {seconds}."
        problem = Problem(TOO_MANY, detail, headers={"retry-after": str(wait)})
        await self._answer(Request(scope), problem)(scope, receive, send_told)
