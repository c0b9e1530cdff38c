"""Exports: the tables say what the API says, and their manifest what they are."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient
from pyarrow import BufferReader, parquet

from api.app import create_app
from miner import exports
from miner.settings import Settings
from miner.store import Store, repositories
from tests.api import samples
from tests.api.test_rest import problem

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_an_export_is_what_the_list_shows_in_both_forms(store: Store, tmp_path: Path) -> None:
    samples.populate(store)
    samples.add_hostile(store)
    with store.changing() as session:
        repositories.remember_local(session, "/somewhere/here", "here", NOW)
    exports.make(store, tmp_path / "exports", NOW)
    with TestClient(create_app(Settings(database_url=store.url, data_dir=tmp_path))) as client:
        (export,) = client.get("/api/v1/exports").json()["items"]
        files = {file["name"]: file for file in export["files"]}
        content = {name: client.get(file["url"]) for name, file in files.items()}
        problem(client.get("/api/v1/exports/2020-01-01T000000Z/findings.csv"), 404, "not-found")
        listed = [line.repository for line in store.list_repositories(limit=1000).items]
    assert (export["schema"], export["licence"], export["name"]) == (exports.SCHEMA, "CC-BY-4.0", "2026-11-21T120000Z")
    for name, file in files.items():
        assert hashlib.sha256(content[name].content).hexdigest() == file["sha256"]
        assert "immutable" in content[name].headers["cache-control"]
    for table in ("repositories", "findings"):
        rows = list(csv.DictReader(io.StringIO(content[f"{table}.csv"].text)))
        columns = parquet.read_table(BufferReader(content[f"{table}.parquet"].content))
        assert len(rows) == columns.num_rows == export[table]
        assert [row["name"] for row in rows] == columns["name"].to_pylist()
    public = [repository for repository in listed if repository.host != "local"]
    assert export["repositories"] == len(public)
    (folder,) = (tmp_path / "exports").iterdir()
    assert exports.manifest(folder)["local_repositories_left_out"] == len(listed) - len(public) == 1
    assert export["findings"] > 0


def test_an_export_is_never_changed(store: Store, tmp_path: Path) -> None:
    folder = exports.make(store, tmp_path, NOW)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    samples.populate(store)
    exports.make(store, tmp_path, NOW.replace(hour=13))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_notebook_reads_an_export(store: Store, tmp_path: Path) -> None:
    samples.populate(store)
    folder = exports.make(store, tmp_path, NOW)
    cells = json.loads(Path("docs/export.ipynb").read_text())["cells"]
    program = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")
    ran = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "EXPORT": str(folder)}, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    whole = store.prevalence()[0]
    assert f"{whole.affected} of {whole.eligible} eligible repositories" in ran.stdout
