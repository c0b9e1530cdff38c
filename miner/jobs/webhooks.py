"""Telling whoever asked that a batch ended: a POST with the batch as JSON, signed, and tried again for a while.

`X-Seedwatch-Signature` is `sha256=` and the HMAC-SHA256, in hex, of the time in `X-Seedwatch-Timestamp`, a dot, and the
body, under the secret that came with the request. Redirects are not followed, and addresses inside a network are
refused unless the settings allow them: whoever may ask for batches must not reach into it by that.
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from miner.errors import BadInput
from miner.inside import refuse_inside
from miner.settings import Settings
from miner.store import BatchProgress, Store, batches, webhooks
from miner.store.webhooks import Delivery

_SECONDS = 10.0
_LONGEST_ADDRESS = 2_000

log = logging.getLogger(__name__)


def check_address(url: str, settings: Settings) -> None:
    """Raises BadInput for an address to which nothing is sent."""
    if len(url) > _LONGEST_ADDRESS or not _is_address(url, plain=settings.webhook_private):
        raise BadInput(f"{url!r} is no address for a webhook: write https://HOST/PATH")


def deliver_due(store: Store, settings: Settings, *, seconds: float = _SECONDS) -> None:
    """Sends what is due. Who has not begun to answer after `seconds` has not taken it."""
    while _deliver_one(store, settings, seconds):
        pass


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a receiver computes over what it got, and compares."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def message(batch: BatchProgress) -> bytes:
    """The body: the event, and where the batch stands."""
    document: dict[str, Any] = {
        "event": "batch.ended",
        "batch": {
            "id": batch.id,
            "kind": batch.kind,
            "title": batch.title,
            "state": batch.state,
            "total": batch.total,
            "done": batch.done,
            "failed": batch.failed,
            "by_state": dict(batch.by_state),
            "finished_at": batch.finished_at.isoformat() if batch.finished_at else None,
        },
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _is_address(url: str, *, plain: bool) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # half of an address of IPv6, a port that none can be
        return False
    schemes = ("https", "http") if plain else ("https",)
    return parts.scheme in schemes and bool(parts.hostname) and port != 0 and not parts.username


def _deliver_one(store: Store, settings: Settings, seconds: float) -> bool:
    with store.changing() as session:
        delivery = webhooks.take(session, datetime.now(UTC))
        batch = None if delivery is None else batches.progress(session, delivery.batch_id)
    if delivery is None or batch is None:
        return False
    error = _send(delivery, message(batch), settings, seconds)
    with store.changing() as session:
        if error is None:
            webhooks.delivered(session, delivery.batch_id)
        else:
            log.warning("batch %d: its webhook was not taken: %s", delivery.batch_id, error)
            webhooks.failed(session, delivery.batch_id, error, datetime.now(UTC))
    return True


def _send(delivery: Delivery, body: bytes, settings: Settings, seconds: float) -> str | None:
    """Why it was not taken, None where it was."""
    timestamp = str(int(datetime.now(UTC).timestamp()))
    headers = {
        "content-type": "application/json",
        "user-agent": settings.user_agent,
        "x-seedwatch-timestamp": timestamp,
        "x-seedwatch-delivery": f"{delivery.batch_id}-{delivery.attempts}",
    }
    if delivery.secret is not None:
        headers["x-seedwatch-signature"] = signature(delivery.secret, timestamp, body)
    try:
        check_address(delivery.url, settings)
        if not settings.webhook_private:
            refuse_inside(urlsplit(delivery.url).hostname or "", "SEEDWATCH_WEBHOOK_PRIVATE")
        status = asyncio.run(_posted(delivery.url, body, headers, seconds))
    except TimeoutError:
        return f"no answer within {seconds:g} seconds"
    except (BadInput, httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return str(error) or type(error).__name__
    return None if httpx.codes.is_success(status) else f"status {status}"


async def _posted(url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    """The status of the answer, whose body is left where it is: it may have no end. Raises TimeoutError."""
    # A limit on each read would hold as long as a byte comes now and then: this one is on all of it.
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(timeout=None, follow_redirects=False) as client,  # noqa: S113 - the line above
        client.stream("POST", url, content=body, headers=headers) as answer,
    ):
        return answer.status_code
