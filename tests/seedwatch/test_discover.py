"""`seedwatch discover ...` against a GitHub of made-up repositories."""

import csv
import gzip
import json
import signal
import subprocess
import time

import pytest

from miner.settings import load_settings
from miner.store import Filters, Store
from tests.e2e import processes
from tests.support.emulated_github import EmulatedGitHub, Limits, Repo, population
from tests.support.githttps import Answer
from tests.support.stubhttp import StubServer

YEAR_2020 = 1_577_836_800


@pytest.fixture
def github(monkeypatch):
    with EmulatedGitHub(population(1600)) as server:
        monkeypatch.setenv("SEEDWATCH_GITHUB_URL", server.url)
        monkeypatch.setenv("GITHUB_TOKEN", "ghp_planted")
        yield server


def findable(server):
    return {repo.id for repo in server.repos.values() if repo.shown and not repo.fork}


def noted(source=None):
    """GitHub's ids of what is in the database."""
    with Store(load_settings().database_url) as store:
        filters = Filters(source=(source,) if source else ())
        page = store.list_repositories(filters, sort="name", limit=1000)
        found = [listed.repository.github_id for listed in page.items]
        while page.next_cursor:
            page = store.list_repositories(filters, sort="name", limit=1000, cursor=page.next_cursor)
            found += [listed.repository.github_id for listed in page.items]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("token", ["ghp_planted", ""])
