"""`seedwatch discover`: repositories into the database, not yet scanned."""

import sys
from typing import Annotated

import typer

from miner.github.client import GitHubClient
from miner.github.search import MAX_RESULTS, FoundRepository, SearchPage, search_pages
from miner.settings import Settings, load_settings
from miner.store import RepositoryInfo, Store, upgrade

app = typer.Typer(add_completion=False, rich_markup_mode=None)

SOURCE = "search-repos"


@app.callback()
def discover() -> None:
    """Find repositories on GitHub and note them in the database.

    What is noted is scanned with `seedwatch scan --discovered`. A token is not needed, and makes it faster:
    SEEDWATCH_GITHUB_TOKEN or GITHUB_TOKEN.
    """


@app.command("search-repos")
def search_repos(
    query: Annotated[str, typer.Argument(help="As on GitHub's search page: 'pytorch language:python stars:>50'.")],
    limit: Annotated[int, typer.Option(min=1, max=MAX_RESULTS, help="Note no more than this many.")] = MAX_RESULTS,
) -> None:
    """Note what GitHub's repository search finds: the first 1,000 hits, which is all that it gives."""
    settings = load_settings()
    upgrade(settings.database_url)
    found = new = 0
    with _client(settings) as client, Store(settings.database_url) as store:
        for page in search_pages(client, query):
            wanted = page.repositories[: limit - found]
            new += store.upsert_found([_info(each) for each in wanted], source=SOURCE, query=query)
            found += len(wanted)
            sys.stderr.write(f"{found:,} of {_reachable(page, limit):,}\n")
            if found >= limit:
                break
    sys.stdout.write(f"{found:,} repositories found, {new:,} of them new. `seedwatch scan --discovered` scans them.\n")


def _client(settings: Settings) -> GitHubClient:
    token = settings.github_token
    return GitHubClient(
        api_url=settings.github_url,
        token=token.get_secret_value() if token else None,
        user_agent=settings.user_agent,
        ca_file=settings.ca_file,
    )


def _reachable(page: SearchPage, limit: int) -> int:
    """How many of the hits can be had."""
    return min(page.total_count, limit)


def _info(found: FoundRepository) -> RepositoryInfo:
    return RepositoryInfo(
        owner=found.owner,
        name=found.name,
        github_id=found.github_id,
        node_id=found.node_id,
        stars=found.stars,
        fork=found.fork,
        archived=found.archived,
        pushed_at=found.pushed_at,
        default_branch=found.default_branch,
        size_kb=found.size_kb,
    )
