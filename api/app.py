"""The service: the REST API, the dashboard, and what every answer of theirs has in common."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Scope

from api import (
    badges,
    batch_pages,
    health,
    home,
    metrics,
    pages,
    research_pages,
    rest,
    rows_pages,
    scan_now,
    status_page,
)
from api.answers import Renamed, repository_path
from api.compression import Compression
from api.limits import RequestLimit
from api.middleware import AnswerHeaders, HeadAsGet, KeptSlashes, add_headers
from api.openapi import description
from api.problems import (
    BAD_FILTER,
    CONFLICT,
    INTERNAL,
    INVALID,
    METHOD,
    NOT_FOUND,
    REFUSED,
    UNAVAILABLE,
    FieldError,
    Problem,
)
from api.state import Shared
from api.templating import STATIC, Pages
from miner.errors import BadInput
from miner.settings import Settings
from miner.store import Store
from miner.store.errors import BadFilter, NotNow, NotThere, StoreError

log = logging.getLogger(__name__)

_FOR_PROGRAMS = ("/api/", "/badge/", "/healthz", "/metrics", "/openapi.json")


class Assets(StaticFiles):
    """The pages' own files, kept by browsers for ever: their address changes with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def create_app(settings: Settings) -> FastAPI:
    """The application over the database that `settings` name. Its tables must be there already.

    Raises StoreUnavailable for a database URL that cannot be used.
    """
    store = Store(settings.database_url)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = described(lifespan)
    app.state.shared = Shared(settings, store, Pages(contact=settings.contact))
    return app


def described(lifespan: Any = None) -> FastAPI:
    """The application's routes without a store, which is enough to describe them."""
    # The interactive documentation that FastAPI brings loads its script from elsewhere; ours is a page.
    # Programs that write clients name their functions after operations: these have the names of ours.
    app = FastAPI(
        title="seedwatch",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    app.openapi = lambda: _described_once(app)  # type: ignore[method-assign]
    app.include_router(rest.router)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(badges.router)
    app.include_router(home.router)
    app.include_router(pages.router)
    app.include_router(scan_now.router)
    app.include_router(research_pages.router)
    app.include_router(rows_pages.router)
    app.include_router(status_page.router)
    app.include_router(batch_pages.router)
    app.mount("/static", Assets(directory=STATIC), name="static")
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET"],
        allow_headers=["If-None-Match", "X-Request-ID"],
        expose_headers=[
            *("ETag", "Link", "Content-Location", "X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After"),
        ],
    )
    app.add_middleware(Compression)
    app.add_middleware(
        RequestLimit,
        quota=lambda: cast(Shared, app.state.shared).settings.requests_per_minute,
        answer=_answer,
    )
    app.add_middleware(HeadAsGet)
    app.add_middleware(KeptSlashes)
    app.add_middleware(AnswerHeaders)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Renamed, _moved)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(BadInput, _bad_input)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(Exception, _broken)
    return app


def _described_once(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = description(app)
    return app.openapi_schema


def _answer(request: Request, problem: Problem) -> Response:
    if not _is_page(request):
        return problem.response(request)
    return pages.problem_page(cast(Shared, request.app.state.shared), problem, request.state.request_id)


def _is_page(request: Request) -> bool:
    return not request.url.path.startswith(_FOR_PROGRAMS)


async def _moved(request: Request, error: Exception) -> Response:
    """The same address under the present name, whatever of the repository was asked for."""
    repository = cast(Renamed, error).repository
    prefix, _, rest = request.url.path.partition("/repos/")
    of_repository = "".join(f"/{part}" for part in rest.split("/")[3:])
    present = prefix + repository_path(repository.host, repository.owner, repository.name) + of_repository
    return RedirectResponse(f"{present}?{request.url.query}" if request.url.query else present, status_code=301)


async def _problem(request: Request, error: Exception) -> Response:
    return _answer(request, cast(Problem, error))


async def _invalid(request: Request, error: Exception) -> Response:
    faults = cast(RequestValidationError, error).errors()
    errors = [FieldError(field=".".join(map(str, fault["loc"])), message=fault["msg"]) for fault in faults]
    if _is_page(request):
        names = ", ".join(sorted({str(fault["loc"][-1]) for fault in faults}))
        return _answer(request, Problem(INVALID, f"The address has a value that cannot be: {names}."))
    detail = "; ".join(f"{fault.field}: {fault.message}" for fault in errors)
    sent = request.headers.get("content-type", "")
    if errors[0].field == "body" and "json" not in sent:
        # A program that sends JSON under another name, as curl does, is told what it lacks.
        detail = (
            f"The body is read as JSON where it comes with `Content-Type: application/json`, not {sent or 'none'!r}."
        )
    return _answer(request, Problem(INVALID, detail, errors=errors))


async def _refused(request: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    if refusal.status_code == METHOD.status:
        detail = f"{request.method} is not for {request.url.path}."
        return _answer(request, Problem(METHOD, detail, headers=dict(refusal.headers or {})))
    return _answer(request, Problem(NOT_FOUND, f"Nothing has the address {request.url.path}."))


async def _bad_input(request: Request, error: Exception) -> Response:
    kinds = ((BadFilter, BAD_FILTER), (NotThere, NOT_FOUND), (NotNow, CONFLICT))
    kind = next((kind for cls, kind in kinds if isinstance(error, cls)), REFUSED)
    return _answer(request, Problem(kind, str(error)))


async def _unavailable(request: Request, error: Exception) -> Response:
    log.error("request %s: %s", request.state.request_id, error)
    return _answer(request, Problem(UNAVAILABLE, "The database does not answer.", headers={"retry-after": "5"}))


async def _broken(request: Request, error: Exception) -> Response:
    # Runs outside the middleware, and the error goes on to the server, which logs it with its traceback.
    log.error("request %s failed: %s", request.state.request_id, type(error).__name__)
    response = _answer(request, Problem(INTERNAL, "The request could not be answered."))
    add_headers(response.headers, request.state.request_id)
    return response
