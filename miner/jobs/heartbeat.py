"""Signs of life, and taking over from those who give none."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from miner.store import Store, StoreError, workers

BEAT_SECONDS = 2.0
DEAD_AFTER = timedelta(seconds=8)

log = logging.getLogger(__name__)


class Heartbeat:
    """A thread that notes every two seconds that this process lives, and hands back the jobs of processes that do not.

    `hand_back` gets the executor id of a dead process; it may be called twice for one, after a failure.
    """

    def __init__(self, store: Store, executor_id: str, hand_back: Callable[[str], None]) -> None:
        self._store = store
        self._executor_id = executor_id
        self._hand_back = hand_back
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="seedwatch-heartbeat", daemon=True)

    def register(self) -> None:
        """Makes this process known. Call before it takes its first job."""
        with self._store.changing() as session:
            workers.register(session, self._executor_id, _now())

    def start(self) -> None:
        """Begins to give signs of life, and to look for those of others."""
        self._thread.start()

    def stop(self) -> None:
        """Hands back this process's own jobs. Call when it runs none any more."""
        self._stopping.set()
        self._thread.join()
        self._release(self._executor_id)

    def _run(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            try:
                self._beat()
            except StoreError as error:
                log.warning("no sign of life could be given: %s", error)

    def _beat(self) -> None:
        with self._store.changing() as session:
            if not workers.beat(session, self._executor_id, _now()):
                # This process was stopped for so long that others took its jobs; the engine fences what it still has.
                workers.register(session, self._executor_id, _now())
            silent = workers.take_silent(session, _now(), DEAD_AFTER)
        for executor_id in silent:
            log.info("worker %s died; its jobs are handed to others", executor_id)
            self._release(executor_id)

    def _release(self, executor_id: str) -> None:
        self._hand_back(executor_id)
        with self._store.changing() as session:
            workers.remove(session, executor_id)


def _now() -> datetime:
    return datetime.now(UTC)
