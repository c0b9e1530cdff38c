"""GH Archive's hour files, read for which repositories were pushed to: hints about what changed, at no cost to GitHub.

Since October 2025 a push event has no commits, and the archive misses events in bursts: it hastens a look and never
replaces one.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from miner.errors import BadInput
from miner.github.sources import Sources
from miner.store import RepositoryInfo, Store, discoveries, found, watches
from miner.store.discoveries import NewQuery, Paid

ADDRESS = "https://data.gharchive.org"
KIND = "archive"
AT_ONCE = 500

_HOUR = re.compile(r"\d{4}-\d{2}-\d{2}-\d{1,2}")


class _Payload(msgspec.Struct):
    ref: str | None = None
    head: str | None = None


class _Repo(msgspec.Struct):
    id: int
    name: str


class _Event(msgspec.Struct):
    type: str
    repo: _Repo
    payload: _Payload


@dataclass(frozen=True, slots=True)
class Hour:
    """What an hour file said: pushes to branches, how many to known repositories, and what follows."""

    name: str
    pushes: int
    known: int
    due: int
    new: int


def read_hours(
    store: Store, hours: Sequence[str], *, add: bool, user_agent: str, ca_file: Path | None
) -> Iterator[Hour]:
    """Reads each file once in the life of the database: paths, addresses, or hours as `2026-11-20-15`.

    Raises BadInput for what cannot be read, GitHubUnavailable for what cannot be fetched.
    """
    sources = Sources(user_agent, ca_file)
    for source in map(_as_the_archive_writes_it, hours):
        name = source.rpartition("/")[2]
        with store.changing() as session:
            begun = discoveries.begin(session, KIND, name, datetime.now(UTC))
            discoveries.plant(session, begun.id, [NewQuery("known"), *([NewQuery("all")] if add else [])])
            query = discoveries.next_open(session, begun.id)
        if query is None:
            continue
        address = f"{ADDRESS}/{source}.json.gz" if _HOUR.fullmatch(source) else source
        with sources.opened(address) as file:
            hour = _read(store, file, name, add=add)
        while query is not None:
            with store.changing() as session:
                discoveries.pay(session, query, KIND, name, Paid((), requests=0), "done", datetime.now(UTC))
                query = discoveries.next_open(session, begun.id)
        yield hour


def _as_the_archive_writes_it(source: str) -> str:
    """An hour without a zero before it; other sources as they are. Raises BadInput for an hour that there is not."""
    if not _HOUR.fullmatch(source):
        return source
    try:
        hour = datetime.strptime(source, "%Y-%m-%d-%H").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadInput(f"{source} is no hour: write YYYY-MM-DD-H, with hours from 0 to 23") from error
    return f"{hour:%Y-%m-%d}-{hour.hour}"


def _read(store: Store, file: IO[bytes], name: str, *, add: bool) -> Hour:
    latest: dict[int, tuple[str, str, str]] = {}
    pushes = 0
    for event in _pushes(file, name):
        pushes += 1
        latest[event.repo.id] = (event.repo.name, event.payload.ref or "", event.payload.head or "")
    known = due = new = 0
    items = list(latest.items())
    for start in range(0, len(items), AT_ONCE):
        batch = dict(items[start : start + AT_ONCE])
        with store.changing() as session:
            now = datetime.now(UTC)
            heads = {github_id: (ref, head) for github_id, (_, ref, head) in batch.items()}
            hinted = watches.hint(session, heads, now)
            known, due = known + hinted.known, due + hinted.due
            if add:
                infos = [
                    _info(full_name, github_id)
                    for github_id, (full_name, _, _) in batch.items()
                    if github_id not in hinted.ids and full_name.count("/") == 1
                ]
                new += found.remember_found(session, infos, KIND, name, now)
    return Hour(name, pushes, known, due, new)


def _info(full_name: str, github_id: int) -> RepositoryInfo:
    owner, _, name = full_name.partition("/")
    return RepositoryInfo(owner, name, github_id=github_id)


def _pushes(file: IO[bytes], name: str) -> Iterator[_Event]:
    decoder = msgspec.json.Decoder(_Event)
    try:
        for line in file:
            if b'"PushEvent"' in line:
                event = decoder.decode(line)
                if event.type == "PushEvent" and (event.payload.ref or "").startswith("refs/heads/"):
                    yield event
    except (msgspec.DecodeError, EOFError, OSError, zlib.error) as error:
        raise BadInput(f"{name} is no hour file of GH Archive: {error}") from error
