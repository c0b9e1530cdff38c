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
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Final

import httpx
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Request, sync_playwright

from api.app import create_app
from benchmarks.service_data import SEED, database, generate, is_made
from miner.settings import Settings
from miner.store import NewBatch, NewItem, RepositoryInfo, Store
from tests.api.conftest import chromium

SECONDS: Final = 8.0
FEWEST: Final = 60
TURNS: Final = 4
SLOWEST: Final = 2.0
CONNECTIONS: Final = 16
VISITS: Final = 10
STREAMS: Final = 50
STREAM_SECONDS: Final = 20.0

ONE: Final = {
    "report": ["/api/v1/repos/github.com/owner{owner}/name{number}"],
    "report by lookup": ["/api/v1/lookup?url=https://github.com/Owner{owner}/Name{number}"],
    "badge": ["/badge/github.com/owner{owner}/name{number}.svg"],
    "repository page": ["/repos/github.com/owner{owner}/name{number}"],
    "home page": ["/"],
}
MANY: Final = {
    "list": [
        "/api/v1/repos",
        "/api/v1/repos?sort=stars",
        "/api/v1/repos?sort=recent&scanned=true",
        "/api/v1/repos?sort=name",
        "/api/v1/repos?limit=200",
        "/api/v1/repos?verdict=affected&sort=worst",
        "/api/v1/repos?verdict=mitigated&torch_range=open",
        "/api/v1/repos?legacy=duplicate&min_stars=100&sort=stars",
        "/api/v1/repos?modern=epoch_repeat&sort=name",
        "/api/v1/repos?modern=epoch_repeat&legacy=duplicate",
        "/api/v1/repos?owner=owner{owner}",
        "/api/v1/repos?text=name{number}",
        "/api/v1/repos?text=nowhere",
        "/api/v1/repos?check=RP108&sort=stars",
        "/api/v1/repos?check=RP101&sort=name",
        "/api/v1/repos?source=dependents&sort=stars",
        "/api/v1/repos?source=nowhere",
        "/api/v1/repos?stars=1000%2B&eligible=true&verdict=affected",
        "/api/v1/repos?fork=true&archived=true&min_stars=1000",
        "/api/v1/repos?pushed_after=2026-09-15T00:00:00Z&verdict=affected",
        "/api/v1/repos?year=2019&draw_kind=fixed&reseed=constant",
        "/api/v1/repos?state=queued",
        "/api/v1/repos?year=unknown",
        "/api/v1/repos?seed=42",
        "/api/v1/repos?seed_runs=many",
        *(f"/api/v1/repos?seeded={group}" for group in ("everything", "something", "nothing")),
        "/api/v1/repos?seed_runs=none",
        "/api/v1/repos?scanned=false",
        "/api/v1/repos?modern=unknown",
        "/api/v1/repos?passed=draw_in_worker&scanned=true",
        *(
            f"/api/v1/repos?as_of=2026-{{month:02}}-{{day:02}}&eligible=true&{rest}"
            for rest in ("affected=true", "legacy=duplicate&year=2019", "stars=1000%2B", "check=RP101", "sort=name")
        ),
        "/api/v1/repos?as_of=2026-{month:02}-{day:02}&seeded=nothing",
        "/api/v1/repos?as_of=2026-{month:02}-{day:02}&sort=recent",
        "/api/v1/repos?as_of=2026-08-{day:02}",
        "/api/v1/stats/history/lives",
        "/api/v1/stats/history/lives?min_days=100&seen_to_end=true",
        "/api/v1/stats/fixes/commits?works=false",
        "/api/v1/stats/trend/2024/rows",
        "/api/v1/stats/estimates/benchmark/legacy/rows?of=contents",
        "/history/lives",
        "/explore",
        "/explore?verdict=affected&sort=stars",
        "/explore?text=name{number}",
    ],
    "statistic": [
        "/api/v1/stats/prevalence",
        *(f"/api/v1/stats/prevalence?by={by}" for by in ("verdict", "torch_range", "year", "stars", "draw_kind")),
        *(f"/api/v1/stats/prevalence?by={by}" for by in ("reseed", "workers", "check")),
        "/api/v1/stats/prevalence?as_of=2026-10-15",
        *(
            f"/api/v1/stats/prevalence?by={by}&as_of=2026-{{month:02}}-{{day:02}}"
            for by in ("verdict", "torch_range", "year", "stars", "check", "draw_kind", "reseed", "workers")
        ),
        "/api/v1/stats/prevalence?population=sample",
        "/api/v1/stats/prevalence?population=sample&by=check",
        "/api/v1/stats/progress",
        "/api/v1/stats/fixes",
        "/api/v1/stats/trend",
        "/api/v1/stats/seeds",
        "/api/v1/stats/history",
        "/seeds",
        "/status",
    ],
}


