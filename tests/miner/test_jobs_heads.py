"""Asking many repositories for their commits, and ending while they are asked."""

import socket
import warnings
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from miner.jobs.heads import Heads
from miner.jobs.pool import Stopped


def test_whoever_asks_while_it_is_closed_is_told_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(8) as threads:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/octo/repository"
        for _ in range(20):
            heads, asking = Heads(user_agent="seedwatch-tests", ca_file=None), Event()

            def ask(heads: Heads = heads, asking: Event = asking) -> None:
                asking.set()
                with pytest.raises(Stopped):
                    heads.get(url)

            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                asked = [threads.submit(ask) for _ in range(8)]
                asking.wait()
                heads.close()
                for each in asked:
                    each.result(timeout=30)
            assert [str(warning.message) for warning in seen if "never awaited" in str(warning.message)] == []
