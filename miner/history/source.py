"""Where a repository's whole history is read: in place, or in a copy fetched for as long as it is read."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from miner.git import GitTree
from miner.gitfetch import FetchLimits, fetch_history
from miner.github.gitlogin import GitLogin
from miner.history import line
from miner.jobs.requests import Requested
from miner.settings import Settings
from miner.targets import GitHubTarget, LocalTarget

MEGABYTE = 2**20
TIMES_A_SCAN = 4
"""A history is larger than the one commit that the limits on fetching are for."""


@contextmanager
def opened(
    requested: Requested, settings: Settings, wanted: Callable[[GitTree], Sequence[str]] | None = None
) -> Iterator[GitTree]:
    """The newest commit of the default branch, with all commits before it.

    Of a repository elsewhere, the files that `wanted` names are fetched: by default every version of every file that
    the analysis reads. Raises MinerError.
    """
    if isinstance(requested.target, LocalTarget):
        yield GitTree.open(requested.target.path)
        return
    target = requested.target
    url = target.clone_url(settings.git_url) if isinstance(target, GitHubTarget) else target.url
    settings.cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="history-", dir=settings.cache_dir) as folder:
        limits = FetchLimits(
            seconds=settings.fetch_seconds * TIMES_A_SCAN,
            pack_bytes=settings.fetch_megabytes * TIMES_A_SCAN * MEGABYTE,
        )
        path = fetch_history(
            url,
            Path(folder, "repository"),
            wanted=wanted or (lambda tree: line.blobs(line.commits(tree))),
            limits=limits,
            ca_file=settings.ca_file,
            user_agent=settings.user_agent,
            authorization=GitLogin(settings).header(url),
        )
        yield GitTree.open(path)
