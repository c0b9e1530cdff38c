"""`seedwatch refresh` from end to end: a made-up GitHub, a git server, and scans of what changed."""

import pytest

from miner.settings import load_settings
from miner.store import Filters, Store
from tests.support.emulated_github import EmulatedGitHub, Repo
from tests.support.githttps import Answer, GitHttpsServer
from tests.support.hostile import TRAIN, ObjectWriter

PUSHED = 1_780_000_000


class World:
    """Three repositories that were found and scanned."""

    def __init__(self, api, git):
        self.api, self.git = api, git
        self.writers = {name: ObjectWriter(git.repository(f"o/{name}")) for name in ("still", "moves", "goes")}
        for number, name in enumerate(self.writers, 1):
            api.repos[number] = Repo(number, "o", name, PUSHED, PUSHED, head=self.commit(name, TRAIN))

    def commit(self, name, content):
        writer = self.writers[name]
        return writer.commit(writer.tree({b"train.py": content}))


@pytest.fixture
def world(seedwatch, tmp_path, monkeypatch):
    (tmp_path / "served").mkdir()
    with EmulatedGitHub([]) as api, GitHttpsServer(tmp_path / "served", tmp_path) as git:
        monkeypatch.setenv("SEEDWATCH_GITHUB_URL", api.url)
        monkeypatch.setenv("SEEDWATCH_GIT_URL", git.base_url)
        monkeypatch.setenv("SEEDWATCH_CA_FILE", str(git.ca_file))
        monkeypatch.setenv("GITHUB_TOKEN", "ghp_planted")
        made = World(api, git)
        assert seedwatch("discover", "org", "o").out.startswith("3 repositories found, 3 of them new")
        assert seedwatch("scan", "--discovered").status == 0
        yield made


def test_what_changed_is_scanned_again_and_only_that(seedwatch, world):
    world.api.change(2, head=world.commit("moves", b"import torch\n"))
    world.api.change(3, gone=True)
    world.git.answer("o/goes", Answer(404))
    fetched = len(world.git.requests)
    looked = seedwatch("refresh", "--look-only")
    assert (looked.status, looked.out) == (0, "3 looked at by 1 requests: 1 changed, 1 missing, 1 unchanged\n")
    ran = seedwatch("refresh")
    # What was seen to have changed is not forgotten, and nothing is looked at twice.
    assert ran.out == "0 looked at by 0 requests: none was due\n1 changed: 1 scanned\n"
    asked = {request.path.split("/")[2] for request in world.git.requests[fetched:]}
    assert asked == {"moves.git", "goes.git"}
    with Store(load_settings().database_url) as store:
        listed = store.list_repositories(Filters()).items
    verdicts = {each.repository.name: each.scan.verdict for each in listed if each.scan}
    assert verdicts["moves"] == "not_eligible"
    assert verdicts["still"] == verdicts["goes"] != "not_eligible"
    assert seedwatch("refresh").out == "0 looked at by 0 requests: none was due\n"
    told = seedwatch("status").out
    assert "Due for a look by `seedwatch refresh`: 0" in told
    assert "GitHub, graphql (token-" in told
