"""The store's one door for whoever reads: the API, the command line, the pages.

Every method is one transaction and gives plain values (`miner.store.records`). What a job writes in the same commit as
its checkpoint goes through the modules beside this one, with the session that the engine of jobs hands out.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.fix.patch import Patch
from miner.store import derived, listing, listing_past, migrate, past, patches, repositories, scans, statistics
from miner.store.check_runs import CheckRuns
from miner.store.checks import Checks
from miner.store.convert import record
from miner.store.disputes import Disputes
from miner.store.doors import Access, Batches, Schedules, Workers
from miner.store.engine import create_engine_for, translated_errors, writing
from miner.store.estimates import Estimates
from miner.store.found import remember_found
from miner.store.histories import Histories
from miner.store.look import Looked, look, single_statements
from miner.store.models import BatchItemRow, ExcerptRow, FindingRow, RepositoryRow, RepositorySourceRow, ScanRow
from miner.store.proofs import Proofs
from miner.store.records import (
    OPEN_ITEM_STATES,
    DayCount,
    Excerpt,
    Filters,
    Finding,
    FoundScan,
    FunnelCounts,
    Page,
    Prevalence,
    PrevalenceBy,
    Repository,
    RepositoryInfo,
    RepositoryState,
    Scan,
    Sort,
    StateCounts,
)
from miner.store.sampled import Sampled
from miner.store.tries import Tries
from miner.store.under_way import UnderWay
from miner.store.verifications import Verifications

SHORTEST_COMMIT = 7
EVERYTHING = Filters()


class Store:
    """A database of repositories and their scans. Safe to share between threads; close it at the end.

    The tables must be there: `miner.store.migrate.upgrade(url)` makes them. Any method raises StoreUnavailable where
    the database cannot be reached.
    """

    def __init__(self, url: str) -> None:
        """Raises StoreUnavailable for a URL that is neither SQLite's nor PostgreSQL's. Does not connect yet."""
        self.url = url
        self.engine = create_engine_for(url)
        self.write_engine = writing(self.engine)
        self._statement_engine = single_statements(self.engine)
        self.batches = Batches(self.reading, self.changing)
        self.schedules = Schedules(self.reading, self.changing)
        self.access = Access(self.reading, self.changing)
        self.workers = Workers(self.reading)
        self.histories = Histories(self.reading, self.changing)
        self.estimates = Estimates(self.reading)
        self.verifications = Verifications(self.reading, self.changing)
        self.proofs = Proofs(self.reading, self.changing)
        self.check_runs = CheckRuns(self.reading, self.changing)
        self.disputes = Disputes(self.reading, self.changing)
        self.checks = Checks(self.reading)
        self.sampled = Sampled(self.reading)
        self.tries = Tries(self.reading)
        self.under_way = UnderWay(self.reading)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of all connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for one transaction that only reads; for this package and for jobs."""
        with translated_errors(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def changing(self) -> Iterator[Session]:
        """A session for one transaction that writes; for this package and for jobs."""
        with translated_errors(), Session(self.write_engine, expire_on_commit=False) as session, session.begin():
            yield session

    def check(self) -> None:
        """Asks the database for a sign of life, and for this release's tables.

        Raises StoreUnavailable, SchemaMismatch.
        """
        with self.reading() as session:
            migrate.check(session.connection())

    # Repositories

    def get_repository(self, host: str, owner: str, name: str) -> Repository | None:
        """The repository of that name, in any case of letters; local ones have host `local` and owner `-`."""
        with self.reading() as session:
            row = repositories.by_name(session, host, owner, name)
            return None if row is None else record(Repository, row)

    def look(self, host: str, owner: str, name: str, *, report: bool = False) -> Looked | None:
        """The same with its latest scan and, where asked for, that scan's report, in one statement."""
        return look(self._statement_engine, host, owner, name, report=report)

    def get_repository_by_github_id(self, github_id: int) -> Repository | None:
        """The repository with GitHub's numeric id, whatever it is called now."""
        with self.reading() as session:
            row = session.scalars(select(RepositoryRow).where(RepositoryRow.github_id == github_id)).one_or_none()
            return None if row is None else record(Repository, row)

    def get_sources(self, repository_id: int) -> list[str]:
        """How the repository came to be known: `search-repos`, `scan`, ..., sorted."""
        with self.reading() as session:
            query = select(RepositorySourceRow.source).where(RepositorySourceRow.repository_id == repository_id)
            return sorted(set(session.scalars(query)))

    def list_repositories(
        self, filters: Filters = EVERYTHING, *, sort: Sort = "worst", cursor: str | None = None, limit: int = 50
    ) -> Page:
        """Repositories with their latest scans; pass a page's `next_cursor` with the same sorting for what follows.

        With `as_of` among the filters, those that were scanned by then, with the scans that stood then. Raises
        BadCursor.
        """
        page = listing.page if filters.as_of is None else listing_past.page
        with self.reading() as session:
            listing.plan_for_these_values(session)
            return page(session, filters, sort, cursor, limit)

    def count_repositories(self, filters: Filters = EVERYTHING, *, most: int | None = None) -> int:
        """How many repositories `list_repositories` would give over all its pages; past `most`, one more than that."""
        count = listing.count if filters.as_of is None else listing_past.count
        with self.reading() as session:
            listing.plan_for_these_values(session)
            return count(session, filters, most)

    def upsert_found(self, found: Sequence[RepositoryInfo], *, source: str, query: str = "") -> int:
        """Stores what a crawler found, with where it was found; gives how many were not known before.

        GitHub's id decides which repository is meant, so a rename keeps its scans.
        """
        with self.changing() as session:
            return remember_found(session, found, source, query, _now())

    def adopt(self, info: RepositoryInfo, found: FoundScan, *, source: str) -> bool:
        """Stores a result that was made elsewhere, for a repository without one; gives whether it was."""
        with self.changing() as session:
            row = repositories.remember(session, info, _now())
            if row.state not in ("discovered", "scanned") or scans.has_any(session, row.id):
                return False
            repositories.add_source(session, row.id, source, "", found.finished_at)
            scans.save(session, row.id, found)
            return True

    def record_failure(self, repository_id: int, state: RepositoryState, reason: str) -> None:
        """Notes that a repository could not be scanned, and why.

        Its latest scan goes on to stand for it, unless it is `blocked`: then nothing of it is shown.
        """
        with self.changing() as session:
            repositories.set_state(session, repository_id, state, reason)

    # Scans

    def get_scan(self, repository_id: int, commit: str | None = None) -> Scan | None:
        """The latest scan, or the newest one of the commit, which may be shortened to 7 hex digits."""
        if commit is not None and len(commit) < SHORTEST_COMMIT:
            return None
        query = select(ScanRow).where(ScanRow.repository_id == repository_id)
        if commit is None:
            query = query.where(ScanRow.is_latest)
        else:
            query = query.where(ScanRow.commit.startswith(commit.lower(), autoescape=True))
        with self.reading() as session:
            row = session.scalars(query.order_by(ScanRow.id.desc()).limit(1)).one_or_none()
            return None if row is None else record(Scan, row)

    def list_scans(self, repository_id: int) -> list[Scan]:
        """All scans of a repository, newest first."""
        with self.reading() as session:
            query = select(ScanRow).where(ScanRow.repository_id == repository_id).order_by(ScanRow.id.desc())
            return [record(Scan, row) for row in session.scalars(query)]

    def get_report(self, scan_id: int) -> str | None:
        """The report as the JSON text that it was stored as; `Report.model_validate_json` reads it."""
        with self.reading() as session:
            return session.scalar(select(ScanRow.report).where(ScanRow.id == scan_id))

    def list_findings(self, scan_id: int) -> list[Finding]:
        """The pairs of a scan, worst first."""
        with self.reading() as session:
            query = select(FindingRow).where(FindingRow.scan_id == scan_id).order_by(FindingRow.position)
            return [record(Finding, row) for row in session.scalars(query)]

    def list_excerpts(self, scan_id: int) -> list[Excerpt]:
        """The lines of code that a scan's page shows, by path and line. Strangers wrote them: escape them."""
        with self.reading() as session:
            query = select(ExcerptRow).where(ExcerptRow.scan_id == scan_id)
            rows = session.scalars(query.order_by(ExcerptRow.path, ExcerptRow.first_line))
            return [record(Excerpt, row) for row in rows]

    def list_patches(self, scan_id: int) -> list[Patch]:
        """All patches of a scan, by place; `proofs.patches_of` has those that people are to see."""
        with self.reading() as session:
            return patches.of_scan(session, scan_id)

    def save_scan(self, repository_id: int, found: FoundScan) -> int:
        """Stores a scan with its findings and excerpts in one transaction and gives its id."""
        with self.changing() as session:
            return scans.save(session, repository_id, found)

    # Figures

    def prevalence(
        self, by: PrevalenceBy | None = None, filters: Filters = EVERYTHING, *, as_of: date | None = None
    ) -> list[Prevalence]:
        """Counts over the latest scans, for each group or, without `by`, for all in a list of one.

        With `as_of`, over those that were the latest at the end of that day (UTC); `filters` do not go with it.
        """
        self._renew_past(as_of)
        with self.reading() as session:
            return statistics.prevalence(session, by, filters, as_of)

    def funnel(self, filters: Filters = EVERYTHING, *, as_of: date | None = None) -> FunnelCounts:
        """How many of the latest scans are left after each step on the way to the bug."""
        self._renew_past(as_of)
        with self.reading() as session:
            return statistics.funnel(session, filters, as_of)

    def states(self) -> StateCounts:
        """How many repositories are in each state, and when the last scan finished."""
        with self.reading() as session:
            return statistics.states(session)

    def scans_by_day(self, since: datetime) -> list[DayCount]:
        """For each day on which scans ended since then, oldest first: how many, and what they found."""
        with self.reading() as session:
            return statistics.scans_by_day(session, since)

    def count_scans(self, since: datetime) -> int:
        """How many scans ended since then."""
        with self.reading() as session:
            return session.scalar(select(func.count()).where(ScanRow.finished_at >= since)) or 0

    def mark(self) -> tuple[int | None, ...]:
        """Another one whenever a commit changed what figures over the latest scans count."""
        with self.reading() as session:
            return derived.mark(session)

    def fold_tallies(self) -> None:
        """Sums up what the figures are made of, where it has grown long."""
        with self.reading() as session:
            due = derived.is_long(session)
        if due:
            with self.changing() as session:
                derived.fold(session)

    def _renew_past(self, as_of: date | None) -> None:
        if as_of is None:
            return
        with self.reading() as session:
            stale = past.is_stale(session, as_of)
        if stale:
            with self.changing() as session:
                past.renew(session, as_of)

    def open_batch_of(self, repository_id: int) -> int | None:
        """The newest batch in which the repository waits for its turn, or has it."""
        open_items = select(BatchItemRow.batch_id).where(
            BatchItemRow.repository_id == repository_id, BatchItemRow.state.in_(OPEN_ITEM_STATES)
        )
        with self.reading() as session:
            return session.scalars(open_items.order_by(BatchItemRow.id.desc()).limit(1)).one_or_none()

    def get_former(self, host: str, owner: str, name: str) -> Repository | None:
        """The repository that had this name before, None where none had."""
        with self.reading() as session:
            row = repositories.by_former_name(session, host, owner, name)
            return None if row is None else record(Repository, row)


def _now() -> datetime:
    return datetime.now(UTC)
