"""Errors as RFC 9457 problem documents: what went wrong, and what to do.

Everything under `/api` answers with these; the dashboard shows the same problems as pages. Each kind of problem is one
row of `KINDS`, has a page of its own at its `type`, and is never reused for another meaning.
"""

from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its slug, HTTP status, title, and what a caller can do about it."""

    slug: str
    status: int
    title: str
    remedy: str

    @property
    def type(self) -> str:
        """The URI reference that identifies the kind, which is also the address of its page."""
        return f"/problems/{self.slug}"


NOT_SCANNED: Final = Kind(
    "not-scanned",
    404,
    "This repository has not been scanned",
    "POST to `scan_url` with a token, or run the command in `scan_command` where this service runs.",
)
COMMIT_NOT_SCANNED: Final = Kind(
    "commit-not-scanned",
    404,
    "This commit has not been scanned",
    "Leave out `commit` for the newest scan. A scan reads the commit that the default branch points at.",
)
NO_HISTORY: Final = Kind(
    "no-history",
    404,
    "Nobody has followed this repository through time",
    "`seedwatch history OWNER/NAME`, run where this service's database is, follows it and keeps the result.",
)
NO_SAMPLE: Final = Kind(
    "no-sample",
    404,
    "No random sample has been drawn here",
    "`seedwatch discover sample 20000` draws one. `population=census` has the figures of what was found.",
)
BAD_TARGET: Final = Kind(
    "bad-target",
    422,
    "This is not the address of a repository",
    "Write `owner/name` or the address of a repository, for example https://github.com/pytorch/examples.",
)
BAD_CURSOR: Final = Kind(
    "bad-cursor",
    422,
    "This cursor does not belong to this list",
    "Start again without `cursor` and follow the `next` link of each answer, with the filters unchanged.",
)
INVALID: Final = Kind(
    "invalid-request",
    422,
    "The request has a value that it may not have",
    "Correct what is named. An address of the API lists the fields in `errors`.",
)
NOT_FOUND: Final = Kind(
    "not-found", 404, "There is nothing here", "See /openapi.json for the addresses that there are."
)
TOO_MANY: Final = Kind(
    "too-many-requests",
    429,
    "More requests than one client may make",
    "Wait for the seconds in `Retry-After`. `POST /api/v1/repos:batchGet` asks for 1,000 repositories at once.",
)
METHOD: Final = Kind(
    "method-not-allowed", 405, "This address does not take that method", "See the `Allow` header for those it takes."
)
UNAVAILABLE: Final = Kind(
    "database-unavailable", 503, "The database does not answer", "Try again; if it lasts, look at the service's log."
)
INTERNAL: Final = Kind(
    "internal",
    500,
    "Something broke on our side",
    "Report it with the `request_id`, under which the log has the cause.",
)
UNAUTHORIZED: Final = Kind(
    "token-needed",
    401,
    "This needs a token",
    "Send `Authorization: Bearer TOKEN`; `seedwatch token make NAME --scope SCOPE` makes one.",
)
FORBIDDEN: Final = Kind(
    "scope-needed", 403, "The token does not allow this", "Use a token with the scope that `detail` names."
)
BAD_FILTER: Final = Kind(
    "bad-filter",
    422,
    "The filter cannot be read",
    "`detail` says where. Write, for example, `verdict = affected and stars > 100`.",
)
REFUSED: Final = Kind("refused", 422, "This cannot be asked for", "`detail` says what is the matter.")
CONFLICT: Final = Kind(
    "not-now", 409, "This does not go with the present state", "Look at the state first; `detail` names it."
)
KINDS: Final = {
    kind.slug: kind
    for kind in (
        NOT_SCANNED,
        COMMIT_NOT_SCANNED,
        NO_HISTORY,
        NO_SAMPLE,
        BAD_TARGET,
        BAD_CURSOR,
        INVALID,
        NOT_FOUND,
        TOO_MANY,
        METHOD,
        UNAUTHORIZED,
        FORBIDDEN,
        BAD_FILTER,
        REFUSED,
        CONFLICT,
        UNAVAILABLE,
        INTERNAL,
    )
}


class FieldError(BaseModel):
    """One value that was refused. `field` names where it was, such as `query.limit`."""

    field: str
    message: str


class ProblemDocument(BaseModel):
    """An RFC 9457 problem document."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(
        description="Identifies the kind of problem; a reference to its page.", examples=["/problems/not-scanned"]
    )
    title: str
    status: int
    detail: str
    request_id: str = Field(description="Also in the `X-Request-ID` header and in the service's log.")
    remedy: str = Field(description="What the caller can do.")
    scan_command: str | None = Field(
        None, description="The command that scans the repository.", examples=["seedwatch scan pytorch/examples"]
    )
    scan_url: str | None = Field(None, description="Where a scan of the repository is asked for, by POST.")
    errors: list[FieldError] | None = Field(None, description="The values that were refused.")


class Problem(Exception):  # noqa: N818 - RFC 9457's own word for it
    """Raised by a handler to answer with a problem. `detail` is about this request; the kind says the rest."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        scan_command: str | None = None,
        scan_url: str | None = None,
        errors: list[FieldError] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.scan_command = scan_command
        self.scan_url = scan_url
        self.errors = errors
        self.headers = headers or {}

    def document(self, request: Request) -> ProblemDocument:
        """The problem as the answer to `request`."""
        return ProblemDocument(
            type=self.kind.type,
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail,
            request_id=request.state.request_id,
            remedy=self.kind.remedy,
            scan_command=self.scan_command,
            scan_url=self.scan_url,
            errors=self.errors,
        )

    def response(self, request: Request) -> JSONResponse:
        """The problem as `application/problem+json`."""
        return JSONResponse(
            self.document(request).model_dump(exclude_none=True),
            status_code=self.kind.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


def documented(*kinds: Kind) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer with these kinds, for OpenAPI."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        known = by_status.get(kind.status)
        description = f"{known['description']}; {kind.title}" if known else kind.title
        by_status[kind.status] = {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
        }
    return by_status
