"""Keeps a window of each running batch's items in the engine's queues, and takes back what got lost there.

Every worker does this. A batch's items are handed out by one process at a time, in one transaction with the engine's
own rows, so that an item is in exactly one job.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from uuid import uuid4

from dbos import DBOSClient, EnqueueOptions

from miner.jobs.kinds import KindInfo
from miner.store import Store, control, feeding, items, workers
from miner.store.feeding import Hungry
from miner.store.workers import Worker

PORTION_WORKFLOW = "portion"
# A change of what a portion's arguments mean needs a new one: then what an older release put into the queue is taken up
# by nobody, and handed out anew.
APPLICATION_VERSION = "1"
LIVE = ("ENQUEUED", "DELAYED", "PENDING")

# A batch has between so many and so many items in the queues; enough for hundreds of workers, and soon cancelled.
LEAST_CARRIED = 1_000
MOST_CARRIED = 2_000
# Few, so that others who write to an SQLite file do not wait for long.
HANDED_OUT_AT_ONCE = 400
# How many jobs of the engine a worker takes at a time: one is worked on while the next is there already.
PORTIONS_CLAIMED = 2
_PARTS_OF_A_CLAIM = 3


def _one_by_one(_kind: str) -> int:
    return 1


class Feeder:
    """Hands out items of the given kinds; of a kind, `together` says how many a worker does in a moment."""

    def __init__(
        self,
        store: Store,
        client: DBOSClient,
        kinds: Mapping[str, KindInfo],
        together: Callable[[str], int] = _one_by_one,
    ) -> None:
        self._store = store
        self._client = client
        self._kinds = kinds
        self._together = together

    def feed(self) -> None:
        """Marks what is cancelled, and fills the window of each running batch, the most urgent batch first."""
        with self._store.reading() as session:
            cancelled = control.cancelling(session)
            running = feeding.running(session, list(self._kinds))
            # Mostly there is nothing to hand out, and to find that is all that this costs.
            hungry = [
                batch
                for batch in running
                if batch.carried < min(batch.open, LEAST_CARRIED) and feeding.has_waiting(session, batch.id)
            ]
            live = workers.listed(session) if hungry else []
        for batch_id in cancelled:
            with self._store.changing() as session:
                control.sweep(session, batch_id, datetime.now(UTC))
        for batch in hungry:
            self._fill(batch, [each for each in live if self._kinds[batch.kind].queue in each.queues.split()])

    def is_idle(self) -> bool:
        """Whether no running batch of these kinds has an open item."""
        with self._store.reading() as session:
            return not feeding.running(session, list(self._kinds))

    def repair(self) -> None:
        """Takes back items whose job the engine does not have any more, or that an older release put into its queue."""
        with self._store.reading() as session:
            jobs = feeding.jobs(session)
        if not jobs:
            return
        live = self._client.list_workflows(workflow_ids=jobs, status=list(LIVE), load_input=False, load_output=False)
        lost = set(jobs) - {workflow.workflow_id for workflow in live}
        foreign = [
            workflow.workflow_id
            for workflow in live
            if workflow.app_version != APPLICATION_VERSION and workflow.status == "ENQUEUED"
        ]
        if lost or foreign:
            with self._store.changing() as session:
                items.release(session, sorted(lost.union(foreign)))
            self._client.delete_workflows(foreign)

    def _fill(self, batch: Hungry, live: Sequence[Worker]) -> None:
        slots = [worker.concurrency for worker in live]
        carried = batch.carried
        while carried < LEAST_CARRIED or (carried < MOST_CARRIED and carried > batch.carried):
            handed_out = self._hand_out(batch, batch.open - carried, slots)
            carried += handed_out
            if handed_out < HANDED_OUT_AT_ONCE:
                break

    def _hand_out(self, batch: Hungry, left: int, slots: Sequence[int]) -> int:
        info = self._kinds[batch.kind]
        with self._store.changing() as session:
            if not feeding.lock(session, batch.id):
                return 0
            waiting = feeding.waiting(session, batch.id, HANDED_OUT_AT_ONCE)
            next_ones = iter(waiting)
            for size in sizes(len(waiting), left, slots, info.together, self._together(batch.kind)):
                portion = list(islice(next_ones, size))
                workflow_id = uuid4().hex
                feeding.carry(session, portion, workflow_id)
                options: EnqueueOptions = {
                    "workflow_name": PORTION_WORKFLOW,
                    "queue_name": info.queue,
                    "workflow_id": workflow_id,
                    "app_version": APPLICATION_VERSION,
                    "priority": batch.priority,
                }
                self._client.enqueue_in_transaction(session, options, batch.kind, batch.priority, portion)
        return len(waiting)


def sizes(number: int, left: int, slots: Sequence[int], together: int, in_a_moment: int = 1) -> list[int]:
    """How many items each portion has, of `number` items of the `left` ones that no worker has yet.

    `slots` are how many items each live worker does at a time. A portion is a sixth of a worker's share of what is
    left, and so ever smaller: of what a worker has claimed most is still anybody's, and none sits on the last ones.
    Together they are enough for a worker with many slots, and none is smaller than what a worker does in a moment,
    since each costs the engine something.
    """
    claims = PORTIONS_CLAIMED * max(1, len(slots))
    enough = -(-max(slots, default=1) // PORTIONS_CLAIMED)
    least = max(1, min(in_a_moment, together), min(enough, -(-left // claims)))
    found = []
    while number > 0:
        share = -(-left // (claims * _PARTS_OF_A_CLAIM))
        found.append(min(number, max(least, min(share, max(together, enough)))))
        number -= found[-1]
        left -= found[-1]
    return found
