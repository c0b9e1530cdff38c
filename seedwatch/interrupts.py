"""Ctrl-C, clean at any moment.

Python raises KeyboardInterrupt wherever the program happens to be: in an import, a lock, a callback of some library.
So until a command is at work Ctrl-C ends the process as the system does, without a word; at work, a command chooses
between an exception that is raised once, and a note that it looks at when it can stop.
"""

import atexit
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from seedwatch.statuses import STOPPED


class Stop:
    """Whether Ctrl-C was pressed. Pressing it again changes nothing: what is being put away stays undisturbed."""

    def __init__(self, answer: str) -> None:
        self.asked = False
        self._answer = answer.encode()

    def __call__(self) -> bool:
        return self.asked

    def _note(self, _signal: int, _frame: FrameType | None) -> None:
        if not self.asked:
            self.asked = True
            # Not through sys.stderr: the signal may have come in the middle of a write to it.
            os.write(2, self._answer)


@contextmanager
def raised_once() -> Iterator[None]:
    """Ctrl-C is a KeyboardInterrupt; whatever that leads to is not interrupted again.

    From the end of the context on it ends the process, silently and with status 130, and once Python takes itself apart
    it changes nothing: a run that has said how it goes on has stopped, and was not killed.
    """
    # Python gives its handlers back to the system before it is gone, but leaves alone what is ignored.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGINT, _raise_once)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, _end)


@contextmanager
def noted(answer: str = "") -> Iterator[Stop]:
    """Ctrl-C is a note for as long as the context lasts; `answer` goes to standard error at once.

    What was written to standard output is out when the context ends, so that no later Ctrl-C takes it back. Once it was
    pressed it stays a note until the command ends.
    """
    stop = Stop(answer)
    before = signal.signal(signal.SIGINT, stop._note)
    try:
        yield stop
        sys.stdout.flush()
    finally:
        if not stop.asked:
            signal.signal(signal.SIGINT, before)


def _raise_once(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end(_signal: int, _frame: FrameType | None) -> None:
    os._exit(STOPPED)
