"""Whether the service is up."""

from fastapi import APIRouter

from api.problems import UNAVAILABLE, documented
from api.schemas import Health
from api.state import StoreDep

router = APIRouter(tags=["service"])


@router.get("/healthz", summary="Whether the service and its database answer", responses=documented(UNAVAILABLE))
def get_health(store: StoreDep) -> Health:
    """200 when both answer, 503 when the database does not."""
    store.check()
    return Health(status="ok")
