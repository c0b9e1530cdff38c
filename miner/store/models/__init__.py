"""The tables, one module per subject. Names are those of the report; all times are UTC. Only `miner.store` imports it.

States are text without a CHECK: they grow with releases, and the types in `records` are what guards them.

A change here needs a migration; a test compares the two.
"""

from miner.store.models.access import AuditRow, TokenRow
from miner.store.models.base import Base, Id, UtcDateTime
from miner.store.models.batches import BatchCountRow, BatchItemRow, BatchRow, WebhookRow
from miner.store.models.budgets import BudgetRow, LeaseRow
from miner.store.models.check_runs import CheckRunRow
from miner.store.models.checks import CheckFindingRow, SeedRow
from miner.store.models.discoveries import DiscoveryQueryRow, DiscoveryRow
from miner.store.models.disputes import DisputeRow
from miner.store.models.histories import HistoryEpisodeRow, HistoryRow, HistoryStepRow
from miner.store.models.listings import FormerNameRow, ListingRow, ScanCodeRow, TallyRow
from miner.store.models.opt_outs import OptOutRow
from miner.store.models.past import PastTallyRow, StaleDayRow
from miner.store.models.patches import PatchRow
from miner.store.models.proofs import ProofRow
from miner.store.models.repositories import RepositoryRow, RepositorySourceRow
from miner.store.models.samples import SampleDrawRow, SampleRow, SampleStratumRow
from miner.store.models.scans import ExcerptRow, FindingRow, ScanRow
from miner.store.models.schedules import ScheduleRow
from miner.store.models.verifications import VerificationRow
from miner.store.models.watches import WatchRow
from miner.store.models.workers import WorkerRow

__all__ = [
    "AuditRow",
    "Base",
    "BatchCountRow",
    "BatchItemRow",
    "BatchRow",
    "BudgetRow",
    "CheckFindingRow",
    "CheckRunRow",
    "DiscoveryQueryRow",
    "DiscoveryRow",
    "DisputeRow",
    "ExcerptRow",
    "FindingRow",
    "FormerNameRow",
    "HistoryEpisodeRow",
    "HistoryRow",
    "HistoryStepRow",
    "Id",
    "LeaseRow",
    "ListingRow",
    "OptOutRow",
    "PastTallyRow",
    "PatchRow",
    "ProofRow",
    "RepositoryRow",
    "RepositorySourceRow",
    "SampleDrawRow",
    "SampleRow",
    "SampleStratumRow",
    "ScanCodeRow",
    "ScanRow",
    "ScheduleRow",
    "SeedRow",
    "StaleDayRow",
    "TallyRow",
    "TokenRow",
    "UtcDateTime",
    "VerificationRow",
    "WatchRow",
    "WebhookRow",
    "WorkerRow",
]
