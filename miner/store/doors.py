"""What the command line and the service ask of work that is done by jobs: batches, schedules, tokens, workers.

Each method is one transaction, and who asked for a change is noted in the log in the same one.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from miner.store import access, batches, control, schedules, where, workers
from miner.store.access import AuditEntry, Token
from miner.store.errors import NotThere
from miner.store.records import (
    UNENDED_BATCH_STATES,
    BatchItem,
    BatchProgress,
    BatchState,
    Changes,
    Failures,
    FailureState,
    ItemState,
    NewBatch,
    NewItem,
)
from miner.store.schedules import NewSchedule, Schedule
from miner.store.sight import Sight, sight
from miner.store.workers import Worker

Transaction = Callable[[], AbstractContextManager[Session]]

REASONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Batches:
    """Requests over many repositories. Changes of one that is not there raise NotThere."""

    reading: Transaction
    changing: Transaction

    def create(
        self,
        items: Iterable[NewItem],
        batch: NewBatch,
        *,
        key: str | None = None,
        beside: Sequence[BatchState] = UNENDED_BATCH_STATES,
    ) -> int:
        """Stores a request over these targets and gives its number. Workers, or `miner.jobs.runner`, carry it out.

        A repository that another batch in one of the states `beside` has queued is left out.
        """
        with self.changing() as session:
            now = _now()
            batch_id = batches.create(session, batch, items, now, key=key, beside=beside)
            access.note(session, batch.created_by, f"{batch.kind} batch", str(batch_id), now, detail=batch.title)
            return batch_id

    def select(self, batch: NewBatch, expression: str) -> int:
        """The same over the repositories that a filter (`miner.store.where`) means. Raises BadFilter."""
        wanted = where.parse(expression)
        with self.changing() as session:
            now = _now()
            batch_id = batches.create_selected(session, batch, wanted, now)
            access.note(session, batch.created_by, f"{batch.kind} batch", str(batch_id), now, detail=batch.title)
            return batch_id

    def find(self, batch_id: int) -> BatchProgress | None:
        """Where a batch stands, None if there is no such batch."""
        with self.reading() as session:
            return batches.progress(session, batch_id)

    def get(self, batch_id: int) -> BatchProgress:
        """Where a batch stands."""
        found = self.find(batch_id)
        if found is None:
            raise NotThere(f"there is no batch {batch_id}")
        return found

    def listed(self, *, limit: int = 50, open_only: bool = False, before: int | None = None) -> list[BatchProgress]:
        """Batches, the newest first."""
        with self.reading() as session:
            return batches.newest(session, limit, open_only=open_only, before=before)

    def items(
        self, batch_id: int, states: Sequence[ItemState] = (), *, after: int = -1, limit: int | None = None
    ) -> list[BatchItem]:
        """What became of each target, in the order of the request."""
        with self.reading() as session:
            return batches.items(session, batch_id, states, after=after, limit=limit)

    def changes(self, batch_id: int) -> list[Changes]:
        """From which verdicts to which other ones, and how many."""
        with self.reading() as session:
            batches.state_of(session, batch_id)
            return batches.changes(session, batch_id)

    def changed_items(self, batch_id: int, *, after: int = -1, limit: int = 100) -> list[BatchItem]:
        """The repositories whose verdict is not what it was."""
        with self.reading() as session:
            batches.state_of(session, batch_id)
            return batches.changed_items(session, batch_id, after=after, limit=limit)

    def failures(self, batch_id: int) -> list[Failures]:
        """The reasons for failure, the most frequent first."""
        with self.reading() as session:
            batches.state_of(session, batch_id)
            return batches.failures(session, batch_id, REASONS_SHOWN)

    def pause(self, batch_id: int, actor: str) -> None:
        """Nothing more is begun. Raises NotNow."""
        self._change(control.pause, batch_id, actor, "pause")

    def resume(self, batch_id: int, actor: str) -> None:
        """Goes on. Raises NotNow."""
        self._change(control.resume, batch_id, actor, "resume")

    def cancel(self, batch_id: int, actor: str) -> None:
        """Nothing more is begun, for good. Raises NotNow."""
        self._change(control.cancel, batch_id, actor, "cancel")
        while self._swept(batch_id):
            pass

    def prioritise(self, batch_id: int, priority: int, actor: str) -> None:
        """Small numbers go first."""
        with self.changing() as session:
            control.prioritise(session, batch_id, priority)
            access.note(session, actor, "priority", str(batch_id), _now(), detail=str(priority))

    def retry(
        self, batch_id: int, actor: str, *, states: Sequence[FailureState] = (), reason: str | None = None
    ) -> int:
        """Queues failed items again, those in `states`, with `reason` in theirs; gives how many. Raises NotNow."""
        with self.changing() as session:
            number = control.retry(session, batch_id, states, reason)
            detail = f"{number} items; {', '.join(states) or 'any state'}; {reason or 'any reason'}"
            access.note(session, actor, "retry", str(batch_id), _now(), detail=detail)
            return number

    def _change(self, change: Callable[[Session, int], None], batch_id: int, actor: str, action: str) -> None:
        with self.changing() as session:
            change(session, batch_id)
            access.note(session, actor, action, str(batch_id), _now())

    def _swept(self, batch_id: int) -> int:
        with self.changing() as session:
            return control.sweep(session, batch_id, _now())


@dataclass(frozen=True, slots=True)
class Schedules:
    """Batches that come again by the clock. Changes of one that is not there raise NotThere."""

    reading: Transaction
    changing: Transaction

    def add(self, new: NewSchedule, next_at: datetime, actor: str) -> Schedule:
        """Raises BadInput (the name is taken), BadFilter."""
        where.parse(new.selection)
        with self.changing() as session:
            now = _now()
            access.note(session, actor, "schedule", new.name, now, detail=f"{new.cron} {new.time_zone}")
            return schedules.add(session, new, next_at, now)

    def listed(self) -> list[Schedule]:
        """All of them, by name."""
        with self.reading() as session:
            return schedules.listed(session)

    def get(self, name: str) -> Schedule:
        """One of them."""
        with self.reading() as session:
            return schedules.get(session, name)

    def set_paused(self, name: str, paused: bool, actor: str, *, next_at: datetime | None = None) -> None:
        """Stops its clock, or starts it with the next time at `next_at`."""
        with self.changing() as session:
            schedules.set_paused(session, name, paused, next_at)
            access.note(session, actor, "pause schedule" if paused else "resume schedule", name, _now())

    def remove(self, name: str, actor: str) -> None:
        """Its batches stay."""
        with self.changing() as session:
            schedules.remove(session, name)
            access.note(session, actor, "remove schedule", name, _now())


@dataclass(frozen=True, slots=True)
class Access:
    """Tokens of the API, and the log of what was asked."""

    reading: Transaction
    changing: Transaction

    def make_token(self, name: str, scopes: Sequence[str], expires_at: datetime | None = None) -> tuple[Token, str]:
        """A new token, and the text that its owner must keep. Raises BadInput."""
        with self.changing() as session:
            now = _now()
            token, text = access.make(session, name, scopes, expires_at, now)
            access.note(session, "cli", "make token", name, now, detail=" ".join(token.scopes))
            return token, text

    def find_token(self, text: str) -> Token | None:
        """The token that the text is, None where it is none that holds now."""
        with self.reading() as session:
            return access.find(session, text, _now())

    def revoke_token(self, name: str) -> None:
        """Raises NotThere."""
        with self.changing() as session:
            now = _now()
            access.revoke(session, name, now)
            access.note(session, "cli", "revoke token", name, now)

    def tokens(self) -> list[Token]:
        """All of them, revoked ones too."""
        with self.reading() as session:
            return access.tokens(session)

    def audit(self, limit: int = 50) -> list[AuditEntry]:
        """What was asked, newest first."""
        with self.reading() as session:
            return access.audit(session, limit)


@dataclass(frozen=True, slots=True)
class Workers:
    """The processes that run jobs, and what they have to do."""

    reading: Transaction

    def listed(self) -> list[Worker]:
        """All that are not given up for dead."""
        with self.reading() as session:
            return workers.listed(session)

    def sight(self) -> Sight:
        """What is going on, in figures."""
        with self.reading() as session:
            return sight(session)


def _now() -> datetime:
    return datetime.now(UTC)
