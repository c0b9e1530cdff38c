"""The room's door: findings in, verifications out. Nothing of a repository is run but inside the sandbox."""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from analysis.report import Pair
from analysis.tree import Tree
from miner.verify.limits import Limits
from miner.verify.model import Verification
from miner.verify.plan import described, files_of
from miner.verify.sandbox import Sandbox
from miner.verify.verdict import verification

PAIRS_AT_ONCE = 8
SECONDS_PER_PAIR = 130.0
LEAST_SECONDS = 3.0
"""With less than that no sandbox is made any more."""


def verify_tree(tree: Tree, pair: Pair, *, sandbox: Sandbox | None = None) -> Verification:
    """Puts one finding to the test on a tree of files, which may be one in memory, such as a patched one.

    `pair` is the finding as the analysis of this very tree gives it: its lines are those of `tree`. Raises NoSandbox.
    """
    return verify_pairs(tree, [pair], sandbox=sandbox)[0]


def verify_pairs(
    tree: Tree,
    pairs: Sequence[Pair],
    *,
    sandbox: Sandbox | None = None,
    done: Callable[[int], None] | None = None,
    seconds: float = math.inf,
) -> list[Verification]:
    """Puts findings of one tree to the test, a few of them in one sandbox, and gives what came of them in their order.

    `done` is told how many are through. After so many `seconds` the others are `inconclusive`: one finding of each
    dataset and loader is run first. Raises NoSandbox.
    """
    files = files_of(tree)
    own = sandbox or Sandbox()
    deadline = time.monotonic() + seconds
    order = _worth_first(pairs)
    found: dict[int, Verification] = {}
    try:
        for start in range(0, len(order), PAIRS_AT_ONCE):
            some = order[start : start + PAIRS_AT_ONCE]
            left = deadline - time.monotonic()
            said = _verify_some(own, files, [pairs[number] for number in some], left)
            found.update(zip(some, said, strict=True))
            if done is not None:
                done(len(found))
    finally:
        if sandbox is None:
            own.close()
    return [found[number] for number in range(len(pairs))]


def _worth_first(pairs: Sequence[Pair]) -> list[int]:
    """The places of the findings, those first whose dataset and loader no other one before them has."""
    seen: Counter[tuple[str, str]] = Counter()
    ranks = []
    for pair in pairs:
        ranks.append((not pair.counts, seen[pair.loader, pair.dataset]))
        seen[pair.loader, pair.dataset] += 1
    return sorted(range(len(pairs)), key=ranks.__getitem__)


def _verify_some(
    sandbox: Sandbox, files: dict[str, bytes], pairs: Sequence[Pair], seconds: float
) -> Iterator[Verification]:
    if seconds < LEAST_SECONDS:
        yield from (_not_reached(pair) for pair in pairs)
        return
    limits = Limits(seconds=min(seconds, SECONDS_PER_PAIR * len(pairs)))
    # Equal ids stand for equal findings reached in other ways: numbers tell them apart inside.
    jobs = [{**described(pair), "id": str(number)} for number, pair in enumerate(pairs)]
    answer = sandbox.run({"kind": "verify", "pairs": jobs}, files, limits)
    attempts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    versions: dict[str, str] = {}
    for line in answer.lines:
        if line.get("kind") == "begun":
            versions = versions_in(line)
        elif line.get("kind") == "attempt":
            attempts[str(line.get("pair"))].append(line)
    late = limits.seconds >= seconds and answer.seconds >= seconds
    cut = "the time for all findings was over before this one was done" if late and answer.cut else answer.cut
    for number, pair in enumerate(pairs):
        made = attempts[str(number)]
        yield _not_reached(pair) if late and not made else verification(pair, made, versions, cut)


def versions_in(begun: dict[str, Any]) -> dict[str, str]:
    """The versions of everything that ran, as the sandbox says them when it begins."""
    names = ("torch", "numpy", "python", "device", "cuda", "driver")
    return {name: str(begun[name])[:120] for name in names if name in begun}


def _not_reached(pair: Pair) -> Verification:
    said = verification(pair, [], {}, None)
    return said.model_copy(update={"reason": "not run: the time for all findings was over before this one's turn"})
