"""What becomes of known repositories when they are looked at again, by both ways to look, on both databases."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner.github.access import Access
from miner.github.changes import Looked, Watcher, next_look
from miner.github.crawl import Patience
from miner.mirrors import mirrors_of
from miner.settings import Settings
from miner.store import FoundScan, Repository, RepositoryInfo, Store, watches
from tests.support.emulated_github import EmulatedGitHub, Repo
from tests.support.githttps import Answer, GitHttpsServer
from tests.support.hostile import ObjectWriter
from tests.support.reports import report

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PUSHED = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())


class World:
    """A GitHub with a git server beside it, and an installation that has scanned what is there."""

    def __init__(self, store: Store, api: EmulatedGitHub, git: GitHttpsServer, settings: Settings) -> None:
        self.store, self.api, self.git = store, api, git
        self.settings = settings.model_copy(
            update={
                "database_url": store.url,
                "github_url": api.url,
                "git_url": git.base_url,
                "ca_file": git.ca_file,
                "github_token": None,
            }
        )
        self.now = NOON
        self.writers: dict[str, ObjectWriter | None] = {}
        self.commits = 0

    def add(self, name: str, *, scanned: bool = True) -> Repo:
        """A repository `o/NAME` at both servers, scanned at its commit."""
        head = self.commit(name)
        number = 1000 + len(self.api.repos)
        repo = Repo(number, "o", name, PUSHED, PUSHED, head=head)
        self.api.repos[number] = repo
        info = RepositoryInfo("o", name, github_id=number, pushed_at=NOON - timedelta(days=1))
        self.store.upsert_found([info], source="test")
        if scanned:
            self.store.save_scan(self.row(name).id, FoundScan(report(commit=head), NOON))
        return repo

    def commit(self, name: str) -> str:
        """One more commit of `o/NAME` at the git server."""
        writer = self.writers.setdefault(name, None) or ObjectWriter(self.git.repository(f"o/{name}"))
        self.writers[name] = writer
        self.commits += 1
        return writer.commit(writer.tree({b"a.py": b"%d\n" % self.commits}))

    def row(self, name: str, owner: str = "o") -> Repository:
        row = self.store.get_repository("github.com", owner, name)
        assert row is not None
        return row

    def look(self, *, token: bool = True, limit: int = 1000) -> Looked:
        settings = self.settings
        if token:
            settings = settings.model_copy(update={"github_token": _Secret("ghp_planted")})

        async def go() -> Looked:
            async with Access(settings, self.store) as access:
                patience = Patience(lambda seconds, reason: None, wait=False)
                watcher = Watcher(settings, self.store, access, patience, clock=lambda: self.now)
                return await watcher.run(limit, lambda looked: None)

        return asyncio.run(go())

    def pending(self) -> list[str]:
        with self.store.reading() as session:
            return [each.name for each in watches.pending(session, 100)]

    def excerpts_left(self, name: str) -> bool:
        return self.store.get_scan(self.row(name).id) is not None


class _Secret:
    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        return self._value


@pytest.fixture
def world(store: Store, settings: Settings, tmp_path: Path) -> Iterator[World]:
    (tmp_path / "served").mkdir()
    with EmulatedGitHub([]) as api, GitHttpsServer(tmp_path / "served", tmp_path) as git:
        yield World(store, api, git, settings)


@pytest.mark.parametrize("token", [True, False], ids=["graphql", "ls-refs"])
def test_what_changed_is_pending_and_nothing_else(world: World, token: bool) -> None:
    world.add("still")
    moved_on = world.add("moves-on")
    world.add("never-scanned", scanned=False)
    world.api.change(moved_on.id, head=world.commit("moves-on"))
    looked = world.look(token=token)
    assert looked.seen == {"unchanged": 1, "changed": 1}
    assert world.pending() == ["moves-on"]
    assert len(world.api.requests) == (1 if token else 0)
    # Neither is due again before a day has passed, and what changed stays pending until it is scanned.
    assert world.look(token=token).total == 0
    assert world.pending() == ["moves-on"]
    world.store.save_scan(world.row("moves-on").id, FoundScan(report(commit=world.api.repos[moved_on.id].head), NOON))
    assert world.pending() == []


@pytest.mark.parametrize("token", [True, False], ids=["graphql", "ls-refs"])
def test_a_renamed_repository_keeps_its_row(world: World, token: bool) -> None:
    repo = world.add("before")
    row = world.row("before").id
    world.api.change(repo.id, name="after")
    world.git.repository("o/before").rename(world.git.repository("o/after"))
    location = f"{world.git.base_url}/o/after.git/git-upload-pack"
    world.git.answer("o/before", Answer(301, {"Location": location}))
    looked = world.look(token=token)
    assert (looked.seen, looked.renamed) == ({"unchanged": 1}, 1)
    assert world.row("after").id == row


def test_what_is_not_found_on_three_days_is_gone_and_its_code_is_let_go_of(world: World) -> None:
    repo = world.add("gone")
    world.api.change(repo.id, gone=True)
    world.git.answer("o/gone", Answer(404))
    seen = []
    for hours in (0, 1, 25, 50):
        world.now = NOON + timedelta(hours=hours)
        seen.append(world.look().seen)
    # An hour later it is not due, and would not count as another day.
    assert seen == [{"missing": 1}, {}, {"missing": 1}, {"gone": 1}]
    assert (world.row("gone").state, world.excerpts_left("gone")) == ("gone", False)


def test_a_day_of_absence_is_forgotten_when_it_is_back(world: World) -> None:
    repo = world.add("flickers")
    for day in range(4):
        world.now = NOON + timedelta(days=2 * day)
        hidden = day % 2 == 0
        world.api.change(repo.id, gone=hidden)
        if hidden:
            world.git.answer("o/flickers", Answer(404))
        else:
            world.git.answers.clear()
        world.look()
    assert world.row("flickers").state == "scanned"


def test_what_comes_back_is_scanned_anew(world: World) -> None:
    repo = world.add("returns")
    row = world.row("returns").id
    with world.store.changing() as session:
        watches.let_go(session, row, "gone", "not found on 3 days")
    world.api.change(repo.id, gone=False)
    assert world.look().seen == {"changed": 1}
    assert world.pending() == ["returns"]


@pytest.mark.parametrize("status", [451, 403])
def test_what_is_taken_down_is_purged_at_once(world: World, status: int) -> None:
    repo = world.add("blocked")
    world.api.change(repo.id, blocked=True)
    world.git.answer("o/blocked", Answer(status))
    with mirrors_of(world.settings).holding(world.git.url("o/blocked")) as kept:
        kept.mkdir()
    assert world.look().seen == {"blocked": 1}
    assert (world.row("blocked").state, world.excerpts_left("blocked")) == ("blocked", False)
    assert not kept.exists()
    world.now += timedelta(days=400)
    assert world.look().total == 0


def test_a_name_that_is_anothers_now_inherits_nothing(world: World) -> None:
    repo = world.add("name")
    row = world.row("name").id
    world.api.change(repo.id, gone=True)  # and the git server answers for whoever has the name now
    assert world.look().seen == {"reused": 1}
    world.store.upsert_found([RepositoryInfo("o", "name", github_id=77)], source="test")
    assert world.row("name").id != row
    assert world.store.get_scan(world.row("name").id) is None


def test_a_repository_without_commits_waits_a_month(world: World) -> None:
    repo = world.add("emptied")
    world.api.change(repo.id, empty=True)
    assert world.look().seen == {"empty": 1}
    world.now += timedelta(days=29)
    assert world.look().total == 0


def test_an_archived_repository_waits_a_year(world: World) -> None:
    repo = world.add("archived")
    world.api.change(repo.id, archived=True)
    world.look()
    world.now += timedelta(days=200)
    assert world.look().total == 0
    world.now += timedelta(days=300)
    assert world.look().total == 1


def test_a_hundred_are_one_request_and_a_batch_that_is_too_much_is_halved(world: World) -> None:
    for number in range(30):
        info = RepositoryInfo("o", f"many{number}", github_id=5000 + number)
        world.store.upsert_found([info], source="test")
        world.store.save_scan(world.row(f"many{number}").id, FoundScan(report(commit="b" * 40), NOON))
        world.api.repos[5000 + number] = Repo(5000 + number, "o", f"many{number}", PUSHED, PUSHED, head="b" * 40)
    world.api.too_many_nodes = 20
    looked = world.look()
    assert looked.seen == {"unchanged": 30}
    assert looked.requests == len(world.api.requests) == 3


def test_those_longest_due_come_first_within_a_limit(world: World) -> None:
    for name in ("a", "b", "c"):
        world.add(name)
    assert world.look(limit=2).total == 2
    with world.store.reading() as session:
        assert [each.repository.name for each in watches.due(session, NOON, 10)] == ["c"]
        assert watches.count_due(session, NOON) == 1


def test_a_hint_makes_due_what_was_pushed_to_and_stands_elsewhere(world: World) -> None:
    hinted, same, aside = world.add("hinted"), world.add("same"), world.add("aside")
    world.look()
    for repo in (hinted, same, aside):
        world.store.upsert_found([RepositoryInfo("o", repo.name, github_id=repo.id, default_branch="main")], source="t")
    pushed = {
        hinted.id: ("refs/heads/main", "c" * 40),
        same.id: ("refs/heads/main", same.head),
        aside.id: ("refs/heads/other", "c" * 40),
        4: ("refs/heads/main", "c" * 40),
    }
    with world.store.changing() as session:
        found = watches.hint(session, pushed, NOON)
        assert (found.known, found.due) == (3, 1)
        assert [each.repository.name for each in watches.due(session, NOON, 10)] == ["hinted"]


def test_the_wait_grows_with_how_long_it_has_been_still() -> None:
    still = [None, 1, 29, 31, 179, 181, 729, 731]
    waits = [next_look(None if days is None else timedelta(days=days), archived=False, jitter=0).days for days in still]
    assert waits == [180, 1, 1, 7, 7, 30, 30, 180]
    assert next_look(timedelta(days=1), archived=True, jitter=0).days == 365
    assert next_look(timedelta(days=60), archived=False, jitter=1) == timedelta(days=7) * 1.2
    assert next_look(timedelta(days=60), archived=False, jitter=-1) == timedelta(days=7) * 0.8
