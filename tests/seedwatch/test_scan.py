"""`seedwatch scan`: targets in, rows and a summary out."""

import io

import pytest

from miner.settings import load_settings
from miner.store import RepositoryInfo, Store, upgrade
from tests.seedwatch.conftest import program


def stored() -> dict[str, str]:
    """Each repository in the database, and its state."""
    with Store(load_settings().database_url) as store:
        return {each.repository.full_name: each.repository.state for each in store.list_repositories().items}


def test_local_repositories_are_scanned_once_for_each_commit(demo_repositories):
    path = demo_repositories["quiet-speech"]
    first = program("scan", path)
    assert first.status == 0
    assert "1 target in " in first.out
    assert ": 1 scanned\n" in first.out
    row = next(line for line in first.out.splitlines() if line.startswith("quiet-speech"))
    assert row.split() == ["quiet-speech", "duplicate", "duplicate", "affected"]
    assert first.err == f"[1/1] {path}: scanned\n"
    assert ": 1 unchanged\n" in program("scan", path).out
    assert stored() == {"quiet-speech": "scanned"}


def test_targets_come_from_arguments_a_file_and_standard_input(seedwatch, demo_repositories, tmp_path, monkeypatch):
    names = ["depth-maps", "one-process", "tile-stream"]
    paths = [demo_repositories[name] for name in names]
    (tmp_path / "targets.txt").write_text(f"# ours\n\n  {paths[1]}  # no workers\n")
    assert seedwatch("scan", paths[0], "--from", tmp_path / "targets.txt").status == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{paths[2]}\n"))
    assert seedwatch("scan", "--from", "-").status == 0
    assert sorted(stored()) == names


def test_a_local_copy_is_scanned_as_the_repository_that_it_is_of(seedwatch, demo_repositories):
    ran = seedwatch("scan", f"{demo_repositories['night-drive']} as octo/night-drive")
    assert ran.status == 0
    assert stored() == {"octo/night-drive": "scanned"}


def test_what_cannot_be_scanned_is_listed_with_its_reason_and_stops_nothing(seedwatch, demo_repositories, tmp_path):
    (tmp_path / "empty").mkdir()
    ran = seedwatch("scan", tmp_path / "empty", demo_repositories["one-process"], "not a target")
    assert ran.status == 0
    assert ": 1 scanned, 2 failed\n" in ran.out
    failures = ran.out.partition("not scanned")[2]
    assert f"{tmp_path / 'empty'} " in failures
    assert "is not a git repository" in failures
    assert "not a target" in failures


def test_nothing_scanned_exits_with_2(seedwatch, tmp_path):
    assert seedwatch("scan", tmp_path).status == 2


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "nothing to scan"),
        (["--from", "nowhere.txt"], "nowhere.txt cannot be read: No such file or directory"),
        (["--from", "binary"], "binary is not text"),
        (["--discovered"], "nothing to scan: whatever was discovered has been scanned; `seedwatch discover"),
        (["--from", "empty"], "nothing to scan: empty names no target"),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_one_line(seedwatch, tmp_path, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty").write_text("# nothing\n")
    ran = seedwatch("scan", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"seedwatch scan: {complaint}")
    assert ran.err.count("\n") == 1


def test_what_was_discovered_is_scanned_and_nothing_that_was_scanned_before(seedwatch, monkeypatch):
    # Nothing listens there: that both are asked for is all that matters here.
    monkeypatch.setenv("SEEDWATCH_GIT_URL", "https://127.0.0.1:9")
    url = load_settings().database_url
    upgrade(url)
    with Store(url) as store:
        store.upsert_found([RepositoryInfo("octo", "one"), RepositoryInfo("octo", "two")], source="search-repos")
    ran = seedwatch("scan", "--discovered")
    assert "2 targets in " in ran.out
    assert stored() == {"octo/one": "failed", "octo/two": "failed"}
    assert seedwatch("scan", "--discovered").err.startswith("seedwatch scan: nothing to scan")


def test_a_database_that_is_not_there_is_said_in_one_line(seedwatch, demo_repositories, monkeypatch):
    monkeypatch.setenv("SEEDWATCH_DATABASE_URL", "postgresql://u:planted@127.0.0.1:9/none")
    ran = seedwatch("scan", demo_repositories["one-process"])
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "planted" not in ran.err


def test_a_folder_that_may_have_been_meant_is_named(seedwatch, demo_repositories, tmp_path, monkeypatch):
    monkeypatch.setenv("SEEDWATCH_GIT_URL", "https://127.0.0.1:9")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "night-drive").symlink_to(demo_repositories["night-drive"])
    monkeypatch.chdir(tmp_path)
    assert "(the folder w/night-drive here is ./w/night-drive)" in seedwatch("scan", "w/night-drive").out
