"""What an estimate from a random sample rests on: the design, and the latest scan of every repository drawn."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from analysis.report import Outcome, Verdict
from miner.store import samples
from miner.store.models import FindingRow, RepositoryRow, SampleDrawRow, SampleRow, ScanRow
from miner.store.samples import Sample, StratumCounts

Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class SampledRepository:
    """A drawn repository that may hold Python. Without a scan everything from `eligible` on is None.

    `content` is the same for two whose pairs that count lie in the same bytes; None without such a pair, or where the
    bytes of one are not known.
    """

    stratum: int
    owner: str
    name: str
    scanned: bool
    eligible: bool | None
    legacy: Outcome | None
    modern: Outcome | None
    verdict: Verdict | None
    content: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class SampleData:
    """A sample with its strata, and what was found in the repositories drawn."""

    sample: Sample
    strata: Sequence[StratumCounts]
    repositories: Sequence[SampledRepository]


@dataclass(frozen=True, slots=True)
class Estimates:
    """The store's door to samples as estimates want them. Each method is one transaction."""

    reading: Transaction

    def names(self) -> list[str]:
        """The samples that there are, the newest first."""
        with self.reading() as session:
            return list(session.scalars(select(SampleRow.name).order_by(SampleRow.id.desc())))

    def find(self, name: str) -> SampleData | None:
        """The sample of that name, None where there is none."""
        with self.reading() as session:
            sample = samples.by_name(session, name)
            if sample is None:
                return None
            return SampleData(sample, samples.design(session, sample.id), _repositories(session, sample.id))


def _repositories(session: Session, sample_id: int) -> list[SampledRepository]:
    columns = (ScanRow.id, ScanRow.eligible, ScanRow.legacy, ScanRow.modern, ScanRow.verdict)
    query = (
        select(SampleDrawRow.stratum, RepositoryRow.owner, RepositoryRow.name, *columns)
        .join(RepositoryRow, RepositoryRow.id == SampleDrawRow.repository_id)
        .outerjoin(ScanRow, and_(ScanRow.repository_id == RepositoryRow.id, ScanRow.is_latest))
        .where(SampleDrawRow.sample_id == sample_id)
        .order_by(SampleDrawRow.github_id)
    )
    contents = _contents(session, sample_id)
    return [
        SampledRepository(
            stratum,
            owner,
            name,
            scan is not None,
            eligible,
            cast("Outcome | None", legacy),
            cast("Outcome | None", modern),
            cast("Verdict | None", verdict),
            contents.get(scan),
        )
        for stratum, owner, name, scan, eligible, legacy, modern, verdict in session.execute(query)
    ]


def _contents(session: Session, sample_id: int) -> dict[int, tuple[str, ...]]:
    """The blob ids that the counted pairs of each latest scan of the sample lie in."""
    query = (
        select(FindingRow.scan_id, FindingRow.blob)
        .join(ScanRow, and_(ScanRow.id == FindingRow.scan_id, ScanRow.is_latest))
        .join(SampleDrawRow, SampleDrawRow.repository_id == ScanRow.repository_id)
        .where(SampleDrawRow.sample_id == sample_id, FindingRow.counts)
        .distinct()
    )
    blobs: dict[int, set[str | None]] = {}
    for scan_id, blob in session.execute(query):
        blobs.setdefault(scan_id, set()).add(blob)
    return {
        scan_id: tuple(sorted(named))
        for scan_id, found in blobs.items()
        if len(named := [blob for blob in found if blob is not None]) == len(found)
    }
