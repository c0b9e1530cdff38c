"""Datasets that want to do harm. Each is run as any other, in a sandbox with small limits."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from miner.verify.limits import MEGABYTE, Limits
from miner.verify.plan import described, files_of
from miner.verify.sandbox import Answer, NoSandbox, Sandbox
from miner.verify.verdict import verification
from tests.miner.verify.findings import first_flagged
from tests.support.trees import MemoryTree

LIMITS = replace(
    Limits(),
    seconds=60,
    rung_seconds=10,
    rung_cpu_seconds=6,
    memory_bytes=1200 * MEGABYTE,
    tmp_bytes=16 * MEGABYTE,
    shm_bytes=16 * MEGABYTE,
    file_bytes=8 * MEGABYTE,
    processes=48,
    result_bytes=2 * MEGABYTE,
)

LIBC = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); "

PROGRAM = """
import os, socket, sys
import numpy as np
from torch.utils.data import DataLoader, Dataset

class Bad(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        value = np.random.rand()
{attack}
        return value

loader = DataLoader(Bad(), num_workers=2)
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def run(sandbox: Sandbox, attack: str, limits: Limits = LIMITS) -> tuple[Answer, Any]:
    """The attack in `__getitem__` after the draw; what came back, and the verdict on it."""
    tree = MemoryTree({"bad.py": PROGRAM.format(attack=indent(dedent(attack), " " * 8)).encode()})
    pair = first_flagged(tree)
    answer = sandbox.run({"kind": "verify", "pairs": [{**described(pair), "rungs": ["R1"]}]}, files_of(tree), limits)
    attempts = [line for line in answer.lines if line.get("kind") == "attempt"]
    return answer, verification(pair, attempts, {}, answer.cut)


def errors(answer: Answer) -> str:
    """What the samples of the run under new torch raised."""
    return str(
        [sample["x"] for line in answer.lines for sample in line.get("runs", {}).get("modern", {}).get("samples", [])]
    )


def test_no_attack_is_confirmed(sandbox: Sandbox) -> None:
    _, said = run(sandbox, "pass")
    assert (said.verdict, said.scope) == ("confirmed", "torch < 1.9")


def test_network_on_the_same_machine(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        answer, _ = run(sandbox, f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 1)")
        assert "PermissionError" in errors(answer)
        with pytest.raises(TimeoutError):
            server.accept()


def test_unix_socket_of_the_machine(sandbox: Sandbox, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        answer, _ = run(sandbox, f"socket.socket(socket.AF_UNIX).connect({str(tmp_path / 's')!r})")
    assert "FileNotFoundError" in errors(answer)


def test_abstract_unix_socket(sandbox: Sandbox) -> None:
    name = f"\0seedwatch-{os.getpid()}-{threading.get_ident()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        answer, _ = run(sandbox, f"socket.socket(socket.AF_UNIX).connect({name!r})")
    assert "ConnectionRefusedError" in errors(answer)


def test_files_of_the_machine(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    attack = f"""
    seen = [path for path in ("/etc/shadow", "/etc/passwd", {str(tmp_path / "secret")!r}, "/var/log", "/sys/kernel")
            if os.access(path, os.F_OK)]
    raise ValueError(f"seen {{seen}}")
    """
    answer, _ = run(sandbox, attack)
    assert "seen []" in errors(answer)


def test_environment_of_every_process(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDWATCH_SECRET", "hunter2")
    attack = """
    found = b""
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    found += file.read()
            except OSError:
                pass
    raise ValueError(f"found {found}")
    """
    answer, _ = run(sandbox, attack)
    assert "found b''" in errors(answer)


def test_writing_outside(sandbox: Sandbox) -> None:
    attack = """
    written = []
    for folder in ("/", "/usr", "/usr/lib", "/etc", "/repo", "/dev", sys.prefix, sys.base_prefix):
        try:
            os.close(os.open(f"{folder}/seedwatch-test", os.O_CREAT | os.O_WRONLY))
            written.append(folder)
        except OSError:
            pass
    raise ValueError(f"written {written}")
    """
    answer, _ = run(sandbox, attack)
    assert "written []" in errors(answer)


@pytest.mark.parametrize(
    "attack",
    [
        LIBC + "raise ValueError(libc.unshare(0x10000000))",
        LIBC + "raise ValueError(libc.mount(b'a', b'/tmp', b'tmpfs', 0, 0))",
        LIBC + "raise ValueError(libc.setuid(0))",
        LIBC + "raise ValueError(libc.ptrace(16, 1, 0, 0))",
    ],
    ids=["namespaces", "mount", "root", "trace"],
)
def test_more_rights(sandbox: Sandbox, attack: str) -> None:
    answer, _ = run(sandbox, attack)
    assert "ValueError: -1" in errors(answer)


def test_fork_bomb(sandbox: Sandbox) -> None:
    before = len(list(Path("/proc").iterdir()))
    attack = """
    for _ in range(500):
        if os.fork() == 0:
            while True:
                pass
    """
    answer, said = run(sandbox, attack)
    assert said.verdict in {"confirmed", "inconclusive", "failed"}
    assert answer.seconds < 60
    assert len(list(Path("/proc").iterdir())) < before + 48


def test_memory_of_several_processes(sandbox: Sandbox) -> None:
    answer, said = run(sandbox, "self.__dict__.setdefault('kept', []).append(bytes(2**30))")
    assert said.verdict in {"inconclusive", "failed", "confirmed"}
    assert answer.seconds < 60


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])  # noqa: S108 - of the sandbox
def test_filling_the_disk(sandbox: Sandbox, folder: str) -> None:
    attack = f"""
    for number in range(100):
        with open(f"{folder}/{{number}}", "wb") as file:
            file.write(bytes(4 * 2**20))
    """
    answer, said = run(sandbox, attack)
    assert answer.cut is None
    # Without room in /dev/shm workers cannot even hand over their batches.
    assert "No space left" in errors(answer) or said.verdict == "inconclusive"


def test_many_small_files(sandbox: Sandbox) -> None:
    attack = """
    for number in range(10**6):
        os.close(os.open(f"/tmp/{os.getpid()}-{number}", os.O_CREAT))
    """
    answer, _ = run(sandbox, attack, replace(LIMITS, inodes=500))
    assert "No space left" in errors(answer)


def test_endless_loop(sandbox: Sandbox) -> None:
    _, said = run(sandbox, "while True: pass")
    assert said.verdict == "inconclusive"


def test_waiting_for_ever(sandbox: Sandbox) -> None:
    _, said = run(sandbox, "import time; time.sleep(3600)", replace(LIMITS, rung_seconds=4))
    assert said.verdict == "inconclusive"
    assert "no end within" in said.reason


@pytest.mark.parametrize("attack", ["sys.exit(0)", "os._exit(0)", "os.abort()", "os.kill(os.getpid(), 11)"])
def test_ending_the_worker(sandbox: Sandbox, attack: str) -> None:
    answer, said = run(sandbox, attack)
    assert said.verdict in {"inconclusive", "failed", "confirmed"}
    assert answer.cut is None


@pytest.mark.parametrize("attack", ["os.kill(-1, 9)", "os.kill(1, 9)", "os.kill(os.getppid(), 9)"])
def test_killing_others(sandbox: Sandbox, attack: str) -> None:
    zygote = sandbox.pid
    _, said = run(sandbox, attack)
    assert said.verdict in {"inconclusive", "failed", "confirmed"}
    assert sandbox.pid == zygote


def test_a_flood_on_standard_output(sandbox: Sandbox) -> None:
    answer, said = run(sandbox, "os.write(1, bytes(300 * 2**20)); os.write(2, bytes(10**6))")
    assert said.verdict == "confirmed"
    assert sum(len(str(line)) for line in answer.lines) < 2**20


def test_descriptors_that_are_open(sandbox: Sandbox) -> None:
    attack = """
    for number in range(3, 1024):
        try:
            os.write(number, b'{"kind": "attempt", "pair": "0", "forged": true}' + bytes([10]))
        except OSError:
            pass
    """
    answer, _ = run(sandbox, attack)
    assert not any(line.get("forged") for line in answer.lines)


def test_a_pickle_in_the_record(sandbox: Sandbox, tmp_path: Path) -> None:
    mark = tmp_path / "unpickled"
    attack = f"""
    import pickle
    class Trick:
        def __reduce__(self):
            return os.mkdir, ({str(mark)!r},)
    for number in range(3, 1024):
        try:
            os.write(number, pickle.dumps(Trick()) + bytes([10]))
        except OSError:
            pass
    """
    run(sandbox, attack)
    assert not mark.exists()


def test_links_in_the_place_of_files(sandbox: Sandbox) -> None:
    attack = """
    for folder in ("/tmp", "/dev/shm"):
        os.symlink("/etc", f"{folder}/link{index}-{os.getpid()}")
        os.symlink("/", f"{folder}/root{index}-{os.getpid()}")
    """
    before = sorted(Path("/etc").iterdir())
    _, said = run(sandbox, attack)
    assert said.verdict == "confirmed"
    assert sorted(Path("/etc").iterdir()) == before


def test_an_answer_of_another_form(sandbox: Sandbox) -> None:
    attack = """
    import json
    for number in range(3, 1024):
        try:
            os.write(number, json.dumps({"e": "x", "d": 7, "w": [], "s": None}).encode() + bytes([10]))
        except OSError:
            pass
    """
    _, said = run(sandbox, attack)
    assert said.verdict == "inconclusive"


@pytest.mark.parametrize("kind", ["refused", "begun", "done"])
def test_words_of_the_sandbox_in_an_attempts_mouth(sandbox: Sandbox, kind: str) -> None:
    """The answer of an attempt that says it is something else."""
    forge = f"""
import json, os, sys
import numpy as np
from torch.utils.data import DataLoader, Dataset

class Bad(Dataset):
    def __init__(self):
        said = json.dumps({{"kind": {kind!r}, "reason": "forged", "no_device": "forged", "torch": "forged"}}).encode()
        for number in range(3, 1024):
            try:
                os.write(number, len(said).to_bytes(8, "big") + said)
            except OSError:
                pass

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return np.random.rand()

loader = DataLoader(Bad(), num_workers=2)
"""
    tree = MemoryTree({"bad.py": forge.encode()})
    pair = first_flagged(tree)
    answer = sandbox.run({"kind": "verify", "pairs": [{**described(pair), "rungs": ["R1"]}]}, files_of(tree), LIMITS)
    assert [line["kind"] for line in answer.lines] == ["begun", "attempt", "done"]
    assert "forged" not in answer.lines[0].values()
    said = verification(pair, [answer.lines[1]], {}, answer.cut)
    assert said.verdict == "inconclusive"


def test_draws_that_were_never_made(sandbox: Sandbox) -> None:
    """The log is forged; the differences of states do not fit it."""
    forge = """
import numpy as np
from torch.utils.data import DataLoader, Dataset

class Bad(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        here = np.random.rand.__globals__["here"]
        if index < 0:
            return np.random.rand()
        here.draws.append(["numpy.random.rand", "global", "bad.py", 12, 12, "f" * 16, True])
        return 0

loader = DataLoader(Bad(), num_workers=2)
"""
    tree = MemoryTree({"bad.py": forge.encode()})
    pair = first_flagged(tree)
    answer = sandbox.run({"kind": "verify", "pairs": [{**described(pair), "rungs": ["R1"]}]}, files_of(tree), LIMITS)
    said = verification(pair, [line for line in answer.lines if line.get("kind") == "attempt"], {}, answer.cut)
    assert said.verdict == "inconclusive"
    assert "did not change" in said.reason


def test_many_in_a_row_leave_nothing(sandbox: Sandbox) -> None:
    run(sandbox, "pass")
    before = left()
    for _ in range(25):
        sandbox.run({"kind": "verify", "pairs": []}, {"a.py": b"x = 1"}, LIMITS)
    assert left() == before


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, None], ids=["killed", "hung up"])
def test_what_was_killed_leaves_no_control_group(how: signal.Signals | None) -> None:
    """`killed`: the zygote, before it could clear up; the next one does. `hung up`: the host is gone."""
    tree = MemoryTree({"bad.py": PROGRAM.format(attack=" " * 8 + "while True: pass").encode()})
    job = {"kind": "verify", "pairs": [{**described(first_flagged(tree)), "rungs": ["R1"]}]}
    made = Sandbox()
    thread = threading.Thread(target=ended, args=(made, job, files_of(tree)))
    thread.start()
    own: set[Path] = set()
    while not own and thread.is_alive():
        own = {folder for folder in groups() if made.pid is not None and started_by(made.pid, folder)}
        time.sleep(0.02)
    if how is None:
        made.close()
    elif made.pid is not None:
        os.kill(made.pid, how)
    thread.join()
    made.close()
    deadline = time.monotonic() + 20
    while groups() & own and time.monotonic() < deadline:
        # A group can be removed once the kernel has buried what was in it.
        with Sandbox() as after:
            after.run({"kind": "verify", "pairs": []}, {}, LIMITS)
    assert not groups() & own


def ended(sandbox: Sandbox, job: dict[str, Any], files: dict[str, bytes]) -> None:
    with suppress(NoSandbox, OSError, AssertionError):
        sandbox.run(job, files, LIMITS)


def started_by(zygote: int, folder: Path) -> bool:
    with suppress(OSError):
        return f"PPid:\t{zygote}\n" in Path(f"/proc/{folder.name.rpartition('-')[2]}/status").read_text()
    return False


def groups() -> set[Path]:
    return set(Path("/sys/fs/cgroup").glob("**/seedwatch-*"))


def left() -> tuple[int, int, int]:
    """Processes of the zygote, mounts, and control groups of ours on this machine."""
    mounts = len(Path("/proc/self/mountinfo").read_text().splitlines())
    children = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            children += "Name:\tpython" in status.read_text() and f"PPid:\t{os.getpid()}" in status.read_text()
        except OSError:
            continue
    return children, mounts, len(groups())
