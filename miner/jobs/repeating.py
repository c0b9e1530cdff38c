"""Threads that do something again and again, and outlive a database that is away."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from miner.store import StoreError
from miner.store.engine import translated_errors

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Task:
    """Something to be done every so many seconds; `name` is how the log calls it."""

    name: str
    seconds: float
    action: Callable[[], None]
    due: float = 0.0


class Repeating:
    """One thread for several tasks. A task that fails is tried again when its time comes."""

    def __init__(self, name: str, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Does every task at once, and goes on."""
        self._thread.start()

    def stop(self) -> None:
        """Waits for the task under way. May be called where it was never started."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        wait = 0.0
        while not self._stopping.wait(wait):
            for task in self._tasks:
                if task.due <= time.monotonic() and not self._stopping.is_set():
                    _do(task)
                    task.due = time.monotonic() + task.seconds
            wait = max(0.0, min(task.due for task in self._tasks) - time.monotonic())


def _do(task: Task) -> None:
    try:
        with translated_errors():
            task.action()
    except StoreError as error:
        log.warning("%s has to wait: %s", task.name, error)
    except Exception:
        # The boundary of a task: the thread goes on with the others, and with this one the next time.
        log.exception("%s failed", task.name)
