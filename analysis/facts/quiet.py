"""Python's own parser without its warnings: a stranger's invalid escapes are not our user's business."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def without_warnings() -> Iterator[None]:
    """For one thread at a time: what is done with warnings is the process's."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
