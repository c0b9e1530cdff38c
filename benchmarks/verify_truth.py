"""How often verification comes to a usable verdict on hand-read findings, and whether it ever contradicts them.

    python -m benchmarks.verify_truth LABELS.jsonl CLONES [--only SUBSTRING] [--jobs 2] [--others 3] [--out FILE]

LABELS has one JSON object a line: repo, commit, legacy, modern and pairs, each with draws, entry, loader, legacy,
modern. A clone of OWNER/NAME is CLONES/OWNER+NAME or CLONES/OWNER+NAME/repo. Findings that the labels do not name
are verified too, `--others` in each repository: what they confirm must not be worse than the label of the repository.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from analysis.engine import analyse
from analysis.report import BUGS, Pair
from miner.git import GitTree
from miner.verify.model import Verification
from miner.verify.plan import flagged
from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_pairs

USABLE = {"confirmed", "refuted", "conditional"}
Label = dict[str, Any]


@dataclass
class Outcome:
    """What came of one repository."""

    repo: str
    commit: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--others", type=int, default=3)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    labels = [json.loads(line) for line in arguments.labels.read_text().splitlines() if line.strip()]
    labels = [
        label for label in labels if arguments.only in label["repo"] and (arguments.others or any(_with_bugs(label)))
    ]
    done = _read(arguments.out) if arguments.out else []
    known = {outcome.repo + outcome.commit for outcome in done}
    left = [label for label in labels if label["repo"] + label["commit"] not in known]
    outcomes = [*done, *_all(left, arguments)]
    rows = [row for outcome in outcomes for row in outcome.rows]
    sys.stdout.write(_summary(rows, outcomes))
    return 1 if any(row["contradicts"] for row in rows) else 0


def _read(path: Path) -> list[Outcome]:
    """What an earlier run of the same labels wrote, so that one that was stopped goes on."""
    return [Outcome(**json.loads(line)) for line in path.read_text().splitlines()] if path.exists() else []


def _all(labels: Sequence[Label], arguments: argparse.Namespace) -> Iterator[Outcome]:
    with ThreadPoolExecutor(arguments.jobs) as pool:
        shares = [labels[number :: arguments.jobs] for number in range(arguments.jobs)]
        for outcomes in pool.map(lambda share: _share(share, arguments), shares):
            yield from outcomes


def _share(labels: Sequence[Label], arguments: argparse.Namespace) -> list[Outcome]:
    outcomes = []
    with Sandbox() as sandbox:
        for label in labels:
            outcomes.append(_one(label, arguments.clones, sandbox, arguments.others))
            if arguments.out is not None:
                with arguments.out.open("a") as lines:
                    lines.write(json.dumps(asdict(outcomes[-1])) + "\n")
    return outcomes


def _with_bugs(label: Label) -> Iterator[Label]:
    return (pair for pair in label["pairs"] if pair["legacy"] in BUGS or pair["modern"] in BUGS)


def _one(label: Label, clones: Path, sandbox: Sandbox, most_others: int) -> Outcome:
    started = time.perf_counter()
    outcome = Outcome(label["repo"], label["commit"])
    folder = clones / label["repo"].replace("/", "+")
    tree = GitTree.open(folder / "repo" if (folder / "repo").is_dir() else folder, label["commit"])
    pairs = flagged(analyse(tree))
    named = list(_with_bugs(label))
    matched = {number: _matching(pair, pairs) for number, pair in enumerate(named)}
    wanted = list({id(pair): pair for found in matched.values() for pair in found[:1]}.values())
    others = [pair for pair in pairs if pair.counts and not any(pair is one for one in wanted)]
    chosen = wanted + others[:most_others]
    verified = dict(zip(map(id, chosen), verify_pairs(tree, chosen, sandbox=sandbox), strict=True))
    for number, pair in enumerate(named):
        found = matched[number][:1]
        outcome.rows.append(_row(label, pair, found[0] if found else None, verified[id(found[0])] if found else None))
    outcome.rows += [_row(label, None, pair, verified[id(pair)]) for pair in others[:most_others]]
    outcome.seconds = time.perf_counter() - started
    sys.stderr.write(f"{label['repo']}: {Counter(row['verdict'] for row in outcome.rows)} {outcome.seconds:.1f} s\n")
    return outcome


def _matching(labelled: Label, pairs: Sequence[Pair]) -> list[Pair]:
    """The findings that a labelled pair means, best first: the same loader and entry or draws; else the same draws."""

    def likeness(pair: Pair) -> tuple[bool, bool, int]:
        draws = {f"{draw.path}:{draw.line}" for draw in pair.draws}
        return (
            pair.loader == labelled["loader"],
            pair.entry == labelled["entry"],
            len(draws & set(labelled["draws"])),
        )

    ranked = sorted(pairs, key=likeness, reverse=True)
    return [pair for pair in ranked if sum(map(bool, likeness(pair))) >= 2 or likeness(pair)[2]]


def _row(label: Label, labelled: Label | None, pair: Pair | None, said: Verification | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "repo": label["repo"],
        "labelled": labelled is not None,
        "label": [labelled["legacy"], labelled["modern"]] if labelled else [label["legacy"], label["modern"]],
        "loader": pair.loader if pair else labelled["loader"] if labelled else None,
        "dataset": pair.dataset if pair else None,
        "code": pair.code if pair else None,
        "verdict": said.verdict if said else "not flagged",
        "scope": said.scope if said else None,
        "reason": said.reason if said else None,
        "condition": said.condition if said else None,
        "rung": said.evidence.rung if said else None,
        "seconds": said.evidence.seconds if said else None,
        "megabytes": said.evidence.megabytes if said else None,
    }
    return {**row, "contradicts": _contradicts(row)}


def _contradicts(row: dict[str, Any]) -> bool:
    bugs = [side in BUGS for side in row["label"]]
    unclear = [side not in {*BUGS, "clean"} for side in row["label"]]
    if row["verdict"] == "refuted":
        return bool(row["labelled"])
    if row["verdict"] != "confirmed":
        return False
    said = {"any torch": (True, True), "torch < 1.9": (True, False), "torch >= 1.9": (False, True)}[row["scope"]]
    if row["labelled"]:
        return any(a != b and not open_ for a, b, open_ in zip(said, bugs, unclear, strict=True))
    # Of a repository the worst is labelled, so a finding may be less than that, never more.
    return any(a and not b and not open_ for a, b, open_ in zip(said, bugs, unclear, strict=True))


def _summary(rows: Sequence[dict[str, Any]], outcomes: Sequence[Outcome]) -> str:
    labelled = [row for row in rows if row["labelled"]]
    usable = [row for row in labelled if row["verdict"] in USABLE and not row["contradicts"]]
    share = 100 * len(usable) / max(1, len(labelled))
    largest = max((row["megabytes"] or 0 for row in rows), default=0)
    lines = [
        f"labelled with a bug: {len(labelled)}, usable verdict {len(usable)} ({share:.1f} %)",
        f"  verdicts {dict(Counter(row['verdict'] for row in labelled))}",
        f"  rungs of the usable {dict(Counter(row['rung'] for row in usable))}",
        f"others: {len(rows) - len(labelled)}, {dict(Counter(row['verdict'] for row in rows if not row['labelled']))}",
        f"contradicting the label: {sum(row['contradicts'] for row in rows)}",
        f"seconds in all {sum(outcome.seconds for outcome in outcomes):.0f}, largest process {largest} MB",
    ]
    for row in rows:
        if row["contradicts"] or (row["labelled"] and row["verdict"] not in USABLE):
            mark = "!!" if row["contradicts"] else "  "
            what = f"{row['repo']} {row['loader']} {row['dataset']} {row['code']} {row['label']}"
            lines.append(f"{mark} {what}: {row['verdict']} {row['reason']}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
