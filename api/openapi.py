"""The description of the REST API: OpenAPI 3.1, kept beside the code and checked for drift.

`python -m api.openapi` writes `api/openapi.json` anew after a change that is meant.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE, TOO_MANY, UNAVAILABLE, ProblemDocument, documented

SNAPSHOT: Final = Path(__file__).with_name("openapi.json")
VERSION: Final = "1"
_TEMPLATE: Final = "#/components/schemas/{model}"
_API: Final = "/api/v1/"
_OF_REPOSITORY: Final = "/repos/{host}/{owner}/{name}"
_DESCRIPTION: Final = """\
Reading needs no key. What starts work or changes something needs `Authorization: Bearer TOKEN`; `seedwatch token make`
makes one.

- **Repositories** are named by host, owner and name in any case, and by any spelling of their address at `/lookup` and
  `/repos:batchGet`. A former name answers 301 with the present one. GitHub's number works as well, and stays through
  renames. An owner that is a group within a group, on another host than GitHub, has its slash as `%2F`.
- **States** are answers. A repository that was found and could not be scanned has `state` and `state_reason`, and no
  report; one that nobody asked for is a 404 whose `scan_url` takes a request for a scan.
- **Lists** have up to `limit` items and `next`, the address of the page after, which the header `Link` has with
  `rel="next"`. Cursors are opaque and go with the filters and the sorting that they came with.
- **Caching**: answers carry a strong `ETag`; `If-None-Match` answers 304 where nothing changed.
- **Quota**: `RateLimit` and `RateLimit-Policy` tell what is left; past it, 429 with `Retry-After`.
- **Errors** are `application/problem+json` (RFC 9457) with a `type`, a `request_id`, a `remedy`, and `errors` by field.

Within `v1`, fields and filters are added and keep their meaning: a program passes over those that it does not know.
"""
_TAGS: Final = (
    ("repositories", "One repository, many, and all of them."),
    ("verifications", "What running a repository's flagged loaders in a sandbox showed."),
    ("disputes", "What is said against findings, and what came of it."),
    ("statistics", "Figures, each with its numerator, its denominator and the address of its rows."),
    ("batches", "Work over many repositories, and where it stands."),
    ("schedules", "Batches that come again by the clock."),
    ("exports", "Everything as tables, dated and never changed."),
    ("badges", "A verdict for a README."),
    ("service", "Whether it is up, and how it does."),
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation, for a reader."""

    name: str
    description: str
    values: list[str]
    """Those that it may have, where there are few."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the API does, for a reader."""

    method: str
    path: str
    summary: str
    description: str
    parameters: list[Parameter]


def description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of `app`, in which every error is a problem document."""
    document = get_openapi(
        title="seedwatch",
        version=VERSION,
        summary="Which PyTorch repositories train on repeated random numbers, and why.",
        description=_DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in _TAGS],
        servers=[{"url": "/", "description": "The service that gave this document."}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    schemas = document["components"]["schemas"]
    problem = ProblemDocument.model_json_schema(ref_template=_TEMPLATE)
    schemas.update(problem.pop("$defs", {}))
    schemas["ProblemDocument"] = problem
    # FastAPI describes its own form of a validation error, which this API never sends.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(path, method, operation["responses"])
    return document


def _complete(path: str, method: str, responses: dict[str, Any]) -> None:
    """What every address of the API may answer, and only what it does."""
    for answer in responses.values():
        content = answer.get("content", {})
        if MEDIA_TYPE in content:
            answer["content"] = {MEDIA_TYPE: content[MEDIA_TYPE]}
        elif len(content) > 1 and content.get("application/json") == {"schema": {}}:
            # FastAPI's own guess, beside what the route says of itself.
            del content["application/json"]
    if not path.startswith(_API):
        return
    if method == "get" and _OF_REPOSITORY in path and "301" not in responses:
        responses["301"] = {"description": "It has another name now: `Location` has the address"}
    for status, answer in documented(TOO_MANY, UNAVAILABLE).items():
        responses[str(status)] = {**answer, "headers": {"Retry-After": _SECONDS}}


_SECONDS: Final = {"description": "Seconds to wait for", "schema": {"type": "integer"}}


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """What the document describes, in its order."""
    return [
        Operation(
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            description=operation.get("description", ""),
            parameters=[
                Parameter(parameter["name"], parameter.get("description", ""), _values(parameter["schema"], document))
                for parameter in operation.get("parameters", ())
            ],
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _values(schema: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """What an enumeration may be, through references, lists and alternatives."""
    if reference := schema.get("$ref"):
        return _values(document["components"]["schemas"][reference.rpartition("/")[2]], document)
    found = [str(value) for value in (schema.get("enum") or [schema[name] for name in ("const",) if name in schema])]
    parts = [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())]
    return found + [value for part in parts for value in _values(part, document)]


def text(document: Mapping[str, Any]) -> str:
    """The document as the snapshot keeps it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes the snapshot."""
    from api.app import described

    SNAPSHOT.write_text(text(described().openapi()), encoding="utf-8")


if __name__ == "__main__":
    main()
