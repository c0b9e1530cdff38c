"""The durable engine, dbos, embedded in this process: the scan workflow, its queue, and who takes over from the dead.

What was learned about dbos 3.4, and how it is met here:

- Two processes under one executor id would run each other's jobs again: each has an id of its own.
- A queue is polled once a second by default, and jobs are claimed by equal application versions only, by default a hash
  of the code: both are pinned.
- A resumed workflow starts to count its attempts anew: `batch_items.attempts` counts them, at the start of each.
- A dead process's jobs stay with it until somebody resumes them: `Heartbeat` does.
- A workflow that ends with an error is done with. To be handed back it has to be left as a killed process leaves it,
  which an exception that is no `Exception` does (`Stopped`).
"""

import logging
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from uuid import uuid4

from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    SQLAlchemyDatasource,
    WorkflowStatus,
)

from miner.jobs.analysis import in_one_line
from miner.jobs.heartbeat import Heartbeat
from miner.jobs.scanner import Failed, Outcome, Scanned, Scanner
from miner.settings import Settings
from miner.store import BatchItem, ItemState, Store, batches, repositories, scans
from miner.store.engine import normal_url, translated_errors

APPLICATION = "seedwatch"
SCAN_QUEUE = "scan"
SCAN_WORKFLOW = "scan"
# A change of what a workflow's steps mean needs a new one: then nobody takes up what an older release began.
APPLICATION_VERSION = "1"
POLLING_SECONDS = 0.1
MOST_ATTEMPTS = 3

SETTLE_SECONDS = 2.0
PURGED_AT_ONCE = 10_000

# Values in the database are read as JSON: what comes out of a database is not unpickled.
_SERIALIZER = DBOSPortableJSONSerializer()
_LIVE = ("ENQUEUED", "DELAYED", "PENDING")
_WORK_FOLDER = "work"

log = logging.getLogger(__name__)


