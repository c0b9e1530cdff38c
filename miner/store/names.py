"""Rows of repositories by their names, for many in one statement."""

from collections.abc import Sequence

from sqlalchemy import Text, and_, column, func, select, values
from sqlalchemy.orm import Session

from miner.store.models import RepositoryRow
from miner.store.records import RepositoryInfo

Key = tuple[str, str, str]


def key_of(info: RepositoryInfo) -> Key:
    """Host, owner and name, as they are compared."""
    return info.host, info.owner.lower(), info.name.lower()


def by_name(session: Session, keys: Sequence[Key]) -> dict[Key, int]:
    """The ids of those that are known."""
    if not keys:
        return {}
    # Joined and not `IN`, for which PostgreSQL reads the whole table.
    wanted = values(column("host", Text), column("owner", Text), column("name", Text)).data(keys).cte("wanted")
    rows = session.execute(
        select(wanted.c.host, wanted.c.owner, wanted.c.name, RepositoryRow.id).join_from(
            wanted,
            RepositoryRow,
            and_(
                RepositoryRow.host == wanted.c.host,
                func.lower(RepositoryRow.owner) == wanted.c.owner,
                func.lower(RepositoryRow.name) == wanted.c.name,
            ),
        )
    )
    return {(host, owner, name): repository_id for host, owner, name, repository_id in rows}
