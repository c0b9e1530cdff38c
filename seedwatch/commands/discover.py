"""`seedwatch discover`: repositories into the database, not yet scanned."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Annotated

import typer

from miner.errors import BadQuery, RateLimited, Unauthorized
from miner.github.access import Access
from miner.github.crawl import Crawl, Patience
from miner.github.partition import OF_CODE, OF_REPOSITORIES, Dimension, Partition
from miner.github.sources import Sources, is_address
from miner.settings import load_settings
from miner.store import Store, discoveries, upgrade
from miner.store.discoveries import Discovery, DiscoveryProgress
from miner.targets import parse_owner
from seedwatch.output.discovery import progress_line, summary_line, waiting_line
from seedwatch.statuses import OK, STOPPED

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Again = Annotated[bool, typer.Option("--again", help="Ask everything anew, also what was asked and paid for before.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="End where GitHub's limits are reached, in place of waiting.")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="Stop after this many repositories; go on another time.", metavar="NUMBER")
]
Work = Callable[[Access, Patience, Store], Awaitable[DiscoveryProgress]]


@app.callback()
def discover() -> None:
    """Find repositories on GitHub and note them in the database.

    What is noted is scanned with `seedwatch scan --discovered`. Each of these can be stopped at any moment: the same
    command goes on from there, and once it is through, asks only for what is new. A token makes it faster, and some
    need one: SEEDWATCH_GITHUB_TOKEN, GITHUB_TOKEN, a file that holds it, or a GitHub App (`seedwatch config`).
    """


@app.command("search-repos")
def search_repos(
    query: Annotated[str, typer.Argument(help="As on GitHub's search page: 'pytorch language:python stars:>50'.")],
    limit: Limit = None,
    again: Again = False,
    no_wait: NoWait = False,
) -> int:
    """Note what GitHub's repository search finds, all of it.

    A search gives its first 1,000 hits alone, so one with more is parted by when repositories were created, else by
    when they were pushed to, else by stars, until each part has fewer.
    """
    return _search("search-repos", query, OF_REPOSITORIES, limit, again, no_wait)


@app.command("search-code")
def search_code(
    query: Annotated[str, typer.Argument(help="As on GitHub's search page: 'torch DataLoader language:python'.")],
    limit: Limit = None,
    again: Again = False,
    no_wait: NoWait = False,
) -> int:
    """Note the repositories of the files that GitHub's code search finds. Needs a token, and days for a large search.

    Ten requests a minute is what GitHub allows. Searches of more than 1,000 hits are parted by the files' size. Files
    of 384 KB and more, and repositories where nothing happened for a year, are not in it.
    """
    return _search("search-code", query, OF_CODE, limit, again, no_wait)


@app.command("org")
def org(
    owner: Annotated[str, typer.Argument(help="An organisation or a user.")],
    again: Again = False,
    no_wait: NoWait = False,
) -> int:
    """Note all public repositories of an organisation or a user."""
    owner = parse_owner(owner)

    async def work(access: Access, patience: Patience, store: Store) -> DiscoveryProgress:
        from miner.github.listing import OwnerByGraphQL, OwnerByRest

        searcher = OwnerByGraphQL(access.graphql) if access.authenticated else OwnerByRest(access.rest)
        # A list of repositories is short and cheap; what is new in it can only be seen by reading it all.
        found = _begin(store, "org", owner.lower(), again=again or _is_through(store, "org", owner.lower()))
        crawl = Crawl(store, found, Partition(owner, ()), searcher, patience, _tell, most=sys.maxsize)
        return await crawl.run()

    return _run(work, wait=not no_wait)


@app.command("list")
def names(
    source: Annotated[
        str,
        typer.Argument(help="Names or addresses, one a line, or a CSV file with such a column: a path or an address."),
    ],
    column: Annotated[str | None, typer.Option(help="The CSV file's column, where it is not clear.")] = None,
    no_wait: NoWait = False,
) -> int:
    """Note the repositories of a list: names, addresses, or the CSV file of somebody else's data set."""
    from miner.github.datasets import names_in

    odd: list[str] = []

    def read(sources: Sources) -> list[str]:
        found = list(names_in(sources, source, column, odd.append))
        if odd:
            sys.stderr.write(f"{len(odd)} of {len(odd) + len(found)} name no repository on GitHub, as {odd[0]!r:.60}\n")
        return found

    return _named("list", source, read, no_wait)


@app.command("dependents")
def dependents(
    source: Annotated[
        str,
        typer.Argument(help="Packages, one JSON document a line (.gz too), or one JSON array: a path or an address."),
    ],
    package: Annotated[str, typer.Option(help="What they depend on.")] = "torch",
    no_wait: NoWait = False,
) -> int:
    """Note the repositories of packages that require torch, from an index of packages.

    Taken are documents of PyPI's JSON API, rows of its data set `distribution_metadata`, and answers of
    packages.ecosyste.ms.
    """
    from miner.github.datasets import dependents_in

    return _named("dependents", source, lambda sources: dependents_in(sources, source, package), no_wait)


