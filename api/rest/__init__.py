"""The REST API under `/api/v1`."""

from fastapi import APIRouter

from api.rest import (
    asking,
    batch_get,
    batches,
    disputes,
    estimates,
    exports,
    history_rows,
    parts,
    patches,
    repositories,
    research,
    schedules,
    stats,
    verifications,
)

router = APIRouter(prefix="/api/v1")
router.include_router(repositories.router)
router.include_router(parts.router)
router.include_router(patches.router)
router.include_router(asking.router)
router.include_router(verifications.router)
router.include_router(disputes.router)
router.include_router(batch_get.router)
router.include_router(stats.router)
router.include_router(research.router)
router.include_router(history_rows.router)
router.include_router(estimates.router)
router.include_router(batches.router)
router.include_router(schedules.router)
router.include_router(exports.router)
