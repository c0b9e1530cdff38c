"""The REST API under `/api/v1`."""

from fastapi import APIRouter

from api.rest import repositories, stats

router = APIRouter(prefix="/api/v1")
router.include_router(repositories.router)
router.include_router(stats.router)
