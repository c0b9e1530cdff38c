"""Verifying: the flagged pairs of a repository's newest scan, run in a sandbox, the evidence stored beside the scan.

Its patches are run too, so that they can be shown as proven, or not at all where they do not mend; and so are those of
its companion checks that have an effect when the program runs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from analysis.fix.fixes import changes, remembering
from analysis.fix.patch import Patch
from analysis.report import Report
from analysis.tree import Tree
from miner.errors import BadTarget, MinerError, OptedOut
from miner.git import GitTree
from miner.jobs.kinds import Ending, Resources, Stored
from miner.jobs.pool import Stopped
from miner.jobs.queued import target_of
from miner.jobs.scanner import state_of
from miner.store import Session, StoreError, check_runs, items, proofs, verifications
from miner.store.items import Begun
from miner.targets import LocalTarget
from miner.verify.companions import tried, verify_checks
from miner.verify.device import find
from miner.verify.fetched import fetched_tree
from miner.verify.model import CheckRun, Proof, Verification
from miner.verify.plan import flagged
from miner.verify.proof import proof_of
from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_pairs


def open_kind(resources: Resources) -> "VerificationJobs":
    """The kind `verify`."""
    return VerificationJobs(resources)


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What there is to verify: the newest scan of a repository, its report and its patches."""

    scan_id: int
    commit: str
    report: Report
    patches: Sequence[Patch]


@dataclass(frozen=True, slots=True)
class _Found:
    """What running came to, by the places of findings, patches and companion checks in what the scan has of them."""

    verifications: dict[int, Verification]
    proofs: dict[int, Proof]
    checks: dict[int, CheckRun]


class VerificationJobs:
    """Verifies repositories, each in a sandbox of its own."""

    def __init__(self, resources: Resources) -> None:
        self._settings = resources.settings
        self._store = resources.store
        self._running: set[Sandbox] = set()
        self._stopped = False

    def prepare(self, number: int) -> None:
        """There is nothing to be had ready: each job has a sandbox of its own."""

    def stop(self) -> None:
        """Ends the sandboxes."""
        self._stopped = True
        for sandbox in list(self._running):
            sandbox.close()

    def perform(self, item: Begun) -> Ending:
        """One repository. A failure leaves its state, its scan and earlier verifications as they were."""
        known = None if item.repository is None else item.repository.id
        try:
            scanned = self._scanned(item)
            with self._tree(item, scanned) as tree:
                found = self._verified(tree, scanned)
        except StoreError:
            raise
        except MinerError as error:
            self._check()
            return Ending(state_of(error), str(error), known, write=_leave(known))
        except OSError:
            self._check()
            raise
        return Ending("scanned", None, known, write=_write(known, scanned.scan_id, found))

    def _check(self) -> None:
        """Raises Stopped where what went wrong is that we were told to end."""
        if self._stopped:
            raise Stopped

    def _scanned(self, item: Begun) -> _Scanned:
        """Raises BadTarget (never scanned), OptedOut."""
        repository = item.repository
        if repository is None:
            raise BadTarget("only what was scanned can be verified: scan it first")
        if item.opted_out:
            raise OptedOut("left alone at its owner's wish")
        scan = self._store.get_scan(repository.id, None)
        text = None if scan is None else self._store.get_report(scan.id)
        if scan is None or text is None:
            raise BadTarget(f"{repository.full_name} was never scanned: scan it first")
        return _Scanned(scan.id, scan.commit, Report.model_validate_json(text), self._store.list_patches(scan.id))

    @contextmanager
    def _tree(self, item: Begun, scanned: _Scanned) -> Iterator[Tree]:
        target = target_of(item.target)
        if isinstance(target, LocalTarget):
            yield GitTree.open(target.path, scanned.commit)
            return
        with fetched_tree(target, scanned.commit, self._settings) as tree:
            yield tree

    def _verified(self, tree: Tree, scanned: _Scanned) -> _Found:
        pairs = scanned.report.pairs
        wanted = flagged(scanned.report)
        places = [next(place for place, one in enumerate(pairs) if one is pair) for pair in wanted]
        with Sandbox(find() if self._settings.verify_gpu else None) as sandbox:
            self._running.add(sandbox)
            try:
                found = dict(zip(places, verify_pairs(tree, wanted, sandbox=sandbox), strict=True))
                proven = self._proven(tree, scanned, found, sandbox) if scanned.patches else {}
                runs = verify_checks(tree, scanned.report, sandbox=sandbox)
            finally:
                self._running.discard(sandbox)
        self._check()
        return _Found(found, proven, dict(zip(tried(scanned.report), runs, strict=True)))

    def _proven(
        self, tree: Tree, scanned: _Scanned, found: Mapping[int, Verification], sandbox: Sandbox
    ) -> dict[int, Proof]:
        """The scan's patches put to the test; one that this version would not make again is not."""
        judge = remembering()
        said = {one.pair: one for one in reversed(list(found.values()))}
        proven: dict[int, Proof] = {}
        for change in changes(tree, scanned.report, judge=judge):
            if change.patch in scanned.patches:
                first = next(pair.id for pair in scanned.report.pairs if pair.id in change.patch.pairs)
                place = scanned.patches.index(change.patch)
                proof = proof_of(tree, scanned.report, change, judge, before=said.get(first), sandbox=sandbox)
                proven[place] = proof
            self._check()
        return proven


def _leave(repository_id: int | None) -> Callable[[Session, datetime], Stored]:
    def write(session: Session, _now: datetime) -> Stored:
        if repository_id is not None:
            items.wait_again(session, [repository_id])
        return Stored()

    return write


def _write(repository_id: int | None, scan_id: int, found: _Found) -> Callable[[Session, datetime], Stored]:
    def write(session: Session, now: datetime) -> Stored:
        verifications.save(session, scan_id, found.verifications, now)
        proofs.save(session, scan_id, found.proofs, now)
        check_runs.save(session, scan_id, found.checks, now)
        if repository_id is not None:
            items.wait_again(session, [repository_id])
        verdict = None if repository_id is None else items.latest_verdict(session, repository_id)
        return Stored(scan_id, verdict, verdict)

    return write
