"""Runs the service in this process."""

import os
import socket
import sys

import uvicorn

from api.app import create_app
from miner.errors import BadInput
from miner.settings import Settings
from miner.store import upgrade

_SECONDS_TO_FINISH = 5


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Brings the database up to date, and serves until a signal ends it. Port 0 takes any free one.

    Raises BadInput where the address cannot be had, and the store's errors.
    """
    upgrade(settings.database_url)
    config = uvicorn.Config(
        create_app(settings),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_SECONDS_TO_FINISH,
    )
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    try:
        _Server(config, f"http://{shown}:{listening.getsockname()[1]}").run(sockets=[listening])
    except KeyboardInterrupt:
        sys.stdout.write("\n")


class _Server(uvicorn.Server):
    """A server that says where it is once it answers."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(f"The dashboard is at {self._address} (Ctrl-C ends it)\n")
        sys.stdout.flush()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        # Resolving a name fails with numbers of its own, below those of the system.
        number = error.errno or 0
        reason = os.strerror(number).lower() if number > 0 else "no such address"
        raise BadInput(f"cannot listen on {host} port {port}: {reason}; see --host and --port") from error
