"""Asking many repositories for their commits, and ending while they are asked."""

import gc
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from miner.errors import FetchFailed
from miner.jobs.heads import Heads
from miner.jobs.pool import Stopped


# A connection that is cancelled while it is made is closed by the collector, with a warning that users do not see.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_whoever_asks_while_it_is_closed_is_told_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"https://127.0.0.1:{closed.getsockname()[1]}/octo/repository"

    def ask_until_told(heads: Heads, asking: Event) -> None:
        while True:
            asking.set()
            with pytest.raises((Stopped, FetchFailed)) as refused:
                heads.get(url)
            if refused.errisinstance(Stopped):
                return

    with ThreadPoolExecutor(8) as threads:
        for _ in range(20):
            heads, asking = Heads(user_agent="seedwatch-tests", ca_file=None), Event()
            asked = [threads.submit(ask_until_told, heads, asking) for _ in range(8)]
            asking.wait()
            heads.close()
            for each in asked:
                each.result(timeout=30)
    gc.collect()
