"""The durable engine, dbos, embedded in this process: the queues of portions, and who takes over from the dead.

What was learned about dbos 3.4, and how it is met here:

- Each workflow costs some six commits of its own and each step two more. A workflow here is a portion of a batch
  (`portion`), and the item's own row is the checkpoint, in the commit that stores the results.
- Two processes under one executor id would run each other's jobs again: each has an id of its own.
- A queue is polled once a second by default, and jobs are claimed by equal application versions only, by default a hash
  of the code: both are pinned. Its settings are rows that all workers share, the last one to start sets them; so how
  many jobs a worker does at a time is the size of its crew, and the queue's own limit is the same for all.
- A dead process's workflows stay with it until somebody resumes them, and a resumed workflow starts to count its
  attempts anew. So nothing is resumed: the items are released (`Heartbeat`, `Feeder`), their rows count the attempts,
  and they are handed out again in new portions.
- A workflow that ends with an error is done with. One that is left by an exception that is no `Exception` (`Stopped`)
  is left as a killed process leaves it.
"""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self
from uuid import uuid4

from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer

from miner.jobs import clerk, kinds
from miner.jobs.crew import Crew
from miner.jobs.feeder import APPLICATION_VERSION, PORTION_WORKFLOW, PORTIONS_CLAIMED, Feeder
from miner.jobs.heartbeat import BEAT_SECONDS, Heartbeat
from miner.jobs.kinds import CRAWL, Kind, Resources
from miner.jobs.pool import Stopped
from miner.jobs.portion import Portions
from miner.jobs.repeating import Repeating, Task
from miner.jobs.results import Results
from miner.jobs.workfolder import WorkFolder
from miner.settings import Settings
from miner.store import Store, items
from miner.store.engine import normal_url, translated_errors
from miner.store.subseconds import teach_subseconds

APPLICATION = "seedwatch"
# How often a worker looks for jobs. Each look costs it some milliseconds, and while it has work, the next is there.
POLLING_SECONDS = 0.25
SETTLING_SECONDS = 0.05
# Of what the engine offers for messages between workflows nothing is used.
_NOTIFIED_SECONDS = 0.1
FEED_SECONDS = 0.5
REPAIR_SECONDS = 5.0
PURGE_SECONDS = 30.0
SETTLE_SECONDS = 2.0
PURGED_AT_ONCE = 10_000

# Values in the database are read as JSON: what comes out of a database is not unpickled.
_SERIALIZER = DBOSPortableJSONSerializer()
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_WORK_FOLDER = "work"

log = logging.getLogger(__name__)


