"""Results go from one database into another, once, and hold no code."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from miner import snapshots
from miner.errors import BadInput
from miner.store import Store, upgrade
from tests.api import samples

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def written(store: Store, tmp_path: Path) -> Path:
    samples.populate(store)
    path = tmp_path / "snapshot.jsonl.gz"
    assert snapshots.write(store, path, note="made for a test", now=NOW) >= 5
    return path


def test_what_is_written_is_read_and_loaded_once(written: Path, store: Store, tmp_path: Path) -> None:
    found = snapshots.read(written)
    assert (found.made_at, found.note) == (NOW, "made for a test")
    url = f"sqlite:///{tmp_path / 'other.db'}"
    upgrade(url)
    with Store(url) as other:
        assert snapshots.load(other, found) == len(found.entries)
        assert snapshots.load(other, found) == 0
        assert other.prevalence()[0].verdicts == store.prevalence()[0].verdicts
        crops = other.get_repository("github.com", "north-lab", "crops")
        assert crops is not None
        assert other.get_sources(crops.id) == ["snapshot"]
        again = tmp_path / "again.jsonl.gz"
        snapshots.write(other, again, note="made for a test", now=NOW)
    assert again.read_bytes() == written.read_bytes()


def test_what_was_scanned_elsewhere_long_ago_is_first_seen_here_when_it_is_loaded(
    written: Path, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    upgrade(url)
    with Store(url) as other:
        snapshots.load(other, snapshots.read(written))
        crops = other.get_repository("github.com", "north-lab", "crops")
    assert crops is not None
    assert NOW < crops.first_seen <= crops.last_seen


def test_what_was_scanned_here_stays(written: Path, store: Store) -> None:
    assert snapshots.load(store, snapshots.read(written)) == 0


def test_a_snapshot_holds_no_code(written: Path) -> None:
    text = gzip.decompress(written.read_bytes()).decode()
    code = [
        line.strip() for excerpt in samples.EXCERPTS for line in excerpt.text.splitlines() if len(line.strip()) > 20
    ]
    assert code
    assert not [line for line in code if line in text]
    assert json.loads(text.splitlines()[0])["schema"] == snapshots.SCHEMA


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b\x08", gzip.compress(b'{"schema": "other/9"}\n'), gzip.compress(b"[]\n")]
)
def test_what_is_no_snapshot_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.gz").write_bytes(content)
    with pytest.raises(BadInput, match=r"x\.gz is "):
        snapshots.read(tmp_path / "x.gz")


def test_what_cannot_be_written_is_said_so(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"x\.gz cannot be written: No such file or directory"):
        snapshots.write(store, tmp_path / "missing" / "x.gz", note="made for a test", now=NOW)
