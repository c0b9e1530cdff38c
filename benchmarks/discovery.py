"""Discovery and refreshing against an emulated GitHub of 20,000 repositories.

    python -m benchmarks.discovery [COUNT]

Made-up repositories with gaps between their ids, forks, empty, archived and dead ones. While they are searched for, by
both searches, some are renamed, some take the names that others gave up, and discovery is killed with SIGKILL at random
moments; while they are looked at again, one in ten changes. The server has quotas whose windows are of seconds, so that
a run takes minutes, and refuses now and then what is within them, in every way that GitHub has.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from miner.settings import Settings, load_settings
from miner.store import Filters, FoundScan, Store, scans, watches
from miner.store.records import Listed
from tests.support.emulated_github import JSON, LARGEST_FOUND, EmulatedGitHub, Limits, population
from tests.support.githttps import Answer, GitHttpsServer
from tests.support.reports import not_eligible

COUNT = 20_000
KILLS = 8
QUOTAS = {"core": 400, "search": 40, "code_search": 40, "graphql": 400}
WINDOW_SECONDS = 3.0
PAGE = 1000
_LIMITED = b'{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}'
_SECONDARY = b'{"message": "You have exceeded a secondary rate limit."}'
_OF_BOTH = [
    Answer(403, {**JSON, "Retry-After": "2"}, _SECONDARY),
    Answer(429, {**JSON, "Retry-After": "1"}, _SECONDARY),
    Answer(502, JSON, b"{}"),
]
_OF_GRAPHQL = [*_OF_BOTH, Answer(200, {**JSON, "Retry-After": "1"}, _LIMITED)]
REFUSALS = {"search-repos": _OF_GRAPHQL, "search-code": _OF_BOTH, "refresh": _OF_GRAPHQL}


def main() -> None:
    """Measures and prints; ends with status 1 where something was lost, doubled or paid for twice."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    chance = random.Random(11)  # noqa: S311 - repeatable kills
    with (
        tempfile.TemporaryDirectory(prefix="seedwatch-bench-") as folder,
        EmulatedGitHub(population(count), limits=Limits(QUOTAS, WINDOW_SECONDS)) as github,
        GitHttpsServer(Path(folder), Path(folder)) as git,
    ):
        os.environ |= {
            "SEEDWATCH_DATA_DIR": folder,
            "SEEDWATCH_CACHE_DIR": folder,
            "SEEDWATCH_GITHUB_URL": github.url,
            "SEEDWATCH_GIT_URL": git.base_url,
            "SEEDWATCH_CA_FILE": str(git.ca_file),
            "GITHUB_TOKEN": "benchmark",
            "SEEDWATCH_CONTACT": "benchmark@example.org",
        }
        settings = load_settings()
        shown = {repo.id for repo in github.repos.values() if repo.shown and not repo.fork}
        _say(f"{len(github.repos):,} repositories, {len(shown):,} of them findable by search")
        good = discover(github, settings, chance, "search-repos", shown)
        with_files = {each for each in shown if any(size < LARGEST_FOUND for size in github.repos[each].files)}
        good &= discover(github, settings, chance, "search-code", with_files)
        good &= refresh(github, git, settings, chance)
    sys.exit(0 if good else 1)


def discover(github: EmulatedGitHub, settings: Settings, chance: random.Random, kind: str, findable: set[int]) -> bool:
    """All that can be found is found, once, and nothing is paid for twice."""
    start, first = time.perf_counter(), len(github.asked)
    refused = github.limits.refusals
    in_flight = set()
    for _ in range(KILLS):
        begun = len(github.asked)
        until = begun + chance.randint(1, 30)
        github.faults = [chance.choice(REFUSALS[kind])]
        with _started("discover", kind, "torch") as process:
            while process.poll() is None and len(github.asked) < until:
                time.sleep(0.01)
            process.kill()
        if len(github.asked) > begun:
            in_flight.add(len(github.asked) - 1)
        _rename_some(github, chance)
    github.faults = list(REFUSALS[kind])
    with _started("discover", kind, "torch") as process:
        if process.wait():
            raise SystemExit(f"discovery failed: {_log()[-2000:]}")
    seconds = time.perf_counter() - start
    found = _ids(settings, kind)
    again, twice = 0, 0
    asked: dict[str, int] = {}
    for place in range(first, len(github.asked)):
        before = asked.get(github.asked[place])
        again += before is not None and before in in_flight
        twice += before is not None and before not in in_flight
        asked[github.asked[place]] = place
    _say(f"{kind}: found {len(found & findable):,} of {len(findable):,}, others {len(found - findable):,}")
    _say(f"  {len(github.asked) - first:,} queries were answered in {seconds:.0f} s, {KILLS} kills on the way")
    _say(f"  {again} were under way at a kill and asked again, {twice} were paid for twice")
    _say(f"  {github.limits.refusals - refused} requests went over the quotas; others were refused now and then")
    return found == findable and not twice


