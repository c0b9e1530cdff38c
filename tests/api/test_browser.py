"""The dashboard in a real Chromium: nothing leaves the host, nothing runs, everything can be reached and read."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

ColorScheme = Literal["light", "dark"]

PAGES = [
    "/",
    "/explore",
    "/explore?text=nobody-is-called-so&min_stars=5",
    "/estimates",
    "/history",
    "/history/2020",
    "/history/lives",
    "/history/commits",
    "/history/repositories",
    "/seeds",
    "/batches",
    "/batches/1",
    "/status",
    "/method",
    "/api",
    "/problems/not-scanned",
    "/search?q=%22%3E%3Cscript%3E/",
    "/repos/github.com/north-lab/crops",
    "/repos/github.com/dynamic/registry",
    "/repos/github.com/gone/away",
    "/repos/github.com/nobody/nothing",
    "/repos/github.com/hostile/repository",
]


@contextmanager
def opened(
    browser: Browser, served: str, width: int = 1280, scheme: ColorScheme = "light", script: bool = True
) -> Iterator[Page]:
    """A page that may reach only the server under test, and must be told nothing by the console."""
    host = urlsplit(served).netloc
    strangers: list[str] = []
    complaints: list[str] = []

    def guard(route: Route) -> None:
        if urlsplit(route.request.url).netloc == host:
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    context = browser.new_context(
        base_url=served,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=script,
    )
    context.route("**/*", guard)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    yield page
    context.close()
    assert strangers == [], "a request left the host"
    # Chromium reports every answer of 404 on the console, and those pages are meant to be.
    assert [text for text in complaints if "status of 404" not in text] == []


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark"), (1920, "light")])
def test_pages_fit_and_stay_at_home(browser: Browser, served: str, width: int, scheme: ColorScheme) -> None:
    with opened(browser, served, width, scheme) as page:
        for path in PAGES:
            page.goto(path)
            expect(page.locator("h1")).to_be_visible()
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert beyond == 0, f"{path} scrolls sideways at {width}"


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_axe_finds_nothing(browser: Browser, served: str, width: int, scheme: ColorScheme) -> None:
    with opened(browser, served, width, scheme) as page:
        for path in PAGES:
            page.goto(path)
            found = Axe().run(page).response["violations"]
            assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == [], path


def test_strangers_words_do_nothing(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        page.goto("/repos/github.com/hostile/repository")
        expect(page).to_have_title("hostile/repository · seedwatch")
        expect(page.locator("script, img:not([src^='/badge/']), svg[onload], [onclick], [onerror]")).to_have_count(0)
        expect(page.locator(".code-block").first).to_contain_text("<script>document.title='owned'</script>")
        assert page.locator(".code-block ol").first.bounding_box()["height"] < 300  # type: ignore[index]


def test_pages_are_whole_without_script(browser: Browser, served: str) -> None:
    with opened(browser, served, script=False) as page:
        page.goto("/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("rowheader", name="affected", exact=True).first).to_be_visible()


def test_a_person_finds_a_verdict(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        page.goto("/")
        page.get_by_role("searchbox", name="Find a repository").fill("https://github.com/North-Lab/crops")
        page.get_by_role("button", name="Find").click()
        expect(page).to_have_url(f"{served}/repos/github.com/North-Lab/crops")
        verdict = page.get_by_role("region", name="It repeats random numbers below PyTorch 1.9.")
        expect(verdict).to_contain_text("duplicate")
        expect(page.locator(".marked", has_text="np.random.randint(height - self.size)").first).to_be_visible()


def test_a_person_who_asks_for_what_is_not_there_learns_how_to_scan(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        page.goto("/")
        page.get_by_role("searchbox").fill("nobody/nothing")
        page.get_by_role("searchbox").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("This repository has not been scanned")
        expect(page.get_by_text("seedwatch scan nobody/nothing", exact=True)).to_be_visible()


def test_a_person_narrows_the_list(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        page.goto("/explore")
        page.get_by_label("Verdict").select_option("mitigated")
        page.get_by_role("button", name="Show").click()
        expect(page).to_have_url(f"{served}/explore?verdict=mitigated")
        expect(page.get_by_role("row")).to_have_count(3)
        page.get_by_role("link", name="careful/loader").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("loader")


def test_a_person_sorts_the_list_by_its_headings(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        page.goto("/explore?verdict=affected%2Caffected_on_old_torch")
        page.get_by_role("link", name="Repository", exact=True).click()
        expect(page.get_by_role("columnheader", name="Repository")).to_have_attribute("aria-sort", "ascending")
        names = page.locator(".list tbody th").all_inner_texts()
        assert names == sorted(names, key=str.lower)
        assert len(names) > 1
        page.get_by_role("spinbutton", name="Stars, at least").fill("1")
        page.get_by_role("button", name="Show").click()
        expect(page).to_have_url(f"{served}/explore?verdict=affected%2Caffected_on_old_torch&min_stars=1&sort=name")


def test_a_printed_page_has_the_story_and_nothing_to_press(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        page.goto("/repos/github.com/north-lab/crops")
        page.emulate_media(media="print")
        expect(page.locator(".marked", has_text="np.random.randint(height - self.size)").first).to_be_visible()
        for pressed in ("nav", "form", "button"):
            expect(page.locator(pressed).locator("visible=true")).to_have_count(0)
        expect(page.get_by_role("link", name="The evidence")).to_be_visible()
        page.goto("/")
        expect(page.locator("[download]").locator("visible=true")).to_have_count(0)


def test_a_step_of_the_funnel_leads_to_its_rows(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        page.goto("/")
        step = page.get_by_role("row").filter(has=page.get_by_role("link", name="draw from NumPy", exact=True))
        count = step.locator(".n").first.inner_text()
        step.get_by_role("link").click()
        expect(page.get_by_text(f"{count} repositories", exact=True)).to_be_visible()
        expect(page.locator(".list tbody tr")).to_have_count(int(count))


def test_a_figure_leads_to_its_rows(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        page.goto("/")
        link = page.locator(".figures a").first
        count = int(link.inner_text())
        link.click()
        expect(page.locator(".list tbody tr")).to_have_count(count)


def test_the_keyboard_reaches_the_content_first(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        page.goto("/repos/github.com/north-lab/crops")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_first_visit_is_small(browser: Browser, served: str) -> None:
    with opened(browser, served) as page:
        sizes: list[int] = []
        page.on("response", lambda response: sizes.append(len(response.body())))
        page.goto("/", wait_until="networkidle")
    assert sum(sizes) < 150_000
