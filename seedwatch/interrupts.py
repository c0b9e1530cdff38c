"""Ctrl-C, clean at any moment.

Python raises KeyboardInterrupt wherever the program happens to be: in an import, a lock, a callback of some library.
So until a command is at work Ctrl-C ends the process as the system does, without a word; at work, a command chooses
between an exception that is raised once, and a note that it looks at when it can stop.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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


def end_at_once() -> None:
    """From here on Ctrl-C ends the process, silently; a shell sees status 130."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def raised_once() -> Iterator[None]:
    """Ctrl-C is a KeyboardInterrupt; whatever that leads to is not interrupted again. At the end, `end_at_once`."""
    signal.signal(signal.SIGINT, _raise_once)
    try:
        yield
    finally:
        end_at_once()


@contextmanager
def noted(answer: str = "") -> Iterator[Stop]:
    """Ctrl-C is a note for as long as the context lasts; `answer` goes to standard error at once."""
    stop = Stop(answer)
    before = signal.signal(signal.SIGINT, stop._note)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _raise_once(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
