"""Figures of days gone by are those of the scans that stood then, whatever was written since and however."""

import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from miner.store import FoundScan, RepositoryInfo, Store, derived, past
from miner.store.models import PastTallyRow, RepositoryRow, ScanCodeRow, ScanRow, StaleDayRow
from miner.store.models.scans import FOREVER
from miner.store.records import Filters, PrevalenceBy, Sort
from tests.miner.test_store_derived import NOW, SEED, scan_row
from tests.support import reports

FIRST = NOW - timedelta(days=70)
DAYS = [(FIRST + timedelta(days=place)).date() for place in (5, 20, 33, 47, 62, 80)]
GROUPS: dict[PrevalenceBy, Any] = {
    "verdict": lambda scan, _: [scan.verdict],
    "torch_range": lambda scan, _: [scan.torch_range],
    "year": lambda scan, _: [str(scan.commit_date.year) if scan.commit_date else "unknown"],
    "stars": lambda _, stars: ["unknown" if stars is None else "0-9" if stars < 10 else "10-99"],
    "draw_kind": lambda scan, _: [scan.draw_kind or "none"],
    "reseed": lambda scan, _: [scan.reseed or "no pair"],
    "workers": lambda scan, _: [scan.workers or "none"],
}


def standing(store: Store, day: date) -> list[tuple[ScanRow, int | None, list[str]]]:
    """The scans that stood for their repositories on that day, with stars and codes, straight from the rows."""
    with store.reading() as session:
        scans = list(session.scalars(select(ScanRow).order_by(ScanRow.id)))
        stars = {row.id: row.stars for row in session.scalars(select(RepositoryRow))}
        codes = session.execute(select(ScanCodeRow.scan_id, ScanCodeRow.code)).all()
    stood = {scan.repository_id: scan for scan in scans if scan.finished_at.date() <= day}
    return [(scan, stars[of], [code for of, code in codes if of == scan.id]) for of, scan in stood.items()]


def checked(store: Store) -> None:
    for day in DAYS:
        stood = standing(store, day)
        assert store.funnel(as_of=day).scanned == len(stood)
        by: PrevalenceBy | None
        for by in (None, "check", *GROUPS):
            counts: Counter[tuple[str | None, bool | None, str]] = Counter()
            for scan, stars, codes in stood:
                groups = codes if by == "check" else [None] if by is None else GROUPS[by](scan, stars)
                counts.update((group, scan.eligible, scan.verdict) for group in groups)
            answer = store.prevalence(by, as_of=day)
            assert {each.group for each in answer} == ({group for group, _, _ in counts} if by else {None})
            for each in answer:
                own = {key[1:]: number for key, number in counts.items() if key[0] == each.group}
                assert each.scanned == sum(own.values())
                assert each.eligible == sum(number for (eligible, _), number in own.items() if eligible)
                assert each.undecided == sum(number for (eligible, _), number in own.items() if eligible is None)
                for verdict, number in each.verdicts.items():
                    assert number == sum(some for (_, its), some in own.items() if its == verdict)


def kept(store: Store) -> Counter[Any]:
    columns = [column for column in PastTallyRow.__table__.columns if column.key not in ("id", "n")]
    with store.reading() as session:
        rows = session.execute(select(*columns, func.sum(PastTallyRow.n)).group_by(*columns)).all()
    return Counter({tuple(row[:-1]): row[-1] for row in rows})


def stored(store: Store, repository: int, number: int, finished: datetime, rng: random.Random) -> None:
    with store.changing() as session:
        session.execute(text("UPDATE scans SET is_latest = false WHERE repository_id = :of"), {"of": repository})
        scan = scan_row(repository, number, rng)
        scan.finished_at = finished
        session.add(scan)
        session.flush()
        session.add_all(ScanCodeRow(scan_id=scan.id, code=code) for code in ("WS101", "RP104") if rng.random() < 0.5)


def stale(store: Store) -> set[date]:
    with store.reading() as session:
        return set(session.scalars(select(StaleDayRow.day)))


def added(store: Store, name: str) -> int:
    with store.changing() as session:
        row = RepositoryRow(owner="own", name=name, host="github.com", state="scanned", first_seen=NOW, last_seen=NOW)
        session.add(row)
        session.flush()
        return row.id


def test_whatever_is_written_days_gone_by_are_what_they_would_be_if_counted_from_the_scans(store: Store) -> None:
    rng = random.Random(SEED)  # noqa: S311 - any sequence, the same each time
    ids = [added(store, f"name{number}") for number in range(6)]
    for number in range(48):
        of = rng.choice(ids)
        match rng.randrange(10):
            case 0:
                statement = "DELETE FROM scans WHERE id = (SELECT min(id) FROM scans WHERE repository_id = :of)"
            case 1:
                statement = "UPDATE repositories SET stars = CASE WHEN stars = 3 THEN 30 ELSE 3 END WHERE id = :of"
            case 2:
                statement = "UPDATE scans SET verdict = 'unknown', eligible = NULL WHERE repository_id = :of"
            case 3 if number > 30:
                statement = "DELETE FROM repositories WHERE id = :of"
            case _:
                # Most come in the order of their days, as scans do; some are brought from elsewhere.
                days = number if rng.random() < 0.7 else rng.randrange(70)
                stored(store, of, number, FIRST + timedelta(days=days, hours=rng.randrange(24)), rng)
                continue
        with store.changing() as session:
            session.execute(text(statement), {"of": of})
            ids = list(session.scalars(select(RepositoryRow.id)))
            derived.fold(session)
        if number % 12 == 0:
            checked(store)
    checked(store)
    as_kept = kept(store)
    with store.changing() as session:
        past.rebuild(session.connection())
    assert kept(store) == as_kept
    assert len(as_kept) > 50


def test_scanning_again_leaves_the_days_before_alone(store: Store) -> None:
    rng = random.Random(SEED)  # noqa: S311
    one = added(store, "name")
    stored(store, one, 1, FIRST, rng)
    store.prevalence(as_of=NOW.date())
    assert stale(store) == set()
    stored(store, one, 2, NOW, rng)
    assert stale(store) == {NOW.date()}
    before = FIRST.date()
    assert store.prevalence(as_of=before)[0].scanned == 1
    assert stale(store) == {NOW.date()}, "a day that nobody asked for waits"


def test_a_scan_stands_until_a_later_one_ended(store: Store) -> None:
    store.upsert_found([RepositoryInfo("o", "n")], source="test")
    repository = store.get_repository("github.com", "o", "n")
    assert repository is not None
    began = NOW - timedelta(days=30)
    # The third ended before the second, and the last is of the second's commit, which it takes the place of.
    for commit, days in (("a", 1), ("b", 5), ("c", 3), ("b", 7)):
        report = reports.report(repo="o/n", commit=commit * 40)
        store.save_scan(repository.id, FoundScan(report=report, finished_at=began + timedelta(days=days)))
    for days in range(9):
        day = (began + timedelta(days=days)).date()
        stood = [scan.commit for scan, _, _ in standing(store, day)]
        sort: Sort
        for sort in ("worst", "recent"):
            listed = store.list_repositories(Filters(as_of=day), sort=sort).items
            assert [line.scan.commit for line in listed if line.scan] == stood
    with store.reading() as session:
        until = {scan.commit: scan.stands_until for scan in session.scalars(select(ScanRow))}
    assert until == {"a" * 40: began + timedelta(days=3), "c" * 40: began + timedelta(days=7), "b" * 40: FOREVER}