@app.command("archive")
def archive(
    sources: Annotated[
        list[str],
        typer.Argument(help="Hour files of GH Archive: paths, addresses, or hours as 2026-11-20-15."),
    ],
    add: Annotated[bool, typer.Option("--add", help="Also note repositories that are not known yet.")] = False,
) -> int:
    """Read which repositories were pushed to from GH Archive: `seedwatch refresh` then looks at those first."""
    from miner.github.archive import read_hours

    settings = load_settings()
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:
        for hour in read_hours(store, sources, add=add, user_agent=settings.user_agent, ca_file=settings.ca_file):
            sys.stderr.write(f"{hour.name}: {hour.pushes:,} pushes, {hour.known:,} to known repositories\n")
            sys.stdout.write(f"{hour.name}: {hour.due:,} to be looked at by `seedwatch refresh`, {hour.new:,} new\n")
    return OK


@app.command("sample")
def sample(
    draws: Annotated[int, typer.Argument(min=1, help="How many ids to draw; about one in 200 imports torch.")],
    name: Annotated[str, typer.Option(help="What this round is called; the same name goes on with it.")] = "default",
    strata: Annotated[
        int, typer.Option(min=1, max=1000, help="Ranges of ids of equal length to draw from.", metavar="NUMBER")
    ] = 10,
    seed: Annotated[int | None, typer.Option(help="For the draw; by default a new one.")] = None,
    max_id: Annotated[
        int | None, typer.Option(min=1, help="The newest id; by default GitHub is asked.", metavar="ID")
    ] = None,
    no_wait: NoWait = False,
) -> int:
    """Draw repositories at random, each with a known probability: what a prevalence with an interval is made of.

    Ids are drawn from 1 to the newest one, in strata, without replacement, and looked up: most are private, deleted or
    were never given. Those that may hold Python are noted for scanning. A sample is kept apart from what searches find.
    """
    from miner.github.sampling import Plan, Sampler
    from seedwatch.output.discovery import sample_line

    settings = load_settings()
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:

        async def go() -> None:
            async with Access(settings, store) as access:
                sampler = Sampler(store, access, Patience(_waiting, wait=not no_wait))
                plan = Plan(name, draws, strata, seed, max_id)
                done = await sampler.run(plan, lambda progress: _say(sample_line(progress)))
                sys.stdout.write(f"{sample_line(done)}. `seedwatch scan --discovered` scans them.\n")

        with _put_off() as status:
            asyncio.run(go())
        return status()


def _search(
    kind: str, query: str, dimensions: tuple[Dimension, ...], limit: int | None, again: bool, no_wait: bool
) -> int:
    query = query.strip()
    if not query:
        raise BadQuery("there is nothing to search for: write a query as on GitHub's search page")

    async def work(access: Access, patience: Patience, store: Store) -> DiscoveryProgress:
        from miner.github.search import CodeSearch, GraphQLSearch, RestSearch, Searcher

        searcher: Searcher
        if kind == "search-code":
            if not access.authenticated:
                raise Unauthorized("GitHub's code search needs a token: set SEEDWATCH_GITHUB_TOKEN")
            searcher = CodeSearch(access.rest)
        else:
            searcher = GraphQLSearch(access.graphql) if access.authenticated else RestSearch(access.rest)
        found = _begin(store, kind, query, again=again)
        return await Crawl(store, found, Partition.of(query, dimensions), searcher, patience, _tell).run(limit)

    return _run(work, wait=not no_wait)


def _named(kind: str, source: str, read: Callable[[Sources], Iterable[str]], no_wait: bool) -> int:
    settings = load_settings()
    targets = list(read(Sources(settings.user_agent, settings.ca_file)))
    label = source if is_address(source) else PurePath(source).name

    async def work(access: Access, patience: Patience, store: Store) -> DiscoveryProgress:
        from miner.github.datasets import note_names

        return await note_names(store, access, patience, _tell, kind, label, targets)

    return _run(work, wait=not no_wait)


def _run(work: Work, *, wait: bool) -> int:
    settings = load_settings()
    upgrade(settings.database_url)
    with Store(settings.database_url) as store:

        async def go() -> None:
            async with Access(settings, store) as access:
                done = await work(access, Patience(_waiting, wait=wait), store)
                sys.stdout.write(summary_line(done))

        with _put_off() as status:
            asyncio.run(go())
        return status()


@contextmanager
def _put_off() -> Iterator[Callable[[], int]]:
    """Makes a clean end of a limit that nobody waits for; gives what the exit status is."""
    ended = [OK]
    try:
        yield lambda: ended[0]
    except RateLimited as error:
        sys.stdout.write(f"Put off: {error}. The same command goes on from here.\n")
        ended[0] = STOPPED


def _begin(store: Store, kind: str, key: str, *, again: bool) -> Discovery:
    with store.changing() as session:
        found = discoveries.begin(session, kind, key, datetime.now(UTC))
        if again:
            discoveries.forget(session, found.id)
            found = discoveries.begin(session, kind, key, datetime.now(UTC))
        return found


def _is_through(store: Store, kind: str, key: str) -> bool:
    with store.changing() as session:
        found = discoveries.begin(session, kind, key, datetime.now(UTC))
        return discoveries.next_open(session, found.id) is None


def _tell(progress: DiscoveryProgress) -> None:
    _say(progress_line(progress))


def _waiting(seconds: float, reason: str) -> None:
    _say(waiting_line(seconds, reason))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
