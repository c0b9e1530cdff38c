"""Processes that do the dangerous part of a job, so that a crash, an endless loop or a flood of memory ends one job."""

import json
import multiprocessing
import queue
import signal
import threading
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from miner.errors import FetchFailed, RateLimited, RepositoryError, TimedOut, Unreachable
from miner.jobs.analysis import Task, serve

POLITE_SECONDS = 5.0
_TICK_SECONDS = 0.2

# A process with threads, as this one is, must not be forked.
_CONTEXT = multiprocessing.get_context("spawn")


class Stopped(BaseException):
    """The pool was told to stop. Not an error of the job: like KeyboardInterrupt, it leaves the job as it is."""


class Refused(RepositoryError):  # noqa: N818
    """A task's failure as its process told it; the state is the instance's own."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.told_state = state


class Pool:
    """Up to `size` processes, started when they are first needed and again after one has died."""

    def __init__(self, size: int) -> None:
        self._stopping = threading.Event()
        self._workers = [_Worker(self._stopping) for _ in range(size)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._warming = threading.Lock()
        for worker in self._workers:
            self._idle.put(worker)

    def run(self, task: Task) -> dict[str, Any]:
        """The answer to a task, as `miner.jobs.analysis.carry_out` gives it.

        Raises Refused with what the process says, RateLimited, Unreachable, TimedOut, FetchFailed (the process died),
        and Stopped.
        """
        worker = self._free_worker()
        try:
            answer = worker.run(task)
        finally:
            self._idle.put(worker)
        if answer.get("error") == "paused":
            raise RateLimited(answer["reason"], answer["seconds"])
        if answer.get("error") == "unreachable":
            raise Unreachable(answer["reason"])
        if "error" in answer:
            raise Refused(answer["error"], answer["reason"])
        return answer

    def warm(self, number: int) -> None:
        """Waits until so many of the processes that are idle, or all of them, have loaded what they need.

        Raises Stopped.
        """
        with self._warming:  # who comes second finds them ready
            idle: list[_Worker] = []
            try:
                with suppress(queue.Empty):
                    while len(idle) < number:
                        idle.append(self._idle.get_nowait())
                for worker in idle:
                    with suppress(OSError):  # a machine that can start none says so in the first task
                        worker.start()
                for worker in idle:
                    worker.load()
            finally:
                for worker in idle:
                    self._idle.put(worker)

    def stop(self) -> None:
        """Ends every process. Whoever waits for an answer gets Stopped."""
        self._stopping.set()
        for worker in self._workers:
            worker.tell_to_end()
        for worker in self._workers:
            worker.end()

    def _free_worker(self) -> "_Worker":
        while not self._stopping.is_set():
            try:
                return self._idle.get(timeout=_TICK_SECONDS)
            except queue.Empty:
                continue
        raise Stopped


class _Worker:
    """One process and the pipe to it. Used by one thread at a time, but for `end`."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._loading = False

    def run(self, task: Task) -> dict[str, Any]:
        try:
            connection = self._loaded()
            connection.send(task)
            if not connection.poll(task.seconds):
                self.end()
                raise self._or_stopped(TimedOut(f"no end after {task.seconds:.0f} s"))
            answer: dict[str, Any] = json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            # A process that dies of a signal closes its end of the pipe before it can be asked how it died.
            raise self._or_stopped(FetchFailed(f"the process that read it died{self._how_it_died()}")) from None
        return answer

    def start(self) -> None:
        """Starts the process if there is none, and does not wait for it. Raises Stopped."""
        with self._lock:
            if self._stopping.is_set():
                raise Stopped
            if self._connection is None or self._process is None or not self._process.is_alive():
                self._connection, theirs = _CONTEXT.Pipe()
                self._process = _CONTEXT.Process(target=serve, args=(theirs,), name="seedwatch-analysis", daemon=True)
                self._loading = True
                _start_deaf_to_ctrl_c(self._process)
                theirs.close()

    def load(self) -> None:
        """Waits until the process is ready for a task; one that dies of it will be told of by its next task."""
        with suppress(EOFError, OSError):
            self._loaded()

    def tell_to_end(self) -> None:
        """Does not wait: several end at the same time."""
        with self._lock:
            if self._process is not None:
                self._process.terminate()

    def end(self) -> None:
        """Ends the process. The pipe is let go of, not closed: another thread may be waiting on it and sees its end."""
        with self._lock:
            process, self._process, self._connection = self._process, None, None
        if process is None:
            return
        process.terminate()
        process.join(POLITE_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()

    def _loaded(self) -> Connection:
        self.start()
        with self._lock:
            connection = self._connection
        if connection is None:  # ended in between
            raise Stopped
        if self._loading:
            connection.recv_bytes()
            self._loading = False
        return connection

    def _how_it_died(self) -> str:
        with self._lock:
            process = self._process
        if process is None:
            return ""
        process.join(POLITE_SECONDS)
        code = process.exitcode
        self.end()
        if code is None:
            return ""
        return f" (signal {-code})" if code < 0 else f" (exit status {code})"

    def _or_stopped(self, error: RepositoryError) -> BaseException:
        return Stopped() if self._stopping.is_set() else error


def _start_deaf_to_ctrl_c(process: SpawnProcess) -> None:
    """Ctrl-C reaches the whole group, this process too while it is still starting: its parent decides what it means."""
    resource_tracker.ensure_running()  # as `start` does, and unblocks the signal when it has to start the tracker
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which the new process inherits
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
