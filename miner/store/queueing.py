"""Repositories that a request names: made known, and which of them are to be queued, for many in a few statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from miner.store import found, repositories
from miner.store.convert import storable
from miner.store.models import BatchItemRow, BatchRow, RepositoryRow
from miner.store.names import Key, by_name, key_of
from miner.store.records import OPEN_ITEM_STATES, BatchState, NewItem, RepositoryInfo


def known(session: Session, items: Sequence[NewItem], source: str, now: datetime) -> list[int | None]:
    """The repository of each item, made known where it was not; None for a folder that was never scanned.

    `source` is who names them.
    """
    named = {key_of(item.identity): item.identity for item in items if item.identity is not None}
    ids = by_name(session, list(named))
    ids |= _made(session, [info for key, info in named.items() if key not in ids], now)
    found.add_sources(session, list(ids.values()), source, "", now)
    by_path = _by_path(session, [storable(item.target) for item in items if item.identity is None])
    return [
        by_path.get(storable(item.target)) if item.identity is None else ids[key_of(item.identity)] for item in items
    ]


def taken(session: Session, ids: Iterable[int], batch_id: int, states: Sequence[BatchState]) -> set[int]:
    """Those of the repositories that another batch in one of these states has queued."""
    query = (
        select(BatchItemRow.repository_id)
        .join(BatchRow, BatchRow.id == BatchItemRow.batch_id)
        .where(
            BatchItemRow.repository_id.in_(ids),
            BatchItemRow.state.in_(OPEN_ITEM_STATES),
            BatchItemRow.batch_id != batch_id,
            BatchRow.state.in_(states),
        )
    )
    return {repository_id for repository_id in session.scalars(query) if repository_id is not None}


def note_queued(session: Session, ids: Iterable[int]) -> None:
    """Says so of repositories, but for those that are left alone."""
    moved = update(RepositoryRow).where(
        RepositoryRow.id.in_(ids), RepositoryRow.state.not_in(("queued", "scanning", "opted_out"))
    )
    session.execute(moved.values(state="queued", state_reason=None).execution_options(synchronize_session=False))


def _by_path(session: Session, paths: Sequence[str]) -> dict[str, int]:
    rows = session.execute(
        select(RepositoryRow.local_path, RepositoryRow.id).where(RepositoryRow.local_path.in_(paths))
    )
    return {path: repository_id for path, repository_id in rows if path is not None}


def _made(session: Session, infos: Sequence[RepositoryInfo], now: datetime) -> dict[Key, int]:
    """New rows; one at a time where another process is at the same names."""
    if not infos:
        return {}
    fixed = {"state": "queued", "first_seen": now, "last_seen": now}
    rows: list[dict[str, Any]] = [
        {"host": info.host, "owner": info.owner, "name": info.name, "url": info.url, **fixed} for info in infos
    ]
    try:
        with session.begin_nested():
            session.execute(insert(RepositoryRow), rows)
    except IntegrityError:
        return {key_of(info): repositories.remember(session, info, now).id for info in infos}
    return by_name(session, [key_of(info) for info in infos])
