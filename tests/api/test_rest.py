"""The REST API, over a store with a repository of every kind."""

import json
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from jsonschema import Draft202012Validator

from api.filters import AFFECTED
from miner.store import FoundScan, RepositoryInfo, Store
from miner.store.histories import StoredHistory
from miner.store.records import PrevalenceBy
from tests.api import samples
from tests.api.conftest import app_over, client_over
from tests.api.histories import HISTORY

CROPS = "/api/v1/repos/github.com/north-lab/crops"


def follow(client: TestClient, path: str) -> list[dict[str, Any]]:
    """The items of a list, over all its pages."""
    items: list[dict[str, Any]] = []
    address: str | None = path
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        address = answer.json()["next"]
    return items


def names(items: list[dict[str, Any]]) -> list[str]:
    return [f"{item['repository']['owner']}/{item['repository']['name']}" for item in items]


def problem(answer: Response, status: int, kind: str) -> dict[str, Any]:
    """The answer's problem document, which must be of this kind."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"/problems/{kind}"
    assert document["status"] == status
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["title"]
    assert document["detail"]
    assert document["remedy"]
    return document


# A repository's report


def test_a_report_is_served_as_it_was_stored(store: Store) -> None:
    samples.populate(store)
    with client_over(store.url) as client:
        answer = client.get(CROPS)
    repository = store.get_repository("github.com", "north-lab", "crops")
    assert repository is not None
    scan = store.get_scan(repository.id)
    assert scan is not None
    assert f'"report":{store.get_report(scan.id)}' in answer.text
    assert answer.json()["scan"]["commit"] == samples.COMMIT
    assert answer.json()["report"]["verdict"] == "affected_on_old_torch"


def test_names_are_found_in_any_case(client: TestClient) -> None:
    answer = client.get("/api/v1/repos/github.com/North-Lab/CROPS").json()
    assert (answer["repository"]["owner"], answer["repository"]["name"]) == ("north-lab", "crops")


@pytest.mark.parametrize("commit", [samples.COMMIT, samples.COMMIT[:7]])
def test_a_commit_can_be_asked_for(client: TestClient, commit: str) -> None:
    assert client.get(CROPS, params={"commit": commit}).json()["scan"]["commit"] == samples.COMMIT


def test_a_commit_that_was_not_scanned_is_a_problem(client: TestClient) -> None:
    problem(client.get(CROPS, params={"commit": "0" * 40}), 404, "commit-not-scanned")


def test_a_commit_that_is_none_names_the_field(client: TestClient) -> None:
    refused = problem(client.get(CROPS, params={"commit": "main"}), 422, "invalid-request")
    assert [error["field"] for error in refused["errors"]] == ["query.commit"]


@pytest.mark.parametrize("name", ["nobody/nothing", "waiting/room"])
def test_a_repository_never_scanned_says_how_to_scan_it(either_client: TestClient, name: str) -> None:
    document = problem(either_client.get(f"/api/v1/repos/github.com/{name}"), 404, "not-scanned")
    assert document["scan_command"] == f"seedwatch scan {name}"


def test_the_command_to_scan_a_strangers_name_runs_nothing_else(client: TestClient) -> None:
    document = problem(client.get("/api/v1/repos/github.com/a/b;rm -rf ~'$(id)"), 404, "not-scanned")
    assert document["scan_command"] == "seedwatch scan 'a/b;rm -rf ~'\\''$(id)'"


def test_a_repository_that_is_gone_is_an_answer(either_client: TestClient) -> None:
    answer = either_client.get("/api/v1/repos/github.com/gone/away")
    assert answer.status_code == 200
    assert answer.json()["repository"]["state"] == "gone"
    assert answer.json()["repository"]["state_reason"] == "The server answered 404."
    assert (answer.json()["scan"], answer.json()["report"]) == (None, None)


# Answers that can be kept


def test_an_unchanged_report_is_not_sent_again(client: TestClient) -> None:
    first = client.get(CROPS)
    tag = first.headers["etag"]
    assert tag.startswith('"'), "a strong tag"
    for asked in (tag, f'"other", W/{tag}', "*"):
        again = client.get(CROPS, headers={"if-none-match": asked})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(CROPS, headers={"if-none-match": '"other"'}).status_code == 200


def test_a_new_scan_changes_the_tag(sqlite_store: Store) -> None:
    samples.populate(sqlite_store)
    with client_over(sqlite_store.url) as client:
        before = client.get(CROPS).headers["etag"]
        samples.add(sqlite_store, samples.report("north-lab/crops", commit="1" * 40, verdict="mitigated"))
        after = client.get(CROPS, headers={"if-none-match": before})
    assert after.status_code == 200
    assert after.headers["etag"] != before


# Looking up


@pytest.mark.parametrize(
    "url",
    [
        "north-lab/crops",
        "https://github.com/north-lab/crops",
        "https://github.com/north-lab/crops.git",
        "git@github.com:north-lab/crops.git",
        "https://github.com/North-Lab/crops/blob/main/train.py#L3",
        "https://github.com/north-lab/crops/blob/main/" + "deep/" * 100 + "train.py",
        "github:north-lab/crops",
        "north-lab / crops",
        "<https://github.com/north-lab/crops>",
    ],
)
def test_any_spelling_of_an_address_is_looked_up(client: TestClient, url: str) -> None:
    answer = client.get("/api/v1/lookup", params={"url": url})
    assert answer.content == client.get(CROPS).content
    assert answer.headers["content-location"] == CROPS


@pytest.mark.parametrize("url", ["crops", "a/b/c/d", "ftp://github.com/a/b", "owner/name with spaces", "~root/x"])
def test_what_is_no_address_is_a_problem(client: TestClient, url: str) -> None:
    problem(client.get("/api/v1/lookup", params={"url": url}), 422, "bad-target")


def test_an_address_elsewhere_is_looked_up_under_its_host(sqlite_store: Store) -> None:
    samples.add(sqlite_store, samples.report("lab/crops"), host="gitlab.com")
    with client_over(sqlite_store.url) as client:
        answer = client.get("/api/v1/lookup", params={"url": "https://gitlab.com/Lab/crops.git"})
        assert answer.headers["content-location"] == "/api/v1/repos/gitlab.com/lab/crops"
        assert answer.json()["repository"]["host"] == "gitlab.com"
        unknown = problem(client.get("/api/v1/lookup?url=https://gitlab.com/lab/other"), 404, "not-scanned")
    assert unknown["scan_command"] == "seedwatch scan https://gitlab.com/lab/other"


def test_an_owner_may_be_a_group_within_a_group(sqlite_store: Store) -> None:
    samples.add(sqlite_store, samples.report("lab/crops"), host="gitlab.com")
    named = RepositoryInfo("group/sub", "name", host="gitlab.com")
    sqlite_store.upsert_found([named], source="scan")
    repository = sqlite_store.get_repository("gitlab.com", "group/sub", "name")
    assert repository is not None
    sqlite_store.save_scan(repository.id, FoundScan(samples.report("group/sub/name"), samples.MOMENT))
    sqlite_store.histories.save(repository.id, StoredHistory(HISTORY, 1.0, samples.MOMENT))
    with client_over(sqlite_store.url) as client:
        answer = client.get("/api/v1/lookup", params={"url": "https://gitlab.com/group/sub/name.git"})
        address = answer.headers["content-location"]
        assert address == "/api/v1/repos/gitlab.com/group%2Fsub/name"
        assert client.get(address).content == client.get(address.replace("%2F", "%2f")).content == answer.content
        for part in ("/scans", "/findings", "/report.sarif"):
            assert client.get(address + part).status_code == 200
        for part in ("scans", "findings", "history", "verifications", "patch", "report.sarif"):
            assert client.get(f"{address}/{part}").status_code == 200, part
        assert client.get("/badge/gitlab.com/group%2Fsub/name.svg").status_code == 200
        found = client.get("/search", params={"q": "https://gitlab.com/group/sub/name"})
        page = client.get(found.headers["location"])
        assert page.status_code == 200
        assert "/repos/gitlab.com/group%2Fsub/name/scan" in page.text
        listed = client.get("/api/v1/repos").json()["items"]
        assert address in [item["report_url"] for item in listed]
        unknown = problem(client.get("/api/v1/repos/gitlab.com/group%2Fsub/other"), 404, "not-scanned")
    assert unknown["scan_command"] == "seedwatch scan https://gitlab.com/group/sub/other"
    assert unknown["scan_url"] == "/api/v1/repos/gitlab.com/group%2Fsub/other/scans"


def test_a_body_under_another_name_is_told_what_it_lacks(client: TestClient) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/api/v1/repos:batchGet", content='{"repositories": ["a/b"]}', headers=form)
    assert "Content-Type: application/json" in problem(answer, 422, "invalid-request")["detail"]


def test_looking_up_tells_nothing_of_this_machine(client: TestClient, tmp_path: Path) -> None:
    there, missing = (
        client.get("/api/v1/lookup", params={"url": str(path)}).json() for path in (tmp_path, tmp_path / "missing")
    )
    there.pop("request_id")
    missing.pop("request_id")
    assert there == missing


# Lists


def test_a_list_is_walked_page_by_page(either_client: TestClient) -> None:
    whole = names(follow(either_client, "/api/v1/repos?limit=200"))
    assert len(whole) == len(set(whole)) == 12
    for sort in ("worst", "name", "stars", "recent"):
        paged = names(follow(either_client, f"/api/v1/repos?limit=2&sort={sort}"))
        assert sorted(paged) == sorted(whole)
        assert paged == names(follow(either_client, f"/api/v1/repos?limit=200&sort={sort}"))


def test_what_arrives_while_a_list_is_walked_moves_no_line(store: Store) -> None:
    samples.populate(store)
    with client_over(store.url) as client:
        first = client.get("/api/v1/repos?limit=5&sort=name").json()
        store.upsert_found([RepositoryInfo(owner="aaaa", name="first")], source="test")
        rest = follow(client, first["next"])
    seen = names(first["items"]) + names(rest)
    assert len(seen) == len(set(seen)) == 12


def test_the_next_page_is_in_the_link_header(client: TestClient) -> None:
    answer = client.get("/api/v1/repos?limit=5&fork=false&sort=name")
    assert "link" not in answer.headers
    answer = client.get("/api/v1/repos?limit=5&verdict=not_eligible&verdict=affected&sort=name")
    assert answer.headers["link"] == f'<{answer.json()["next"]}>; rel="next"'
    query = urlsplit(answer.json()["next"]).query
    assert "verdict=not_eligible&verdict=affected&sort=name&limit=5&cursor=" in query


def test_a_page_may_end_at_the_longest_name(store: Store) -> None:
    found = [RepositoryInfo("o" * 39, letter * 100) for letter in "abc"]
    store.upsert_found(found, source="test")
    with client_over(store.url) as client:
        listed = follow(client, "/api/v1/repos?limit=1&sort=name")
    assert names(listed) == [f"{one.owner}/{one.name}" for one in found]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2020-01-01T00:00:00-14:00"])
def test_a_list_is_filtered_by_any_moment(either_client: TestClient, moment: str) -> None:
    assert either_client.get("/api/v1/repos", params={"pushed_after": moment}).status_code == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("verdict=affected", {"vision-group/segment", "speechlab/wavs", "ml-course/homework"}),
        ("modern=duplicate", {"vision-group/segment"}),
        ("legacy=epoch_repeat&modern=epoch_repeat", {"ml-course/homework"}),
        ("torch_range=%3C1.9", {"speechlab/wavs"}),
        ("draw_kind=instance", {"vision-group/segment"}),
        ("state=gone", {"gone/away"}),
        ("scanned=false", {"gone/away", "waiting/room"}),
        ("text=LAB/", {"north-lab/crops", "speechlab/wavs"}),
        ("min_stars=1000", {"north-lab/crops", "careful/loader"}),
        ("stars=1000%2B", {"north-lab/crops", "careful/loader"}),
        ("source=nobody", set()),
    ],
)
def test_a_list_is_filtered(either_client: TestClient, query: str, expected: set[str]) -> None:
    assert set(names(follow(either_client, f"/api/v1/repos?{query}"))) == expected


@pytest.mark.parametrize("query", ["verdict=guilty", "limit=0", "limit=1000", "colour=red", "min_stars=99999999999999"])
def test_a_filter_that_is_none_is_refused_by_name(client: TestClient, query: str) -> None:
    refused = problem(client.get(f"/api/v1/repos?{query}"), 422, "invalid-request")
    assert query.partition("=")[0] in refused["errors"][0]["field"]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "WyJuYW1lIiwxLDJd", "%F0%9F%92%A3", "W10", "W1tb" * 490])
def test_a_cursor_that_is_none_is_a_problem(either_client: TestClient, cursor: str) -> None:
    problem(either_client.get(f"/api/v1/repos?cursor={cursor}"), 422, "bad-cursor")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/repos/github.com/a%00b/c",
        "/api/v1/repos/github.com/a/%00",
        "/api/v1/repos?text=%00",
        "/api/v1/repos?owner=%00",
        "/api/v1/repos?source=%00",
        "/api/v1/repos?cursor=%00",
        "/api/v1/lookup?url=a/%00",
        "/api/v1/repos?pushed_after=0001-01-01T00:00:00%2B14:00",
        "/explore?pushed_after=9999-12-31T23:59:59-14:00",
        "/api/v1/repos/github.com/" + "a" * 300 + "/b",
        "/api/v1/repos?text=" + "a" * 10_000,
    ],
)
def test_hostile_values_are_refused_before_the_database(either_client: TestClient, path: str) -> None:
    assert either_client.get(path).status_code == 422


@pytest.mark.parametrize(
    "path", ["/api/v1/repos/%FF/%FE/%FD", "/api/v1/repos?text=%ED%A0%80%25_", "/api/v1/repos?text=%25"]
)
def test_odd_bytes_find_nothing(either_client: TestClient, path: str) -> None:
    answer = either_client.get(path)
    assert answer.status_code in {200, 404}
    assert not answer.json().get("items")


# Figures


def test_prevalence_is_a_recount_of_the_reports(either_client: TestClient) -> None:
    reports = [
        either_client.get(item["report_url"]).json()["report"]
        for item in follow(either_client, "/api/v1/repos?scanned=true")
    ]
    eligible = [report for report in reports if report["eligible"]]
    [group] = either_client.get("/api/v1/stats/prevalence").json()["groups"]
    assert (group["scanned"], group["eligible"]) == (len(reports), len(eligible)) == (10, 7)
    for figure, holds in {
        "affected": lambda report: report["verdict"] in AFFECTED,
        "legacy": lambda report: report["legacy"] in {"duplicate", "epoch_repeat"},
        "modern": lambda report: report["modern"] in {"duplicate", "epoch_repeat"},
    }.items():
        count = sum(holds(report) for report in eligible)
        assert group[figure]["numerator"] == count
        assert group[figure]["denominator"] == len(eligible)
        assert group[figure]["share"] == pytest.approx(count / len(eligible))
        assert group[figure]["interval"] is None, "what was found is no drawn sample"


@pytest.mark.parametrize("by", [None, *get_args(PrevalenceBy)])
def test_every_figure_leads_to_the_rows_that_it_counts(either_client: TestClient, by: str | None) -> None:
    answer = either_client.get("/api/v1/stats/prevalence", params={"by": by} if by else {}).json()
    assert answer["by"] == by
    if by != "check":  # a repository is in one group for each code that it has
        assert sum(group["scanned"] for group in answer["groups"]) == 10
    for group in answer["groups"]:
        for figure in (group["affected"], group["legacy"], group["modern"]):
            assert figure["rows"] or not figure["numerator"] or group["group"] in ("unknown", "none", "no pair")
            if figure["rows"]:
                assert len(follow(either_client, figure["rows"])) == figure["numerator"], figure["rows"]


def test_the_funnel_only_narrows(either_client: TestClient) -> None:
    funnel = either_client.get("/api/v1/stats/prevalence").json()["funnel"]
    assert list(funnel.values()) == [10, 9, 9, 8, 8, 7, 4]


def test_coverage_counts_what_has_no_answer(client: TestClient) -> None:
    coverage = client.get("/api/v1/stats/prevalence").json()["coverage"]
    assert coverage["repositories"] == 12
    assert coverage["states"] == {"scanned": 10, "gone": 1, "discovered": 1}


def test_a_share_of_nothing_is_null(empty_client: TestClient) -> None:
    [group] = empty_client.get("/api/v1/stats/prevalence").json()["groups"]
    assert (group["affected"]["share"], group["affected"]["denominator"]) == (None, 0)


# What every answer has in common


def test_health(either_client: TestClient) -> None:
    assert either_client.get("/healthz").json() == {"status": "ok"}


def test_a_database_without_tables_is_not_healthy(sqlite_url: str) -> None:
    with client_over(sqlite_url) as client:
        problem(client.get("/healthz"), 503, "database-unavailable")
        problem(client.get(CROPS), 503, "database-unavailable")
        assert client.get("/").status_code == 503


def test_an_address_that_is_none_is_a_problem(client: TestClient) -> None:
    problem(client.get("/api/v1/nothing"), 404, "not-found")


def test_a_method_that_is_not_taken_is_a_problem(client: TestClient) -> None:
    answer = client.post(CROPS)
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


def test_an_error_of_ours_tells_nothing_but_its_request(sqlite_store: Store) -> None:
    app = app_over(sqlite_store.url)

    def broken() -> None:
        raise RuntimeError("a secret of the inside")

    app.add_api_route("/api/v1/broken", broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/api/v1/broken")
    problem(answer, 500, "internal")
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_request_keeps_its_own_id_where_it_is_a_plain_token(client: TestClient) -> None:
    assert client.get("/healthz", headers={"x-request-id": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"
    given = client.get("/healthz", headers={"x-request-id": "a b\t<script>"}).headers["x-request-id"]
    assert len(given) == 32


def test_other_sites_may_read(client: TestClient) -> None:
    answer = client.get(CROPS, headers={"origin": "https://example.org"})
    assert answer.headers["access-control-allow-origin"] == "*"
    asked = {"origin": "https://example.org", "access-control-request-headers": "if-none-match"}
    for method, status in (("GET", 200), ("POST", 400)):
        assert client.options(CROPS, headers={**asked, "access-control-request-method": method}).status_code == status


@pytest.mark.parametrize(
    ("path", "template"),
    [
        (CROPS, "/api/v1/repos/{host}/{owner}/{name}"),
        ("/api/v1/repos/github.com/gone/away", "/api/v1/repos/{host}/{owner}/{name}"),
        ("/api/v1/repos/github.com/nobody/nothing", "/api/v1/repos/{host}/{owner}/{name}"),
        ("/api/v1/lookup?url=north-lab/crops", "/api/v1/lookup"),
        ("/api/v1/lookup?url=nothing", "/api/v1/lookup"),
        ("/api/v1/repos", "/api/v1/repos"),
        ("/api/v1/repos?limit=x", "/api/v1/repos"),
        ("/api/v1/stats/prevalence?by=stars", "/api/v1/stats/prevalence"),
        ("/healthz", "/healthz"),
    ],
)
def test_answers_are_what_the_description_says(client: TestClient, path: str, template: str) -> None:
    description = client.get("/openapi.json").json()
    answer = client.get(path)
    content = description["paths"][template]["get"]["responses"][str(answer.status_code)]["content"]
    schema = content[answer.headers["content-type"]]["schema"]
    Draft202012Validator({**schema, "components": description["components"]}).validate(json.loads(answer.text))


@pytest.mark.parametrize(
    "path", [CROPS, "/api/v1/repos", "/", "/healthz", "/api/v1/repos/github.com/no/body", "/static/x"]
)
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    same = set(got.headers) - {"x-request-id", "ratelimit"}
    assert {name: head.headers.get(name) for name in same} == {name: got.headers[name] for name in same}
