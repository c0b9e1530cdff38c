"""Starting the program's commands as processes of their own, as a person or a container does."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

COMMAND = (sys.executable, "-m", "seedwatch")
_ADDRESS = re.compile(r"http://\S+")


def seedwatch(
    *arguments: str | Path, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        env={**os.environ, **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@contextmanager
def started(command: Sequence[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended as Ctrl-C ends it, and must end by itself then."""
    with subprocess.Popen(
        command, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@contextmanager
def serving(*, env: Mapping[str, str] | None = None, command: Sequence[str] = ("serve",)) -> Iterator[str]:
    """The address of a service on a free port, started by a command that serves."""
    with started([*COMMAND, *command, "--port", "0"], env or {}) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if address := _ADDRESS.search(line):
                yield address[0]
                return
        raise AssertionError(f"{command} ended without serving: {process.stderr.read()}")
