"""What the service costs over a very large database, beside a bare FastAPI route in the same run.

    python -m benchmarks.service --repositories 1000000 --postgresql
    python -m benchmarks.service --repositories 100000

One tenth of the repositories is eligible. The server runs in a process of its own, the client in another, on the same
machine. Each address is asked at half the throughput that the bare route reaches, open loop: a request is timed from
the moment at which it was due.
"""

import argparse
import asyncio
import multiprocessing
import random
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import text

from api.app import create_app
from miner.settings import Settings
from miner.store import RepositoryInfo, Store, derived, upgrade
from tests.support import postgres, reports

SEED: Final = 20_261_121
SECONDS: Final = 8.0
CONNECTIONS: Final = 16
_PORTION: Final = 20_000

ADDRESSES: Final = {
    "report": ["/api/v1/repos/github.com/owner{owner}/name{number}"],
    "badge": ["/badge/github.com/owner{owner}/name{number}.svg"],
    "list": [
        "/api/v1/repos",
        "/api/v1/repos?sort=stars",
        "/api/v1/repos?sort=recent&scanned=true",
        "/api/v1/repos?sort=name",
        "/api/v1/repos?verdict=affected&sort=worst",
        "/api/v1/repos?verdict=mitigated&torch_range=open",
        "/api/v1/repos?legacy=duplicate&min_stars=100&sort=stars",
        "/api/v1/repos?owner=owner{owner}",
    ],
    "statistic": [
        "/api/v1/stats/prevalence",
        *(f"/api/v1/stats/prevalence?by={by}" for by in ("verdict", "torch_range", "year", "stars", "draw_kind")),
        *(f"/api/v1/stats/prevalence?by={by}" for by in ("reseed", "workers", "check")),
        "/api/v1/stats/progress",
    ],
    "home page": ["/"],
    "explore page": ["/explore", "/explore?verdict=affected", "/explore?sort=stars"],
}


def main() -> None:
    """Makes the database, serves it, asks, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repositories", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true", help="on a server of its own, in place of SQLite")
    asked = parser.parse_args()
    with _database(asked.postgresql) as url:
        started = time.perf_counter()
        _generate(url, asked.repositories)
        print(f"{asked.repositories:,} repositories made in {time.perf_counter() - started:.0f} s")  # noqa: T201
        with _served(url) as (address, process):
            _measure(address, asked.repositories, url, process)


def _measure(address: str, repositories: int, url: str, pid: int) -> None:
    rng = random.Random(SEED)  # noqa: S311 - the same addresses each time
    bare = asyncio.run(_throughput(f"{address}/bare"))
    rate = bare / 2
    print(f"bare route: {bare:,.0f} a second; each address at {rate:,.0f} a second or what it can take")  # noqa: T201
    print(f"{'':<14}{'rate':>8}{'p50':>9}{'p95':>9}{'p99':>9}   ms")  # noqa: T201
    base = _row("bare", [f"{address}/bare"], rate)
    for name, patterns in ADDRESSES.items():
        numbers = [rng.randrange(repositories // 10) for _ in range(500)]
        paths = [address + one.format(owner=number // 50, number=number) for number in numbers for one in patterns]
        own = min(rate, 0.5 * asyncio.run(_throughput(*paths[: 5 * len(patterns)])))
        found = _row(name, paths, own)
        print(f"{'':<14}{'':>8}{'':>9}{found[1] / base[1]:>8.1f}x{found[2] / base[2]:>8.1f}x")  # noqa: T201
    print(f"right after a write: {_seconds_to_see(address, url):.2f} s")  # noqa: T201
    print(f"memory of the server: {_resident(pid):.0f} MB")  # noqa: T201


def _row(name: str, addresses: Sequence[str], rate: float) -> tuple[float, float, float]:
    times = sorted(asyncio.run(_paced(addresses, rate)))
    found = tuple(1000 * times[min(len(times) - 1, int(share * len(times)))] for share in (0.5, 0.95, 0.99))
    print(f"{name:<14}{rate:>8,.0f}{found[0]:>9.1f}{found[1]:>9.1f}{found[2]:>9.1f}")  # noqa: T201
    return found[0], found[1], found[2]


async def _throughput(*addresses: str) -> float:
    """How many requests a second are answered when each connection asks again at once."""
    done, end = 0, time.perf_counter() + SECONDS / 2

    async def ask(client: httpx.AsyncClient, first: int) -> None:
        nonlocal done
        place = first
        while time.perf_counter() < end:
            (await client.get(addresses[place % len(addresses)])).raise_for_status()
            place, done = place + 1, done + 1

    async with _client() as client:
        await asyncio.gather(*(ask(client, place) for place in range(CONNECTIONS)))
    return done / (SECONDS / 2)


async def _paced(addresses: Sequence[str], rate: float) -> list[float]:
    """How long each answer took, counted from when it was due."""
    times: list[float] = []
    start = time.perf_counter()

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        (await client.get(addresses[number % len(addresses)])).raise_for_status()
        times.append(time.perf_counter() - due)

    async with _client() as client:
        await asyncio.gather(*(ask(client, number) for number in range(int(rate * SECONDS))))
    return times


def _client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    return httpx.AsyncClient(limits=limits, timeout=60)


def _seconds_to_see(address: str, url: str) -> float:
    """How long after a commit the figures have it."""
    path = f"{address}/api/v1/stats/progress"
    before = httpx.get(path).json()["states"].get("discovered", 0)
    with Store(url) as store:
        store.upsert_found([RepositoryInfo("a-new", "repository")], source="benchmark")
    written = time.perf_counter()
    while httpx.get(path).json()["states"].get("discovered", 0) == before:
        time.sleep(0.02)
    return time.perf_counter() - written


def _resident(pid: int) -> float:
    """Megabytes of memory that a process has."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _serve(url: str, listening: socket.socket) -> None:
    app = FastAPI()

    @app.get("/bare")
    async def bare() -> dict[str, str]:
        return {"status": "ok"}

    app.mount("/", create_app(Settings(database_url=url, requests_per_minute=0)))
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[listening])


