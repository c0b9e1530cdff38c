"""Who may change something: the token of a request, and whether it has the scope that is needed."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.problems import FORBIDDEN, UNAUTHORIZED, Problem
from api.state import StoreDep
from miner.store import Store

_CHALLENGE = {"www-authenticate": 'Bearer realm="seedwatch"'}
_bearer = HTTPBearer(
    auto_error=False, description="`seedwatch token make NAME --scope SCOPE` makes a token.", scheme_name="token"
)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def actor_of(store: Store, secret: str, scope: str) -> str:
    """Who asks, as the log has it. Raises Problem where the token is none that holds, or lacks the scope."""
    token = store.access.find_token(secret) if secret else None
    if token is None:
        raise Problem(UNAUTHORIZED, "The token is none that holds.", headers=_CHALLENGE)
    if scope not in token.scopes:
        raise Problem(FORBIDDEN, f"The token {token.name!r} lacks the scope `{scope}`.")
    return f"token:{token.name}"


def _actor_with(scope: str) -> Callable[[StoreDep, Credentials], str]:
    def actor(store: StoreDep, credentials: Credentials) -> str:
        if credentials is None:
            raise Problem(UNAUTHORIZED, "The request has no token.", headers=_CHALLENGE)
        return actor_of(store, credentials.credentials, scope)

    return actor


BatchActor = Annotated[str, Depends(_actor_with("batches"))]
DisputeActor = Annotated[str, Depends(_actor_with("disputes"))]
ScheduleActor = Annotated[str, Depends(_actor_with("schedules"))]
"""Who asks, as the log has it, where the token allows it."""
