"""A long run over many small repositories fetched over HTTPS: memory, disk, and what kills leave behind.

    python -m benchmarks.steady COUNT [KILLS]

The repositories are made for the purpose, each when it is asked for, and served on loopback. With KILLS, the scanning
process is killed with SIGKILL that often, at random moments of the whole run, and started again: at the end every
repository has one scan, and neither processes nor temporary folders of the killed ones are left.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from benchmarks import madegit
from miner.settings import Settings, load_settings
from miner.store import BatchProgress, Filters, Store, batches, upgrade
from tests.support.githttps import GitHttpsServer

KEEP_MEGABYTES = 16
SAMPLED_SECONDS = 2.0
# A kill comes up to so long after a random number of repositories is done, while the process starts or works.
KILLED_WITHIN_SECONDS = 3.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measures and prints; ends with status 1 where something was lost, doubled or left behind."""
    count, kills = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    chance = random.Random(3)  # noqa: S311 - repeatable kills
    with tempfile.TemporaryDirectory(prefix="seedwatch-bench-") as folder:
        root = Path(folder)
        for name in ("data", "cache", "tmp"):
            (root / name).mkdir()
        targets = root / "targets"
        targets.write_text("".join(f"o/r{number:05}\n" for number in range(count)))
        with GitHttpsServer(root, root, instead=madegit.answer) as server:
            os.environ |= {
                "SEEDWATCH_DATA_DIR": str(root / "data"),
                "SEEDWATCH_CACHE_DIR": str(root / "cache"),
                "SEEDWATCH_GIT_URL": server.base_url,
                "SEEDWATCH_CA_FILE": str(server.ca_file),
                "SEEDWATCH_KEEP_MEGABYTES": str(KEEP_MEGABYTES),
                "TMPDIR": str(root / "tmp"),
            }
            good = run(root, targets, count, kills, chance)
    sys.exit(0 if good else 1)


def run(root: Path, targets: Path, count: int, kills: int, chance: random.Random) -> bool:
    """Scans all of them, killed so often; whether all is as it should be."""
    settings = load_settings()
    upgrade(settings.database_url)
    start = time.perf_counter()
    with Store(settings.database_url) as store:
        killed = sum(_killed(root, targets, store, done, chance) for done in _moments(count, kills, chance))
        samples = []
        with _scanning(root, targets) as process:
            while process.poll() is None:
                samples.append((_memory(process.pid), _disk(root / "cache" / "mirrors")))
                time.sleep(SAMPLED_SECONDS)
        if process.returncode:
            _say(f"it ended with {process.returncode}: {(root / 'log').read_text()[-2000:]}")
    seconds = time.perf_counter() - start
    time.sleep(3)  # processes whose parent was killed see so within a second
    whole = report(settings, count, killed, seconds)
    if samples:
        tell(samples)
    return whole and left_nothing(root)


def _moments(count: int, kills: int, chance: random.Random) -> list[int]:
    """How many are done when it is killed; not at the very end, when it might be over first."""
    return sorted(chance.randrange(count * 19 // 20) for _ in range(kills))


def _killed(root: Path, targets: Path, store: Store, done: int, chance: random.Random) -> bool:
    """Scans until so many are done, and a moment longer; whether there was somebody to kill then."""
    with _scanning(root, targets) as process:
        while process.poll() is None and _done(store) < done:
            time.sleep(0.05)
        time.sleep(chance.uniform(0, KILLED_WITHIN_SECONDS))
        if process.poll() is not None:
            return False
        process.kill()
    _say(f"killed with {_done(store):,} done")
    return True


def _scanning(root: Path, targets: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "seedwatch", "scan", "--from", str(targets)]
    with (root / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)


def _batches(store: Store) -> list[BatchProgress]:
    with store.reading() as session:
        return batches.newest(session, 100)


def _done(store: Store) -> int:
    return sum(batch.done for batch in _batches(store))


def report(settings: Settings, count: int, kills: int, seconds: float) -> bool:
    """What there is in the database at the end; whether that is one scan of each."""
    with Store(settings.database_url) as store:
        made = _batches(store)
        scans, cursor = [], None
        while True:
            page = store.list_repositories(Filters(state=("scanned",)), sort="name", cursor=cursor, limit=1000)
            scans += [len(store.list_scans(each.repository.id)) for each in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    double = sum(number != 1 for number in scans)
    _say(f"{count:,} repositories, {kills} kills, {seconds:.0f} s: {count - len(scans)} lost, {double} scanned twice")
    _say(f"{len(made)} batches, {_listed(made)}")
    return len(scans) == count and not double


def left_nothing(root: Path) -> bool:
    """Whether neither processes nor temporary files are left."""
    left = [*(root / "cache" / "work").glob("*"), *(root / "tmp").glob("*")]
    left += (root / "cache" / "mirrors").glob("once-*")
    orphans = _orphans(root)
    _say(f"left behind: {len(orphans)} processes, {len(left)} temporary files and folders")
    for each in [*orphans, *map(str, left)]:
        _say(f"  {each}")
    return not orphans and not left


def tell(samples: list[tuple[float, float]]) -> None:
    """What the last process took, through the run."""
    fifth = max(1, len(samples) // 5)
    memory = [_mean(samples[place * fifth : (place + 1) * fifth] or samples[-1:]) for place in range(5)]
    _say(f"memory of all processes, fifth by fifth: {', '.join(f'{each:.0f}' for each in memory)} MB")
    _say(f"kept on disk: {max(disk for _, disk in samples):.1f} MB at most, of {KEEP_MEGABYTES} allowed")


def _listed(made: list[BatchProgress]) -> str:
    return "; ".join(f"{batch.state}: {batch.done:,} of {batch.total:,}, {batch.failed:,} failed" for batch in made)


def _mean(samples: list[tuple[float, float]]) -> float:
    return sum(memory for memory, _ in samples) / len(samples)


def _memory(pid: int) -> float:
    """Megabytes in memory of a process and all below it."""
    total = 0
    for each in [pid, *_below(pid)]:
        try:
            total += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * _PAGE
        except (OSError, IndexError):
            continue
    return total / 1e6


def _below(pid: int) -> list[int]:
    try:
        children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [each for child in children for each in (child, *_below(child))]


def _disk(folder: Path) -> float:
    blocks = 0
    for above, _, names in os.walk(folder):
        for path in (Path(above), *(Path(above, name) for name in names)):
            with suppress(OSError):  # removed in the meantime
                blocks += os.lstat(path).st_blocks
    return blocks * 512 / 2**20


def _orphans(root: Path) -> list[str]:
    """Processes that were started for this run and are still there."""
    own = f"SEEDWATCH_DATA_DIR={root}/data".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(folder.name) != os.getpid() and own in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
