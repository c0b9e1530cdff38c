"""Whoever asks to be left alone is not found, not fetched and not shown, and nothing of theirs is kept."""

from datetime import UTC, datetime

import pytest

from miner.mirrors import mirrors_of
from miner.settings import load_settings
from miner.store import Excerpt, Filters, FoundScan, RepositoryInfo, Store, upgrade
from tests.support.emulated_github import EmulatedGitHub, Repo
from tests.support.githttps import GitHttpsServer
from tests.support.hostile import build_repository
from tests.support.reports import report

CODE = "numpy.random.randint(0, 10)  # a line of theirs"


@pytest.fixture
def database(monkeypatch):
    """A database with two scanned repositories of one owner and one of another."""
    upgrade(load_settings().database_url)
    with Store(load_settings().database_url) as store:
        for number, (owner, name) in enumerate([("ada", "one"), ("ada", "two"), ("bob", "one")], 1):
            store.upsert_found([RepositoryInfo(owner, name, github_id=number)], source="list", query="names")
            row = store.get_repository("github.com", owner, name)
            found = FoundScan(report(), datetime.now(UTC), excerpts=(Excerpt("data/set.py", 41, CODE),))
            store.save_scan(row.id, found)
        yield store


def shown(store):
    return {item.repository.full_name for item in store.list_repositories(Filters()).items}


@pytest.mark.parametrize(
    ("whom", "left"),
    [
        ("ada/ONE", {"ada/two", "bob/one"}),
        ("https://github.com/ada/one", {"ada/two", "bob/one"}),
        ("Ada", {"bob/one"}),
        ("ada/*", {"bob/one"}),
        ("3", {"ada/one", "ada/two"}),
    ],
)
def test_what_is_known_of_them_is_purged(seedwatch, database, whom, left):
    gone = {"ada/one", "ada/two", "bob/one"} - left
    ran = seedwatch("opt-out", "add", whom, "--note", "by mail")
    assert ran.status == 0, ran.err
    assert f"{len(gone)} known repositories were purged" in ran.out
    assert shown(database) == left
    for full_name in gone:
        row = database.get_repository("github.com", *full_name.split("/"))
        assert row.state == "opted_out"
        assert database.list_scans(row.id) == []
        assert database.get_sources(row.id) == []
    assert "by mail" in seedwatch("opt-out", "list").out


def test_nothing_of_them_is_left_in_the_file(seedwatch, database):
    for whom in ("ada", "bob"):
        seedwatch("opt-out", "add", whom)
    with database.reading() as session:
        from sqlalchemy import text

        tables = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        rows = [str(row) for table in tables for row in session.execute(text(f'SELECT * FROM "{table}"'))]  # noqa: S608
    assert rows
    assert not [row for row in rows if CODE in row or "data/set.py" in row]


def test_they_are_not_found_again(seedwatch, database, monkeypatch):
    seedwatch("opt-out", "add", "ada")
    population = [
        Repo(1, "ada", "one", 10**9, 10**9),
        Repo(9, "ada", "new", 10**9, 10**9),
        Repo(10, "eve", "x", 10**9, 10**9),
    ]
    with EmulatedGitHub(population) as github:
        monkeypatch.setenv("SEEDWATCH_GITHUB_URL", github.url)
        monkeypatch.setenv("GITHUB_TOKEN", "ghp_planted")
        assert seedwatch("discover", "search-repos", "torch").status == 0
    assert shown(database) == {"bob/one", "eve/x"}
    assert database.get_repository("github.com", "ada", "new") is None


def test_a_renamed_repository_that_opted_out_by_its_number_stays_out(seedwatch, database):
    seedwatch("opt-out", "add", "1")
    database.upsert_found([RepositoryInfo("ada", "new-name", github_id=1)], source="list")
    assert "ada/new-name" not in shown(database)
    assert database.get_repository("github.com", "ada", "new-name") is None


def test_they_are_not_fetched_even_when_named(seedwatch, database, tmp_path, monkeypatch):
    (tmp_path / "served").mkdir()
    with GitHttpsServer(tmp_path / "served", tmp_path) as git:
        build_repository(git.repository("ada/one"), {b"a.py": b"1\n"})
        monkeypatch.setenv("SEEDWATCH_GIT_URL", git.base_url)
        monkeypatch.setenv("SEEDWATCH_CA_FILE", str(git.ca_file))
        assert seedwatch("opt-out", "add", "ada").status == 0
        ran = seedwatch("scan", "ada/one")
        assert ran.status == 2
        assert "1 opted out" in ran.out
        assert "left alone at its owner's wish" in ran.out
        assert git.requests == []
    assert shown(database) == {"bob/one"}


def test_what_was_fetched_is_removed(seedwatch, database):
    mirrors = mirrors_of(load_settings())
    with mirrors.holding("https://github.com/ada/one.git") as folder:
        folder.mkdir()
    assert folder.exists()
    seedwatch("opt-out", "add", "ada/one")
    assert not folder.exists()


def test_the_wish_can_be_taken_back(seedwatch, database):
    seedwatch("opt-out", "add", "ada/one")
    assert seedwatch("opt-out", "remove", "ADA/one").status == 0
    assert seedwatch("opt-out", "list").out == ""
    assert shown(database) == {"ada/one", "ada/two", "bob/one"}
    again = seedwatch("opt-out", "remove", "ada/one")
    assert (again.status, again.out) == (2, "")
    assert "seedwatch opt-out list" in again.err


def test_another_wish_still_holds(seedwatch, database):
    seedwatch("opt-out", "add", "ada")
    seedwatch("opt-out", "add", "ada/one")
    seedwatch("opt-out", "remove", "ada/one")
    assert shown(database) == {"bob/one"}


@pytest.mark.parametrize("whom", ["", "https://gitlab.com/a/b", "a/b/c/..", "no such owner"])
def test_whom_nobody_can_be_is_said_in_one_line(seedwatch, whom):
    ran = seedwatch("opt-out", "add", whom)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
