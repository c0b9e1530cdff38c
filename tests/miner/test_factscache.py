"""The facts on disk: shared, bounded, and never a reason to fail."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from miner import cachefile, factscache
from miner.factscache import FILE_NAME, NO_FACTS, FactsFile, FactsPlace, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / FILE_NAME


def test_what_was_put_in_comes_out(path: Path) -> None:
    rows = {f"key{number}": bytes([number % 256]) * number for number in range(1, 1200)}
    with opened(FactsPlace(path.parent)) as cache:
        assert cache is not None
        cache.put_many(rows)
    with opened(FactsPlace(path.parent)) as cache:
        assert cache is not None
        assert cache.get_many([*rows, "other"]) == rows
        assert cache.get_many([]) == {}


def test_no_path_and_no_room_mean_no_cache(path: Path) -> None:
    with opened(NO_FACTS) as none, opened(FactsPlace(path.parent, 0)) as full:
        assert none is full is None
    assert not path.exists()


def test_two_processes_write_at_the_same_time(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from miner.factscache import FactsFile\n"
        "cache = FactsFile(Path(sys.argv[1]))\n"
        "for number in range(200): cache.put_many({f'{sys.argv[2]}{number}': b'x' * 100})\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in "ab"]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with opened(FactsPlace(path.parent)) as cache:
        assert cache is not None
        assert len(cache.get_many([f"{name}{number}" for name in "ab" for number in range(200)])) == 400


def test_the_longest_unused_go_first_when_it_is_full(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = 0.0
    monkeypatch.setattr("time.time", lambda: day)
    cache = FactsFile(path, megabytes=1)
    rows = {f"key{number}": os.urandom(20_000) for number in range(40)}
    cache.put_many(rows)
    day = 2 * 86_400.0
    used = [f"key{number}" for number in range(20)]
    assert len(cache.get_many(used)) == 20
    cache.put_many({f"new{number}": os.urandom(20_000) for number in range(20)})
    left = set(cache.get_many(list(rows)))
    assert len(left) < 40
    assert len(cache.get_many([f"new{number}" for number in range(20)])) == 20
    assert len(left & set(used)) > len(left - set(used))
    cache.close()
    assert path.stat().st_size <= 1.2 * 2**20


def test_a_damaged_row_is_as_good_as_none(path: Path) -> None:
    with opened(FactsPlace(path.parent)) as cache:
        assert cache is not None
        cache.put_many({"good": b"1" * 1000, "bad": b"2" * 1000, "cut": b"3" * 1000, "odd": b"4"})
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE facts SET packed = x'0102' WHERE key = 'bad'")
        database.execute("UPDATE facts SET packed = substr(packed, 1, 8) WHERE key = 'cut'")
        database.execute("UPDATE facts SET packed = 7 WHERE key = 'odd'")
    with opened(FactsPlace(path.parent)) as cache:
        assert cache is not None
        assert cache.get_many(["good", "bad", "cut", "odd"]) == {"good": b"1" * 1000}


def test_a_row_that_unpacks_to_no_end_is_not_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factscache, "LARGEST_FACTS", 1000)
    with opened(FactsPlace(path.parent)) as cache:
        assert cache is not None
        cache.put_many({"large": bytes(2000), "small": bytes(900)})
        assert cache.get_many(["large", "small"]) == {"small": bytes(900)}


def test_a_file_that_is_no_database_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)
    with opened(FactsPlace(path.parent)) as cache:
        assert cache is not None
        assert cache.get_many(["key"]) == {}
        cache.put_many({"key": b"1"})
    with opened(FactsPlace(path.parent)) as cache:
        assert cache is not None
        cache.put_many({"key": b"1"})
        assert cache.get_many(["key"]) == {"key": b"1"}


def test_a_locked_file_costs_no_more_than_the_wait(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cachefile, "_SECONDS", 0.05)
    cache = FactsFile(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other, other:
        other.execute("BEGIN IMMEDIATE")
        cache.put_many({"key": b"1"})
        other.execute("ROLLBACK")
    assert cache.get_many(["key"]) == {}


def test_a_place_where_nothing_can_be_made_is_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with opened(FactsPlace(tmp_path / "file")) as cache:
        assert cache is not None
        cache.put_many({"key": b"1"})
        assert cache.get_many(["key"]) == {}


def test_nobody_else_reads_it(path: Path) -> None:
    FactsFile(path).close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_check_keeps_facts_and_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDWATCH_CACHE_DIR", str(tmp_path))
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "train.py").write_text("import torch\n")
    for _ in range(2):
        finished = subprocess.run(
            [sys.executable, "-m", "seedwatch", "check", str(tmp_path / "code")], capture_output=True, check=False
        )
        assert finished.returncode == 0
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database, database:
        assert database.execute("SELECT count(*) FROM facts").fetchone() == (1,)