@contextmanager
def _served(url: str) -> Iterator[tuple[str, int]]:
    listening = socket.create_server(("127.0.0.1", 0))
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(url, listening), daemon=True)
    process.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    while True:
        try:
            httpx.get(f"{address}/bare", timeout=1)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    assert process.pid is not None
    try:
        yield address, process.pid
    finally:
        process.terminate()
        process.join()


@contextmanager
def _database(on_postgresql: bool) -> Iterator[str]:
    if on_postgresql:
        with postgres.server(None) as server, postgres.database(server) as url:
            yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/seedwatch.db"


_VERDICTS: Final = {
    "affected": ("duplicate", "clean", "<1.9"),
    "affected_on_old_torch": ("duplicate", "clean", "open"),
    "affected_on_new_torch": ("clean", "epoch_repeat", "open"),
    "mitigated": ("clean", "clean", "open"),
}


def _generate(url: str, repositories: int) -> None:
    """Rows as scans leave them, written past the program: without the triggers, which `install` makes again after."""
    upgrade(url)
    rng = random.Random(SEED)  # noqa: S311
    report = reports.report(repo="owner/name", commit="0" * 40).to_json()
    with Store(url) as store:
        with store.changing() as session:
            derived.remove(session.connection())
        for first in range(0, repositories, _PORTION):
            some = range(first, min(first + _PORTION, repositories))
            with store.changing() as session:
                session.execute(text(_INSERT_REPOSITORY), [_repository(number, rng) for number in some])
                session.execute(text(_INSERT_SCAN), [_scan(number, rng, repositories, report) for number in some])
        with store.changing() as session:
            derived.install(session.connection())
            session.execute(text("ANALYZE"))


def _repository(number: int, rng: random.Random) -> dict[str, object]:
    stars = int(rng.paretovariate(0.8)) - 1
    return {"id": number + 1, "owner": f"owner{number // 50}", "name": f"name{number}", "stars": min(stars, 300_000)}


def _scan(number: int, rng: random.Random, repositories: int, report: str) -> dict[str, object]:
    eligible = number < repositories // 10
    verdict = rng.choice(list(_VERDICTS)) if eligible else "not_eligible"
    legacy, modern, torch_range = _VERDICTS.get(verdict, ("clean", "clean", rng.choice(["open", ">=1.9"])))
    return {
        "id": number + 1,
        "day": f"{rng.randrange(2017, 2027)}-05-01",
        "eligible": eligible,
        "why": None if eligible else rng.choice(["no_torch", "no_loader", "no_draw"]),
        "legacy": legacy,
        "modern": modern,
        "verdict": verdict,
        "torch_range": torch_range,
        "reached": eligible,
        "kind": rng.choice(["global", "instance", "fixed"]) if eligible else None,
        "reseed": rng.choice(["none", "good", "constant"]) if eligible else None,
        "workers": rng.choice(["literal", "default"]) if eligible else None,
        "report": report,
    }


_INSERT_REPOSITORY: Final = """INSERT INTO repositories (id, host, owner, name, stars, state, first_seen, last_seen)
VALUES (:id, 'github.com', :owner, :name, :stars, 'scanned', '2026-11-01', '2026-11-01')"""
_INSERT_SCAN: Final = """INSERT INTO scans (id, repository_id, "commit", commit_date, analyzer_version, facts_version,
 eligible, why_not_eligible, legacy, modern, verdict, torch_range, imports_torch, custom_code_in_loader, numpy_draw,
 draw_in_worker, multiprocess_loader, draw_kind, reseed, workers, fsck_failed, unread_files, seconds, finished_at,
 is_latest, report)
VALUES (:id, :id, '0000000000000000000000000000000000000000', :day, '1', 1, :eligible, :why, :legacy, :modern, :verdict,
 :torch_range, true, true, :reached, :reached, :reached, :kind, :reseed, :workers, false, 0, 0.1, '2026-11-01 00:00:00',
 true, :report)"""

if __name__ == "__main__":
    sys.exit(main())
