"""Which commit a repository on a server is at, asked from many threads over one set of connections."""

import asyncio
import concurrent.futures
import threading
import warnings
from pathlib import Path

from miner.github.lsrefs import Head, head, open_client
from miner.jobs.pool import Stopped


class Heads:
    """An event loop in a thread of its own, with the HTTP client that lives in it."""

    def __init__(self, *, user_agent: str, ca_file: Path | None) -> None:
        self._closed = False
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._client = open_client(user_agent=user_agent, ca_file=ca_file)
        self._thread = threading.Thread(target=self._loop.run_forever, name="seedwatch-heads", daemon=True)
        self._thread.start()

    def get(self, url: str, authorization: str | None = None) -> Head:
        """`authorization` is a header for its server. Raises what `miner.github.lsrefs.head` raises, and Stopped."""
        # What is asked before the end is asked for is seen by it: a loop runs things in the order of their coming.
        with self._lock:
            if self._closed:
                raise Stopped
            asked = asyncio.run_coroutine_threadsafe(head(self._client, url, authorization), self._loop)
        try:
            return asked.result()
        except concurrent.futures.CancelledError:
            raise Stopped from None

    def close(self) -> None:
        """Ends what is under way, and the thread."""
        with self._lock:
            self._closed = True
        # anyio leaves what it was about to begin when it is cancelled just then, and Python would tell the user.
        unbegun = r"coroutine 'connect_tcp\.<locals>\.try_connect' was never awaited"
        warnings.filterwarnings("ignore", message=unbegun, category=RuntimeWarning)
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _finish(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()
