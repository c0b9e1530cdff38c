"""From a repository on a git server to a page in a browser, on real parts."""

import json
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from seedwatch.demo.build import Demo, build, demos
from tests.e2e.processes import seedwatch, serving
from tests.support.githttps import GitHttpsServer, Request


@pytest.fixture
def settings(git_server: GitHttpsServer, tmp_path: Path) -> dict[str, str]:
    """An installation of its own, for which the git server is GitHub."""
    for demo in demos():
        open_one = under_a_licence(demo, tmp_path / "licensed")
        build(open_one, git_server.root / "octo").rename(git_server.repository(f"octo/{demo.name}"))
    return {
        "SEEDWATCH_DATA_DIR": str(tmp_path / "data"),
        "SEEDWATCH_CACHE_DIR": str(tmp_path / "cache"),
        "SEEDWATCH_GIT_URL": git_server.base_url,
        "SEEDWATCH_CA_FILE": str(git_server.ca_file),
    }


def under_a_licence(demo: Demo, folder: Path) -> Demo:
    """The demonstration with a licence from its first commit on: of other code no line is shown."""
    first, *later = demo.commits
    files = Path(shutil.copytree(first.files, folder / demo.name))
    (files / "LICENSE").write_text("Do with it what you like.\n")
    return replace(demo, commits=(replace(first, files=files), *later))


def test_from_a_git_server_over_the_database_and_the_api_to_a_page(
    settings: dict[str, str], browser: Browser, tmp_path: Path
) -> None:
    targets = tmp_path / "targets.txt"
    targets.write_text("octo/street-crops\nocto/night-drive  # mended\n\n# later\nhttps://github.com/octo/nowhere\n")

    scanned = seedwatch("scan", "--from", str(targets), "octo/molecule-turns", env=settings)
    assert scanned.returncode == 0, scanned.stderr
    assert "octo/street-crops" in scanned.stdout
    assert "3 scanned, 1 gone" in scanned.stdout

    again = seedwatch("scan", "--from", str(targets), env=settings)
    assert "2 unchanged, 1 gone" in again.stdout

    with closing(sqlite3.connect(tmp_path / "data" / "seedwatch.db")) as database, database:
        rows = database.execute(
            "SELECT owner || '/' || name, state, verdict FROM repositories "
            "LEFT JOIN scans ON repository_id = repositories.id AND is_latest ORDER BY 1"
        ).fetchall()
    database.close()
    assert rows == [
        ("octo/molecule-turns", "scanned", "not_eligible"),
        ("octo/night-drive", "scanned", "mitigated"),
        ("octo/nowhere", "gone", None),
        ("octo/street-crops", "scanned", "affected_on_old_torch"),
    ]

    with serving(env=settings) as address:
        answer = httpx.get(f"{address}/api/v1/repos/github.com/octo/street-crops").raise_for_status().json()
        assert answer["report"]["verdict"] == "affected_on_old_torch"
        assert answer["report"]["commit"] == answer["scan"]["commit"]
        unknown = httpx.get(f"{address}/api/v1/repos/github.com/octo/never-seen")
        assert unknown.status_code == 404
        assert unknown.headers["content-type"] == "application/problem+json"
        assert "seedwatch scan octo/never-seen" in unknown.text

        page = Looking(browser, address)
        page.goes_to("/")
        page.finds("octo/street-crops")
        expect(page.page).to_have_url(f"{address}/repos/github.com/octo/street-crops")
        expect(page.page.locator(".verdict")).to_contain_text("affected on old PyTorch")
        expect(page.page.locator("main")).to_contain_text("top = np.random.randint(0, picture.shape[-2] - self.size)")
        page.goes_to("/repos/github.com/octo/night-drive")
        expect(page.page.locator(".verdict")).to_contain_text("mitigated")
        page.goes_to("/repos/github.com/octo/never-seen", status=404)
        expect(page.page.locator("main")).to_contain_text("seedwatch scan octo/never-seen")
        page.closes()


