"""Exports: dated tables that never change, made by `seedwatch export`."""

from pathlib import Path as FilePath
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse, Response

from api.problems import INVALID, NOT_FOUND, Problem, documented
from api.schemas.exports import ExportDocument, ExportsAnswer
from api.state import SharedDep
from miner.exports import MANIFEST, manifest

EXPORTS: Final = "/api/v1/exports"
_TYPES: Final = {".csv": "text/csv; charset=utf-8", ".json": "application/json"}
_NAME: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}Z$"
_FILE: Final = r"^[a-z]+\.(parquet|csv|json)$"

router = APIRouter(prefix="/exports", tags=["exports"])


@router.get("", summary="The exports, newest first")
def list_exports(shared: SharedDep) -> ExportsAnswer:
    """Each with its manifest, and the address of each of its files."""
    return ExportsAnswer(
        items=[ExportDocument.model_validate(about) for about in manifests(shared.settings.exports_dir)]
    )


@router.get(
    "/{name}/{file}",
    summary="A file of an export",
    response_class=FileResponse,
    responses={
        200: {"content": {"application/octet-stream": {}, "text/csv": {}, "application/json": {}}},
        **documented(NOT_FOUND, INVALID),
    },
)
def get_file(
    shared: SharedDep,
    name: Annotated[
        str,
        Path(pattern=_NAME, description="The export's moment, as the list has it.", examples=["2026-11-21T120000Z"]),
    ],
    file: Annotated[
        str, Path(pattern=_FILE, description="A file of it, or `manifest.json`.", examples=["repositories.parquet"])
    ],
) -> Response:
    """It never changes, and may be kept for ever."""
    path = shared.settings.exports_dir / name / file
    if not path.is_file():
        raise Problem(NOT_FOUND, f"There is no file {file} in an export {name}.")
    return FileResponse(
        path,
        media_type=_TYPES.get(path.suffix, "application/octet-stream"),
        filename=f"seedwatch-{name}-{file}",
        headers={"cache-control": "public, max-age=31536000, immutable"},
    )


def manifests(root: FilePath) -> list[dict[str, Any]]:
    """The manifests of all exports, newest first, with the address of each file."""
    found: list[dict[str, Any]] = []
    for path in sorted(root.glob(f"[0-9]*/{MANIFEST}"), reverse=True):
        about = manifest(path.parent)
        for file in about["files"]:
            file["url"] = f"{EXPORTS}/{about['name']}/{file['name']}"
        found.append(about)
    return found
