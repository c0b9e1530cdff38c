"""From a static finding to what the sandbox is asked to run: which files go in, and what of the pair it needs to
know."""

import re
from typing import Any

from analysis.report import BUGS, Pair, Report
from analysis.tree import Tree

MAX_FILE_BYTES = 512 * 1024
MAX_NOTEBOOK_BYTES = 4 * 2**20
MAX_TOTAL_BYTES = 48 * 2**20
MAX_FILES = 6_000
MAX_DRAWS = 12

_CODE = (".py", ".pyi", ".ipynb")
_SETTINGS = (".yaml", ".yml", ".json", ".toml", ".cfg", ".ini", ".txt", ".csv", ".tsv", ".lst")
_VIA = re.compile(r"(?P<path>.+):(?P<line>\d+) (?P<name>.+)", re.DOTALL)

RUNGS = ("R1", "R2", "R3")
"""To be tried in this order. The third goes on to bare draws by itself."""


def flagged(report: Report) -> list[Pair]:
    """The pairs that can be put to the test: those with a bug, whose loader has workers."""
    return [pair for pair in report.pairs if pair.workers != "zero" and (pair.legacy in BUGS or pair.modern in BUGS)]


def files_of(tree: Tree) -> dict[str, bytes]:
    """The files that go into the sandbox: all Python, and small settings and lists, up to a size for all of them."""
    entries = [entry for entry in tree.entries() if entry.size <= _most(entry.path)]
    entries.sort(key=lambda entry: (not entry.path.endswith(_CODE), entry.path.endswith(".ipynb"), entry.path))
    wanted, total = [], 0
    for entry in entries[:MAX_FILES]:
        total += entry.size
        if total > MAX_TOTAL_BYTES:
            break
        wanted.append(entry)
    return {entry.path: data for entry, data in tree.read(wanted) if data is not None}


def _most(path: str) -> int:
    if path.endswith(".ipynb"):
        return MAX_NOTEBOOK_BYTES
    if path.endswith(_CODE):
        return MAX_FILE_BYTES
    return MAX_FILE_BYTES // 4 if path.endswith(_SETTINGS) else -1


def described(pair: Pair) -> dict[str, Any]:
    """A pair as the sandbox wants it."""
    moves = pair.code == "WS104" and pair.legacy == "clean"
    return {
        "id": pair.id,
        "loader": _place(pair.loader),
        "entry": _place(pair.entry),
        "classes": _classes(pair),
        "draws": [
            {"path": draw.path, "line": draw.line, "api": draw.api, "kind": draw.kind, "via": _via(draw.via)}
            for draw in sorted(pair.draws, key=lambda draw: len(draw.via))[:MAX_DRAWS]
        ],
        "workers": 1 if pair.workers == "literal" and pair.workers_value == 1 else 2,
        "workers_kind": pair.workers,
        "persistent": pair.persistent_workers,
        "start": pair.start_method or "fork",
        "init_expected": pair.reseed != "none",
        "parent_moves": moves,
        "seeds_alike": seeds_alike(pair),
        "inherits": pair.legacy == "epoch_repeat" and pair.draw_kind == "global" and not moves,
        "rungs": list(RUNGS),
    }


def seeds_alike(pair: Pair) -> bool:
    """Whether a finding rests on torch's own seed being the same in each epoch, by a program that seeds torch anew, or
    by a loader's generator."""
    from_torch = pair.reseed == "good" or (pair.reseed == "none" and pair.draw_kind == "global")
    return from_torch and pair.modern == "epoch_repeat" and pair.legacy in BUGS


def _place(place: str) -> tuple[str, int]:
    path, _, line = place.rpartition(":")
    return path, int(line)


def _classes(pair: Pair) -> list[str]:
    """The classes whose object the worker asks, likeliest first."""
    names = [part for part in pair.dataset.split(".") if part[:1].isupper()]
    for draw in pair.draws:
        for step in draw.via[:1]:
            match = _VIA.fullmatch(step)
            if match is not None:
                names += [part for part in match["name"].split(".")[:-1] if part.isidentifier()]
    return list(dict.fromkeys(names))


def _via(steps: list[str]) -> list[tuple[str, int, str]]:
    matches = (_VIA.fullmatch(step) for step in steps)
    return [(match["path"], int(match["line"]), match["name"]) for match in matches if match is not None]
