"""For how many labelled bugs there is a patch, how long it is, and whether running it shows that it mends.

    python -m benchmarks.fixes LABELS.jsonl CLONES [--prove] [--most N] [--out FILE] [OWNER/NAME ...]

Labels and clones as for `benchmarks.labels`; those with a bug are to be mended. Prints a line for each, then how many
have a patch, the median of changed lines, and what applying the patches again would change. --prove runs the first
patch of each in the sandbox, before and after. --most takes so many patches of each and no more. --out keeps each
line, so that a run which was stopped goes on.
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from analysis.fix.change import has_bug
from analysis.fix.fixes import changes, remembering
from analysis.fix.overlay import OverlayTree
from analysis.report import BUGS
from benchmarks.labels import Label, clone_of
from miner.git import GitTree
from miner.verify.proof import proof_of
from miner.verify.sandbox import Sandbox


@dataclass
class Outcome:
    """What came of one labelled repository. `patches`: code, recipe, changed lines and whether it is safe; `again`: of
    how many patches making them again changes something; `proof` of the first, and why."""

    repo: str
    commit: str
    found: bool = False
    patches: list[tuple[str, str, int, bool]] = field(default_factory=list)
    again: int = 0
    proof: str = ""
    reason: str = ""
    seconds: float = 0.0


def main() -> int:
    """Prints the figures; the exit status is 1 where a patch changes something when it is made again."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("clones", type=Path)
    parser.add_argument("only", nargs="*")
    parser.add_argument("--prove", action="store_true")
    parser.add_argument("--most", type=int)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    bugs = [
        label
        for line in asked.labels.read_text("utf-8").splitlines()
        if (label := json.loads(line))["legacy"] in BUGS or label["modern"] in BUGS
    ]
    bugs = [label for label in bugs if not asked.only or label["repo"] in asked.only]
    done = {(one.repo, one.commit): one for one in _read(asked.out)}
    outcomes = list(done.values())
    with Sandbox() if asked.prove else nullcontext() as sandbox:
        for label in bugs:
            clone = clone_of(asked.clones, label["repo"])
            if clone is None or (label["repo"], label["commit"]) in done:
                continue
            outcomes.append(_outcome(clone, label, sandbox, asked.most))
            _tell(outcomes[-1], asked.out)
    sys.stdout.writelines(_summary(outcomes, len(bugs)))
    return 1 if any(one.again for one in outcomes) else 0


def _read(path: Path | None) -> list[Outcome]:
    if path is None or not path.exists():
        return []
    return [Outcome(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def _tell(one: Outcome, out: Path | None) -> None:
    lengths = ", ".join(f"{code} {recipe} {lines}" for code, recipe, lines, _ in one.patches) or "-"
    why = f" ({one.reason})" if one.proof and one.proof != "proven" else ""
    sys.stdout.write(f"{one.repo} {one.commit[:8]} ({one.seconds:.1f} s): {lengths} {one.proof}{why}\n")
    sys.stdout.flush()
    if out is not None:
        with out.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(one)) + "\n")


def _summary(outcomes: Sequence[Outcome], bugs: int) -> Iterator[str]:
    mended = sum(bool(one.patches) for one in outcomes)
    found = sum(one.found for one in outcomes)
    yield f"{mended} of {bugs} labelled bugs have a patch ({found} are found by the analyzer)\n"
    patches = [patch for one in outcomes for patch in one.patches]
    if patches:
        median = statistics.median(lines for _, _, lines, _ in patches)
        safe = sum(safe for _, _, _, safe in patches)
        yield f"{len(patches)} patches, {safe} safe, {median:g} changed lines in the median\n"
    proofs = Counter(one.proof for one in outcomes if one.proof)
    if proofs:
        yield f"{dict(proofs)}\n"
    yield f"{sum(one.again for one in outcomes)} change something when they are made again\n"


def _outcome(clone: Path, label: Label, sandbox: Sandbox | None, most: int | None) -> Outcome:
    started = time.perf_counter()
    tree = GitTree.open(clone, label["commit"])
    judge = remembering()
    report = judge(tree)
    one = Outcome(label["repo"], label["commit"], any(has_bug(pair) for pair in report.pairs if pair.counts))
    for change in islice(changes(tree, report, judge=judge), most):
        patch = change.patch
        one.patches.append((patch.code, patch.recipe, patch.changed_lines, patch.safe))
        if sandbox is not None and not one.proof:
            proof = proof_of(tree, report, change, judge, sandbox=sandbox)
            one.proof, one.reason = proof.says, proof.reason
        patched = OverlayTree(tree, change.files)
        after = judge(patched)
        same = [pair.id for pair in after.pairs if pair.id in patch.pairs and has_bug(pair)]
        one.again += any(True for _ in changes(patched, after, pairs=same, judge=judge)) if same else 0
    one.seconds = time.perf_counter() - started
    return one


if __name__ == "__main__":
    sys.exit(main())