class Engine:
    """The engine at work in this process, for as long as the context lasts. One at a time in a process."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        queues: Sequence[str] = (CRAWL,),
        expected: tuple[str, int] | None = None,
        attended: int | None = None,
    ) -> None:
        """`expected` are jobs that are there already, by kind and number: it makes ready for them while it starts.
        `attended` is the batch that somebody waits for, who wants to know at once where there is no network.

        Raises BadInput for a queue that there is not.
        """
        self.executor_id = uuid4().hex
        self._settings = settings
        self._store = store
        self._queues = tuple(queues)
        self._expected = expected
        self._attended = attended
        self._kinds = kinds.of_queues(self._queues)
        self._stopping = threading.Event()
        self._url = normal_url(settings.database_url).render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        with translated_errors(), ExitStack() as undo:
            self._heartbeat = Heartbeat(
                self._store, self.executor_id, self._queues, self._settings.scan_concurrency, self._hand_back
            )
            self._heartbeat.register()
            self._open_kinds(undo)
            if self._expected is not None:
                threading.Thread(
                    target=self._make_ready, args=self._expected, name="seedwatch-ready", daemon=True
                ).start()
            self._crew = Crew(self._settings.scan_concurrency)
            undo.callback(self._crew.stop)
            self._results = Results(self._store, self._stopping)
            undo.callback(self._results.stop)
            self._portions = Portions(self._store, self._crew, self._opened, self._results, self._stopping)
            teach_subseconds()
            DBOS.migrate(self._url)
            self._client = DBOSClient(
                system_database_url=self._url,
                serializer=_SERIALIZER,
                application_name=APPLICATION,
                retry_connection_errors=False,  # who is at the terminal wants to know, not to wait
            )
            undo.callback(self._client.destroy)
            self._launch()
            undo.callback(DBOS.destroy, destroy_registry=True)
            self._feeder = Feeder(self._store, self._client, self._kinds, self._portions.in_a_moment)
            self._threads = self._start_threads()
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._client.destroy()

    def stop(self) -> None:
        """Ends the jobs under way and hands them back; what they had not stored is as if never begun."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        # A thread of dbos may be in the middle of a look at the database that is taken from it: nobody need see how.
        threading.excepthook = _noted
        with translated_errors():
            self._crew.stop()
            for kind in self._opened.values():
                kind.stop()
            self._crew.join()
            self._results.stop()
            DBOS.destroy(destroy_registry=True)
            for thread in self._threads:
                thread.stop()
            self._heartbeat.end()
            self._folder.close()
            self._purge_finished()

    def settle(self) -> None:
        """Waits until the engine has noted the end of the jobs whose results are stored already; not for long."""
        deadline = time.monotonic() + SETTLE_SECONDS
        with translated_errors():
            while time.monotonic() < deadline and self._pending(self.executor_id):
                time.sleep(SETTLING_SECONDS)

    def is_idle(self) -> bool:
        """Whether no running batch has anything left to do for a worker of these queues."""
        return self._feeder.is_idle()

    def _open_kinds(self, undo: ExitStack) -> None:
        self._folder = WorkFolder(self._settings.cache_dir / _WORK_FOLDER, self.executor_id)
        undo.callback(self._folder.close)
        resources = Resources(self._settings, self._store, self._folder.path, self._attended)
        self._opened: dict[str, Kind] = {}
        for name, info in self._kinds.items():
            self._opened[name] = info.open(resources)
            undo.callback(self._opened[name].stop)

    def _make_ready(self, kind: str, number: int) -> None:
        with suppress(Stopped):
            self._opened[kind].prepare(min(self._settings.scan_concurrency, number))

    def _launch(self) -> None:
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": self._url,
            "application_version": APPLICATION_VERSION,
            "executor_id": self.executor_id,
            "serializer": _SERIALIZER,
            "log_level": "CRITICAL",  # it writes to the terminal; what matters is in our own rows and log
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": _NOTIFIED_SECONDS,  # the end waits for one such sleep
            "notification_coalesce_sec": _NOTIFIED_SECONDS,  # and for one such
        }
        DBOS(config=config)

        @DBOS.workflow(name=PORTION_WORKFLOW)
        def portion(kind: str, priority: int, item_ids: list[int]) -> None:
            workflow_id = DBOS.workflow_id
            if workflow_id is not None:
                self._portions.carry_out(workflow_id, kind, priority, item_ids)

        for queue in self._queues:  # before the launch, which else takes a second to notice them
            self._client.register_queue(
                queue,
                worker_concurrency=PORTIONS_CLAIMED,
                polling_interval_sec=POLLING_SECONDS,
                on_conflict="always_update",
            )
        DBOS.listen_queues(list(self._queues))
        DBOS.launch()

    def _start_threads(self) -> tuple[Repeating, ...]:
        desk = clerk.Clerk(self._settings, self._store)
        life = Repeating("seedwatch-heartbeat", [Task("the sign of life", BEAT_SECONDS, self._heartbeat.beat)])
        feeding = Repeating(
            "seedwatch-feeder",
            [
                Task("feeding the queues", FEED_SECONDS, self._feeder.feed),
                Task("looking for lost jobs", REPAIR_SECONDS, self._repair),
                Task("removing what is finished", PURGE_SECONDS, self._purge_finished),
            ],
        )
        office = Repeating("seedwatch-clerk", desk.tasks())
        for thread in (life, feeding, office):
            thread.start()
        return life, feeding, office

    def _hand_back(self, executor_id: str) -> None:
        """Releases the items of a process that is no more."""
        left = self._pending(executor_id)
        if left:
            with self._store.changing() as session:
                items.release(session, left)
            self._client.delete_workflows(left)

    def _repair(self) -> None:
        """What dead processes left, at once where they were of this machine; and of those that nobody knows."""
        for executor_id in self._folder.of_the_dead():
            self._heartbeat.release(executor_id)
        self._feeder.repair()
        known = {worker.executor_id for worker in self._store.workers.listed()}
        pending = self._client.list_workflows(
            name=PORTION_WORKFLOW, status=["PENDING"], load_input=False, load_output=False
        )
        for executor_id in {workflow.executor_id for workflow in pending if workflow.executor_id} - known:
            self._hand_back(executor_id)

    def _pending(self, executor_id: str) -> list[str]:
        found = self._client.list_workflows(
            status=["PENDING"], executor_id=[executor_id], load_input=False, load_output=False
        )
        return [workflow.workflow_id for workflow in found]

    def _purge_finished(self) -> None:
        """The engine keeps what is finished for ever; the items' rows have all that is worth keeping."""
        finished = self._client.list_workflows(
            name=PORTION_WORKFLOW, status=list(_ENDED), limit=PURGED_AT_ONCE, load_input=False, load_output=False
        )
        if finished:
            self._client.delete_workflows([workflow.workflow_id for workflow in finished])


def _noted(failure: threading.ExceptHookArgs) -> None:
    name = "a thread" if failure.thread is None else failure.thread.name
    log.debug("%s ended with the engine", name, exc_info=failure.exc_value)
