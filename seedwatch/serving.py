"""Runs the service in this process."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Callable

import uvicorn

from api.app import create_app
from miner.errors import BadInput
from miner.settings import Settings
from miner.store import upgrade
from seedwatch.embedded import EmbeddedWorker
from seedwatch.interrupts import noted
from seedwatch.logs import configure_logs
from seedwatch.statuses import OK, STOPPED

_SECONDS_TO_FINISH = 5


def serve(settings: Settings, *, host: str | None, port: int | None, worker: bool = True) -> int:
    """Brings the database up to date, and serves until a signal ends it, where the settings say by default.

    With `worker`, jobs are done in this process too, by threads and processes of their own.
    Gives the exit status: Ctrl-C is how a service is ended, unless it comes before there is one.
    Raises BadInput where the address cannot be had, and the store's errors.
    """
    host, port = settings.host if host is None else host, settings.port if port is None else port
    shown = f"[{host}]" if ":" in host else host
    configure_logs(logging.WARNING)
    with noted() as stop:
        upgrade(settings.database_url)
        config = uvicorn.Config(
            create_app(settings),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SECONDS_TO_FINISH,
        )
        listening = _listen(host, port)
        address = f"http://{shown}:{listening.getsockname()[1]}"
        server = _Server(config, address, stop, EmbeddedWorker(settings) if worker else None)
        server.run(sockets=[listening])
    return OK if server.answered else STOPPED


class _Server(uvicorn.Server):
    """A server that says where it is once it answers. `answered` is whether it came to that."""

    def __init__(
        self, config: uvicorn.Config, address: str, stop: Callable[[], bool], worker: EmbeddedWorker | None
    ) -> None:
        super().__init__(config)
        self._worker = worker
        self.answered = False
        self._address = address
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._stop():  # before the server listened to signals itself
            self.should_exit = True
            return
        self.answered = True
        if self._worker is not None:
            self._worker.start()
        sys.stdout.write(f"The dashboard is at {self._address} (Ctrl-C ends it)\n")
        sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Here, since a signal that ended the server is raised again before `run` returns.
        await super().shutdown(sockets)
        if self._worker is not None:
            await asyncio.to_thread(self._worker.end)


def _listen(host: str, port: int) -> socket.socket:
    if not host:
        raise BadInput("cannot listen on an empty address; see --host")
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        # Resolving a name fails with numbers of its own, below those of the system.
        number = error.errno or 0
        reason = os.strerror(number).lower() if number > 0 else "no such address"
        raise BadInput(f"cannot listen on {host} port {port}: {reason}; see --host and --port") from error
