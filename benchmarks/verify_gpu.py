"""The recorded run of verification on a GPU machine: its device, the evidence of repositories and of our own programs.

    python -m benchmarks.verify_gpu CLONES --out docs/verification-gpu [--seconds 420] [--most 16]
    python -m benchmarks.verify_gpu CLONES --prepare FOLDER [--most 16]

CLONES has repositories as OWNER+NAME or OWNER+NAME/repo, or what --prepare made of some, on any machine: small ones
with findings, each a file OWNER+NAME.tar with what goes into the sandbox, so that a GPU machine needs no network and no
git.
--out gets run.json, all evidence, and README.md, which tells it. The exit status is 2 where there is no GPU that can be
used in the sandbox, 1 where fewer than ten repositories came to a verdict with their batches moved to it.
"""

import argparse
import io
import json
import sys
import tarfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from analysis.checks.registry import all_checks
from analysis.engine import analyse
from analysis.report import Unread
from analysis.tree import Entry, Tree
from miner.errors import MinerError
from miner.git import GitTree
from miner.verify.companions import ON_A_GPU, verify_checks
from miner.verify.device import Device, find
from miner.verify.examination import examine_device
from miner.verify.model import CheckRun, Verification
from miner.verify.plan import files_of, flagged
from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_pairs

WANTED = 10
FINDINGS = 2
"""Of one repository, those that the command would run first."""
SECONDS_PER_REPOSITORY = 40.0
SMALL = 2**20
USABLE = ("confirmed", "refuted", "conditional")

OWN = """
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

{before}

class Noise(Dataset):
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return 64

    def __getitem__(self, index):
        scale = torch.full((4,), 2.0, device="cuda")
        noise = torch.from_numpy(self.rng.normal(size=4)).float().cuda()
        return {returned}


if __name__ == "__main__":
    loader = DataLoader(Noise(), batch_size=4, num_workers=2{context})
"""
"""A dataset that calls CUDA and draws from a generator that every worker copies."""

PROGRAMS = {
    "workers by fork": {"before": "", "returned": "(noise * scale).cpu()", "context": ""},
    "workers by fork, CUDA started before": {
        "before": "weights = torch.ones(4).cuda()",
        "returned": "(noise * scale).cpu()",
        "context": "",
    },
    "workers by spawn": {
        "before": "weights = torch.ones(4).cuda()",
        "returned": "(noise * scale).cpu()",
        "context": ', multiprocessing_context="spawn"',
    },
    "samples that stay on the device": {
        "before": "",
        "returned": "noise * scale",
        "context": ', multiprocessing_context="spawn"',
    },
}


