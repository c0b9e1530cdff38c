"""Lists and figures are right in the commit that changes what they are made of, whoever writes it and however."""

import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, select, text

from miner.store import RepositoryInfo, Store, derived
from miner.store.models import FormerNameRow, ListingRow, RepositoryRow, ScanRow, TallyRow

SEED = 20_261_121
VERDICTS = ["affected", "affected_on_old_torch", "mitigated", "unknown", "not_eligible"]
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def scan_row(repository_id: int, number: int, rng: random.Random, *, is_latest: bool = True) -> ScanRow:
    return ScanRow(
        repository_id=repository_id,
        commit=f"{number:040x}",
        commit_date=rng.choice([None, NOW.date(), NOW.date().replace(year=2020)]),
        analyzer_version="1",
        facts_version=1,
        eligible=rng.choice([True, False, None]),
        legacy=rng.choice(["duplicate", "clean"]),
        modern=rng.choice(["duplicate", "clean", "unknown"]),
        verdict=rng.choice(VERDICTS),
        torch_range=rng.choice(["open", "<1.9"]),
        **{name: rng.random() < 0.8 for name in ("imports_torch", "custom_code_in_loader", "numpy_draw")},
        draw_in_worker=True,
        multiprocess_loader=True,
        draw_kind=rng.choice([None, "global"]),
        reseed=rng.choice([None, "none"]),
        workers=None,
        fsck_failed=False,
        unread_files=0,
        seconds=0.1,
        finished_at=NOW,
        is_latest=is_latest,
        report="{}",
    )


def kept(store: Store) -> tuple[list[Any], Counter[Any]]:
    """The listings and the sums as the database keeps them."""
    alike = [getattr(TallyRow, name) for name in TallyRow.__table__.columns.keys() if name not in ("id", "n")]  # noqa: SIM118
    with store.reading() as session:
        rows = session.execute(select(*ListingRow.__table__.columns).order_by(ListingRow.repository_id)).all()
        sums = session.execute(select(*alike, func.sum(TallyRow.n)).group_by(*alike)).all()
    return list(map(tuple, rows)), Counter({tuple(row[:-1]): row[-1] for row in sums if row[-1]})


def made_anew(store: Store) -> tuple[list[Any], Counter[Any]]:
    with store.changing() as session:
        derived.rebuild(session.connection())
    return kept(store)


def test_whatever_is_written_the_lists_and_sums_are_what_they_would_be_if_made_anew(store: Store) -> None:
    rng = random.Random(SEED)  # noqa: S311 - any sequence, the same each time
    names = [f"name{number}" for number in range(12)]
    for number in range(60):
        with store.changing() as session:
            ids = list(session.scalars(select(RepositoryRow.id)))
            match rng.randrange(7):
                case 0 | 1:
                    stars = rng.choice([None, 3, 50, 5000])
                    found = [RepositoryInfo("own", rng.choice(names), stars=stars) for _ in range(3)]
                    for info in found:
                        session.execute(
                            text(  # typed: Python 3.12 and later have no adapter of their own for SQLite
                                "INSERT INTO repositories (host, owner, name, stars, state, first_seen, last_seen) "
                                "VALUES ('github.com', :owner, :name, :stars, 'discovered', :now, :now) "
                                "ON CONFLICT DO NOTHING"
                            ).bindparams(bindparam("now", type_=RepositoryRow.first_seen.type)),
                            {"owner": info.owner, "name": info.name, "stars": info.stars, "now": NOW},
                        )
                case 2 | 3 if ids:
                    of = rng.choice(ids)
                    session.execute(text("UPDATE scans SET is_latest = false WHERE repository_id = :of"), {"of": of})
                    session.add(scan_row(of, number, rng))
                case 4 if ids:
                    state = rng.choice(["queued", "gone", "scanned"])
                    session.execute(
                        text("UPDATE repositories SET state = :state, stars = :stars WHERE id <= :of"),
                        {"state": state, "stars": rng.randrange(2000), "of": rng.choice(ids)},
                    )
                case 5 if ids:
                    session.execute(
                        text("DELETE FROM scans WHERE repository_id = :of AND is_latest"), {"of": rng.choice(ids)}
                    )
                case 6 if ids and number % 3 == 0:
                    session.execute(text("DELETE FROM repositories WHERE id = :of"), {"of": rng.choice(ids)})
        if number % 10 == 9:
            now = kept(store)
            with store.changing() as session:
                derived.fold(session)
            assert kept(store) == now
            assert made_anew(store) == now
    assert len(kept(store)[0]) > 3


def test_what_changes_nothing_that_is_counted_adds_nothing(store: Store) -> None:
    store.upsert_found([RepositoryInfo("a", "b", stars=5)], source="test")
    with store.changing() as session:
        session.execute(text("DELETE FROM tallies"))
        session.execute(text("UPDATE repositories SET default_branch = 'main'"))
    assert kept(store)[1] == Counter()


def test_a_name_that_was_is_remembered(store: Store) -> None:
    store.upsert_found([RepositoryInfo("Old", "Name", github_id=7)], source="test")
    store.upsert_found([RepositoryInfo("new", "name", github_id=7)], source="test")
    store.upsert_found([RepositoryInfo("New", "NAME", github_id=7)], source="test")
    with store.reading() as session:
        former = session.scalars(select(FormerNameRow)).all()
    assert [(row.owner_key, row.name_key) for row in former] == [("old", "name")]
