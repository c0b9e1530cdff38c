"""A GitHub to search and to ask: a population of made-up repositories behind the API's paths, caps and limits.

It knows what this program asks and no more. What it answers is shaped as GitHub's documents and recorded replies are;
other tests hold the program to those.
"""

import json
import random
import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from miner.github.nodeids import node_id
from tests.support.githttps import Answer, Request
from tests.support.stubhttp import StubServer

JSON = {"Content-Type": "application/json"}
PER_PAGE, MOST = 100, 1000
LARGEST_FOUND = 384 * 1024  # of files by a code search
_FAR = 10**12
_BOUND = re.compile(r"(\w+):(>=|<=|>|<)?([^\s.]+?(?:\.\d+Z)?)(?:\.\.(\S+))?(?=\s|$)")


@dataclass(frozen=True)
class Repo:
    """A repository as the API shows it; `gone` and `blocked` ones are not shown."""

    id: int
    owner: str
    name: str
    created: int
    pushed: int
    stars: int = 0
    fork: bool = False
    archived: bool = False
    empty: bool = False
    gone: bool = False
    blocked: bool = False
    disabled: bool = False
    head: str = "0" * 40
    languages: tuple[str, ...] = ("Python",)
    disk: int = 100
    licence: str | None = "MIT"
    files: tuple[int, ...] = ()  # sizes of those that a code search finds

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def shown(self) -> bool:
        return not self.gone and not self.blocked


@dataclass
class Limits:
    """Quotas of a window of `seconds`. What is over one is refused as GitHub refuses, each time in another way."""

    quotas: dict[str, int] = field(
        default_factory=lambda: {"core": 5000, "search": 30, "code_search": 10, "graphql": 5000}
    )
    seconds: float = 60.0
    used: dict[str, int] = field(default_factory=dict)
    ends: float = 0.0
    refusals: int = 0

    def spend(self, resource: str) -> tuple[dict[str, str], bool]:
        """The headers of an answer, and whether there is one."""
        now = time.time()
        if now >= self.ends:
            self.used, self.ends = {}, now + self.seconds
        left = self.quotas[resource] - self.used.get(resource, 0)
        if left > 0:
            self.used[resource] = self.used.get(resource, 0) + 1
        headers = {
            "X-RateLimit-Limit": str(self.quotas[resource]),
            "X-RateLimit-Remaining": str(max(0, left - 1)),
            "X-RateLimit-Reset": str(int(self.ends)),
            "X-RateLimit-Resource": resource,
        }
        return headers, left > 0


