"""What running companion checks showed, in the store: beside the scan that found them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from miner.store.convert import storable
from miner.store.models import CheckRunRow
from miner.verify.model import CheckRun

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class StoredCheckRun:
    """A run and when it was made."""

    said: CheckRun
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class CheckRuns:
    """The store's door to runs of companion checks. Each method is one transaction."""

    reading: Transaction
    changing: Transaction

    def save(self, scan_id: int, found: Mapping[int, CheckRun]) -> None:
        """Stores runs by the place of their findings among the report's checks, over earlier ones of the same."""
        with self.changing() as session:
            save(session, scan_id, found, datetime.now(UTC))

    def of_scan(self, scan_id: int) -> dict[int, StoredCheckRun]:
        """What is known of a scan's companion checks, by their place in its report."""
        query = select(CheckRunRow).where(CheckRunRow.scan_id == scan_id).order_by(CheckRunRow.position)
        with self.reading() as session:
            return {
                row.position: StoredCheckRun(CheckRun.model_validate_json(row.document), row.finished_at)
                for row in session.scalars(query)
            }


def save(session: Session, scan_id: int, found: Mapping[int, CheckRun], now: datetime) -> None:
    """Stores runs by the place of their findings in the scan's report."""
    session.execute(delete(CheckRunRow).where(CheckRunRow.scan_id == scan_id, CheckRunRow.position.in_(found)))
    rows = [
        {
            "scan_id": scan_id,
            "position": position,
            "code": said.code,
            "verdict": said.verdict,
            "finished_at": now,
            "document": storable(said.model_dump_json()),
        }
        for position, said in found.items()
    ]
    if rows:
        session.execute(insert(CheckRunRow), rows)
