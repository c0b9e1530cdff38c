"""What workers do beside jobs: starting batches whose time has come, and telling who wants to know of an end."""

from miner.jobs.repeating import Task
from miner.jobs.schedules import start_due
from miner.jobs.webhooks import deliver_due
from miner.settings import Settings
from miner.store import Store

SCHEDULE_SECONDS = 1.0
WEBHOOK_SECONDS = 1.0


class Clerk:
    """Does it for one worker; several may do it beside each other."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store

    def tasks(self) -> list[Task]:
        """What is to be done, and how often."""
        return [
            Task("starting scheduled batches", SCHEDULE_SECONDS, lambda: start_due(self._store)),
            Task("telling of batches that ended", WEBHOOK_SECONDS, lambda: deliver_due(self._store, self._settings)),
        ]