class EmulatedGitHub(StubServer):
    """Answers the API's requests out of a population while its `with` block runs."""

    def __init__(self, population: Iterable[Repo], *, limits: Limits | None = None) -> None:
        super().__init__(self._answer)
        self.repos = {repo.id: repo for repo in population}
        self.moved: dict[str, str] = {}
        self.limits = limits or Limits(dict.fromkeys(("core", "search", "code_search", "graphql"), 10**9))
        self.faults: list[Answer] = []  # what the next requests get, whatever they ask
        self.too_many_nodes = 10**9
        self.asked: list[str] = []
        self._most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    @property
    def most_at_once(self) -> int:
        """The most requests that were under way at the same time."""
        return self._most_at_once

    def change(self, github_id: int, **other: Any) -> None:
        """Something happens to a repository."""
        before = self.repos[github_id]
        self.repos[github_id] = after = replace(before, **other)
        if after.full_name != before.full_name:
            self.moved[before.full_name.lower()] = after.full_name

    def _answer(self, request: Request) -> Answer:
        with self._lock:
            self._at_once += 1
            self._most_at_once = max(self._most_at_once, self._at_once)
        try:
            return self._spoken(request)
        finally:
            with self._lock:
                self._at_once -= 1

    def _spoken(self, request: Request) -> Answer:
        address = urlsplit(request.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        with self._lock:
            if self.faults:
                return self.faults.pop(0)
            headers, allowed = self.limits.spend(_resource(address.path))
            if not allowed:
                self.limits.refusals += 1
                return _refusal(address.path, headers, self.limits.refusals)
        answer = self._post(request) if request.method == "POST" else self._get(address.path, asked)
        return replace(answer, headers={**answer.headers, **headers})

    def _get(self, path: str, asked: dict[str, str]) -> Answer:
        if path == "/search/repositories":
            return self._search(asked, [_rest(repo) for repo in self._matching(asked["q"])])
        if path == "/search/code":
            return self._search(asked, list(self._files(asked["q"])))
        if path == "/repositories":
            after = sorted(each for each, repo in self.repos.items() if repo.shown and each > int(asked["since"]))
            return _json([_rest(self.repos[each]) for each in after[:PER_PAGE]])
        if owner := re.fullmatch(r"/(?:users|orgs)/([^/]+)/repos", path):
            first = (int(asked.get("page", 1)) - 1) * PER_PAGE
            return _json([_rest(repo) for repo in self._of(owner[1])[first : first + PER_PAGE]])
        return Answer(404, JSON, b'{"message": "Not Found"}')

    def _search(self, asked: dict[str, str], items: list[dict[str, Any]]) -> Answer:
        with self._lock:
            self.asked.append(f"{asked['q']} #{asked.get('page', 1)}")
        first = (int(asked.get("page", 1)) - 1) * PER_PAGE
        if first >= MOST:
            return Answer(422, JSON, b'{"message": "Only the first 1000 search results are available"}')
        page = items[first : min(first + PER_PAGE, MOST)]
        return _json({"total_count": len(items), "incomplete_results": False, "items": page})

    def _matching(self, query: str) -> list[Repo]:
        fits = _conditions(query)
        shown = (repo for repo in self.repos.values() if repo.shown and not repo.fork)
        return [repo for repo in shown if fits(repo.created, repo.pushed, repo.stars, 0)]

    def _files(self, query: str) -> Iterator[dict[str, Any]]:
        fits = _conditions(query)
        for repo in self.repos.values():
            for size in repo.files if repo.shown and not repo.fork else ():
                if size < LARGEST_FOUND and fits(repo.created, repo.pushed, repo.stars, size):
                    yield {"name": "a.py", "path": "a.py", "repository": _rest(repo)}

    def _of(self, owner: str) -> list[Repo]:
        return [repo for repo in self.repos.values() if repo.shown and repo.owner.lower() == owner.lower()]

    def _post(self, request: Request) -> Answer:
        asked = json.loads(request.body)
        query, variables = asked["query"], asked["variables"]
        if "nodes(ids" in query:
            return self._nodes(variables["ids"])
        if "search(type" in query:
            with self._lock:
                self.asked.append(f"{variables['query']} @{variables['after']}")
            return _data(
                {"search": _connection(self._matching(variables["query"]), variables["after"], "repositoryCount")}
            )
        if "repositoryOwner" in query:
            repos = self._of(variables["login"])
            owner = (
                {"repositories": _connection(repos, variables["after"], "totalCount", most=10**9)} if repos else None
            )
            return _data({"repositoryOwner": owner})
        return self._named(variables)

    def _nodes(self, ids: Sequence[str]) -> Answer:
        if len(ids) > self.too_many_nodes:
            return Answer(502, JSON, b"{}")
        by_node = {node_id(repo.id): repo for repo in self.repos.values()} if len(self.repos) < 50 else self._by_node
        nodes, errors = [], []
        for place, each in enumerate(ids):
            repo = self.repos[by_node[each].id] if each in by_node else None
            nodes.append(_node(repo) if repo is not None and repo.shown else None)
            if nodes[-1] is None:
                said = f"Could not resolve to a node with the global id of '{each}'"
                errors.append({"type": "NOT_FOUND", "path": ["nodes", place], "message": said})
        return _data({"nodes": nodes}, errors)

    @property
    def _by_node(self) -> dict[str, Repo]:
        found: dict[str, Repo] = self.__dict__.setdefault("_nodes_made", {})
        if len(found) != len(self.repos):
            found.update({node_id(repo.id): repo for repo in self.repos.values()})
        return found

    def _named(self, variables: dict[str, str]) -> Answer:
        by_name = {repo.full_name.lower(): repo for repo in self.repos.values() if repo.shown}
        data: dict[str, Any] = {}
        errors = []
        for place in range(len(variables) // 2):
            name = f"{variables[f'owner{place}']}/{variables[f'name{place}']}".lower()
            repo = by_name.get(name) or by_name.get(self.moved.get(name, "").lower())
            data[f"r{place}"] = None if repo is None else _node(repo)
            if repo is None:
                errors.append({"type": "NOT_FOUND", "path": [f"r{place}"], "message": "Could not resolve"})
        return _data(data, errors)


def population(count: int, *, seed: int = 1) -> list[Repo]:
    """Made-up repositories with gaps between their ids, crowded years, forks, empty, archived and dead ones."""
    draw = random.Random(seed)  # noqa: S311 - nothing secret
    start, end = int(datetime(2010, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
    github_id = 0
    repos = []
    for number in range(count):
        github_id += draw.randint(1, 3) if draw.random() < 0.9 else draw.randint(20, 200)
        created = int(start + (end - start) * (number / count) ** 0.5)  # later years are crowded
        fate = draw.random()
        repos.append(
            Repo(
                id=github_id,
                owner=f"owner{draw.randint(1, max(2, count // 5))}",
                name=f"repo-{number}",
                created=created,
                pushed=min(end, created + int(draw.expovariate(1 / 40_000_000))),
                stars=int(draw.paretovariate(1.1)) - 1,
                fork=draw.random() < 0.2,
                archived=draw.random() < 0.05,
                empty=0.03 < fate < 0.05,
                gone=fate < 0.02,
                blocked=0.02 < fate < 0.021,
                head=f"{number:040x}",
                languages=("Python",) if draw.random() < 0.7 else ("C++", "HTML"),
                files=tuple(int(draw.lognormvariate(8.5, 1.3)) for _ in range(draw.randint(0, 3))),
            )
        )
    return repos


def _resource(path: str) -> str:
    return {"/graphql": "graphql", "/search/repositories": "search", "/search/code": "code_search"}.get(path, "core")


def _refusal(path: str, headers: dict[str, str], number: int) -> Answer:
    said = b'{"message": "API rate limit exceeded for user ID 1."}'
    if path == "/graphql" and number % 2:
        return Answer(200, {**JSON, **headers}, b'{"errors": [{"type": "RATE_LIMITED", "message": "exceeded"}]}')
    return Answer(429 if number % 3 else 403, {**JSON, **headers}, said)


def _conditions(query: str) -> Any:
    bounds = []
    for name, sign, low, high in _BOUND.findall(query):
        place = {"created": 0, "pushed": 1, "stars": 2, "size": 3}.get(name)
        if place is not None:
            value = _value(low)
            first = {">": value + 1, "<": -_FAR, "<=": -_FAR}.get(sign, value)
            last = {"<": value - 1, "<=": value, "": value}.get(sign, _FAR)
            bounds.append((place, first, _value(high) if high else last))

    def fits(*values: int) -> bool:
        return all(first <= values[place] <= last for place, first, last in bounds)

    return fits


def _value(text: str) -> int:
    if text.isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _stamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rest(repo: Repo) -> dict[str, Any]:
    return {
        "id": repo.id,
        "node_id": node_id(repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": {"login": repo.owner, "id": 1},
        "private": False,
        "stargazers_count": repo.stars,
        "fork": repo.fork,
        "archived": repo.archived,
        "pushed_at": _stamp(repo.pushed),
        "default_branch": "main",
        "size": repo.disk,
    }


def _node(repo: Repo) -> dict[str, Any]:
    return {
        "id": node_id(repo.id),
        "databaseId": repo.id,
        "name": repo.name,
        "owner": {"login": repo.owner},
        "stargazerCount": repo.stars,
        "isFork": repo.fork,
        "isArchived": repo.archived,
        "isDisabled": repo.disabled,
        "isLocked": False,
        "isEmpty": repo.empty,
        "pushedAt": _stamp(repo.pushed),
        "diskUsage": repo.disk,
        "licenseInfo": None if repo.licence is None else {"spdxId": repo.licence},
        "defaultBranchRef": None if repo.empty else {"name": "main", "target": {"oid": repo.head}},
        "languages": {"nodes": [{"name": each} for each in repo.languages]},
    }


def _connection(repos: list[Repo], after: str | None, counted: str, most: int = MOST) -> dict[str, Any]:
    first = int(after or 0)
    last = min(first + PER_PAGE, len(repos), most)
    info = {"hasNextPage": last < min(len(repos), most), "endCursor": str(last)}
    return {counted: len(repos), "pageInfo": info, "nodes": [_node(repo) for repo in repos[first:last]]}


def _data(data: dict[str, Any], errors: Sequence[dict[str, Any]] = ()) -> Answer:
    return _json({"data": data, **({"errors": list(errors)} if errors else {})})


def _json(document: Any) -> Answer:
    return Answer(200, JSON, json.dumps(document).encode())
