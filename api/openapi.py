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

from api.problems import MEDIA_TYPE, ProblemDocument

SNAPSHOT: Final = Path(__file__).with_name("openapi.json")
VERSION: Final = "1"
_TEMPLATE: Final = "#/components/schemas/{model}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation, for a reader."""

    name: str
    description: str


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
        routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    schemas = document["components"]["schemas"]
    problem = ProblemDocument.model_json_schema(ref_template=_TEMPLATE)
    schemas.update(problem.pop("$defs", {}))
    schemas["ProblemDocument"] = problem
    # FastAPI describes its own form of a validation error, which this API never sends.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for methods in document["paths"].values():
        for operation in methods.values():
            refused = operation["responses"].get("422", {}).get("content", {})
            if MEDIA_TYPE in refused:
                operation["responses"]["422"]["content"] = {MEDIA_TYPE: refused[MEDIA_TYPE]}
    return document


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """What the document describes, in its order."""
    return [
        Operation(
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            description=operation.get("description", ""),
            parameters=[
                Parameter(parameter["name"], parameter.get("description", ""))
                for parameter in operation.get("parameters", ())
            ],
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def text(document: Mapping[str, Any]) -> str:
    """The document as the snapshot keeps it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Writes the snapshot."""
    from api.app import described

    SNAPSHOT.write_text(text(described().openapi()), encoding="utf-8")


if __name__ == "__main__":
    main()
