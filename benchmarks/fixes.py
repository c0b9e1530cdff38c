"""For how many labelled bugs there is a patch, and how long it is.

    python -m benchmarks.fixes LABELS.jsonl CLONES [--prove] [OWNER/NAME ...]

Labels and clones as for `benchmarks.labels`; those with a bug are to be mended. Prints a line for each, then how many
have a patch, the median of changed lines, and what applying the patches again would change. --prove runs the first
patch of each in the sandbox, before and after.
"""

import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from analysis.fix.fixes import changes, has_bug, remembering
from analysis.fix.overlay import OverlayTree
from analysis.fix.patch import Patch
from analysis.report import BUGS
from benchmarks.labels import Label, clone_of
from miner.git import GitTree
from miner.verify.proof import proof_of


def main(labels: Path, clones: Path, *only: str) -> int:
    """Prints the figures; the exit status is 1 where a patch changes something when it is made again."""
    bugs = [
        label
        for line in labels.read_text("utf-8").splitlines()
        if (label := json.loads(line))["legacy"] in BUGS or label["modern"] in BUGS
    ]
    prove = "--prove" in only
    only = tuple(name for name in only if name != "--prove")
    mended, found, again = 0, 0, 0
    proofs: Counter[str] = Counter()
    patches: list[Patch] = []
    for label in bugs:
        clone = clone_of(clones, label["repo"])
        if clone is None or (only and label["repo"] not in only):
            continue
        started = time.perf_counter()
        was_found, made, changed_again, proof = _patches(clone, label, prove)
        proofs.update([proof] if proof else [])
        found += was_found
        mended += bool(made)
        again += changed_again
        patches += made
        lengths = ", ".join(f"{patch.code} {patch.recipe} {patch.changed_lines}" for patch in made)
        seconds = time.perf_counter() - started
        sys.stdout.write(f"{label['repo']} {label['commit'][:8]} ({seconds:.1f} s): {lengths or '-'} {proof}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{mended} of {len(bugs)} labelled bugs have a patch ({found} are found by the analyzer)\n")
    if patches:
        median = statistics.median(patch.changed_lines for patch in patches)
        safe = sum(patch.safe for patch in patches)
        sys.stdout.write(f"{len(patches)} patches, {safe} safe, {median:g} changed lines in the median\n")
    if proofs:
        sys.stdout.write(f"{dict(proofs)}\n")
    sys.stdout.write(f"{again} change something when they are made again\n")
    return 1 if again else 0


def _patches(clone: Path, label: Label, prove: bool) -> tuple[bool, Sequence[Patch], int, str]:
    """Whether the bug is found, its patches, how many of them are made again, and what proving the first gave."""
    tree = GitTree.open(clone, label["commit"])
    judge = remembering()
    report = judge(tree)
    made, again, proof = [], 0, ""
    for change in changes(tree, report, judge=judge):
        made.append(change.patch)
        if prove and not proof:
            proof = proof_of(tree, report, change, judge).says
        patched = OverlayTree(tree, change.files)
        after = judge(patched)
        same = [pair for pair in after.pairs if pair.id in change.patch.pairs and has_bug(pair)]
        again += (
            any(True for _ in changes(patched, after, pairs=[pair.id for pair in same], judge=judge)) if same else 0
        )
    return any(has_bug(pair) for pair in report.pairs if pair.counts), made, again, proof


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
