"""The room's door: findings in, verifications out. Nothing of a repository is run but inside the sandbox."""

from collections import defaultdict
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
SECONDS_PER_PAIR = 150.0


def verify_tree(tree: Tree, pair: Pair, *, sandbox: Sandbox | None = None) -> Verification:
    """Puts one finding to the test on a tree of files, which may be one in memory, such as a patched one.

    `pair` is the finding as the analysis of this very tree gives it: its lines are those of `tree`. Raises NoSandbox.
    """
    return next(verify_pairs(tree, [pair], sandbox=sandbox))


def verify_pairs(
    tree: Tree,
    pairs: Sequence[Pair],
    *,
    sandbox: Sandbox | None = None,
    done: Callable[[int], None] | None = None,
) -> Iterator[Verification]:
    """Puts findings of one tree to the test, a few of them in one sandbox. `done` is told how many are through.

    Raises NoSandbox.
    """
    files = files_of(tree)
    own = sandbox or Sandbox()
    try:
        finished = 0
        for start in range(0, len(pairs), PAIRS_AT_ONCE):
            some = pairs[start : start + PAIRS_AT_ONCE]
            for one in _verify_some(own, files, some):
                finished += 1
                if done is not None:
                    done(finished)
                yield one
    finally:
        if sandbox is None:
            own.close()


def _verify_some(sandbox: Sandbox, files: dict[str, bytes], pairs: Sequence[Pair]) -> Iterator[Verification]:
    limits = Limits(seconds=SECONDS_PER_PAIR * len(pairs))
    # Equal ids stand for equal findings reached in other ways: numbers tell them apart inside.
    jobs = [{**described(pair), "id": str(number)} for number, pair in enumerate(pairs)]
    answer = sandbox.run({"kind": "verify", "pairs": jobs}, files, limits)
    attempts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    versions: dict[str, str] = {}
    for line in answer.lines:
        if line.get("kind") == "begun":
            versions = {name: str(line[name]) for name in ("torch", "numpy", "python", "device") if name in line}
        elif line.get("kind") == "attempt":
            attempts[str(line.get("pair"))].append(line)
    for number, pair in enumerate(pairs):
        yield verification(pair, attempts[str(number)], versions, answer.cut)