def refresh(github: EmulatedGitHub, git: GitHttpsServer, settings: Settings, chance: random.Random) -> bool:
    """What changed is seen, at little cost."""
    with Store(settings.database_url) as store:
        _scan_all(github, store)
    known = _ids(settings)
    changed, dead = set(), 0
    for each in sorted(known):
        fate = chance.random()
        if fate < 0.1:
            github.change(each, head=f"{each:040x}")
            if not github.repos[each].empty:
                changed.add(each)
        elif fate < 0.11:
            dead += 1
            github.change(each, gone=True)
            git.answer(github.repos[each].full_name, Answer(404))
        elif fate < 0.111:
            dead += 1
            github.change(each, blocked=True)
            git.answer(github.repos[each].full_name, Answer(451))
        elif fate < 0.13:
            github.change(each, name=f"{github.repos[each].name}-renamed")
    github.faults = list(REFUSALS["refresh"])
    before, asked_git, start = len(github.requests), len(git.requests), time.perf_counter()
    with _started("refresh", "--look-only") as process:
        if process.wait():
            raise SystemExit(f"refresh failed: {_log()[-2000:]}")
    requests, seconds = len(github.requests) - before, time.perf_counter() - start
    with Store(settings.database_url) as store, store.reading() as session:
        seen = {repository.github_id for repository in watches.pending(session, len(known))}
    _say(f"refresh: {_log().splitlines()[-1]}")
    _say(f"  {len(known):,} by {requests} API requests, refused ones among them, in {seconds:.0f} s")
    _say(f"  {len(seen & changed):,} of {len(changed):,} changes were seen, others {len(seen - changed):,}")
    _say(f"  {dead} were deleted or taken down, which took {len(git.requests) - asked_git} requests to the git server")
    _say(f"  API requests per 1,000 repositories: {requests / len(known) * 1000:.1f}")
    return seen == changed


def _rename_some(github: EmulatedGitHub, chance: random.Random) -> None:
    """One in 200 is called otherwise now, and half of their names are taken by others."""
    shown = [repo for repo in github.repos.values() if repo.shown and not repo.fork]
    renamed = chance.sample(shown, max(2, len(shown) // 200))
    for repo, other in zip(renamed[::2], renamed[1::2], strict=False):
        github.change(repo.id, name=f"{repo.name}-later")
        github.change(other.id, owner=repo.owner, name=repo.name)


def _scan_all(github: EmulatedGitHub, store: Store) -> None:
    """Every repository as if it had been scanned at its present commit."""
    now = datetime.now(UTC)
    for page in _pages(store):
        found = [
            (each.repository.id, FoundScan(not_eligible(commit=github.repos[each.repository.github_id or 0].head), now))
            for each in page
        ]
        with store.changing() as session:
            scans.save_all(session, found)


def _ids(settings: Settings, source: str | None = None) -> set[int]:
    with Store(settings.database_url) as store:
        found = [each.repository.github_id or 0 for page in _pages(store, source) for each in page]
    if len(found) != len(set(found)):
        raise SystemExit(f"{len(found) - len(set(found))} repositories are there twice")
    return set(found)


def _pages(store: Store, source: str | None = None) -> list[list[Listed]]:
    filters = Filters(source=(source,) if source else ())
    pages, cursor = [], None
    while True:
        page = store.list_repositories(filters, sort="name", limit=PAGE, cursor=cursor)
        pages.append(list(page.items))
        cursor = page.next_cursor
        if cursor is None:
            return pages


def _log() -> str:
    return (Path(os.environ["SEEDWATCH_DATA_DIR"]) / "log").read_text()


def _started(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "seedwatch", *arguments]
    with (Path(os.environ["SEEDWATCH_DATA_DIR"]) / "log").open("ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
