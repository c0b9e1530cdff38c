"""Repositories that others list: names, addresses, CSV files of data sets, indexes of packages."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from miner.errors import BadInput, BadTarget
from miner.github.access import Access
from miner.github.crawl import Patience
from miner.github.graphql import BATCH
from miner.github.listing import look_up
from miner.github.sources import Sources
from miner.store import RepositoryInfo, Store, discoveries
from miner.store.discoveries import Discovery, DiscoveryProgress, NewQuery, Paid, Query
from miner.targets import GitHubTarget, parse_target

# What data sets call the column, most telling first.
_COLUMNS = (
    *("full_name", "repo_full_name", "repo_name", "repository", "name_with_owner", "nameWithOwner", "repo"),
    *("html_url", "repo_url", "repository_url", "github_url", "url", "project", "name"),
)
_NAME = re.compile(r"(?:(?:https?|git|ssh)://(?:www\.|git@)?github\.com/)?[\w-]+/[\w.-]+(?:/.*)?")
_LOOKED_AT = 50
_ON_GITHUB = re.compile(r"(?:^|[/@.])github\.com[/:]([\w-]+)/([\w.-]+)", re.IGNORECASE)
_NOT_OWNERS = frozenset({"sponsors", "orgs", "users", "apps", "marketplace", "features", "about", "topics"})
_SOURCE_LABEL = re.compile(r"source|code|repo|github", re.IGNORECASE)
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def names_in(
    sources: Sources, source: str, column: str | None = None, odd: Callable[[str], object] = str
) -> Iterator[str]:
    """`OWNER/NAME` of each repository on GitHub in a list or a CSV file, once each.

    What names no repository there is passed by, and told to `odd`. `source` is a path or an address. Raises BadInput
    for a file that cannot be read, or without such a column, GitHubUnavailable for one that cannot be fetched.
    """
    with _text_of(sources, source) as file:
        lines = iter(file)
        first = next(lines, "")
        if column is None and ("," not in first and "\t" not in first):
            texts = _plain_lines([first, *lines])
        else:
            texts = _column([first, *lines], column, source)
        yield from _once(_targets(texts, odd))


def _targets(texts: Iterable[str], odd: Callable[[str], object]) -> Iterator[str]:
    for text in texts:
        if _target(text):
            yield text
        elif text.strip():
            odd(text)


def dependents_in(sources: Sources, source: str, package: str) -> Iterator[str]:
    """`OWNER/NAME` of each package in an index that requires `package`, where its addresses name GitHub.

    `source` is a path or an address. Raises BadInput for a file that cannot be read or is no JSON, GitHubUnavailable
    for one that cannot be fetched.
    """
    wanted = _normal(package)
    with _text_of(sources, source) as file:
        yield from _once(
            name
            for document in _documents(file, source)
            if wanted in _required(document)
            for name in _repository_of(document)
        )


async def note_names(
    store: Store,
    access: Access,
    patience: Patience,
    tell: Callable[[DiscoveryProgress], None],
    kind: str,
    label: str,
    names: Sequence[str],
) -> DiscoveryProgress:
    """Notes named repositories: with a token after a look at what GitHub has under each name, else as they are named.

    A hundred names are a query that is paid for once, wherever they come from.
    """
    batches = {
        _key(names[start : start + BATCH]): names[start : start + BATCH] for start in range(0, len(names), BATCH)
    }
    with store.changing() as session:
        found = discoveries.begin(session, kind, label, datetime.now(UTC))
        discoveries.plant(session, found.id, [NewQuery(key, guess=len(batch)) for key, batch in batches.items()])
    while (query := _next(store, found, batches)) is not None:
        targets = [target for target in map(_target, batches[query.text]) if target is not None]
        infos, requests = await _known(access, patience, targets)
        with store.changing() as session:
            paid = Paid(infos, total_count=len(targets), requests=requests)
            discoveries.pay(session, query, kind, label, paid, "done", datetime.now(UTC))
        tell(_progress(store, found))
    return _progress(store, found)


async def _known(
    access: Access, patience: Patience, targets: Sequence[GitHubTarget]
) -> tuple[list[RepositoryInfo], int]:
    if not access.authenticated:
        return [RepositoryInfo(target.owner, target.name) for target in targets], 0
    looked = await patience(lambda: look_up(access.graphql, targets))
    return [info for info in looked.values() if info is not None], 1


def _next(store: Store, found: Discovery, batches: Mapping[str, Sequence[str]]) -> Query | None:
    """An open query of this file's; those of an earlier state of it are nobody's any more."""
    while True:
        with store.changing() as session:
            query = discoveries.next_open(session, found.id)
            if query is None or query.text in batches:
                return query
            discoveries.drop(session, query.id)


def _progress(store: Store, found: Discovery) -> DiscoveryProgress:
    with store.reading() as session:
        return discoveries.progress(session, found.id)


def _key(batch: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(batch).lower().encode()).hexdigest()[:32]


@contextmanager
def _text_of(sources: Sources, source: str) -> Iterator[IO[str]]:
    try:
        with sources.opened(source) as file, io.TextIOWrapper(file, encoding="utf-8") as text:
            yield text
    except EOFError as error:
        raise BadInput(f"{source} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{source} is not text: {error.reason} at byte {error.start}") from error


def _plain_lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line.partition("#")[0].strip()


def _column(lines: Sequence[str], column: str | None, source: str) -> Iterator[str]:
    rows = csv.DictReader(lines, delimiter="\t" if "\t" in lines[0] else ",")
    names = list(rows.fieldnames or [])
    table = list(rows)
    chosen = column or next((each for each in _COLUMNS if each in names and _names_repositories(table, each)), None)
    if chosen is None or chosen not in names:
        raise BadInput(f"{source}: no column names repositories; choose one with --column: {', '.join(names)[:300]}")
    return (row[chosen].strip() for row in table if row[chosen])


def _names_repositories(table: Sequence[Mapping[str, str]], column: str) -> bool:
    values = [row[column].strip() for row in table[:_LOOKED_AT] if row[column]]
    return 2 * sum(_NAME.fullmatch(value) is not None for value in values) > len(values)


def _target(text: str) -> GitHubTarget | None:
    if "/" not in text or text.startswith(("/", ".", "~")):
        return None
    try:
        target = parse_target(text)
    except BadTarget:
        return None
    return target if isinstance(target, GitHubTarget) else None


def _once(names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for text in names:
        target = _target(text)
        if target is not None and str(target).lower() not in seen:
            seen.add(str(target).lower())
            yield str(target)


def _documents(file: IO[str], source: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a file: one a line, or an array."""
    try:
        for line in file:
            text = line.strip()
            if text.startswith("["):
                yield from json.loads(text + file.read())
            elif text:
                yield json.loads(text)
    except ValueError as error:
        raise BadInput(f"{source} is no JSON: one document a line, or one array") from error


