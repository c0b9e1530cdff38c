"""A repository elsewhere, fetched for as long as it is looked at."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from miner.errors import BadInput
from miner.git import GitTree
from miner.gitfetch import FetchLimits, fetch
from miner.github.gitlogin import GitLogin
from miner.mirrors import mirrors_of
from miner.settings import Settings
from miner.targets import GitHubTarget, UrlTarget

MEGABYTE = 2**20
_REVISION = re.compile(r"(?!-)[\w./-]{1,200}", re.ASCII)


@contextmanager
def fetched_tree(target: GitHubTarget | UrlTarget, rev: str | None, settings: Settings) -> Iterator[GitTree]:
    """The files of `rev` (a commit's full id, a branch or a tag), or of the default branch. Raises MinerError."""
    if rev is not None and not _REVISION.fullmatch(rev):
        raise BadInput(f"{rev!r} is not a commit, a branch or a tag")
    url = target.clone_url(settings.git_url) if isinstance(target, GitHubTarget) else target.url
    mirrors = mirrors_of(settings)
    with mirrors.holding(url) as folder:
        fetch(
            url,
            folder,
            oid=rev,
            limits=FetchLimits(seconds=settings.fetch_seconds, pack_bytes=settings.fetch_megabytes * MEGABYTE),
            ca_file=settings.ca_file,
            user_agent=settings.user_agent,
            authorization=GitLogin(settings).header(url),
            lend=mirrors.lend,
        )
        tree = GitTree.open(folder)
        mirrors.tell(folder, tree)
        yield tree
