"""Telling whoever asked that a batch ended: a POST with the batch as JSON, signed, and tried again for a while.

`X-Seedwatch-Signature` is `sha256=` and the HMAC-SHA256, in hex, of the time in `X-Seedwatch-Timestamp`, a dot, and the
body, under the secret that came with the request. Redirects are not followed, and addresses inside a network are
refused unless the settings allow them: whoever may ask for batches must not reach into it by that.
"""

import hashlib
import hmac
import ipaddress
import json
import logging
import socket
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from miner.errors import BadInput
from miner.settings import Settings
from miner.store import BatchProgress, Store, batches, webhooks
from miner.store.webhooks import Delivery

_SECONDS = 10.0
_LONGEST_ADDRESS = 2_000

log = logging.getLogger(__name__)


def check_address(url: str, settings: Settings) -> None:
    """Raises BadInput for an address to which nothing is sent."""
    parts = urlsplit(url)
    plain = settings.webhook_private and parts.scheme == "http"
    if (parts.scheme != "https" and not plain) or not parts.hostname or len(url) > _LONGEST_ADDRESS or parts.username:
        raise BadInput(f"{url!r} is no address for a webhook: write https://HOST/PATH")


def deliver_due(store: Store, settings: Settings) -> None:
    """Sends what is due."""
    while _deliver_one(store, settings):
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


def _deliver_one(store: Store, settings: Settings) -> bool:
    with store.changing() as session:
        delivery = webhooks.take(session, datetime.now(UTC))
        batch = None if delivery is None else batches.progress(session, delivery.batch_id)
    if delivery is None or batch is None:
        return False
    error = _send(delivery, message(batch), settings)
    with store.changing() as session:
        if error is None:
            webhooks.delivered(session, delivery.batch_id)
        else:
            log.warning("batch %d: its webhook was not taken: %s", delivery.batch_id, error)
            webhooks.failed(session, delivery.batch_id, error, datetime.now(UTC))
    return True


def _send(delivery: Delivery, body: bytes, settings: Settings) -> str | None:
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
            _refuse_inside(urlsplit(delivery.url).hostname or "")
        answer = httpx.post(delivery.url, content=body, headers=headers, timeout=_SECONDS, follow_redirects=False)
    except (BadInput, httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return str(error) or type(error).__name__
    return None if answer.is_success else f"status {answer.status_code}"


def _refuse_inside(host: str) -> None:
    """Raises BadInput where a name leads to an address that is not everybody's."""
    for *_, address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM):
        if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global:
            raise BadInput(f"{host} is an address inside a network; SEEDWATCH_WEBHOOK_PRIVATE=true allows those")