def _required(document: Mapping[str, Any]) -> set[str]:
    """The packages that a package requires, extras among them, by normal names."""
    info = document.get("info", document)
    texts = [each for each in info.get("requires_dist") or [] if isinstance(each, str)]
    for listed in document.get("dependencies") or []:
        if isinstance(listed, Mapping):
            texts.append(str(listed.get("package_name") or listed.get("name") or ""))
    return {_normal(match[1]) for match in map(_REQUIREMENT.match, texts) if match}


def _repository_of(document: Mapping[str, Any]) -> Iterator[str]:
    """The first repository on GitHub among a package's addresses, the one that says it is the source first."""
    info = document.get("info", document)
    urls = info.get("project_urls") or {}
    labelled = dict(urls) if isinstance(urls, Mapping) else dict(_labelled(each) for each in urls)
    by_label = sorted(labelled.items(), key=lambda each: not _SOURCE_LABEL.search(each[0]))
    addresses = [info.get("repository_url"), *(address for _, address in by_label), info.get("home_page")]
    for address in addresses:
        match = _ON_GITHUB.search(str(address or ""))
        if match and match[1].lower() not in _NOT_OWNERS:
            yield f"{match[1]}/{match[2].removesuffix('.git')}"
            return


def _labelled(text: str) -> tuple[str, str]:
    label, _, address = str(text).partition(",")
    return label.strip(), address.strip()


def _normal(name: str) -> str:
    """A package's name as PyPI compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
