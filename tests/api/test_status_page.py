"""The page of what is going on, and lists as CSV."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from api.app import create_app
from miner import exports
from miner.settings import Settings
from miner.store import NewItem, RepositoryInfo, Store
from miner.store.records import NewBatch
from tests.api import samples
from tests.api.conftest import serving
from tests.api.test_rest import follow, names


def test_what_goes_on_is_on_one_page(store: Store, tmp_path: Path, browser: Browser) -> None:
    samples.populate(store)
    store.batches.create([NewItem("a/b", RepositoryInfo("a", "b"))], NewBatch(kind="scan", title="x", created_by="cli"))
    exports.make(store, tmp_path / "exports", datetime(2026, 11, 21, 12, tzinfo=UTC))
    settings = Settings(database_url=store.url, data_dir=tmp_path)
    with serving(create_app(settings)) as address:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(f"{address}/status")
        assert "1 repository waits or is being read now." in page.inner_text(".lede")
        assert "0 of 1" in page.get_by_role("row", name="scan 1").inner_text()
        assert page.locator("#days").is_visible()
        found = Axe().run(page)
        assert [one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        with page.expect_download() as download:
            page.get_by_role("link", name="findings.csv").click()
        assert download.value.path().read_text().startswith("host,owner,name,commit")
        page.close()


def test_nothing_yet_is_said_in_words(empty_client: TestClient) -> None:
    page = empty_client.get("/status").text
    assert "Nothing waits to be scanned." in page
    assert page.count("None ") == 3


def test_a_list_is_taken_along_as_it_is_shown(either_client: TestClient) -> None:
    for query in ("sort=name", "verdict=affected,affected_on_old_torch&sort=stars", "text=crops"):
        page = either_client.get(f"/explore?{query}").text
        answer = either_client.get(f"/explore.csv?{query}")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        address = f"/api/v1/repos?{query}".replace(",", "&verdict=")
        assert [f"{row['owner']}/{row['name']}" for row in rows] == names(follow(either_client, address))
        assert all(row["page"].replace("&", "&amp;") in page for row in rows)


def test_a_name_is_no_formula(store: Store) -> None:
    store.upsert_found([RepositoryInfo("=cmd", "+1")], source="test")
    with TestClient(create_app(Settings(database_url=store.url))) as client:
        assert "'=cmd,'+1," in client.get("/explore.csv").text
