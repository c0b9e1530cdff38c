"""The threads that do a worker's jobs, the most urgent first."""

import heapq
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count

from miner.jobs.pool import Stopped


class Crew:
    """`size` threads and a heap of what they are to do. Small priorities go first, equal ones in their order."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._waiting: list[tuple[int, int, Callable[[], None], Future[None]]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._work, name=f"seedwatch-job-{place}", daemon=True) for place in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, priority: int, task: Callable[[], None]) -> Future[None]:
        """What the future raises is what the task raised; Stopped where it was never begun."""
        future: Future[None] = Future()
        with self._changed:
            if self._stopped:
                future.set_exception(Stopped())
                return future
            heapq.heappush(self._waiting, (priority, next(self._numbers), task, future))
            self._changed.notify()
        return future

    def stop(self) -> None:
        """Begins nothing more. What is under way has to be ended by whoever knows how; `join` waits for it."""
        with self._changed:
            self._stopped = True
            waiting, self._waiting = self._waiting, []
            self._changed.notify_all()
        for *_, future in waiting:
            future.set_exception(Stopped())

    def join(self) -> None:
        """Waits for the threads to end, after `stop`."""
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (entry := self._next()) is not None:
            *_, task, future = entry
            try:
                task()
            except BaseException as error:  # noqa: BLE001 - it is raised where the future is waited for
                future.set_exception(error)
            else:
                future.set_result(None)

    def _next(self) -> tuple[int, int, Callable[[], None], Future[None]] | None:
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            return None if self._stopped else heapq.heappop(self._waiting)