def test_a_worker_does_what_a_person_asks_for_on_the_pages(
    git_server: GitHttpsServer, settings: dict[str, str], browser: Browser
) -> None:
    made = seedwatch("token", "make", "page", "--scope", "batches", env=settings)
    page_of = "/repos/github.com/octo/tile-stream"
    batch = "octo/street-crops\nocto/night-drive\nocto/depth-maps\nocto/point-clouds\nocto/handwriting\nocto/nowhere"
    with serving(env=settings) as address:
        looking = Looking(browser, address, secret=made.stdout.split()[-1])
        watched = looking.page.locator("[data-batch]")

        looking.goes_to(page_of, status=404)
        with held(git_server):
            looking.presses("Scan now")
            looking.sees("Being scanned now.")
        expect(looking.page.locator(".verdict")).to_contain_text("affected", timeout=30_000)
        expect(looking.page).to_have_url(f"{address}{page_of}#scan")

        looking.goes_to("/batches")
        looking.page.get_by_label("or these, one a line").fill(batch)
        with held(git_server):
            looking.presses("Start")
            looking.sees("Running: 0 of 6 repositories done")
            expect(watched).to_contain_text("under way", timeout=30_000)
            looking.presses("Pause")
            looking.sees("Paused: 0 of 6 repositories done")
        # What was under way comes to its end, and no more is begun.
        expect(watched).not_to_contain_text("under way", timeout=30_000)
        expect(watched).to_contain_text("Paused:")
        looking.presses("Go on")
        looking.sees("Finished: 6 of 6 repositories done.")
        looking.sees("1 gone, 5 with a new result")

        looking.goes_to("/batches")
        looking.page.get_by_label("or these, one a line").fill(batch)
        with held(git_server):
            looking.presses("Start")
            expect(watched).to_contain_text("under way", timeout=30_000)
            looking.presses("Cancel")
            looking.sees("Being cancelled:")
        looking.sees("Cancelled: 6 of 6 repositories done.")
        looking.closes()


@contextmanager
def held(git_server: GitHttpsServer) -> Iterator[None]:
    """While it runs, who asks the git server for anything waits."""
    going = threading.Event()

    def wait(_: Request) -> None:
        going.wait(60)

    git_server.instead = wait
    try:
        yield
    finally:
        going.set()


def test_the_demonstration_is_served_and_its_funnel_is_that_of_its_reports(browser: Browser, tmp_path: Path) -> None:
    settings = {"SEEDWATCH_DATA_DIR": str(tmp_path / "data"), "SEEDWATCH_CACHE_DIR": str(tmp_path / "cache")}
    with serving(env=settings, command=("demo",)) as address:
        with closing(sqlite3.connect(tmp_path / "data" / "seedwatch.db")) as database, database:
            reports = [json.loads(text) for (text,) in database.execute("SELECT report FROM scans WHERE is_latest")]
            demonstrated = database.execute(
                "SELECT count(*) FROM scans JOIN repositories ON repositories.id = repository_id"
                " WHERE is_latest AND host = 'local'"
            ).fetchone()[0]
        database.close()
        page = Looking(browser, address)
        page.goes_to("/")
        shown = page.page.locator("table", has_text="import torch").first.locator("tbody tr")
        counts = [int(row.locator("td").nth(1).inner_text()) for row in shown.all()]
        page.walks(["/estimates", "/history", "/seeds", "/batches", "/batches/1", "/status", "/method", "/api"])
        page.goes_to("/explore?text=local")
        page.finds("depth-maps")
        page.page.get_by_role("link", name="depth-maps").click()
        expect(page.page.locator(".verdict")).to_contain_text("affected")
        expect(page.page.locator(".diff .came").first).to_be_visible()
        page.walks(f"/repos/local/-/{demo.name}" for demo in demos())
        page.closes()

    steps = ["imports_torch", "custom_code_in_loader", "numpy_draw", "draw_in_worker", "multiprocess_loader"]
    expected = [len(reports)] + [sum(report["funnel"][step] for report in reports) for step in steps]
    expected.append(sum(report["verdict"].startswith("affected") for report in reports))
    assert counts == expected
    # Beside its own eleven it shows the public repositories that come with it.
    assert demonstrated == 11
    assert len(reports) > 150


class Looking:
    """A person at a browser: goes somewhere, types, and sees to it that nothing is fetched from elsewhere or fails."""

    def __init__(self, browser: Browser, address: str, secret: str = "") -> None:
        self.address = address
        self.secret = secret
        self.page: Page = browser.new_page()
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def goes_to(self, path: str, *, status: int = 200) -> None:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == status

    def walks(self, paths: Iterable[str]) -> None:
        """Looks at each of these pages: it has a heading, and fits a phone."""
        self.page.set_viewport_size({"width": 390, "height": 800})
        for path in paths:
            self.goes_to(path)
            expect(self.page.get_by_role("heading", level=1)).to_be_visible()
            assert self.page.evaluate("document.documentElement.scrollWidth") == 390, path
        self.page.set_viewport_size({"width": 1280, "height": 800})

    def finds(self, text: str) -> None:
        """Types into the search box and presses Enter."""
        box = self.page.get_by_role("searchbox").or_(self.page.get_by_role("textbox")).first
        box.fill(text)
        box.press("Enter")

    def sees(self, text: str) -> None:
        """Waits until the page tells that: a worker takes its time on a machine with much to do."""
        expect(self.page.locator("main")).to_contain_text(text, timeout=30_000)

    def presses(self, button: str) -> None:
        """Fills in the token and presses a button."""
        self.page.get_by_label("Token").fill(self.secret)
        self.page.get_by_role("button", name=button, exact=True).click()

    def closes(self) -> None:
        self.page.close()
        assert self.elsewhere == []
        assert self.complaints == []

    def _note(self, url: str) -> None:
        if not url.startswith(self.address):
            self.elsewhere.append(url)
