"""One job, but for its last step: from a target to an outcome that only has to be stored."""

import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from analysis.engine import ANALYZER_VERSION
from analysis.fix.patch import Patch
from analysis.report import Report
from miner.errors import BadTarget, MinerError, OptedOut, RateLimited, Unreachable
from miner.factscache import FactsPlace
from miner.gitfetch import FetchLimits
from miner.github.gitlogin import GitLogin
from miner.jobs.analysis import LocalSource, RemoteSource, Task
from miner.jobs.heads import Heads
from miner.jobs.pool import Pool, Refused
from miner.jobs.queued import target_of
from miner.licences import NO_LICENCE
from miner.mirrors import mirrors_of
from miner.settings import Settings
from miner.store import (
    GITHUB,
    LOCAL,
    Excerpt,
    FoundScan,
    Repository,
    Store,
    StoreError,
    items,
    repositories,
)
from miner.store.items import Begun, Latest
from miner.store.records import FAILURE_STATES, FailureState
from miner.targets import GitHubTarget, LocalTarget, UrlTarget

MEGABYTE = 2**20
log = logging.getLogger(__name__)
_NOTHING_KEPT = ("gone", "blocked", "empty")


@dataclass(frozen=True, slots=True)
class Scanned:
    """A new analysis, to be stored."""

    repository_id: int
    found: FoundScan


@dataclass(frozen=True, slots=True)
class New:
    """A new analysis, to be stored for a local repository that is not known yet."""

    path: Path
    found: FoundScan


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The commit's analysis by this analyzer is in the store."""

    repository_id: int
    scan_id: int


@dataclass(frozen=True, slots=True)
class Failed:
    """No analysis, and why."""

    state: FailureState
    reason: str
    repository_id: int | None = None


Outcome = Scanned | New | Unchanged | Failed


@dataclass(frozen=True, slots=True)
class _Subject:
    """A commit to be analysed, if it has not been. `repo` is the name that the report carries.

    A local repository that is not known yet has no `repository_id`.
    """

    repository_id: int | None
    repo: str | None
    source: LocalSource | RemoteSource

    @property
    def path(self) -> Path:
        """Where a local one is."""
        assert isinstance(self.source, LocalSource)
        return self.source.path


