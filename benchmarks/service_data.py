"""A database of very many repositories, one tenth of them eligible, for measuring what the service costs over it."""

import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from miner.store import Store, derived, upgrade
from tests.support import postgres, reports

SEED: Final = 20_261_121
SAMPLE: Final = 1_000
_PORTION: Final = 20_000


@contextmanager
def database(on_postgresql: bool) -> Iterator[str]:
    """The URL of a new database, which is gone afterwards."""
    if on_postgresql:
        with postgres.server(None) as server, postgres.database(server) as url:
            yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/seedwatch.db"


_VERDICTS: Final = {
    "affected": ("duplicate", "clean", "<1.9"),
    "affected_on_old_torch": ("duplicate", "clean", "open"),
    "affected_on_new_torch": ("clean", "epoch_repeat", "open"),
    "mitigated": ("clean", "clean", "open"),
}


def is_made(url: str) -> bool:
    """Whether the database at `url` was filled before."""
    upgrade(url)
    with Store(url) as store:
        return bool(store.states().repositories)


def is_eligible(number: int) -> bool:
    """Whether the repository of that number is: every tenth, so that they lie among the others."""
    return number % 10 == 0


def generate(url: str, repositories: int) -> None:
    """Rows as scans leave them, written past the program: without the triggers, which `install` makes again after."""
    upgrade(url)
    rng = random.Random(SEED)  # noqa: S311
    shown = {
        True: reports.report(repo="owner/name", commit="0" * 40).to_json(),
        False: reports.not_eligible("imports_torch", repo="owner/name", commit="0" * 40).to_json(),
    }
    with Store(url) as store:
        with store.changing() as session:
            derived.remove(session.connection())
        for first in range(0, repositories, _PORTION):
            some = range(first, min(first + _PORTION, repositories))
            with store.changing() as session:
                _insert(session, "repositories", [_repository(number, rng) for number in some])
                _insert(session, "repository_sources", [_source(number, rng) for number in some])
                _insert(session, "scans", [scan for number in some for scan in _scans(number, rng, shown)])
                _insert(session, "scan_codes", [code for number in some for code in _codes(number, rng)])
                _insert(session, "seeds", [_seed(number, rng) for number in some if _seeds(number)])
                followed = [number for number in some if number % 100 == 0]
                _insert(session, "histories", [_history(number) for number in followed])
                _insert(session, "history_steps", [step for number in followed for step in _steps(number, rng)])
                _insert(session, "history_episodes", [_episode(number) for number in followed])
        with store.changing() as session:
            _draw(session, repositories, rng)
            derived.install(session.connection())
            session.execute(text("ANALYZE"))
        if store.url.startswith("postgresql"):
            with store.changing() as session:
                for table in ("repositories", "scans", "samples"):
                    # Rows that bring their number leave the sequence where it was.
                    made = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
                    session.execute(text(made))
            # The server would do so by itself, in the midst of the measuring.
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")


def _insert(session: Session, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    columns = ", ".join(f'"{name}"' for name in rows[0])
    if session.get_bind().dialect.name != "postgresql":
        places = ", ".join(f":{name}" for name in rows[0])
        session.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), rows)  # noqa: S608 - ours
        return
    driver = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))


def _repository(number: int, rng: random.Random) -> dict[str, object]:
    stars = int(rng.paretovariate(0.8)) - 1
    return {
        "id": number + 1,
        "host": "github.com",
        "owner": f"owner{number // 50}",
        "name": f"name{number}",
        "github_id": number + 1,
        "stars": min(stars, 300_000),
        "fork": rng.random() < 0.1,
        "archived": rng.random() < 0.05,
        "pushed_at": f"{rng.randrange(2017, 2027)}-{rng.randrange(1, 11):02}-01 00:00:00",
        "state": "scanned",
        "first_seen": "2026-11-01 00:00:00",
        "last_seen": "2026-11-01 00:00:00",
    }


def _source(number: int, rng: random.Random) -> dict[str, object]:
    source = rng.choice(["search-repos", "search-repos", "search-code", "dependents"])
    return {"repository_id": number + 1, "source": source, "query": "pytorch", "seen_at": "2026-11-01 00:00:00"}


def _codes(number: int, rng: random.Random) -> list[dict[str, object]]:
    codes = ["WS101"] if is_eligible(number) else []
    codes += [code for code, share in (("RP101", 0.3), ("RP104", 0.05), ("RP108", 0.001)) if rng.random() < share]
    return [{"scan_id": _latest(number), "code": code} for code in codes]


