"""What an attempt writes down about itself: stubs that were used, errors that were passed over, guesses that were made.

One per process; the attempt's own process and each worker have theirs.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

REPOSITORY = "/repo/"
MOST_NOTED = 40
STARTED = "CUDA started"


class TimeIsUp(BaseException):
    """The time of an attempt or of one statement is over. Not an Exception: code that passes over errors must not
    eat it."""


class EnclosingTimeIsUp(BaseException):
    """The same of a limit further out: who passes over the end of one statement must not pass over this."""


@dataclass(slots=True)
class Notes:
    """`stubs`: what stood in for missing modules; `swallowed`: errors passed over, with their place; `decided`:
    truths that were guessed; `unseeded`: seeding on the way to a draw that failed, or hung on a guess; `device`: where
    CUDA was started, or refused."""

    stubs: dict[str, None] = field(default_factory=dict)
    swallowed: dict[str, None] = field(default_factory=dict)
    decided: dict[str, None] = field(default_factory=dict)
    emulated: dict[str, None] = field(default_factory=dict)
    unseeded: dict[str, None] = field(default_factory=dict)
    device: dict[str, None] = field(default_factory=dict)

    def swallow(self, error: BaseException, place: str) -> None:
        if len(self.swallowed) < MOST_NOTED:
            self.swallowed[f"{place}: {type(error).__name__}: {str(error)[:120]}"] = None


notes = Notes()


def place_in_repository(frame: FrameType | None) -> tuple[str, int, int] | None:
    """Path, first and last line of the innermost instruction of repository code from `frame` outwards."""
    while frame is not None:
        filename = frame.f_code.co_filename
        if filename.startswith(REPOSITORY):
            first = last = frame.f_lineno
            position = _position(frame)
            if position is not None:
                first, last = position
            return filename[len(REPOSITORY) :], first, last
        frame = frame.f_back
    return None


def _position(frame: FrameType) -> tuple[int, int] | None:
    index = frame.f_lasti // 2
    for number, (line, end, _, _) in enumerate(frame.f_code.co_positions()):
        if number == index:
            return (line, end or line) if line is not None else None
    return None


_ends: list[float] = []
"""When the limits that this process is in end, by its own clock of work, outermost first."""

# A new process has a clock and a timer of its own.
os.register_at_fork(after_in_child=_ends.clear)

_AGAIN_SECONDS, _LEAST_SECONDS = 0.2, 0.01


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises TimeIsUp after so many seconds of this process's work; EnclosingTimeIsUp where it is an outer limit's end.

    Not of the clock, so that a busy machine changes nothing; who only waits is ended by `idle_limit` or the supervisor.
    """
    end = time.process_time() + seconds
    _ends.append(min([end, *_ends[-1:]]))
    signal.signal(signal.SIGPROF, _ring)
    _set_timer()
    try:
        yield
    except (TimeIsUp, EnclosingTimeIsUp):
        outer = len(_ends) > 1 and _ends[-2] <= time.process_time() + _LEAST_SECONDS
        raise (EnclosingTimeIsUp if outer else TimeIsUp) from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        _ends.pop()
        _set_timer()


def _set_timer() -> None:
    if _ends:
        left = max(_ends[-1] - time.process_time(), _LEAST_SECONDS)
        # And again, for code that passes over everything.
        signal.setitimer(signal.ITIMER_PROF, left, _AGAIN_SECONDS)


def _ring(number: int, frame: Any) -> None:
    raise TimeIsUp


IDLE_SECONDS = 6.0
_AT_WORK = 0.05
"""The share of the time that a process at work gets of a processor, on the busiest machine."""
_guards: list[float] = []
"""The process's clock of work when each of the guards that it is in was last looked at, outermost first."""

os.register_at_fork(after_in_child=_guards.clear)


@contextmanager
def idle_limit() -> Iterator[None]:
    """Raises TimeIsUp once this process has only waited for `IDLE_SECONDS`: for workers whose answer is lost, a lock,
    somebody at the keyboard."""
    _guards.append(0.0)
    signal.signal(signal.SIGALRM, _ring_if_idle)
    _look_again()
    try:
        yield
    finally:
        _guards.pop()
        _look_again()


def _look_again() -> None:
    if _guards:
        _guards[-1] = time.process_time()
    signal.setitimer(signal.ITIMER_REAL, IDLE_SECONDS if _guards else 0)


def _ring_if_idle(number: int, frame: Any) -> None:
    if not _guards:
        return
    worked = time.process_time() - _guards[-1]
    _look_again()
    if worked < _AT_WORK * IDLE_SECONDS:
        raise TimeIsUp


def debug(*words: object) -> None:
    """To standard error, which nobody reads but a developer who asked for it."""
    if os.environ.get("SEEDWATCH_INSIDE_DEBUG"):
        sys.stderr.write(" ".join(map(str, words)) + "\n")
