"""The dashboard's pages, as documents: what they say, where they lead, and that strangers' words stay words."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from miner.store import Store
from tests.api import samples
from tests.api.conftest import client_over

PAGES = [
    "/",
    "/explore",
    "/explore?verdict=affected&sort=stars",
    "/explore?text=nothing-has-this-name",
    "/method",
    "/api",
    "/problems/not-scanned",
    "/batches",
    "/repos/github.com/north-lab/crops",
    "/repos/github.com/vision-group/segment",
    "/repos/github.com/dynamic/registry",
    "/repos/github.com/careful/loader",
    "/repos/github.com/solo/serial",
    "/repos/github.com/gone/away",
    "/repos/github.com/waiting/room",
    "/repos/github.com/nobody/nothing",
    "/nothing/here",
]
VOID = {"meta", "link", "input", "br", "img", "rect", "path", "wbr"}


class Document(HTMLParser):
    """A page's elements, its text, and its faults."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(html)
        self.close()
        if self.open:
            self.faults.append(f"never closed: {self.open}")

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def page(client: TestClient, path: str, status: int = 200) -> Document:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Document(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound_and_runs_nothing(client: TestClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy, "nothing may run"
    assert answer.headers["x-content-type-options"] == "nosniff"
    document = Document(answer.text)
    assert document.faults == []
    assert len(document.all("h1")) == 1
    assert document.all("html") == [{"lang": "en"}]
    for tag, attributes in document.elements:
        assert tag not in {"script", "style", "iframe", "object", "embed", "base"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert (attributes.get("src") or "/badge/").startswith("/badge/")
        if tag == "link":
            assert str(attributes["href"]).startswith("/")
    identities = [attributes["id"] for _, attributes in document.elements if "id" in attributes]
    assert len(identities) == len(set(identities))


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(client: TestClient, path: str) -> None:
    for attributes in page(client, path, client.get(path).status_code).all("a"):
        target = urlsplit(str(attributes["href"]))
        if target.netloc:
            assert target.netloc == "github.com"
        elif target.path:
            status = client.get(str(attributes["href"])).status_code
            assert status == 200 or (status == 404 and target.path == "/repos/github.com/waiting/room"), attributes


# Home


def test_home_states_its_figures_and_what_they_are(either_client: TestClient) -> None:
    text = page(either_client, "/").text
    assert "57.1% 4 of 7 eligible repositories" in text.replace("have the bug on a PyTorch that they admit ", "")
    assert "not a random sample" in text
    assert "2 more are known and have no verdict" in text


def test_the_funnel_is_a_table_that_agrees_with_the_api(either_client: TestClient) -> None:
    funnel = either_client.get("/api/v1/stats/prevalence").json()["funnel"]
    text = page(either_client, "/").text
    for label, step in {
        "scanned": "scanned",
        "import torch": "imports_torch",
        "run their own code in a loader": "custom_code_in_loader",
        "draw from NumPy": "numpy_draw",
        "draw in what a worker runs": "draw_in_worker",
        "start worker processes": "multiprocess_loader",
    }.items():
        assert f"{label} {funnel[step]} " in text
    assert f"affected {funnel['affected']} 57.1%" in text


def test_home_before_the_first_scan_says_how_to_begin(empty_client: TestClient) -> None:
    text = page(empty_client, "/").text
    assert "Nothing has been scanned yet" in text
    assert "seedwatch scan pytorch/examples" in text
    assert "seedwatch scan" in page(empty_client, "/explore").text


# Explore


def test_filters_live_in_the_address(client: TestClient) -> None:
    document = page(client, "/explore?verdict=mitigated&torch_range=%3E%3D1.9")
    assert "modern/net" in document.text
    assert "careful/loader" not in document.text
    chosen = [attributes["value"] for attributes in document.all("option") if "selected" in attributes]
    assert chosen == ["mitigated", ">=1.9", ""]


def test_the_list_says_how_long_it_is(sqlite_store: Store) -> None:
    samples.populate(sqlite_store)
    with client_over(sqlite_store.url) as client:
        assert "10 repositories" in page(client, "/explore?scanned=true").text
        assert "10 repositories" in page(client, "/explore?scanned=true&limit=3").text
        assert "1 repository" in page(client, "/explore?verdict=unknown").text
        many = [samples.info(f"many/{number}") for number in range(1_000)]
        sqlite_store.upsert_found(many, source="list")
        assert "1,000 repositories" in page(client, "/explore?source=list").text
        assert "More than 1,000 repositories" in page(client, "/explore").text


def test_choices_left_open_do_not_stay_in_the_address(client: TestClient) -> None:
    answer = client.get("/explore?verdict=affected&legacy=&modern=&text=&sort=")
    assert (answer.status_code, answer.headers["location"]) == (303, "/explore?verdict=affected")


def test_one_choice_can_stand_for_several_values(client: TestClient) -> None:
    document = page(client, "/explore?verdict=affected,affected_on_old_torch,affected_on_new_torch")
    assert "north-lab/crops" in document.text
    assert "careful/loader" not in document.text


def test_a_filter_without_a_field_is_kept_and_can_be_removed(client: TestClient) -> None:
    document = page(client, "/explore?eligible=true&verdict=unknown")
    assert "eligible: true" in document.text
    assert {"type": "hidden", "name": "eligible", "value": "true"} in document.all("input")
    assert "/explore?verdict=unknown" in [attributes["href"] for attributes in document.all("a")]


def test_the_list_goes_on(client: TestClient) -> None:
    document = page(client, "/explore?limit=5&sort=name")
    [following] = [attributes["href"] for attributes in document.all("a") if attributes.get("rel") == "next"]
    assert "first page" not in document.text.lower()
    assert "First page" in page(client, str(following)).text


@pytest.mark.parametrize("query", ["verdict=guilty", "colour=red", "cursor=none"])
def test_an_address_that_no_list_has_is_explained(client: TestClient, query: str) -> None:
    assert len(page(client, f"/explore?{query}", 422).all("h1")) == 1


# Search


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("north-lab/crops", "/repos/github.com/north-lab/crops"),
        (" https://github.com/north-lab/crops/issues ", "/repos/github.com/north-lab/crops"),
        ("never/seen", "/repos/github.com/never/seen"),
        ("crops", "/explore?text=crops"),
        ("a&b=c", "/explore?text=a%26b%3Dc"),
        ("", "/explore"),
        ("\x00", "/explore"),
    ],
)
def test_search_leads_to_a_page(client: TestClient, typed: str, leads_to: str) -> None:
    answer = client.get("/search", params={"q": typed})
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


@pytest.mark.parametrize("typed", ["https://example.org/", "//evil.example/x", "a/b/c/d", "/etc/passwd", "<script>/x"])
def test_search_for_what_is_no_address_says_what_to_write(client: TestClient, typed: str) -> None:
    document = page(client, f"/search?q={typed}", 404)
    assert "owner/name" in document.text
    assert document.faults == []


# A repository


def test_a_verdict_is_said_in_words_for_both_sides(client: TestClient) -> None:
    text = page(client, "/repos/github.com/speechlab/wavs").text
    assert "Its training data repeats random numbers." in text
    assert "PyTorch < 1.9 duplicate" in text
    assert "PyTorch ≥ 1.9 clean" in text
    assert "admitted by the repository ruled out by the repository" in text
    assert "==1.7.1" in text


def test_many_loaders_without_a_bug_are_folded_away(sqlite_store: Store) -> None:
    clean = [
        samples.pair(id=f"ws-{number}", legacy="clean", modern="clean", reseed="good", fix=None) for number in range(5)
    ]
    samples.add(sqlite_store, samples.report("many/loaders", pairs=[samples.pair(), *clean]))
    samples.add(sqlite_store, samples.report("few/loaders", pairs=[samples.pair(), *clean[:4]]))
    with client_over(sqlite_store.url) as client:
        many = page(client, "/repos/github.com/many/loaders")
        assert "5 more in which nothing that counts repeats" in many.text
        assert "The 6 loaders" in many.text
        assert many.faults == []
        assert "in which nothing" not in page(client, "/repos/github.com/few/loaders").text


def test_a_pair_is_told_with_its_code_and_addresses(client: TestClient) -> None:
    document = page(client, "/repos/github.com/north-lab/crops")
    assert "CropSet WS101 global NumPy state, never reseeded; loaded at train.py:88" in document.text
    assert "top = np.random.randint(height - self.size)" in document.text
    assert "numpy.random.seed(torch.initial_seed() % 2**32)" in document.text
    links = [attributes["href"] for attributes in document.all("a")]
    base = f"https://github.com/north-lab/crops/blob/{samples.COMMIT}"
    for place in ("train.py#L88", "train.py#L17", "data/crops.py#L30", "data/transforms.py#L13", "requirements.txt#L3"):
        assert f"{base}/{place}" in links


def test_what_is_without_weight_beside_the_verdict_and_unread_is_shown(client: TestClient) -> None:
    text = page(client, "/repos/github.com/north-lab/crops").text
    assert "Listed without weight in the verdict: a constant seed that only evaluation reaches" in text
    assert "Seeds NumPy and random, but not torch." in text
    assert "3407" in text
    assert "old/legacy.py syntax: print without parentheses" in text


def test_why_the_bug_cannot_be_there_is_said(client: TestClient) -> None:
    text = page(client, "/repos/github.com/solo/serial").text
    assert "The bug cannot be here." in text
    assert "Its loaders start no workers." in text


def test_what_is_unknown_has_its_reason(client: TestClient) -> None:
    assert "chosen by a name that is read from a file" in page(client, "/repos/github.com/dynamic/registry").text


def test_a_repository_that_is_gone_has_a_page(client: TestClient) -> None:
    assert "The server answered 404." in page(client, "/repos/github.com/gone/away").text


def test_a_verdict_that_could_not_be_renewed_still_counts(sqlite_store: Store) -> None:
    samples.populate(sqlite_store)
    before = sqlite_store.get_repository("github.com", "north-lab", "crops")
    assert before is not None
    sqlite_store.record_failure(before.id, "failed", "There is no network.")
    with client_over(sqlite_store.url) as client:
        home = page(client, "/").text
        coverage = client.get("/api/v1/stats/prevalence").json()["coverage"]
    assert "the 10 repositories scanned here" in home
    assert "2 more are known and have no verdict" in home
    assert (coverage["repositories"], coverage["scanned"]) == (12, 10)


def test_a_scanned_repository_that_went_says_so(sqlite_store: Store) -> None:
    samples.populate(sqlite_store)
    repository = sqlite_store.get_repository("github.com", "north-lab", "crops")
    assert repository is not None
    sqlite_store.record_failure(repository.id, "gone", "The server answered 404.")
    with client_over(sqlite_store.url) as client:
        text = page(client, "/repos/github.com/north-lab/crops").text
    assert "Since this scan: gone." in text
    assert "It repeats random numbers below PyTorch 1.9." in text


@pytest.mark.parametrize("name", ["nobody/nothing", "waiting/room"])
def test_a_repository_never_scanned_says_how_to_scan_it(client: TestClient, name: str) -> None:
    document = page(client, f"/repos/github.com/{name}", 404)
    assert f"seedwatch scan {name}" in document.text


# Strangers


def test_strangers_words_stay_words(sqlite_store: Store) -> None:
    samples.add_hostile(sqlite_store)
    with client_over(sqlite_store.url) as client:
        for path in ("/", "/explore", "/repos/github.com/hostile/repository"):
            answer = client.get(path)
            assert "\u202e" not in answer.text
            document = Document(answer.text)
            assert document.faults == []
            tags = {tag for tag, _ in document.elements}
            assert not tags & {"script", "iframe", "style"}
            assert all(str(image["src"]).startswith("/badge/github.com/hostile/") for image in document.all("img"))
            for _, attributes in document.elements:
                assert not [name for name in attributes if name.startswith("on")]
                assert urlsplit(attributes.get("href") or "").scheme in {"", "https"}
        text = document.text
    assert samples.SCRIPT in text, "shown as it is written"
    assert "⟨U+202E⟩" in text
    assert "{{ 7 * 7 }}" in text
    assert "… 9,760 more characters" in text
    assert "a" * 241 not in text


def test_a_search_for_a_script_shows_a_script(client: TestClient) -> None:
    document = page(client, "/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", 404)
    assert document.all("script") == []
    assert '"><script>alert(1)</script>' in [attributes.get("value") for attributes in document.all("input")]


def test_a_wrong_address_is_named_in_words(client: TestClient) -> None:
    page = client.get("/repos/github.com/north-lab/crops?commit=main")
    assert page.status_code == 422
    assert "The address has a value that cannot be: commit." in page.text
    assert "String should" not in page.text


def test_who_looks_for_the_description_finds_it(client: TestClient) -> None:
    assert client.get("/docs").headers["location"] == "/api"
    page = client.get("/api").text
    example = re.search(r"curl 'http://testserver(/api/v1/lookup\?url=[^']*)'", page)
    assert example is not None
    assert client.get(example[1]).json()["report"]["verdict"] == "affected"
    assert "<code>not_eligible</code>" in page