class Packed:
    """A tree of files that lies in memory."""

    commit_date = None

    def __init__(self, files: dict[str, bytes], commit: str | None = None) -> None:
        self.files = files
        self.commit = commit

    def entries(self) -> Sequence[Entry]:
        return [Entry(path, None, len(self.files[path])) for path in sorted(self.files)]

    def unread(self) -> Sequence[Unread]:
        return []

    def read(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
        return ((entry, self.files[entry.path]) for entry in entries)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("clones", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--prepare", type=Path)
    parser.add_argument("--seconds", type=float, default=420)
    parser.add_argument("--most", type=int, default=16)
    arguments = parser.parse_args(words)
    if (arguments.out is None) == (arguments.prepare is None):
        parser.error("say --out, on a GPU machine, or --prepare, on any")
    if arguments.prepare is not None:
        made = sum(1 for _ in prepare(arguments.clones, arguments.prepare, arguments.most))
        sys.stdout.write(f"{made} repositories in {arguments.prepare}\n")
        return 0 if made >= WANTED else 1
    try:
        run = recorded(find(), arguments.clones, arguments.seconds, arguments.most)
    except MinerError as error:
        sys.stderr.write(f"no run on a GPU: {error}\n")
        return 2
    write(arguments.out, run)
    sys.stdout.write(told(run))
    return 0 if len(moved(run)) >= WANTED else 1


def trees(clones: Path) -> Iterator[tuple[str, Callable[[], Tree]]]:
    """The repositories of a folder by their names, each opened when it is asked for."""
    for path in sorted(clones.iterdir()):
        if path.suffix == ".tar":
            yield path.stem.replace("+", "/"), lambda path=path: unpacked(path)  # type: ignore[misc]
        elif "+" in path.name:
            folder = path / "repo" if (path / "repo").is_dir() else path
            yield path.name.replace("+", "/"), lambda folder=folder: GitTree.open(folder)  # type: ignore[misc]


def prepare(clones: Path, folder: Path, most: int) -> Iterator[str]:
    """Packs small repositories that have a finding which counts, and names them."""
    folder.mkdir(parents=True, exist_ok=True)
    made = 0
    for name, opened in trees(clones):
        if made == most:
            return
        try:
            tree = opened()
            if sum(entry.size for entry in tree.entries() if entry.path.endswith(".py")) > SMALL:
                continue
            if not any(pair.counts for pair in flagged(analyse(tree))):
                continue
        except MinerError:
            continue
        pack(folder / f"{name.replace('/', '+')}.tar", files_of(tree), tree.commit)
        made += 1
        yield name


def pack(path: Path, files: dict[str, bytes], commit: str | None) -> None:
    """Files as an archive, which is read and never unpacked to disk."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": commit or ""}) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def unpacked(path: Path) -> Packed:
    """The tree that `pack` wrote."""
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isfile()]
        files = {member.name: opened.read() for member in members if (opened := archive.extractfile(member))}
        return Packed(files, archive.pax_headers.get("comment") or None)


def recorded(device: Device, clones: Path, seconds: float, most: int) -> dict[str, Any]:
    """The whole run, as JSON. Raises NoSandbox, NoDevice."""
    started = time.monotonic()
    run: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "doctor": [asdict(finding) for finding in examine_device(device)],
    }
    with Sandbox(device) as sandbox:
        run["own"] = [_own(name, sandbox) for name in PROGRAMS]
        run["checks"] = list(_checks(sandbox))
        run["repositories"] = []
        for name, opened in trees(clones):
            left = seconds - (time.monotonic() - started)
            if left < SECONDS_PER_REPOSITORY / 2 or len(run["repositories"]) == most:
                break
            row = _repository(name, opened, sandbox, min(left, SECONDS_PER_REPOSITORY))
            if row is not None:
                run["repositories"].append(row)
                sys.stderr.write(f"{name}: {[said['verdict'] for said in row['verifications']]} {row['seconds']} s\n")
    run["seconds"] = round(time.monotonic() - started, 1)
    return run


def _own(name: str, sandbox: Sandbox) -> dict[str, Any]:
    tree = Packed({"train.py": OWN.format(**PROGRAMS[name]).encode()})
    (said,) = verify_pairs(tree, flagged(analyse(tree)), sandbox=sandbox)
    return {"name": name, "verification": said.model_dump(mode="json")}


def _checks(sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """What the checks about CUDA come to on the examples of their own pages."""
    for check in all_checks():
        for example in check.flagged if check.code in ON_A_GPU else ():
            tree = Packed({path: dedent(text).encode() for path, text in example.files.items()})
            for said in verify_checks(tree, analyse(tree), sandbox=sandbox):
                if said.code in ON_A_GPU:
                    yield {"name": example.title, "check": said.model_dump(mode="json")}


def _repository(name: str, opened: Callable[[], Tree], sandbox: Sandbox, seconds: float) -> dict[str, Any] | None:
    """What came of a repository; None where it cannot be read, or there is nothing to run."""
    started = time.monotonic()
    try:
        tree = opened()
        report = analyse(tree)
    except MinerError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return None
    pairs = [pair for pair in flagged(report) if pair.counts][:FINDINGS]
    if not pairs:
        return None
    found: list[Verification] = verify_pairs(tree, pairs, sandbox=sandbox, seconds=seconds)
    about_cuda = [check for check in report.checks if check.code in ON_A_GPU][:FINDINGS]
    checks: list[CheckRun] = []
    if about_cuda:
        wanted = report.model_copy(update={"checks": about_cuda})
        checks = verify_checks(tree, wanted, sandbox=sandbox, seconds=seconds)
    return {
        "repository": name,
        "commit": tree.commit,
        "verifications": [said.model_dump(mode="json") for said in found],
        "checks": [said.model_dump(mode="json") for said in checks],
        "seconds": round(time.monotonic() - started, 1),
    }


def moved(run: dict[str, Any]) -> list[str]:
    """The repositories with a usable verdict whose batches were all moved to the device."""
    return [row["repository"] for row in run["repositories"] if any(map(_was_moved, row["verifications"]))]


def _was_moved(said: dict[str, Any]) -> bool:
    there = said["evidence"]["on_device"]
    return said["verdict"] in USABLE and bool(there) and 0 < there["batches"] == there["moved"]


def write(out: Path, run: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "run.json").write_text(json.dumps(run, indent=1) + "\n")
    (out / "README.md").write_text(told(run))


def told(run: dict[str, Any]) -> str:
    """The run as a page."""
    own = [(row["name"], row["verification"]) for row in run["own"]]
    versions = next((said["evidence"]["versions"] for _, said in own if said["evidence"]["versions"]), {})
    rows = [(row["repository"], said) for row in run["repositories"] for said in row["verifications"]]
    checks = [(row["name"], row["check"]) for row in run["checks"]]
    checks += [(row["repository"], check) for row in run["repositories"] for check in row["checks"]]
    return "\n".join(
        [
            "# Verification on a GPU, recorded",
            "",
            f"{run['at']}, {run['seconds']} s; {', '.join(f'{name} {version}' for name, version in versions.items())}.",
            f"{len(moved(run))} of {len(run['repositories'])} repositories came to a verdict with their batches moved.",
            "`run.json` has all evidence.",
            "",
            *(f"- {one['what']}: {'holds' if one['held'] else 'FAILS'}; {one['said']}" for one in run["doctor"]),
            "",
            *_table(own),
            "",
            *_table(rows),
            "",
            "| check | where | verdict | why |",
            "|---|---|---|---|",
            *(f"| {one['code']} | {_cell(name)} | {one['verdict']} | {_cell(one['reason'])} |" for name, one in checks),
            "",
        ]
    )


def _table(rows: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    yield "| what | verdict | rung | pinned, moved | CUDA |"
    yield "|---|---|---|---|---|"
    for name, said in rows:
        there = said["evidence"]["on_device"] or {"pinned": 0, "moved": 0, "batches": 0, "cuda": [], "failed": None}
        carried = there["failed"] or f"{there['pinned']}, {there['moved']} of {there['batches']}"
        verdict = ", ".join([said["verdict"], *([said["scope"]] if said["scope"] else [])])
        cells = [name, verdict, said["evidence"]["rung"] or said["reason"], carried, "; ".join(there["cuda"])]
        yield f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())[:200]


if __name__ == "__main__":
    sys.exit(main())
