"""A patch put to the test: the finding is confirmed before it, and nothing repeats after it."""

from typing import Literal

from analysis.fix.fixes import Analyse, Change
from analysis.fix.moved import Moves
from analysis.fix.overlay import OverlayTree, contents
from analysis.report import BUGS, Pair, Report
from analysis.tree import Tree
from miner.verify.model import Verification
from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_tree

Proof = Literal["proven", "not verified", "does not mend"]


def proof_of(tree: Tree, report: Report, change: Change, judge: Analyse, *, sandbox: Sandbox | None = None) -> Proof:
    """Runs the first pair of a patch in the sandbox as it was and as it is patched.

    `proven`: repeats were confirmed before and none were seen after, under torch before 1.9 and from it on. `does not
    mend`: some were seen after. Raises NoSandbox.
    """
    pair = next(pair for pair in report.pairs if pair.id in change.patch.pairs)
    patched = OverlayTree(tree, change.files)
    after = _same(pair, judge(patched), Moves(contents(tree, change.files), change.files))
    if after is None:
        return "not verified"
    seen = _seen(verify_tree(patched, after, sandbox=sandbox))
    if seen & BUGS:
        return "does not mend"
    before = verify_tree(tree, pair, sandbox=sandbox)
    return "proven" if before.verdict in ("confirmed", "conditional") and seen == {"clean"} else "not verified"


def _same(pair: Pair, report: Report, moved: Moves) -> Pair | None:
    """The pair in the report of the patched tree."""
    place = (moved(pair.loader), moved(pair.entry))
    return next((one for one in report.pairs if (one.loader, one.entry) == place), None)


def _seen(said: Verification) -> set[str]:
    """The outcomes of the runs; `unknown` for one that was not to be had."""
    runs = (said.evidence.legacy, said.evidence.modern)
    return {"unknown" if run is None else run.outcome for run in runs}
