"""A GPU for the sandbox, as far as it can be tried without one: what is found and passed on, and what is made of it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from analysis.tree import DirectoryTree
from miner.verify.device import Device, NoDevice, find
from miner.verify.examination import examine_device
from miner.verify.inside import steps
from miner.verify.inside.device import version_in
from miner.verify.limits import UNLIMITED, Limits
from miner.verify.plan import described, files_of
from miner.verify.sandbox import Sandbox
from miner.verify.verdict import verification
from miner.verify.verify import verify_tree
from tests.conformance.table import ROWS_FOLDER
from tests.miner.verify.findings import first_flagged
from tests.miner.verify.test_hostile import LIMITS, PROGRAM, errors
from tests.support.trees import MemoryTree

NODES = ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-caps/nvidia-cap2")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The root of a machine with two GPUs, one of which is on a PCI bus."""
    for name in NODES:
        made = tmp_path / "dev" / name
        made.parent.mkdir(parents=True, exist_ok=True)
        made.touch()
    (tmp_path / "dev" / "nvidia-modeset").touch()
    device = tmp_path / "sys/devices/pci0000:00/0000:00:05.0"
    drivers = tmp_path / "sys/bus/pci/drivers/nvidia"
    for folder in (device, drivers, tmp_path / "sys/module/nvidia", tmp_path / "sys/kernel"):
        folder.mkdir(parents=True)
    (drivers / "0000:00:05.0").symlink_to(device)
    (drivers / "module").symlink_to(tmp_path / "sys/module/nvidia")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/ld.so.cache").write_bytes(b"libc.so.6\0/lib/libc.so.6\0libcuda.so.1\0/lib/libcuda.so.1\0")
    return tmp_path


@pytest.fixture(scope="module")
def given() -> Iterator[Sandbox]:
    """A sandbox with a device that every machine has."""
    with Sandbox(Device("cpu", nodes=("/dev/tty",), kernel=("/sys/devices/system/cpu",))) as made:
        yield made


def test_all_nodes_that_cuda_opens_are_found_and_no_others(machine: Path) -> None:
    found = find(machine)
    assert (found.kind, set(found.nodes)) == ("cuda", {str(machine / "dev" / name) for name in NODES})
    told = ("sys/module/nvidia", "sys/devices/pci0000:00/0000:00:05.0")
    assert found.kernel == tuple(str(machine / path) for path in told)
    assert (found.libraries, found.environment) == ((), {})


@pytest.mark.parametrize(("missing", "words"), [("nvidia0", "no NVIDIA GPU here"), ("nvidia-uvm", "nvidia-modprobe")])
def test_what_is_missing_is_said(machine: Path, missing: str, words: str) -> None:
    (machine / "dev" / missing).unlink()
    (machine / "dev" / "nvidia1").unlink()
    with pytest.raises(NoDevice, match=words):
        find(machine)


def test_libraries_that_the_loader_does_not_know_are_shown_and_named(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine / "etc/ld.so.cache").unlink()
    platform, told, other = machine / "usr/local/nvidia/lib64", machine / "told", machine / "other"
    for folder in (platform, told, other):
        folder.mkdir(parents=True)
    for folder in (platform, told):
        (folder / "libcuda.so.1").touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{other}:{told}")
    found = find(machine)
    assert found.libraries == (str(told), str(platform))
    assert found.environment == {"LD_LIBRARY_PATH": f"{told}:{platform}"}
    assert {str(told), str(platform)} <= set(found.shown)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.161.07  Sat Feb 17 22:55:48 UTC 2024\n", "535.161.07"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95  Release Build  (dvs)\nGCC 13", "580.95"),
        ("something else", "unknown"),
    ],
)
def test_the_drivers_version_as_the_kernel_says_it(text: str, version: str) -> None:
    assert version_in(text) == version


LOOKING = """
seen = [os.path.isdir(path) for path in ("/sys/devices/system/cpu", "/sys/kernel")]
try:
    os.open("/dev/tty", os.O_RDWR)
except OSError as error:
    seen.append(error.strerror)
try:
    os.chmod("/dev/tty", 0)
except OSError as error:
    seen.append(error.strerror)
raise ValueError(f"seen {seen}")
"""


