"""Verifying: the flagged pairs of a repository's newest scan, run in a sandbox, the evidence stored beside the scan."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from analysis.report import Report
from analysis.tree import Tree
from miner.errors import BadTarget, MinerError, OptedOut
from miner.git import GitTree
from miner.jobs.kinds import Ending, Resources, Stored
from miner.jobs.pool import Stopped
from miner.jobs.requests import read_request
from miner.jobs.scanner import state_of
from miner.store import BatchItem, Repository, Session, StoreError, items, opt_outs, verifications
from miner.targets import LocalTarget
from miner.verify.fetched import fetched_tree
from miner.verify.model import Verification
from miner.verify.plan import flagged
from miner.verify.sandbox import Sandbox
from miner.verify.verify import verify_pairs


def open_kind(resources: Resources) -> "VerificationJobs":
    """The kind `verify`."""
    return VerificationJobs(resources)


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What there is to verify: the newest scan of a repository, and its report."""

    scan_id: int
    commit: str
    report: Report


class VerificationJobs:
    """Verifies repositories, each in a sandbox of its own."""

    def __init__(self, resources: Resources) -> None:
        self._settings = resources.settings
        self._store = resources.store
        self._running: set[Sandbox] = set()
        self._stopped = False

    def stop(self) -> None:
        """Ends the sandboxes."""
        self._stopped = True
        for sandbox in list(self._running):
            sandbox.close()

    def perform(self, item: BatchItem) -> Ending:
        """One repository. A failure leaves its state, its scan and earlier verifications as they were."""
        known = None if item.repository is None else item.repository.id
        try:
            scanned = self._scanned(item.repository)
            with self._tree(item, scanned) as tree:
                found = self._verified(tree, scanned.report)
        except StoreError:
            raise
        except MinerError as error:
            self._check()
            return Ending(state_of(error), str(error), known, _leave(known))
        except OSError:
            self._check()
            raise
        return Ending("scanned", None, known, _write(known, scanned.scan_id, found))

    def _check(self) -> None:
        """Raises Stopped where what went wrong is that we were told to end."""
        if self._stopped:
            raise Stopped

    def _scanned(self, repository: Repository | None) -> _Scanned:
        """Raises BadTarget (never scanned), OptedOut."""
        if repository is None:
            raise BadTarget("only what was scanned can be verified: scan it first")
        with self._store.reading() as session:
            if opt_outs.holds(session, repository):
                raise OptedOut("left alone at its owner's wish")
        scan = self._store.get_scan(repository.id, None)
        text = None if scan is None else self._store.get_report(scan.id)
        if scan is None or text is None:
            raise BadTarget(f"{repository.full_name} was never scanned: scan it first")
        return _Scanned(scan.id, scan.commit, Report.model_validate_json(text))

    @contextmanager
    def _tree(self, item: BatchItem, scanned: _Scanned) -> Iterator[Tree]:
        target = read_request(item.target).target
        if isinstance(target, LocalTarget):
            yield GitTree.open(target.path, scanned.commit)
            return
        with fetched_tree(target, scanned.commit, self._settings) as tree:
            yield tree

    def _verified(self, tree: Tree, report: Report) -> dict[int, Verification]:
        wanted = flagged(report)
        places = [next(place for place, one in enumerate(report.pairs) if one is pair) for pair in wanted]
        with Sandbox() as sandbox:
            self._running.add(sandbox)
            try:
                found = dict(zip(places, verify_pairs(tree, wanted, sandbox=sandbox), strict=True))
            finally:
                self._running.discard(sandbox)
        self._check()
        return found


def _leave(repository_id: int | None) -> Callable[[Session, datetime], Stored]:
    def write(session: Session, _now: datetime) -> Stored:
        if repository_id is not None:
            items.wait_again(session, [repository_id])
        return Stored()

    return write


def _write(
    repository_id: int | None, scan_id: int, found: dict[int, Verification]
) -> Callable[[Session, datetime], Stored]:
    def write(session: Session, now: datetime) -> Stored:
        verifications.save(session, scan_id, found, now)
        if repository_id is not None:
            items.wait_again(session, [repository_id])
        verdict = None if repository_id is None else items.latest_verdict(session, repository_id)
        return Stored(scan_id, verdict, verdict)

    return write
