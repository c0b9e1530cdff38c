"""Verifications in the store: beside the scan whose findings they put to the test."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from miner.store.convert import storable
from miner.store.models import RepositoryRow, ScanRow, VerificationRow
from miner.verify.model import Verification

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class StoredVerification:
    """A verification and when it was made."""

    said: Verification
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A finding of which the run says something else than the static analysis: work for us."""

    host: str
    owner: str
    name: str
    commit: str
    said: Verification


@dataclass(frozen=True, slots=True)
class Verifications:
    """The store's door to verifications. Each method is one transaction."""

    reading: Transaction
    changing: Transaction

    def save(self, scan_id: int, found: Mapping[int, Verification]) -> None:
        """Stores verifications of a scan's findings, by their place in its report, over earlier ones of the same."""
        with self.changing() as session:
            save(session, scan_id, found, datetime.now(UTC))

    def of_scan(self, scan_id: int) -> dict[int, StoredVerification]:
        """What is known of a scan's findings, by their place in its report."""
        query = select(VerificationRow).where(VerificationRow.scan_id == scan_id).order_by(VerificationRow.position)
        with self.reading() as session:
            rows = session.scalars(query.options(undefer(VerificationRow.document)))
            return {row.position: StoredVerification(_said(row), row.finished_at) for row in rows}

    def disagreements(self, limit: int = 100) -> Sequence[Disagreement]:
        """Findings of newest scans on which the two differ, newest first."""
        query = (
            select(VerificationRow, ScanRow.commit, RepositoryRow.host, RepositoryRow.owner, RepositoryRow.name)
            .join(ScanRow, ScanRow.id == VerificationRow.scan_id)
            .join(RepositoryRow, RepositoryRow.id == ScanRow.repository_id)
            .where(VerificationRow.disagrees, ScanRow.is_latest)
            .order_by(VerificationRow.finished_at.desc(), VerificationRow.scan_id, VerificationRow.position)
            .limit(limit)
            .options(undefer(VerificationRow.document))
        )
        with self.reading() as session:
            return [
                Disagreement(host, owner, name, commit, _said(row))
                for row, commit, host, owner, name in session.execute(query)
            ]


def save(session: Session, scan_id: int, found: Mapping[int, Verification], now: datetime) -> None:
    """Stores verifications by the place of their findings in the scan's report. What failed is not kept over others."""
    for position, said in found.items():
        kept = session.get(VerificationRow, (scan_id, position))
        if kept is not None and said.verdict == "failed":
            continue
        session.execute(
            delete(VerificationRow).where(VerificationRow.scan_id == scan_id, VerificationRow.position == position)
        )
        session.flush()
        session.add(_row(scan_id, position, said, now))
    session.flush()


def _row(scan_id: int, position: int, said: Verification, now: datetime) -> VerificationRow:
    return VerificationRow(
        scan_id=scan_id,
        position=position,
        pair_id=said.pair,
        verdict=said.verdict,
        scope=said.scope,
        disagrees=said.disagrees,
        rung=said.evidence.rung,
        device=said.evidence.versions.get("device"),
        seconds=said.evidence.seconds,
        finished_at=now,
        document=storable(said.model_dump_json()),
    )


def _said(row: VerificationRow) -> Verification:
    return Verification.model_validate_json(row.document)
