"""Waiting for a database that is away."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from miner.jobs.pool import Stopped
from miner.store import StoreUnavailable

WAIT_SECONDS = 1.0

Result = TypeVar("Result")

log = logging.getLogger(__name__)


def patiently(step: Callable[[], Result], stopping: threading.Event) -> Result:
    """The step, tried again for as long as the database is away. Raises Stopped where it is away as we are to end."""
    told = False
    while True:
        try:
            return step()
        except StoreUnavailable as error:
            if not told:
                log.warning("waiting for the database: %s", error)
                told = True
            if stopping.wait(WAIT_SECONDS):
                raise Stopped from error
