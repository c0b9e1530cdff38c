"""A patch put to the test: the finding is confirmed before it, and nothing repeats after it."""

from collections.abc import Callable

from analysis.fix.change import Analyse, Change
from analysis.fix.overlay import OverlayTree, contents
from analysis.report import BUGS, Pair, Report
from analysis.tree import Tree
from miner.verify.model import Proof, Proven, Verification
from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_tree

_BY_THE_TRAINER = frozenset({"seed_everything_in_workers"})
"""Recipes whose effect comes when Lightning's trainer runs."""


def proof_of(
    tree: Tree,
    report: Report,
    change: Change,
    judge: Analyse,
    *,
    before: Verification | None = None,
    sandbox: Sandbox | None = None,
) -> Proof:
    """Runs the first pair of a patch in the sandbox as it was and as it is patched.

    `proven`: repeats were confirmed before and none were seen after, under torch before 1.9 and from it on. `does not
    mend`: some were seen after. `before` spares the first run where it was made already. Raises NoSandbox.
    """
    from analysis.fix.moved import Moves  # what edits is loaded where something was

    pair = next(pair for pair in report.pairs if pair.id in change.patch.pairs)
    patched = OverlayTree(tree, change.files)
    moved = _same(pair, judge(patched), Moves(contents(tree, change.files), change.files))
    if moved is None:
        return Proof(says="not verified", reason="the patched loader is not told from others", pair=pair.id)
    after = verify_tree(patched, moved, sandbox=sandbox)
    before = before or verify_tree(tree, pair, sandbox=sandbox)
    says, reason = _ruling(before, after)
    if says == "does not mend" and change.patch.recipe in _BY_THE_TRAINER:
        says, reason = "not verified", "the trainer gives this loader its worker_init_fn, and is not run"
    return Proof(says=says, reason=reason, pair=pair.id, before=before, after=after)


def _same(pair: Pair, report: Report, moved: Callable[[str], str]) -> Pair | None:
    """The pair in the report of the patched tree: of several at that place, the one most like it."""
    place = (moved(pair.loader), moved(pair.entry))
    there = [one for one in report.pairs if (one.loader, one.entry) == place]

    def alike(one: Pair) -> tuple[bool, bool, bool]:
        return one.draw_kind == pair.draw_kind, one.dataset == pair.dataset, one.workers == pair.workers

    return max(there, key=alike, default=None)


def _ruling(before: Verification, after: Verification) -> tuple[Proven, str]:
    seen = _seen(after)
    if after.evidence.doubt is not None:
        return "not verified", f"with the patch: {after.evidence.doubt}"
    if seen & BUGS:
        return "does not mend", "repeats were seen with the patch"
    if seen != {"clean"}:
        return "not verified", f"with the patch: {after.reason}"
    if before.verdict not in ("confirmed", "conditional"):
        return "not verified", f"without the patch: {before.reason}"
    return "proven", "repeats were confirmed without the patch, and none were seen with it"


def _seen(said: Verification) -> set[str]:
    """The outcomes of the runs; `unknown` for one that was not to be had."""
    runs = (said.evidence.legacy, said.evidence.modern)
    return {"unknown" if run is None else run.outcome for run in runs}
