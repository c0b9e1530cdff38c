"""Kept repositories: an update costs what changed, the disk has a bound, a killed process leaves nothing in the way."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from miner.errors import FetchFailed, Gone
from miner.git import GitTree
from miner.gitfetch import MOST_PACKS, Fetched, FetchLimits, fetch
from miner.mirrors import MEGABYTE, Mirrors
from tests.support.githttps import GitHttpsServer
from tests.support.hostile import ObjectWriter

LIMITS = FetchLimits(seconds=60)
NOISE = os.urandom(600_000)


@pytest.fixture
def writer(server: GitHttpsServer) -> ObjectWriter:
    return ObjectWriter(server.repository("o/n"))


def fetched(server: GitHttpsServer, folder: Path, size_kb: int | None = None, limits: FetchLimits = LIMITS) -> Fetched:
    return fetch(
        server.url("o/n"), folder, oid=None, limits=limits, ca_file=server.ca_file, user_agent="test", size_kb=size_kb
    )


def contents(folder: Path) -> dict[str, bytes | None]:
    tree = GitTree.open(folder)
    return {entry.path: content for entry, content in tree.read(tree.entries())}


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_in_two_steps_only_what_the_analysis_may_ask_for_is_fetched(
    server: GitHttpsServer, writer: ObjectWriter, tmp_path: Path
) -> None:
    files = {b"a.py": b"import torch\n", b"requirements.txt": b"torch\n", b"picture.png": NOISE, b"data.csv": NOISE}
    writer.commit(writer.tree({**files, b"book.ipynb": b"{}", b"configs/train.json": b"{}"}))
    found = contents(fetched(server, tmp_path / "d").path)
    assert {path for path, content in found.items() if content is None} == {"data.csv", "picture.png"}
    assert found["a.py"] == b"import torch\n"
    assert bytes_in(tmp_path / "d") < 100_000


def test_what_is_large_and_looks_like_code_is_fetched_by_size_instead(
    server: GitHttpsServer, writer: ObjectWriter, tmp_path: Path
) -> None:
    writer.commit(writer.tree({b"a.py": b"import torch\n", b"weights.yaml": NOISE * 4}))
    limits = FetchLimits(seconds=60, pack_bytes=MEGABYTE)
    assert contents(fetched(server, tmp_path / "d", limits=limits).path) == {
        "a.py": b"import torch\n",
        "weights.yaml": None,
    }


@pytest.mark.parametrize("size_kb", [None, 10], ids=["two steps", "by size"])
def test_an_update_of_what_is_kept_costs_what_changed(
    server: GitHttpsServer, writer: ObjectWriter, tmp_path: Path, size_kb: int | None
) -> None:
    first = writer.commit(writer.tree({b"a.py": b"one\n", b"big.py": NOISE}))
    kept = tmp_path / "kept"
    assert fetched(server, kept, size_kb).oid == first
    before = bytes_in(kept)
    second = writer.git("commit-tree", writer.tree({b"a.py": b"two\n", b"big.py": NOISE}), "-p", first, "-m", "more")
    writer.git("update-ref", "HEAD", second)
    assert fetched(server, kept, size_kb).oid == second
    assert contents(kept) == {"a.py": b"two\n", "big.py": NOISE}
    assert bytes_in(kept) - before < 50_000


def test_a_history_that_was_written_anew_is_followed(
    server: GitHttpsServer, writer: ObjectWriter, tmp_path: Path
) -> None:
    writer.commit(writer.tree({b"a.py": b"one\n"}))
    fetched(server, tmp_path / "kept")
    other = writer.commit(writer.tree({b"b.py": b"other\n"}))
    assert fetched(server, tmp_path / "kept").oid == other
    assert contents(tmp_path / "kept") == {"b.py": b"other\n"}


def test_what_is_kept_and_damaged_is_fetched_anew(server: GitHttpsServer, writer: ObjectWriter, tmp_path: Path) -> None:
    commit = writer.commit(writer.tree({b"a.py": b"one\n"}))
    kept = tmp_path / "kept"
    fetched(server, kept)
    for pack in (kept / "objects" / "pack").iterdir():
        pack.chmod(0o600)
        pack.write_bytes(b"rubbish")
    assert fetched(server, kept).oid == commit
    assert contents(kept) == {"a.py": b"one\n"}


def test_what_a_killed_git_leaves_is_in_nobodys_way(
    server: GitHttpsServer, writer: ObjectWriter, tmp_path: Path
) -> None:
    first = writer.commit(writer.tree({b"a.py": b"one\n"}))
    kept = tmp_path / "kept"
    fetched(server, kept)
    for left in ("shallow.lock", "refs/x.lock", "objects/pack/tmp_pack_abc", "config.lock"):
        (kept / left).write_bytes(b"left")
    second = writer.git("commit-tree", writer.tree({b"a.py": b"two\n"}), "-p", first, "-m", "more")
    writer.git("update-ref", "HEAD", second)
    assert fetched(server, kept).oid == second
    assert not list(kept.rglob("*.lock"))
    assert not list(kept.rglob("tmp_*"))


def test_after_many_updates_it_is_fetched_anew(server: GitHttpsServer, writer: ObjectWriter, tmp_path: Path) -> None:
    commit = writer.commit(writer.tree({b"a.py": b"one\n"}))
    kept = tmp_path / "kept"
    fetched(server, kept)
    packs = kept / "objects" / "pack"
    for number in range(MOST_PACKS + 1):
        (packs / f"pack-{number:040x}.pack").touch()
    assert fetched(server, kept).oid == commit
    assert len(list(packs.glob("*.pack"))) < 5


def test_nothing_is_kept_of_what_is_gone(server: GitHttpsServer, writer: ObjectWriter, tmp_path: Path) -> None:
    writer.commit(writer.tree({b"a.py": b"one\n"}))
    kept = tmp_path / "kept"
    fetched(server, kept)
    server.repository("o/n").rename(tmp_path / "away")
    with pytest.raises((Gone, FetchFailed)):
        fetched(server, kept)
    assert not kept.exists()


def fill(mirrors: Mirrors, url: str, size: int) -> Path:
    with mirrors.holding(url) as folder:
        folder.mkdir(exist_ok=True)
        (folder / "pack").write_bytes(b"x" * size)
    return folder


def test_those_used_longest_ago_make_room(tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path / "mirrors", 7 * MEGABYTE // 2)
    folders = []
    for number in range(4):
        folders.append(fill(mirrors, f"https://h/{number}", MEGABYTE - 4096))
        time.sleep(0.01)
    fill(mirrors, "https://h/0", MEGABYTE - 4096)
    assert [folder.exists() for folder in folders] == [True, False, True, True]


def test_those_that_fit_are_not_looked_at(tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path / "mirrors", 3 * MEGABYTE)
    kept = fill(mirrors, "https://h/0", MEGABYTE)
    (tmp_path / "mirrors" / "shrinking.lock").unlink()
    fill(mirrors, "https://h/1", MEGABYTE)
    assert not (tmp_path / "mirrors" / "shrinking.lock").exists()
    fill(mirrors, "https://h/2", MEGABYTE)
    assert (tmp_path / "mirrors" / "shrinking.lock").exists()
    assert not kept.exists()


def test_what_another_process_uses_stays_and_is_not_shared(tmp_path: Path) -> None:
    mirrors = Mirrors(tmp_path / "mirrors", MEGABYTE)
    with mirrors.holding("https://h/a") as first, mirrors.holding("https://h/a") as second:
        assert first != second
        first.mkdir()
        mirrors.let_go("https://h/a")
        assert first.exists()
    assert not second.exists()
    mirrors.let_go("https://H/A")
    assert not first.exists()


def test_a_budget_of_nothing_keeps_nothing(tmp_path: Path) -> None:
    folder = fill(Mirrors(tmp_path / "mirrors", 0), "https://h/a", 10)
    assert not folder.exists()
    assert not list((tmp_path / "mirrors").glob("*.git"))


def test_what_a_killed_process_held_is_free_and_counted_and_what_was_temporary_removed(tmp_path: Path) -> None:
    folder = tmp_path / "mirrors"
    hold = (
        "import time, pathlib; from miner.mirrors import Mirrors\n"
        f"mirrors = Mirrors(pathlib.Path({str(folder)!r}), 10**9)\n"
        "with mirrors.holding('https://h/a') as kept, mirrors.holding('https://h/a') as once:\n"
        "    kept.mkdir(); once.mkdir(); (kept / 'pack').write_bytes(b'x' * 2**20)\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "held\n"
        mirrors = Mirrors(folder, MEGABYTE)
        with mirrors.holding("https://h/a") as other:
            assert not other.exists()
        process.kill()
        process.wait()
    assert len(list(folder.glob("once-*.git"))) == 1
    with mirrors.holding("https://h/a") as kept:
        assert kept.exists()
        mirrors.shrink()
        assert kept.exists()
    assert not kept.exists()
    assert not list(folder.glob("once-*"))