def tried(sandbox: Sandbox) -> str:
    tree = MemoryTree({"bad.py": PROGRAM.format(attack=LOOKING.replace("\n", "\n        ")).encode()})
    job = {"kind": "verify", "pairs": [{**described(first_flagged(tree)), "rungs": ["R1"]}]}
    return errors(sandbox.run(job, files_of(tree), LIMITS))


def test_a_device_goes_in_where_it_is_asked_for(given: Sandbox) -> None:
    # Without a terminal there is no such device behind the node, which is there; and it cannot be changed.
    assert "seen [True, False, 'No such device or address', 'Read-only file system']" in tried(given)


def test_no_device_goes_in_unasked() -> None:
    with Sandbox() as sandbox:
        said = "'No such file or directory'"
        assert f"seen [False, False, {said}, {said}]" in tried(sandbox)


def test_addresses_are_not_limited_with_a_device_but_what_is_written_to_is() -> None:
    plain, given = Limits(), Limits().with_device()
    assert (plain.data_bytes, given.process_bytes) == (UNLIMITED, UNLIMITED)
    assert given.data_bytes == plain.process_bytes


def test_memory_is_bounded_with_a_device_too(given: Sandbox) -> None:
    attack = "self.__dict__.setdefault('kept', []).append(bytes(2**33))"
    tree = MemoryTree({"bad.py": PROGRAM.format(attack=" " * 8 + attack).encode()})
    job = {"kind": "verify", "pairs": [{**described(first_flagged(tree)), "rungs": ["R1"]}]}
    assert "MemoryError" in errors(given.run(job, files_of(tree), LIMITS))


def test_the_loader_is_iterated_with_pinned_memory_and_its_batches_are_moved(given: Sandbox) -> None:
    tree = DirectoryTree.single(ROWS_FOLDER / "instance_default_rng.py")
    said = verify_tree(tree, first_flagged(tree), sandbox=given)
    told = said.evidence.on_device
    assert said.verdict == "confirmed"
    assert told is not None
    assert (told.batches, told.own, told.moved, told.failed) == (24, 24, 24, None)
    assert told.seen is not None
    assert said.evidence.modern is not None
    assert (told.seen.outcome, told.seen.equal_workers) == ("duplicate", 3)
    assert said.evidence.versions["device"] == "cpu"


def test_samples_that_have_no_tensors_are_carried_as_numbers_of_ours(given: Sandbox) -> None:
    program = PROGRAM.format(attack=" " * 8 + "return 'a word'")
    tree = MemoryTree({"bad.py": program.encode()})
    told = verify_tree(tree, first_flagged(tree), sandbox=given).evidence.on_device
    assert told is not None
    assert (told.batches, told.own, told.moved) == (24, 0, 24)


def test_where_no_device_is_asked_for_none_is_told_of() -> None:
    tree = DirectoryTree.single(ROWS_FOLDER / "global_none.py")
    assert verify_tree(tree, first_flagged(tree)).evidence.on_device is None


def test_a_device_that_cannot_be_used_inside_is_no_verdict() -> None:
    tree = DirectoryTree.single(ROWS_FOLDER / "global_none.py")
    with Sandbox(Device("cuda")) as sandbox, pytest.raises(NoDevice, match="cannot be used in the sandbox"):
        verify_tree(tree, first_flagged(tree), sandbox=sandbox)


def test_the_doctor_tries_a_tensor_with_the_device_and_without() -> None:
    found = {finding.what: finding for finding in examine_device(Device("cpu"))}
    assert found["torch"].said.startswith("2.")
    assert found["GPU when asked"].held
    assert (found["GPU unasked"].held, found["GPU unasked"].needed) == (True, True)
    without = {finding.what: finding for finding in examine_device(Device("cuda"))}
    assert without["GPU when asked"].said.startswith("cannot be used: ")


IN_A_PROCESS = """
import torch
from miner.verify.inside import device
from miner.verify.inside.notes import notes

def repository(line):
    try:
        exec(compile("import torch\\nmade = " + line, "/repo/data.py", "exec"), {{}})
        return "done"
    except Exception as error:
        return f"{{type(error).__name__}}: {{error}}"

device.choose({kind!r})
device.install({start!r})
told = []
{code}
print([*told, *notes.device])
"""


