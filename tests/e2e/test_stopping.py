"""Ctrl-C, as a person presses it."""

import signal
from pathlib import Path

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
