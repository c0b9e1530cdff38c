"""What the service costs over a very large database, beside a bare FastAPI route in the same run.

    python -m benchmarks.service --repositories 1000000 --postgresql
    python -m benchmarks.service --repositories 100000

One tenth of the repositories is eligible. The server runs in a process of its own, the client in another, on the same
machine. Each address is asked at half of its own greatest throughput, or of the bare route's where that is less, open
loop: a request is timed from the moment at which it was due. Events are followed by 50 clients at once, while the batch
goes on, and the server's memory is read before, meanwhile and afterwards.
"""

import argparse
import asyncio
import multiprocessing
import random
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Request, sync_playwright
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.app import create_app
from miner.settings import Settings
from miner.store import NewBatch, NewItem, RepositoryInfo, Store, derived, upgrade
from tests.api.conftest import chromium
from tests.support import postgres, reports

SEED: Final = 20_261_121
SECONDS: Final = 8.0
FEWEST: Final = 40
CONNECTIONS: Final = 16
VISITS: Final = 10
STREAMS: Final = 50
STREAM_SECONDS: Final = 20.0
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
        "/api/v1/stats/fixes",
        "/api/v1/stats/trend",
        "/api/v1/stats/seeds",
        "/api/v1/stats/history",
    ],
    "repository page": ["/repos/github.com/owner{owner}/name{number}"],
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
    print(_first_visit(address))  # noqa: T201
    before = _resident(pid)
    meanwhile, events = asyncio.run(_streamed(address, url, pid))
    print(  # noqa: T201
        f"{STREAMS} event streams for {STREAM_SECONDS:.0f} s: {events:,} events; memory of the server {before:.0f} MB "
        f"before, {min(meanwhile):.0f} to {max(meanwhile):.0f} MB meanwhile, {_resident(pid):.0f} MB afterwards"
    )


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
        await asyncio.gather(*(ask(client, number) for number in range(max(FEWEST, int(rate * SECONDS)))))
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


def _first_visit(address: str) -> str:
    """What a first visit of the home page costs a browser, over visits with nothing kept from the one before."""
    paints: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for _ in range(VISITS):
            page = browser.new_page()
            transferred: list[int] = []
            page.on("requestfinished", lambda request, sizes=transferred: sizes.append(_transferred(request)))
            page.goto(address, wait_until="networkidle")
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            page.close()
        browser.close()
    kilobytes = sum(transferred) / 1000
    middle = sorted(paints)[len(paints) // 2]
    return f"home page: {kilobytes:.1f} kB transferred, first paint after {middle:.0f} ms, {max(paints):.0f} ms at most"


def _transferred(request: Request) -> int:
    sizes = request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]


async def _streamed(address: str, url: str, pid: int) -> tuple[list[float], int]:
    """The server's memory each second while clients follow a batch that moves, and how many events they were told."""
    with Store(url) as store:
        items = [NewItem(f"stream/{number}", RepositoryInfo("stream", str(number))) for number in range(200)]
        batch_id = store.batches.create(items, NewBatch("scan", "streams", "benchmark"))
    events, memory, end = 0, [], time.perf_counter() + STREAM_SECONDS

    async def follow(client: httpx.AsyncClient) -> None:
        nonlocal events
        async with client.stream("GET", f"{address}/api/v1/batches/{batch_id}/events") as answer:
            async for line in answer.aiter_lines():
                events += line.startswith("event:")

    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=STREAMS), timeout=60) as client:
        following = [asyncio.create_task(follow(client)) for _ in range(STREAMS)]
        while time.perf_counter() < end:
            with Store(url) as store:
                store.batches.prioritise(batch_id, 1 + int(time.perf_counter() * 1000) % 1_000_000, "benchmark")
            memory.append(_resident(pid))
            await asyncio.sleep(1)
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    return memory, events


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
    shown = {
        True: reports.report(repo="owner/name", commit="0" * 40).to_json(),
        False: reports.not_eligible("imports_torch", repo="owner/name", commit="0" * 40).to_json(),
    }
    with Store(url) as store:
        with store.changing() as session:
            derived.remove(session.connection())
        for first in range(0, repositories, _PORTION):
            some = range(first, min(first + _PORTION, repositories))
            with store.changing() as session:
                _insert(session, "repositories", [_repository(number, rng) for number in some])
                _insert(session, "scans", [_scan(number, rng, repositories, shown) for number in some])
                codes = [{"scan_id": number + 1, "code": "WS101"} for number in some if number < repositories // 10]
                _insert(session, "scan_codes", codes)
                _insert(session, "seeds", [_seed(number, rng) for number in some if number % 5 == 0])
        with store.changing() as session:
            derived.install(session.connection())
            session.execute(text("ANALYZE"))


def _insert(session: Session, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    if not rows:
        return
    columns = ", ".join(f'"{name}"' for name in rows[0])
    if session.get_bind().dialect.name != "postgresql":
        places = ", ".join(f":{name}" for name in rows[0])
        session.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), rows)  # noqa: S608 - ours
        return
    driver = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))


def _repository(number: int, rng: random.Random) -> dict[str, object]:
    stars = int(rng.paretovariate(0.8)) - 1
    return {
        "id": number + 1,
        "host": "github.com",
        "owner": f"owner{number // 50}",
        "name": f"name{number}",
        "stars": min(stars, 300_000),
        "state": "scanned",
        "first_seen": "2026-11-01 00:00:00",
        "last_seen": "2026-11-01 00:00:00",
    }


def _scan(number: int, rng: random.Random, repositories: int, shown: Mapping[bool, str]) -> dict[str, object]:
    eligible = number < repositories // 10
    verdict = rng.choice(list(_VERDICTS)) if eligible else "not_eligible"
    legacy, modern, torch_range = _VERDICTS.get(verdict, ("clean", "clean", rng.choice(["open", ">=1.9"])))
    return {
        "id": number + 1,
        "repository_id": number + 1,
        "commit": "0" * 40,
        "commit_date": f"{rng.randrange(2017, 2027)}-05-01",
        "analyzer_version": "1",
        "facts_version": 1,
        "eligible": eligible,
        "why_not_eligible": None if eligible else rng.choice(["no_torch", "no_loader", "no_draw"]),
        "legacy": legacy,
        "modern": modern,
        "verdict": verdict,
        "torch_range": torch_range,
        "imports_torch": True,
        "custom_code_in_loader": True,
        "numpy_draw": eligible,
        "draw_in_worker": eligible,
        "multiprocess_loader": eligible,
        "draw_kind": rng.choice(["global", "instance", "fixed"]) if eligible else None,
        "reseed": rng.choice(["none", "good", "constant"]) if eligible else None,
        "workers": rng.choice(["literal", "default"]) if eligible else None,
        "fsck_failed": False,
        "unread_files": 0,
        "seconds": 0.1,
        "finished_at": "2026-11-01 00:00:00",
        "is_latest": True,
        "report": shown[eligible],
    }


def _seed(number: int, rng: random.Random) -> dict[str, object]:
    value = rng.choice([0, 1, 42, 1234, 3407, rng.randrange(10_000)])
    place = {"api": "torch.manual_seed", "path": "train.py", "line": 9}
    return {"scan_id": number + 1, "position": 0, "value": value, **place, "looped": False}


if __name__ == "__main__":
    sys.exit(main())
