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


def test_kinds_of_problems_are_told_apart() -> None:
    titles = {kind.title for kind in KINDS.values()}
    assert len(titles) == len(KINDS)
    assert all(kind.remedy for kind in KINDS.values())
