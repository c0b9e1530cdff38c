"""Looking at known repositories for changes: a hundred in one GraphQL request, by ids that stay through renames.

Where GitHub's API knows nothing of a repository, or there is no token, one small request to its git server tells: it
costs no quota. What changed is noted; scanning it is another's business.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx

from miner.errors import Blocked, Empty, Gone, RateLimited, RepositoryError
from miner.github.access import Access
from miner.github.crawl import Patience
from miner.github.graphql import in_batches
from miner.github.listing import look_up
from miner.github.lsrefs import head, open_client
from miner.github.nodeids import node_id
from miner.github.repository import FRAGMENT, from_graphql, head_of
from miner.mirrors import mirrors_of
from miner.settings import Settings
from miner.store import Repository, RepositoryInfo, Session, Store, watches
from miner.store.watches import Watched
from miner.targets import GitHubTarget

NODES_QUERY = "query ($ids: [ID!]!) {\n  nodes(ids: $ids) { ...found }\n}\n" + FRAGMENT

AT_ONCE = 100
HEADS_AT_ONCE = 4  # a git server is asked by few at a time

# How long to wait by how long a repository has been still: what changed lately changes soon again.
_INTERVALS = (
    (timedelta(days=30), timedelta(days=1)),
    (timedelta(days=180), timedelta(days=7)),
    (timedelta(days=730), timedelta(days=30)),
)
_STILL = timedelta(days=180)
_ARCHIVED = timedelta(days=365)
_EMPTY = timedelta(days=30)
_LATER = timedelta(hours=1)
_JITTER = 0.2

Seen = Literal["unchanged", "changed", "empty", "missing", "gone", "reused", "blocked", "locked", "unanswered"]
"""`missing`: not found, and not for long enough to be `gone`; `reused`: its name is another repository's now."""

_LET_GO: tuple[Seen, ...] = ("gone", "reused", "blocked", "empty")
"""Of which nothing that was fetched is kept."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of a repository. `info` is what the API says of it, None where it was not the API that spoke."""

    seen: Seen
    oid: str = ""
    info: RepositoryInfo | None = None
    moved_to: tuple[str, str] | None = None


@dataclass(slots=True)
class Looked:
    """What became of all that was looked at."""

    seen: dict[Seen, int] = field(default_factory=dict)
    renamed: int = 0
    requests: int = 0

    @property
    def total(self) -> int:
        return sum(self.seen.values())


