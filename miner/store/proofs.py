"""Patches of a scan with what running them gave; those that do not mend are shown to nobody."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session, undefer

from analysis.fix.patch import Patch
from miner.store.convert import storable
from miner.store.models import PatchRow, ProofRow
from miner.verify.model import Proof, Proven

Transaction = Callable[[], AbstractContextManager[Session]]

NEVER_RUN = "it was not run"


@dataclass(frozen=True, slots=True)
class TriedPatch:
    """A patch, what running it gave, and when that was; `finished_at` is None for one that was never run."""

    patch: Patch
    says: Proven
    reason: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Proofs:
    """The store's door to patches as people are to see them. Each method is one transaction."""

    reading: Transaction
    changing: Transaction

    def save(self, scan_id: int, found: Mapping[int, Proof]) -> None:
        """Stores what running patches of a scan gave, by the patch's place, over earlier ones of the same."""
        with self.changing() as session:
            save(session, scan_id, found, datetime.now(UTC))

    def patches_of(self, scan_id: int) -> list[TriedPatch]:
        """The patches of a scan, in their order, but for those with which repeats were seen.

        They quote a stranger's code: escape them.
        """
        same = and_(ProofRow.scan_id == PatchRow.scan_id, ProofRow.position == PatchRow.position)
        query = (
            select(PatchRow.document, ProofRow.says, ProofRow.reason, ProofRow.finished_at)
            .outerjoin(ProofRow, same)
            .where(PatchRow.scan_id == scan_id, or_(ProofRow.says.is_(None), ProofRow.says != "does not mend"))
            .order_by(PatchRow.position)
        )
        with self.reading() as session:
            return [
                TriedPatch(
                    Patch.model_validate_json(document),
                    "proven" if says == "proven" else "not verified",
                    reason or NEVER_RUN,
                    finished_at,
                )
                for document, says, reason, finished_at in session.execute(query)
            ]

    def of_scan(self, scan_id: int) -> dict[int, Proof]:
        """What running a scan's patches gave, by their places, with the evidence before and after."""
        query = select(ProofRow).where(ProofRow.scan_id == scan_id).order_by(ProofRow.position)
        with self.reading() as session:
            rows = session.scalars(query.options(undefer(ProofRow.document)))
            return {row.position: Proof.model_validate_json(row.document) for row in rows}


def save(session: Session, scan_id: int, found: Mapping[int, Proof], now: datetime) -> None:
    """Stores proofs by the place of their patches among those of the scan."""
    session.execute(delete(ProofRow).where(ProofRow.scan_id == scan_id, ProofRow.position.in_(found)))
    session.add_all(
        ProofRow(
            scan_id=scan_id,
            position=position,
            says=proof.says,
            reason=storable(proof.reason),
            finished_at=now,
            document=storable(proof.model_dump_json()),
        )
        for position, proof in found.items()
    )
    session.flush()
