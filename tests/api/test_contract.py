"""The service keeps to its own description, whatever is asked of it: generated requests, on both databases."""

from collections.abc import Iterator

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app, described
from miner.settings import Settings

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 12


# A stream of events has no end.
OPERATIONS = [
    (path, method)
    for path, methods in described().openapi()["paths"].items()
    for method in methods
    if not path.endswith("/events")
]
BOUNDED = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def described_service(request: pytest.FixtureRequest) -> Iterator[BaseSchema]:
    """The service by its own description, with no quota."""
    app = create_app(
        Settings(database_url=request.getfixturevalue(f"populated_{request.param}"), requests_per_minute=0)
    )
    with TestClient(app):
        yield schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_are_as_described(described_service: BaseSchema, path: str, method: str) -> None:
    @given(case=described_service[path][method].as_strategy())
    @BOUNDED
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS)

    ask()
