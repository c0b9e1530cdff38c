"""Scanning: fetch what is new, analyse it, store what was found."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from miner.errors import Unreachable
from miner.jobs.kinds import Ending, Resources, Stored
from miner.jobs.pauses import Pauses, host_of
from miner.jobs.scanner import Failed, New, Scanned, Scanner, Unchanged, local_name, state_of
from miner.store import Session, items, repositories, watches
from miner.store.items import Begun


def open_kind(resources: Resources) -> "Scans":
    """The kind `scan`."""
    return Scans(Scanner(resources.settings, resources.store, resources.work_dir), resources.attended)


class Scans:
    """Scans repositories with the scanner's processes."""

    def __init__(self, scanner: Scanner, attended: int | None) -> None:
        self._scanner = scanner
        self._attended = attended
        self._pauses = Pauses()

    def prepare(self, number: int) -> None:
        """Has the scanner's processes ready."""
        self._scanner.prepare(number)

    def stop(self) -> None:
        """Ends the scanner's processes."""
        self._scanner.stop()

    def perform(self, item: Begun) -> Ending:
        """One repository."""
        patient = item.batch_id != self._attended
        try:
            outcome = self._pauses.keeping(host_of(item), lambda: self._scanner.scan(item), patient=patient)
        except Unreachable as error:
            known = None if item.repository is None else item.repository.id
            outcome = Failed(state_of(error), str(error), known)
        match outcome:
            case Failed(state, reason, repository_id):
                return Ending(state, reason, repository_id, write=_write_failure(outcome))
            case Unchanged(repository_id):
                return Ending("unchanged", None, repository_id, write=_write_unchanged(outcome))
            case New(path, found):
                return Ending("scanned", found=found, identify=_identify(path))
            case Scanned(repository_id, found):
                return Ending("scanned", None, repository_id, found)


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


def _identify(path: Path) -> Callable[[Session, datetime], int]:
    def identify(session: Session, now: datetime) -> int:
        return repositories.remember_local(session, str(path), local_name(path), now).id

    return identify
