"""The description of the API: its version, its drift, and that it hides no kind of error."""

from api.app import described
from api.openapi import SNAPSHOT, text
from api.problems import KINDS, MEDIA_TYPE


def test_the_description_has_not_drifted() -> None:
    expected = SNAPSHOT.read_text(encoding="utf-8")
    assert text(described().openapi()) == expected, "if the change is meant: python -m api.openapi"


def test_the_description_is_openapi_3_1() -> None:
    assert described().openapi()["openapi"].startswith("3.1.")


def test_every_error_is_a_problem_document() -> None:
    for path, methods in described().openapi()["paths"].items():
        for operation in methods.values():
            errors = {status: answer for status, answer in operation["responses"].items() if status[0] in "45"}
            assert errors or "parameters" not in operation  # nothing that could be refused
            for status, answer in errors.items():
                assert list(answer["content"]) == [MEDIA_TYPE], (path, status)


def test_the_description_serves_whoever_writes_a_client() -> None:
    document = described().openapi()
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert {"get_repository", "list_repositories", "batch_get", "get_prevalence"} <= set(names)
    tags = {tag["name"] for tag in document["tags"]}
    for operation in operations:
        assert set(operation["tags"]) <= tags
        assert operation["summary"]
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description"), (operation["operationId"], parameter["name"])
        for answer in operation["responses"].values():
            assert answer.get("content", {}).get("application/json") != {"schema": {}}


def test_quota_and_renames_are_described() -> None:
    paths = described().openapi()["paths"]
    answers = paths["/api/v1/repos/{host}/{owner}/{name}"]["get"]["responses"]
    assert {"200", "301", "304", "404", "422", "429", "503"} == set(answers)
    assert "Retry-After" in answers["429"]["headers"]


def test_kinds_of_problems_are_told_apart() -> None:
    titles = {kind.title for kind in KINDS.values()}
    assert len(titles) == len(KINDS)
    assert all(kind.remedy for kind in KINDS.values())
