"""Documents of verifications."""

from datetime import datetime

from api.schemas import Document
from miner.verify.model import CheckRun, Verification


class VerificationDocument(Document):
    """One finding put to the test. `finding` is its place in the report's `pairs`; `picture_url` has it drawn."""

    finding: int
    finished_at: datetime
    verification: Verification
    picture_url: str


class CheckRunDocument(Document):
    """One companion check put to the test. `position` is its place in the report's `checks`."""

    position: int
    finished_at: datetime
    run: CheckRun


class VerificationsAnswer(Document):
    """What running a scan's flagged loaders showed, beside the static verdicts and never over them."""

    commit: str
    verifications: list[VerificationDocument]
    checks: list[CheckRunDocument]


class VerificationRequested(Document):
    """A verification that was asked for; `status_url` tells how it stands."""

    batch_id: int
    status_url: str
