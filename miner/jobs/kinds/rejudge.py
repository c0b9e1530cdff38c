"""Rejudging: the commit that was scanned, analysed again by this release from what is kept of it, without a fetch.

Files are not parsed again but where the version of the facts is another one: the cache of facts has the rest.
"""

from collections.abc import Callable
from datetime import datetime

from analysis.engine import ANALYZER_VERSION
from miner.errors import BadTarget, MinerError, OptedOut
from miner.factscache import FactsPlace
from miner.jobs.analysis import KeptSource, LocalSource, Task
from miner.jobs.kinds import Ending, Resources, Stored
from miner.jobs.pool import Pool
from miner.jobs.queued import target_of
from miner.jobs.scanner import MEGABYTE, found_of, may_be_quoted, state_of
from miner.mirrors import mirrors_of
from miner.store import LOCAL, Session, StoreError, items
from miner.store.items import Begun
from miner.targets import LocalTarget, UrlTarget

NOT_JUDGED_NOW = f"scanned = true and analyzer != '{ANALYZER_VERSION}'"
"""Which repositories a batch of this kind is about where nobody says otherwise."""


def open_kind(resources: Resources) -> "Rejudgements":
    """The kind `rejudge`."""
    return Rejudgements(resources)


class Rejudgements:
    """Analyses kept commits with processes of its own, started when they are first needed."""

    def __init__(self, resources: Resources) -> None:
        self._settings = resources.settings
        self._pool = Pool(resources.settings.scan_concurrency)
        self._mirrors = mirrors_of(resources.settings)

    def prepare(self, number: int) -> None:
        """Has its processes ready."""
        self._pool.warm(number)

    def stop(self) -> None:
        """Ends its processes."""
        self._pool.stop()

    def perform(self, item: Begun) -> Ending:
        """One repository. A failure leaves its state and its scan as they were."""
        known = None if item.repository is None else item.repository.id
        try:
            answer = self._pool.run(self._task(item))
        except StoreError:
            raise
        except MinerError as error:
            return Ending(state_of(error), str(error), known, write=_leave(known))
        return Ending("scanned", None, known, found_of(answer))

    def _task(self, item: Begun) -> Task:
        """Raises BadTarget (never scanned), OptedOut."""
        repository = item.repository
        if repository is None:
            raise BadTarget(f"{item.target!r} is of no known repository")
        if item.opted_out:
            raise OptedOut("left alone at its owner's wish")
        if item.latest is None:
            raise BadTarget(f"{item.target!r} was never scanned")
        repo = None if repository.host == LOCAL else repository.full_name
        memory = self._settings.analysis_megabytes * MEGABYTE
        facts = FactsPlace(self._settings.cache_dir, self._settings.facts_megabytes)
        return Task(
            self._source(item, item.latest.commit),
            repo,
            memory,
            self._settings.analysis_seconds,
            facts=facts,
            may_be_quoted=may_be_quoted(repository),
        )

    def _source(self, item: Begun, commit: str) -> LocalSource | KeptSource:
        target = target_of(item.target)
        if isinstance(target, LocalTarget):
            return LocalSource(target.path, commit)
        url = target.url if isinstance(target, UrlTarget) else target.clone_url(self._settings.git_url)
        return KeptSource(url, commit, self._mirrors)


def _leave(repository_id: int | None) -> Callable[[Session, datetime], Stored]:
    def write(session: Session, now: datetime) -> Stored:
        if repository_id is not None:
            items.wait_again(session, [repository_id])
        return Stored()

    return write
