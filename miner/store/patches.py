"""Patches of a scan, kept with it."""

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from analysis.fix.patch import Patch
from miner.store.convert import storable
from miner.store.models import PatchRow, ScanRow


def rows(scan_id: int, patches: Sequence[Patch]) -> Iterator[dict[str, object]]:
    """The rows of a new scan's patches."""
    for place, patch in enumerate(patches):
        yield {"scan_id": scan_id, "position": place, "document": storable(patch.model_dump_json())}


def of_scan(session: Session, scan_id: int) -> list[Patch]:
    """The patches of a scan, in the order in which they were found."""
    query = select(PatchRow.document).where(PatchRow.scan_id == scan_id).order_by(PatchRow.position)
    return [Patch.model_validate_json(document) for document in session.scalars(query)]


def purge(session: Session, repository_id: int) -> None:
    """Lets go of the patches of a repository: they quote its code."""
    scans = select(ScanRow.id).where(ScanRow.repository_id == repository_id)
    session.execute(delete(PatchRow).where(PatchRow.scan_id.in_(scans)))
