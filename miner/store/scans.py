"""Scans: one analysis of one commit, with its findings and the lines of code that its page shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from analysis.report import Pair, Report
from miner.store import checks, patches
from miner.store.convert import storable
from miner.store.models import ExcerptRow, FindingRow, HistoryRow, RepositoryRow, ScanCodeRow, ScanRow
from miner.store.records import FoundScan


def save(session: Session, repository_id: int, found: FoundScan) -> int:
    """Stores a scan with all that hangs on it, makes it the repository's latest, and gives its id.

    An earlier scan of the same commit by the same analyzer is replaced.
    """
    report = found.report
    if report.commit is None:
        raise ValueError("a scan is of a commit; this report has none")
    session.execute(
        delete(ScanRow).where(
            ScanRow.repository_id == repository_id,
            ScanRow.commit == report.commit,
            ScanRow.analyzer_version == report.analyzer.version,
        )
    )
    session.execute(update(ScanRow).where(ScanRow.repository_id == repository_id).values(is_latest=False))
    row = _scan_row(repository_id, report.commit, found)
    session.add(row)
    session.flush()
    session.add_all(_finding_row(row.id, place, pair, found) for place, pair in enumerate(report.pairs))
    checks.save(session, row.id, report)
    patches.save(session, row.id, found.patches)
    session.add_all(ScanCodeRow(scan_id=row.id, code=code) for code in sorted(codes_of(report)))
    session.add_all(
        ExcerptRow(
            scan_id=row.id,
            position=place,
            path=storable(excerpt.path),
            first_line=excerpt.first_line,
            text=storable(excerpt.text),
            blob=excerpt.blob,
        )
        for place, excerpt in enumerate(found.excerpts)
    )
    session.execute(
        update(RepositoryRow)
        .where(RepositoryRow.id == repository_id)
        .values(state="scanned", state_reason=None, head_oid=report.commit, last_seen=found.finished_at)
    )
    session.flush()
    return row.id


def latest_commit(session: Session, repository_id: int) -> str | None:
    """The commit whose analysis stands for the repository."""
    return session.scalar(select(ScanRow.commit).where(ScanRow.repository_id == repository_id, ScanRow.is_latest))


@dataclass(frozen=True, slots=True)
class Known:
    """The scan that stands for a repository, and the commit that it is of."""

    scan_id: int
    commit: str


def known(session: Session, repository_id: int, analyzer_version: str) -> Known | None:
    """The scan that stands for the repository, if it is by that analyzer."""
    row = session.execute(
        select(ScanRow.id, ScanRow.commit).where(
            ScanRow.repository_id == repository_id, ScanRow.is_latest, ScanRow.analyzer_version == analyzer_version
        )
    ).one_or_none()
    return None if row is None else Known(*row)


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


def has_any(session: Session, repository_id: int) -> bool:
    """Whether there is any scan of the repository."""
    return session.scalar(select(ScanRow.id).where(ScanRow.repository_id == repository_id).limit(1)) is not None


def codes_of(report: Report) -> set[str]:
    """What a repository is found by: the codes of its pairs that count, and of its companion checks."""
    return {pair.code for pair in report.pairs if pair.counts} | {finding.code for finding in report.checks}


def worst_counting(pairs: Iterable[Pair]) -> Pair | None:
    """The pair that a repository's verdict comes from; a report lists the worst first."""
    return next((pair for pair in pairs if pair.counts), None)


def _scan_row(repository_id: int, commit: str, found: FoundScan) -> ScanRow:
    report: Report = found.report
    worst = worst_counting(report.pairs)
    return ScanRow(
        repository_id=repository_id,
        commit=commit,
        commit_date=date.fromisoformat(report.commit_date) if report.commit_date else None,
        analyzer_version=report.analyzer.version,
        facts_version=report.analyzer.facts,
        eligible=report.eligible,
        why_not_eligible=report.why_not_eligible,
        unknown_why=None if report.unknown_why is None else storable(report.unknown_why),
        legacy=report.legacy,
        modern=report.modern,
        verdict=report.verdict,
        torch_range=report.torch.range,
        **report.funnel.model_dump(),
        draw_kind=worst.draw_kind if worst else None,
        reseed=worst.reseed if worst else None,
        workers=worst.workers if worst else None,
        fsck_failed=found.fsck_failed,
        licensed=found.licensed,
        unread_files=len(report.unread),
        seconds=report.cost.seconds,
        finished_at=found.finished_at,
        is_latest=True,
        report=report.to_json(),
    )


def _finding_row(scan_id: int, position: int, pair: Pair, found: FoundScan) -> FindingRow:
    draw = pair.draws[0] if pair.draws else None
    path, _, line = pair.loader.rpartition(":")
    return FindingRow(
        scan_id=scan_id,
        position=position,
        pair_id=storable(pair.id),
        code=pair.code,
        counts=pair.counts,
        legacy=pair.legacy,
        modern=pair.modern,
        draw_kind=pair.draw_kind,
        reseed=pair.reseed,
        workers=pair.workers,
        workers_value=pair.workers_value,
        dataset=storable(pair.dataset),
        api=draw.api if draw else None,
        path=storable(draw.path if draw else path),
        line=draw.line if draw else int(line),
        blob=found.blobs.get(draw.path if draw else path),
        train=pair.train,
        overlap=pair.overlap,
        same_every_run=pair.same_every_run,
        distinct_share=pair.distinct_share,
    )