class Engine:
    """The engine at work in this process, for as long as the context lasts. One at a time in a process."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.executor_id = uuid4().hex
        self._settings = settings
        self._store = store
        self._work_root = settings.cache_dir / _WORK_FOLDER
        self._stopped = False
        self._url = normal_url(settings.database_url).render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        with translated_errors(), ExitStack() as undo:
            self._scanner = Scanner(self._settings, self._store, self._work_root / self.executor_id)
            undo.callback(self._scanner.stop)
            self._heartbeat = Heartbeat(self._store, self.executor_id, self._hand_back)
            self._heartbeat.register()
            self._launch()
            undo.callback(DBOS.destroy, destroy_registry=True)
            self._client = DBOSClient(
                system_database_url=self._url,
                serializer=_SERIALIZER,
                application_name=APPLICATION,
                retry_connection_errors=False,  # who is at the terminal wants to know, not to wait
            )
            undo.callback(self._client.destroy)
            self._heartbeat.start()
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._client.destroy()

    def stop(self) -> None:
        """Ends the jobs under way and hands them back to the queue; what they had not stored is as if never begun."""
        if self._stopped:
            return
        self._stopped = True
        with translated_errors():
            self._scanner.stop()
            DBOS.destroy(destroy_registry=True)
            self._heartbeat.stop()
            self._purge_finished()

    def settle(self) -> None:
        """Waits until the engine has noted the end of the jobs whose results are stored already; not for long."""
        deadline = time.monotonic() + SETTLE_SECONDS
        with translated_errors():
            while time.monotonic() < deadline and self._pending(self.executor_id):
                time.sleep(POLLING_SECONDS / 2)

    def enqueue(self, item_ids: Sequence[int], *, batch_size: int) -> None:
        """Makes sure that each of the items, which are all unfinished, has a workflow that is queued or running.

        Items of small batches come first: a look at one repository does not wait for a batch that another process left.
        """
        ids = [_workflow_id(item_id) for item_id in item_ids]
        with translated_errors():
            known = self._client.list_workflows(workflow_ids=ids, load_input=False, load_output=False)
            statuses = {workflow.workflow_id: workflow.status for workflow in known}
            ended = [id_ for id_, status in statuses.items() if status not in _LIVE]
            if ended:
                self._client.delete_workflows(ended)
        with self._store.changing() as session:
            for item_id, workflow_id in zip(item_ids, ids, strict=True):
                if statuses.get(workflow_id) not in _LIVE:
                    options: EnqueueOptions = {
                        "workflow_name": SCAN_WORKFLOW,
                        "queue_name": SCAN_QUEUE,
                        "workflow_id": workflow_id,
                        "app_version": APPLICATION_VERSION,
                        "priority": batch_size,
                    }
                    self._client.enqueue_in_transaction(session, options, item_id)

    def withdraw(self, item_ids: Sequence[int]) -> None:
        """Takes unfinished items out of the queue; `enqueue` puts them back. Call after `stop`."""
        with translated_errors():
            self._client.cancel_workflows([_workflow_id(item_id) for item_id in item_ids])
        with self._store.changing() as session:
            for item_id in item_ids:
                batches.put_back(session, item_id)

    def _launch(self) -> None:
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": self._url,
            "application_version": APPLICATION_VERSION,
            "executor_id": self.executor_id,
            "serializer": _SERIALIZER,
            "log_level": "CRITICAL",  # it writes to the terminal; what matters is in our own rows and log
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": POLLING_SECONDS,  # the end waits for one such sleep
        }
        DBOS(config=config)
        self._datasource = SQLAlchemyDatasource.create(
            self._url, engine=self._store.write_engine, serializer=_SERIALIZER
        )

        @DBOS.workflow(name=SCAN_WORKFLOW)
        def scan(item_id: int) -> str:
            return self._scan(item_id)

        DBOS.listen_queues([SCAN_QUEUE])
        DBOS.launch()
        DBOS.register_queue(
            SCAN_QUEUE,
            worker_concurrency=self._settings.scan_concurrency,
            polling_interval_sec=POLLING_SECONDS,
            on_conflict="always_update",
        )

    def _scan(self, item_id: int) -> str:
        """The workflow: everything but the last step is done again where it was interrupted, and harmlessly."""
        with self._store.changing() as session:
            item = batches.begin_item(session, item_id, datetime.now(UTC))
        if item is None:
            return "finished before"
        outcome = self._outcome(item)
        return self._datasource.run_tx_step({"name": "save"}, self._save, item_id, outcome)

    def _outcome(self, item: BatchItem) -> Outcome:
        known = None if item.repository is None else item.repository.id
        if item.attempts > MOST_ATTEMPTS:
            return Failed("failed", f"set aside: its worker died {MOST_ATTEMPTS} times", known)
        try:
            return self._scanner.scan(item)
        except Exception as error:
            log.debug("item %d, %s: a fault in the program", item.id, item.target, exc_info=error)
            return Failed("failed", f"fault in the program: {in_one_line(error)}", known)

    def _save(self, item_id: int, outcome: Outcome) -> str:
        """The last step: the results, the item, the batch's counters and the engine's checkpoint in one commit."""
        session, now = self._datasource.sql_session(), datetime.now(UTC)
        if not batches.is_open(session, item_id):
            return "finished before"
        if isinstance(outcome, Failed):
            if outcome.repository_id is not None:
                repositories.set_state(session, outcome.repository_id, outcome.state, outcome.reason)
            batches.finish_item(
                session, item_id, outcome.state, now, reason=outcome.reason, repository_id=outcome.repository_id
            )
            return outcome.state
        state: ItemState = "scanned" if isinstance(outcome, Scanned) else "unchanged"
        if isinstance(outcome, Scanned):
            scan_id = scans.save(session, outcome.repository_id, outcome.found)
        else:
            scan_id = outcome.scan_id
            repositories.seen_unchanged(session, outcome.repository_id, now)
        batches.finish_item(session, item_id, state, now, repository_id=outcome.repository_id, scan_id=scan_id)
        return state

    def _hand_back(self, executor_id: str) -> None:
        """Puts the jobs of a process that is no more back in their queues, and removes what it had fetched."""
        left = self._pending(executor_id)
        for queue in {workflow.queue_name for workflow in left}:
            ids = [workflow.workflow_id for workflow in left if workflow.queue_name == queue]
            self._client.resume_workflows(ids, queue_name=queue)
        shutil.rmtree(self._work_root / executor_id, ignore_errors=True)

    def _pending(self, executor_id: str) -> list[WorkflowStatus]:
        return self._client.list_workflows(
            status=["PENDING"], executor_id=[executor_id], load_input=False, load_output=False
        )

    def _purge_finished(self) -> None:
        """The engine keeps what is finished for ever; `batch_items` has all that is worth keeping."""
        finished = self._client.list_workflows(
            name=SCAN_WORKFLOW, status=["SUCCESS"], limit=PURGED_AT_ONCE, load_input=False, load_output=False
        )
        if finished:
            self._client.delete_workflows([workflow.workflow_id for workflow in finished])


def _workflow_id(item_id: int) -> str:
    return f"{SCAN_WORKFLOW}-{item_id}"