class Watcher:
    """Looks at repositories that are due."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        access: Access,
        patience: Patience,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._mirrors = mirrors_of(settings)
        self._settings = settings
        self._store = store
        self._access = access
        self._patience = patience
        self.looked = Looked()

    async def run(self, limit: int, tell: Callable[[Looked], None]) -> Looked:
        """Looks at those due, at most `limit`, those longest due first.

        Raises Unauthorized, GitHubUnavailable; RateLimited where patience has none.
        """
        began = self._clock()
        async with open_client(user_agent=self._settings.user_agent, ca_file=self._settings.ca_file) as git:
            while self.looked.total < limit:
                with self._store.reading() as session:
                    due = watches.due(session, began, min(AT_ONCE, limit - self.looked.total))
                if not due:
                    break
                looks = await self._look(git, due)
                self._note(due, looks)
                tell(self.looked)
        return self.looked

    async def _look(self, git: httpx.AsyncClient, due: Sequence[Watched]) -> dict[int, Look]:
        """What is seen of each, by the ids of their rows."""
        looks: dict[int, Look] = {}
        if self._access.authenticated:
            looks = await self._ask_api(due)
        left = [each for each in due if each.repository.id not in looks or looks[each.repository.id].seen == "missing"]
        gate = asyncio.Semaphore(HEADS_AT_ONCE)

        async def ask(watched: Watched) -> tuple[int, Look]:
            async with gate:
                known = looks.get(watched.repository.id)
                return watched.repository.id, await self._ask_git(git, watched, missing=known is not None)

        looks.update(await asyncio.gather(*map(ask, left)))
        return looks

    async def _ask_api(self, due: Sequence[Watched]) -> dict[int, Look]:
        by_node = {_node_of(each.repository): each for each in due if _node_of(each.repository)}
        by_name = {
            GitHubTarget(each.repository.owner, each.repository.name): each
            for each in due
            if not _node_of(each.repository)
        }
        looks = {}
        if by_node:
            nodes = await self._patience(lambda: in_batches(list(by_node), self._nodes))
            looks = {by_node[each].repository.id: _of_node(by_node[each], node) for each, node in nodes.items()}
        if by_name:
            found = await self._patience(lambda: look_up(self._access.graphql, list(by_name)))
            self.looked.requests += 1
            for target, info in found.items():
                # A name without an id: the API's word on who it is now; its commit is asked of the git server.
                if info is None:
                    looks[by_name[target].repository.id] = Look("missing")
                else:
                    with self._store.changing() as session:
                        watches.renamed(session, info, self._clock())
        return looks

    async def _nodes(self, ids: Sequence[str]) -> Mapping[str, Any]:
        self.looked.requests += 1
        answer = await self._access.graphql.ask(NODES_QUERY, {"ids": list(ids)})
        return dict(zip(ids, answer.data["nodes"], strict=True))

    async def _ask_git(self, git: httpx.AsyncClient, watched: Watched, *, missing: bool) -> Look:
        """The git server's word. Of what the API does not know, a name that answers is another repository's."""
        repository = watched.repository
        target = GitHubTarget(repository.owner, repository.name)
        try:
            found = await head(git, target.clone_url(self._settings.git_url))
        except Gone:
            return Look("missing")
        except Blocked:
            return Look("blocked")
        except Empty:
            return Look("reused" if missing else "empty")
        except (RepositoryError, RateLimited):
            return Look("unanswered")
        if missing:
            return Look("reused")
        moved_to = None
        if found.moved_to is not None:
            owner, name = urlsplit(found.moved_to).path.strip("/").removesuffix(".git").rsplit("/", 2)[-2:]
            moved_to = (owner, name)
        return Look("unchanged" if found.oid == watched.seen_oid else "changed", found.oid, moved_to=moved_to)

    def _note(self, due: Sequence[Watched], looks: Mapping[int, Look]) -> None:
        now = self._clock()
        let_go: list[Repository] = []
        with self._store.changing() as session:
            for watched in due:
                look = looks.get(watched.repository.id, Look("unanswered"))
                note = _Note(watched, look, now)
                seen, renamed = note.write(session)
                if seen in _LET_GO:
                    let_go.append(watched.repository)
                self.looked.seen[seen] = self.looked.seen.get(seen, 0) + 1
                self.looked.renamed += renamed
        for repository in let_go:
            url = GitHubTarget(repository.owner, repository.name).clone_url(self._settings.git_url)
            self._mirrors.let_go(url)


def next_look(still: timedelta | None, *, archived: bool, jitter: float) -> timedelta:
    """How long to wait for the next look at a repository that has been still that long; `jitter` is from -1 to 1.

    Without jitter all that was found on one day would be due on one day.
    """
    wait = _STILL
    if archived:
        wait = _ARCHIVED
    elif still is not None:
        wait = next((interval for age, interval in _INTERVALS if still < age), _STILL)
    return wait * (1 + _JITTER * jitter)


@dataclass(frozen=True, slots=True)
class _Note:
    """A look on its way into the store."""

    watched: Watched
    look: Look
    now: datetime

    def write(self, session: Session) -> tuple[Seen, bool]:
        """What it comes to, and whether the repository has another name now."""
        repository, look = self.watched.repository, self.look
        match look.seen:
            case "unchanged" | "changed":
                return look.seen, self._there(session)
            case "empty":
                watches.put_off(session, repository.id, self.now + _EMPTY, self.now)
                watches.let_go(session, repository.id, "empty", "has no commits any more")
            case "missing":
                if watches.not_found(session, repository.id, self.now):
                    watches.put_off(session, repository.id, self.now + _ARCHIVED, self.now)
                    return "gone", False
            case "reused":
                watches.let_go(session, repository.id, "gone", "its name belongs to another repository now")
                watches.give_up_name(session, repository.id)
                watches.put_off(session, repository.id, self.now + _ARCHIVED, self.now)
            case "blocked":
                watches.let_go(session, repository.id, "blocked", "the host refuses to serve it")
            case "locked":
                watches.put_off(session, repository.id, self.now + _EMPTY, self.now)
            case _:
                watches.put_off(session, repository.id, self.now + _LATER, self.now)
        return look.seen, False

    def _there(self, session: Session) -> bool:
        repository, look = self.watched.repository, self.look
        row_id, renamed = repository.id, False
        if look.info is not None:
            row_id = watches.renamed(session, look.info, self.now)
            renamed = (look.info.owner, look.info.name) != (repository.owner, repository.name)
        elif look.moved_to is not None:
            row_id = watches.moved(session, repository.id, *look.moved_to, self.now)
            renamed = row_id == repository.id or look.moved_to != (repository.owner, repository.name)
        archived = bool(look.info.archived if look.info else repository.archived)
        changed_at = self.now if look.seen == "changed" else self.watched.changed_at
        still = None if changed_at is None else self.now - changed_at
        jitter = random.uniform(-1, 1)  # noqa: S311 - spreads work, keeps no secret
        due_at = self.now + next_look(still, archived=archived, jitter=jitter)
        watches.seen(session, row_id, look.oid, changed_at, due_at, self.now)
        return renamed


def _node_of(repository: Repository) -> str:
    if repository.node_id:
        return repository.node_id
    return node_id(repository.github_id) if repository.github_id else ""


def _of_node(watched: Watched, node: Mapping[str, Any] | None) -> Look:
    if not node:
        return Look("missing")
    info = from_graphql(node)
    if node["isDisabled"]:
        return Look("blocked", info=info)
    if node["isLocked"]:
        return Look("locked", info=info)
    oid = head_of(node)
    if oid is None:
        return Look("empty", info=info)
    return Look("unchanged" if oid == watched.seen_oid else "changed", oid, info)
