"""Scans: one analysis of one commit, with its findings and the lines of code that its page shows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, delete, func, insert, literal, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from analysis.report import Pair, Report
from miner.store import checks, disputes, patches, seeding
from miner.store.convert import storable
from miner.store.models import (
    CheckFindingRow,
    ExcerptRow,
    FindingRow,
    HistoryRow,
    PatchRow,
    RepositoryRow,
    ScanCodeRow,
    ScanRow,
    SeedRow,
)
from miner.store.models.base import Base, UtcDateTime
from miner.store.models.scans import FOREVER
from miner.store.records import Excerpt, FoundScan


@dataclass(frozen=True, slots=True)
class Saved:
    """A scan that was stored, and the verdict that stood for its repository before."""

    scan_id: int
    verdict_before: str | None


def save(session: Session, repository_id: int, found: FoundScan) -> int:
    """Stores a scan with all that hangs on it, makes it the repository's latest, and gives its id.

    An earlier scan of the same commit by the same analyzer is replaced.
    """
    return save_all(session, [(repository_id, found)])[0].scan_id


def save_all(session: Session, new: Sequence[tuple[int, FoundScan]]) -> list[Saved]:
    """Does as `save` for each, in a few statements for all of them: many small scans are one commit."""
    known = [repository_id for repository_id, _ in new]
    if len(set(known)) < len(known):
        return [save_all(session, [each])[0] for each in new]
    before = _step_back(session, known)
    session.execute(
        delete(ScanRow)
        .where(
            tuple_(ScanRow.repository_id, ScanRow.commit, ScanRow.analyzer_version).in_(
                [(repository_id, _commit(found), found.report.analyzer.version) for repository_id, found in new]
            )
        )
        .execution_options(synchronize_session=False)
    )
    added = insert(ScanRow).returning(ScanRow.id, sort_by_parameter_order=True)
    scan_ids = list(session.scalars(added, [_scan(*each) for each in new]))
    _step_down(session, known)
    _add(session, scan_ids, [found for _, found in new])
    _note_scanned(session, known)
    disputes.take_in(session, new)
    return [Saved(scan_id, before.get(repository_id)) for scan_id, repository_id in zip(scan_ids, known, strict=True)]


def _step_back(session: Session, repository_ids: Sequence[int]) -> dict[int, str]:
    """No scan of these is the latest any more; gives the verdicts of those that were."""
    stood = (
        update(ScanRow)
        .where(ScanRow.repository_id.in_(repository_ids), ScanRow.is_latest)
        .values(is_latest=False)
        .returning(ScanRow.repository_id, ScanRow.verdict)
        .execution_options(synchronize_session=False)
    )
    return {repository_id: verdict for repository_id, verdict in session.execute(stood)}  # noqa: C416


def _step_down(session: Session, repository_ids: Sequence[int]) -> None:
    """Each scan of these stands until a later one ended; they do not always end in the order of their numbers."""
    later = aliased(ScanRow)
    ended = select(func.min(later.finished_at)).where(
        later.repository_id == ScanRow.repository_id, later.id > ScanRow.id
    )
    until = func.coalesce(ended.correlate(ScanRow).scalar_subquery(), literal(FOREVER, UtcDateTime()))
    session.execute(
        update(ScanRow)
        .where(ScanRow.repository_id.in_(repository_ids), ScanRow.stands_until != until)
        .values(stands_until=until)
        .execution_options(synchronize_session=False)
    )


def _add(session: Session, scan_ids: Sequence[int], found: Sequence[FoundScan]) -> None:
    """All that hangs on new scans."""
    each = list(zip(scan_ids, found, strict=True))
    rows: dict[type[Base], list[dict[str, object]]] = {
        FindingRow: [
            _finding(scan_id, place, pair, one) for scan_id, one in each for place, pair in enumerate(one.report.pairs)
        ],
        CheckFindingRow: [row for scan_id, one in each for row in checks.findings(scan_id, one.report)],
        SeedRow: [row for scan_id, one in each for row in checks.seeds(scan_id, one.report)],
        PatchRow: [row for scan_id, one in each for row in patches.rows(scan_id, one.patches)],
        ScanCodeRow: [{"scan_id": scan_id, "code": code} for scan_id, one in each for code in codes_of(one.report)],
        ExcerptRow: [row for scan_id, one in each for row in _excerpts(scan_id, one.excerpts)],
    }
    for table, some in rows.items():
        if some:
            session.execute(insert(table), some)


def _note_scanned(session: Session, repository_ids: Sequence[int]) -> None:
    latest = select(ScanRow.commit).where(ScanRow.repository_id == RepositoryRow.id, ScanRow.is_latest)
    finished = select(ScanRow.finished_at).where(ScanRow.repository_id == RepositoryRow.id, ScanRow.is_latest)
    ended = finished.scalar_subquery()
    # One that was made elsewhere ended before its repository was known here.
    seen = case((RepositoryRow.last_seen > ended, RepositoryRow.last_seen), else_=ended)
    session.execute(
        update(RepositoryRow)
        .where(RepositoryRow.id.in_(repository_ids))
        .values(state="scanned", state_reason=None, head_oid=latest.scalar_subquery(), last_seen=seen)
        .execution_options(synchronize_session=False)
    )


def purge_content(session: Session, repository_id: int) -> None:
    """Lets go of a repository's code, and of its place in lists and figures. What was found stays, by commit."""
    of_repository = select(ScanRow.id).where(ScanRow.repository_id == repository_id)
    session.execute(delete(ExcerptRow).where(ExcerptRow.scan_id.in_(of_repository)))
    patches.purge(session, repository_id)
    session.execute(delete(HistoryRow).where(HistoryRow.repository_id == repository_id))  # its steps go with it
    session.execute(update(ScanRow).where(ScanRow.repository_id == repository_id).values(is_latest=False))


