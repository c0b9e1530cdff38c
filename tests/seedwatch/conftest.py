"""What the tests of the command line share."""

import logging
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from seedwatch.__main__ import main
from seedwatch.demo.build import build, demos
from tests.e2e import processes


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    status: int
    out: str
    err: str


class CommandLine:
    """Runs commands as the shell would, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Ran:
        self._capsys.readouterr()
        heard_by = signal.getsignal(signal.SIGINT)
        try:
            status = main([str(argument) for argument in arguments])
        finally:
            signal.signal(signal.SIGINT, heard_by)  # a command takes Ctrl-C for itself until its process ends
            # The engine of jobs keeps the error output of the first command, which is another one for each test.
            logging.getLogger("dbos").handlers.clear()
        printed = self._capsys.readouterr()
        return Ran(status, printed.out, printed.err)


@pytest.fixture
def seedwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(capsys)


@pytest.fixture
def alone(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a file to where no work tree is around it."""
    return lambda file: Path(shutil.copy(file, tmp_path))


def program(*arguments: str | Path, stdin: str = "") -> Ran:
    """Runs a command in a process of its own. The engine of jobs keeps global state that no test should inherit."""
    ran = processes.seedwatch(*arguments, stdin=stdin)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture(scope="session")
def demo_repositories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The demonstration repositories, by name."""
    folder = tmp_path_factory.mktemp("demo")
    return {demo.name: build(demo, folder) for demo in demos()}
