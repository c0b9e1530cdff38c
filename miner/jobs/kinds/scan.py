"""Scanning: fetch what is new, analyse it, store what was found."""

from collections.abc import Callable
from datetime import datetime

from miner.errors import RateLimited
from miner.jobs.kinds import Ending, Postponed, Resources, Stored
from miner.jobs.pauses import DEFAULT_PAUSE_SECONDS, Pauses, host_of
from miner.jobs.scanner import Failed, Scanned, Scanner, Unchanged
from miner.store import BatchItem, Session, items, repositories, scans, watches


def open_kind(resources: Resources) -> "Scans":
    """The kind `scan`."""
    return Scans(Scanner(resources.settings, resources.store, resources.work_dir))


class Scans:
    """Scans repositories with the scanner's processes."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._pauses = Pauses()

    def stop(self) -> None:
        """Ends the scanner's processes."""
        self._scanner.stop()

    def perform(self, item: BatchItem) -> Ending:
        """One repository."""
        try:
            outcome = self._pauses.keeping(host_of(item), lambda: self._scanner.scan(item))
        except RateLimited as error:
            raise Postponed(str(error), error.retry_after or DEFAULT_PAUSE_SECONDS) from error
        match outcome:
            case Failed(state, reason, repository_id):
                return Ending(state, reason, repository_id, _write_failure(outcome))
            case Unchanged(repository_id):
                return Ending("unchanged", None, repository_id, _write_unchanged(outcome))
            case Scanned(repository_id):
                return Ending("scanned", None, repository_id, _write_scan(outcome))


def _write_failure(failed: Failed) -> Callable[[Session, datetime], Stored]:
    def write(session: Session, now: datetime) -> Stored:
        if failed.repository_id is not None:
            repositories.set_state(session, failed.repository_id, failed.state, failed.reason)
            if failed.state == "gone":
                watches.not_found(session, failed.repository_id, now)
        return Stored()

    return write


def _write_unchanged(unchanged: Unchanged) -> Callable[[Session, datetime], Stored]:
    def write(session: Session, now: datetime) -> Stored:
        repositories.seen_unchanged(session, unchanged.repository_id, now)
        verdict = items.latest_verdict(session, unchanged.repository_id)
        return Stored(unchanged.scan_id, verdict, verdict)

    return write


def _write_scan(scanned: Scanned) -> Callable[[Session, datetime], Stored]:
    def write(session: Session, _now: datetime) -> Stored:
        before = items.latest_verdict(session, scanned.repository_id)
        scan_id = scans.save(session, scanned.repository_id, scanned.found)
        return Stored(scan_id, before, scanned.found.report.verdict)

    return write