def delete_all(session: Session, repository_id: int) -> None:
    """Lets go of all that was ever found in a repository."""
    session.execute(delete(ScanRow).where(ScanRow.repository_id == repository_id))
    session.execute(delete(HistoryRow).where(HistoryRow.repository_id == repository_id))
    disputes.delete_of(session, repository_id)


def has_any(session: Session, repository_id: int) -> bool:
    """Whether there is any scan of the repository."""
    return session.scalar(select(ScanRow.id).where(ScanRow.repository_id == repository_id).limit(1)) is not None


def codes_of(report: Report) -> set[str]:
    """What a repository is found by: the codes of its pairs that count, and of its companion checks."""
    return {pair.code for pair in report.pairs if pair.counts} | {finding.code for finding in report.checks}


def worst_counting(pairs: Iterable[Pair]) -> Pair | None:
    """The pair that a repository's verdict comes from; a report lists the worst first."""
    return next((pair for pair in pairs if pair.counts), None)


def _commit(found: FoundScan) -> str:
    if found.report.commit is None:
        raise ValueError("a scan is of a commit; this report has none")
    return found.report.commit


def _scan(repository_id: int, found: FoundScan) -> dict[str, object]:
    report: Report = found.report
    worst, seeds = worst_counting(report.pairs), list(checks.seeds(0, report))
    return {
        "repository_id": repository_id,
        "commit": _commit(found),
        "commit_date": date.fromisoformat(report.commit_date) if report.commit_date else None,
        "analyzer_version": report.analyzer.version,
        "facts_version": report.analyzer.facts,
        "eligible": report.eligible,
        "why_not_eligible": report.why_not_eligible,
        "unknown_why": None if report.unknown_why is None else storable(report.unknown_why),
        "legacy": report.legacy,
        "modern": report.modern,
        "verdict": report.verdict,
        "torch_range": report.torch.range,
        **report.funnel.model_dump(),
        "draw_kind": worst.draw_kind if worst else None,
        "reseed": worst.reseed if worst else None,
        "workers": worst.workers if worst else None,
        "fsck_failed": found.fsck_failed,
        "licensed": found.licensed,
        "unread_files": len(report.unread),
        "seconds": report.cost.seconds,
        "finished_at": found.finished_at,
        "is_latest": True,
        "seed_runs": seeding.runs_of(seeds),
        "seeded": seeding.seeded_by(seeds),
        "report": report.to_json(),
    }


def _finding(scan_id: int, position: int, pair: Pair, found: FoundScan) -> dict[str, object]:
    draw = pair.draws[0] if pair.draws else None
    path, _, line = pair.loader.rpartition(":")
    return {
        "scan_id": scan_id,
        "position": position,
        "pair_id": storable(pair.id),
        "code": pair.code,
        "counts": pair.counts,
        "legacy": pair.legacy,
        "modern": pair.modern,
        "draw_kind": pair.draw_kind,
        "reseed": pair.reseed,
        "workers": pair.workers,
        "workers_value": pair.workers_value,
        "dataset": storable(pair.dataset),
        "api": draw.api if draw else None,
        "path": storable(draw.path if draw else path),
        "line": draw.line if draw else int(line),
        "blob": found.blobs.get(draw.path if draw else path),
        "train": pair.train,
        "overlap": pair.overlap,
        "same_every_run": pair.same_every_run,
        "distinct_share": pair.distinct_share,
    }


def _excerpts(scan_id: int, excerpts: Iterable[Excerpt]) -> Iterator[dict[str, object]]:
    for place, excerpt in enumerate(excerpts):
        yield {
            "scan_id": scan_id,
            "position": place,
            "path": storable(excerpt.path),
            "first_line": excerpt.first_line,
            "text": storable(excerpt.text),
            "blob": excerpt.blob,
        }