def test_a_search_of_more_hits_than_the_server_gives_is_parted_until_all_are_had(seedwatch, github, token, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", token)
    ran = seedwatch("discover", "search-repos", "pytorch")
    assert ran.status == 0, ran.err
    assert noted() == findable(github)
    count = f"{len(findable(github)):,}"
    assert ran.out.startswith(f"{count} repositories found, {count} of them new")
    assert len(github.asked) == len(set(github.asked))


def test_the_dimension_that_a_query_fixes_is_left_to_it(seedwatch, github):
    assert seedwatch("discover", "search-repos", "pytorch created:>=2010-01-01 stars:>=0").status == 0
    assert noted() == findable(github)
    assert any("pushed:" in query for query in github.asked)
    assert not any("stars:0.." in query for query in github.asked)


def test_what_is_paid_for_is_not_asked_again_and_what_is_new_is(seedwatch, github):
    seedwatch("discover", "search-repos", "pytorch")
    paid = len(github.asked)
    time.sleep(1.1)  # the search tells seconds apart
    newest = max(github.repos) + 1
    github.repos[newest] = Repo(newest, "late", "comer", int(time.time()), int(time.time()))
    time.sleep(1.1)
    ran = seedwatch("discover", "search-repos", "pytorch")
    assert len(github.asked) == paid + 1
    assert newest in noted()
    assert f"{len(findable(github)):,} of them new" in ran.out
    before = len(github.asked)
    seedwatch("discover", "search-repos", "pytorch", "--again")
    assert len(github.asked) > before + 5


def test_a_limit_stops_and_the_same_command_goes_on(seedwatch, github):
    first = seedwatch("discover", "search-repos", "pytorch", "--limit", "300")
    assert first.out.startswith("300 repositories found")
    assert "the same command goes on from here" in first.out
    seedwatch("discover", "search-repos", "pytorch")
    assert noted() == findable(github)
    assert len(github.asked) == len(set(github.asked))


def test_a_killed_discovery_goes_on_without_asking_again_what_is_paid_for(seedwatch, github):
    for _ in range(2):
        begun = len(github.asked)
        command = [*processes.COMMAND, "discover", "search-repos", "pytorch"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(github.asked) < begun + 4 and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert seedwatch("discover", "search-repos", "pytorch").status == 0
    assert noted() == findable(github)
    # The request under way at each kill may have been made twice, and no other.
    assert len(github.asked) - len(set(github.asked)) <= 2


def test_code_search_is_parted_by_size_and_notes_each_repository_once(seedwatch, github):
    ran = seedwatch("discover", "search-code", "torch DataLoader language:python")
    assert ran.status == 0, ran.err
    assert noted() == {each for each in findable(github) if github.repos[each].files}
    assert any("size:" in query for query in github.asked)


def test_code_search_needs_a_token(seedwatch, github, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    ran = seedwatch("discover", "search-code", "torch")
    assert (ran.status, ran.out) == (2, "")
    assert "needs a token" in ran.err


def test_limits_end_it_cleanly_where_nobody_waits(seedwatch, github):
    github.limits = Limits({"core": 50, "search": 3, "code_search": 2, "graphql": 53}, seconds=3600)
    ran = seedwatch("discover", "search-code", "torch language:python", "--no-wait")
    assert ran.status == 130
    assert ran.out.startswith("Put off: ")
    asked = len(github.asked)
    again = seedwatch("discover", "search-code", "torch language:python", "--no-wait")
    assert (again.status, len(github.asked)) == (130, asked)  # known without a request


@pytest.mark.parametrize("token", ["ghp_planted", ""])
def test_all_of_an_owner(seedwatch, github, token, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", token)
    for number in range(150):
        github.repos[10**6 + number] = Repo(10**6 + number, "bigorg", f"tool{number}", YEAR_2020, YEAR_2020)
    assert seedwatch("discover", "org", "BigOrg").out.startswith("150 repositories found, 150 of them new")
    assert noted("org") == {10**6 + number for number in range(150)}
    github.repos[10**6 + 150] = Repo(10**6 + 150, "bigorg", "new", YEAR_2020, YEAR_2020)
    seedwatch("discover", "org", "bigorg")
    assert 10**6 + 150 in noted("org")


def test_an_owner_that_is_none(seedwatch, github):
    ran = seedwatch("discover", "org", "nobody-at-all")
    assert (ran.status, ran.out) == (2, "")
    assert "nobody-at-all" in ran.err


def test_a_list_is_looked_up_a_hundred_at_a_time_and_paid_for_once(seedwatch, github, tmp_path):
    shown = [repo for repo in github.repos.values() if repo.shown][:150]
    moved = shown[0].full_name
    github.change(shown[0].id, owner="elsewhere")
    names = tmp_path / "names.txt"
    lines = [
        moved,
        *(f"https://github.com/{repo.full_name}/tree/main" for repo in shown[1:]),
        "no/such-thing",
        "# remark",
    ]
    names.write_text("\n".join(lines))
    ran = seedwatch("discover", "list", names)
    assert ran.status == 0, ran.err
    assert "name no repository" not in ran.err
    assert noted("list") == {repo.id for repo in shown}
    with Store(load_settings().database_url) as store:
        assert store.get_repository("github.com", "elsewhere", shown[0].name) is not None
    requests = len(github.requests)
    seedwatch("discover", "list", names)
    assert len(github.requests) == requests


def test_a_csv_file_of_another_data_set(seedwatch, github, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    table = tmp_path / "set.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "stars", "repository_url"])
        writer.writerow(["a, b", 5, "https://github.com/one/a"])
        writer.writerow(["c", 5, "https://github.com/two/c.git"])
        writer.writerow(["d", 5, "https://gitlab.com/two/d"])
    ran = seedwatch("discover", "list", table)
    assert ran.out.startswith("2 repositories found, 2 of them new, by 0 requests")
    assert "1 of 3 name no repository on GitHub, as 'https://gitlab.com/two/d'\n" in ran.err
    with Store(load_settings().database_url) as store:
        assert store.get_repository("github.com", "two", "c") is not None
    ran = seedwatch("discover", "list", table, "--column", "stern")
    assert ran.status == 2
    assert "--column: name, stars, repository_url" in ran.err


def test_dependents_of_torch_out_of_an_index(seedwatch, github, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    source, home = {"project_urls": ["Source, https://github.com/two/b.git"]}, "https://github.com/one/a"
    documents = [
        {"info": {"requires_dist": ["torch (>=1.4)"], "project_urls": {"Docs": "https://a.io"}, "home_page": home}},
        {"requires_dist": ["numpy", 'Torch>=1; extra == "gpu"'], **source},
        {"requires_dist": ["torchvision"], "home_page": "https://github.com/three/c"},
        {"dependencies": [{"package_name": "torch"}], "repository_url": "https://github.com/four/d"},
        {"requires_dist": ["torch"], "home_page": "https://github.com/sponsors/e"},
    ]
    index = tmp_path / "index.jsonl.gz"
    with gzip.open(index, "wt") as file:
        file.write("\n".join(map(json.dumps, documents)))
    assert seedwatch("discover", "dependents", index).out.startswith("3 repositories found, 3 of them new")
    with Store(load_settings().database_url) as store:
        for owner, name in [("one", "a"), ("two", "b"), ("four", "d")]:
            found = store.get_repository("github.com", owner, name)
            assert found is not None
            assert store.get_sources(found.id) == ["dependents"]


def test_a_file_that_is_none_is_said_in_one_line(seedwatch, github, tmp_path):
    for command in (
        ["list", tmp_path / "none"],
        ["dependents", tmp_path / "none"],
        ["archive", str(tmp_path / "none")],
    ):
        ran = seedwatch("discover", *command)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.count("\n") == 1


def test_files_of_others_are_fetched_by_their_address(seedwatch, github, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    document = {"info": {"requires_dist": ["torch>=2"], "project_urls": {"Source": "https://github.com/p/kg"}}}
    bodies = {"/x/names.txt": b"o/one\n", "/index.jsonl.gz": gzip.compress(json.dumps(document).encode())}
    with StubServer(lambda request: Answer(200, {}, bodies[request.path])) as files:
        assert seedwatch("discover", "list", f"{files.url}/x/names.txt").status == 0
        assert seedwatch("discover", "dependents", f"{files.url}/index.jsonl.gz").status == 0
        assert all("(+tests@example.org)" in request.headers["User-Agent"] for request in files.requests)
    with Store(load_settings().database_url) as store:
        names = [listed.repository.full_name for listed in store.list_repositories(sort="name").items]
    assert names == ["o/one", "p/kg"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["search-repos", ""], "nothing to search for"),
        (["search-code", " "], "nothing to search for"),
        (["org", "../x"], "write OWNER"),
        (["sample", "many"], "'draws': a whole number is needed"),
        (["sample", "0"], "'draws': 1 or more is needed"),
    ],
)
def test_what_cannot_be_asked_for_is_said_and_costs_nothing(seedwatch, github, command, words):
    ran = seedwatch("discover", *command)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert words in ran.err
    assert github.requests == []


def test_who_asks_for_many_says_how_to_be_reached(seedwatch, github, monkeypatch):
    monkeypatch.delenv("SEEDWATCH_CONTACT")
    ran = seedwatch("discover", "search-repos", "torch")
    assert ran.status == 2
    assert "set SEEDWATCH_CONTACT" in ran.err
    assert github.requests == []


def test_a_server_that_cannot_be_reached_is_said_in_one_line(seedwatch, monkeypatch):
    monkeypatch.setenv("SEEDWATCH_GITHUB_URL", "http://127.0.0.1:9/")
    monkeypatch.setattr("miner.github.client.RETRIES", 0)
    ran = seedwatch("discover", "search-repos", "torch")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("seedwatch discover: ")
    assert ran.err.count("\n") == 1


def test_hits_go_to_one_identity_with_the_token_in_the_header_alone(seedwatch, github):
    seedwatch("discover", "search-repos", "pytorch", "--limit", "100")
    assert {request.headers["Authorization"] for request in github.requests} == {"bearer ghp_planted"}
    assert not any("ghp_planted" in request.path for request in github.requests)


def test_a_fault_in_the_middle_is_gone_on_from(seedwatch, github):
    seedwatch("discover", "search-repos", "pytorch", "--limit", "200")
    github.faults = [Answer(418, {}, b"")]
    assert seedwatch("discover", "search-repos", "pytorch").status == 2
    assert seedwatch("discover", "search-repos", "pytorch").status == 0
    assert noted() == findable(github)