def main() -> None:
    """Makes the database, serves it, asks, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repositories", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true", help="on a server of its own, in place of SQLite")
    parser.add_argument("--database", metavar="URL", help="an empty one to be kept, or one that was kept before")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for how long each address of ONE is asked")
    parser.add_argument("--only", metavar="WORD", default="", help="one part: one, list, statistic or rest")
    asked = parser.parse_args()
    started = time.perf_counter()
    with nullcontext(asked.database) if asked.database else database(asked.postgresql) as url:
        if not (asked.database and is_made(url)):
            generate(url, asked.repositories)
            print(f"{asked.repositories:,} repositories made in {time.perf_counter() - started:.0f} s")  # noqa: T201
        with _served(url) as (address, process):
            _measure(address, asked.repositories, url, process, asked.only, asked.seconds)
    print(f"all of it took {time.perf_counter() - started:.0f} s")  # noqa: T201


def _measure(address: str, repositories: int, url: str, pid: int, only: str, seconds: float) -> None:
    bare = f"{address}/bare"
    rate = max(SLOWEST, asyncio.run(_throughput([bare], seconds / 2)) / 2)
    print(f"load {' '.join(Path('/proc/loadavg').read_text('ascii').split()[:3])}")  # noqa: T201
    print(f"bare route: {2 * rate:,.0f} a second; the others at {rate:,.0f} or half of what they can take")  # noqa: T201
    if only in ("", "one"):
        print("| | a second | p50 ms | p95 ms | p99 ms | bare p95, p99 | times p95, p99 |")  # noqa: T201
        for name, patterns in ONE.items():
            _row(name, bare, _filled(address, patterns, repositories), rate, seconds)
    for name, patterns in MANY.items():
        if only in ("", name):
            for pattern in patterns:
                _row(pattern, bare, _filled(address, [pattern], repositories), rate, seconds / 2)
    if only in ("", "rest"):
        _rest(address, url, pid)


def _rest(address: str, url: str, pid: int) -> None:
    print(f"right after a write: {_seconds_to_see(address, url):.2f} s")  # noqa: T201
    print(_first_visit(address))  # noqa: T201
    before = _resident(pid)
    meanwhile, events = asyncio.run(_streamed(address, url, pid))
    print(  # noqa: T201
        f"{STREAMS} event streams for {STREAM_SECONDS:.0f} s: {events:,} events; memory of the server {before:.0f} MB "
        f"before, {min(meanwhile):.0f} to {max(meanwhile):.0f} MB meanwhile, {_resident(pid):.0f} MB afterwards"
    )


def _filled(address: str, patterns: Sequence[str], repositories: int) -> list[str]:
    """Addresses of eligible repositories, always the same ones."""
    rng = random.Random(SEED)  # noqa: S311
    numbers = [10 * rng.randrange(repositories // 10) for _ in range(500)]
    return [
        address + one.format(owner=number // 50, number=number, day=1 + number // 10 % 20, month=9 + number % 3)
        for number in numbers
        for one in patterns
    ]


def _row(name: str, bare: str, addresses: Sequence[str], rate: float, seconds: float) -> None:
    """One that fails is a row that says so, and the rest is measured."""
    try:
        _measured(name, bare, addresses, rate, seconds)
    except httpx.HTTPError as error:
        print(f"| {name} | {type(error).__name__}: {error} |", flush=True)  # noqa: T201


def _measured(name: str, bare: str, addresses: Sequence[str], rate: float, seconds: float) -> None:
    """Turn by turn with the bare route, so that whatever else the machine does meets both."""
    own = max(SLOWEST, min(rate, 0.5 * asyncio.run(_throughput(addresses, seconds / 4))))
    times: list[float] = []
    base: list[float] = []
    for _ in range(TURNS):
        base += asyncio.run(_paced([bare], rate, seconds / TURNS / 2))
        times += asyncio.run(_paced(addresses, own, seconds / TURNS))
    mine = [_at(times, share) for share in (0.5, 0.95, 0.99)]
    its = [_at(base, share) for share in (0.5, 0.95, 0.99)]
    print(  # noqa: T201
        f"| {name} | {own:,.0f} | {mine[0]:.1f} | {mine[1]:.1f} | {mine[2]:.1f} | {its[1]:.1f}, {its[2]:.1f} "
        f"| {mine[1] / its[1]:.1f}, {mine[2] / its[2]:.1f} |",
        flush=True,
    )


def _at(times: Sequence[float], share: float) -> float:
    """Milliseconds within which this share of the answers came."""
    return 1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))]


async def _throughput(addresses: Sequence[str], seconds: float) -> float:
    """How many requests a second are answered when each connection asks again at once."""
    done, start = 0, time.perf_counter()

    async def ask(client: httpx.AsyncClient, first: int) -> None:
        nonlocal done
        place = first
        while time.perf_counter() < start + seconds:
            (await client.get(addresses[place % len(addresses)])).raise_for_status()
            place, done = place + 1, done + 1

    async with _client() as client:
        await asyncio.gather(*(ask(client, place) for place in range(CONNECTIONS)))
    return done / (time.perf_counter() - start)


async def _paced(addresses: Sequence[str], rate: float, seconds: float) -> list[float]:
    """How long each answer took, counted from when it was due."""
    times: list[float] = []
    start = time.perf_counter()

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        due = start + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        (await client.get(addresses[number % len(addresses)])).raise_for_status()
        times.append(time.perf_counter() - due)

    async with _client() as client:
        await asyncio.gather(*(ask(client, number) for number in range(max(FEWEST // TURNS, int(rate * seconds)))))
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


if __name__ == "__main__":
    sys.exit(main())