class Scanner:
    """Carries out jobs from several threads at once. `work_dir` is where it puts what it fetches; its alone."""

    def __init__(self, settings: Settings, store: Store, work_dir: Path) -> None:
        self._settings = settings
        self._store = store
        self._work_dir = work_dir
        self._pool = Pool(settings.scan_concurrency)
        self._heads = Heads(user_agent=settings.user_agent, ca_file=settings.ca_file)
        self._login = GitLogin(settings)
        self._mirrors = mirrors_of(settings)
        work_dir.mkdir(parents=True, exist_ok=True)

    def prepare(self, number: int) -> None:
        """Has processes ready for so many jobs at a time. Raises Stopped."""
        self._pool.warm(number)

    def stop(self) -> None:
        """Ends all jobs that are under way: they raise Stopped."""
        self._pool.stop()
        self._heads.close()
        shutil.rmtree(self._work_dir, ignore_errors=True)

    def scan(self, item: Begun) -> Outcome:
        """What becomes of an item.

        Raises Stopped, StoreUnavailable, RateLimited where its host asks for a pause, Unreachable where there is no
        connection to it, and nothing else on purpose.
        """
        repository_id = None if item.repository is None else item.repository.id
        try:
            if item.opted_out:
                raise OptedOut("left alone at its owner's wish")
            subject = self._identify(item)
            repository_id = subject.repository_id
            known = self._known(item, repository_id)
            if known is not None and repository_id is not None and known.commit == subject.source.oid:
                return Unchanged(repository_id, known.scan_id)
            answer = self._pool.run(self._task(subject, known, item.repository))
        except (StoreError, RateLimited, Unreachable):
            raise
        except MinerError as error:
            return self._failed(item, Failed(state_of(error), str(error), repository_id))
        if fault := answer.get("patches_fault"):
            log.warning("no patches: fault in making them: %s", fault)
        if repository_id is None:
            return New(subject.path, found_of(answer))
        if known is not None and "unchanged" in answer:
            return Unchanged(repository_id, known.scan_id)
        return Scanned(repository_id, found_of(answer))

    def _known(self, item: Begun, repository_id: int | None) -> Latest | None:
        """The scan by this analyzer that stands for the repository."""
        latest = item.latest
        if item.repository is not None and repository_id is not None and repository_id != item.repository.id:
            with self._store.reading() as session:  # it moved, and is another one that is known
                latest = items.latest(session, [repository_id]).get(repository_id)
        return latest if latest is not None and latest.analyzer_version == ANALYZER_VERSION else None

    def _failed(self, item: Begun, failed: Failed) -> Failed:
        """Nothing is kept here of what its host does not serve any more."""
        if failed.state in _NOTHING_KEPT:
            target = target_of(item.target)
            if not isinstance(target, LocalTarget):
                self._mirrors.let_go(self._url(target))
        return failed

    def _task(self, subject: _Subject, known: Latest | None, repository: Repository | None) -> Task:
        seconds = self._settings.analysis_seconds
        if isinstance(subject.source, RemoteSource):
            # Twice: a fetch that git's check of the objects refuses is made again without the check.
            seconds += 2 * self._settings.fetch_seconds
        memory = self._settings.analysis_megabytes * MEGABYTE
        facts = FactsPlace(self._settings.cache_dir, self._settings.facts_megabytes)
        commit = None if known is None else known.commit
        return Task(
            subject.source,
            subject.repo,
            memory,
            seconds,
            known=commit,
            facts=facts,
            may_be_quoted=may_be_quoted(repository),
        )

    def _identify(self, item: Begun) -> _Subject:
        target = target_of(item.target)
        if isinstance(target, LocalTarget):
            return self._local(target.path, item.repository)
        if item.repository is None:
            raise BadTarget(f"{item.target!r} is of no known repository")
        return self._remote(target, item.repository)

    def _local(self, path: Path, repository: Repository | None) -> _Subject:
        # Which commit that is, the process finds that reads it: to ask git for it takes as long as a small scan.
        source = LocalSource(path, "HEAD")
        if repository is None:
            return _Subject(None, None, source)
        return _Subject(repository.id, None if repository.host == LOCAL else repository.full_name, source)

    def _url(self, target: GitHubTarget | UrlTarget) -> str:
        return target.url if isinstance(target, UrlTarget) else target.clone_url(self._settings.git_url)

    def _remote(self, target: GitHubTarget | UrlTarget, repository: Repository) -> _Subject:
        url = self._url(target)
        authorization = self._login.header(url)
        head = self._heads.get(url, authorization)
        repository_id, repo = repository.id, repository.full_name
        if head.moved_to is not None and repository.host == GITHUB:
            owner, name = urlsplit(head.moved_to).path.strip("/").removesuffix(".git").rsplit("/", 2)[-2:]
            with self._store.changing() as session:
                repository_id = repositories.move(session, repository.id, owner, name, datetime.now(UTC))
            repo = f"{owner}/{name}"
        limits = FetchLimits(seconds=self._settings.fetch_seconds, pack_bytes=self._settings.fetch_megabytes * MEGABYTE)
        source = RemoteSource(
            url=head.moved_to or url,
            oid=head.oid,
            mirrors=self._mirrors,
            # In two steps a fork costs what it changed, where its parent is kept.
            size_kb=None if repository.fork else repository.size_kb,
            limits=limits,
            ca_file=self._settings.ca_file,
            user_agent=self._settings.user_agent,
            authorization=authorization,
        )
        return _Subject(repository_id, repo, source)


def may_be_quoted(repository: Repository | None) -> bool:
    """Whether lines may be shown without a licence among the files: local code is its reader's own, of other code the
    host may know a licence."""
    return repository is None or repository.host == LOCAL or repository.licence not in (None, NO_LICENCE)


def state_of(error: MinerError) -> FailureState:
    """What a row says of a repository that failed in this way."""
    told = error.told_state if isinstance(error, Refused) else getattr(error, "state", "failed")
    return next((state for state in FAILURE_STATES if state == told), "failed")


def local_name(path: Path) -> str:
    """What a local repository is called: its folder, without what git adds."""
    folder = path.parent if path.name == ".git" else path
    return folder.name.removesuffix(".git") or "root"


def found_of(answer: Mapping[str, Any]) -> FoundScan:
    """What `miner.jobs.analysis.carry_out` answered, as it is stored."""
    return FoundScan(
        report=Report.model_validate_json(answer["report"]),
        finished_at=datetime.now(UTC),
        fsck_failed=answer["fsck_failed"],
        licensed=answer["licensed"],
        excerpts=tuple(Excerpt(**excerpt) for excerpt in answer["excerpts"]),
        blobs=answer["blobs"],
        patches=tuple(map(Patch.model_validate, answer["patches"])),
    )