def in_a_process(kind: str, start: str, code: str) -> list[str]:
    """What some code of the repository comes to, and the notes; CUDA is a thing of the whole process."""
    program = IN_A_PROCESS.format(kind=kind, start=start, code=dedent(code))
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    said: list[str] = ast.literal_eval(ran.stdout)
    return said


MOVES = (
    "torch.zeros(3).cuda()",
    "torch.zeros(3).to('cuda:0')",
    "torch.zeros(3).to(0)",
    "torch.zeros(3).to(device=torch.device('cuda'), non_blocking=True)",
    "torch.nn.Linear(1, 1).cuda()",
    "torch.nn.Linear(1, 1).to('cuda')",
)


def test_without_a_device_what_is_moved_to_one_stays_and_what_else_the_move_says_is_done() -> None:
    code = f"""
    told += [line for line in {MOVES!r} if repository(line) != "done"]
    told += [str(torch.zeros(3).to('cuda', torch.float64).dtype), str(torch.zeros(3).to(torch.int8).dtype)]
    """
    assert in_a_process("", "fork", code) == ["torch.float64", "torch.int8"]


REFUSES = """
def no_driver():
    raise RuntimeError("no CUDA-capable device is detected\\nand more")
torch._C._cuda_init = no_driver
torch._C._cuda_getDeviceCount = lambda: 0
torch.cuda._cudart = torch
"""
"""A torch that is built for CUDA on a machine without a driver, whichever torch this is."""


def test_with_a_device_the_repository_gets_the_real_cuda_and_what_it_says_is_noted() -> None:
    code = f"{REFUSES}\ntold += [repository('torch.zeros(3).cuda()')]"
    assert in_a_process("cuda", "fork", code) == [
        "RuntimeError: no CUDA-capable device is detected\nand more",
        "data.py:2 in the main process: no CUDA-capable device is detected",
    ]


def test_a_fork_of_a_process_that_started_cuda_is_told_so() -> None:
    code = "torch.cuda._is_in_bad_fork = lambda: True\ntold += [repository('torch.ones(3, device=\"cuda\")')]"
    _, noted = in_a_process("cuda", "fork", code)
    assert noted.startswith("data.py:2 in the main process: Cannot re-initialize CUDA in forked subprocess.")


def test_where_workers_start_afresh_cuda_is_left_to_them() -> None:
    code = f"""
    {REFUSES.strip().replace(chr(10), chr(10) + "    ")}
    told += [repository("torch.zeros(3).cuda()"), repository("torch.cuda.current_device()")]
    device.give_back()
    told += [repository("torch.zeros(3).cuda()")]
    """
    stood_in, left, given_back, *noted = in_a_process("cuda", "spawn", code)
    assert stood_in == "done"
    assert left == "RuntimeError: CUDA is left to the workers, which start afresh"
    assert given_back.startswith("RuntimeError: no CUDA-capable device")
    assert len(noted) == 2


def attempt(**changes: Any) -> dict[str, Any]:
    """An attempt that reached nothing."""
    return {"rung": "R1", "runs": {}, **changes}


def test_a_worker_that_is_refused_cuda_is_the_reason_where_nothing_was_drawn() -> None:
    refused = "data.py:7 in a worker: Cannot re-initialize CUDA in forked subprocess."
    pair = first_flagged(DirectoryTree.single(ROWS_FOLDER / "global_none.py"))
    run = {"samples": [], "notes": [{"device": [refused]}], "failed": None}
    said = verification(
        pair, [attempt(runs={"legacy": run}, device=["data.py:3 in the main process: CUDA started"])], {}, None
    )
    assert said.verdict == "inconclusive"
    assert said.reason == f"the flagged line was not reached: {refused}"
    assert said.evidence.on_device is not None
    assert said.evidence.on_device.cuda == ["data.py:3 in the main process: CUDA started", refused]


@pytest.mark.parametrize("operation", [None, *sorted(steps.OPERATIONS)])
def test_a_step_has_the_same_bits_again_and_others_from_another_seed(operation: str | None) -> None:
    first = steps.step("cpu", operation)
    assert steps.step("cpu", operation) == first
    assert steps.step("cpu", operation, seed=1) != first
