"""`seedwatch history`, over a demonstration repository that was mended in two steps, and over one on a server."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from miner.settings import load_settings
from miner.store import RepositoryInfo, Store, repositories, upgrade
from tests.support.githttps import GitHttpsServer
from tests.support.hostile import ObjectWriter, build_repository


def test_the_story_of_a_mended_repository(seedwatch, demo_repositories):
    ran = seedwatch("history", demo_repositories["night-drive"], "--no-store")
    assert ran.status == 0
    assert "the bug changes its form" in ran.out
    assert "the bug is ended by reseeding in each worker" in ran.out
    assert "+ np.random.seed(torch.initial_seed() % 2**32)" in ran.out
    assert "one fix before that did not end it" in ran.out


def test_a_bug_that_lives_is_a_status_of_one(seedwatch, demo_repositories):
    ran = seedwatch("history", demo_repositories["street-crops"], "--no-store")
    assert ran.status == 1
    assert "is still there on" in ran.out


def test_a_repository_without_the_bug_never_had_it(seedwatch, tmp_path):
    build_repository(tmp_path / "r", {b"a.py": b"x = 1\n"})
    ran = seedwatch("history", tmp_path / "r", "--no-store")
    assert (ran.status, "It never had the bug" in ran.out) == (0, True)


def test_json_has_every_step(seedwatch, demo_repositories):
    found = json.loads(seedwatch("history", demo_repositories["night-drive"], "--no-store", "--format", "json").out)
    assert [step["event"] for step in found["steps"]] == ["first", "changed", "ended"]
    assert found["episodes"][0]["ended_by"] == "reseeding"
    assert found["steps"][2]["verdicts"] == [True, "clean", "clean", "mitigated"]


@pytest.mark.parametrize("spelled", ["path", "alias"])
def test_it_is_kept_for_a_repository_that_was_scanned(seedwatch, demo_repositories, spelled):
    path = demo_repositories["night-drive"]
    url = load_settings().database_url
    load_settings().data_dir.mkdir(parents=True)
    upgrade(url)
    with Store(url) as store:
        if spelled == "alias":
            store.upsert_found([RepositoryInfo("o", "n")], source="test")
        else:
            with store.changing() as session:
                repositories.remember_local(session, str(path), path.name, datetime.now(UTC))
    assert seedwatch("history", f"{path} as o/n" if spelled == "alias" else path).status == 0
    with Store(url) as store:
        kept = [store.histories.find(number) for number in range(1, 3)]
    assert [one.history.episodes[0].attempts for one in kept if one] == [1]


def test_a_repository_without_commits_that_matter_is_said_so(seedwatch, tmp_path):
    writer = ObjectWriter(tmp_path / "r")
    writer.commit(writer.tree({b"LICENSE": b"words\n"}))
    ran = seedwatch("history", tmp_path / "r")
    assert (ran.status, "no commit that changes a file" in ran.err) == (2, True)


def test_a_repository_elsewhere_is_fetched_with_its_history(seedwatch, tmp_path: Path, monkeypatch):
    (tmp_path / "served").mkdir()
    with GitHttpsServer(tmp_path / "served", tmp_path) as server:
        writer = ObjectWriter(server.repository("o/n"))
        bug = b"import numpy as np\nfrom torch.utils.data import DataLoader, Dataset\nclass D(Dataset):\n"
        bug += b"    def __getitem__(self, i):\n        return np.random.rand()\nDataLoader(D(), num_workers=2)\n"
        first = writer.commit(writer.tree({b"a.py": b"x = 1\n", b"big.bin": b"0" * 100_000}))
        second = writer.git("commit-tree", writer.tree({b"a.py": bug}), "-p", first, "-m", "more")
        writer.git("update-ref", "HEAD", second)
        monkeypatch.setenv("SEEDWATCH_CA_FILE", str(server.ca_file))
        ran = seedwatch("history", server.url("o/n"), "--no-store")
    assert (ran.status, ran.err) == (1, "")
    assert "the bug comes" in ran.out
    assert not list(load_settings().cache_dir.iterdir())
