"""Signs of life, and taking over from those who give none."""

import logging
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from analysis.engine import ANALYZER_VERSION
from miner.store import Store, workers
from miner.store.workers import Worker

BEAT_SECONDS = 2.0
DEAD_AFTER = timedelta(seconds=8)

log = logging.getLogger(__name__)


class Heartbeat:
    """This process among those that live. `hand_back` gets the executor id of a dead one; maybe twice for one."""

    def __init__(
        self,
        store: Store,
        executor_id: str,
        queues: Sequence[str],
        concurrency: int,
        hand_back: Callable[[str], None],
    ) -> None:
        self._store = store
        self._executor_id = executor_id
        self._hand_back = hand_back
        now = _now()
        self._self = Worker(
            executor_id=executor_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            queues=" ".join(queues),
            concurrency=concurrency,
            version=ANALYZER_VERSION,
            started_at=now,
            heartbeat_at=now,
        )

    def register(self) -> None:
        """Makes this process known. Call before it takes its first job."""
        with self._store.changing() as session:
            workers.register(session, replace(self._self, heartbeat_at=_now()))

    def beat(self) -> None:
        """Notes that this process lives, and hands back the jobs of those that do not."""
        with self._store.changing() as session:
            if not workers.beat(session, self._executor_id, _now()):
                # This process was stopped for so long that others took its jobs; what it still does is refused.
                log.warning("this worker was silent for so long that its jobs went to others")
                workers.register(session, replace(self._self, heartbeat_at=_now()))
            silent = workers.take_silent(session, _now(), DEAD_AFTER)
        for executor_id in silent:
            log.warning("worker %s gave no sign of life; its jobs are handed to others", executor_id)
            self.release(executor_id)

    def end(self) -> None:
        """Hands back this process's own jobs. Call when it runs none any more, and beats no more."""
        self.release(self._executor_id)

    def release(self, executor_id: str) -> None:
        """Hands back the jobs of a worker that is no more, and forgets it."""
        self._hand_back(executor_id)
        with self._store.changing() as session:
            workers.remove(session, executor_id)


def _now() -> datetime:
    return datetime.now(UTC)
