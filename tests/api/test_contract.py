"""The service keeps to its own description, whatever is asked of it: generated requests, on both databases."""

from collections.abc import Iterator
from dataclasses import dataclass

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
from miner.store import NewBatch, NewItem, RepositoryInfo, Store
from miner.store.access import SCOPES

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 12


OPERATIONS = [(path, method) for path, methods in described().openapi()["paths"].items() for method in methods]
BOUNDED = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@dataclass(frozen=True, slots=True)
class Service:
    """The service by its own description, with no quota; its store, and a token that allows everything."""

    schema: BaseSchema
    store: Store
    token: str


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    url: str = request.getfixturevalue(f"populated_{request.param}")
    app = create_app(Settings(database_url=url, requests_per_minute=0))
    with TestClient(app), Store(url) as store:
        _, secret = store.access.make_token("contract", list(SCOPES))
        named = NewItem("north-lab/crops", RepositoryInfo("north-lab", "crops"))
        store.batches.create([named], NewBatch("scan", "one", "test"))
        yield Service(schemathesis.openapi.from_asgi("/openapi.json", app), store, secret)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_are_as_described(service: Service, path: str, method: str) -> None:
    if path.endswith("/events"):
        # Each stream comes to its end, as those of batches do that have ended.
        for batch in service.store.batches.listed(open_only=True, limit=1000):
            service.store.batches.cancel(batch.id, "test")

    @given(case=service.schema[path][method].as_strategy())
    @BOUNDED
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {service.token}"})

    ask()
