"""What a crawler found, a page of it in a few statements: names that changed hands are left to `repositories`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from miner.store import opt_outs, repositories
from miner.store.convert import storable
from miner.store.models import RepositoryRow, RepositorySourceRow
from miner.store.names import by_name, key_of
from miner.store.records import GITHUB, RepositoryInfo

_ATTRIBUTES = ("owner", "name", *repositories.KNOWN_ATTRIBUTES)


def remember_found(session: Session, found: Sequence[RepositoryInfo], source: str, label: str, now: datetime) -> int:
    """Stores repositories and where they were found, and gives how many are new. Those that opted out are passed by."""
    left_alone = opt_outs.matcher(session)
    wanted = {(info.github_id or f"{info.owner}/{info.name}".lower()): info for info in found if not left_alone(info)}
    ids, new, others = _plain(session, list(wanted.values()), now)
    for info in others:
        row = repositories.remember(session, info, now)
        ids.append(row.id)
        new += row.first_seen == now
    add_sources(session, ids, source, storable(label)[: repositories.LONGEST_QUERY], now)
    return new


def _plain(
    session: Session, infos: Sequence[RepositoryInfo], now: datetime
) -> tuple[list[int], int, list[RepositoryInfo]]:
    """Rows that were brought up to date or made, how many were made, and those for which it is not that simple."""
    on_github = [info for info in infos if info.github_id is not None and info.host == GITHUB]
    others = [info for info in infos if info.github_id is None or info.host != GITHUB]
    numbers = [info.github_id for info in on_github]
    by_number = select(RepositoryRow.github_id, RepositoryRow.id).where(RepositoryRow.github_id.in_(numbers))
    identified = {number: row_id for number, row_id in session.execute(by_number)}  # noqa: C416
    named = by_name(session, [key_of(info) for info in on_github])
    changed: list[dict[str, Any]] = []
    made: list[RepositoryInfo] = []
    for info in on_github:
        row_id, holder = identified.get(info.github_id), named.get(key_of(info))
        if holder is not None and holder != row_id:
            others.append(info)
        elif row_id is None:
            made.append(info)
        else:
            changed.append({"id": row_id, "last_seen": now, **_values(info)})
    # One statement for each set of attributes: what an answer does not say is left as it is.
    for keys in {tuple(values) for values in changed}:
        session.execute(update(RepositoryRow), [values for values in changed if tuple(values) == keys])
    ids = [values["id"] for values in changed]
    if not made or (inserted := _insert(session, made, now)) is None:
        return ids, 0, [*others, *made]
    return ids + inserted, len(inserted), others


def _insert(session: Session, infos: Sequence[RepositoryInfo], now: datetime) -> list[int] | None:
    """The ids of the new rows, None where another process or a name twice in the list came between."""
    fixed = {"host": GITHUB, "state": "discovered", "first_seen": now, "last_seen": now}
    empty = dict.fromkeys(_ATTRIBUTES)
    try:
        with session.begin_nested():
            values = [{**fixed, **empty, "github_id": info.github_id, **_values(info)} for info in infos]
            session.execute(insert(RepositoryRow), values)
    except IntegrityError:
        return None
    numbers = [info.github_id for info in infos]
    return list(session.scalars(select(RepositoryRow.id).where(RepositoryRow.github_id.in_(numbers))))


def _values(info: RepositoryInfo) -> dict[str, Any]:
    return {name: value for name in _ATTRIBUTES if (value := getattr(info, name)) is not None}


def add_sources(session: Session, ids: Sequence[int], source: str, query: str, now: datetime) -> None:
    """Notes how repositories came to be known, once per source and query."""
    of = (RepositorySourceRow.source == source, RepositorySourceRow.query == query)
    known = set(
        session.scalars(
            select(RepositorySourceRow.repository_id).where(RepositorySourceRow.repository_id.in_(ids), *of)
        )
    )
    values = [
        {"repository_id": row_id, "source": source, "query": query, "seen_at": now}
        for row_id in dict.fromkeys(ids)
        if row_id not in known
    ]
    if values:
        session.execute(insert(RepositorySourceRow), values)