def _draw(session: Session, repositories: int, rng: random.Random) -> None:
    """A sample of which each number was looked up."""
    made = {"id": 1, "name": "benchmark", "max_id": repositories, "seed": 1, "method": "ids"}
    days = {"created_at": "2026-11-01 00:00:00", "finished_at": "2026-11-01 00:00:00"}
    _insert(session, "samples", [{**made, **days}])
    stratum = {"sample_id": 1, "position": 0, "first_id": 1, "last_id": repositories, "draws": SAMPLE}
    _insert(session, "sample_strata", [stratum])
    drawn = rng.sample(range(1, repositories + 1), SAMPLE)
    looked_up = {"sample_id": 1, "stratum": 0, "outcome": "python"}
    _insert(session, "sample_draws", [{**looked_up, "github_id": each, "repository_id": each} for each in drawn])


def _latest(number: int) -> int:
    """The number of a repository's latest scan; that of the one before, if there is one, is one less."""
    return 2 * number + 2


def _scans(number: int, rng: random.Random, shown: Mapping[bool, str]) -> list[dict[str, object]]:
    """One for each repository, and a former one, which found something else, for every fourth."""
    latest = _scan(number, rng, shown)
    if number % 4:
        return [latest]
    before = {"id": _latest(number) - 1, "commit": "1" * 40, "is_latest": False, "finished_at": "2026-08-20 12:00:00"}
    before |= {"stands_until": latest["finished_at"]}
    return [{**latest, **before, "verdict": "unknown", "modern": "unknown"}, latest]


def _scan(number: int, rng: random.Random, shown: Mapping[bool, str]) -> dict[str, object]:
    eligible = is_eligible(number)
    verdict = rng.choice(list(_VERDICTS)) if eligible else "not_eligible"
    legacy, modern, torch_range = _VERDICTS.get(verdict, ("clean", "clean", rng.choice(["open", ">=1.9"])))
    return {
        "id": _latest(number),
        "repository_id": number + 1,
        "commit": "0" * 40,
        "commit_date": f"{rng.randrange(2017, 2027)}-05-01",
        "analyzer_version": "1",
        "facts_version": 1,
        "eligible": eligible,
        "why_not_eligible": None if eligible else rng.choice(["no_torch", "no_loader", "no_draw"]),
        "legacy": legacy,
        "modern": modern,
        "verdict": verdict,
        "torch_range": torch_range,
        "imports_torch": True,
        "custom_code_in_loader": True,
        "numpy_draw": eligible,
        "draw_in_worker": eligible,
        "multiprocess_loader": eligible,
        "draw_kind": rng.choice(["global", "instance", "fixed"]) if eligible else None,
        "reseed": rng.choice(["none", "good", "constant"]) if eligible else None,
        "workers": rng.choice(["literal", "default"]) if eligible else None,
        "fsck_failed": False,
        "unread_files": 0,
        "seconds": 0.1,
        "finished_at": f"2026-{rng.randrange(9, 12):02}-{rng.randrange(1, 21):02} {rng.randrange(24):02}:00:00",
        "is_latest": True,
        "stands_until": "9999-01-01 00:00:00",
        "seed_runs": "one" if _seeds(number) else "none",
        "seeded": "torch" if _seeds(number) else "nothing",
        "report": shown[eligible],
    }


def _seeds(number: int) -> bool:
    return number % 5 == 0


def _seed(number: int, rng: random.Random) -> dict[str, object]:
    value = rng.choice([0, 1, 42, 1234, 3407, rng.randrange(10_000)])
    place = {"api": "torch.manual_seed", "path": "train.py", "line": 9}
    return {"scan_id": _latest(number), "position": 0, "value": value, **place, "looped": False}


def _history(number: int) -> dict[str, object]:
    days = {"first_on": "2018-01-01", "last_on": "2026-10-01", "finished_at": "2026-11-01 00:00:00"}
    counts = {"commits": 200, "relevant": 40, "suspects": 6, "looked_at": 9, "exact": True, "seconds": 1.5}
    return {"repository_id": number + 1, "head": "0" * 40, "analyzer_version": "1", **counts, **days}


def _steps(number: int, rng: random.Random) -> list[dict[str, object]]:
    """The bug came, somebody tried, and it went."""
    verdicts = [("first", "affected"), ("attempt", "affected"), ("ended", "mitigated")]
    return [
        {
            "repository_id": number + 1,
            "position": place,
            "commit": f"{place}" * 40,
            "day": f"{2018 + 3 * place}-{rng.randrange(1, 13):02}-01",
            "event": event,
            "eligible": True,
            "legacy": "duplicate" if verdict == "affected" else "clean",
            "modern": "clean",
            "verdict": verdict,
            "form": "WS105" if event == "attempt" else None,
            "paths": "[]",
            "lines": "[]",
        }
        for place, (event, verdict) in enumerate(verdicts)
    ]


def _episode(number: int) -> dict[str, object]:
    days = {"began_on": "2018-06-01", "ended_on": "2024-06-01", "last_seen_on": "2024-06-01"}
    story = {"began": "0" * 40, "ended": "2" * 40, "ended_by": "reseeding", "attempts": 1, "censored": False}
    return {"repository_id": number + 1, "position": 0, **story, **days}
