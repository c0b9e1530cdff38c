"""Telling that a batch ended: what is sent, signed, tried again, and to where nothing is sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import text

from miner.errors import BadInput
from miner.jobs.webhooks import check_address, deliver_due, signature
from miner.settings import Settings
from miner.store import NewBatch, Store

SECRET = "a secret of sixteen"  # noqa: S105


@dataclass
class Receiver:
    """A server that notes what it gets, and answers with the statuses it is given, then 204.

    At `/endless` no body of an answer has an end, at `/never` no answer has.
    """

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if self.path == "/never":
                self.drip(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            self.send_response(found.statuses.pop(0) if found.statuses else 204 if self.path == "/hook" else 200)
            self.end_headers()
            if self.path == "/endless":
                self.drip(b"x")

        def drip(self, said: bytes) -> None:
            with suppress(OSError):
                while not found.ended.wait(0.05):
                    self.wfile.write(said)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/hook"
    yield found
    found.ended.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def inside(settings: Settings) -> Settings:
    """Settings that allow webhooks to this machine."""
    return settings.model_copy(update={"webhook_private": True})


def ended_batch(store: Store, url: str) -> int:
    """A batch of nothing, which ends when it is made."""
    return store.batches.select(NewBatch("scan", "t", "test", webhook_url=url, webhook_secret=SECRET), "")


def of_webhook(store: Store, column: str) -> object:
    with store.reading() as session:
        return session.scalar(text(f"SELECT {column} FROM webhooks"))  # noqa: S608 - a name of ours


def pass_the_pause(store: Store) -> None:
    with store.changing() as session:
        session.execute(text("UPDATE webhooks SET next_at = '2026-01-01 00:00:00' WHERE next_at IS NOT NULL"))


def test_the_end_is_told_once_and_signed(store: Store, inside: Settings, receiver: Receiver) -> None:
    batch_id = ended_batch(store, receiver.url)
    deliver_due(store, inside)
    deliver_due(store, inside)
    ((headers, body),) = receiver.got
    document = json.loads(body)
    assert (document["event"], document["batch"]["id"], document["batch"]["state"]) == (
        "batch.ended",
        batch_id,
        "finished",
    )
    assert headers["x-seedwatch-signature"] == signature(SECRET, headers["x-seedwatch-timestamp"], body)
    assert headers["x-seedwatch-signature"] != signature("another secret", headers["x-seedwatch-timestamp"], body)
    assert (of_webhook(store, "state"), of_webhook(store, "secret")) == ("delivered", None)


def test_nothing_is_told_before_the_end(store: Store, inside: Settings, receiver: Receiver) -> None:
    from miner.store import NewItem

    batch = NewBatch("scan", "t", "test", webhook_url=receiver.url)
    batch_id = store.batches.create([NewItem("/nowhere", None)], batch)
    deliver_due(store, inside)
    assert receiver.got == []
    store.batches.cancel(batch_id, "test")
    deliver_due(store, inside)
    ((headers, body),) = receiver.got
    assert json.loads(body)["batch"]["state"] == "cancelled"
    assert "x-seedwatch-signature" not in headers


def test_what_is_not_taken_is_tried_again_later_and_not_for_ever(
    store: Store, inside: Settings, receiver: Receiver
) -> None:
    receiver.statuses = [500] * 6
    ended_batch(store, receiver.url)
    for attempt in range(1, 7):
        deliver_due(store, inside)
        deliver_due(store, inside)
        assert (len(receiver.got), of_webhook(store, "last_error")) == (attempt, "status 500")
        pass_the_pause(store)
    assert (of_webhook(store, "state"), of_webhook(store, "secret")) == ("failed", None)
    deliver_due(store, inside)
    assert len(receiver.got) == 6


def test_a_redirect_is_not_followed(sqlite_store: Store, inside: Settings, receiver: Receiver) -> None:
    receiver.statuses = [302]
    ended_batch(sqlite_store, receiver.url)
    deliver_due(sqlite_store, inside)
    assert of_webhook(sqlite_store, "last_error") == "status 302"


def test_an_answer_without_an_end_is_an_answer(sqlite_store: Store, inside: Settings, receiver: Receiver) -> None:
    ended_batch(sqlite_store, receiver.url.replace("/hook", "/endless"))
    deliver_due(sqlite_store, inside)
    assert of_webhook(sqlite_store, "state") == "delivered"


def test_who_never_comes_to_an_answer_has_not_taken_it(
    sqlite_store: Store, inside: Settings, receiver: Receiver
) -> None:
    ended_batch(sqlite_store, receiver.url.replace("/hook", "/never"))
    deliver_due(sqlite_store, inside, seconds=0.5)
    assert of_webhook(sqlite_store, "last_error") == "no answer within 0.5 seconds"


@pytest.mark.parametrize("webhook_private", [False, True])
def test_a_name_that_no_host_can_have_is_given_up_in_the_end(
    sqlite_store: Store, settings: Settings, webhook_private: bool
) -> None:
    allowing = settings.model_copy(update={"webhook_private": webhook_private})
    ended_batch(sqlite_store, f"https://{'a' * 64}.com/x")
    for _ in range(6):
        deliver_due(sqlite_store, allowing)
        pass_the_pause(sqlite_store)
    assert of_webhook(sqlite_store, "state") == "failed"


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/"]
)
def test_addresses_inside_a_network_are_refused(sqlite_store: Store, settings: Settings, url: str) -> None:
    ended_batch(sqlite_store, url)
    deliver_due(sqlite_store, settings)
    assert "inside a network" in str(of_webhook(sqlite_store, "last_error"))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https:///x",
        "https://u:p@example.org/",
        "x",
        "file:///etc/passwd",
        "https://[",
        "https://[::1",
        "https://example.org:port/",
        "https://example.org:99999/",
    ],
)
def test_what_is_no_address_for_a_webhook_is_refused_at_once(settings: Settings, url: str) -> None:
    with pytest.raises(BadInput, match="no address for a webhook"):
        check_address(url, settings)
