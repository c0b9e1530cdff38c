"""A worker inside another process: `serve` does the jobs that its API is asked for."""

import logging
import threading

from miner.errors import MinerError
from miner.jobs.engine import Engine
from miner.settings import Settings
from miner.store import Store

_SECONDS_TO_END = 10.0

log = logging.getLogger(__name__)


class EmbeddedWorker:
    """Works in threads and processes of its own between `start` and `end`. The service does not wait for it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="seedwatch-worker", daemon=True)

    def start(self) -> None:
        """Begins to take jobs."""
        self._thread.start()

    def end(self) -> None:
        """Hands back what is under way. May be called where it was never started."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(_SECONDS_TO_END)

    def _work(self) -> None:
        try:
            with Store(self._settings.database_url) as store, Engine(self._settings, store):
                self._ending.wait()
        except MinerError as error:
            log.error("no jobs are done in this process: %s", error)
