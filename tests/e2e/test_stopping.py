"""Ctrl-C, as a person presses it."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from seedwatch.demo.build import build, demos
from tests.e2e.processes import COMMAND, seedwatch, started
from tests.support.githttps import Answer, GitHttpsServer


def test_a_stopped_scan_says_so_and_the_same_command_goes_on(git_server: GitHttpsServer, tmp_path: Path) -> None:
    env = {"SEEDWATCH_GIT_URL": git_server.base_url, "SEEDWATCH_CA_FILE": str(git_server.ca_file)}
    done, slow = (build(demo, tmp_path) for demo in demos()[:2])
    slow.rename(tmp_path / "slow.git")
    git_server.answer("octo/slow", Answer(500, delay=60))
    command = [*COMMAND, "scan", str(done), "octo/slow"]
    with started(command, env) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"[1/2] {done}: scanned\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped. The same command goes on from here." in out
    assert "Traceback" not in err

    git_server.answers.clear()
    git_server.repository("octo/slow").parent.mkdir()
    (tmp_path / "slow.git").rename(git_server.repository("octo/slow"))
    again = seedwatch(*command[len(COMMAND) :], env=env)
    assert again.returncode == 0
    assert "2 targets in " in again.stdout
    assert ": 2 scanned\n" in again.stdout
    assert again.stderr == "[2/2] github.com/octo/slow: scanned\n"


def test_a_service_that_is_told_to_end_ends_well() -> None:
    for told, status in ((signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)):
        with started([*COMMAND, "serve", "--port", "0"], {}) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(told)
            _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (status, "")


@dataclass(frozen=True, slots=True)
class Ended:
    """A process group that Ctrl-C was pressed in."""

    status: int
    out: str
    err: str

    @property
    def begun(self) -> bool:
        """Whether the command was at work when Ctrl-C was pressed."""
        return "Stopping ..." in self.err

    @property
    def said_goodbye(self) -> bool:
        """Ended as the system ends a process, or with our status for it, and without a word about our insides."""
        noise = ("Traceback", "Exception", "Warning", "Error")
        return self.status in (130, -signal.SIGINT) and not any(word in self.out + self.err for word in noise)


def pressed(arguments: Sequence[str], data: Path, moment: float, times: int) -> Ended:
    """Runs a command in a terminal of its own, and presses Ctrl-C `times` times, `moment` seconds after its start."""
    env = {**os.environ, "SEEDWATCH_DATA_DIR": str(data), "SEEDWATCH_CACHE_DIR": str(data / "cache")}
    with subprocess.Popen(
        [*COMMAND, *arguments],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        time.sleep(moment)
        for _ in range(times):
            os.killpg(process.pid, signal.SIGINT)
            time.sleep(0.05)
        out, err = process.communicate(timeout=120)
    return Ended(process.returncode, out, err)


def unending(tmp_path: Path, git_server: GitHttpsServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A scan of two targets that no moment finds at its end: the second one's server never answers."""
    monkeypatch.setenv("SEEDWATCH_GIT_URL", git_server.base_url)
    monkeypatch.setenv("SEEDWATCH_CA_FILE", str(git_server.ca_file))
    git_server.answer("octo/slow", Answer(500, delay=600))
    return ["scan", str(build(demos()[0], tmp_path)), "octo/slow"]


def sweep(arguments: Sequence[str], folder: Path, moments: Sequence[float], times: int, at_once: int) -> None:
    """Each moment is met with a clean end, and where the run had begun, with its summary."""
    with ThreadPoolExecutor(at_once) as threads:
        tries = [
            threads.submit(pressed, arguments, folder / str(number), moment, times)
            for number, moment in enumerate(moments)
        ]
    ends = [each.result() for each in tries]
    while not any(end.begun for end in ends) and (latest := 2 * max(moments)) < 120:
        # A busy machine is not at work yet at any of the moments.
        moments = [*moments, latest]
        ends.append(pressed(arguments, folder / str(len(ends)), latest, times))
    assert "".join(f"{end.status}: {end.out}\n{end.err}\n" for end in ends if not end.said_goodbye) == ""
    begun = [end for end in ends if end.begun]
    assert [end for end in begun if "The same command goes on from here." not in end.out] == []
    # While arguments and settings are read there is nothing to go on with, nor to say.
    assert [end for end in ends if end not in begun and (end.out or end.err)] == []
    assert all(end.status == 130 for end in begun)
    assert begun


@pytest.mark.parametrize("times", [1, 3])
def test_ctrl_c_is_clean_at_any_moment_of_a_scan(
    tmp_path: Path, git_server: GitHttpsServer, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    arguments = unending(tmp_path, git_server, monkeypatch)
    sweep(arguments, tmp_path, [0.2 + 0.5 * step for step in range(8)], times, at_once=4)


@pytest.mark.long
@pytest.mark.parametrize("times", [1, 3])
def test_ctrl_c_is_clean_at_each_moment_of_a_scan(
    tmp_path: Path, git_server: GitHttpsServer, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    arguments = unending(tmp_path, git_server, monkeypatch)
    sweep(arguments, tmp_path, [0.05 + 0.05 * step for step in range(80)], times, at_once=1)


def test_a_scan_that_is_stopped_by_many_presses_was_stopped_and_not_killed(
    tmp_path: Path, git_server: GitHttpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own end, too, is met: what Python takes apart after the last word takes a tenth of a second."""
    arguments = unending(tmp_path, git_server, monkeypatch)
    with started([*COMMAND, *arguments], {"SEEDWATCH_DATA_DIR": str(tmp_path)}) as process:
        assert process.stderr is not None
        process.stderr.readline()  # the first target
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.002)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "\nStopping ...\n")
    assert out.endswith("\nStopped. The same command goes on from here.\n")


def test_ctrl_c_before_a_service_is_up_is_clean_too(tmp_path: Path) -> None:
    for number, moment in enumerate((0.1, 0.4, 0.8)):
        end = pressed(["serve", "--port", "0"], tmp_path / str(number), moment, 1)
        assert end.said_goodbye or end.status == 0
        assert "Traceback" not in end.err
