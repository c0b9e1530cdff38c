"""Discovery and refreshing against an emulated GitHub of 20,000 repositories.

    python -m benchmarks.discovery [COUNT]

Made-up repositories with gaps between their ids, forks, empty, archived and dead ones; while it is looked at again, one
in ten changes and one in fifty is renamed. The server refuses what is over its quotas in every way that GitHub has, and
its windows are of seconds so that a run takes minutes. Discovery is killed with SIGKILL at random moments.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from analysis.report import Report
from miner.settings import Settings, load_settings
from miner.store import Filters, FoundScan, Store
from tests.support.emulated_github import EmulatedGitHub, Limits, population
from tests.support.reports import not_eligible

COUNT = 20_000
KILLS = 8
QUOTAS = {"core": 400, "search": 40, "code_search": 40, "graphql": 80}
WINDOW_SECONDS = 3.0


def main() -> None:
    """Measures and prints."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    chance = random.Random(11)  # noqa: S311 - repeatable kills
    with (
        tempfile.TemporaryDirectory(prefix="seedwatch-bench-") as folder,
        EmulatedGitHub(population(count), limits=Limits(QUOTAS, WINDOW_SECONDS)) as github,
    ):
        os.environ |= {
            "SEEDWATCH_DATA_DIR": folder,
            "SEEDWATCH_CACHE_DIR": folder,
            "SEEDWATCH_GITHUB_URL": github.url,
            "SEEDWATCH_GIT_URL": "https://127.0.0.1:9",
            "GITHUB_TOKEN": "benchmark",
            "SEEDWATCH_CONTACT": "benchmark@example.org",
        }
        settings = load_settings()
        discover(github, settings, chance)
        refresh(github, settings, chance)


def discover(github: EmulatedGitHub, settings: Settings, chance: random.Random) -> None:
    """All that can be found is found, once, and nothing is paid for twice."""
    start = time.perf_counter()
    for _ in range(KILLS):
        begun = len(github.asked)
        with _started("discover", "search-repos", "torch") as process:
            while process.poll() is None and len(github.asked) < begun + chance.randint(1, 30):
                time.sleep(0.01)
            process.kill()
    with _started("discover", "search-repos", "torch") as process:
        if process.wait():
            raise SystemExit("discovery failed")
    seconds = time.perf_counter() - start
    findable = {repo.id for repo in github.repos.values() if repo.shown and not repo.fork}
    found = _ids(settings)
    again = len(github.asked) - len(set(github.asked))
    _say(f"{len(github.repos):,} repositories, {len(findable):,} of them findable by search")
    _say(f"found {len(found & findable):,}, missed {len(findable - found):,}, others {len(found - findable):,}")
    _say(f"{len(github.asked):,} queries, {again} of them asked twice by {KILLS} kills, in {seconds:.0f} s")
    _say(f"{github.limits.refusals} requests over the quotas; at most {github.most_at_once} at the same time")


def refresh(github: EmulatedGitHub, settings: Settings, chance: random.Random) -> None:
    """What changed is seen, at little cost."""
    with Store(settings.database_url) as store:
        _scan_all(github, store)
    changed = set()
    for repo in list(github.repos.values()):
        if repo.shown and chance.random() < 0.1:
            github.change(repo.id, head=f"{repo.id:040x}")
            changed.add(repo.id)
        if repo.shown and chance.random() < 0.02:
            github.change(repo.id, name=f"{repo.name}-renamed")
    before, start = len(github.requests), time.perf_counter()
    with _started("refresh", "--look-only") as process:
        if process.wait():
            raise SystemExit("refresh failed")
    requests, seconds = len(github.requests) - before, time.perf_counter() - start
    looked = len(_ids(settings))
    _say(f"looked at {looked:,} again by {requests} API requests, refused ones among them, in {seconds:.0f} s")
    _say(f"API requests per 1,000 repositories: {requests / looked * 1000:.1f}")


def _scan_all(github: EmulatedGitHub, store: Store) -> None:
    """Every repository as if it had been scanned at its present commit."""
    page = store.list_repositories(Filters(), sort="name", limit=1000)
    while True:
        for each in page.items:
            head = github.repos[each.repository.github_id or 0].head
            report: Report = not_eligible(commit=head)
            store.save_scan(each.repository.id, FoundScan(report, datetime.now(UTC)))
        if page.next_cursor is None:
            return
        page = store.list_repositories(Filters(), sort="name", limit=1000, cursor=page.next_cursor)


def _ids(settings: Settings) -> set[int]:
    found: list[int] = []
    with Store(settings.database_url) as store:
        page = store.list_repositories(Filters(), sort="name", limit=1000)
        while True:
            found += [each.repository.github_id or 0 for each in page.items]
            if page.next_cursor is None:
                break
            page = store.list_repositories(Filters(), sort="name", limit=1000, cursor=page.next_cursor)
    if len(found) != len(set(found)):
        raise SystemExit(f"{len(found) - len(set(found))} repositories are there twice")
    return set(found)


def _started(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "seedwatch", *arguments]
    log = Path(os.environ["SEEDWATCH_DATA_DIR"]) / "log"
    with log.open("ab") as out:
        return subprocess.Popen(command, stdout=out, stderr=out)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
